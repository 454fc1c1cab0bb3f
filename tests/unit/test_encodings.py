"""Encodings of lists: found from few words, never wrong, and asked for where two are as likely."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from subscribers.encodings import Unsure, damaged_utf8, find_encoding, utf16_of
from tests.long import some

NAMES = {
    "German": "Jörg Müller Günter Weiß Käthe Schröder Björn Österreich Straße Jürgen Fröhlich Bärbel",
    "French": "Hélène Benoît François Zoé Noël Aimée Céline Gaël Chloé Besançon Jérôme Françoise Désirée",
    "Spanish": "José Muñoz Peña Núñez Íñigo Sofía García López Martínez Begoña Ángel",
    "Portuguese": "João Gonçalves Conceição São Simões Inês Antônio",
    "Swedish": "Åsa Björk Sjögren Öberg Håkan Ekström Gösta",
    "Polish": "Łukasz Wałęsa Świętosława Żółty Małgorzata Kraków Łódź Gdańsk Grażyna",
    "Czech": "Jiří Dvořák Škoda Žižka Růžena Čapek Tomáš Ondřej Plzeň",
    "Hungarian": "Erdős Győr Kőszeg László Gyöngyi Szűcs Petőfi Sándor",
    "Turkish": "Şükrü Gülşen Işık Çağlar Öztürk Yıldız Ağaoğlu",
    "Russian": "Иван Наталья Петров Москва Сергей Екатерина Алексей Дмитрий",
    "Greek": "Γιώργος Ελένη Παπαδόπουλος Αθήνα Νίκος",
    "Arabic": "محمد أحمد القاهرة فاطمة مريم خالد",
    "Japanese": "山田太郎 佐藤花子 東京都港区 タナカ すずき 高橋健一 渡辺美咲",
    "Chinese": "王小明 张伟 李娜 北京市海淀区 上海浦东 陈静怡 刘洋",
    "Korean": "김철수 이영희 서울특별시 박지성 최민호 정유진 강남대로",
}
ENCODINGS = {
    **dict.fromkeys(("German", "French", "Spanish", "Portuguese"), ("cp1252", "latin-1", "mac-roman", "cp850")),
    "Swedish": ("cp1252", "latin-1", "mac-roman"),
    "Polish": ("cp1250", "iso8859-2", "cp852"), "Czech": ("cp1250", "iso8859-2"), "Hungarian": ("cp1250", "iso8859-2"),
    "Turkish": ("cp1254", "iso8859-9"), "Russian": ("cp1251", "koi8-r", "cp866", "iso8859-5", "mac-cyrillic"),
    "Greek": ("cp1253", "iso8859-7"), "Arabic": ("cp1256",), "Japanese": ("cp932", "euc_jp"), "Chinese": ("gb18030",),
    "Korean": ("cp949",),
}  # fmt: skip
PAIRS = [(language, encoding) for language, encodings in ENCODINGS.items() for encoding in encodings]
ASKED_FOR = {("Portuguese", "mac-roman")}
"""Twelve names do not tell it from the encoding of Macintosh computers in Central Europe."""


def sample(words: list[str], encoding: str) -> bytes:
    lines = (f"r{number}@example.com,{word},{word}" for number, word in enumerate(words))
    return "\r\n".join(lines).encode(encoding)


@pytest.mark.parametrize(("language", "encoding"), PAIRS)
def test_the_encoding_of_a_list_of_names_is_found(language: str, encoding: str) -> None:
    given_sample = sample(NAMES[language].split(), encoding)
    try:
        found = find_encoding(given_sample)
    except Unsure:
        assert (language, encoding) in ASKED_FOR
        return
    assert given_sample.decode(found.encoding) == given_sample.decode(encoding), found
    assert found.words


@settings(max_examples=some(400), deadline=None)
@given(st.sampled_from(PAIRS), st.data())
def test_no_list_is_ever_read_in_a_wrong_encoding(pair: tuple[str, str], data: st.DataObject) -> None:
    language, encoding = pair
    words = data.draw(st.lists(st.sampled_from(NAMES[language].split()), min_size=1, max_size=6))
    given_sample = sample(words, encoding)
    try:
        found = find_encoding(given_sample)
    except Unsure as error:
        assert str(error)  # noqa: PT017 - a sentence
    else:
        assert given_sample.decode(found.encoding) == given_sample.decode(encoding), found


@settings(max_examples=some(200), deadline=None)
@given(st.binary(min_size=1, max_size=200).filter(lambda given_sample: not given_sample.isascii()))
def test_any_bytes_have_an_encoding_or_a_sentence(given_sample: bytes) -> None:
    try:
        given_sample.decode(find_encoding(given_sample).encoding)
    except Unsure as error:
        assert str(error)  # noqa: PT017 - a sentence


def test_utf16_is_known_by_its_zeros_and_utf8_by_its_pairs() -> None:
    text = "email,name\r\nada@example.com,Jörg 王小明\r\n"
    assert (utf16_of(text.encode("utf-16-le")), utf16_of(text.encode("utf-16-be"))) == ("utf-16-le", "utf-16-be")
    assert utf16_of(text.encode()) is utf16_of(b"") is None
    assert damaged_utf8("Jörg Käthe".encode() + b"\xf6")
    assert not damaged_utf8("Jörg Käthe".encode("cp1252"))
