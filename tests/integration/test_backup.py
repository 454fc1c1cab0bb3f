"""What a backup holds comes back whole, and nothing that may have been sent since is sent again by itself."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import signal
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from publisher import pipeline
from publisher.app import App
from publisher.errors import DamagedBackup, Refused
from publisher.issue import DeliveryState, IsoWeek
from publisher.moving.backup import _delete_older, back_up, export
from publisher.moving.files import Writer, opened
from publisher.moving.manifest import MANIFEST
from publisher.moving.restore import Restored, restore
from publisher.moving.tables import whole_tables
from publisher.moving.unpack import unpacked
from subscribers import Left, Wording
from subscribers.database import digest_of, open_engine, reading
from tests.any_rows import fill_by_chance
from tests.conftest import DATABASES, empty_database
from tests.e2e.command import pressroom
from tests.integration import test_upgrade as upgrade
from tests.long import LONG
from tests.mailroom import ROOT
from tests.office import Bureau, bureau
from tests.publication import NOON, FakeClock, variables

KEPT = ROOT / "tests" / "data" / "backup_of_0009"
"""An export of this release, which every later one must be able to restore."""


def told(_done: int, _total: int) -> None:
    pass


def content_of(engine: sa.Engine) -> dict[str, tuple[int, str]]:
    with reading(engine) as connection:
        return {table.name: ((d := digest_of(connection, table)).rows, d.value) for table in whole_tables()}


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def elsewhere(folder: Path, url: str, clock: FakeClock, smtp_url: str = "smtp://127.0.0.1:1") -> App:
    """Return the app of an empty folder and an empty database, to restore into."""
    folder.mkdir(exist_ok=True)
    return App(folder, database=url, clock=clock, variables=variables(smtp_url))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An export of a small publication with any rows, to be copied and broken."""
    folder = tmp_path_factory.mktemp("made")
    with bureau(f"sqlite:///{folder}/x.db", folder, content=upgrade.DATA / "content") as news:
        fill_by_chance(news.app.engine, 5, fewest=1)
        export(news.app, folder / "export", told)
    return folder / "export"


@pytest.mark.both_databases
def test_a_backup_has_every_row_and_every_file_and_no_secret(news: Bureau, tmp_path: Path) -> None:
    fill_by_chance(news.app.engine, 1)
    path, manifest, _ = back_up(news.app, tmp_path / "b.zip", told)
    assert path.stat().st_mode & 0o777 == 0o600
    with opened(path) as backup, unpacked(backup, tmp_path, told) as engine:
        assert content_of(engine) == content_of(news.app.engine)
        there = {name: b"".join(backup.parts(name)) for name in manifest.content}
    assert there == {f"content/{name}": data for name, data in files_of(news.folder / "content").items()}
    with zipfile.ZipFile(path) as archive:
        everything = b"".join(archive.read(name) for name in archive.namelist())
    assert variables("")["PRESSROOM_SECRET_KEY"].encode() not in everything
    assert news.sink.url.encode() not in everything
    assert sorted(json.loads(zipfile.ZipFile(path).read(MANIFEST))["secrets"]) == [
        "PRESSROOM_SECRET_KEY", "PRESSROOM_SMTP_URL",
    ]  # fmt: skip


@pytest.mark.both_databases
def test_a_backup_while_others_write_is_of_one_moment(news: Bureau, tmp_path: Path, database_url: str) -> None:
    fill_by_chance(news.app.engine, 2)
    before, service = content_of(news.app.engine), open_engine(database_url)

    def write(_done: int, _total: int) -> None:
        with service.begin() as connection:
            connection.execute(sa.text("UPDATE subscriber SET name = name || '!'"))
            connection.execute(sa.text("UPDATE delivery SET name = name || '!'"))
            connection.execute(sa.text("DELETE FROM email"))

    _, manifest, _ = back_up(news.app, tmp_path / "b.zip", write)
    assert {entry.name: (entry.rows, entry.digest) for entry in manifest.tables} == before
    assert content_of(news.app.engine) != before
    service.dispose()


