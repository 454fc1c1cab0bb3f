"""The editors' command line for readers, run for real: what it shows, what it changes, and what it refuses."""

from __future__ import annotations

import datetime as dt
import os
import pty
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import IO

import pytest

from publisher.app import App
from subscribers import Keyring, Reason, SignUpRequest, Subscribers, Wording, parse_address
from subscribers.database import open_engine
from tests.e2e.command import COMMAND, Ran, environment, pressroom
from tests.long import some
from tests.readers import SECRET, Mailbox

Run = Callable[..., Ran]


@pytest.fixture
def run(news: Path) -> Run:
    def subscribers(*words: object) -> Ran:
        return pressroom("subscribers", *words, cwd=news)

    return subscribers


def name_a_segment(news: Path, where: str, id_: str = "beta") -> None:
    toml = news / "content/publication.toml"
    toml.write_text(f"{toml.read_text('utf-8')}\n[[segment]]\nid = \"{id_}\"\nwhere = '{where}'\n", "utf-8")


def test_readers_are_tagged_counted_and_listed_by_segment(news: Path, run: Run) -> None:
    tagged = run("tag", "ada@example.com", "--add", "beta", "--add", "early bird")
    assert (tagged.code, tagged.out, tagged.talk) == (0, "", "1 reader changed\n")
    assert run("tag", "ada@example.com", "--add", "beta", "--json").json == {"changed": 0}
    counted = run("count", "--where", "tag = beta")
    assert (counted.out, counted.talk) == ("1 of 1 reader would get an issue now\n", "where tag = beta\n")
    assert run("count").out == "2 of 2 readers would get an issue now\n"
    assert run("count", "--where", "not (tag=beta)", "--json").json == {
        "where": "not tag = beta", "reached": 1, "readers": 1,
    }  # fmt: skip
    assert run("tag", "--where", "domain = example.com", "--add", "all", "--remove", "beta", "--json").json == {
        "changed": 2
    }
    listed = run("list", "--where", 'tag ~ "early B"', "--json").json
    assert [(row["address"], row["tags"]) for row in listed["subscribers"]] == [
        ("ada@example.com", ["early bird", "all"])
    ]
    both = run("list", "--where", "tag = all", "--search", "zo", "--limit", "1")
    assert "zoe@example.com" in both.out
    assert "ada@example.com" not in both.out
    assert (
        both.talk == "these are the first 1; --limit lists more\nthe whole list: 0 pending, 2 active, 0 unsubscribed\n"
    )


def test_a_segment_of_the_publication_is_meant_by_its_name(news: Path, run: Run) -> None:
    name_a_segment(news, "tag = beta and section = concept")
    run("tag", "zoe@example.com", "--add", "beta")
    assert run("count", "--where", "beta", "--json").json == {
        "where": "tag = beta and section = concept", "reached": 1, "readers": 1,
    }  # fmt: skip
    wrong = run("count", "--where", "betta")
    assert (wrong.code, wrong.out) == (1, "")
    assert wrong.talk == "pressroom: column 1: publication.toml has no segment `betta`; did you mean `beta`?\n"


def test_a_segment_that_is_wrong_is_one_sentence_with_its_column_or_its_line(news: Path, run: Run) -> None:
    for words in (("count",), ("list",), ("tag", "--add", "x")):
        ran = run(*words, "--where", "tagg = beta")
        assert (ran.code, ran.out) == (1, "")
        assert ran.talk == "pressroom: column 1: there is no field `tagg`; did you mean `tag`?\n"
    ran = run("count", "--where", "section = concpet", "--json")
    assert ran.json["error"] == "column 11: there is no section `concpet`; did you mean `concept`?"
    name_a_segment(news, "sean < 30d ago")
    line = len((news / "content/publication.toml").read_text("utf-8").splitlines())
    checked = pressroom("check", cwd=news)
    assert checked.code == 1
    where = f"content/publication.toml:{line}: "
    assert f"{where}segment beta, column 1: there is no field `sean`; did you mean `seen`?\n" in checked.out


