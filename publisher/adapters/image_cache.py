"""Keeps what images were converted to, below var/: a file for each, named by its bytes and the converter's version.

Nothing in it is needed: what is missing or broken is made again.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from publisher.adapters import permissions
from publisher.adapters.files import replace_file
from publisher.ports import Convert, Converted, ConvertedImage, ImageFile, UnusableImage


class ImageCache:
    """Converts each image once for a paper, and again once the rules or libraries have changed.

    What cannot be used is not kept: it may only lack a font of this machine.
    """

    def __init__(self, folder: Path, convert: Convert | None = None) -> None:
        self._folder, self._convert = folder, convert

    def __call__(self, data: bytes, paper: str) -> Converted:
        from publisher.render.images.rules import version
        from publisher.render.pictures import convert_image

        name = hashlib.sha256(f"{version()} {paper} ".encode() + data).hexdigest()
        path = self._folder / name[:2] / name
        with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
            return _read(path.read_bytes())
        made = (self._convert or convert_image)(data, paper)
        if isinstance(made, UnusableImage):
            return made
        with contextlib.suppress(OSError):  # a folder that nobody may write, or a full disk
            permissions.make_private(path.parent)
            replace_file(path, _written(made), durable=False, private=True)
        return made


def _written(made: ConvertedImage) -> bytes:
    """Return a line of JSON, in which each file has its length, and then the files' bytes."""
    data: list[bytes] = []

    def plain(value: dict[str, Any]) -> dict[str, Any]:
        data.append(value["data"])
        return value | {"data": len(value["data"])}

    values = asdict(made)
    values |= {
        "original": plain(values["original"]), "smaller": [plain(one) for one in values["smaller"]],
        "mail": plain(values["mail"]),
    }  # fmt: skip
    return json.dumps(values).encode() + b"\n" + b"".join(data)


def _read(record: bytes) -> ConvertedImage:
    """Return what was written. A ValueError, TypeError or KeyError says that the record is broken."""
    head, _, data = record.partition(b"\n")
    image = json.loads(head)

    def file(value: dict[str, Any]) -> ImageFile:
        nonlocal data
        length = value["data"]
        if length > len(data):
            raise ValueError("the record is too short")
        own, data = data[:length], data[length:]
        return ImageFile(**(value | {"data": own}))

    original, smaller, mail = file(image["original"]), tuple(map(file, image["smaller"])), file(image["mail"])
    return ConvertedImage(**(image | {"original": original, "smaller": smaller, "mail": mail}))
