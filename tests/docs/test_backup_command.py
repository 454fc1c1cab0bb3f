"""The backup that docs/operating.md describes works every day, not only on the first."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from tests.docs.manual import ROOT, commands
from tests.e2e.command import pressroom
from tests.publication import variables

KEY = {"PRESSROOM_SECRET_KEY": variables("")["PRESSROOM_SECRET_KEY"]}


def test_the_backup_is_replaced_as_often_as_it_is_made_and_is_closed_to_others(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "operating.md").read_text("utf-8")
    (backup,) = [one.text for one in commands(text) if re.match("pressroom backup", one.text)]
    _, *words = shlex.split(backup)
    (tmp_path / "content").mkdir()
    (tmp_path / "content" / "publication.toml").touch()
    (tmp_path / "var").mkdir()
    for day in range(2):
        pressroom("subscribers", "suppress", f"day{day}@example.com", "--reason", "removed", cwd=tmp_path, env=KEY)
        made = pressroom(*words, "--json", cwd=tmp_path, env=KEY)
        assert made.json["rows"]["suppression"] == day + 1, made.talk
        (file,) = (tmp_path / "var").glob("*.zip")
        assert file.stat().st_mode & 0o777 == 0o600
