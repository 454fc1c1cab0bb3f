"""What goes wrong with the real command: what it says, with which exit code, and that nothing is half done."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.e2e.command import COMMAND, ISSUE, edit, environment, pressroom, pressroom_afresh
from tests.press import png

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


def test_a_models_name_without_an_endpoint_stops_no_command_and_is_said_where_a_model_would_count(news: Path) -> None:
    """A compose file often passes names on whose values nobody has set."""
    env = {"PRESSROOM_MODEL_NAME": "m", "PRESSROOM_MODEL_URL": "", "PRESSROOM_EMBEDDING_KEY": "sk-1"}
    warnings = [
        f"environment: warning: PRESSROOM_{name}: no model is asked, because PRESSROOM_{which}_URL is not set; "
        f"set it to the endpoint, or remove PRESSROOM_{name}"
        for name, which in (("MODEL_NAME", "MODEL"), ("EMBEDDING_KEY", "EMBEDDING"))
    ]
    for words in (("check",), ("check", "--settings"), ("draft", "1")):
        ran = pressroom(*words, cwd=news, env=env)
        assert ran.code == 0, ran
        assert [line for line in ran.out.splitlines() if "warning: PRESSROOM_" in line] == warnings, words
    ran = pressroom("status", cwd=news, env=env)
    assert (ran.code, "PRESSROOM_" in ran.out + ran.talk) == (0, False), ran


def test_a_terminal_without_utf_8_is_no_reason_to_fail(news: Path) -> None:
    env = {"PYTHONIOENCODING": "ascii"}
    assert pressroom_afresh("check", "--settings", cwd=news, env=env).code == 0
    ran = pressroom_afresh("subscribers", "list", "--json", cwd=news, env=env)
    assert {row["name"] for row in ran.json["subscribers"]} == {"Ada", "Zoë"}
