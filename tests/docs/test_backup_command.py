"""The backup that docs/operating.md describes works every day, not only on the first."""

from __future__ import annotations

import re
import sqlite3
import subprocess
from pathlib import Path

from tests.docs.manual import ROOT, commands


def test_the_backup_is_replaced_as_often_as_it_is_made_and_is_closed_to_others(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "operating.md").read_text("utf-8")
    (backup,) = [one.text for one in commands(text) if re.search(r"sqlite3\.connect\('var/pressroom\.db'\)", one.text)]
    (tmp_path / "var").mkdir()
    with sqlite3.connect(tmp_path / "var/pressroom.db") as source:
        source.execute("PRAGMA journal_mode=WAL")
        source.execute("CREATE TABLE day (number INTEGER)")
    for day in range(3):
        with source:
            source.execute("INSERT INTO day VALUES (?)", (day,))
        subprocess.run(["sh", "-c", backup], cwd=tmp_path, check=True)
        with sqlite3.connect(tmp_path / "var/backup.db") as copy:
            assert copy.execute("SELECT count(*) FROM day").fetchone() == (day + 1,)
        copy.close()
    source.close()
    assert (tmp_path / "var/backup.db").stat().st_mode & 0o777 == 0o600
