"""Lists of readers in files, and what their import made of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from publisher.adapters.database import migrate
from subscribers import (
    ImportReport,
    Keyring,
    State,
    Subscribers,
    UnreadableList,
)
from subscribers.adapters.import_file import open_import_file
from subscribers.database import open_engine
from subscribers.import_list import ImportOptions, Invalid
from subscribers.import_row import ImportRow
from tests.readers import NOW, SECRET, WORDING, Mailbox

Write = Callable[[str | bytes], Path]
Rows = Sequence[Sequence[object]]


@pytest.fixture
def readers(tmp_path: Path) -> Iterator[Subscribers]:
    engine = open_engine(f"sqlite:///{tmp_path}/x.db")
    migrate(engine)
    yield Subscribers(engine, Keyring(SECRET), Mailbox())
    engine.dispose()


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(content: str | bytes, name: str = "list.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return written


def bring_in(readers: Subscribers, path: Path, **how: Any) -> ImportReport:
    with readers.lists.open_import(path, wording=WORDING, now=NOW, **how) as ready:
        return ready.carry_out()


def names(readers: Subscribers) -> dict[str, str]:
    return {reader.canonical: reader.name for reader in readers.queries.find(state=State.ACTIVE, limit=1_000)}


def suppressed(readers: Subscribers) -> set[str]:
    return {line.partition(",")[0] for line in readers.lists.export_suppressions_csv()} - {"email"}


def refused(readers: Subscribers, path: Path, **how: Any) -> str:
    with pytest.raises(UnreadableList) as raised:
        bring_in(readers, path, **how)
    assert (readers.queries.find(), suppressed(readers)) == ([], set()), "nothing was imported"
    return f"{raised.value.line}: {raised.value.why}"


def read(path: Path, **how: Any) -> tuple[dict[str, ImportRow], set[int]]:
    with open_import_file(path, ImportOptions(**how)) as file:
        lines = list(file.read(NOW))
    rows = {line.address.canonical: line for line in lines if isinstance(line, ImportRow)}
    return rows, {line.line for line in lines if isinstance(line, Invalid)}


def workbook(path: Path, **sheets: Rows) -> Path:
    book = Workbook(write_only=True)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
    book.save(path)
    return path
