"""Write publisher/content/emoji.json: the emoji of each `:name:` on GitHub, from the npm package `gemoji`.

    tools/emoji_names.py [VERSION]

Needs npm and its registry; runs no code of the package.
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

VERSION = "8.1.0"
TARGET = Path(__file__).parents[1] / "publisher/content/emoji.json"
_ENTRY = re.compile(r"emoji: ('(?:[^'\\]|\\.)*'),\s+names: (\[[^\]]*\])", re.DOTALL)


def main(version: str) -> None:
    """Fetch the package and write its names."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            ["npm", "pack", "--silent", f"gemoji@{version}"], cwd=folder, check=True, stdout=subprocess.DEVNULL
        )
        (packed,) = Path(folder).glob("*.tgz")
        with tarfile.open(packed) as package:
            source, license_text = (
                package.extractfile(f"package/{name}").read().decode()  # type: ignore[union-attr]
                for name in ("index.js", "license")
            )
    names = {
        name: ast.literal_eval(emoji) for emoji, found in _ENTRY.findall(source) for name in ast.literal_eval(found)
    }
    rows = ",\n".join(f"{json.dumps(name)}: {json.dumps(names[name], ensure_ascii=False)}" for name in sorted(names))
    TARGET.write_text(f"{{\n{rows}\n}}\n")
    TARGET.with_suffix(".LICENSE").write_text(
        f"emoji.json is made from npm gemoji {version} by tools/emoji_names.py.\n\n{license_text}"
    )
    sys.stderr.write(f"{TARGET.name}: {len(names)} names\n")


if __name__ == "__main__":
    main(*(sys.argv[1:] or [VERSION]))
