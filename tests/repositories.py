"""Git as editors use it, for tests: a clone of a bare remote in a folder."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

ENVIRONMENT = {
    "PATH": os.environ["PATH"], "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null", "LC_ALL": "C",
    "GIT_AUTHOR_NAME": "Robin", "GIT_AUTHOR_EMAIL": "robin@notes.example.com",
    "GIT_COMMITTER_NAME": "Robin", "GIT_COMMITTER_EMAIL": "robin@notes.example.com",
}  # fmt: skip


def git(folder: Path, *arguments: str, ok: bool = True) -> str:
    """Run git in a folder, and return what it wrote; with `ok=False`, whatever its exit code."""
    ran = subprocess.run(["git", *arguments], cwd=folder, env=ENVIRONMENT, capture_output=True, check=False)
    assert ran.returncode == 0 or not ok, (arguments, ran.stdout.decode(), ran.stderr.decode())
    return ran.stdout.decode("utf-8", "surrogateescape").strip()


class Clone:
    """One editor's clone."""

    def __init__(self, folder: Path, remote: Path) -> None:
        self.folder = folder
        git(remote.parent, "clone", "--quiet", str(remote), str(folder))

    def write(self, path: str, text: str) -> None:
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).write_text(text, "utf-8")

    def commit(self, message: str = "Work") -> str:
        git(self.folder, "add", "--all")
        git(self.folder, "commit", "--quiet", "--allow-empty", "--message", message)
        return git(self.folder, "rev-parse", "HEAD")

    def pull(self) -> bool:
        """Merge what the remote has; where that conflicts, give up, with everything as it was."""
        git(self.folder, "fetch", "--quiet", "origin")
        git(self.folder, "merge", "--quiet", "origin/main", ok=False)
        if merged := not git(self.folder, "ls-files", "--unmerged"):
            return merged
        git(self.folder, "merge", "--abort")
        return False

    def push(self) -> bool:
        """Push, and say whether the remote took it."""
        git(self.folder, "push", "--quiet", "origin", "main", ok=False)
        git(self.folder, "fetch", "--quiet", "origin")
        return git(self.folder, "rev-parse", "HEAD") == git(self.folder, "rev-parse", "origin/main")
