"""A private folder is gone with the process that made it, at the latest when the next is made, and never before."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

from publisher.adapters import private_folder as adapter
from publisher.adapters.private_folder import private_folder

WAITS = """
import sys
from pathlib import Path
from publisher.adapters.private_folder import private_folder
with private_folder(Path(sys.argv[1])) as folder:
    (folder / "secret").write_text("of a reader")
    print(folder, flush=True)
    sys.stdin.read()
"""


def test_the_next_folder_takes_away_what_a_killed_process_left_and_nothing_else(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / ".pressroom.link").symlink_to(elsewhere)
    (tmp_path / ".pressroom.file").touch()
    (tmp_path / ".other").mkdir()
    command = [sys.executable, "-c", WAITS, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        left = Path(process.stdout.readline().strip())
        assert left.stat().st_mode & 0o077 == 0
        with private_folder(tmp_path) as mine:
            assert (left / "secret").exists(), "whoever made it lives"
        process.kill()
        process.wait()
        assert left.exists()
        with private_folder(tmp_path) as mine:
            assert not left.exists()
            assert mine.is_dir()
    assert {path.name for path in tmp_path.iterdir()} == {".other", ".pressroom.file", ".pressroom.link", "elsewhere"}


def test_a_folder_that_another_clears_before_it_is_locked_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock, cleared = fcntl.flock, list[int]()

    def clear_first(handle: int, how: int) -> None:
        if not cleared:
            cleared.append(handle)
            (found,) = tmp_path.iterdir()
            found.rmdir()
        lock(handle, how)

    monkeypatch.setattr(adapter.fcntl, "flock", clear_first)
    with private_folder(tmp_path) as folder:
        assert folder.is_dir()
    assert cleared
    assert not list(tmp_path.iterdir())


def test_nothing_is_cleared_where_there_are_no_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(_handle: int, _how: int) -> None:
        raise OSError(os.strerror(95))

    (tmp_path / ".pressroom.of-another-machine").mkdir()
    monkeypatch.setattr(adapter.fcntl, "flock", none)
    with private_folder(tmp_path) as folder:
        assert folder.is_dir()
    assert [path.name for path in tmp_path.iterdir()] == [".pressroom.of-another-machine"]
