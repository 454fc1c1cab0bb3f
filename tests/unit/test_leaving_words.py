"""Words for leaving, wherever in a list they stand: in remarks, in names, around addresses, in lines between others."""

from __future__ import annotations

import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscribers import Column, Meaning, Reason, State
from subscribers.harmless_names import is_harmless
from subscribers.import_asides import beside_address, in_name, search_name
from subscribers.import_columns import read_header
from subscribers.import_list import ImportOptions, Invalid, Lines
from subscribers.leaving_words import name_in_doubt, speaks_of_leaving
from subscribers.vendors import VENDORS
from tests.readers import NOW

PHRASES = {
    "en": ["no more emails, please", "take off list", "no thanks", "Please remove me", "does not want our newsletter", "ex-member", "passed away"],
    "de": ["keine E-Mails mehr", "Nein, danke", "Ehemalig", "will nicht mehr", "kein Interesse", "bitte streichen", "Newsletter: nein", "verstorben"],
    "fr": ["plus de mails", "non merci", "ancien membre", "ne veut plus de courriel", "à retirer", "pas intéressé", "décédé"],
    "es": ["no quiere correos", "no, gracias", "no le interesa", "ex socio", "sin interés", "quitar de la lista"],
    "it": ["no grazie", "non vuole email", "non interessato", "togliere", "niente newsletter", "deceduto"],
    "pt": ["não quer e-mails", "sem interesse", "não, obrigada", "ex-sócio", "falecido"],
    "nl": ["geen mail meer", "nee, bedankt", "geen interesse", "oud-lid", "van de lijst", "overleden"],
    "pl": ["nie chce maili", "nie, dziękuję", "były członek", "wykreślić", "proszę nie wysyłać", "zmarł"],
    "sv": ["inga mejl", "nej tack", "vill inte ha utskick", "utträdd", "ta bort", "avliden"],
    "da": ["ingen mails", "nej tak", "ønsker ikke nyhedsbrev", "udmeldt", "tidligere medlem"],
    "no": ["ingen e-post", "nei takk", "utmeldt", "vil ikke ha nyhetsbrev"],
    "fi": ["ei sähköpostia", "ei kiitos", "ei halua uutiskirjettä", "eronnut", "poista listalta"],
    "cs": ["nechce e-maily", "ne, děkuji", "nemá zájem", "neposílat", "bývalý člen"],
    "hu": ["nem kér levelet", "köszönöm, nem", "nem érdekli", "kilépett", "törölni"],
    "ro": ["nu dorește e-mailuri", "nu, mulțumesc", "fost membru", "fără newsletter"],
    "tr": ["e-posta istemiyor", "hayır, teşekkürler", "ilgilenmiyor", "eski üye", "listeden çıkarın"],
    "ca": ["no vol correus", "no, gràcies", "ex membre", "sense butlletins"],
    "el": ["δεν θέλει email", "όχι ευχαριστώ", "πρώην μέλος", "χωρίς ενημερωτικά"],
    "ru": ["не хочет писем", "нет, спасибо", "не присылать", "бывший участник", "без рассылки", "умер"],
    "uk": ["не хоче листів", "ні, дякую", "не надсилати", "колишній член", "без розсилки"],
    "he": ["לא מעוניין", "לא רוצה מיילים", "לא תודה", "להסיר מהרשימה"],
    "ar": ["لا يريد رسائل", "لا شكرا", "عضو سابق", "بدون نشرة"],
    "zh": ["不要再发邮件", "不再接收", "勿发", "前成员"],
    "ja": ["配信不要", "メールはいりません", "送らないでください", "元会員"],
    "ko": ["메일 받지 않음", "더 이상 보내지 마세요", "원하지 않음", "탈퇴"],
}  # fmt: skip
ORDINARY = ["met in Vienna, by chance", "website", "board", "reads every issue", "nur Post", "Amselweg 3", "Le Monde", "likes long letters", "plus d'infos par mail", "No. 5, Main Street"]  # fmt: skip
UNTIL = ["member until", "Mitglied bis", "valid to", "expires", "Gültig bis", "membre jusqu'au", "hasta", "fino al", "válido até", "lid tot", "ważny do", "giltig till", "gyldig til", "voimassa", "platnost do", "érvényes", "до", "期限", "到期日"]  # fmt: skip


@pytest.mark.parametrize("language", PHRASES)
def test_phrases_by_which_somebody_wants_no_mail_are_known(language: str) -> None:
    unknown = [phrase for phrase in PHRASES[language] if not speaks_of_leaving(phrase)]
    assert not unknown
    assert [phrase for phrase in PHRASES[language] if not speaks_of_leaving(f"2024: {phrase.upper()}!")] == []


def test_ordinary_remarks_are_not_in_doubt() -> None:
    assert [remark for remark in ORDINARY if speaks_of_leaving(remark)] == []


def test_a_column_that_says_until_when_somebody_belongs_is_in_doubt() -> None:
    assert [name for name in UNTIL if not name_in_doubt(name)] == []


