"""What follows from mail that came back: a table of ours, whatever a server or a library calls permanent (pure)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from publisher.returned.recognise import Failure, Finding, Nature


class Effect(StrEnum):
    """What a decision does to the reader."""

    HARD = "hard"
    """Suppressed as bounced, at once."""
    SOFT = "soft"
    """Weighed with others of its kind (subscribers/bounces.py)."""
    COMPLAINT = "complaint"
    """Suppressed as complained, at once; the editors are told."""
    NOTHING = "nothing"
    """Kept on record, and that is all."""


class Cause(StrEnum):
    """Why mail came back, in the words that editors read."""

    NO_MAILBOX = "no such mailbox"
    DISABLED = "mailbox switched off"
    UNREACHABLE = "domain not reached"
    UNCLEAR = "no reason given"
    COMPLAINT = "reported as spam"
    FULL = "mailbox full"
    BLOCKED = "blocked"
    SPAM = "taken for spam"
    GREYLISTED = "greylisted"
    TOO_BIG = "message too big"
    OURS = "fault of the message or of us"
    DELAYED = "delayed"
    ARRIVED = "arrived"
    FEEDBACK = "other report"
    AUTOMATIC = "automatic reply"
    CHALLENGE = "challenge"
    UNRELATED = "not a report"


POLICY: dict[Cause, Effect] = {
    Cause.NO_MAILBOX: Effect.HARD,
    Cause.DISABLED: Effect.SOFT,
    Cause.UNREACHABLE: Effect.SOFT,
    Cause.UNCLEAR: Effect.SOFT,
    Cause.COMPLAINT: Effect.COMPLAINT,
    Cause.FULL: Effect.NOTHING,
    Cause.BLOCKED: Effect.NOTHING,
    Cause.SPAM: Effect.NOTHING,
    Cause.GREYLISTED: Effect.NOTHING,
    Cause.TOO_BIG: Effect.NOTHING,
    Cause.OURS: Effect.NOTHING,
    Cause.DELAYED: Effect.NOTHING,
    Cause.ARRIVED: Effect.NOTHING,
    Cause.FEEDBACK: Effect.NOTHING,
    Cause.AUTOMATIC: Effect.NOTHING,
    Cause.CHALLENGE: Effect.NOTHING,
    Cause.UNRELATED: Effect.NOTHING,
}

ABOUT_US = (Cause.BLOCKED, Cause.SPAM)
"""Causes of which a wave says that we are refused, and not that readers are gone."""

_NATURES = {
    Nature.DELAYED: Cause.DELAYED,
    Nature.ARRIVED: Cause.ARRIVED,
    Nature.COMPLAINT: Cause.COMPLAINT,
    Nature.FEEDBACK: Cause.FEEDBACK,
    Nature.AUTOMATIC: Cause.AUTOMATIC,
    Nature.CHALLENGE: Cause.CHALLENGE,
    Nature.UNRELATED: Cause.UNRELATED,
}

# RFC 3463 and the IANA registry of enhanced status codes: (subject, detail), or the subject alone.
_CODES: dict[tuple[int, int] | int, Cause] = {
    (1, 1): Cause.NO_MAILBOX,
    (1, 3): Cause.NO_MAILBOX,
    (1, 6): Cause.NO_MAILBOX,
    (1, 10): Cause.NO_MAILBOX,
    (1, 2): Cause.UNREACHABLE,
    (1, 7): Cause.OURS,
    (1, 8): Cause.OURS,
    (2, 1): Cause.DISABLED,
    (2, 2): Cause.FULL,
    (2, 3): Cause.TOO_BIG,
    (3, 4): Cause.TOO_BIG,
    (4, 5): Cause.OURS,
    1: Cause.UNCLEAR,
    2: Cause.UNCLEAR,
    3: Cause.OURS,
    4: Cause.UNREACHABLE,
    5: Cause.OURS,
    6: Cause.OURS,
    7: Cause.BLOCKED,
}
_UNSPECIFIC = {(0, 0), (1, 0), (2, 0), (3, 0), (4, 0), (5, 0)}
"""Codes that leave it to the words."""

_NOT_GONE: tuple[tuple[Cause, re.Pattern[str]], ...] = (
    (Cause.GREYLISTED, re.compile(r"grey-?list|gray-?list", re.IGNORECASE)),
    (Cause.SPAM, re.compile(
        r"\bspam\b(?!haus)|\bjunk\b|\bvirus\b|unsolicited|content (?:was |is )?(?:rejected|filtered)|message (?:content )?rejected"
        r"|looks like|suspicious|\bbulk\b|phish", re.IGNORECASE)),
    (Cause.FULL, re.compile(
        r"(?:mail ?box|inbox|account|user|storage|disk)\b[^.;]{0,40}\b(?:is |was |over |exceed\w*)*\s?(?:full|quota|allocation)\b"
        r"|over ?quota|quota violation|quota (?:has been |is )?exceed|exceed\w* (?:the |its |his |their )?(?:\w+ )?(?:quota|storage|disk space|allocation)"
        r"|insufficient (?:system )?(?:storage|disk)|mailfolder is full|not enough (?:storage|space)|space not enough|too many messages",
        re.IGNORECASE)),
    (Cause.BLOCKED, re.compile(
        r"block(?:ed|list)|not accepting mail from|black ?-?list|\brbl\b|dnsbl|spamhaus|spamcop|barracuda|reputation|poor|\bpolic(?:y|ies)\b|not authori[sz]ed"
        r"|access denied|denied access|relay(?:ing)? (?:access )?(?:is )?(?:denied|not permitted|not allowed)|unable to relay"
        r"|does not accept mail from|\bspf\b|\bdkim\b|\bdmarc\b|refused (?:your|to accept)|administrative(?:ly)? prohibit",
        re.IGNORECASE)),
    (Cause.OURS, re.compile(r"too many hops|mail loop|looping", re.IGNORECASE)),
    (Cause.TOO_BIG, re.compile(r"(?:message|size|mail)\b[^.;]{0,30}(?:too (?:big|large)|exceeds (?:the )?(?:size|maximum|fixed))|maximum (?:incoming )?message size", re.IGNORECASE)),
)  # fmt: skip
"""Words that say that the mailbox may well be there, whatever code is beside them."""
_GONE: tuple[tuple[Cause, re.Pattern[str]], ...] = (
    (Cause.DISABLED, re.compile(
        r"\b(?:mailbox|account|user|address|recipient)\b[^.;]{0,40}\b(?:disabled|inactive|suspended|deactivated|locked|closed|discontinued|expired|terminated)\b"
        r"|\b(?:disabled|inactive|suspended|deactivated) (?:mailbox|account|user|address)", re.IGNORECASE)),
    (Cause.UNREACHABLE, re.compile(
        r"host (?:or domain name )?(?:unknown|not found)|domain (?:name )?(?:does not exist|not found|unknown)|unknown (?:host|domain)|no route|timed? ?out"
        r"|connection refused|could not connect|unreachable|not reachable|name server|lookup failed|unrouteable mail domain"
        r"|hasn'?t been able|wasn'?t able to (?:establish|connect)|no mail ?hosts|can'?t find any host",
        re.IGNORECASE)),
    (Cause.NO_MAILBOX, re.compile(
        r"\b(?:no such|unknown|invalid|nonexist[ae]nt|non-existent|unrouteable|not a (?:known|valid)|bad|illegal) "
        r"(?:local |virtual |e-?mail |mail ?)*(?:user|recipient|mail ?box|address|account|alias|name|person|customer)\b"
        r"|\b(?:user|recipient|addressee|mail ?box|e-?mail|address|account|name|alias)\b(?:[^.;]|\.(?=\S)){0,80}?\b(?:unknown|not (?:be )?(?:found|known|exist\w*|valid|listed|recogni[sz]ed)"
        r"|is(?:n't| not) (?:a )?(?:valid|known|listed)|does ?n[o']t exist|does not exist|doesn't exist|no longer (?:exists|valid|available|active|in use|works)|unrouteable|invalid)\b"
        r"|\bno (?:such )?(?:mailbox|user|account|address|recipient)\b"
        r"|doesn'?t have an? \S+ account|no (?:mail ?box|account) here|not our customer|\bunknown to (?:this|our)|invalid final delivery userid|not a valid user"
        r"|n['’]existe pas|existiert nicht|no existe|unbekannte[rn]? (?:empf|benutz|adress)|isn't (?:listed|known)",
        re.IGNORECASE)),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Decision:
    """Why a message came back and what that does, with the code and the words that say so."""

    cause: Cause
    effect: Effect
    code: str = ""
    words: str = ""


def decide(finding: Finding) -> Decision:
    """Decide about a message. Of several recipients in one report, the mildest counts: we mailed only one."""
    if finding.nature is not Nature.FAILED:
        return _decision(_NATURES[finding.nature], words=finding.words)
    decisions = [_decision(_cause(each), each.code, each.words) for each in finding.failures]
    return min(decisions, key=lambda each: _GRAVITY[each.effect])


def effect_of(code: str, words: str) -> Effect:
    """Return what a server's own answer does to the reader: the same as a report that says the same."""
    return POLICY[_cause(Failure(code, words))]


