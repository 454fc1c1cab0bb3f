"""What editors do wrong, what they are told, and what they do then: the rows of the table of mistakes.

Each advice is followed to the letter: where the sentence holds a command, that command is run; where it says what to
write, that is written.
"""

from __future__ import annotations

import contextlib
import io
import re
import shlex
import shutil
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

import typer.main
from aiosmtpd.smtp import AuthResult, LoginPassword

from publisher.adapters.smtp_sink import Sink
from publisher.adapters.trial import faulty_endpoint
from publisher.cli import cli
from publisher.cli.root import report
from tests.integration.endpoint import endpoint
from tests.press import png
from tests.publication import example

COMMAND = typer.main.get_command(cli)
Act = Callable[[Path], object]
PAST = "2020-W10"
CONCEPT, ISSUE, TOML, ENV = (
    "content/concepts/first-concept.md",
    "content/issues/0001.md",
    "content/publication.toml",
    ".env",
)
NEW = "content/concepts/new.md"
LEARN = "content/paths/queues.md"
PATH = """---
title: Queues
summary: What a queue is for.
from: Web pages
to: Queues
guide: {title: A guide, link: https://example.com/guide}
rows:
  - {know: lists, build: queues}
steps:
  - {title: First, link: https://example.com/a, about: Why., slug: first, needs: []}
  - {title: Second, link: https://example.com/b, about: Why., slug: second, needs: [first]}
---
Two steps.
"""
HEAD = "title: Hedged requests\nsummary: The second request.\nadded: 2026-02-01\nstatus: ready\n"
TEXT = "Send the second request when the first one is late, and cancel the slower one of the two.\n"


@dataclass(frozen=True)
class Mistake:
    """One row: what is done, what is said of it (a whole line; `…` stands for anything), and what the advice makes of it.

    `words` is the command that says it, and `then` the one that succeeds afterwards, by default the same.
    """

    name: str
    does: Act
    says: str
    advice: Act | str
    words: str = "check"
    then: str = ""
    env: Mapping[str, str] = field(default_factory=dict)
    """Variables of the environment, which is as empty as always once the advice is followed."""
    lines: int = 1
    """How many lines are said of it in all."""
    beside: Callable[[Path], AbstractContextManager[object]] = nullcontext
    """What runs meanwhile, such as a mail server that `.env` names."""

    def __str__(self) -> str:
        return self.name


def pressroom(words: str) -> tuple[int, str]:
    """Run a command in this process; return its exit code and what it said."""
    out, talk, code = io.StringIO(), io.StringIO(), 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(talk):
        try:
            COMMAND(shlex.split(words), prog_name="pressroom")
        except SystemExit as end:
            code = int(end.code or 0)
        except Exception as error:
            reported = report(error, as_json=False)
            if reported is None:
                raise
            code = reported
    return code, out.getvalue() + talk.getvalue()


def run(*commands: str) -> Act:
    def act(_home: Path) -> None:
        for words in commands:
            code, said = pressroom(words)
            assert code == 0, said

    return act


def write(file: str, data: str | bytes) -> Act:
    def act(home: Path) -> None:
        (home / file).parent.mkdir(parents=True, exist_ok=True)
        (home / file).write_bytes(data.encode() if isinstance(data, str) else data)

    return act


def put(old: str, new: str, file: str = NEW) -> Act:
    def act(home: Path) -> None:
        text = (home / file).read_text("utf-8")
        assert old in text, text
        (home / file).write_text(text.replace(old, new, 1), "utf-8")

    return act


def sub(pattern: str, new: str, file: str) -> Act:
    def act(home: Path) -> None:
        text, done = re.subn(pattern, new, (home / file).read_text("utf-8"), count=1, flags=re.MULTILINE)
        assert done, text
        (home / file).write_text(text, "utf-8")

    return act


def append(text: str, file: str) -> Act:
    return lambda home: write(file, (home / file).read_text("utf-8") + text)(home)


def move(old: str, new: str) -> Act:
    return lambda home: (home / old).rename(home / new)


def remove(file: str) -> Act:
    return lambda home: (home / file).unlink()


def every(*acts: Act) -> Act:
    def act(home: Path) -> None:
        for one in acts:
            one(home)

    return act


def piece(more: str = "", body: str = TEXT, file: str = NEW) -> Act:
    """Write a ready piece."""
    return write(file, f"---\n{HEAD}{more}---\n{body}")


def _is_ada(_server: object, _session: object, _envelope: object, _mechanism: str, data: object) -> AuthResult:
    assert isinstance(data, LoginPassword)
    return AuthResult(success=(data.login, data.password) == (b"ada", b"hunter2"), handled=False)


