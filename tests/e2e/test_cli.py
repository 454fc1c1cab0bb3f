"""The real command in a process of its own: what it says, what it leaves behind, and its exit code."""

from __future__ import annotations

import csv
import io
import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
import typer.main

import publisher
from publisher.cli.root import cli
from tests.e2e.command import ISSUE, edit, eml, pressroom, pressroom_afresh
from tests.publication import write_starters


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
    servers = {
        "pressroom run",
        "pressroom preview",
        "pressroom sink",
        "pressroom mcp",
        "pressroom worker",
        "pressroom deliveries watch",
    }
    assert {n for n, c in commands() if not any("--json" in p.opts for p in c.params)} == servers


def test_help_names_the_verbs_and_the_exit_codes(tmp_path: Path) -> None:
    ran = pressroom_afresh("--help", cwd=tmp_path)
    assert ran.code == 0
    for word in ("assemble", "draft", "render", "preflight", "approve", "send", "status", "Exit codes"):
        assert word in ran.out


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
    assert data("draft", "1") == {
        "drafts": [],
        "kept": [],
        "backup": None,
        "left_out": {},
        "stood_in": {},
        "models": [],
    }
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
    advised = said.partition("Or look at the mail in a browser: ")[2].partition("\n")[0]
    assert advised.endswith(" sink --folder run/outbox")
    shown = subprocess.run(["/bin/sh", "-c", f"{advised} --help"], cwd=demo, capture_output=True, text=True, check=True)
    assert "show in a browser what came" in " ".join(shown.stdout.split())
    copy = Path(shutil.copytree(demo / "run", tmp_path / "run"))
    ran = pressroom("demo", "--dir", copy, "--json", cwd=tmp_path)
    assert ran.code == 0
    assert "already been sent" in ran.talk
    assert ran.out[ran.out.index("{") :]
    assert len(eml(copy / "outbox")) == 25


@pytest.mark.parametrize(
    ("typed", "path", "advised"),
    [("./.venv/bin/pressroom", "/usr/bin:/bin", "./.venv/bin/pressroom"), ("pressroom", ".venv/bin:/usr/bin:/bin", "pressroom")],
)  # fmt: skip
def test_an_advised_command_begins_as_this_one_was_typed(tmp_path: Path, typed: str, path: str, advised: str) -> None:
    program = tmp_path / ".venv/bin/pressroom"
    program.parent.mkdir(parents=True)
    program.write_text(
        f"#!{sys.executable}\nimport sys\nsys.path.insert(0, {str(Path(publisher.__file__).parents[1])!r})\nfrom publisher.cli.demo import as_typed\nprint(*as_typed())\n"
    )
    program.chmod(0o755)
    ran = subprocess.run(
        ["/bin/sh", "-c", typed], cwd=tmp_path, env={"PATH": path}, capture_output=True, text=True, check=True
    )
    assert ran.stdout == f"{advised}\n"


def test_the_shipped_content_has_nothing_to_mend(demo: Path) -> None:
    home = demo / "run/publication"
    assert pressroom("check", cwd=home).talk == "no problems found\n"
    standings = pressroom("--database", f"sqlite:///{demo}/run/pressroom.db", "status", "--json", cwd=home).json[
        "issues"
    ]
    assert [one["state"] for one in standings] == ["archived"] * 10 + ["sent"]
