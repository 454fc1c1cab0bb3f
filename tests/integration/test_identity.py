"""A piece stays the same piece, on disk and in the ledger: renamed, edited, with its issue's file deleted."""

from __future__ import annotations

import datetime as dt
import os
from email.message import EmailMessage
from pathlib import Path

import pytest

from publisher import pipeline
from publisher.adapters.memory import LedgerRows, memory_ledger
from publisher.app import App
from publisher.check_pieces import check_pieces
from publisher.content.issue_file import with_field
from publisher.content.used import Uses
from publisher.errors import ContentError, Severity
from publisher.issue import IsoWeek
from publisher.ports import Mailing
from publisher.stages.lost import lost, problems_of
from subscribers import MemoryReaders
from tests.publication import FakeClock, MemoryApp, variables
from tests.segment_oracle import holds

PUBLICATION = """
name = "Example Notes"
tagline = "Notes for tests."
base_url = "https://notes.example.com"
postal_address = "1 Example Street"
list_id = "weekly.notes.example.com"

[sender]
name = "Example Notes"
address = "notes@notes.example.com"
reply_to = "editors@notes.example.com"
bounces = "bounces@notes.example.com"

[[editor]]
name = "Robin"
address = "robin@notes.example.com"

[[section]]
id = "concept"
folder = "concepts"
label = "concept"
when_empty = "evergreen"

[draft]
enabled = false
"""
FIRST = IsoWeek(2026, 10)


def words(name: str, many: int = 60) -> str:
    """Return text that no other piece has."""
    return " ".join(f"{name}{number}" for number in range(many))


def text(name: str, *keys: str, added: str = "2026-01-05") -> str:
    head = (f'title: "About {name}"', f'summary: "On {name}."', f"added: {added}", *(keys or ("status: ready",)))
    return "\n".join(("---", *head, "---", f"{words(name)}.")) + "\n"


class Newsroom:
    """A publication with one section, whose issues count as sent once they are in the ledger. Nothing is rendered."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.pieces, self.issues = folder / "content" / "concepts", folder / "content" / "issues"
        self.pieces.mkdir(parents=True)
        (folder / "content" / "publication.toml").write_text(PUBLICATION)
        self.rows = LedgerRows(MemoryReaders(holds))
        self.app = MemoryApp(folder, FakeClock(), variables("smtp://127.0.0.1:9"))
        self.app.ledger = memory_ledger(self.rows)

    def write(self, name: str, *keys: str, added: str = "2026-01-05") -> Path:
        path = self.pieces / f"{name}.md"
        path.write_text(text(name, *keys, added=added))
        return path

    def send(self, week: IsoWeek) -> str | None:
        """Assemble the week's issue, put it into the ledger, and return what went out; None when it is held."""
        try:
            made = pipeline.assemble(self.app.act(), week)
        except ContentError:
            return None
        path, now = self.folder / made.path, dt.datetime.combine(week.monday(), dt.time(), dt.UTC)
        mail = EmailMessage()
        mail.set_content(path.read_text())
        frozen = mail.as_bytes()
        self.rows.mailings[made.number] = Mailing(made.number, "digest", "About", frozen, now, now)
        path.write_text(with_field(made.path, path.read_bytes(), "published", week.monday()))
        return path.read_text()

    def errors(self) -> list[str]:
        """Return what `check` says of pieces and issues, without the templates, which take longer."""
        content = self.app.act().content
        found = (*check_pieces(content, FIRST), *problems_of(lost(content, self.app.as_it_is.mailings())))
        return [str(one) for one in (*content.problems, *found) if one.severity is Severity.ERROR]


@pytest.fixture
def newsroom(tmp_path: Path) -> Newsroom:
    return Newsroom(tmp_path / "news")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_assembly_writes_an_id_and_leaves_every_other_byte(newsroom: Newsroom, end: str, mark: bytes) -> None:
    before = mark + (text("one").replace("\n", end) + "   \t" + end * 3 + "no line end").encode()
    path = newsroom.pieces / "one.md"
    path.write_bytes(before)
    path.chmod(0o640)
    made = pipeline.assemble(newsroom.app.act(), FIRST)
    (piece,) = newsroom.app.act().content.pieces
    assert piece.id
    assert made.unmarked == ()
    line = f"id: {piece.id}{end}".encode()
    assert path.read_bytes().count(line) == 1
    assert path.read_bytes().replace(line, b"") == before
    assert path.stat().st_mode & 0o777 == 0o640
    assert f"concepts/one.md: {piece.id}" in (newsroom.folder / made.path).read_text()
    assert pipeline.assemble(newsroom.app.act(), FIRST).outcome is pipeline.Outcome.UNCHANGED


def test_the_snapshot_after_an_id_is_the_one_that_is_read_next(newsroom: Newsroom) -> None:
    newsroom.write("one")
    act = newsroom.app.act()
    pipeline.assemble(act, FIRST)
    again = newsroom.app.act().content
    assert (act.content.pieces, act.content.hash) == (again.pieces, again.hash)


