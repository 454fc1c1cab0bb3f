"""Random histories of two editors, the service and a remote, with real git: no line is lost, and no commit is taken back."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from publisher.content import issue_file
from publisher.errors import UserError
from publisher.issue import IsoWeek
from tests.fleet import Fleet
from tests.long import LONG
from tests.repositories import Clone, git

STEPS = 14
HISTORIES = 200 if LONG else 2


class History:
    """One random history, and what was promised of it so far."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.random = random.Random(seed)
        self.fleet = Fleet(folder)
        self.editors = [self.fleet.editor("robin"), self.fleet.editor("sam")]
        sections = ("concepts", "architectures", "questions")
        self.starters = {
            plan: next(folder.glob(f"service/content/{plan}/first-*.md")).read_text("utf-8") for plan in sections
        }
        self.weeks = iter(range(49, 53))
        self.number = 0
        self.refs: dict[str, str] = {}
        self.pushed: set[str] = set()
        """Commits that the remote took from an editor."""
        self.wrote: set[str] = set()
        """Words that the service wrote."""
        self.edits: dict[str, str] = {}
        """Words that somebody wrote into the service's own folder and did not commit, and where."""

    def word(self) -> str:
        self.number += 1
        return f"w{self.number}x{self.random.randrange(10**12):012d}"

    # What editors do

    def files(self, clone: Clone) -> list[str]:
        return sorted(
            path
            for path in git(clone.folder, "ls-files", "content").splitlines()
            if path.endswith(".md") and (clone.folder / path).is_file()
        )

    def new(self, clone: Clone) -> None:
        plan, name = self.random.choice(list(self.starters)), self.word()
        words = " ".join(f"{name}n{number}" for number in range(400))  # else it says what another piece said
        head = f"---\ntitle: About {name}\nadded: 2026-11-2{self.random.randrange(9)}\n"
        text = re.sub(r"^(title|added):.*\n", "", self.starters[plan], flags=re.MULTILINE).replace("---\n", head, 1)
        clone.write(f"content/{plan}/{name}.md", f"{text}\n{words}\n")

    def edit(self, clone: Clone) -> None:
        path = clone.folder / self.random.choice(self.files(clone))
        path.write_text(f"{path.read_text('utf-8')}\n{self.word()}\n", "utf-8")

    def rename(self, clone: Clone) -> None:
        path = self.random.choice(self.files(clone))
        if "/issues/" not in path:
            git(clone.folder, "mv", path, str(Path(path).with_name(f"{self.word()}.md")))

    def delete(self, clone: Clone) -> None:
        (clone.folder / self.random.choice(self.files(clone))).unlink()

    def damage(self, clone: Clone) -> None:
        match self.random.randrange(4):
            case 0:
                clone.write(f"content/pages/{self.word()}.md", "No front matter.\n")
            case 1:
                clone.write(".env", "PRESSROOM_SECRET_KEY=mine\n")
                git(clone.folder, "add", "--force", ".env")
            case 2:
                (clone.folder / "content/pages").mkdir(exist_ok=True)
                (clone.folder / f"content/pages/{self.word()}.md").symlink_to("/etc/passwd")
            case 3:
                clone.write("content/publication.toml", "name = 3\n")

    def undo(self, clone: Clone) -> None:
        """Take the content that the service has, with what it says and all."""
        git(clone.folder, "fetch", "--quiet", str(self.fleet.service), "main")
        git(clone.folder, "read-tree", "-u", "--reset", "FETCH_HEAD")

    def merge_kept(self, clone: Clone) -> None:
        """Do as the editors are told in a conflict, and keep both sides of every line."""
        clone.commit()
        git(clone.folder, "fetch", "--quiet", "origin")
        for ref in git(clone.folder, "for-each-ref", "--format=%(refname)", "refs/remotes/origin").splitlines():
            if not ref.endswith("/HEAD"):
                git(clone.folder, "merge", "--quiet", ref, ok=False)
                for path in git(clone.folder, "ls-files", "--unmerged", "-z").split("\0"):
                    if path:
                        self.keep_both(clone, path.partition("\t")[2])
                clone.commit("Merge")

    def keep_both(self, clone: Clone, path: str) -> None:
        at = clone.folder / path
        if at.is_file() and not at.is_symlink():
            at.write_text(
                re.sub(r"^(<<<<<<<|=======|>>>>>>>|\|\|\|\|\|\|\|).*\n", "", at.read_text(), flags=re.MULTILINE)
            )
        git(clone.folder, "add", "--force", "--", path, ok=False)

    def push(self, clone: Clone) -> None:
        head = clone.commit()
        if clone.push() or (clone.pull() and clone.push()):
            self.pushed |= {head, git(clone.folder, "rev-parse", "HEAD")}

    def editor_works(self) -> None:
        clone = self.random.choice(self.editors)
        works = [self.new, self.edit, self.edit, self.rename, self.delete, self.damage, self.undo, self.merge_kept]
        for work in self.random.choices(works, weights=[6, 6, 6, 2, 1, 2, 3, 3], k=self.random.randrange(1, 4)):
            work(clone)
        if self.random.random() < 0.8:
            self.push(clone)

    # What the service does

    def service_works(self) -> None:
        fleet = self.fleet
        act = fleet.app.act()
        open_issues = [issue for issue in act.content.issues if not issue.published]
        try:
            match self.random.randrange(3):
                case 0:
                    week = IsoWeek.parse(f"2026-W{next(self.weeks, 52)}")
                    number = fleet.assemble(str(week))
                    self.wrote.add(f"week: {week}")
                    assert number
                case 1 if open_issues:
                    issue = self.random.choice(open_issues)
                    words = self.word()
                    act.write_issue(issue.number, f"{issue.source.decode()}\n{words}\n", expected=issue.source)
                    self.wrote.add(words)
                case 2 if open_issues:
                    issue = self.random.choice(open_issues)
                    text = issue_file.with_field(issue.path, issue.source, "published", issue.date)
                    act.write_issue(issue.number, text, expected=issue.source)
                    self.wrote.add(f"published: {issue.date}")
        except UserError:
            pass  # no piece is ready for that week

    def tick(self) -> None:
        self.fleet.tick(self.service_works)

    def tick_while_an_editor_pushes(self) -> None:
        clone = self.random.choice(self.editors)

        def both() -> None:
            self.service_works()
            self.edit(clone)
            self.push(clone)

        self.fleet.tick(both)

    def tick_without_the_remote(self) -> None:
        away = self.fleet.remote.with_name("away.git")
        self.fleet.remote.rename(away)
        self.tick()
        away.rename(self.fleet.remote)

    def edit_in_the_service(self) -> None:
        path = self.random.choice(
            git(self.fleet.service, "ls-files", "content/pages", "content/issues/*.md").splitlines()
        )
        at = self.fleet.service / path
        words = self.word()
        if at.exists():
            at.write_text(f"{at.read_text('utf-8')}\n{words}\n", "utf-8")
            self.edits[words] = path

    def restart(self) -> None:
        self.fleet.round.close()
        self.fleet.start()

    # What has to hold

    def hold(self) -> None:
        found = git(self.fleet.remote, "for-each-ref", "--format=%(refname) %(objectname)").splitlines()
        refs = dict(row.split() for row in found)
        rows = git(self.fleet.remote, "rev-list", "--all", "--parents").splitlines()
        parents = {row.split()[0]: row.split()[1:] for row in rows}
        for name, commit in self.refs.items():
            assert name in refs, f"{name} is gone"
            assert commit in history_of(refs[name], parents), f"{name} was taken back"
        self.refs = refs
        assert self.pushed <= parents.keys(), "a commit of an editor's was lost"
        for words, path in self.edits.items():
            there = (self.fleet.service / path).exists() and words in self.fleet.read(path)
            assert there or self.fleet.has(words), f"{words} was lost from {path}"

    def end(self) -> None:
        """Let an editor bring everything together; then the service has it, and the remote has all that it wrote."""
        for words, path in self.edits.items():
            if (self.fleet.service / path).exists() and words in self.fleet.read(path):
                git(self.fleet.service, "commit", "--quiet", "--message", "Edited here", "--", path, ok=False)
        for _ in range(2):
            self.fleet.clock.advance(1200)
            self.fleet.tick()
        everything = git(self.fleet.remote, "log", "--all", "-m", "--patch", "--format=", "--text")
        for words in self.wrote:
            assert f"+{words}" in everything, f"{words} was lost"
        clone = self.fleet.editor("healer")
        self.merge_kept(clone)
        self.undo(clone)
        clone.commit("Bring it together")
        assert clone.push()
        self.fleet.tick()
        head = git(clone.folder, "rev-parse", "HEAD")
        assert git(self.fleet.service, "rev-parse", "HEAD") == head
        assert git(self.fleet.service, "status", "--porcelain") == ""
        assert self.fleet.errors() == []


def history_of(tip: str, parents: dict[str, list[str]]) -> set[str]:
    found, to_see = set(), [tip]
    while to_see:
        if (commit := to_see.pop()) not in found:
            found.add(commit)
            to_see += parents[commit]
    return found


@pytest.mark.parametrize("seed", range(HISTORIES))
def test_no_history_loses_a_line_or_breaks_the_services_content(tmp_path: Path, seed: int) -> None:
    history = History(tmp_path, seed)
    works = [
        history.editor_works, history.tick, history.tick_while_an_editor_pushes, history.tick_without_the_remote,
        history.edit_in_the_service, history.restart,
    ]  # fmt: skip
    for work in history.random.choices(works, weights=[8, 5, 3, 1, 1, 1], k=STEPS):
        work()
        history.hold()
        if work not in (history.editor_works, history.edit_in_the_service):
            assert history.fleet.errors() == []
    history.end()
    history.fleet.round.close()
