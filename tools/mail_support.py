"""Write publisher/render/preflight/mail_support.json: which mail program does not support what, from the npm package `caniemail`.

    tools/mail_support.py [VERSION]

Needs npm and its registry; runs no code of the package. What is asked about is in PROGRAMS below.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

VERSION = "2.0.2"
TARGET = Path(__file__).parents[1] / "publisher/render/preflight/mail_support.json"
PROGRAMS = {
    "Outlook (Windows)": ("outlook.windows",),
    "Gmail (web)": ("gmail.desktop-webmail",),
    "Gmail (app)": ("gmail.ios", "gmail.android"),
    "Apple Mail": ("apple-mail.macos", "apple-mail.ios"),
    "Yahoo (web)": ("yahoo.desktop-webmail",),
    "Yahoo (app)": ("yahoo.ios", "yahoo.android"),
    "Proton (web)": ("protonmail.desktop-webmail",),
    "Proton (app)": ("protonmail.ios", "protonmail.android"),
}
"""A program's name here, and its platforms in the data; of several, the one with the least support counts."""


def main(version: str) -> None:
    """Fetch the package and write what it says of our programs."""
    package = _package(version)
    data = json.loads(package.extractfile("package/data/caniemail.json").read())  # type: ignore[union-attr]
    features = {
        feature["slug"]: said
        for feature in sorted(data["data"], key=lambda one: one["slug"])
        if (said := _said(feature))
    }
    written = {
        "source": "https://www.caniemail.com", "package": f"npm caniemail {version}", "date": data["last_update_date"][:10],
        "license": "MIT, see mail_support.LICENSE", "programs": list(PROGRAMS),
    }  # fmt: skip
    head = json.dumps(written, indent=1, ensure_ascii=False).removesuffix("\n}")
    rows = ",\n".join(
        f"  {json.dumps(slug)}: {json.dumps(said, ensure_ascii=False)}" for slug, said in features.items()
    )
    TARGET.write_text(f'{head},\n "features": {{\n{rows}\n }}\n}}\n')
    sys.stderr.write(f"{TARGET.name}: {len(features)} features, as of {written['date']}\n")


def _package(version: str) -> tarfile.TarFile:
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            ["npm", "pack", "--silent", f"caniemail@{version}"], cwd=folder, check=True, stdout=subprocess.DEVNULL
        )
        (packed,) = Path(folder).glob("*.tgz")
        return tarfile.open(fileobj=io.BytesIO(packed.read_bytes()))


def _said(feature: dict[str, Any]) -> dict[str, Any]:
    """Return a feature's title, and the numbers of the programs without support ("no") or with some ("partly")."""
    letters = [_least(feature["stats"], platforms) for platforms in PROGRAMS.values()]
    no = [number for number, letter in enumerate(letters) if letter == "n"]
    partly = [number for number, letter in enumerate(letters) if letter == "a"]
    if not no and not partly:
        return {}
    return {"title": feature["title"].strip()} | ({"no": no} if no else {}) | ({"partly": partly} if partly else {})


def _least(stats: dict[str, Any], platforms: tuple[str, ...]) -> str:
    """Return y, a (partly) or n: the least that the latest version of any of the platforms supports; u if untested."""
    latest = []
    for platform in platforms:
        family, _, kind = platform.partition(".")
        versions = list(stats.get(family, {}).get(kind, {}).values())
        latest.append(versions[-1][0] if versions else "u")
    return min(latest, key="nayu".index)


if __name__ == "__main__":
    main(*(sys.argv[1:] or [VERSION]))
