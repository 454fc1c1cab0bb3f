"""What can go wrong in the publisher, split by what the caller does about it.

PressroomError
├── UserError            a person fixes the input, then runs the verb again (exit code 1)
│   ├── ContentError         Markdown, front matter or a template; carries every problem found
│   │   └── NothingToDraft       too few past issues for a drafted section
│   ├── ConfigurationError   publication.toml or the environment
│   │   └── SettingsError    the environment; carries every problem found
│   └── DamagedBackup        what should be restored is no whole backup
├── OutsideError             something outside failed; the same call may work later (exit code 3)
│   ├── TransportUnavailable
│   │   └── IdleConnectionLost
│   ├── MailRefused          the server refuses all our mail, or the message as it is; a person should look
│   ├── NameServerSilent    no name server answers
│   ├── GitFailed            git, or the remote, or what a person left half done in the repository
│   ├── ModelUnavailable     no model's endpoint gave an answer
│   └── WriterUnavailable    the model; drafting falls back instead of raising further
└── Refused                  not approved, already sent, outside its window (exit code 4)
    ├── AlreadyOut               the issue is being sent or was sent
    ├── ToolRefused              an assistant asked a tool for what it does not do, or proposed what does not hold
    │   └── ToolConflict             its key was used for something else, or content changed since it looked
    └── LinkRefused              an editor's link to approve cannot be used
        ├── ForgedLink               altered, cut off, for another publication, or signed with a secret that is no longer known
        ├── ExpiredLink              genuine, but its time is over
        ├── FormerEditor             genuine, but made for somebody who is not an editor any more
        └── ChangedSince             genuine, but the issue is not what that proof showed

Errors from below have trees of their own, which are not repeated here: DatabaseMisconfigured (exit code 1),
DatabaseUnavailable (exit code 3) and DatabaseBroken (a bug of ours) from `subscribers.database`, and SubscribersError.

They carry data and know neither HTTP nor the command line; the entry points translate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Severity(StrEnum):
    """How much a problem weighs: an error blocks the next stage, a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that a person should fix, and how.

    `line` counts from 1; None when the problem concerns the whole file. `path` is shown as given.
    """

    path: Path
    line: int | None
    what: str
    fix: str
    severity: Severity = Severity.ERROR
    rule: str = "content"

    def __str__(self) -> str:
        where = f"{self.path}:{self.line}" if self.line else str(self.path)
        return f"{where}: {self.what}; {self.fix}"


class PressroomError(Exception):
    """Base of everything that the publisher raises on purpose."""


class UserError(PressroomError):
    """The input needs fixing by a person."""


class ContentError(UserError):
    """Content has problems; `problems` has all that were found in this run."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __reduce__(self) -> tuple[type[ContentError], tuple[tuple[Problem, ...]]]:
        """Let a worker raise it: it is made again of its problems, not of its words."""
        return type(self), (self.problems,)


class NothingToDraft(ContentError):
    """No writer had enough sentences for a drafted section: there are too few past issues."""


class ConfigurationError(UserError):
    """publication.toml or the environment says something that cannot work."""


class SettingsError(ConfigurationError):
    """Settings are wrong; `problems` has all that were found in this run."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class DamagedBackup(UserError):
    """What should be restored is not a backup, is damaged, or was made by a newer release."""


class OutsideError(PressroomError):
    """Something outside failed and may be tried again."""


class TransportUnavailable(OutsideError):
    """No connection to the mail server could be made or kept."""


class IdleConnectionLost(TransportUnavailable):
    """A connection that had carried a message was lost before the next one began."""


class MailRefused(OutsideError):
    """The mail server refuses what we send, whoever the recipient is.

    `words` are the server's, and `after` is how many seconds it wants us to wait; 0 if it does not say.
    """

    def __init__(self, words: str, after: float = 0.0) -> None:
        self.words = words
        self.after = after
        super().__init__(
            f"the mail server refuses what we send, whoever it is for: «{words}»; no delivery was given up, and the rest waits"
        )


class MailUnanswered(MailRefused):
    """The mail server takes messages whole and then says nothing of them; `words` are why that is so."""

    def __str__(self) -> str:
        return (
            f"the mail server answered to none of the last messages («{self.words}»), so they are in doubt; the rest waits. "
            "Look into the server's log whether it took them, then: pressroom settle"
        )


class NameServerSilent(OutsideError):
    """No name server answers, so that nobody knows what it has."""


class GitFailed(OutsideError):
    """The git program failed, was too slow, or found the repository in a state that a person has to end."""


class ModelUnavailable(OutsideError):
    """No endpoint gave an answer. `tokens` is what that cost; `too_long` means that a shorter request may have one."""

    def __init__(self, reason: str, *, tokens: int = 0, too_long: bool = False) -> None:
        self.tokens = tokens
        self.too_long = too_long
        super().__init__(reason)


class WriterUnavailable(OutsideError):
    """The model endpoint failed, was too slow, or sent something that is not a draft; `tokens` is what that cost."""

    def __init__(self, reason: str, *, tokens: int = 0) -> None:
        self.tokens = tokens
        super().__init__(reason)


class Refused(PressroomError):
    """Well-formed, but not allowed now: not approved, already sent, outside its window."""


class AlreadyOut(Refused):
    """The issue is being sent or was sent, so nothing about it can be decided any more."""


class ToolRefused(Refused):
    """An assistant asked a tool for what it does not do, or proposed what does not hold; it is told why."""


class ToolConflict(ToolRefused):
    """The key was used for something else, or content changed since the assistant looked."""


class LinkRefused(Refused):
    """An editor's link to approve cannot be used. No error carries the link."""


class ForgedLink(LinkRefused):
    """The link was altered or cut off, or we did not make it."""


class ExpiredLink(LinkRefused):
    """The link's time is over."""


class FormerEditor(LinkRefused):
    """The link was made for somebody who is not an editor any more."""


class ChangedSince(LinkRefused):
    """The issue is not what the link's proof showed."""
