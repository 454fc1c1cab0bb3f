"""Writes a CycloneDX bill of materials, as JSON, of what a lock file installs: tools/sbom.py requirements.lock > FILE.

A package that the lock file names in two versions, for two versions of Python, is listed twice, each with its marker.
The hashes are those of the files that pip accepts. The same lock file gives the same bytes.
"""

from __future__ import annotations

import json
import re
import sys
import uuid
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_REQUIREMENT = re.compile(r"(?P<name>[a-z0-9-]+)==(?P<version>[^\s;]+)(?: ; (?P<marker>[^\\\n]*?))?(?: \\)?")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def components(lock: str) -> list[dict[str, object]]:
    """Return a CycloneDX component for each requirement. Raises ValueError for a line that is not understood."""
    found: list[dict[str, object]] = []
    for entry in lock.replace(" \\\n    --hash", " --hash").splitlines():
        requirement, *hashes = entry.split(" --hash")
        match = _REQUIREMENT.fullmatch(requirement)
        if not match or not hashes:
            raise ValueError(f"not a requirement with hashes: {entry[:80]}")
        name, version, marker = match["name"], match["version"], match["marker"]
        reference = f"pkg:pypi/{name}@{version}"
        component: dict[str, object] = {
            "type": "library", "bom-ref": reference, "name": name, "version": version, "purl": reference,
            "hashes": [{"alg": "SHA-256", "content": digest} for digest in _HASH.findall(entry)],
        }  # fmt: skip
        if marker:
            component["properties"] = [{"name": "pressroom:marker", "value": marker}]
        found.append(component)
    return found


def bill(lock: str) -> dict[str, object]:
    """Return the whole document."""
    source = (ROOT / "publisher" / "__init__.py").read_text(encoding="utf-8")
    version = re.findall(r'^__version__ = "(.+)"$', source, re.MULTILINE)[0]
    subject = f"pkg:pypi/pressroom@{version}"
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, subject + lock)}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application", "bom-ref": subject, "name": "pressroom", "version": version, "purl": subject,
                "licenses": [{"license": {"id": "MIT"}}],
            }
        },
        "components": components(lock),
    }  # fmt: skip


if __name__ == "__main__":
    sys.stdout.write(json.dumps(bill(Path(sys.argv[1]).read_text(encoding="utf-8")), indent=2) + "\n")
