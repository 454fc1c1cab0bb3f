"""What every archive with lists is held to: sizes, damage, and kinds of file that are no list of readers."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from subscribers.errors import UnreadableList

MOST_FILES = 20_000
"""Files in an archive; Substack's have two for each post."""
DENSEST, SMALL = 100, 1_000_000
"""How many times its size a list of more than so many bytes may unpack to; lists of people unpack to ten times theirs."""

_BAD_ARCHIVE = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError)
"""The archive is damaged, cut off, encrypted, or packed in a way that Python does not support."""
_SAVE_AS = "open it in a spreadsheet program and save it as CSV (UTF-8)"
_PAGE = f"is a web page or XML, not a list; {_SAVE_AS}"
_KINDS = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", f"is an old Excel file (.xls), or a workbook with a password; {_SAVE_AS} or .xlsx"),
    (b"\037\213", "is packed with gzip; unpack it first"),
    (b"BZh", "is packed with bzip2; unpack it first"),
    (b"\xfd7zXZ\x00", "is packed with xz; unpack it first"),
    (b"7z\xbc\xaf\x27\x1c", "is packed with 7-Zip; unpack it first"),
    (b"Rar!\x1a\x07", "is a RAR archive; unpack it first"),
    (b"%PDF-", "is a PDF, not a list; export the list as CSV"),
    (b"SQLite format 3\x00", "is a database, not a list; export the list as CSV"),
    (b"{\\rtf", f"is a text document (RTF), not a list; {_SAVE_AS}"),
    (b"<!doctype", _PAGE), (b"<html", _PAGE), (b"<?xml", _PAGE), (b"<table", _PAGE),
)  # fmt: skip


def where_in(path: Path, name: str) -> Path:
    """Return how messages call a list in an archive or workbook."""
    return Path(f"{path}/{name}") if name else path


@contextmanager
def told(where: Path) -> Iterator[None]:
    """Raise an UnreadableList for a file that is away, or an archive that is damaged."""
    try:
        yield
    except OSError as error:
        raise UnreadableList(where, 1, f"cannot be read ({error.strerror or error})") from error
    except _BAD_ARCHIVE as error:
        raise UnreadableList(where, 1, f"cannot be unpacked ({error})") from error


def refuse_other_kinds(path: Path) -> None:
    """Raise an UnreadableList for a file that is of another kind, such as a PDF; the message says what to do."""
    with told(path), path.open("rb") as file:
        head = file.read(512)
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    for mark, why in _KINDS:
        if head.startswith(mark) or (mark.startswith(b"<") and text.startswith(mark)):
            raise UnreadableList(path, 1, why)


def check_archive(path: Path, archive: zipfile.ZipFile) -> None:
    """Raise an UnreadableList for an archive of too many files, or one that is another program's document."""
    names = {member.filename for member in archive.infolist()}
    if len(archive.infolist()) > MOST_FILES:
        raise UnreadableList(path, 1, f"contains more than {MOST_FILES:,} files; unpack it and import the CSV file")
    if "mimetype" in names and "content.xml" in names:
        raise UnreadableList(path, 1, f"is a LibreOffice document (.ods); {_SAVE_AS} or .xlsx")
    if "Index/Document.iwa" in names or "Index.zip" in names:
        raise UnreadableList(path, 1, "is a Numbers document; export it from Numbers as CSV (UTF-8) or Excel")
    if "xl/workbook.bin" in names:
        raise UnreadableList(path, 1, f"is a binary Excel file (.xlsb); {_SAVE_AS} or .xlsx")
    if "word/document.xml" in names:
        raise UnreadableList(path, 1, "is a text document (.docx), not a list; save the list as CSV (UTF-8)")


def check_size(where: Path, member: zipfile.ZipInfo) -> None:
    """Raise an UnreadableList for a file that unpacks to far more than its size."""
    if member.file_size > max(SMALL, DENSEST * member.compress_size):
        raise UnreadableList(where, 1, f"unpacks to {member.file_size:,} bytes, more than {DENSEST} times its size")
