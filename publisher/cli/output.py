"""How the command line talks: data on stdout, talk and progress on stderr, `--json` for programs."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, cast

from rich.console import Console

from plaintext import escaped, printable
from publisher.errors import Problem, Severity
from publisher.issue import DeliveryState
from publisher.plain import plain

if TYPE_CHECKING:  # slow to import: only when it is used
    from rich.table import Table

    from publisher.ports import Sums


SECONDS_BETWEEN_LINES = 5.0
"""How often a line tells the progress of long work if there is no terminal."""


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


@contextmanager
def progress(title: str) -> Iterator[Callable[[int, int], None]]:
    """Show a bar on stderr while the block runs; the block calls what is yielded with (done, total).

    If stderr is no terminal, a line says how far it is, every few seconds.
    """
    if not talk.is_terminal:
        yield _lines(title)
        return
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


def _lines(title: str) -> Callable[[int, int], None]:
    told = time.monotonic()

    def tell(done: int, total: int) -> None:
        nonlocal told
        if done < total and time.monotonic() - told >= SECONDS_BETWEEN_LINES:
            told = time.monotonic()
            say(f"{title}: {done:,} of {total:,}")

    return tell


def sums_line(sums: Sums) -> str:
    """Return the ledger's sums in one line: the audience and every state that is not empty."""
    parts = [f"{sums[state]:,} {state.value.replace('_', ' ')}" for state in DeliveryState if sums[state]]
    return f"audience {sums.audience:,}: {', '.join(parts) or 'nobody'}"