@contextlib.contextmanager
def locked_mail_server(home: Path) -> Iterator[None]:
    """Run a mail server that takes one password, and name it in .env with a wrong one."""
    with Sink(home / "caught", authenticator=_is_ada, auth_require_tls=False) as sink:
        url = sink.url.replace("//", "//ada:hunter1@")
        append(f"PRESSROOM_SMTP_URL={url}?starttls=no\n", ENV)(home)
        yield


@contextlib.contextmanager
def locked_model(home: Path) -> Iterator[None]:
    """Run a model's endpoint that takes one key, and name it in .env with a wrong one; the content is the example's."""

    def answer(connection: socket.socket, _stop: object) -> None:
        known = served.headers[-1].get("authorization") == "Bearer sk-right"
        good = faulty_endpoint.response(faulty_endpoint.completion(served.requests[-1]))
        connection.sendall(good if known else faulty_endpoint.error("Incorrect API key", "401 Unauthorized"))

    shutil.rmtree(home / "content")
    example(home)
    with endpoint(answer) as served:
        append(f"PRESSROOM_MODEL_URL={served.url}\nPRESSROOM_MODEL_KEY=sk-wrong\nPRESSROOM_MODEL_NAME=small-1\n", ENV)(
            home
        )
        yield


OTHER = "content/concepts/other.md"
SENT = run("approve 1 --by Editor", "send 1 --transport file:out")
NOTHING: Act = lambda _home: None  # noqa: E731