@pytest.mark.parametrize("matter", ["{title: A, summary: B, added: 2026-01-05, status: ready}", " title: A\n summary: B\n added: 2026-01-05\n status: ready"])  # fmt: skip
def test_front_matter_that_takes_no_more_line_stays_and_the_week_goes_on(newsroom: Newsroom, matter: str) -> None:
    path = newsroom.pieces / "one.md"
    path.write_text(f"---\n{matter}\n---\n{words('one')}\n")
    before = path.read_bytes()
    made = pipeline.assemble(newsroom.app.act(), FIRST)
    assert path.read_bytes() == before
    (said,) = made.unmarked
    (piece,) = newsroom.app.act().content.pieces
    assert said.fix == f"write `id: {piece.identity}` into its front matter"
    assert Uses(newsroom.app.act().content.issues).of(piece)


def test_a_piece_that_another_user_owns_is_not_taken_over(newsroom: Newsroom) -> None:
    path = newsroom.write("one")
    before = path.read_bytes()
    if os.geteuid() != 0:
        path.chmod(0o444)
        path.parent.chmod(0o555)
    else:
        os.chown(path, 65534, 65534)
    made = pipeline.assemble(newsroom.app.act(), FIRST)
    path.parent.chmod(0o755)
    assert (len(made.unmarked), path.read_bytes()) == (1, before)
    path.write_text(path.read_text().replace("one3 ", "one3 and "))
    assert newsroom.send(FIRST.next()) is None, "by its path"


def test_a_link_to_a_piece_stays_a_link(newsroom: Newsroom) -> None:
    shelf = newsroom.folder / "content" / "shelf"
    shelf.mkdir()
    newsroom.write("one").rename(shelf / "one.md")
    (newsroom.pieces / "one.md").symlink_to("../shelf/one.md")
    pipeline.assemble(newsroom.app.act(), FIRST)
    assert (newsroom.pieces / "one.md").is_symlink()
    assert "\nid: p" in (shelf / "one.md").read_text()


@pytest.mark.parametrize(
    "lost", ["name", "name and id", "name and words", "issue", "issue and name", "issue, name, id"]
)
def test_a_piece_that_was_sent_is_not_taken_again(newsroom: Newsroom, lost: str) -> None:
    path = newsroom.write("one")
    assert newsroom.send(FIRST)
    if "id" in lost:
        path.write_text("".join(line for line in path.read_text().splitlines(True) if not line.startswith("id:")))
    if "words" in lost:
        path.write_text(path.read_text().replace(words("one"), words("other")))
    if "name" in lost:
        path.rename(path.with_name("two.md"))
    if "issue" in lost:
        (newsroom.issues / "0001.md").unlink()
    assert newsroom.send(FIRST.next()) is None
    newsroom.write("three", added="2026-03-01")
    sent = newsroom.send(FIRST.next())
    assert sent
    assert words("three") in sent
    assert "number: 2" in sent


def test_what_was_sent_before_there_were_ids_counts_by_its_words_once_it_is_renamed(newsroom: Newsroom) -> None:
    path = newsroom.write("one")
    newsroom.send(FIRST)
    for file in (path, newsroom.issues / "0001.md"):
        old = "".join(
            line for line in file.read_text().splitlines(True) if not line.startswith(("id:", "ids:", "  concepts/"))
        )
        file.write_text(old)
    assert newsroom.errors() == []
    path.rename(path.with_name("two.md"))
    assert newsroom.send(FIRST.next()) is None
    (said,) = newsroom.errors()
    assert said == (
        "content/concepts/two.md:7: half of what it says, or more, is already in issue 1, so no issue takes it; "
        "write it anew, or set `status: evergreen` to let it repeat, or `status: draft`"
    )
    path.with_name("two.md").write_text(text("one", "status: draft"))
    assert newsroom.errors() == []


def test_an_issue_whose_file_is_gone_is_an_error_until_one_does_as_it_says(newsroom: Newsroom) -> None:
    newsroom.write("one")
    newsroom.send(FIRST)
    gone = newsroom.issues / "0001.md"
    gone.rename(newsroom.folder / "kept.md")
    (said,) = newsroom.errors()
    assert said == (
        "content/issues/0001.md: issue 1 («About») began to be sent on 2026-03-02, and its file is gone; restore it from "
        "git or a backup, or write a file with its number, week, date, title, preheader and `published:`"
    )
    gone.write_text(
        "---\nnumber: 1\nweek: 2026-W10\ndate: 2026-03-02\ntitle: About\npreheader: It\npublished: 2026-03-02\n---\n"
    )
    assert newsroom.errors() == []


def test_check_asks_the_ledger_and_makes_no_database(newsroom: Newsroom) -> None:
    newsroom.write("one")
    with App(newsroom.folder, clock=FakeClock(), variables={}) as app:
        assert app.as_it_is.mailings() == ()
        assert app.as_it_is.last_message() is None
        assert not (newsroom.folder / "var" / "pressroom.db").exists()
        assert app.ledger.records.entries() == app.as_it_is.mailings() == ()
    nowhere = {"PRESSROOM_DATABASE_URL": "postgresql://127.0.0.1:1/none"}
    with App(newsroom.folder, clock=FakeClock(), variables=nowhere) as app:
        (said,) = [one for one in pipeline.check(app.act_to_check()) if "file" in one.what]
    assert said.severity is Severity.WARNING
    assert said.what.startswith("whether each issue that was sent has its file was not checked: ")