NAMES = ["Bob (abgemeldet)", "Bob - unsubscribed", "UNSUBSCRIBED Bob", "[gesperrt] Bob", "Bob keine Mails", "DNC Bob", "Bob Müller †", "B\u0336o\u0336b\u0336", "Bob / left", "désabonné: Bob", "山田 退会"]  # fmt: skip
ORDINARY_NAMES = ["Bob Stop", "Ab Meldet", "Conrad Black", "Ann-Marie Leaver", "Dr. A. Junker", "Smith, Jr.", "Anna (Oma)", "山田 花子", 'von "der" Heide', "Anna Engel", "Cancellara, Fabian"]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_says_that_somebody_left_is_asked_about(name: str) -> None:
    assert list(in_name(name))
    assert list(beside_address(f"{name} <bob@example.com>"))
    assert "in the column 'Name' may say who left" in asked(f"email,Name\nbob@example.com,{name}\n")
    assert asked(f"email,Name\nbob@example.com,{name}\n", "name") == ""


@pytest.mark.parametrize("name", ORDINARY_NAMES)
def test_an_ordinary_name_is_not_asked_about(name: str) -> None:
    assert not list(in_name(name))
    assert not list(beside_address(f"{name} <bob@example.com>"))


_PARTS = st.sampled_from(["Bob", "McLeft", "unSubscribed", "left", "LEFT", "no", "Keine", "Mails", "gone", "opted", "out", "Do", "Not", "mail", "7", "x7", "†", "-", "Ä", "(", ".", ","])  # fmt: skip
_GAPS = st.sampled_from(["", " ", "  ", "\t", "\n", "-", "'", "_", "\u00a0"])


@given(st.lists(st.tuples(_PARTS, _GAPS), max_size=6), st.booleans())
def test_a_name_that_looks_harmless_at_a_glance_is_so_in_a_search(parts: list[tuple[str, str]], long: bool) -> None:
    name = "".join(part + gap for part, gap in parts) + " more" * (long * 300)
    assert list(in_name(name)) == list(search_name(name[:1_000]))


ADDRESSES = ["bob@example.com ?? abgemeldet", "bob@example.com?unsubscribed", "bob@example.com/left", "#bob@example.com", "// bob@example.com", "-bob@example.com", "x bob@example.com", "bob@example.com (gone)", "b\u0336ob@example.com", "unsubscribed: bob@example.com"]  # fmt: skip


@pytest.mark.parametrize("cell", ADDRESSES)
def test_words_and_marks_around_an_address_are_asked_about_whether_or_not_it_can_be_read(cell: str) -> None:
    assert "in the column 'email' may say who left" in asked(f"email\nada@example.com\n{cell}\n")


def test_what_an_editor_says_of_a_word_beside_something_holds_for_its_lines() -> None:
    text = "email,Name\na@example.com,Ada\nUNSUBSCRIBED <b@example.com>,Bob\nc@example.com abgemeldet,Cy\nd@example.com,Di (left)\n"
    words: dict[str, Meaning] = dict.fromkeys(("unsubscribed", "abgemeldet", "Left"), Reason.UNSUBSCRIBED)
    assert became(text, words=words) == {
        "a@example.com": None,
        **dict.fromkeys([f"{x}@example.com" for x in "bcd"], Reason.UNSUBSCRIBED),
    }
    text = 'email,attributes\na@example.com,"{""left"": false}"\nb@example.com,"{""left"": true}"\n'
    words = {"left: true": Reason.REMOVED, "left: false": State.ACTIVE}
    header = {Column.ATTRIBUTES: ("attributes",)}
    assert '--status "left: false=' in asked(text, mapped=header)
    assert became(text, words=words, mapped=header) == {"a@example.com": None, "b@example.com": Reason.REMOVED}


DIVIDERS = ["Abgemeldet:", "# unsubscribed", "--- Unsubscribed ---", "[left]", "désabonnés", "退会", "Vorstand:", "== Group B", "no more mail for these"]  # fmt: skip


@pytest.mark.parametrize("line", DIVIDERS)
@pytest.mark.parametrize("form", ["{}", "{},", ",{}", "  {}  ,"])
def test_a_line_that_may_say_something_of_those_below_it_stops_until_it_is_waived(line: str, form: str) -> None:
    text = f"email,Name\na@example.com,Ada\n{form.format(line)}\nb@example.com,Bob\n"
    assert f"line 3, '{line}', names nobody" in asked(text)
    assert asked(text, line.upper()) == ""


def test_names_of_columns_in_the_middle_of_a_list_stop_it_unless_a_column_says_who_left() -> None:
    assert "line 3, 'Email,name', names the columns again" in asked(
        "email,Name\na@example.com,A\nEmail,name\nb@example.com,B\n"
    )
    assert asked("email,status\na@example.com,active\nemail,status\nb@example.com,active\n") == ""