def restored_0002(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Bureau, Restored, Path]]:
    """Back up the database of revisions 0002 in the middle of everything, and restore it in the other kind."""
    other = {"sqlite": "postgresql", "postgresql": "sqlite"}[kind]
    with empty_database(kind, request, tmp_path) as before, empty_database(other, request, tmp_path) as after:
        upgrade.restore(before)
        with bureau(before, tmp_path, content=upgrade.DATA / "content") as news:
            upgrade.take_over(news)
            upgrade.approve_anew(news)  # so that issue 4 goes out at 08:00, after the backup
            path, _, _ = back_up(news.app, tmp_path / "b.zip", told)
            with elsewhere(tmp_path / "again", after, news.clock, news.sink.url) as app:
                brought = restore(app, path, told)
                yield Bureau(app, news.sink, news.clock, app.folder), brought, news.folder


def test_no_step_of_a_course_leaves_twice_after_a_restore_and_each_course_goes_on(tmp_path: Path) -> None:
    """By ten days after the backup, two steps may have left, a week apart: both are in doubt, and the third is still to come."""
    url = f"sqlite:///{tmp_path}/x.db"
    upgrade.restore(url)
    with bureau(url, tmp_path, content=upgrade.DATA / "content") as news:
        upgrade.take_over(news)
        path, _, _ = back_up(news.app, tmp_path / "b.zip", told)
        news.clock.advance(10 * 86_400)
        with elsewhere(tmp_path / "again", f"sqlite:///{tmp_path}/y.db", news.clock, news.sink.url) as app:
            before = restore(app, path, told).uncertain
            assert before.steps > 0
            assert app.subscribers.courses.take_steps(news.clock.now(), limit=100) == 0
            with reading(app.engine) as connection:
                told_so = sa.text(
                    "SELECT count(*) FROM email WHERE kind = 'step' AND state = 'in_doubt' AND reply LIKE 'restored%'"
                )
                assert connection.scalar(told_so) == before.steps + before.emails["step"]
                due = connection.scalars(sa.text("SELECT due FROM course WHERE due IS NOT NULL")).all()
                assert due
            news.clock.advance(7 * 86_400)
            assert app.subscribers.courses.take_steps(news.clock.now(), limit=100) > 0


