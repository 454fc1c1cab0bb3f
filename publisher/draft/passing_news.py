"""Sentences that were news on their day and say nothing later: announcements, and entries of a change log. Pure."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from publisher.draft.verbs import says_something
from publisher.language import Language

_EVENTS: Final = {
    "en": re.compile(
        r"(?i)\b(?:CFPs?|calls? for (?:papers|proposals|participation|speakers)|(?:code|docs?|enhancements?|test|feature|readiness) freezes?|"
        r"shadow (?:application|program)s?|elections? (?:is|are|was|were|will|for|on|of|results?|candidates?|updates?)|nominat(?:ed|es|ions?)|meet-?ups?|webinars?|hiring|sponsor(?:ed|ing|ship)|our sponsors?|"
        r"sign(?:ing)? up|register (?:for|now|here)|registration (?:is|for|opens?|closes?|ends)|apply (?:using|by|here|now|for)|applications? (?:is|are|open)|"
        r"(?:is|are|now) open (?:until|for|to)|learn more|make sure to|be sure to|check out|stay tuned|shout-?outs?|kudos|congratulations|deadline (?:is|was|for|on))\b|\bCFP\b|\bjobs?\b.*\bapply\b|"
        r"^(?:if|when|once|whether|before|after|should) your?\b|^(?:ensure|review|learn|see|remember|join|watch|read|visit|follow) (?:us|your?|the|this|our|here|more|about|how|that|for)\b|"
        r"^we (?:will|are|announce|invite|plan|hope|welcome|want|need|thank)\b|\bwe['’](?:ll|re|ve)\b|\bdeadline\.$"
    ),
    "de": re.compile(r"(?i)\b(?:Anmeldung|Anmeldeschluss|Bewerbungsschluss|Einsendeschluss|Konferenz|Treffen am|Wahl(?:en)? (?:zum|zur|des|der)|Stellenangebot|gesucht wird)\b"),
    "fr": re.compile(r"(?i)\b(?:inscriptions?|date limite|appel à (?:contributions|communications)|conférence|élections?|offre d['’]emploi)\b"),
    "es": re.compile(r"(?i)\b(?:inscripci[oó]n(?:es)?|fecha l[ií]mite|convocatoria|conferencia|elecciones|oferta de empleo)\b"),
    "zh": re.compile("报名|截止|征稿|招聘|大会将|会议将"),
    "ja": re.compile("申し込み|締め切り|締切|募集|開催"),
}  # fmt: skip
"""What is over when it is read again: something to apply for, to attend or to vote on."""

_STALE: Final = re.compile(
    r"(?i)^(?:imagine|suppose|consider|assume|say)\b|\b(?:RSVP|workshops?|residency|seminars?|transcripts?|is inviting|has begun planning|newsletters?|recent|questions? (?:was|were|asked)|(?:weekly|monthly) [\w ]{0,20}meetings?|"
    r"announced (?:his|her|their|its) intention|next steps?|(?:encouraged|needed) to (?:test|try)|(?:seek(?:s|ing)?|for|welcomes?|requests?) (?:feedback|comments)|"
    r"(?:is|are|been) (?:also |already |currently |still )?(?:considering|planning|working on|being worked on|seeking|collecting|preparing|looking for)|"
    r"gave (?:a|an|the)|presentations?|going to take|hop(?:es|ing) to|if no objections|ask(?:s|ed)? (?:about|whether|if|how|why|what)|"
    r"posted (?:several |some |additional )+questions|references \w+ \w+['’]s)\b"
)
"""English for how things stood on a day, what somebody meant to do, asked or spoke about, and what the reader is to picture."""

_VERBS: Final = "|".join(
    str.split(
        """add adjust allow announce bump change clarif clean convert correct deprecate disable document drop enable enhance ensure expand expose extend fix
        graduate implement improve include increase introduce launch make mark migrate move optimize optimise patch prevent promote publish reduce
        refactor refine release remove rename replace require resolve restore return revert rework rewrite set simplif speed start stop support switch
        tweak unif update upgrade use"""
    )
)
_ENTRY: Final = re.compile(
    rf"^(?:{_VERBS})(?:s|d|es|ed|ies|ied|ped)(?:\s+(?:and|or)\s+\w+)?\s+(?!(?:of|in|for|to|is|are|was|were|that|which|can|may|by)\b)",
    re.I,
)
"""An entry of a change log without a subject: «Fixed a bug where …», «Adds support for …»."""

_CHANGE: Final = re.compile(
    r"^(?=\S*[A-Z0-9#]\S*[A-Z0-9#]|\S+\s+[A-Z0-9#v]|The\s)(?:(?:[A-Z0-9#v]\S*|[Tt]he|release|version|of|project|library|team|and|PRs?|client|wallet)\s+){1,6}?"
    rf"(?:(?:now|also|has|have)\s+)*(?:{_VERBS})(?:s|d|es|ed|ies|ied|ped|n)?\b(?P<rest>.*)$"
)
_OF_ITS_DAY: Final = re.compile(
    r"(?i)(?:(?:the |our |upcoming |next )?(?:release (?:schedule|calendar)s?|schedule|calendar|deadlines?|events?|meet-?ups?|conferences?|jobs?(?: board)?|"
    r"careers?|call for (?:participation|papers|proposals)|shout-?outs?|thanks|acknowledg(?:e?ments)|sponsors?|elections?(?: updates?)?|quotes? of the week|"
    r"termine|veranstaltungen|stellen(?:anzeigen)?|dank|agenda|événements|offres d['’]emploi|remerciements|eventos|empleo|agradecimientos))\s*(?:/|:|$)"
    r"|活动|招聘|イベント|求人"
)
_REASON: Final = re.compile(
    r"(?i)\b(?:because|since|so that|so|if|when|unless|until|instead|rather|whereas|once|which|who|that|where|allow(?:s|ed|ing)?|enabl(?:es|ed|ing)|"
    r"making|mak(?:es|ing)|prevent(?:s|ing)?|reduc(?:es|ing)|but|by \w+ing|in order|even|only|while|without|helps?|ensur(?:es|ing)|to (?!be\b)[a-z]+)\b"
)
"""What tells more than that something was changed: why, how, to what end, or how far."""


def is_passing(sentence: str, language: str) -> bool:
    """Whether a sentence announces something that has a day, or only says that something was changed.

    >>> is_passing("The cherry-pick deadline for all patch releases is on June 5.", "en")
    True
    >>> is_passing("Fixed a bug where the kubelet would not clear a stale value of its memory.", "en")
    True
    >>> is_passing("Spark 0.3 adds partial support for the offers of BOLT12.", "en")
    True
    >>> is_passing("Eclair #1957 adds onion messages, which relay requests without a payment.", "en")
    False
    """
    tag = language.casefold().partition("-")[0]
    if _names_a_day(tag).search(sentence) or (tag in _EVENTS and _EVENTS[tag].search(sentence)):
        return True
    return tag == "en" and _is_entry(sentence)


def is_stale(sentence: str, language: str) -> bool:
    """Whether a sentence tells so much of its day, or so little besides, that it stands only where there is nothing else.

    >>> is_stale("Ann is seeking feedback on her draft.", "en"), is_stale("A draft of three pages being written by Ann.", "en")
    (True, True)
    """
    return language.casefold().partition("-")[0] == "en" and (
        _STALE.search(sentence) is not None or not says_something(sentence)
    )


def is_of_its_day(heading: str) -> bool:
    """Whether what stands under a heading is over with its week: dates, events, jobs, thanks.

    >>> is_of_its_day("Release Schedule"), is_of_its_day("Shoutouts / Ann"), is_of_its_day("A job that runs twice")
    (True, True, False)
    """
    return _OF_ITS_DAY.match(heading) is not None


def _is_entry(sentence: str) -> bool:
    if _ENTRY.match(sentence):
        return True
    change = _CHANGE.match(sentence)
    return change is not None and not _REASON.search(change["rest"])


@lru_cache(maxsize=8)
def _names_a_day(tag: str) -> re.Pattern[str]:
    """Return what a day of a month reads like."""
    if tag in ("ja", "zh", "ko"):
        return re.compile(r"\d{1,2}[月월]\s?\d{1,2}[日일号]")
    try:
        months = Language(tag).months
    except ValueError:
        months = Language("en").months
    # Of English, as it is written: "may" is no month.
    name = "|".join(re.escape(month) if tag == "en" else f"(?i:{re.escape(month)})" for month in months)
    return re.compile(
        rf"(?:(?<!\w)(?:{name})\.?\s\d{{1,2}}(?:st|nd|rd|th)?(?![\d\w])|(?<!\d)\d{{1,2}}(?:st|nd|rd|th|\.|er|º)?\s(?:of\s|de\s)?(?:{name})(?!\w))"
    )
