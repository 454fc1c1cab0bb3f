"""The bill of materials lists everything that the lock file installs, and nothing else."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import publisher

ROOT = Path(__file__).parents[2]
LOCK = (ROOT / "requirements.lock").read_text("utf-8")


def sbom() -> str:
    command = [sys.executable, str(ROOT / "tools" / "sbom.py"), str(ROOT / "requirements.lock")]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_every_locked_package_is_listed_with_its_version_and_hashes() -> None:
    bill = json.loads(sbom())
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    assert bill["metadata"]["component"]["version"] == publisher.__version__
    locked = re.findall(r"^([a-z0-9-]+)==(\S+)", LOCK, re.MULTILINE)
    assert [(one["name"], one["version"]) for one in bill["components"]] == locked
    assert {one["purl"] for one in bill["components"]} == {f"pkg:pypi/{name}@{version}" for name, version in locked}
    hashes = [digest["content"] for one in bill["components"] for digest in one["hashes"]]
    assert hashes == re.findall(r"sha256:(\S+)", LOCK)
    markers = [one["properties"][0]["value"] for one in bill["components"] if "properties" in one]
    assert markers == re.findall(r" ; (.*?) \\$", LOCK, re.MULTILINE)


def test_references_are_unique_as_the_format_asks() -> None:
    references = [one["bom-ref"] for one in json.loads(sbom())["components"]]
    assert len(set(references)) == len(references)


def test_the_same_lock_file_gives_the_same_bill() -> None:
    assert sbom() == sbom()


def test_a_line_that_is_not_understood_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "odd.lock").write_text("requests>=2\n")
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "sbom.py"), str(tmp_path / "odd.lock")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode != 0
    assert "not a requirement with hashes: requests>=2" in done.stderr
    assert done.stdout == ""
