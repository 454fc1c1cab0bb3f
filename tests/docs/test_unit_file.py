"""The unit for systemd in deploy/ is one that systemd reads, and closes what the service does not need."""

from __future__ import annotations

import inspect
import re
import shutil
import subprocess
from pathlib import Path

from publisher.cli.worker import worker as cli_worker
from publisher.settings import SECRETS
from publisher.worker import LAST_SECONDS
from tests.docs.manual import ROOT

UNIT = (ROOT / "deploy" / "pressroom.service").read_text("utf-8")
WORKER = (ROOT / "deploy" / "pressroom-worker@.service").read_text("utf-8")
DROP_INS = {path.name: path.read_text("utf-8") for path in (ROOT / "deploy" / "pressroom.service.d").iterdir()}
DROP_IN = DROP_INS["credentials.conf"]
LINES = [line.partition("=")[::2] for line in UNIT.splitlines() if "=" in line]
CREDENTIALS = [line.partition("=")[::2] for line in DROP_IN.splitlines() if "=" in line and not line.startswith("#")]


def test_the_service_may_write_only_what_it_has_to_and_gains_no_rights() -> None:
    given = dict(LINES)
    assert given["UMask"] == "0077"
    assert given["ProtectSystem"] == "strict"
    assert given["ReadWritePaths"] == given["WorkingDirectory"] == "/srv/newsletter"
    assert given["ReadOnlyPaths"] == "-/srv/newsletter/.env"
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


def test_a_worker_is_closed_as_the_service_is_and_writes_nothing_at_all() -> None:
    service, worker = dict(LINES), dict(line.partition("=")[::2] for line in WORKER.splitlines() if "=" in line)
    assert "ReadWritePaths" not in worker
    assert worker["ReadOnlyPaths"] == worker["WorkingDirectory"]
    assert worker["ExecStart"] == service["ExecStart"].replace(" run", " worker")
    assert int(worker["TimeoutStopSec"]) > inspect.signature(cli_worker).parameters["grace"].default + LAST_SECONDS
    own = {"Description", "ExecStart", "ReadOnlyPaths", "MemoryHigh", "MemoryMax", "TasksMax"}
    runs_only = {"Type", "WatchdogSec", "ReadWritePaths"}
    assert {key: said for key, said in worker.items() if key not in own} == {
        key: said for key, said in service.items() if key not in own | runs_only
    }


def test_a_sender_sees_whether_another_user_s_sender_still_lives() -> None:
    lines = [*LINES, *(line.partition("=")[::2] for line in WORKER.splitlines())]
    assert not {"ProtectProc", "ProcSubset", "PrivatePIDs"} & {name for name, *_ in lines}


def test_secrets_come_from_files_that_only_the_service_has() -> None:
    credentials = {value.partition(":")[0] for name, value in CREDENTIALS if name == "LoadCredential"}
    variables = dict(value.split("=%d/") for name, value in CREDENTIALS if name == "Environment")
    assert set(variables.values()) == credentials
    assert set(variables) <= {f"{name}_FILE" for name in SECRETS}
    assert set(variables) >= {"PRESSROOM_SECRET_KEY_FILE", "PRESSROOM_SMTP_URL_FILE"}


def test_git_gets_its_key_from_a_file_that_only_the_service_has() -> None:
    text = DROP_INS["git.conf"]
    (key,) = re.findall(r"^LoadCredential=(\w+):", text, re.MULTILINE)
    assert f"ssh -i %d/{key} " in text
    page = (ROOT / "docs" / "git.md").read_text("utf-8")
    assert all(name in page for name in re.findall(r"/etc/pressroom/\w+", text))


def test_systemd_reads_every_line(tmp_path: Path) -> None:
    """Where it is installed; elsewhere, that each line is a section, a comment or a setting."""
    assert all(
        re.fullmatch(r"|#.*|\[\w+\]|[A-Z]\w+=.*", line)
        for line in (UNIT + WORKER + "".join(DROP_INS.values())).splitlines()
    )
    if analyze := shutil.which("systemd-analyze"):
        (tmp_path / "pressroom.service").write_text(re.sub("ExecStart=\\S+ run", "ExecStart=/bin/true", UNIT))
        (tmp_path / "pressroom.service.d").mkdir()
        for name, text in DROP_INS.items():
            (tmp_path / "pressroom.service.d" / name).write_text(text)
        done = subprocess.run(
            [analyze, "verify", "./pressroom.service"], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, "")


def test_systemd_reads_the_worker_s_template(tmp_path: Path) -> None:
    if analyze := shutil.which("systemd-analyze"):
        unit = tmp_path / "pressroom-worker@.service"
        unit.write_text(re.sub("ExecStart=\\S+ worker", "ExecStart=/bin/true", WORKER))
        done = subprocess.run(
            [analyze, "verify", "./pressroom-worker@1.service"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
    page = (ROOT / "docs" / "workers.md").read_text("utf-8")
    assert all(setting in page for setting in ("TimeoutStopSec=120", "Restart=always", "MemoryMax=256M"))