@pytest.mark.parametrize("kind", DATABASES if LONG else DATABASES[:1])
def test_after_a_restore_nobody_gets_an_issue_until_a_person_decides(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    for news, brought, original in restored_0002(kind, request, tmp_path):
        assert files_of(news.folder / "content") == files_of(original / "content")
        assert brought.uncertain.deliveries == {3: 14}
        assert brought.uncertain.weeks == ["2026-W47", "2026-W48", "2026-W49"]
        assert brought.uncertain.emails == {"step": 2, "welcome": 1}
        assert brought.uncertain.steps == 1
        issues = [upgrade.TITLES[number] for number in (3, 4)]
        mails = [mail for moment in ("08:00", "08:20", "12:00") for mail in upgrade.at(news, moment)]
        assert [mail for mail in mails if mail["Subject"] in issues] == []
        with pytest.raises(Refused, match="restored from a backup of 2026-11-26 07:55 UTC"):
            pipeline.send(news.app.act(), 4)
        left = news.app.subscribers.leaving.unsubscribe(upgrade.UNSUBSCRIBE["queued"], now=news.clock.now())
        assert left is Left.NOW
        assert news.app.ledger.records.settle(3, None, DeliveryState.QUEUED, news.clock.now()) == 14
        pipeline.reopen_week(news.app.act(), IsoWeek(2026, 47))
        got = upgrade.who_got(upgrade.at(news, "13:00"), 3)
        assert set(got.values()) == {1}
        assert {"claimed", "queued", "deferred"} - {"queued"} <= set(got)
        assert not {"sent", "queued", "failed", "suppressed", "deleted"} & set(got)


def test_a_week_that_began_after_the_backup_is_held_too(quiet: Bureau, tmp_path: Path) -> None:
    path, _, _ = back_up(quiet.app, tmp_path / "b.zip", told)
    quiet.clock.time += dt.timedelta(weeks=3)
    with elsewhere(tmp_path / "again", f"sqlite:///{tmp_path}/y.db", quiet.clock) as app:
        held = restore(app, path, told).uncertain.weeks
        assert held
        assert all(week.held for week in app.act().weeks.unfinished())


def test_a_week_whose_issue_was_out_before_the_backup_is_not_held(quiet: Bureau, tmp_path: Path) -> None:
    wording, now = Wording("test"), quiet.clock.now()
    quiet.app.subscribers.editors.add("ada@example.com", source="test", wording=wording, now=now)
    made = pipeline.assemble(quiet.app.act())
    pipeline.draft(quiet.app.act(), made.number)
    path, _, _ = back_up(quiet.app, tmp_path / "before.zip", told)
    with elsewhere(tmp_path / "again", f"sqlite:///{tmp_path}/y.db", quiet.clock) as app:
        assert str(made.week) in restore(app, path, told).uncertain.weeks
    pipeline.approve(quiet.app.act(), made.number, "Robin")
    pipeline.send(quiet.app.act(), made.number)
    path, _, _ = back_up(quiet.app, tmp_path / "after.zip", told)
    with elsewhere(tmp_path / "anew", f"sqlite:///{tmp_path}/z.db", quiet.clock) as app:
        assert str(made.week) not in restore(app, path, told).uncertain.weeks
        with pytest.raises(Refused, match="already sent"):
            pipeline.send(app.act(), made.number)


def test_no_correction_leaves_after_a_restore_until_a_person_decides(tmp_path: Path) -> None:
    """It waits for no week: one is approved, and one has begun and grows with its issue, which is half sent."""
    url = f"sqlite:///{tmp_path}/x.db"
    upgrade.restore(url)
    with bureau(url, tmp_path, content=upgrade.DATA / "content") as news:
        upgrade.take_over(news)
        for issue in (1, 3):
            begun = pipeline.correct(news.app.act(), issue)
            path = news.folder / begun.path
            path.write_text(path.read_text("utf-8").rpartition("---\n")[0] + "---\nIt is 400.\n", "utf-8")
            pipeline.approve(news.app.act(), begun.number, "Robin")
        pipeline.send(news.app.act(), begun.number)
        path, _, _ = back_up(news.app, tmp_path / "b.zip", told)
        news.mails()
        with elsewhere(tmp_path / "again", f"sqlite:///{tmp_path}/y.db", news.clock, news.sink.url) as app:
            uncertain = restore(app, path, told).uncertain
            assert uncertain.corrections == [10_001]
            assert set(uncertain.deliveries) == {3, 10_003}
            again = Bureau(app, news.sink, news.clock, app.folder, news.read)
            assert [mail for mail in upgrade.at(again, "08:00") if "Correction" in mail["Subject"]] == []
            assert app.ledger.records.settle(10_003, None, DeliveryState.QUEUED, news.clock.now())
            pipeline.approve(app.act(), 10_001, "Robin")
            got = [
                (mail["To"], mail["Subject"]) for mail in upgrade.at(again, "08:40") if "Correction" in mail["Subject"]
            ]
            assert len({subject for _, subject in got}) == 2
            assert len(got) == len(set(got))
            assert [one.how for one in app.approvals.record(10_001)] == ["shell", "restore", "shell"]


def test_an_export_is_the_same_as_a_backup_and_is_restored_as_it_is(made: Path, tmp_path: Path) -> None:
    with elsewhere(tmp_path / "again", f"sqlite:///{tmp_path}/y.db", FakeClock()) as app:
        brought = restore(app, made, told)
        rows = content_of(app.engine)
    changed = {"course", "delivery", "email", "issue_slot", "lease", "sender_process"}
    for entry in brought.manifest.tables:
        if entry.name not in changed:
            assert rows[entry.name] == (entry.rows, entry.digest), entry.name
    assert {path.stat().st_mode & 0o077 for path in made.rglob("*")} == {0}


def killed(work: Callable[[], object]) -> bool:
    """Do some work in a process of its own, which kills itself on the way; return whether it did."""
    child = os.fork()
    if not child:
        try:
            work()
        finally:
            os._exit(0)
    return os.waitpid(child, 0)[1] == signal.SIGKILL


def dies(*_words: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_what_a_killed_backup_or_restore_left_is_gone_after_the_next_and_a_killed_restore_is_taken_up(
    made: Path, tmp_path: Path
) -> None:
    def again() -> App:
        return elsewhere(tmp_path / "again", f"sqlite:///{tmp_path}/y.db", FakeClock())

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("publisher.moving.restore._bring_in", dies)
        assert killed(lambda: restore(again(), made, told))
    assert (tmp_path / "again/content/publication.toml").exists()
    assert list((tmp_path / "again").glob(".*"))
    with again() as app:
        restore(app, made, told)
        kept = tmp_path / "kept"
        kept.mkdir()
        assert killed(lambda: back_up(again(), kept / "2026-11-25.zip", dies))
        assert killed(lambda: export(again(), kept / "export", dies))
        assert len(list(kept.iterdir())) == 1, "the second has cleared up after the first"
        back_up(app, kept / "{date}.zip", told)
    assert not list((tmp_path / "again").glob(".*"))
    assert [path.name for path in kept.iterdir()] == [f"{NOON:%Y-%m-%d}.zip"]


def test_a_restore_that_was_killed_does_not_hide_what_was_written_since(made: Path, tmp_path: Path) -> None:
    with elsewhere(tmp_path / "again", f"sqlite:///{tmp_path}/y.db", FakeClock()) as app:
        shutil.copytree(made / "content", app.folder / "content")
        (app.folder / "content/publication.toml").write_text("since\n")
        with pytest.raises(Refused, match="content is there already"):
            restore(app, made, told)


def test_a_backup_of_an_older_release_is_restored_and_brought_up_to_date(tmp_path: Path) -> None:
    with elsewhere(tmp_path / "again", f"sqlite:///{tmp_path}/y.db", FakeClock(upgrade.STOPPED)) as app:
        brought = restore(app, KEPT, told)
        assert brought.uncertain.deliveries == {3: 14}
        assert {table.name for table in whole_tables()} == set(content_of(app.engine))
        left = app.subscribers.leaving.unsubscribe(upgrade.UNSUBSCRIBE["sent"], now=upgrade.STOPPED)
        assert left is Left.NOW
        assert app.subscribers.page.portal(upgrade.PREFERENCES_OF_SENT, now=upgrade.STOPPED)


def test_a_restore_refuses_what_is_not_empty_and_another_key(quiet: Bureau, made: Path, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="content is there already; restore into an empty folder"):
        restore(quiet.app, made, told)
    fill_by_chance(quiet.app.engine, 1)
    full = quiet.app.database_url
    with elsewhere(tmp_path / "again", full, quiet.clock) as app:
        with pytest.raises(Refused, match="already holds data"):
            restore(app, made, told)
        assert not (app.folder / "content").exists()
    url = f"sqlite:///{tmp_path}/z.db"
    keyless = App(tmp_path / "again", database=url, clock=quiet.clock, variables={})
    advice = r"SECRET_KEY is not set, .* set it in \.env as it was, or, if it is lost, add --other-key"
    with keyless as app, pytest.raises(Refused, match=advice):
        restore(app, made, told)
    environment = variables("smtp://127.0.0.1:1") | {"PRESSROOM_SECRET_KEY": "k" * 40}
    with App(tmp_path / "again", database=url, clock=quiet.clock, variables=environment) as app:
        with pytest.raises(Refused, match=r"lacks 1 of the keys .* add --other-key"):
            restore(app, made, told)
        assert restore(app, made, told, other_key=True)
    with App(quiet.folder, database=f"sqlite:///{tmp_path}/v.db", clock=quiet.clock, variables=environment) as app:
        before = files_of(quiet.folder / "content")
        assert restore(app, made, told, other_key=True, database_only=True)
        assert files_of(quiet.folder / "content") == before


def manifest_of(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / MANIFEST).read_text("utf-8")))


