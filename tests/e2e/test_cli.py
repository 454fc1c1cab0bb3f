"""The real command in a process of its own: what it says, what it leaves behind, and its exit code."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
import typer.main

from publisher.adapters.smtp_sink import Sink
from publisher.cli.root import cli
from tests.e2e.command import COMMAND, environment, pressroom, pressroom_afresh
from tests.press import png
from tests.publication import write_starters

ISSUE = "content/issues/0001.md"


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def eml(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.eml"))


# --- help ---------------------------------------------------------------------------------------------------------


def commands() -> Iterator[tuple[str, Any]]:
    def walk(name: str, command: Any) -> Iterator[tuple[str, Any]]:
        if hasattr(command, "commands"):
            for child, below in command.commands.items():
                yield from walk(f"{name} {child}", below)
        else:
            yield name, command

    return walk("pressroom", typer.main.get_command(cli))


def test_every_command_says_what_it_does_and_shows_an_example_that_parses() -> None:
    found = dict(commands())
    assert len(found) >= 18
    for name, command in found.items():
        assert command.help, name
        assert command.help[0].isupper(), name
        example = re.fullmatch(r"Example: (pressroom .*)", command.epilog or "")
        assert example, f"{name} has no example"
        assert example[1].startswith(name), name
        words = shlex.split(example[1].partition(" > ")[0].removeprefix(name))
        command.make_context(name, words).close()
        for parameter in command.params:
            assert getattr(parameter, "help", "") or parameter.name == "help", (
                f"{name}: {parameter.name} is not explained"
            )


def test_every_command_that_ends_by_itself_can_speak_json() -> None:
    servers = {"pressroom run", "pressroom preview", "pressroom sink"}
    assert {n for n, c in commands() if not any("--json" in p.opts for p in c.params)} == servers


def test_help_names_the_verbs_and_the_exit_codes(tmp_path: Path) -> None:
    ran = pressroom_afresh("--help", cwd=tmp_path)
    assert ran.code == 0
    for word in ("assemble", "draft", "render", "preflight", "approve", "send", "status", "Exit codes"):
        assert word in ran.out


# --- the week -----------------------------------------------------------------------------------------------------


def test_the_whole_week_of_a_new_publication(tmp_path: Path, database_url: str) -> None:
    assert pressroom("init", "news", cwd=tmp_path).code == 0
    home = write_starters(tmp_path / "news")

    def run(*words: object) -> tuple[int, str]:
        ran = pressroom("--database", database_url, *words, cwd=home)
        return ran.code, ran.out + ran.talk

    assert run("check") == (0, "no problems found\n")
    assert run("subscribers", "add", "ada@example.com", "--name", "Ada")[0] == 0
    code, said = run("assemble")
    assert code == 0
    assert ISSUE in said
    assert run("preflight", "1") == (0, "no problems found\n")
    code, said = run("send", "1", "--transport", "file:var/outbox")
    assert (code, eml(home / "var/outbox")) == (4, []), said
    assert "approve 1 --by NAME" in said
    assert run("approve", "1", "--by", "Editor")[0] == 0
    code, said = run("send", ISSUE, "--dry-run")
    assert code == 0
    assert "1 reader" in said
    assert eml(home / "var/outbox") == []
    code, said = run("send", "1", "--transport", "file:var/outbox")
    assert code == 0, said
    (sent,) = eml(home / "var/outbox")
    assert message_from_bytes(sent.read_bytes())["To"] == "Ada <ada@example.com>"
    code, said = run("send", "1", "--transport", "file:var/outbox")
    assert code == 4
    assert "already sent" in said
    code, said = run("status", "--json")
    standing = json.loads(said)["issues"][0]
    assert (standing["state"], standing["sums"]["sent"]) == ("sent", 1)
    assert re.search(r"^published: \d{4}-\d\d-\d\d$", (home / ISSUE).read_text("utf-8"), re.MULTILINE)
    assert (home / "var/site/issues/1/index.html").exists()


def test_every_verb_of_the_week_answers_in_json(news: Path) -> None:
    def data(*words: object) -> Any:
        ran = pressroom(*words, "--json", cwd=news)
        assert ran.code == 0, ran
        return ran.json

    assert data("check") == {"problems": []}
    assert data("assemble")["outcome"] == "unchanged"
    assert data("draft", "1") == {"drafts": [], "kept": [], "backup": None}
    assert str(news / "out/issue.eml") in [str(news / file) for file in data("render", "1", "--out", "out")["files"]]
    assert data("preflight", "1") == {"findings": []}
    assert data("approve", "1", "--by", "EDITOR")["missing"] == 0
    assert data("send", "1", "--dry-run")["readers"] == 2
    assert data("send", "1", "--test", "me@example.com", "--transport", "file:var/test")["sent"] is True
    assert data("send", "1", "--transport", "file:var/outbox")["sums"]["sent"] == 2
    assert data("status", "1")["issues"][0]["approvals"] == ["Editor"]
    assert data("settle", "1") == {"in_doubt": []}
    assert data("publish")["files"] > 5
    assert {row["name"] for row in data("check", "--settings")} > {"PRESSROOM_SECRET_KEY", "PRESSROOM_SMTP_URL"}


def test_a_test_copy_needs_no_approval_goes_to_one_address_and_leaves_the_ledger_alone(news: Path) -> None:
    ran = pressroom("send", "1", "--test", "me@example.com", "--transport", "file:var/test", cwd=news)
    assert ran.code == 0
    (copy,) = eml(news / "var/test")
    assert message_from_bytes(copy.read_bytes())["To"] == "me@example.com"
    assert message_from_bytes(copy.read_bytes())["Subject"].startswith("[Test] ")
    dry = pressroom("send", "1", "--test", "me@example.com", "--dry-run", cwd=news)
    assert (dry.code, "would go" in dry.talk) == (0, True)
    assert pressroom("status", "1", "--json", cwd=news).json["issues"][0]["state"] == "assembled"


def test_an_edit_after_the_approval_voids_it(news: Path) -> None:
    assert pressroom("approve", "1", "--by", "Editor", cwd=news).code == 0
    edit(news / ISSUE, "title: ", "title: New, ")
    ran = pressroom("send", "1", "--transport", "file:var/outbox", cwd=news)
    assert ran.code == 4
    assert "changed after Editor approved it" in ran.talk
    assert eml(news / "var/outbox") == []
    assert pressroom("status", "1", "--json", cwd=news).json["issues"][0]["state"] == "changed"


def test_two_different_people_must_approve_where_the_publication_says_so(news: Path) -> None:
    toml = news / "content/publication.toml"
    edit(toml, "people = 1", "people = 2")
    toml.write_text(toml.read_text("utf-8") + '\n[[editor]]\nname = "Sam"\naddress = "sam@news.example.com"\n', "utf-8")
    assert "1 more approval" in pressroom("approve", "1", "--by", "Editor", cwd=news).talk
    assert pressroom("approve", "1", "--by", "Editor", "--json", cwd=news).json["missing"] == 1
    assert pressroom("send", "1", "--dry-run", cwd=news).code == 4
    assert pressroom("approve", "1", "--by", "Sam", "--json", cwd=news).json["missing"] == 0
    assert pressroom("send", "1", "--dry-run", "--json", cwd=news).json["approved_by"] == ["Editor", "Sam"]
    assert "no longer approved by Sam" in pressroom("approve", "1", "--by", "sam", "--withdraw", cwd=news).talk
    assert pressroom("send", "1", "--dry-run", cwd=news).code == 4
    record = pressroom("audit", "1", "--json", cwd=news).json["record"]
    assert [(one["person"], one["what"], one["how"]) for one in record] == [
        ("Editor", "approved", "shell"), ("Sam", "approved", "shell"), ("Sam", "withdrawn", "shell"),
    ]  # fmt: skip
    edit(toml, "shell = true", "shell = false")
    refused = pressroom("approve", "1", "--by", "Sam", cwd=news)
    assert (refused.code, "the button in the proof" in refused.talk) == (4, True)


def test_an_edited_file_is_kept_and_force_backs_it_up(news: Path) -> None:
    edit(news / ISSUE, "## ", "An editor's own words.\n\n## ")
    mine = (news / ISSUE).read_bytes()
    kept = pressroom("assemble", cwd=news)
    assert (kept.code, (news / ISSUE).read_bytes()) == (0, mine)
    assert "left alone" in kept.talk
    forced = pressroom("assemble", "--force", "--json", cwd=news).json
    assert (forced["outcome"], forced["backup"]) == ("replaced", f"{ISSUE}.bak")
    assert (news / f"{ISSUE}.bak").read_bytes() == mine
    assert b"An editor's own words" not in (news / ISSUE).read_bytes()


def test_an_issue_that_is_out_is_never_assembled_anew(news: Path) -> None:
    week = re.search(r"^week: (.*)$", (news / ISSUE).read_text("utf-8"), re.MULTILINE)[1]  # type: ignore[index]
    edit(news / ISSUE, "\n---\n", "\npublished: 2026-01-01\n---\n")
    out = pressroom("assemble", "--week", week, cwd=news)
    assert (out.code, out.talk) == (0, "issue 1 is out; its file stays as it was sent\n")
    assert pressroom("assemble", "--week", week, "--json", cwd=news).json["outcome"] == "out"
    forced = pressroom("assemble", "--week", week, "--force", cwd=news)
    assert (forced.code, forced.out) == (4, "")
    assert "--force cannot replace it" in forced.talk


def test_an_issue_that_is_being_sent_is_never_assembled_anew(news: Path) -> None:
    assert pressroom("approve", "1", "--by", "Editor", cwd=news).code == 0
    assert pressroom("send", "1", "--transport", "file:out", cwd=news).code == 0
    edit(news / ISSUE, "published: ", "# published: ")
    assert "is out" in pressroom("assemble", cwd=news).talk
    assert pressroom("assemble", "--force", cwd=news).code == 4


def test_an_archived_issue_is_not_sent_anew_by_an_empty_database(news: Path) -> None:
    edit(news / ISSUE, "\n---\n", "\npublished: 2026-01-01\n---\n")
    for words in (("approve", "1", "--by", "Editor"), ("send", "1", "--late", "--transport", "file:out")):
        ran = pressroom("--database", f"sqlite:///{news}/new.db", *words, cwd=news)
        assert ran.code == 4
        assert "already went out on 2026-01-01" in ran.talk


# --- over SMTP ----------------------------------------------------------------------------------------------------


class Recorder(Sink):
    """A sink that remembers the envelopes."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.envelopes: list[tuple[str, tuple[str, ...]]] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.envelopes.append((envelope.mail_from, tuple(envelope.rcpt_tos)))
        return await super().handle_DATA(server, session, envelope)


