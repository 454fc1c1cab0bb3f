"""Files of 200 rows in all states, as other systems write them: who left, bounced, complained or never confirmed is no reader.

They were made by somebody who had not seen how lists are read; `unclear` rows are those of which their file does not say it.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from subscribers import UNCONFIRMED, Column, Meaning, Reason, State, UnreadableList
from subscribers.adapters.import_file import open_import_file
from subscribers.import_columns import recognised
from subscribers.import_list import ImportOptions
from subscribers.vendors import ANY
from tests.lists import ACTIVE, BLIND, LISTS, MEANINGS, REASONS, Outcome, outcome

INDEX: list[dict[str, str]] = json.loads((BLIND / "index.json").read_text("utf-8"))
FILES = [one["file"] for one in INDEX]


def truth_of(file: str) -> Mapping[str, str]:
    rows = json.loads((BLIND / file).with_suffix(".truth.json").read_text("utf-8"))["rows"]
    return {address.lower(): state for address, state in rows.items()}


def options(
    *ignored: str, words: Mapping[str, Meaning] | None = None, left: Reason | None = None, **mapped: str
) -> ImportOptions:
    columns = {Column(kind): (name,) for kind, name in mapped.items()}
    return ImportOptions(columns, left, ignored, words or {})


def counted(became: Outcome) -> int:
    return len(became.active) + len(became.left) + len(became.invalid)


@pytest.mark.parametrize("file", FILES)
def test_without_a_word_of_the_editors_only_readers_become_readers(file: str) -> None:
    truth = truth_of(file)
    became = outcome(BLIND / file)
    assert {truth[address] for address in became.active} <= {ACTIVE}
    assert became.doubts or counted(became) == len(truth)


UNDERSTOOD = {
    "kit.csv", "mailerlite/unsubscribed_subscribers.csv", "brevo.csv", "emailoctopus.csv", "campaign_monitor.csv",
    "campaign_monitor/Unsubscribed subscribers.csv", "campaign_monitor/Bounced subscribers.csv", "campaign_monitor/Deleted subscribers.csv",
    "curated/unsubscribed.csv", "phplist.csv", "phplist_comma.csv", "sendportal_db.csv", "mailcoach.csv",
    "jetpack.csv", "substack.csv", "tinyletter.csv", "mailchimp/subscribed_email_audience_export_0123456789.csv",
    "mailchimp/unsubscribed_email_audience_export_0123456789.csv", "mailchimp/cleaned_email_audience_export_0123456789.csv",
    "mailchimp/nonsubscribed_email_audience_export_0123456789.csv", "beehiiv.csv", "activecampaign.csv",
    "magento_de.csv", "magento_fr.csv", "magento_es.csv", "magento_zh.csv",
}  # fmt: skip
ANSWERS = {
    "mailerlite.csv": options("mailerlite.csv"),
    "curated.csv": options("curated.csv"),
    "phplist_raw.csv": options("phplist_raw.csv"),
    "mailerlite/active_subscribers.csv": options("active_subscribers.csv"),
    "mailerlite/bounced_subscribers.csv": options(left=Reason.BOUNCED),
    "mailerlite/junk_subscribers.csv": options(left=Reason.COMPLAINED),
    "campaign_monitor/Active subscribers.csv": options("active subscribers.csv"),
    "curated/subscribers.csv": options("subscribers.csv"),
    "mautic_report.csv": options(words={"dnc manually unsubscribed: sms": UNCONFIRMED}),
    "patreon.csv": options(words={"declined patron": UNCONFIRMED, "": UNCONFIRMED}),
    "buttondown.csv": options(words={"past_due": UNCONFIRMED}),
    "substack_dashboard.csv": options("Cancel date"),
    "listmonk.csv": options("listmonk.csv"),
    "ghost.csv": options("note"),  # somebody «left a note»
    "mailgun/complaints.csv": options(left=Reason.COMPLAINED),
    "mailgun/unsubscribes.csv": options(left=Reason.UNSUBSCRIBED),
    "mailgun/bounces.csv": options(left=Reason.BOUNCED),
    "newsletter_plugin.csv": options("sex", "token", words={
        "c": State.ACTIVE, "u": Reason.UNSUBSCRIBED, "b": Reason.BOUNCED, "p": Reason.COMPLAINED, "s": UNCONFIRMED,
    }),
}  # fmt: skip


@pytest.mark.parametrize("file", sorted(UNDERSTOOD | set(ANSWERS)))
def test_the_states_of_each_system_are_understood(file: str) -> None:
    truth = truth_of(file)
    became = outcome(BLIND / file, ANSWERS.get(file))
    assert became.doubts == ()
    unsaid = (
        {"unclear"} if file == "substack_dashboard.csv" else set()
    )  # the editor said that a cancel date is no leaving
    assert became.active == {address for address, state in truth.items() if state in {ACTIVE, *unsaid}}
    for address, state in truth.items():
        if state in REASONS and not (state == "bounced" and "phplist" in file):  # it makes them unconfirmed
            assert became.left[address] is REASONS[state] or (file, state) == (
                "mautic_report.csv",
                "left",
            )  # bounced, too
    assert {truth[address] for address in became.left} <= set(REASONS)
    assert counted(became) == len(truth)


@pytest.mark.parametrize("file", sorted(set(FILES) - UNDERSTOOD))
def test_a_file_that_does_not_say_it_stops_and_says_what_to_write(file: str) -> None:
    became = outcome(BLIND / file)
    if file == "mautic_dnc.csv":  # nobody on it is a reader
        assert became.active == frozenset()
        return
    assert became.doubts
    options_named = ("--ignore", "--map", "--status", "--all-left", "UTF-8", "encoding", "write one there")
    assert any(option in doubt for doubt in became.doubts for option in options_named)


@pytest.mark.parametrize("file", [file for file in FILES if file.endswith(".csv") and "/" not in file])
def test_without_a_column_that_says_who_left_a_file_of_a_known_system_asks(file: str, tmp_path: Path) -> None:
    truth = truth_of(file)
    try:
        with open_import_file(BLIND / file, ImportOptions()) as opened:
            [part] = opened.parts
            with part.source.rows(part.head) as found:
                rows = [row.cells for row in found]
    except UnreadableList:
        return
    names, states = part.header.names, part.header.states()
    for left_out in states.all:
        kept = [place for place in range(len(names)) if place != left_out]
        if recognised([names[place] for place in kept]) is ANY:
            continue
        path = tmp_path / f"{left_out}.csv"
        with path.open("w", newline="") as written:
            csv.writer(written).writerows(
                [cells[place] for place in kept if place < len(cells)] for cells in (names, *rows)
            )
        became = outcome(path)
        assert became.doubts or {truth[address] for address in became.active} <= {ACTIVE}, names[left_out]


SILENT = {
    "Substack": ("email,active_subscription,expiry,plan,created_at", "true,,monthly,2024-01-02"),
    "MailerLite": ("Subscriber,Sent,Opens,Clicks,Subscribed,Unsubscribed,Location", "1,1,0,2024-01-02,,Austria"),
    "Curated": ("Email Address,Subscribed at,Unsubscribed at,UTM Last Path", "2024-01-02,,"),
    "Campaign Monitor, the subscribers of one state": ("Name,Email Address,Date Subscribed,Date Unsubscribed", "2024-01-02,"),
}  # fmt: skip


@pytest.mark.parametrize("system", SILENT)
def test_a_file_that_says_some_states_of_its_system_but_not_all_asks_unless_nobody_on_it_is_a_reader(
    system: str, tmp_path: Path
) -> None:
    header, rest = SILENT[system]
    assert recognised(header.split(",")).name == system
    first = "Ada," if header.startswith("Name") else ""
    (tmp_path / "list.csv").write_text(f"{header}\n{first}ada@example.com,{rest}\n")
    assert any("--ignore list.csv" in doubt for doubt in outcome(tmp_path / "list.csv").doubts)
    assert outcome(tmp_path / "list.csv", options("list.csv")).active == {"ada@example.com"}


@pytest.mark.parametrize("kind", ["active", "all", "unconfirmed", "unsubscribed", "bounced", "marked-as-spam"])
def test_a_file_of_sendy_is_told_by_its_name_once_a_line_names_its_columns(kind: str, tmp_path: Path) -> None:
    file = f"sendy/weekly-news-{kind}.csv"
    path = tmp_path / f"weekly-news-{kind}.csv"
    path.write_text("name,email\n" + (BLIND / file).read_text("utf-8"), "utf-8")
    became = outcome(path)
    assert bool(became.doubts) == (kind != "active")
    assert {truth_of(file)[address] for address in became.active} <= {ACTIVE}


def people(file: str, delimiter: str = ",") -> list[dict[str, str]]:
    return list(csv.DictReader((LISTS / file).read_text("utf-8-sig").splitlines(), delimiter=delimiter))


CASES = {
    "brevo.csv": {row["EMAIL"] for row in people("brevo.csv", ";") if row["EMAIL_MARKETING"] == "Subscribed"},
    "phplist.csv": {
        row["email"] for row in people("phplist.csv") if (row["confirmed"], row["blacklisted"]) == ("1", "0")
    },
    "mailcoach_extra.csv": {row["email"] for row in people("mailcoach_extra.csv") if not row["unsubscribed_at"]},
    "jetpack.csv": {
        row["Email Address"] for row in people("jetpack.csv") if row["Subscription status"] == "Subscribed"
    },
    "kit.csv": {row["email"] for row in people("kit.csv") if row["status"] == "active"},
    "mailerlite_unsubscribed.csv": {
        row["Subscriber"] for row in people("mailerlite_unsubscribed.csv") if not row["Unsubscribed"]
    },
    "left_date_excel.csv": {"y3@example.com"},
    "nonsubscribed_email_audience_export_abc.csv": set[str](),
}


SAY_NOT_ALL = {"mailerlite_unsubscribed.csv", "phplist.csv"}
"""These have no column for some states of their systems."""


@pytest.mark.parametrize("file", CASES)
def test_a_case_that_came_in_wrong_once_is_understood(file: str) -> None:
    became = outcome(LISTS / file, options(file) if file in SAY_NOT_ALL else None)
    assert (became.doubts, became.active) == ((), CASES[file])


def test_whoever_gets_no_emails_by_substacks_dashboard_has_left_and_a_cancel_date_is_asked_about() -> None:
    [doubt] = outcome(LISTS / "substack_dashboard.csv").doubts or ("",)
    rows = people("substack_dashboard.csv")
    assert "'Cancel date'" in doubt
    became = outcome(LISTS / "substack_dashboard.csv", options("Cancel date"))
    assert became.active == {row["Email"] for row in rows if row["Receiving emails for"] == "all"}
    assert set(became.left) == {row["Email"] for row in rows if not row["Receiving emails for"]}


def test_words_of_states_collected_elsewhere_never_make_a_reader_of_someone_who_left(tmp_path: Path) -> None:
    words = json.loads((BLIND / "words.json").read_text("utf-8"))
    values = [one for one in words if one["kind"] == "value"]
    understood = 0
    for number, one in enumerate(values):
        path = tmp_path / f"{number}.csv"
        path.write_text(f'email,status\na@example.com,"{one["word"]}"\n', "utf-8")
        became = outcome(path)
        assert not became.active or one["meaning"] == ACTIVE, one
        understood += not became.doubts
        other = outcome(path, ImportOptions(words={one["word"].lower(): MEANINGS[one["meaning"]]}))
        assert bool(other.active) == (one["meaning"] == ACTIVE), one
    assert understood > 0.8 * len(values)
