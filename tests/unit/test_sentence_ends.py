"""Sentences end rightly in every language that a newsletter may be written in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.content.prose import count_words, sentences


@pytest.mark.parametrize(
    "text",
    [
        "See No. 3.|Retries, e.g. Three of them, cost.|Done",
        "Did it help?|No.|Ask again.",
        "In Dec. 2021 it ended.|Version 3.5 is out, and iOS is not.|See Fig. 3.|Retries cost.",
        "J. K. Rowling wrote.|“Go,” she said.|He left.|“Stay!”|Nobody did.",
        "Latency rose...|Then it fell.|Wait!!|Really?!",
        "Am 3. Oktober fiel der Dienst aus.|Die 2. Version hielt.|Übrig blieb nichts.",
        "Es waren 3.|Danach kam niemand.",
        "Im 3. Quartal stieg z. B. Latenz, d. h. Wartezeit, um 5 Mio. Sekunden.|Gut.",
        "Wir nutzen z.B. Redis, u.a. Kafka, bzw. Rabbit.|Öfter nicht.",
        "„Das geht.“|Danach ging es nicht.|»Doch.«|Und wie?",
        "„Das geht nicht.“, sagte er.|Dann ging er vom 1. bis zum 3. Dezember.",
        "« Vraiment ? » demanda-t-il.|Oui\u00a0!|Événement rare.",
        "M. Dupont mesure p. ex. La latence.|« Elle monte. »|À demain.",
        "Il dit : « Arrêtez\u00a0! »|Puis il part.",
        "El Sr. López midió 3 s.|¿Por qué?|Nadie lo sabe.|¡Claro!",
        "El 80 % de EE. UU. Usa eso.|Bien.",
        "他说：“我走了。”|然后他走了。|真的吗？|是的！",
        "超时不是期限。|每一跳都重新计时（见第三期。）！|好。",
        "「行くよ。」と言った。|彼は行った。",
        "Это работает.|Потом нет.",
        "هل يعمل؟|نعم.|لا.",
    ],
)  # fmt: skip
def test_a_text_is_cut_where_a_reader_would_pause(text: str) -> None:
    for gap in (" ", "  "):
        whole = text.replace("|", "" if text[-1] in "。！" else gap)
        assert list(sentences(whole)) == text.split("|")


@given(st.text("Aa1.。！? \u00a0「」“”«»()„。z. B", max_size=60))
def test_cutting_loses_no_character_but_the_blanks_between_sentences(text: str) -> None:
    cut = sentences(text)
    assert "".join("".join(cut).split()) == "".join(text.split())
    assert all(sentence == sentence.strip() for sentence in cut)


@pytest.mark.parametrize("part", [".", ". ", "（。", "1. ", "(字。", "z.B. A", '. "', "。"])
def test_a_hostile_text_takes_time_in_proportion_to_its_size(part: str) -> None:
    whole = part * 20_000  # quadratic, it would take minutes
    assert "".join("".join(sentences(whole)).split()) == "".join(whole.split())


def test_scripts_without_spaces_have_a_word_for_two_signs() -> None:
    assert count_words("重试预算限制了调用次数。") == 6
    assert count_words("On l'a mesuré: 3.5 s.") == 5
