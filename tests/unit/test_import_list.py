"""Imported lists: their system is recognised by their columns, and each invalid line says what is wrong."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from subscribers import Column, Invalid, Reason, State
from subscribers.cells import harmless, tags, tags_cell, written
from subscribers.dates import moment
from subscribers.import_columns import read_header
from subscribers.import_list import read_lines
from subscribers.import_row import ImportRow
from tests.readers import NOW

LISTS = {
    "Buttondown": (
        "id,secondary_id,email,notes,subscriber_type,referrer_url,utm_source,utm_medium,utm_campaign,creation_date,"
        "ip_address,subscription_date,unsubscription_date,tags,metadata",
        [
            'a,1,ada@example.com,,regular,https://blog.example.com/,meetup,,,2024-01-02T03:04:05Z,192.0.2.7,2024-01-02T04:00:00Z,,maths;engines,"{""name"": ""Ada""}"',
            "b,2,bob@example.com,,unsubscribed,,,,,2024-01-02T03:04:05Z,,,2024-05-01T00:00:00Z,,",
            "c,3,eve@example.com,,unactivated,,,,,2024-01-02T03:04:05Z,,,,,",
            "d,4,dan@example.com,,undeliverable,,,,,2024-01-02T03:04:05Z,,,,,",
        ],
        [None, Reason.UNSUBSCRIBED, "never confirmed", Reason.BOUNCED],
    ),
    "Substack": (
        "email,active_subscription,expiry,email_disabled,created_at",
        ["ada@example.com,false,,false,2024-01-02T03:04:05Z", "bob@example.com,true,,true,2024-01-02T03:04:05Z"],
        [None, Reason.UNSUBSCRIBED],
    ),
    "Mailchimp": (
        "Email Address,First Name,Last Name,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,LEID,EUID,TAGS",
        ['ada@example.com,Ada,Lovelace,2,2024-01-02 03:04:05,192.0.2.7,2024-01-02 04:00:00,192.0.2.8,1,x,"maths"'],
        [None],
    ),
    "Mailchimp, unsubscribed contacts": (
        "Email Address,First Name,Last Name,OPTIN_TIME,CONFIRM_TIME,UNSUB_TIME,UNSUB_REASON",
        ["bob@example.com,Bob,,,2024-01-02 04:00:00,2024-05-01 00:00:00,no longer"],
        [Reason.UNSUBSCRIBED],
    ),
    "Mailchimp, cleaned contacts": (
        "Email Address,First Name,Last Name,OPTIN_TIME,CONFIRM_TIME,CLEAN_TIME",
        ["dan@example.com,Dan,,,2024-01-02 04:00:00,2024-05-01 00:00:00"],
        [Reason.BOUNCED],
    ),
    "Ghost": (
        "id,email,name,note,subscribed_to_emails,stripe_customer_id,complimentary_plan,labels,created_at",
        [
            "1,ada@example.com,Ada,,true,,,maths,2024-01-02T03:04:05.000Z",
            "2,bob@example.com,Bob,,false,,,,2024-01-02T03:04:05.000Z",
        ],
        [None, Reason.UNSUBSCRIBED],
    ),
    "listmonk": (
        "uuid,email,name,attributes,status,created_at,updated_at",
        [
            'u,ada@example.com,Ada,"{}",enabled,2023-01-25 13:07:21.435821 +0530 IST,',
            'u,bob@example.com,Bob,"{}",blocklisted,2023-01-25 13:07:21.435821 +0530 IST,',
        ],
        [None, Reason.REMOVED],
    ),
    "Keila": (
        "Email,First name,Last name,Data,External ID,Status",
        ['ada@example.com,Ada,L,"{}",,active', "bob@example.com,,,,,unreachable", "eve@example.com,,,,,asleep"],
        [None, Reason.BOUNCED, "status 'asleep' is unknown"],
    ),
    "Mailcoach": ("email,first_name,last_name,tags", ["ada@example.com,Ada,Lovelace,maths;engines"], [None]),
    "beehiiv": (
        "email,First Name,Last Name,status,tier,created_at,unsubscribed_at",
        [
            "ada@example.com,Ada,,active,free,2024-01-02 03:04:05 UTC,",
            "bob@example.com,,,inactive,free,2024-01-02 03:04:05 UTC,2024-05-01 00:00:00 UTC",
            "eve@example.com,,,pending,free,2024-01-02 03:04:05 UTC,",
        ],
        [None, Reason.UNSUBSCRIBED, "never confirmed"],
    ),
}


def read(header: str, *lines: str, **mapped: str) -> list[ImportRow | Invalid]:
    import csv

    head = read_header(header, {Column(name): (column,) for name, column in mapped.items()})
    rows = csv.reader(lines, delimiter=head.delimiter)
    return list(read_lines(enumerate(rows, start=2), head, NOW))


@pytest.mark.parametrize("system", LISTS)
def test_the_lists_of_other_systems_are_recognised_and_understood(system: str) -> None:
    header, lines, meanings = LISTS[system]
    assert read_header(header).vendor.name == system
    for found, meant in zip(read(header, *lines), meanings, strict=True):
        if not isinstance(meant, Reason | None):
            assert isinstance(found, Invalid)
            assert meant in found.why
        else:
            assert isinstance(found, ImportRow), found
            assert found.leaving == meant


def test_dates_addresses_names_tags_and_sources_are_imported() -> None:
    [ada, *_] = read(*[LISTS["Buttondown"][0], *LISTS["Buttondown"][1]])
    assert isinstance(ada, ImportRow)
    day = dt.datetime(2024, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
    assert (ada.name, ada.tags, ada.created, ada.asked_from) == ("Ada", ("maths", "engines"), day, "192.0.2.7")
    assert ada.source == "https://blog.example.com/ meetup"
    [ada] = read(LISTS["Mailchimp"][0], LISTS["Mailchimp"][1][0])
    assert isinstance(ada, ImportRow)
    assert (ada.name, ada.asked, ada.asked_from, ada.confirmed_from) == ("Ada Lovelace", day, "192.0.2.7", "192.0.2.8")


@pytest.mark.parametrize("header", ["email", "Name,Email Address", "address;name;tags;status", "E-Mail\tFull Name\r\n"])
def test_a_list_of_unknown_origin_is_read_by_the_names_of_its_columns(header: str) -> None:
    found = read_header(header)
    assert found.vendor.name == "a list"
    assert Column.ADDRESS in found.places


def test_an_editor_can_map_columns() -> None:
    [ada] = read("Adresse;Nom;Listes", "ada@example.com;Ada;maths", address="Adresse", name="nom", tags="Listes")
    assert isinstance(ada, ImportRow)
    assert (ada.address.written, ada.name, ada.tags) == ("ada@example.com", "Ada", ("maths",))
    with pytest.raises(ValueError, match="there is no column 'Name'; the columns are: Adresse, Nom"):
        read_header("Adresse;Nom", {Column.ADDRESS: ("Adresse",), Column.NAME: ("Name",)})


@pytest.mark.parametrize("line", ["", "ada@example.com", "name,phone", "\x00"])
def test_a_list_without_a_column_of_addresses_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match="call it email in the first line"):
        read_header(line)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("ada,,", "not an e-mail address"),
        (",Ada,", "not an e-mail address"),
        ('ada@example.com,"Ada\x0bEve",active', "line break"),
        ("ada@example.com,,", "the status is empty"),
        ("ada@example.com,Lovelace, Ada,active", "put quotation marks around any cell"),
        ("ada@example.com", "the missing ones may say whose line it is, or whether they left"),
        ("ada@example.com,,sleeping", "status 'sleeping' is unknown"),
        ("ada@example.com,,pending", "never confirmed"),
    ],
)
def test_a_line_that_cannot_be_used_says_why(line: str, why: str) -> None:
    [found] = read("email,name,status", line)
    assert isinstance(found, Invalid)
    assert found.line == 2
    assert why in found.why


OURS = "email,status,created,confirmed,left,suppressed"
SUPPRESSIONS = "email,status,suppressed_at"


@pytest.mark.parametrize(("header", "line"), [(OURS, "ada@example.com,,,,,"), (SUPPRESSIONS, "ada@example.com,,")])
def test_an_empty_status_in_a_list_of_ours_is_asked_about(header: str, line: str) -> None:
    [found] = read(header, line)
    assert isinstance(found, Invalid)
    assert "the status is empty" in found.why


@pytest.mark.parametrize(
    ("line", "leaving"),
    [
        ("ada@example.com,,,,2026-01-02T00:00:00Z,", Reason.UNSUBSCRIBED),
        ("ada@example.com,,,,,complained", Reason.COMPLAINED),
    ],
)
def test_a_line_of_ours_with_an_empty_status_that_says_otherwise_that_they_left_counts(
    line: str, leaving: Reason
) -> None:
    [found] = read(OURS, line)
    assert isinstance(found, ImportRow)
    assert (found.state, found.leaving) == (State.UNSUBSCRIBED, leaving)


def test_a_line_that_says_who_left_counts_even_if_the_rest_cannot_be_read() -> None:
    [found] = read("email,name,status", f"ada@example.com,{'x' * 300},unsubscribed")
    assert isinstance(found, ImportRow)
    assert found.leaving is Reason.UNSUBSCRIBED


def test_empty_lines_are_skipped() -> None:
    assert read("email,name", "", " ,") == []


@settings(deadline=None)
@given(st.text(max_size=20))
def test_no_exported_cell_is_a_formula_and_each_is_read_back_unchanged(cell: str) -> None:
    safe = harmless(cell)
    assert not safe.startswith(("=", "+", "-", "@", "\t", "\r"))
    if cell == cell.strip():
        assert written(safe) == cell


@settings(deadline=None)
@given(st.lists(st.text("ab;,\"' ", min_size=1).filter(lambda tag: tag == tag.strip()), unique=True, max_size=4))
def test_tags_are_read_as_they_were_written(given_tags: list[str]) -> None:
    assert tags(tags_cell(given_tags), exact=True) == tuple(given_tags)


def test_a_date_in_the_future_counts_as_now_and_words_are_not_a_date() -> None:
    assert moment("2999-01-01", NOW) == NOW
    with pytest.raises(ValueError, match="is not a date"):
        moment("last spring")


_SAID = st.tuples(
    st.sampled_from(["active", "unsubscribed", " Active", "", "asleep", "bounced"]),
    st.sampled_from(["", "2024-02-01", "2024-02-01T09:00:00Z", "0", "no date"]),
    st.sampled_from(["", "2024-01-01", "2024-02-01T10:00:00Z", "2024-03-01"]),
)


@given(st.lists(_SAID, min_size=2, max_size=12))
def test_what_a_line_says_of_its_reader_does_not_depend_on_the_lines_before_it(
    said: list[tuple[str, str, str]],
) -> None:
    header = read_header("email,status,unsubscribed_at,confirmed_at")
    lines = [(number, [f"r{number}@example.com", *cells]) for number, cells in enumerate(said, start=2)]
    assert list(read_lines(lines, header, NOW)) == [row for line in lines for row in read_lines([line], header, NOW)]