def test_everything_about_one_reader_is_shown(news: Path, run: Run) -> None:
    assert pressroom("approve", "1", "--by", "Editor", cwd=news).code == 0
    assert pressroom("send", "1", "--transport", "file:var/outbox", cwd=news).code == 0
    run("tag", "ada@example.com", "--add", "beta")
    with App(news, variables={}) as app:
        now = app.clock.now()
        token = app.subscribers.links.unsubscribe_token(app.subscribers.queries.find(query="ada")[0].subject_id)
        app.subscribers.leaving.unsubscribe(token, now=now, why="too \x1b[2J many [bold]mails[/bold]")
    shown = run("show", "ADA@example.com")
    assert (shown.code, shown.talk) == (0, "")
    for words in (
        "ada@example.com", "Ada", "unsubscribed", "suppressed", "beta", "entered", "asked", "+beta", "sent",
        "[bold]mails[/bold]", "Write the first concept here",
    ):  # fmt: skip
        assert words in shown.out, words
    assert "\x1b" not in shown.out, "a reader's words cannot command the editor's terminal"
    found = run("show", "ada@example.com", "--json").json
    assert found["reader"]["tags"] == ["beta"]
    assert found["suppression"]["reason"] == "unsubscribed"
    [consent] = found["consents"]
    assert (consent["act"], consent["source"], consent["client"]) == ("entered", "test", None)
    assert consent["wording"]["text"] == "asked"
    assert len(consent["wording"]["version"]) == 12
    assert [each["what"] for each in found["history"]] == ["tagged", "suppressed", "why"]
    [delivery] = found["deliveries"]
    assert (delivery["number"], delivery["state"], delivery["address"]) == (1, "sent", "ada@example.com")
    assert delivery["changed"] is not None
    missing = run("show", "nobody@example.com")
    assert (missing.code, missing.talk) == (1, "pressroom: nobody@example.com is not on the list\n")


def test_editors_are_told_of_mailboxes_that_answer_no_confirmation_mail_and_how_long_none_leaves(
    news: Path, run: Run
) -> None:
    with App(news, variables={}) as app:
        now = app.clock.now() - dt.timedelta(days=5)
        for day in range(5):
            request = SignUpRequest(parse_address(f"kim.p+{day}@gmail.com"), "form", Wording("One mail a week."))
            app.subscribers.sign_ups.sign_up_all([request], now + dt.timedelta(days=day))
    until = now + dt.timedelta(days=4 + 30)
    shown = run("show", "kim.p+2@gmail.com")
    assert f"unanswered  5 confirmation mails; no further one before {until:%Y-%m-%d %H:%M}" in shown.out
    assert run("show", "kim.p+0@gmail.com", "--json").json["unanswered"]["confirmations"] == 5
    assert run("show", "ada@example.com", "--json").json["unanswered"] == {
        "confirmations": 0, "no_further_before": None,
    }  # fmt: skip
    status = pressroom("status", cwd=news)
    assert "1 address had five confirmation mails that nobody answered, so none leaves for now" in status.talk.replace(
        "\n", " "
    )
    assert pressroom("status", "--json", cwd=news).json["unanswered_addresses"] == 1


def test_an_address_is_suppressed_for_a_reason_and_freed_for_a_reason(run: Run) -> None:
    assert run("suppress", "zoe@example.com", "--reason", "bounced").talk == "zoe@example.com is suppressed\n"
    assert run("suppress", "zoe@example.com", "--reason", "removed", "--json").json["changed"] is False
    assert run("suppress", "new@example.com", "--reason", "complained").code == 0
    assert run("add", "new@example.com").code == 4
    assert "not a reason; use one of: unsubscribed, removed, bounced, refused" in run(
        "suppress", "zoe@example.com", "--reason", "bored"
    ).talk.replace("\n", " ")
    shown = run("show", "new@example.com")
    assert "complained since" in shown.out
    assert "not a reader" in shown.out

    refused = run("unsuppress", "zoe@example.com")
    assert (refused.code, "--why" in refused.talk) == (2, True)
    assert run("unsuppress", "zoe@example.com", "--why", "  ").code == 2
    assert run("suppress", "zoe@example.com", "--reason", "moved").code == 2  # only readers say that
    freed = run("unsuppress", "zoe@example.com", "--why", "the mailbox was only full")
    assert (freed.code, freed.talk) == (0, "zoe@example.com is no longer suppressed\n")
    assert run("unsuppress", "zoe@example.com", "--why", "again", "--json").json["changed"] is False
    history = run("show", "zoe@example.com", "--json").json["history"]
    assert ("why lifted", "the mailbox was only full") in [(each["what"], each["detail"]) for each in history]
    assert run("list", "--state", "active", "--search", "zoe", "--json").json["subscribers"] == []