MISTAKES = (
    # front matter
    Mistake("a tab in YAML", piece("tags:\n\t- a\n"), "content/concepts/new.md:7: the front matter has a tab where YAML allows only spaces; write spaces instead of it", put("\t", "  ")),
    Mistake("an unknown key", piece("sumary: A\n"), "content/concepts/new.md:6: unknown key 'sumary'; did you mean 'summary'?", put("sumary: A\n", "")),
    Mistake("a key that is missing", every(piece(), put("summary: The second request.\n", "")), "content/concepts/new.md:1: 'summary' is missing; add a line «summary: …»", put("title:", "summary: The second request.\ntitle:")),
    Mistake("a colon in a title", every(piece(), put("Hedged requests", "Hedging: a second request")), 'content/concepts/new.md:2: the front matter is not valid YAML: mapping values are not allowed in this context; write title: "Hedging: a second request"', put("Hedging: a second request", '"Hedging: a second request"')),
    Mistake("curly quotation marks", every(piece(), put("Hedged requests", "“Hedged requests”")), "content/concepts/new.md:2: the quotation marks “” around the whole value would be shown to readers; write title: \"Hedged requests\", or title: '“Hedged requests”' if they belong to it", put("“Hedged requests”", '"Hedged requests"')),
    Mistake("a comment that was meant as words", every(piece(), put("The second request.", "The request # 2")), 'content/concepts/new.md:3: YAML takes «# 2» for a comment, so readers would not see it; write summary: "The request # 2", or put the comment on a line of its own', put("The request # 2", '"The request # 2"')),
    Mistake("front matter that never ends", write(NEW, f"---\n{HEAD}\n{TEXT}"), "content/concepts/new.md:1: the front matter does not end; close it with a line «---»", put("ready\n", "ready\n---\n")),
    Mistake("no front matter", write(NEW, TEXT), "content/concepts/new.md:1: no front matter; begin the file with a line «---», keys, and «---» again", piece()),
    Mistake("a date that does not exist", every(piece(), put("2026-02-01", "2026-02-30")), "content/concepts/new.md:4: 'added': '2026-02-30' is not a date such as 2026-11-26 (day is out of range for month); fix the value", put("2026-02-30", "2026-02-28")),
    Mistake("a date in words", every(piece(), put("2026-02-01", "1 February 2026")), "content/concepts/new.md:4: 'added': '1 February 2026' is not a date such as 2026-11-26 (write year, month and day); fix the value", put("1 February 2026", "2026-02-01")),
    Mistake("a misspelt status", every(piece(), put("ready", "redy")), "content/concepts/new.md:5: 'status': should be 'draft', 'ready' or 'evergreen'; fix the value", put("redy", "ready")),
    Mistake("a misspelt week", piece("week: 2027-48\n"), "content/concepts/new.md:6: 'week': '2027-48' is not an ISO week such as 2026-W48; fix the value", put("2027-48", "2027-W48")),
    Mistake("a week that is over", piece(f"week: {PAST}\n"), "content/concepts/new.md:6: pinned to 2020-W10, which is over, so no issue takes it; name a coming week, or remove `week:`", put(f"week: {PAST}\n", "")),
    Mistake("two pieces pinned to one week", every(piece("week: 2099-W10\n"), piece("week: 2099-W10\n", TEXT.replace("late", "slow"), "content/concepts/other.md")), "content/concepts/other.md:6: pinned to 2099-W10, and so is content/concepts/new.md; keep `week:` in one of them", put("week: 2099-W10\n", "")),
    Mistake("a tag with a space", piece("tags: [Big Data]\n"), "content/concepts/new.md:6: 'tags.0': 'Big Data' is not in lower-case letters, digits and hyphens; write big-data", put("Big Data", "big-data")),
    # learning paths
    Mistake("two steps with one address", write(LEARN, PATH.replace("slug: second", "slug: first")), "content/paths/queues.md:11: the page of the step «Second» has the address of that of «First» (line 10): first; add a line «slug: …» to one of them, or remove it", put("slug: first, needs: [first]", "slug: second, needs: [first]", LEARN)),
    Mistake("a step that needs itself", write(LEARN, PATH.replace("needs: []", "needs: [second]")), "content/paths/queues.md:10: the step «First» needs itself: first needs second needs first; remove one of these from `needs`", put("needs: [second]", "needs: []", LEARN)),
    Mistake("a step that needs one that is not there", write(LEARN, PATH.replace("needs: [first]", "needs: [fist]")), "content/paths/queues.md:11: the step «Second» needs 'fist', which is not a step of this path; its steps are first, second", put("fist", "first", LEARN)),
    Mistake("a step that needs a later one", write(LEARN, PATH.replace("needs: []", "needs: [second]").replace("needs: [first]", "needs: []")), "content/paths/queues.md:10: the step «First» needs 'second', which comes after it; move one of them, or remove it from `needs`", put("needs: [second]", "needs: []", LEARN)),
    Mistake("a step whose page is missing", write(LEARN, PATH.replace("https://example.com/b", "../pages/second.md")), "content/paths/queues.md:11: the step «Second»: the link '../pages/second.md' does not lead to a file; fix the path: there is no content/pages/second.md", put("../pages/second.md", "https://example.com/b", LEARN)),
    # files
    Mistake("a wrong section folder", every(piece(file="content/concept/new.md")), "content/concept/new.md: warning: is never read, because no section has the folder content/concept; move it into content/concepts, or let its name begin with _ if it is no piece", move("content/concept/new.md", NEW)),
    Mistake("a file name with capitals and spaces", piece(file="content/concepts/Hedged Requests.md"), "content/concepts/Hedged Requests.md: 'Hedged Requests' is not a slug; rename the file to lower-case-words-with-hyphens.md", move("content/concepts/Hedged Requests.md", "content/concepts/hedged-requests.md")),
    Mistake("a file in UTF-16", write(NEW, f"---\n{HEAD}---\n{TEXT}".encode("utf-16")), "content/concepts/new.md:1: the file is UTF-16; save it as UTF-8", piece()),
    Mistake("a file in Latin-1", write(NEW, f"---\n{HEAD}---\nCaf\xe9 {TEXT}".encode("latin-1")), "content/concepts/new.md:7: byte 0xe9 is not UTF-8; save the file as UTF-8", piece()),
    Mistake("marks of a conflict", piece("", "<<<<<<< HEAD\n" + TEXT + "=======\nOther.\n>>>>>>> theirs\n"), "content/concepts/new.md:7: a mark of a git conflict: «<<<<<<< HEAD»; keep one of the two versions, and remove the lines «<<<<<<<», «=======» and «>>>>>>>»", piece()),
    Mistake("marks of a conflict in publication.toml", append("<<<<<<< HEAD\n=======\n>>>>>>> theirs\n", TOML), "content/publication.toml:57: a mark of a git conflict: «<<<<<<< HEAD»; keep one of the two versions, and remove the lines «<<<<<<<», «=======» and «>>>>>>>»", sub("<<<<<<< HEAD\n=======\n>>>>>>> theirs\n", "", TOML)),
    Mistake("a name that ends in .markdown", piece(file="content/concepts/new.markdown"), "content/concepts/new.markdown: warning: is never read, because its name does not end in .md; rename it to new.md, or let its name begin with _ if it is no piece", move("content/concepts/new.markdown", NEW)),
    Mistake("a name that ends in .md.txt", piece(file="content/concepts/new.md.txt"), "content/concepts/new.md.txt: warning: is never read, because its name does not end in .md; rename it to new.md, or let its name begin with _ if it is no piece", move("content/concepts/new.md.txt", NEW)),
    Mistake("a link that leads out", lambda home: (home / NEW).symlink_to("/etc/hostname"), "content/concepts/new.md: is a link that leads out of the folder, and files outside are not read; put a copy of the file in its place, or remove the link", every(remove(NEW), piece())),
    Mistake("a link that leads nowhere", lambda home: (home / NEW).symlink_to("gone.md"), "content/concepts/new.md: is a link to a file that is not there; remove it, or put the file there", every(remove(NEW), piece())),
    Mistake("a folder called like a file", lambda home: (home / NEW).mkdir(), "content/concepts/new.md: is not a regular file; move it away", lambda home: (home / NEW).rmdir()),
    Mistake("an id twice", every(piece("id: pabc\n"), piece("id: pabc\n", TEXT.replace("late", "slow"), "content/concepts/other.md")), "content/concepts/other.md:6: the id 'pabc' is also that of content/concepts/new.md, so the two count as one piece; remove `id:` from the newer one", put("id: pabc\n", "", "content/concepts/other.md")),
    Mistake("a slug twice", every(piece("slug: hedging\n"), piece("slug: hedging\n", "Quite another text about hedges.\n", "content/concepts/other.md")), "content/concepts/other.md:6: the slug 'hedging' is also that of content/concepts/new.md; give one of them another", put("hedging", "hedges", "content/concepts/other.md")),
    Mistake("a TODO", piece("", TEXT + "TODO: numbers\n"), "content/concepts/new.md:8: «TODO» was left in the text; finish the sentence, or put code into backticks; or set `status: draft`", put("TODO: numbers\n", "Three numbers.\n")),
    Mistake("a heading of level 1", piece("", "# Hedging\n\n" + TEXT), "content/concepts/new.md:7: a heading of level 1: «Hedging»; use ### or deeper: levels 1 and 2 belong to the issue", put("# Hedging", "### Hedging")),
    Mistake("a heading of level 2", piece("", "## Hedging\n\n" + TEXT), "content/concepts/new.md:7: a heading of level 2: «Hedging»; use ### or deeper: levels 1 and 2 belong to the issue", put("## Hedging", "### Hedging")),
    Mistake("a picture that is missing", piece("", TEXT + "\n![Two requests](two.png)\n"), "content/concepts/new.md:9: there is no image content/concepts/two.png; fix the path, or add the file", write("content/concepts/two.png", png())),
    Mistake("a picture in other capitals", every(write("content/concepts/Two.png", png()), piece("", TEXT + "\n![Two requests](two.png)\n")), "content/concepts/new.md:9: there is no image content/concepts/two.png; fix the path, or add the file", put("two.png", "Two.png")),
    Mistake("a picture without words", every(write("content/concepts/two.png", png()), piece("", TEXT + "\n![](two.png)\n")), "content/concepts/new.md:9: the image 'two.png' has no alternative text; say between the square brackets what it shows: ![...](...)", put("![]", "![Two requests]")),
    Mistake("a picture on another server", piece("", TEXT + "\n![Two](https://pictures.example.com/two.png)\n"), "content/concepts/new.md:9: the image 'https://pictures.example.com/two.png' is on another server; put it below content/, so that no other server sees the readers and its size is known", every(write("content/concepts/two.png", png()), put("https://pictures.example.com/two.png", "two.png"))),
    Mistake("a picture that is none", every(write("content/concepts/two.png", b"<html>"), piece("", TEXT + "\n![Two](two.png)\n")), "content/concepts/new.md:9: the image 'two.png' is not a PNG, JPEG, WebP, GIF or SVG; convert it to one of these", write("content/concepts/two.png", png())),
    Mistake("a link to a piece that moved", every(piece("", TEXT + "See [buckets](buckets.md).\n")), "content/concepts/new.md:8: the link 'buckets.md' does not lead to a file; fix the path: there is no content/concepts/buckets.md", put("buckets.md", "first-concept.md")),
    Mistake("a link that runs a program", piece("", TEXT + "See [this](javascript:alert(1)).\n"), "content/concepts/new.md:8: the link «this» leads nowhere; use an https address, or a file below content/", put("javascript:alert(1)", "https://example.org")),
    Mistake("a fence that is never closed", piece("", TEXT + "\n```sql\nSELECT 1\n"), "content/concepts/new.md:9: a code fence that is never closed; close it with the same marks", append("```\n", NEW)),
    Mistake("a broken diagram", piece("", TEXT + "\n```mermaid\nflowchart TD\n    accTitle: T\n    accDescr: D.\n    A[Que --> B\n```\n"), "content/concepts/new.md:13: Mermaid does not understand the diagram: Unterminated node label (missing `]`); fix the line", put("A[Que", "A[Que]")),
    Mistake("a diagram without a title", piece("", TEXT + "\n```mermaid\nflowchart TD\n    A[Que] --> B\n```\n"), "content/concepts/new.md:9: the diagram has no accDescr; add a line «accDescr: what the picture shows» below the diagram's first line", put("flowchart TD\n", "flowchart TD\n    accTitle: T\n    accDescr: D.\n")),
    Mistake("a footnote without a text", piece("", TEXT + "A note[^1].\n"), "content/concepts/new.md:8: the footnote [^1] has no text here; write it in a paragraph of its own: «[^1]: ...», or remove the mark", append("\n[^1]: A note.\n", NEW)),
    Mistake("a tag that never ends", piece("", TEXT + "\n<pre\n\nMore.\n"), "content/concepts/new.md:9: the tag «<pre» never ends, and hides what follows; end it with >, or write &lt; for the sign «<»", put("<pre", "&lt;pre")),
    Mistake("code that a browser takes for a comment", piece("", TEXT + "Begin with <?php echo 1 ?> and see.\n"), "content/concepts/new.md:8: «<?php echo 1 ?>» is no text in HTML, so nobody sees it; write &lt; for the sign «<», or put code between backticks", put("<?php echo 1 ?>", "`<?php echo 1 ?>`")),
    Mistake("a word in a tag", piece("", TEXT + "Say so if one <b and c> two.\n"), "content/concepts/new.md:8: «and c» stands in the tag «<b», so nobody sees it; write &lt; for the sign «<», or put code between backticks", put("<b and", "&lt;b and")),
    Mistake("a script", piece("", TEXT + "<script>alert(1)</script>\n"), "content/concepts/new.md:8: 'script' in raw HTML is removed; write it in Markdown", put("<script>alert(1)</script>\n", "")),
    # issues
    Mistake("an issue under another number", move(ISSUE, "content/issues/0002.md"), "content/issues/0002.md:2: number is 1, but the file is named 0002.md; rename the file to 0001.md, or fix the number", move("content/issues/0002.md", ISSUE)),
    Mistake("a section without an id", sub(r" \{#concept\}$", "", ISSUE), "content/issues/0001.md:21: the section «Write the first concept here» has no id; end the heading with {#concept} or another id; use ### inside a section", sub("^## (Write.*)$", r"## \1 {#concept}", ISSUE)),
    Mistake("a section that is not known", sub(r"\{#concept\}$", "{#concepts}", ISSUE), "content/issues/0001.md:21: the section 'concepts' is not one of the publication's; its sections are concept, architecture, project, archive, question", sub(r"\{#concepts\}$", "{#concept}", ISSUE)),
    Mistake("approving another number", NOTHING, "content/issues/0002.md: there is no such issue; `pressroom status` lists the issues, `pressroom assemble` writes the next one", NOTHING, "approve 2 --by Editor", "approve 1 --by Editor"),
    Mistake("approving as a stranger", NOTHING, "pressroom: 'Mallory' is not an editor of this publication; publication.toml names Editor", NOTHING, "approve 1 --by Mallory", "approve 1 --by Editor"),
    Mistake("sending before the approval", NOTHING, "pressroom: issue 1 needs the approval of one person: pressroom approve 1 --by NAME", "approve 1 --by Editor", "send 1 --transport file:out"),
    # publication.toml
    Mistake("an open bracket in publication.toml", sub(r"^\[sender\]", "[sender", TOML), "content/publication.toml:11: not valid TOML: a bracket is never closed; end the line with ], or with ]] if it begins with [[", sub(r"^\[sender", "[sender]", TOML)),
    Mistake("an open quotation mark in publication.toml", sub('^name = "My Newsletter"', 'name = "My Newsletter', TOML), "content/publication.toml:4: not valid TOML: a quotation mark is never closed; close it at the end of the line", sub('^name = "My Newsletter', 'name = "My Newsletter"', TOML)),
    Mistake("a misspelt time zone", sub("Europe/Berlin", "Europe/Berln", TOML), "content/publication.toml:17: 'schedule.zone': 'Europe/Berln' is not an IANA time zone such as Europe/Berlin; fix the value", sub("Europe/Berln", "Europe/Berlin", TOML)),
    Mistake("a misspelt moment", sub("thu 08:00", "thursday 8", TOML), "content/publication.toml:19: 'schedule.send': 'thursday 8' is not a weekday and a local time such as 'thu 08:00'; fix the value", sub("thursday 8", "thu 08:00", TOML)),
    Mistake("assembling after sending", sub("mon 09:00", "fri 09:00", TOML), "content/publication.toml:18: assemble must come before send in the week (Monday first); choose an earlier moment", sub("fri 09:00", "mon 09:00", TOML)),
    Mistake("an hour that the clocks skip", every(sub("mon 09:00", "fri 09:00", TOML), sub("thu 08:00", "sun 02:30", TOML)), "content/publication.toml:19: warning: schedule.send: clocks in Europe/Berlin skip 02:30 on …, and 03:00 stands in for it; choose another hour, one that every day has", sub("sun 02:30", "sun 04:30", TOML)),
    Mistake("an address without @", sub("news@news.example.com", "news.example.com", TOML), "content/publication.toml:13: 'sender.address': is not an e-mail address: An email address must have an @-sign; fix the value", sub('"news.example.com"', '"news@news.example.com"', TOML)),
    Mistake("more approvals than editors", sub("people = 1 ", "people = 2 ", TOML), "content/publication.toml:49: approval.people = 2, but there is 1 editor; set people = 1, or add an [[editor]]", sub("people = 2 ", "people = 1 ", TOML)),
    Mistake("a section without answers_next_week", sub("answers_next_week = true", "", TOML), "content/questions/first-question.md:13: a model answer, but the section 'question' does not have answers_next_week: nobody would get the answer to the last question, and the next one goes out beside its question; set answers_next_week = true below [[section]] 'question' in publication.toml, or give the heading another name", sub('^(id = "question")', r"\1\nanswers_next_week = true", TOML)),
    Mistake("a site without encryption", sub("https://news", "http://news", TOML), "content/publication.toml:7: 'base_url': 'http://news.example.com' is not encrypted, and mail programs show the unsubscribe button (RFC 8058) for https only; write https:// (http:// is for this machine alone)", sub("http://news", "https://news", TOML)),
    Mistake("a folder of two sections", sub('folder = "projects"', 'folder = "concepts"', TOML), "content/publication.toml:35: section folders must differ from each other and from issues, corrections, paths and pages; give this one another", sub('(id = "project"\n)folder = "concepts"', r'\1folder = "projects"', TOML)),
    Mistake("a misspelt fallback", sub('folder = "projects"', 'folder = "projects"\nwhen_empty = "evergren"', TOML), "content/publication.toml:36: 'section.2.when_empty': should be 'hold', 'evergreen' or 'drafted'; fix the value", sub('evergren"', 'evergreen"', TOML)),
    Mistake("publication.toml in UTF-16", lambda home: (home / TOML).write_bytes((home / TOML).read_text().encode("utf-16")), "content/publication.toml:1: the file is UTF-16; save it as UTF-8", lambda home: (home / TOML).write_text((home / TOML).read_bytes().decode("utf-16"))),
    # templates
    Mistake("a template with wrong syntax", write("templates/email/issue.txt", "{% if x %}\n"), "templates/email/issue.txt:1: Unexpected end of template. Jinja was looking for the following tags: 'elif' or 'else' or 'endif'. The innermost block that needs to be closed is 'if'; fix the template, or remove it to use the shipped one", remove("templates/email/issue.txt")),
    Mistake("a template with a misspelt name", write("templates/email/issue.txt", "Hi\n{{ isue.title }}\n"), "templates/email/issue.txt:2: 'isue' is undefined; fix the template, or remove it to use the shipped one", remove("templates/email/issue.txt"), "preflight 1"),
    Mistake("MJML with an open tag", write("templates/email/issue.mjml", "<mjml><mj-body><mj-section></mj-body></mjml>\n"), "templates/email/issue.mjml: MJML says: unexpected end of stream in root template; every tag must be closed and every attribute quoted; undo the last change to the template", remove("templates/email/issue.mjml"), "preflight 1"),
    # env
    Mistake("an .env that others can read", lambda home: (home / ENV).chmod(0o644), ".env: warning: others on this machine can read it; run: chmod 600 .env", lambda home: (home / ENV).chmod(0o600)),
    Mistake("a wrong database URL", append("PRESSROOM_DATABASE_URL=postgres//localhost\n", ENV), ".env:4: PRESSROOM_DATABASE_URL: the database URL cannot be read; write sqlite:///PATH or postgresql://user@host/name", sub("postgres//localhost", "sqlite:///var/x.db", ENV)),
    Mistake("a misspelt setting", append("PRESSROOM_SMPT_URL=smtp://mail.example.com:587\n", ENV), ".env:4: PRESSROOM_SMPT_URL: no such setting; did you mean 'PRESSROOM_SMTP_URL'?", sub("SMPT", "SMTP", ENV)),
    Mistake("a short secret", sub("^PRESSROOM_SECRET_KEY=.*$", "PRESSROOM_SECRET_KEY=short", ENV), ".env:2: PRESSROOM_SECRET_KEY: each key needs 32 characters or more; make one with: openssl rand -hex 32", sub("=short", "=" + "k" * 32, ENV)),
    Mistake("no secret", sub("^PRESSROOM_SECRET_KEY=.*$", "", ENV), "pressroom: PRESSROOM_SECRET_KEY, which signs the links in mail, is not set; make a key with `openssl rand -hex 32` and set it in the environment or in .env", append("PRESSROOM_SECRET_KEY=" + "k" * 32 + "\n", ENV), "send 1 --test me@example.com --transport file:out"),
    Mistake("a folder that is no publication", move(TOML, "content/kept.toml"), "content/publication.toml: there is no publication here; run `pressroom init DIR`, or name the publication's folder: pressroom --publication DIR …", move("content/kept.toml", TOML)),
    Mistake("a secret twice", append("PRESSROOM_SECRET_KEY_FILE=key\n", ENV), ".env:4: PRESSROOM_SECRET_KEY_FILE: PRESSROOM_SECRET_KEY is also set, and only one of them can count; remove one of the two", sub("^PRESSROOM_SECRET_KEY_FILE=key\n", "", ENV)),
    Mistake("an .env in UTF-16", lambda home: (home / ENV).write_bytes((home / ENV).read_text().encode("utf-16")), ".env:1: the file is UTF-16; save it as UTF-8", lambda home: (home / ENV).write_text((home / ENV).read_bytes().decode("utf-16"))),
    Mistake("no mail server", NOTHING, "pressroom: PRESSROOM_SMTP_URL is not set, so no mail can leave; set it (smtp://user:password@host:587), or PRESSROOM_PROVIDER_URL, or write files instead: --transport file:DIR", NOTHING, "send 1 --test me@example.com", "send 1 --test me@example.com --transport file:out"),
    Mistake("a wrong password of the mail server", NOTHING, "pressroom: the mail server 127.0.0.1:… refuses the login of 'ada' (535); fix user and password in PRESSROOM_SMTP_URL", sub("hunter1", "hunter2", ENV), "send 1 --test me@example.com", beside=locked_mail_server),
    Mistake("a model without an endpoint", append("PRESSROOM_MODEL_NAME=small\n", ENV), ".env:4: warning: PRESSROOM_MODEL_NAME: no model is asked, because PRESSROOM_MODEL_URL is not set; set it to the endpoint, or remove PRESSROOM_MODEL_NAME", append("PRESSROOM_MODEL_URL=http://127.0.0.1:1/v1\n", ENV)),
    Mistake("a model without a name", append("PRESSROOM_MODEL_URL=http://127.0.0.1:1/v1\n", ENV), ".env:4: PRESSROOM_MODEL_URL: it needs PRESSROOM_MODEL_NAME, which is not set; name the model to ask for", append("PRESSROOM_MODEL_NAME=small\n", ENV)),
    Mistake("a wrong key of the model", run("assemble", "draft 11"), ".env:5: warning: PRESSROOM_MODEL_KEY: http://127.0.0.1:…/v1 (HTTP 401) refused it, so 'small-1' wrote nothing; write a key that is valid there, then run: pressroom draft 11", every(sub("sk-wrong", "sk-right", ENV), run("draft 11")), "preflight 11", beside=locked_model),
    Mistake("a folder as database", NOTHING, "pressroom: the database failed (unable to open database file); check that it is running and has disk space, then try again", NOTHING, "--database sqlite:///content status", "status"),
    # the week
    Mistake("a piece that was renamed and lost its id", every(sub("^id: .*\n", "", CONCEPT), sub("^title: .*$", 'title: "Another title"', CONCEPT), move(CONCEPT, "content/concepts/renamed.md")), "content/issues/0001.md:8: names the piece concepts/first-concept.md, which does not exist; content/concepts/renamed.md says the same; write concepts/renamed.md instead", sub("(concept: )concepts/first-concept.md", r"\1concepts/renamed.md", ISSUE)),
    Mistake("a piece that was deleted", remove(CONCEPT), "content/issues/0001.md:8: names the piece concepts/first-concept.md, which does not exist; restore content/concepts/first-concept.md, correct its name, or remove the line", sub("^  concept: .*\n", "", ISSUE)),
    Mistake("an edit after the approval", every(run("approve 1 --by Editor"), sub("^title: ", "title: New ", ISSUE)), "pressroom: issue 1 was changed after Editor approved it on …; see what changed: pressroom diff 1; then: pressroom approve 1 --by NAME", "approve 1 --by Editor", "send 1 --transport file:out"),
    Mistake("sent twice", SENT, "pressroom: issue 1 was already sent, on …; see: pressroom status 1", "status 1", "send 1 --transport file:out", "status 1"),
    Mistake("reopening what went out", SENT, "pressroom: issue 1 went to readers, and that cannot be taken back; see: pressroom status 1", "status 1", "reopen 1", "status 1"),
    Mistake("reopening what never went out", NOTHING, "pressroom: issue 1 was never sent, so there is nothing to reopen; see: pressroom status 1", "status 1", "reopen 1", "status 1"),
    Mistake("withdrawing nothing", NOTHING, "pressroom: Editor has not approved issue 1 as it is now; see: pressroom audit 1", "audit 1", "approve 1 --by Editor --withdraw", "audit 1"),
    Mistake("nobody on the list", run(*(f"subscribers unsubscribe {name}@example.com" for name in ("ada", "zoe")), "approve 1 --by Editor"), "pressroom: nobody would get issue 1: the list has no active reader; add some (pressroom subscribers import), or let them sign up, then: pressroom send 1", run("subscribers add lin@example.com"), "send 1 --transport file:out"),
    Mistake("deleted issue file", every(SENT, move(ISSUE, "kept.md")), "content/issues/0001.md: issue 1 («Write the first concept here») began to be sent on …, and its file is gone; restore it from git or a backup, or write a file with its number, week, date, title, preheader and `published:`", move("kept.md", ISSUE)),
    Mistake("issue out of its week", every(sub("^week: .*$", f"week: {PAST}", ISSUE), sub("^date: .*$", "date: 2020-03-05", ISSUE), run("approve 1 --by Editor")), "pressroom: issue 1 was due in 2020-W10, and its window ended on …; if it should still go out: pressroom send 1 --late", NOTHING, "send 1 --transport file:out", "send 1 --late --transport file:out"),
    Mistake("base_url changed", every(SENT, sub("https://news.example.com", "https://letters.example.com", TOML)), "content/publication.toml:7: warning: the ids of the feed begin with https://news.example.com/, and feed readers would show every issue again if they changed; write permanent_url = 'https://news.example.com', or remove feed.xml from the site if nobody reads it yet", sub("^list_id", "permanent_url = 'https://news.example.com'\nlist_id", TOML)),
    Mistake("nothing ready", every(remove(ISSUE), sub("status: ready", "status: draft", CONCEPT)), "content/concepts: no piece is ready for the section 'concept'; set `status: ready` in one that no issue has used", sub("status: draft", "status: ready", CONCEPT), "assemble"),
    Mistake("list_id changed", every(SENT, sub('^list_id = "weekly', 'list_id = "daily', TOML)), "content/publication.toml:9: list_id is 'daily.news.example.com', but issue 1 went out as 'weekly.news.example.com': mail programs would take this for another list; write the former one again", sub('^list_id = "daily', 'list_id = "weekly', TOML), "preflight 1"),
    Mistake("example addresses", run("subscribers add lin@readers.internal"), "content/publication.toml:13: sender.address is still an example: 'news@news.example.com'; write your own before mail leaves", lambda home: (home / TOML).write_text((home / TOML).read_text().replace("example.com", "letters.internal").replace("1 Example Street, Example City", "12 Long Lane, Leeds")), "preflight 1", lines=6),
    Mistake("folder of a section misspelt", every(remove(ISSUE), sub('folder = "projects"', 'folder = "projekts"', TOML)), "content/projects/first-project.md: warning: is never read, because no section has the folder content/projects; move it into content/projekts, or let its name begin with _ if it is no piece", every(lambda home: (home / "content/projects").rename(home / "content/projekts"))),
    Mistake("folder within a folder", piece(file="content/concepts/2026/new.md"), "content/concepts/2026/new.md: warning: is never read, because no section has the folder content/concepts/2026; move it into content/concepts, or let its name begin with _ if it is no piece", move("content/concepts/2026/new.md", NEW)),
    Mistake("space in a link", piece("", TEXT + "See [this](https://example.org/a b).\n"), "content/concepts/new.md:8: warning: the link «[this](…)» has a space in its address, so it is shown as written; write %20 instead of the space", put("a b", "a%20b")),
    Mistake("mail server without scheme", append("PRESSROOM_SMTP_URL=mail.example.com:587\n", ENV), ".env:4: PRESSROOM_SMTP_URL: it must begin with smtp:// or smtps:// and name a host; write one such as smtp://user:password@mail.example.com:587", sub("^PRESSROOM_SMTP_URL=", "PRESSROOM_SMTP_URL=smtp://user:password@", ENV)),
    Mistake("key of publication.toml missing", sub("^tagline.*\n", "", TOML), "content/publication.toml:1: 'tagline' is missing; add a line «tagline = \"…\"»", sub("^name", 'tagline = "A mail a week."\nname', TOML)),
    Mistake("key of publication.toml misspelt", sub("^language", "langauge", TOML), "content/publication.toml:6: unknown key 'langauge'; did you mean 'language'?", sub("^langauge", "language", TOML)),
    Mistake("value of publication.toml without quotation marks", sub('^language = "en"', "language = en", TOML), 'content/publication.toml:6: not valid TOML: a value is not written as TOML has it; put words between quotation marks: "…"', sub("^language = en", 'language = "en"', TOML)),
    Mistake("a language that is no tag", sub('^language = "en"', 'language = "English"', TOML), "content/publication.toml:6: 'language': 'English' is not a language tag such as en, de or pt-BR; fix the value", sub('^language = "English"', 'language = "en"', TOML)),
)  # fmt: skip
