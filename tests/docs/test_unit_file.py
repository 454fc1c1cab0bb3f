"""The unit for systemd in deploy/ is one that systemd reads, and closes what the service does not need."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

from publisher.settings import SECRETS
from tests.docs.manual import ROOT

UNIT = (ROOT / "deploy" / "pressroom.service").read_text("utf-8")
DROP_IN = (ROOT / "deploy" / "pressroom.service.d" / "credentials.conf").read_text("utf-8")
LINES = [line.partition("=")[::2] for line in UNIT.splitlines() if "=" in line]
CREDENTIALS = [line.partition("=")[::2] for line in DROP_IN.splitlines() if "=" in line and not line.startswith("#")]


def test_the_service_may_write_only_what_it_has_to_and_gains_no_rights() -> None:
    given = dict(LINES)
    assert given["UMask"] == "0077"
    assert given["ProtectSystem"] == "strict"
    home = "/srv/newsletter"
    assert given["ReadWritePaths"] == f"{home}/content/issues -{home}/content/corrections {home}/var"
    assert given["CapabilityBoundingSet"] == ""
    for name in (
        "NoNewPrivileges",
        "PrivateTmp",
        "PrivateDevices",
        "ProtectHome",
        "RestrictSUIDSGID",
        "LockPersonality",
    ):
        assert given[name] == "yes", name
    assert {"MemoryHigh", "MemoryMax", "TasksMax"} <= set(given)


def test_a_sender_sees_whether_another_user_s_sender_still_lives() -> None:
    assert not {"ProtectProc", "ProcSubset", "PrivatePIDs"} & {name for name, _ in LINES}


def test_secrets_come_from_files_that_only_the_service_has() -> None:
    credentials = {value.partition(":")[0] for name, value in CREDENTIALS if name == "LoadCredential"}
    variables = dict(value.split("=%d/") for name, value in CREDENTIALS if name == "Environment")
    assert set(variables.values()) == credentials
    assert set(variables) <= {f"{name}_FILE" for name in SECRETS}
    assert set(variables) >= {"PRESSROOM_SECRET_KEY_FILE", "PRESSROOM_SMTP_URL_FILE"}


def test_systemd_reads_every_line(tmp_path: Path) -> None:
    """Where it is installed; elsewhere, that each line is a section, a comment or a setting."""
    assert all(re.fullmatch(r"|#.*|\[\w+\]|[A-Z]\w+=.*", line) for line in (UNIT + DROP_IN).splitlines())
    if analyze := shutil.which("systemd-analyze"):
        (tmp_path / "pressroom.service").write_text(re.sub("ExecStart=\\S+ run", "ExecStart=/bin/true", UNIT))
        (tmp_path / "pressroom.service.d").mkdir()
        (tmp_path / "pressroom.service.d" / "credentials.conf").write_text(DROP_IN)
        done = subprocess.run(
            [analyze, "verify", "./pressroom.service"], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, "")