def test_a_broken_line_that_may_say_who_left_is_asked_about_and_one_that_does_not_is_not() -> None:
    text = "email,Name,City\na@example.com,Ada,Bern\nb@example.com,Bob,Basel,{}\n"
    assert "line 3, 'keine Mails mehr', cannot be read, and may say" in asked(text.format("keine Mails mehr"))
    assert asked(text.format("Jr.")) == asked("email,Name\nnobody,Bob\n") == ""


def test_a_column_of_a_list_that_says_nothing_of_leaving_is_asked_about_unless_it_is_harmless() -> None:
    rows = [
        f"r{n}@example.com,{'abcdefghij'[n % 10]} {n},Bern {n},{n * 7},+41 44 {n:03} 22 33,,https://example.com/{n}"
        for n in range(20)
    ]
    text = "\n".join(["email,Feld 7,Wohnort,Zahl,Nummer 2,Empty,K", *rows])
    assert "the column 'Feld 7' is not understood" in asked(text)
    assert '--ignore "Feld 7"' in asked(text)
    assert asked(text, "feld 7") == ""
    assert asked(text.replace("Wohnort", "Status"), words={f"bern {n}": State.ACTIVE for n in range(20)}) == ""


@pytest.mark.parametrize("name", ["Bemerkung", "Gruppe", "notes", "Kategorie", "Type", "Segment", "備考", "x"])
def test_a_column_that_may_hold_anything_is_not_harmless(name: str) -> None:
    assert not is_harmless(name)


PROSE = {"note", "notes", "comment", "comments", "remark", "remarks", "reason", "additional details", "additional data", "extradata", "groups", "custom fields", "stage", "meta", "unsubscription reason", "undeliverability reason", "undeliverability date"}  # fmt: skip


def test_what_people_write_in_the_columns_of_a_known_system_is_watched() -> None:
    assert {vendor.name: vendor.harmless & PROSE for vendor in VENDORS if vendor.harmless & PROSE} == {}
    ghost = "email,subscribed_to_emails,note\na@example.com,true,likes maths\nb@example.com,true,{}\n"
    assert "column 'note' is not read, but its value 'keine Mails' may say" in asked(ghost.format("keine Mails"))
    assert asked(ghost.format("likes birds")) == ""
    buttondown = (
        "email,subscriber_type,undeliverability_date\na@example.com,regular,\nb@example.com,regular,2024-01-02\n"
    )
    assert became(buttondown) == {"a@example.com": None, "b@example.com": Reason.BOUNCED}


def test_a_mapping_answers_the_question_about_its_own_column_alone() -> None:
    sendy = "name,email\nAda,ada@example.com\n"
    assert "--ignore x-all.csv" in asked(sendy, file="x-all.csv")
    keila = "email,external_id,data,Zustand\na@example.com,,{},active\n"
    assert "unless its column Status is in it" in asked(keila, mapped={Column.LEFT: ("external_id",)})
    assert asked(keila, mapped={Column.STATUS: ("Zustand",)}) == ""
    phplist = "id,email,List Membership,Weg\n1,a@example.com,news,\n"
    assert "phpList's file does not say" in asked(phplist, mapped={Column.LEFT: ("Weg",)})
    unknown = "email,Austritt,Feld 7\na@example.com,,x y\nb@example.com,2024-01-02,z\n"
    assert "'Feld 7' is not understood" in asked(unknown, mapped={Column.LEFT: ("Austritt",)})


def read(
    text: str,
    ignored: tuple[str, ...],
    words: dict[str, Meaning] | None,
    mapped: dict[Column, tuple[str, ...]] | None,
    file: str,
) -> tuple[Lines, dict[str, Reason | None]]:
    first, *rows = text.splitlines()
    options = ImportOptions(mapped=mapped or {}, ignored=ignored, words=words or {})
    lines = Lines(read_header(first, options.mapped, file=file, words=options.words), NOW, options, file=file)
    found = list(lines.read(enumerate(csv.reader(rows), start=2)))
    return lines, {row.address.canonical: row.leaving for row in found if not isinstance(row, Invalid)}


def asked(
    text: str,
    *ignored: str,
    words: dict[str, Meaning] | None = None,
    mapped: dict[Column, tuple[str, ...]] | None = None,
    file: str = "list.csv",
) -> str:
    """Return what an import asks about a list, as one text."""
    return "\n".join(read(text, ignored, words, mapped, file)[0].doubts())


def became(
    text: str, words: dict[str, Meaning] | None = None, mapped: dict[Column, tuple[str, ...]] | None = None
) -> dict[str, Reason | None]:
    """Return who left, and why, according to a list about which nothing is left to ask."""
    lines, found = read(text, (), words, mapped, "list.csv")
    assert lines.doubts() == []
    return found


def test_a_status_written_in_capitals_is_known_where_its_own_spelling_is() -> None:
    for word in (
        "contactFlaggedAsSpam",
        "adminBlocked",
        "isUnsubscribed",
        "hasOptedOut",
        "emailBounced",
        "userComplained",
    ):
        assert speaks_of_leaving(word)
        assert speaks_of_leaving(word.upper())
        assert speaks_of_leaving(word.lower())