def test_over_smtp_each_envelope_says_which_delivery_it_is(news: Path, tmp_path: Path) -> None:
    assert pressroom("approve", "1", "--by", "Editor", cwd=news).code == 0
    with Recorder(tmp_path / "sink") as sink:
        ran = pressroom("send", "1", cwd=news, env={"PRESSROOM_SMTP_URL": sink.url})
    assert ran.code == 0, ran.talk
    assert sorted(to for _, to in sink.envelopes) == [("ada@example.com",), ("zoe@example.com",)]
    senders = {sender for sender, _ in sink.envelopes}
    assert len(senders) == 2
    assert all(re.fullmatch(r"bounces\+1-[0-9a-f]+-[a-z2-7]{8}@news\.example\.com", sender) for sender in senders)


def test_ctrl_c_during_a_send_and_send_again_reaches_nobody_twice(news: Path, tmp_path: Path) -> None:
    readers = news / "readers.csv"
    readers.write_text("email,name\n" + "".join(f"r{n}@example.com,R{n}\n" for n in range(40)), "utf-8")
    assert pressroom("subscribers", "import", readers, "--yes", cwd=news).code == 0
    assert pressroom("approve", "1", "--by", "Editor", cwd=news).code == 0
    edit(news / "content/publication.toml", "[approval]", "[delivery]\nrate_per_minute = 600\n\n[approval]")
    with Recorder(tmp_path / "sink") as sink:
        env = environment(news, PRESSROOM_SMTP_URL=sink.url)
        process = subprocess.Popen(
            [*COMMAND, "send", "1", "--json"], cwd=news, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        end = time.monotonic() + 30
        while sink.received < 5 and process.poll() is None and time.monotonic() < end:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        out, talk = process.communicate(timeout=30)
        assert process.returncode == 130, talk
        assert b"stopping" in talk
        assert b"Traceback" not in talk
        assert json.loads(out)["stopped"] is True
        first = sink.received
        assert 5 <= first < 42
        edit(news / "content/publication.toml", "rate_per_minute = 600", "rate_per_minute = 0")
        again = pressroom("send", "1", "--json", cwd=news, env={"PRESSROOM_SMTP_URL": sink.url})
        assert again.code == 0, again.talk
        assert again.json["sums"]["sent"] == 42
    assert sink.received == 42
    assert len({to for _, to in sink.envelopes}) == 42


def test_without_a_way_out_nothing_is_frozen(news: Path) -> None:
    assert pressroom("approve", "1", "--by", "Editor", cwd=news).code == 0
    ran = pressroom("send", "1", cwd=news)
    assert (ran.code, "PRESSROOM_SMTP_URL is not set" in ran.talk) == (1, True)
    assert pressroom("status", "1", "--json", cwd=news).json["issues"][0]["state"] == "approved"


def test_an_absent_mail_server_is_said_and_the_send_can_be_repeated(news: Path) -> None:
    assert pressroom("approve", "1", "--by", "Editor", cwd=news).code == 0
    ran = pressroom("send", "1", "--test", "me@example.com", cwd=news, env={"PRESSROOM_SMTP_URL": "smtp://127.0.0.1:1"})
    assert ran.code == 3
    assert "127.0.0.1:1" in ran.talk
    assert len(ran.talk.splitlines()) == 1


# --- readers ------------------------------------------------------------------------------------------------------


def test_readers_are_added_imported_listed_unsubscribed_and_exported(news: Path) -> None:
    def run(*words: object) -> Any:
        return pressroom("subscribers", *words, cwd=news)

    assert run("add", "grace@example.com", "--json").json == {"address": "grace@example.com", "new": True}
    assert "already" in run("add", "grace@example.com").talk
    (news / "list.csv").write_text("email,name\nlin@example.com,Lin\nnonsense,X\nada@example.com,Ada\n", "utf-8")
    dry = run("import", "list.csv", "--dry-run", "--json")
    assert (dry.code, dry.json["new"], dry.json["known"], dry.json["invalid_count"]) == (1, 1, 1, 1)
    asked = run("import", "list.csv")
    assert (asked.code, "add --yes" in asked.talk) == (4, True)
    imported = run("import", "list.csv", "--yes")
    assert imported.code == 1, "a line was left out"
    assert "list.csv:3: " in imported.out
    assert "1 new" in imported.talk
    assert run("unsubscribe", "ada@example.com").code == 0
    assert run("add", "ada@example.com").code == 4
    assert run("unsubscribe", "nobody@example.com").code == 1
    listed = run("list", "--state", "active", "--json").json
    assert {row["address"] for row in listed["subscribers"]} == {
        "grace@example.com",
        "lin@example.com",
        "zoe@example.com",
    }
    assert "grace@example.com" in run("list").out
    exported = run("export", "--state", "active").out
    rows = list(csv.DictReader(io.StringIO(exported)))
    assert {row["email"] for row in rows} == {"grace@example.com", "lin@example.com", "zoe@example.com"}
    (news / "back.csv").write_text(exported, "utf-8")
    back = pressroom(
        "--database", f"sqlite:///{news}/other.db", "subscribers", "import", "back.csv", "--yes", "--json", cwd=news
    )
    assert (back.code, back.json["new"]) == (0, 3)
    assert len(json.loads(run("export", "--json").out)) == 4


# --- the archive, the demo ----------------------------------------------------------------------------------------


def test_an_archive_is_imported_once(news: Path, tmp_path: Path) -> None:
    old = tmp_path / "old"
    old.mkdir()
    (old / "2025-01-09-hello.md").write_text("---\ntitle: Hello\n---\n\n## News\n\nFirst.\n", "utf-8")
    dry = pressroom("archive", "import", old, "--dry-run", "--json", cwd=news)
    assert (dry.code, len(dry.json["written"]), (news / "content/issues/0002.md").exists()) == (0, 1, False)
    assert "1 issue imported" in pressroom("archive", "import", old, cwd=news).talk
    assert (news / "content/issues/0002.md").exists()
    assert "0 issues imported, 1 already known" in pressroom("archive", "import", old, cwd=news).talk
    assert pressroom("check", cwd=news).code == 0


def test_the_demo_sends_25_messages_and_a_second_run_sends_none(demo: Path, tmp_path: Path) -> None:
    said = (demo / "said").read_text("utf-8")
    assert "9/9" in said
    assert len(eml(demo / "run/outbox")) == 25
    copy = Path(shutil.copytree(demo / "run", tmp_path / "run"))
    ran = pressroom("demo", "--dir", copy, "--json", cwd=tmp_path)
    assert ran.code == 0
    assert "already been sent" in ran.talk
    assert ran.out[ran.out.index("{") :]
    assert len(eml(copy / "outbox")) == 25


def test_the_shipped_content_has_nothing_to_mend(demo: Path) -> None:
    home = demo / "run/publication"
    assert pressroom("check", cwd=home).talk == "no problems found\n"
    standings = pressroom("--database", f"sqlite:///{demo}/run/pressroom.db", "status", "--json", cwd=home).json[
        "issues"
    ]
    assert [one["state"] for one in standings] == ["archived"] * 10 + ["sent"]


# --- what goes wrong ----------------------------------------------------------------------------------------------

KEY = {"PRESSROOM_SECRET_KEY": "short"}
WRONG: dict[str, tuple[int, tuple[str, ...], dict[str, str], str]] = {
    "no such verb": (2, ("nonsense",), {}, "No such command"),
    "no such option": (2, ("check", "--nonsense"), {}, "No such option"),
    "no such path": (2, ("check", "nowhere"), {}, "nowhere does not exist"),
    "no issue": (2, ("preflight", "abc"), {}, "is not an issue"),
    "no such week": (2, ("assemble", "--week", "2025-W53"), {}, "2025 has weeks W01 to W52"),
    "a week far away": (2, ("assemble", "--week", "9999-W52"), {}, "not between"),
    "no transport": (2, ("send", "1", "--transport", "nonsense"), {}, "write file:DIR"),
    "no such issue": (1, ("render", "99", "--out", "x"), {}, "0099.md: there is no such issue"),
    "no such setting": (1, ("check",), {"PRESSROOM_SMPT_URL": "x"}, "did you mean 'PRESSROOM_SMTP_URL'?"),
    "a short secret": (1, ("send", "1", "--dry-run"), KEY, "32 characters"),
    "no web address": (1, ("check",), {"PRESSROOM_BASE_URL": "example"}, "is not a web address such as"),
    "an unknown database": (1, ("--database", "mysql://x/y", "status"), {}, "sqlite:///PATH or postgresql://"),
    "no folder for a database": (1, ("--database", "sqlite:////no/place/x.db", "status"), {}, "there is no folder /no/place"),
    "no encryption": (1, ("check",), {"PRESSROOM_BASE_URL": "http://news.example.com"}, "is not encrypted"),
    "no name of a model": (1, ("check",), {"PRESSROOM_MODEL_URL": "http://127.0.0.1/v1"}, "PRESSROOM_MODEL_NAME"),
    "no database server": (3, ("--database", "postgresql://u@127.0.0.1:1/x", "status"), {}, "Connection refused"),
    "a folder as database": (3, ("--database", "sqlite:///content", "status"), {}, "database"),
    "text as database": (3, ("--database", "sqlite:///README.md", "status"), {}, "not a database"),
    "a stranger": (4, ("approve", "1", "--by", "Mallory"), {}, "is not an editor"),
    "a full place": (4, ("init", "."), {}, "is not empty"),
    "a forged header": (1, ("send", "1", "--test", "a@b.test\nBcc: c@d.test", "--transport", "file:x"), {}, "control character"),
    "no archive": (1, ("archive", "import", "nowhere"), {}, "no such file or folder"),
    "no list": (1, ("subscribers", "import", "nowhere.csv"), {}, "nowhere.csv"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said_with_its_exit_code(news: Path, name: str) -> None:
    code, words, env, expected = WRONG[name]
    ran = pressroom(*words, cwd=news, env=env)
    assert ran.code == code, ran
    assert expected in " ".join((ran.out + ran.talk).split())
    if code not in (2,):
        assert len((ran.out + ran.talk).strip().splitlines()) <= 2, ran


def test_an_error_in_json_names_its_exit_code(news: Path) -> None:
    ran = pressroom("preflight", "7", "--json", cwd=news)
    assert ran.code == 1
    assert ran.json["exit_code"] == 1
    assert ran.json["problems"][0]["what"] == "there is no such issue"


def test_a_folder_without_content_is_no_publication(tmp_path: Path) -> None:
    ran = pressroom("status", cwd=tmp_path)
    assert ran.code == 1
    assert "there is no publication here; run `pressroom init DIR`" in ran.out
    assert list(tmp_path.iterdir()) == [], "nothing is made in a folder that is no publication"


def test_check_says_every_problem_at_once_with_file_and_line(news: Path) -> None:
    content = news / "content"
    (content / "concepts/none.md").write_text("No front matter.\n", "utf-8")
    (content / "concepts/yaml.md").write_text("---\ntitle: a: b\n---\nText.\n", "utf-8")
    (content / "concepts/key.md").write_text("---\ntitel: A\nsummary: B\nadded: 2026-02-30\n---\nText.\n", "utf-8")
    (content / "concepts/latin.md").write_bytes(b"---\ntitle: Caf\xe9\n---\nText.\n")
    (content / "concepts/image.md").write_text(
        "---\ntitle: A\nsummary: B\nadded: 2026-02-01\n---\nText.\n\n![A picture](gone.png)\n", "utf-8"
    )
    (content / "projects/big.md").write_bytes(b"x" * 10_000_000)
    (content / "pages/picture.md").write_bytes(png())
    os.mkfifo(content / "questions/pipe.md")
    ran = pressroom("check", cwd=news, timeout=20)
    assert ran.code == 1
    for expected in (
        "content/concepts/none.md:1: no front matter",
        "content/concepts/yaml.md:2: the front matter is not valid YAML",
        "content/concepts/key.md:2: unknown key 'titel'; did you mean 'title'?",
        "content/concepts/key.md:4: 'added': '2026-02-30' is not a date",
        "content/concepts/latin.md:2: byte 0xe9 is not UTF-8",
        "content/concepts/image.md:8: ",
        "content/projects/big.md: the file has 10,000,000 bytes",
        "content/pages/picture.md:",
        "content/questions/pipe.md: is not a regular file",
    ):
        assert expected in ran.out
    only = pressroom("check", "content/../content/projects", cwd=news)
    assert (only.code, len(only.out.splitlines())) == (1, 1)


def test_check_says_what_is_wrong_in_the_text_of_a_broken_file_too(news: Path) -> None:
    image = "\n![A picture](gone.png)\n"
    head = "title: A\nsummary: B\nadded: 2026-02-01\n"
    (news / "content/concepts/key.md").write_text(f"---\ncolour: red\n{head}---\nText.\n{image}", "utf-8")
    (news / "content/concepts/yaml.md").write_text(f"---\ntitle: a: b\n---\nText.\n{image}\n# One\n", "utf-8")
    (news / "content/concepts/fence.md").write_text(f"---\n{head}---\nText.\n{image}\n```sql\nSELECT 1\n", "utf-8")
    edit(news / ISSUE, "number: 1", "number: 7")
    text = re.sub(r"^preheader: .*\n", "", (news / ISSUE).read_text("utf-8"), flags=re.MULTILINE)
    text = re.sub(r"^date: .*$", "date: 2020-01-01", text, flags=re.MULTILINE)
    (news / ISSUE).write_text(text.replace("\n## ", f"\n[Dead](0099.md)\n{image}\n## ", 1), "utf-8")
    ran = pressroom("check", cwd=news)
    assert ran.code == 1
    for expected in (
        r"concepts/key\.md:2: unknown key 'colour'",
        r"concepts/key\.md:9: .*gone\.png",
        r"concepts/yaml\.md:2: the front matter is not valid YAML",
        r"concepts/yaml\.md:6: .*gone\.png",
        r"concepts/yaml\.md:8: a heading of level 1",
        r"concepts/fence\.md:8: .*gone\.png",
        r"concepts/fence\.md:10: a code fence that is never closed",
        r"0001\.md:1: 'preheader' is missing",
        r"0001\.md:2: number is 7, but the file is named 0001\.md",
        r"0001\.md:4: 2020-01-01 is not in",
        r"0001\.md:\d+: the link '0099\.md' does not lead to a file",
        r"0001\.md:\d+: .*gone\.png",
    ):
        assert re.search(expected, ran.out), (expected, ran.out)


def test_check_says_what_is_wrong_with_settings_and_content_in_one_run(news: Path) -> None:
    (news / "content/concepts/none.md").write_text("No front matter.\n", "utf-8")
    with (news / ".env").open("a", encoding="utf-8") as file:
        file.write("PRESSROOM_SMTP_URL=http://mail.example.com\n")
    line = len((news / ".env").read_text("utf-8").splitlines())
    ran = pressroom(
        "check",
        cwd=news,
        env={"PRESSROOM_TRUSTED_PROXIES": "abc", "PRESSROOM_DATABASE_URL": "garbage", "PRESSROOM_X": "1"},
    )
    assert ran.code == 1
    assert [re.sub(r": .*", "", said) for said in ran.out.splitlines()] == [
        "environment", "environment", f".env:{line}", "environment", "content/concepts/none.md:1",
    ]  # fmt: skip
    assert "5 errors" in ran.talk
    assert pressroom("check", "content/projects", cwd=news, env={"PRESSROOM_X": "1"}).out == ""


def test_a_broken_publication_file_is_said_whatever_path_is_checked(news: Path) -> None:
    edit(news / "content/publication.toml", "[sender]", "[sender")
    ran = pressroom("check", "content/concepts", cwd=news)
    assert ran.code == 1
    assert "content/publication.toml:11: not valid TOML" in ran.out


def test_a_reader_of_stdout_may_leave(news: Path) -> None:
    for words in (("status", "--json"), ("subscribers", "export"), ("check", "--settings")):
        reading, writing = os.pipe()
        os.close(reading)
        done = subprocess.run(
            [*COMMAND, *words], cwd=news, env=environment(news), stdout=writing, stderr=subprocess.PIPE, check=False
        )
        os.close(writing)
        assert (done.returncode, done.stderr) == (0, b""), words


def test_a_full_disk_is_said_and_nothing_is_half_written(news: Path) -> None:
    before = (news / ISSUE).read_bytes()
    env = {"PYTHONDONTWRITEBYTECODE": "1"}  # else Python's own cache would be cut off at 512 bytes, for all that follow
    ran = pressroom_afresh("render", "1", "--out", "out", cwd=news, env=env, before="ulimit -f 1")
    assert ran.code == 3
    assert "File too large" in ran.talk
    assert "out/issue.html" in ran.talk
    assert not [path for path in (news / "out").iterdir() if path.stat().st_size == 512]
    ran = pressroom_afresh("subscribers", "add", "lin@example.com", cwd=news, env=env, before="ulimit -f 1")
    assert ran.code == 3, ran
    assert (news / ISSUE).read_bytes() == before
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*COMMAND, "status", "--json"],
            cwd=news,
            env=environment(news),
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert (done.returncode, done.stderr) == (3, b"pressroom: standard output: No space left on device\n")


def test_a_password_that_cuts_its_url_is_one_sentence_and_is_shown_nowhere(news: Path) -> None:
    redis = {"PRESSROOM_REDIS_URL": "redis://:qx#zjkwqx@127.0.0.1:1/0"}
    model = {"PRESSROOM_MODEL_URL": "http://user:qxzjkwqx@127.0.0.1:1/v1", "PRESSROOM_MODEL_NAME": "small"}
    for words, env, code in (
        (("check",), redis, 1), (("run", "--port", 0, "--transport", "file:var/out"), redis, 1),
        (("check", "--settings"), redis, 1), (("check", "--settings"), model, 0), (("draft", 1), model, 0),
    ):  # fmt: skip
        ran = pressroom_afresh(*map(str, words), cwd=news, env=env)
        assert ran.code == code, ran
        assert "zjkwqx" not in ran.out + ran.talk
        assert code == 0 or "environment: PRESSROOM_REDIS_URL: " in ran.out


def test_a_terminal_without_utf_8_is_no_reason_to_fail(news: Path) -> None:
    env = {"PYTHONIOENCODING": "ascii"}
    assert pressroom_afresh("check", "--settings", cwd=news, env=env).code == 0
    ran = pressroom_afresh("subscribers", "list", "--json", cwd=news, env=env)
    assert {row["name"] for row in ran.json["subscribers"]} == {"Ada", "Zoë"}
