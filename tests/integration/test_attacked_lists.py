"""Lists as careless people and odd systems write them: whoever reads them sees who left, so the import reads it or asks. All invented."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from subscribers import Column, Reason, State
from subscribers.import_list import ImportOptions
from subscribers.leaving_words import plain, speaks_of_leaving
from tests.lists import LISTS, outcome

LEFT, ACTIVE = Reason.UNSUBSCRIBED, State.ACTIVE
SAID = [
    (language, word.strip())
    for language, _, words in (line.partition(": ") for line in (LISTS / "said.txt").read_text("utf-8").splitlines())
    for word in words.split(", ")
]
"""How people say in twelve languages that somebody left, collected without a look at the tables."""
LANGUAGES = sorted({language for language, _ in SAID})
PLACES = {
    "a column that is not read": "email,name,status,Remarks\nr1@example.com,Ada,active,maths\nr2@example.com,Ada,active,chess\nr3@example.com,Ada,active,from Vienna\nr4@example.com,Ada,active,met at a fair\ng@example.com,Bob,active,{}\n",
    "a tag": 'email,name,tags\nr1@example.com,Ada,maths\ng@example.com,Bob,"[""{}""]"\n',
    "brackets": "email,name\nr1@example.com,Ada\ng@example.com,Bob ({})\n",
    "behind a comma": 'email,name\nr1@example.com,Ada\ng@example.com,"Bob Short, {}"\n',
    "beside the address": "email,name\nr1@example.com,Ada\ng@example.com ({}),Bob\n",
}


def written(folder: Path, text: str, name: str = "list.csv") -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_whatever_people_say_wherever_they_say_it_mails_nobody_who_left(
    language: str, place: str, tmp_path: Path
) -> None:
    # "Short, weg" or "(n)" are seen; a comma or a colon of its own would part the words
    words = [word for each, word in SAID if each == language and not set(",=:") & set(word)]
    mailed = [
        word for word in words if "g@example.com" in outcome(written(tmp_path, PLACES[place].format(word))).active
    ]
    assert not mailed


def test_every_saying_is_known() -> None:
    assert [word for _, word in SAID if not speaks_of_leaving(word)] == []


@pytest.mark.parametrize(
    "word",
    [
        *(
            "gek&uuml;ndigt",
            "gek&#252;ndigt",
            "gek%C3%BCndigt",
            "gek\\u00fcndigt",
            "d&eacute;sabonn&eacute;",
            "d=C3=A9sabonn=C3=A9",
        ),
        *(
            "=?utf-8?B?Z2Vrw7xuZGlndA==?=",
            "&#117;nsubscribed",
            "gek\ufffdndigt",
            "d\ufffdsabonn\ufffd",
            "d?sabonn?",
            "gel??scht",
        ),
        *(
            "gekuendigt",
            "geloescht",
            "wylaczony",
            "ｕｎｓｕｂｓｃｒｉｂｅｄ",
            "\u202eunsub\u200bscribed",
            "u n s u b s c r i b e d",
        ),
        *(
            "🪦",
            "💀",
            "👎",
            "🔕",
            "☒",
            "{'subscribed': false}",
            "receives mail = 0",
            "newsletter=false",
            "subscribed: no",
            "NL off",
        ),
    ],
)
@pytest.mark.parametrize("place", ["a column that is not read", "brackets"])
def test_a_word_is_known_however_it_was_damaged(word: str, place: str, tmp_path: Path) -> None:
    assert "g@example.com" not in outcome(written(tmp_path, PLACES[place].format(word))).active


@pytest.mark.parametrize("word", ["deceased", "verstorben", "gone", "décédé", "no longer reads", "has left the club"])
def test_small_letters_behind_a_name_are_no_name(word: str, tmp_path: Path) -> None:
    text = f"email,name,status\nr@example.com,Ada de la Long,active\ng@example.com,Bob Short {word},active\n"
    assert outcome(written(tmp_path, text)).doubts
    harmless = outcome(written(tmp_path, text.replace(f"Short {word}", word.title().split()[-1])))
    assert harmless.active or plain(word) in ("deceased", "verstorben", "decede")


ASKED = [
    ("an empty status is no sign", "email,status\nr@example.com,\ng@example.com,❌\n", {"words": {"": ACTIVE}}),
    ("nor a question mark", "email,status\nr@example.com,\ng@example.com,?\n", {"words": {"": ACTIVE}}),
    ("a name that only a later object has", '[\n{"email":"r@example.com"},\n{"email":"g@example.com","unsubscribed":true}\n]\n', {}),
    ("the names of columns again, behind a mark", "email,name\nr@example.com,A\n\ufeffemail,name\ng@example.com,B\n", {}),
    ("other names below", "email,name,left at\nr@example.com,A,\nemail,name,ehemalig seit\ng@example.com,C,\n", {}),
    ("a heading of two cells", "email,name,left at\nr@example.com,A,\nAbgemeldete,ohne Datum,\ng@example.com,C,\n", {}),
    ("joining mapped to leaving", "email,Gone on\nr@example.com,\ng@example.com,2024-01-02\n", {"mapped": {Column.CREATED: ("Gone on",)}}),
    ("confirming mapped to leaving", "email,Gone on\nr@example.com,\ng@example.com,2024-01-02\n", {"mapped": {Column.CONFIRMED: ("Gone on",)}}),
    ("tags mapped to leaving", "email,Blocked\nr@example.com,0\ng@example.com,1\n", {"mapped": {Column.TAGS: ("Blocked",)}}),
    ("a source mapped to leaving", "email,Unsub reason\nr@example.com,\ng@example.com,too many\n", {"mapped": {Column.SOURCE: ("Unsub reason",)}}),
    ("two columns of one name", "email,Info,Info\nr@example.com,a,b\ng@example.com,a,abgemeldet\n", {"ignored": ("Info",)}),
    ("columns without names", "email,,\nr@example.com,Wien,b\ng@example.com,Graz,abgemeldet\n", {"ignored": ("",)}),
    ("a line called as a column", "email,name,Unsubscribed\nr@example.com,A,0\nUnsubscribed\ng@example.com,B,0\n", {"ignored": ("Unsubscribed",)}),
    (
        "a yes of two columns",
        "email,Newsletter,Bounced\nr@example.com,yes,no\ng@example.com,yes,yes\n",
        {"mapped": {Column.STATUS: ("Newsletter", "Bounced")}, "words": {"yes": ACTIVE, "no": ACTIVE}},
    ),
    ("a title that explains codes", "Kz: 1 = aktiv, 2 = abgemeldet\nemail,status,Kz\nr@example.com,active,1\nr2@example.com,active,4\nr3@example.com,active,5\ng@example.com,active,2\n", {}),
]  # fmt: skip


@pytest.mark.parametrize(("what", "text", "how"), ASKED, ids=[what for what, _, _ in ASKED])
def test_what_one_option_waives_says_nothing_of_anything_else(
    what: str, text: str, how: dict[str, object], tmp_path: Path
) -> None:
    became = outcome(written(tmp_path, text), ImportOptions(**how))  # type: ignore[arg-type]
    assert became.doubts, what
    assert not became.active, what


def test_a_sign_and_an_answer_of_each_column_have_meanings_of_their_own(tmp_path: Path) -> None:
    signs = written(tmp_path, "email,status\nr@example.com,✅\ng@example.com,❌\n")
    assert outcome(signs, ImportOptions(words={"✅": ACTIVE, "❌": LEFT})).active == {"r@example.com"}
    both = written(
        tmp_path, "email,Newsletter,Bounced\nr@example.com,yes,no\ng@example.com,yes,yes\nh@example.com,no,no\n"
    )
    columns = {Column.STATUS: ("Newsletter", "Bounced")}
    words = {"newsletter: yes": ACTIVE, "newsletter: no": LEFT, "bounced: yes": Reason.BOUNCED, "bounced: no": ACTIVE}
    assert outcome(both, ImportOptions(columns, words=words)).active == {"r@example.com"}


@pytest.mark.parametrize(
    "nothing", ["nein", "non", "#N/A", "#NV", "9999-12-31", "31.12.9999", "noch nicht", "нет", "いいえ", "aktiv"]
)
def test_nobody_is_lost_by_how_people_say_that_there_is_no_date(nothing: str, tmp_path: Path) -> None:
    became = outcome(written(tmp_path, f"email,Abgemeldet am\nr@example.com,{nothing}\ng@example.com,2024-05-01\n"))
    assert (became.active, set(became.left)) == ({"r@example.com"}, {"g@example.com"})


@pytest.mark.parametrize("name", ['Say "no"', "a $HOME", "back`tick`", "it's left", "wow!", "left\\right"])
def test_the_options_that_are_advised_can_be_typed_as_they_stand(name: str, tmp_path: Path) -> None:
    cell = name.replace('"', '""')
    path = written(tmp_path, f'email,"{cell}"\nr@example.com,maths left\ng@example.com,chess\n')
    (said,) = outcome(path).doubts
    advised = re.search(r"--ignore (.+)$", said)
    assert advised is not None
    assert shlex.split(advised[1]) == [name]
    assert not outcome(path, ImportOptions(ignored=(name,))).doubts


def test_an_address_in_quotation_marks_is_the_same_mailbox(tmp_path: Path) -> None:
    text = 'email,status\nr@example.com,active\n"""bob""@example.com",unsubscribed\nbob@example.com,active\n'
    assert outcome(written(tmp_path, text)).active == {"r@example.com"}
