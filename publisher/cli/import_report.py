"""The report of an import, as `pressroom subscribers import` says it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from publisher.cli import output

if TYPE_CHECKING:  # slow to import: only when it is used
    from subscribers import ImportReport, Recognised


def say_report(report: ImportReport, path: Path) -> None:
    """Say how a file is read, which lines cannot be used, what looks like an error, and what would become of the rest."""
    for one in report.lists:
        read = ", ".join(f"{name} as {meaning}" for name, meaning in one.columns.items() if meaning)
        output.say(f"{one.file}: recognised as {one.system}; read: {read}")
        for line in _details(one):
            output.say(f"  {line}")
    for remark in report.remarks:
        output.say(f"  {remark}")
    for invalid in report.invalid:
        where = f"{path}/{invalid.file}" if invalid.file else str(path)
        output.line(f"{where}:{invalid.line}: {invalid.why}")
    if report.invalid_count > len(report.invalid):
        output.say(f"… and {report.invalid_count - len(report.invalid):,} more lines that cannot be used")
    for typo in report.typos:
        who = f"{typo.count:,} addresses" if typo.count > 1 else "1 address"
        output.say(f"{path}:{typo.line}: is {typo.domain} a typing error for {typo.meant}? ({who}, not changed)")
    for name in report.rejects:
        output.say(
            f"{name} holds the lines that cannot be used; fix them there, then import that file with the same options"
        )
    if report.invalid_count and not report.rejects:
        output.say(f"to have those lines in a file that you can fix and import, add --rejects {path.stem}.rejects.csv")
    output.say(f"would be: {sums(report)}")


def sums(report: ImportReport) -> str:
    """Return the counts of a report in one line."""
    pending = f"{report.pending:,} pending, " if report.pending else ""
    return (
        f"{report.new:,} new, {report.known:,} known, {pending}{report.suppressed:,} suppressed, "
        f"{report.left:,} left their old list, {report.duplicates:,} duplicates, {report.invalid_count:,} invalid"
    )


def _details(one: Recognised) -> Iterator[str]:
    if one.words:
        words = ", ".join(f"«{word}»" for word in one.words)
        yield f"read as {one.encoding}, which makes {words}; if that is wrong, name the encoding with --encoding"
    elif one.encoding:
        yield f"read as {one.encoding}"
    if one.titles:
        titles = ", ".join(f"«{title[:60]}»" for title in one.titles)
        yield f"above the line that names the columns, and not read: {titles}"
    if one.nameless:
        yield "no line names columns: every line is read as an address"
    reasons = dict.fromkeys(one.unread.values())
    unread = "; ".join(
        f"{', '.join(name for name, why in one.unread.items() if why == reason)}, because {reason}"
        for reason in reasons
    )
    if unread:
        yield f"not read: {unread}"
    if one.other_sheets:
        yield f"other sheets, not read: {', '.join(one.other_sheets)}"
    if one.note:
        yield one.note
