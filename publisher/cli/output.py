"""How the command line talks: data on stdout, talk and progress on stderr, `--json` for programs."""

from __future__ import annotations

import getpass
import itertools
import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Self, cast

from rich.console import Console

from plaintext import escaped, printable
from publisher.errors import Problem, Severity
from publisher.issue import DeliveryState
from publisher.plain import plain

if TYPE_CHECKING:  # slow to import: only when it is used
    from rich.table import Table

    from publisher.changed_words import Change
    from publisher.ports import Sums


SECONDS_BETWEEN_LINES = 5.0
"""How often a line tells the progress of long work if there is no terminal."""
MEASURED = 200
"""A table with more rows is written as they come, in columns as wide as these many first rows need."""


class OutputClosed(Exception):
    """Whoever was reading standard output has closed it: `pressroom … | head`."""


class _Stdout:
    """Standard output, looked up at each call. Its errors name standard output instead of some file."""

    @property
    def encoding(self) -> str:
        return sys.stdout.encoding or "utf-8"

    def write(self, text: str) -> int:
        with self._told():
            return sys.stdout.write(text)

    def flush(self) -> None:
        with self._told():
            sys.stdout.flush()

    def isatty(self) -> bool:
        return sys.stdout.isatty()

    def fileno(self) -> int:
        return sys.stdout.fileno()

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            # The rest of the buffer would fail once more when Python exits.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            if isinstance(error, BrokenPipeError):
                raise OutputClosed from error
            raise OSError(error.errno, error.strerror, "standard output") from error


stdout = _Stdout()

# No markup and no `:name:` emoji: editors, readers and servers wrote what is printed.
out = Console(file=cast("IO[str]", stdout), soft_wrap=True, highlight=False, markup=False, emoji=False)
talk = Console(stderr=True, soft_wrap=True, highlight=False, markup=False, emoji=False)


def data(value: object) -> None:
    """Write a value to stdout as JSON."""
    ascii_only = stdout.encoding.lower().replace("-", "") != "utf8"
    stdout.write(escaped(json.dumps(plain(value), ensure_ascii=ascii_only, indent=2)) + "\n")
    stdout.flush()


def listed_data(facts: Mapping[str, object], name: str, items: Iterable[object]) -> None:
    """Write facts and a long list to stdout as one JSON object, with each item of the list on a line of its own."""
    ascii_only = stdout.encoding.lower().replace("-", "") != "utf8"

    def written(value: object) -> str:
        return escaped(json.dumps(plain(value), ensure_ascii=ascii_only))

    stdout.write("{" + "".join(f"{written(key)}: {written(value)},\n" for key, value in facts.items()))
    before = f"{written(name)}: ["
    for item in items:
        stdout.write(f"{before}\n{written(item)}")
        before = ","
    stdout.write(f"{before}]}}\n" if before != "," else "\n]}\n")
    stdout.flush()


def to_file(path: Path, parts: Iterable[str]) -> None:
    """Write text to a file that only its owner can read. It appears when it is complete, and not at all before that."""
    from publisher.adapters.private_folder import private_folder  # slow to import, and seldom used

    with private_folder(path.parent) as folder:
        made = folder / "made"
        with os.fdopen(
            os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8", newline=""
        ) as file:
            file.writelines(parts)
            file.flush()
            os.fsync(file.fileno())
        made.replace(path)


def at_terminal() -> bool:
    """Return whether a person sits in front of this: a terminal reads and shows."""
    return sys.stdin.isatty() and stdout.isatty()


def ask(question: str, *, hidden: bool = False) -> str:
    """Ask on stderr and return the answer without blanks around it. Raises EOFError when there will be none."""
    if hidden:
        return getpass.getpass(printable(question), stream=sys.stderr).strip()
    talk.print(printable(question), end="")
    answer = sys.stdin.readline()
    if not answer:
        raise EOFError
    return answer.strip()


def text(parts: Iterable[str]) -> None:
    """Write text to stdout: unchanged for a file or a program, with control characters replaced for a terminal."""
    shown = stdout.isatty()
    for part in parts:
        stdout.write(printable(part.replace("\r\n", "\n"), keep="\n\t") if shown else part)
    stdout.flush()


def line(text: str) -> None:
    """Write one line to stdout."""
    out.print(printable(text))


def say(text: str) -> None:
    """Write a message to stderr."""
    talk.print(printable(text, keep="\n"))