def test_every_reason_of_the_package_is_offered(run: Run) -> None:
    offered = "|".join(reason for reason in Reason if reason is not Reason.MOVED)
    assert offered in run("suppress", "--help").out.replace("\n", "").replace(" ", "").replace("│", "")


def test_a_reader_is_forgotten_when_an_editor_means_it(news: Path, run: Run) -> None:
    asked = run("forget", "ada@example.com")
    assert (asked.code, "--yes" in asked.talk) == (2, True)
    assert run("forget", "ada@example.com", "--json").code == 2
    assert run("show", "ada@example.com").code == 0
    assert run("forget", "nobody@example.com", "--yes").code == 1
    assert run("forget", "ada@example.com", "--yes").talk == "ada@example.com is forgotten\n"
    assert run("forget", "ada@example.com", "--yes", "--json").json == {
        "address": "ada@example.com",
        "changed": False,
        "held": 0,
    }
    shown = run("show", "ada@example.com", "--json").json
    assert (shown["reader"], shown["suppression"]["reason"]) == (None, "removed")
    assert run("add", "ada@example.com").code == 4


def test_who_names_an_address_that_its_reader_moved_away_from_is_told_the_present_one(news: Path, run: Run) -> None:
    run("add", "bob@example.com")
    engine = open_engine(f"sqlite:///{news / 'var/pressroom.db'}")
    readers, keys, now = Subscribers(engine, Keyring(SECRET), Mailbox()), Keyring(SECRET), dt.datetime.now(dt.UTC)
    (bob,) = readers.queries.find(query="bob@")
    readers.page.ask_move(keys.account(bob.subject_id, now), "Bob@example.org", now=now)
    assert readers.page.confirm_move(keys.move(bob.subject_id, now), now=now) is not None
    engine.dispose()
    told = "pressroom: bob@example.com is no longer a reader's address; the reader moved to Bob@example.org\n"
    for words in (("unsubscribe",), ("forget",), ("forget", "--yes"), ("tag", "--add", "vip")):
        ran = run(words[0], "bob@example.com", *words[1:])
        assert (ran.code, ran.talk) == (1, told), words
    added = run("add", "bob@example.com")
    assert (added.code, "(moved to Bob@example.org)" in added.talk) == (4, True)
    assert run("show", "bob@example.com", "--json").json["moved_to"] == "Bob@example.org"
    assert run("show", "bob@example.org", "--json").json["former_addresses"] == ["bob@example.com"]
    assert (
        run("list", "--state", "active", "--search", "bob", "--json").json["subscribers"][0]["address"]
        == "Bob@example.org"
    )


