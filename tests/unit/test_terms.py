"""What a text is searched by, in the languages that newsletters are written in."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.draft.stop_words import stop_words
from publisher.draft.terms import LONGEST, spread, stem, stems, terms, words


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("en", "retry budgets", "a retry's budget"), ("en-GB", "Indexes of the queries", "the index for each query"),
        ("de", "die Häuser der Städte", "ein Haus in einer Stadt"), ("de-AT", "Änderungen am Gerät", "eine Änderung der Geräte"),
        ("fr", "les modèles d’évaluation", "le modèle de l'évaluation"), ("fr", "résumés", "le RÉSUMÉ"),
        ("es", "los índices de las bases", "un índice para la base"), ("pt-BR", "as filas dos testes", "a fila de um teste"),
        ("ru", "новые индексы", "новый индекс"), ("zh", "缓存策略", "「缓存策略」"),
        ("en", "ﬁle ＨＴＴＰ", "files http"),
    ],
)  # fmt: skip
def test_forms_of_the_same_words_are_the_same_terms(language: str, one: str, other: str) -> None:
    assert list(terms(one, language)) == list(terms(other, language)) != []


@pytest.mark.parametrize(
    ("language", "text"),
    [("en", "it is what they have been doing"), ("de", "Es ist das, was wir nicht haben"), ("fr", "c’est ce qu’il n’y a pas dans les"),
     ("es", "¿qué es lo que no está en el?"), ("zh", "我们"), ("ja", "する"), ("it", "non è quello che"), ("nl", "het is niet dat")],
)  # fmt: skip
def test_words_without_meaning_are_left_out_of_each_language(language: str, text: str) -> None:
    assert list(terms(text, language)) == []


@pytest.mark.parametrize(
    ("text", "pairs"),
    [("并发模型", ["并发", "发模", "模型"]), ("検索", ["検索"]), ("년", ["년"]), ("한국어", ["한국", "국어"])],
)
def test_writing_without_spaces_is_read_in_pairs_in_every_language(text: str, pairs: list[str]) -> None:
    for language in ("zh", "ja", "ko", "en", "de"):
        assert list(words(text)) == list(stems(text, language)) == pairs


def test_english_names_in_a_chinese_text_are_words_with_stems() -> None:
    assert list(terms("用 Postgres 索引 queries", "zh")) == ["用", "postgr", "索引", "queri"]


def test_vowel_signs_do_not_cut_a_word() -> None:
    assert list(words("हिन्दी में")) == ["हिन्दी", "में"]


def test_a_language_that_is_not_known_keeps_every_word_as_it_is() -> None:
    assert stop_words("tlh") == frozenset()
    assert list(terms("Heghlu'meH QaQ jajvam", "tlh")) == ["heghlu", "meh", "qaq", "jajvam"]


def test_numbers_are_searched_for_but_are_not_content() -> None:
    assert list(terms("BIP 174 in v2")) == ["bip", "174", "v2"]
    assert list(stems("BIP 174 in v2")) == ["bip"]


def test_topics_share_what_two_of_them_have() -> None:
    assert spread(["Die Indizes der Datenbank", "Ein Datenbanken-Vergleich"], "de") == {"datenbank": 2}


@given(st.text(max_size=300), st.sampled_from(["en", "de", "fr", "zh", "ja", "tr", "xx", "PT-br"]))
def test_any_text_has_terms_that_are_short_and_never_empty(text: str, language: str) -> None:
    found = list(terms(text, language))
    assert all(0 < len(term) <= 18 * LONGEST for term in found)
    assert set(stems(text, language)) <= set(found)


def test_threads_stem_alike() -> None:
    forms = [
        f"{beginning}{ending}"
        for beginning in ("migrat", "index", "cach", "retri")
        for ending in ("es", "ed", "ing", "ion", "")
    ] * 50
    stem.cache_clear()
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(stem, forms))
    stem.cache_clear()
    assert found == [stem(form) for form in forms]