def sure(question: str) -> bool:
    """Ask the person at the terminal, on stderr; anything but y or yes means no."""
    talk.print(f"{printable(question)} [y/N]:", end=" ")
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def problems(found: Sequence[Problem]) -> None:
    """Write problems to stdout, one line each, as compilers do."""
    for problem in found:
        mark = "" if problem.severity is Severity.ERROR else "warning: "
        where, _, rest = str(problem).partition(": ")
        line(f"{where}: {mark}{rest}")


def change(where: str, found: Change) -> None:
    """Write a change of words to stdout: in colours at a terminal, else as [-gone-] and {+new+}."""
    if not out.is_terminal or out.no_color or not found.runs:
        line(f"{where}: {found}")
        return
    from rich.text import Text

    words = [Text(printable(run.words), _STYLES[run.kind.value]) for run in found.runs]
    out.print(Text(f"{where}: ") + Text(" ").join(words))


_STYLES = {"same": "", "gone": "red strike", "new": "bold green"}


def count(number: int, noun: str) -> str:
    """Return «1 error», «2 errors».

    >>> count(1, "error"), count(2, "warning")
    ('1 error', '2 warnings')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def table(columns: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[str] = ()) -> None:
    """Write rows to stdout under headings; `right` names the columns of numbers."""
    from rich.table import Table

    made = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        made.add_column(column, justify="right" if column in right else "left", overflow="fold")
    for row in rows:
        made.add_row(*map(printable, row))
    _wide(made)


def long_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> int:
    """Write rows to stdout under headings, however many they are, and return their number."""
    from rich.cells import cell_len

    given = (tuple(map(printable, row)) for row in rows)
    first = list(itertools.islice(given, MEASURED + 1))
    if len(first) <= MEASURED:
        table(columns, first)
        return len(first)
    widths = [max(map(cell_len, cells)) for cells in zip(columns, *first, strict=True)]
    written = 0
    for row in itertools.chain([columns], first, given):
        padded = (cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True))
        stdout.write("  ".join(padded).rstrip() + "\n")
        written += 1
    stdout.flush()
    return written - 1


def facts(pairs: Sequence[tuple[str, str]]) -> None:
    """Write (name, value) to stdout, one on each line; empty values are left out."""
    from rich.table import Table

    made = Table(box=None, pad_edge=False, show_header=False)
    made.add_column()
    made.add_column(overflow="fold")
    for name, value in pairs:
        if value:
            made.add_row(printable(name), printable(value))
    _wide(made)


def _wide(made: Table) -> None:
    wide = Console(
        file=cast("IO[str]", stdout), highlight=False, markup=False, emoji=False, width=None if out.is_terminal else 200
    )
    wide.print(made)


Tell = Callable[[int, int], None]


@contextmanager
def progress(title: str, *, streams: bool = False) -> Iterator[Tell]:
    """Show on stderr how far the block is: a bar on a terminal, otherwise a line every few seconds.

    The block calls what is yielded with (done, total). If it `streams` to stdout and that is the terminal, too, what it
    writes shows the progress.
    """
    if streams and stdout.isatty():
        yield lambda _done, _total: None
    elif talk.is_terminal:
        with _bar(title) as tell:
            yield tell
    else:
        with _Lines(title) as lines:
            yield lines.tell


class _Lines:
    """Says every few seconds how far a piece of work is, also while it waits for the database and tells nothing."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._begun = self._said = time.monotonic()
        self._far = ""
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def tell(self, done: int, total: int) -> None:
        self._far = f"{done:,} of {total:,}"
        if done < total:
            self._say_again()

    def _say_again(self) -> None:
        now = time.monotonic()
        if now - self._said >= SECONDS_BETWEEN_LINES:
            self._said = now
            say(f"{self._title}: {self._far or f'at work for {now - self._begun:.0f} s'}")

    def _watch(self) -> None:
        while not self._ended.wait(SECONDS_BETWEEN_LINES):
            self._say_again()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()


@contextmanager
def _bar(title: str) -> Iterator[Tell]:
    from rich import progress as bars

    columns = (
        bars.TextColumn("{task.description}", markup=False),
        bars.BarColumn(),
        bars.MofNCompleteColumn(),
        bars.TaskProgressColumn(),
        bars.TimeRemainingColumn(),
    )
    with bars.Progress(*columns, console=talk, transient=True) as bar:
        task = bar.add_task(printable(title), total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def sums_line(sums: Sums) -> str:
    """Return the ledger's sums in one line: the audience and every state that is not empty."""
    parts = [f"{sums[state]:,} {state.value.replace('_', ' ')}" for state in DeliveryState if sums[state]]
    return f"audience {sums.audience:,}: {', '.join(parts) or 'nobody'}"
