"""schemathesis over the OpenAPI description of the whole application: no 5xx, and no answer that is not described."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from publisher.content.aliases import TAKEN
from publisher.web import AbuseLimits
from subscribers import Keyring
from tests.house import LOOSE, House, open_house
from tests.long import some
from tests.readers import SECRET, WORDING

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
EXAMPLES = os.environ.get("OPENAPI_EXAMPLES", str(some(25)))


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house, close = open_house(
        f"sqlite:///{tmp_path}/x.db", tmp_path, AbuseLimits(LOOSE, answer_every=0, youngest_form=0)
    )
    yield house
    close()


def schemathesis(house: House, folder: Path, *options: str, config: str = "") -> None:
    (folder / "schemathesis.toml").write_text(config, encoding="utf-8")
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(folder / "schemathesis.toml"), "run"),
        *(f"{house.url}/openapi.json", "--checks", CHECKS, "--max-examples", EXAMPLES, "--no-color"),
        *("--phases", "examples,coverage,fuzzing", "--generation-database", "none", *options),
    ]
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    assert ran.returncode == 0, ran.stdout[-6000:] + ran.stderr[-2000:]


def test_no_old_address_of_an_issue_can_be_one_that_the_server_answers_itself(house: House) -> None:
    paths = requests.get(f"{house.url}/openapi.json", timeout=5).json()["paths"]
    assert {path.split("/")[1] for path in paths} | {"openapi.json"} <= TAKEN


def test_no_input_breaks_anything_and_every_answer_is_described(house: House, tmp_path: Path) -> None:
    schemathesis(house, tmp_path)
    assert requests.get(f"{house.url}/healthz", timeout=5).status_code == 200


@pytest.mark.parametrize("kind", ["confirm", "unsubscribe"])
def test_nor_does_any_input_behind_a_genuine_link(kind: str, house: House, tmp_path: Path) -> None:
    house.readers.editors.add("ada@example.com", source="test", wording=WORDING, now=house.clock.now())
    [reader] = house.readers.queries.find()
    keyring = Keyring(SECRET)
    token = keyring.unsubscribe(reader.subject_id)
    if kind != "unsubscribe":
        token = getattr(keyring, kind)(reader.subject_id, house.clock.now())
    page = kind if kind != "account" else "preferences"
    schemathesis(
        house, tmp_path, "--include-path-regex", f"^/{page}/", config=f'[parameters]\n"path.token" = "{token}"\n'
    )