@pytest.mark.parametrize(("answer", "code", "left"), [("n\n", 4, 2), ("y\n", 0, 1)])
def test_an_editor_at_a_terminal_is_asked_before_a_reader_is_forgotten(
    news: Path, answer: str, code: int, left: int
) -> None:
    here, there = pty.openpty()
    try:
        os.write(here, answer.encode())
        command = [*COMMAND, "subscribers", "forget", "ada@example.com"]
        done = subprocess.run(
            command,
            cwd=news,
            env=environment(news),
            stdin=there,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    finally:
        os.close(here)
        os.close(there)
    assert (done.returncode, done.stdout) == (code, "")
    assert "Delete everything known about ada@example.com?" in done.stderr
    assert pressroom("subscribers", "count", "--json", cwd=news).json["readers"] == left


@pytest.mark.parametrize(
    "words",
    [
        ("tag", "--add", "x"),
        ("tag", "ada@example.com", "--where", "tag = a", "--add", "x"),
        ("tag", "ada@example.com"),
        ("suppress", "ada@example.com"),
        ("stats", "--weeks", "0"),
    ],
)
def test_what_is_not_said_in_full_is_wrong_usage_and_changes_nothing(run: Run, words: tuple[str, ...]) -> None:
    assert run(*words).code == 2
    assert {each["state"] for each in run("list", "--json").json["subscribers"]} == {"active"}


def test_a_wrong_tag_or_an_unknown_reader_is_one_sentence(run: Run) -> None:
    wrong = run("tag", "ada@example.com", "--add", "a;b")
    assert (wrong.code, len(wrong.talk.splitlines())) == (1, 1)
    assert "'a;b' is not a tag" in wrong.talk
    assert run("tag", "nobody@example.com", "--add", "x").talk == "pressroom: nobody@example.com is not on the list\n"


def test_the_list_is_shown_in_numbers(run: Run) -> None:
    run("unsubscribe", "zoe@example.com")
    shown = run("stats", "--weeks", "2")
    assert (shown.code, shown.talk) == (0, "")
    lines = [" ".join(line.split()) for line in shown.out.splitlines()]
    for line in ("state readers", "active 1", "unsubscribed 1", "test 2 1", "removed 1"):
        assert line in lines
    found = run("stats", "--weeks", "2", "--json").json
    assert found["states"] == {"pending": 0, "active": 1, "unsubscribed": 1}
    assert (len(found["weeks"]), found["weeks"][0]["joined"], found["weeks"][0]["left"]) == (2, 2, 1)
    assert (found["share_confirmed"], found["suppressed"]["removed"], found["courses"]) == (None, 1, [])


def test_the_verbs_work_on_either_database(tmp_path: Path, database_url: str) -> None:
    assert pressroom("init", "news", cwd=tmp_path).code == 0

    def run(*words: object) -> Ran:
        return pressroom("--database", database_url, "subscribers", *words, "--json", cwd=tmp_path / "news")

    for name in ("ada", "bob", "eve"):
        run("add", f"{name}@example.com")
    assert run("tag", "--where", "source = cli and domain ~ exam", "--add", "beta").json["changed"] == 3
    assert run("suppress", "eve@example.com", "--reason", "complained").json["changed"] is True
    assert run("count", "--where", "tag ~ BET and left = never").json == {
        "where": "tag ~ BET and left = never", "reached": 2, "readers": 2,
    }  # fmt: skip
    assert run("forget", "bob@example.com", "--yes").json["changed"] is True
    assert run("stats").json["states"] == {"pending": 0, "active": 1, "unsubscribed": 1}
    assert run("show", "eve@example.com").json["suppression"]["reason"] == "complained"


def test_an_issue_goes_to_a_segment_and_to_nobody_else(news: Path) -> None:
    assert pressroom("subscribers", "tag", "ada@example.com", "--add", "beta", cwd=news).code == 0
    assert pressroom("approve", "1", "--by", "Editor", cwd=news).code == 0
    would = pressroom("send", "1", "--to", "tag = beta", "--dry-run", cwd=news)
    assert "would go to 1 reader" in would.talk
    nobody = pressroom("send", "1", "--to", "tag = alpha", "--dry-run", cwd=news)
    assert (nobody.code, "the segment «tag = alpha» has no active reader" in nobody.talk) == (4, True)
    wrong = pressroom("send", "1", "--to", "tagg = beta", "--dry-run", cwd=news)
    assert (wrong.code, "did you mean `tag`" in wrong.talk) == (1, True)
    out = ("--transport", "file:out")
    sent = pressroom("send", "1", "--to", "tag = beta", *out, cwd=news)
    assert (sent.code, "audience 1: 1 sent" in sent.talk) == (0, True), sent.talk
    assert len(list((news / "out").glob("*.eml"))) == 1
    again = pressroom("send", "1", *out, cwd=news)
    assert (again.code, "was already sent" in again.talk) == (4, True)
    assert pressroom("subscribers", "forget", "ada@example.com", "--yes", cwd=news).code == 0
    assert b"ada@example.com" not in b"".join(
        bytes(str(row), "utf-8") for row in _table(news / "var" / "pressroom.db", "delivery")
    )


def _table(database: Path, name: str) -> list[tuple[object, ...]]:
    import sqlite3

    with sqlite3.connect(database) as connection:
        return connection.execute(f"SELECT * FROM {name}").fetchall()


LONG = some(150_000)


@pytest.fixture(scope="module")
def long_list(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("lists") / "long.csv"
    with path.open("w") as file:
        file.write("email,name\n")
        file.writelines(f"reader{number}@example{number % 97}.com,Reader {number}\n" for number in range(LONG))
    return path


@pytest.mark.parametrize("doing", ["read long.csv", "import long.csv"])
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_an_import_that_is_stopped_while_it_reads_leaves_nothing_and_later_a_part_and_can_be_run_again(
    doing: str, how: signal.Signals, news: Path, run: Run, long_list: Path
) -> None:
    before = run("stats", "--json").json
    terminal, theirs = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, "subscribers", "import", str(long_list), "--yes"], cwd=news, env=environment(news),
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=theirs,
    )  # fmt: skip
    os.close(theirs)
    said = b""
    with open(terminal, "rb", buffering=0) as screen:
        while chunk := _read(screen):
            told = said.count(doing.encode())
            said += chunk
            if told < 2 <= said.count(doing.encode()):  # it has begun, and is not at its end
                process.send_signal(how)
    assert process.wait(30) == (130 if how is signal.SIGINT else -how), said
    assert b"Traceback" not in said
    reading = doing.startswith("read")
    told = b"nothing was imported" if reading else b"to go on from there"
    assert (told in said) == (how is signal.SIGINT)
    stopped = run("stats", "--json").json["states"]["active"] - before["states"]["active"]
    assert (stopped == 0) if reading else (0 <= stopped < LONG)
    again = run("import", long_list, "--yes", "--json").json
    assert (again["new"], again["resumed"]) == (LONG, stopped)
    assert run("stats", "--json").json["states"]["active"] == before["states"]["active"] + LONG


