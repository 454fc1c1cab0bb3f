"""The documentation as a program reads it: commands with their exit codes and output, links, headings, tables.

A fence marked `console` holds commands after `$ ` and what they answer; one marked `bash` holds commands only. A
command ends with exit code 0, or with the N of a comment `# exit N` behind it. In an answer `…` stands for anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_EXIT = re.compile(r"\s+# exit (\d+)\s*$")
_LINK = re.compile(r"!?\[[^\]]*\]\(([^()\s]+)\)")
_HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Command:
    """One command of a document; `line` counts from 1, `answer` is empty where the document shows none."""

    line: int
    text: str
    exit_code: int
    answer: str

    def answered_by(self, output: str) -> bool:
        """Say whether `output` is what the document shows: `…` stands for anything, and a run of blanks is one."""
        pattern = ".*".join(re.escape(part) for part in _one_blank(self.answer).split("…"))
        return not self.answer or re.fullmatch(pattern, _one_blank(output), re.DOTALL) is not None


def _one_blank(text: str) -> str:
    return re.sub(r" *\n *", "\n", re.sub(r"[ \t]+", " ", text)).strip()


def documents() -> list[Path]:
    return [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")] + sorted(
        (ROOT / "docs").rglob("*.md")
    )


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def commands(text: str) -> Iterator[Command]:
    for fence in _FENCE.finditer(text):
        first = text.count("\n", 0, fence.start()) + 2
        lines = fence[2].splitlines()
        if fence[1] == "bash":
            for number, line in enumerate(lines, first):
                if line.strip() and not line.startswith("#"):
                    yield _command(number, line, [])
        elif fence[1] == "console":
            starts = [index for index, line in enumerate(lines) if line.startswith("$ ")]
            for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
                yield _command(first + start, lines[start][2:], lines[start + 1 : end])


def _command(line: int, text: str, answer: list[str]) -> Command:
    code = _EXIT.search(text)
    return Command(line, _EXIT.sub("", text), int(code[1]) if code else 0, "\n".join(answer).strip())


def prose(text: str) -> str:
    """Return the text with its fences emptied, each line in its place."""
    return _FENCE.sub(lambda fence: "\n" * fence[0].count("\n"), text)


def code(text: str) -> str:
    """Return all that is code in a text, in fences and in sentences, one piece on each line."""
    return "\n".join([fence[2] for fence in _FENCE.finditer(text)] + re.findall(r"`([^`\n]+)`", prose(text)))


def links(text: str) -> list[str]:
    return _LINK.findall(re.sub(r"`[^`\n]*`", "", prose(text)))


def anchors(text: str) -> set[str]:
    """Return the anchors that a forge makes of the headings."""
    return {re.sub(r"[^\w -]", "", title.lower()).strip().replace(" ", "-") for title in _HEADING.findall(prose(text))}


def rows(text: str) -> Iterator[list[str]]:
    """Yield the cells of every table row that begins with a name in code."""
    for line in prose(text).splitlines():
        if line.startswith("| `"):
            yield [cell.strip() for cell in line.strip("|").split(" | ")]
