"""What is said to be kept is what is kept: every column is named, the periods are the settings', the page is a page."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlmodel import SQLModel

from publisher import privacy
from publisher.adapters.database import tables as ours
from publisher.content.pieces import read_page
from publisher.language import Language
from publisher.publication import Publication
from subscribers.adapters import tables as theirs
from subscribers.asks import FORGIVEN_AFTER
from tests.publication import publication

FACTS = privacy.Facts("mail.example.com", "on this machine", "", "")


def test_every_column_of_the_database_is_named_and_nothing_else_is() -> None:
    assert ours.delivery.metadata is theirs.subscriber.metadata is SQLModel.metadata
    there = {(table.name, column.name) for table in SQLModel.metadata.tables.values() for column in table.columns}
    assert there - privacy.columns() == set()
    assert {pair for pair in privacy.columns() - there if not pair[0].startswith("content/")} == set()


@pytest.mark.parametrize("tag", ["en", "de", "fr", "es", "ar", "ja"])
def test_the_page_is_a_page_and_has_the_periods_of_the_settings(tag: str) -> None:
    made = privacy.page(publication(language=tag, privacy={"unconfirmed_days": 17, "network_days": 40}))
    page = read_page(Path("content/pages/privacy.md"), made.encode())
    assert page.slug == privacy.PAGE
    assert "17" in page.body
    assert "40" in page.body
    rows = [line for line in page.body.splitlines() if line.startswith("|")]
    assert {line.count("|") for line in rows} == {5}
    assert len(rows) == len(privacy.HELD) + 2


def test_the_record_names_what_the_settings_say_and_the_page_says_nothing_of_machines() -> None:
    facts = privacy.Facts("mail.example.com", "db.example.com", "cache.example.com", "model.example.com")
    said = str(privacy.record(publication(), facts)) + str(privacy.receivers(facts))
    for host in ("mail", "db", "cache", "model"):
        assert f"{host}.example.com" in said
        assert f"{host}.example.com" not in privacy.page(publication())
    assert len(privacy.receivers(FACTS)) == 2


def test_mail_is_kept_no_longer_than_is_said() -> None:
    from subscribers import RULES

    longest = max(each.kept.days for each in RULES.values() if not each.to_editors)
    said = privacy.until(publication(), privacy.Until.MAILED, Language())
    assert said == f"up to {longest // 7} weeks after it was sent"
    assert longest % 7 == 0


def test_an_address_that_nobody_confirmed_is_kept_as_long_as_its_mails_count() -> None:
    said = privacy.until(publication(), privacy.Until.UNCONFIRMED, Language())
    assert f"or {FORGIVEN_AFTER.days} for each mail" in said


def test_the_data_of_a_reader_say_who_is_responsible_and_to_whom_to_write() -> None:
    made: Publication = publication()
    known = privacy.processing(made)
    address = made.sender.reply_to or made.sender.address
    assert known["controller"] == {"name": made.name, "postal_address": made.postal_address, "address": address}
    assert any(address in each for each in known["rights"])
    assert {"what", "why", "basis", "until"} == set(known["data"][0])