def _read(screen: IO[bytes]) -> bytes:
    """Read what is there; nothing when the other side has gone."""
    try:
        return screen.read(4096)
    except OSError:
        return b""


def test_an_import_says_how_it_reads_a_file_before_anything_happens(news: Path, run: Run) -> None:
    path = news / "list.csv"
    rows = "".join(f"r{number}@gmial.com;Jörg;active;town {number};{number % 2}\r\n" for number in range(9))
    path.write_bytes(f"Our list\r\nemail;name;status;town;plan\r\n{rows}nobody;Käthe;active;;\r\n".encode("cp1252"))
    ran = run("import", path, "--ignore", "plan", "--dry-run", "--rejects", "rest.csv")
    assert ran.code == 1
    assert ran.out == f"{path}:12: 'nobody' is not an e-mail address: An email address must have an @-sign.\n"
    assert ran.talk == (
        "list.csv: recognised as a list; read: email as address, name as name, status as status\n"
        "  read as cp1252, which makes «Jörg», «Käthe»; if that is wrong, name the encoding with --encoding\n"
        "  above the line that names the columns, and not read: «Our list»\n"
        "  not read: town, because none of the known words for leaving is in it; plan, because you ignore it\n"
        f"{path}:3: is gmial.com a typing error for gmail.com? (9 addresses, not changed)\n"
        "rest.csv holds the lines that cannot be used; fix them there, then import that file with the same options\n"
        "would be: 9 new, 0 known, 0 suppressed, 0 left their old list, 0 duplicates, 1 invalid\n"
    )
    again = run("import", path, "--ignore", "plan", "--yes", "--tag", "spring", "--json").json
    assert (again["new"], again["lists"][0]["encoding"], again["typos"][0]["meant"]) == (9, "cp1252", "gmail.com")
    assert run("count", "--where", "tag = spring").out.startswith("9 of 9")
    taken = run("import", path, "--ignore", "plan", "--yes", "--rejects", "list.csv")
    assert (taken.code, "list.csv is there already and holds something else" in taken.talk) == (1, True)


def test_a_question_that_is_interrupted_leaves_nothing_and_says_so(news: Path, run: Run) -> None:
    (news / "list.csv").write_text("email\nkim@example.com\n")
    terminal, theirs = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, "subscribers", "import", "list.csv"], cwd=news, env=environment(news), stdin=theirs,
        stdout=subprocess.DEVNULL, stderr=theirs,
    )  # fmt: skip
    os.close(theirs)
    said = b""
    with open(terminal, "rb", buffering=0) as screen:
        while chunk := _read(screen):
            asked = b"[y/N]" in said
            said += chunk
            if not asked and b"[y/N]" in said:
                process.send_signal(signal.SIGINT)
    assert process.wait(30) == 130, said
    assert b"interrupted: nothing was imported; run the same import again" in said
    assert b"Traceback" not in said
    assert "kim@example.com" not in run("list").out