def changed(change: Callable[[dict[str, Any]], object]) -> Callable[[Path], None]:
    def act(folder: Path) -> None:
        manifest = manifest_of(folder)
        change(manifest)
        (folder / MANIFEST).write_text(json.dumps(manifest), "utf-8")

    return act


def named(name: str) -> Callable[[Path], None]:
    """Let the manifest name one more file, which leads elsewhere."""
    return changed(lambda manifest: manifest["files"].update({name: {"size": 0, "sha256": "0" * 64}}))


def linked(folder: Path) -> None:
    path = folder / "content" / "publication.toml"
    path.unlink()
    path.symlink_to("/etc/hostname")


def with_lines(change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    """Change the readers' lines, and let the manifest agree."""

    def act(folder: Path) -> None:
        manifest, data = manifest_of(folder), (folder / "tables" / "subscriber.jsonl").read_bytes()
        writer = Writer(lambda name: (folder / name).open("wb"))
        writer.write("tables/subscriber.jsonl", [change(data)])
        entry = writer.files["tables/subscriber.jsonl"]
        manifest["files"]["tables/subscriber.jsonl"] = {"size": entry.size, "sha256": entry.sha256}
        (folder / MANIFEST).write_text(json.dumps(manifest), "utf-8")

    return act


def appended(folder: Path) -> None:
    with (folder / "tables" / "subscriber.jsonl").open("ab") as file:
        file.write(b"\n" * 10)


HOSTILE: dict[str, Callable[[Path], object]] = {
    "no manifest": lambda folder: (folder / MANIFEST).unlink(),
    "made before there was a calendar": changed(lambda manifest: manifest.update(made="0001-01-01T00:00:00+14:00")),
    "a file that is a folder, too": named("content/publication.toml/one.md"),
    "not json": lambda folder: (folder / MANIFEST).write_bytes(b"\xff{"),
    "newer format": changed(lambda manifest: manifest.update(format=2)),
    "newer release": changed(lambda manifest: manifest.update(revisions=["publisher_9999"])),
    "no tables": changed(lambda manifest: manifest.update(tables=[])),
    "up": named("content/../../x"),
    "absolute": named("/etc/passwd"),
    "backslash": named("content\\..\\x"),
    "elsewhere": named("var/site/index.html"),
    "hidden": named("content/.git/hooks/post-checkout"),
    "control": named("content/\x1b[2J"),
    "link": linked,
    "file gone": lambda folder: (folder / "content" / "publication.toml").unlink(),
    "longer": appended,
    "shorter": lambda folder: (folder / "tables" / "subscriber.jsonl").write_bytes(b""),
    "no json": with_lines(lambda data: b"[" * 100_000 + data),
    "other columns": with_lines(lambda data: b'{"id":1}\n'),
    "other rows": with_lines(lambda data: data.replace(b"plain", b"plane") + data.splitlines(keepends=True)[0]),
    "other kinds": with_lines(lambda data: data.replace(b'"created":"', b'"created":"x')),
    "other table": changed(lambda manifest: manifest["tables"][0].update(name="sqlite_master")),
    "odd column": changed(lambda manifest: manifest["tables"][0]["columns"].update({'x"; DROP TABLE lease': "text"})),
}


@pytest.mark.parametrize("harm", HOSTILE)
def test_a_damaged_or_hostile_backup_changes_nothing_and_is_refused_in_a_sentence(
    harm: str, made: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "export"
    shutil.copytree(made, folder)
    HOSTILE[harm](folder)
    with elsewhere(tmp_path / "again", f"sqlite:///{tmp_path}/y.db", FakeClock()) as app:
        with pytest.raises(DamagedBackup, match=r"; (use another|install that one)") as told_why:
            restore(app, folder, told)
        assert len(str(told_why.value).splitlines()) == 1
        assert not str(told_why.value).count("\x1b")
        assert [path.name for path in app.folder.iterdir()] in ([], ["var"])


@pytest.mark.parametrize("kept", [0, 10, 1_000, -10])
def test_an_archive_that_is_cut_off_is_refused_in_a_sentence(kept: int, made: Path, tmp_path: Path) -> None:
    whole = Path(shutil.make_archive(str(tmp_path / "whole"), "zip", made))
    cut = tmp_path / "cut.zip"
    cut.write_bytes(whole.read_bytes()[:kept])
    with (
        elsewhere(tmp_path / "again", f"sqlite:///{tmp_path}/y.db", FakeClock()) as app,
        pytest.raises(DamagedBackup, match=r"cut\.zip is not a backup, or it is cut off; use another"),
    ):
        restore(app, cut, told)


def test_backups_of_a_name_are_kept_as_many_as_asked_and_the_others_stay(quiet: Bureau, tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    folder.mkdir()
    other = folder / "2026.zip"
    other.touch()
    for _ in range(3):
        back_up(quiet.app, folder / "{date}-{time}.zip", told, keep=2)
        quiet.clock.advance(86_400)
    assert [path.name for path in sorted(folder.iterdir())] == [
        "2026-11-24-0900.zip", "2026-11-25-0900.zip", "2026.zip",
    ]  # fmt: skip
    with pytest.raises(Refused, match=r"b\.tar\.gz would be a zip file with a name that ends in \.gz"):
        back_up(quiet.app, tmp_path / "b.tar.gz", told)
    with pytest.raises(Refused, match=r"kept is a folder; name a file in it, such as .*/kept/\{date\}\.zip"):
        back_up(quiet.app, folder, told)
    with pytest.raises(Refused, match=r"needs \{date\}"):
        back_up(quiet.app, folder / "same.zip", told, keep=2)


def test_the_newest_is_kept_wherever_the_date_stands_in_the_name(tmp_path: Path) -> None:
    for name in ("0300-2026-11-30.zip", "2200-2026-11-29.zip", "0300-2026-11-29.zip", "0300-notes.zip"):
        (tmp_path / name).touch()
    deleted = _delete_older(tmp_path / "{time}-{date}.zip", 1)
    assert [path.name for path in deleted] == ["0300-2026-11-29.zip", "2200-2026-11-29.zip"]


def test_the_commands_say_what_was_written_what_came_back_and_what_is_next(quiet: Bureau, tmp_path: Path) -> None:
    key = {"PRESSROOM_SECRET_KEY": variables("")["PRESSROOM_SECRET_KEY"]}
    url = f"sqlite:///{tmp_path}/x.db"
    quiet.app.subscribers.editors.add("ada@example.com", source="desk", wording=upgrade.WORDING, now=quiet.clock.now())
    written = pressroom("--database", url, "backup", tmp_path / "b.zip", cwd=quiet.folder, env=key)
    assert written.code == 0, written.talk
    assert "read back, and whole" in written.talk
    again = tmp_path / "again"
    again.mkdir()
    brought = pressroom("restore", tmp_path / "b.zip", cwd=again, env=key)
    assert brought.code == 0, brought.talk
    assert "next: pressroom status" in brought.talk
    assert "ada@example.com" in pressroom("subscribers", "list", cwd=again, env=key).out
