"""`pressroom send --early` while it is morning already where a reader lives. Whenever this runs: the publication's hour is near."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

from publisher.app import App
from publisher.issue import IsoWeek
from publisher.publication import WEEKDAYS
from subscribers import Wording
from subscribers.adapters import tables
from tests.e2e.command import pressroom

EARLY, OTHER, LATER = "zoe@example.com", "ada@example.com", "new@example.com"
EASTERNMOST = 14


def prepare(news: Path) -> None:
    """Let the easternmost reader's hour be past and the publication's be to come, in the week of issue 1."""
    now = dt.datetime.now(dt.UTC)
    for ahead in (13, 0):  # on the first hours of a Monday in one of these zones, it is Sunday in the other
        lead = dt.timedelta(hours=EASTERNMOST - ahead)
        hour = now + lead / 2 + dt.timedelta(hours=ahead)
        if dt.timedelta(days=hour.weekday(), hours=hour.hour) >= lead:
            break
    path = news / "content" / "publication.toml"
    text = path.read_text("utf-8").replace('zone = "Europe/Berlin"', f'zone = "Etc/GMT-{ahead}"\nearly_mornings = true')
    text = text.replace("mon 09:00", "mon 00:00").replace("thu 08:00", f"{WEEKDAYS[hour.weekday()]} {hour:%H:%M}")
    path.write_text(text, "utf-8")
    issue = news / "content" / "issues" / "0001.md"
    week = IsoWeek.of(hour.date())
    text = re.sub(r"^week: .*$", f"week: {week}", issue.read_text("utf-8"), flags=re.MULTILINE)
    issue.write_text(re.sub(r"^date: .*$", f"date: {hour.date()}", text, flags=re.MULTILINE), "utf-8")
    with App(news, variables={}) as app, app.engine.begin() as connection:
        far = tables.subscriber.update().where(tables.subscriber.c.address == EARLY)
        connection.execute(far.values(zone=f"Etc/GMT-{EASTERNMOST}"))


def mailed(folder: Path) -> list[str]:
    """Return the readers who got the issue, once for each message."""
    return sorted(
        address
        for path in folder.glob("*.eml")
        for address in re.findall(r"^To: .*?([\w.]+@[\w.]+)>?$", path.read_text("utf-8"), re.MULTILINE)
    )


def test_send_early_is_for_those_whose_morning_has_come_and_send_for_all_others(news: Path, tmp_path: Path) -> None:
    prepare(news)
    out = tmp_path / "out"
    to = ("--transport", f"file:{out}")
    assert pressroom("approve", "1", "--by", "Editor", cwd=news).code == 0
    would = pressroom("send", "1", "--early", "--dry-run", "--json", cwd=news)
    assert would.json["readers"] == 1
    ran = pressroom("send", "1", "--early", *to, cwd=news)
    assert (ran.code, "audience 1: 1 sent" in ran.talk) == (0, True), ran.talk
    assert mailed(out) == [EARLY]
    assert re.search(
        r"came early; to all others on [A-Z][a-z]{2} 2\d{3}-\d\d-\d\d \d\d:\d\d", pressroom("status", cwd=news).talk
    )
    again = pressroom("send", "1", "--early", *to, "--json", cwd=news)
    assert (again.code, again.json["sums"]["sent"]) == (0, 1)

    with App(news, variables={}) as app:
        app.subscribers.editors.add(LATER, source="test", wording=Wording("asked"), now=app.clock.now())
    assert pressroom("send", "1", "--dry-run", "--json", cwd=news).json["readers"] == 2
    last = pressroom("send", "1", *to, "--json", cwd=news)
    assert (last.code, last.json["sums"]["sent"]) == (0, 3), last.talk
    assert mailed(out) == [OTHER, LATER, EARLY]
    refused = pressroom("send", "1", "--early", *to, cwd=news)
    assert (refused.code, "was already sent" in refused.talk) == (4, True), refused.talk
