"""`pressroom send` when a reader lives where it is not yet morning. Whenever this runs: theirs is the last zone of all."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import sqlalchemy as sa

from publisher.app import App
from subscribers.adapters import tables
from tests.e2e.command import pressroom

NEVER = "zoe@example.com"


def prepare(news: Path) -> None:
    path = news / "content" / "publication.toml"
    text = path.read_text("utf-8").replace('zone = "Europe/Berlin"', 'zone = "Etc/GMT-14"')
    path.write_text(text.replace("mon 09:00", "mon 00:00").replace("thu 08:00", "sun 23:59"), "utf-8")
    with App(news, variables={}) as app, app.engine.begin() as connection:
        far = tables.subscriber.update().where(tables.subscriber.c.address == NEVER)
        connection.execute(far.values(zone="Etc/GMT+12"))


def test_send_says_who_waits_and_ends_well_and_goes_on_when_it_is_time(news: Path, tmp_path: Path) -> None:
    prepare(news)
    assert pressroom("approve", "1", "--by", "Editor", cwd=news).code == 0
    ran = pressroom("send", "1", "--transport", f"file:{tmp_path / 'out'}", cwd=news)
    assert ran.code == 0, ran.talk
    assert "audience 2: 1 queued, 1 sent" in ran.talk
    assert "1 reader gets it at the scheduled hour of their own time zone, the last on " in ran.talk
    assert "Etc/GMT-14, from `pressroom run` or from `pressroom send 1` at that time" in ran.talk

    again = pressroom("send", "1", "--transport", f"file:{tmp_path / 'out'}", "--json", cwd=news)
    assert (again.code, again.json["waiting"]["readers"]) == (0, 1)
    assert dt.datetime.fromisoformat(again.json["waiting"]["until"]) > dt.datetime.now(dt.UTC)
    assert "1 wait for the hour in their own time zone, the last until " in pressroom("status", cwd=news).talk
    assert "1 reader gets it at the scheduled hour" in pressroom("send", "1", "--dry-run", cwd=news).talk

    with App(news, variables={}) as app, app.engine.begin() as connection:
        connection.execute(sa.text("UPDATE delivery SET due = '1970-01-01 00:00:00' WHERE due IS NOT NULL"))
    last = pressroom("send", "1", "--transport", f"file:{tmp_path / 'out'}", "--json", cwd=news)
    assert (last.code, last.json["sums"]["sent"], last.json["waiting"]["readers"]) == (0, 2, 0)