def _decision(cause: Cause, code: str = "", words: str = "") -> Decision:
    return Decision(cause, POLICY[cause], code, words)


_GRAVITY = {Effect.NOTHING: 0, Effect.SOFT: 1, Effect.HARD: 2, Effect.COMPLAINT: 3}


def _cause(failure: Failure) -> Cause:
    status = re.match(r"([245])\.(\d{1,3})\.(\d{1,3})$", failure.code)
    code = (int(status[2]), int(status[3])) if status else (0, 0)
    gone = code in _UNSPECIFIC
    named = None if gone else _CODES.get(code) or _CODES.get(code[0])
    if named in (None, Cause.NO_MAILBOX, Cause.UNCLEAR, Cause.BLOCKED, Cause.UNREACHABLE):
        named = _said(_NOT_GONE, failure.words) or named
    if named in (None, Cause.UNCLEAR):
        named = _said(_GONE, failure.words) or named
    # A server that gave up after refusals for now never learnt that there is no such mailbox.
    if named is Cause.NO_MAILBOX and failure.code.startswith("4"):
        return Cause.UNREACHABLE
    return named or Cause.UNCLEAR


def _said(table: tuple[tuple[Cause, re.Pattern[str]], ...], words: str) -> Cause | None:
    return next((cause for cause, pattern in table if pattern.search(words)), None)
