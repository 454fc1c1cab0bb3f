"""How many genuine claims the checks accept and how many false ones they refuse, by class, on the sentences of real passages.

A claim is made of a sentence that a passage has: as it is, behind an ordinary first word, or changed so that it is no
longer true (publisher/evaluation/mutations.py), with the genuine sentence as its quotation.
"""

from __future__ import annotations

import datetime as dt
import json
import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from publisher.draft.ground import weigh
from publisher.evaluation import mutations
from publisher.issue import Passage
from publisher.ports import Hit, Proposal

GENUINE: Final = ("genuine, word for word", "genuine, ordinary first word")
QUOTATION: Final = "quotation changed"

AT_LEAST: Final = {
    GENUINE[0]: 1.0, GENUINE[1]: 0.95, QUOTATION: 1.0, "digit": 1.0, "name": 1.0, "confusable": 1.0, "invisible": 1.0, "stacked marks": 1.0,
    "month": 1.0, "number word": 1.0, "negated": 0.98, "opposite word": 0.98, "unrelated": 0.98, "tail without its head": 0.98,
    "negated, held out": 0.98, "opposite word, held out": 0.98, "tail without its head, held out": 0.98,
}  # fmt: skip
"""The least share that has to come out right; the other classes are reported."""

_SENTENCE = re.compile(r"(?:(?<=[.!?])|(?<=[.!?][\"'”)]))\s+(?=[A-Z0-9(\"“'])")
_PLAIN = re.compile(r"[A-Z0-9][^\[\]<>*|`{}@/\\=~^_#]*[a-z0-9)%]\.")
_DOTTED = re.compile(r"\w\.[A-Za-z]")
_LENGTH: Final = (8, 40)

_LEADS: Final = (
    "Meanwhile, {}", "Today {}", "Curiously, {}", "Better yet, {}", "Luckily {}", "Evidently, {}", "Elsewhere, {}", "Remember that {}",
    "Recall that {}", "Readers learned that {}", "Engineers noted that {}", "Contributors explained that {}", "Maintainers reported that {}",
    "Newcomers learn that {}", "Archives show that {}", "History shows that {}", "Experience shows that {}", "Word came that {}",
    "Months ago, {}", "Back then, {}", "Yes, {}", "Good news: {}", "Reminder: {}", "Background: {}", "Users found that {}", "Nodes aside, {}",
    "Wallets aside, {}", "Simply put, {}", "Put simply, {}", "Technically, {}", "Once more, {}", "Then as now, {}", "Old but gold: {}",
)  # fmt: skip

_QUOTATIONS: Final = (
    "digit",
    "word left out",
    "word doubled",
    "words exchanged",
    "letter exchanged",
    "word put in",
    "word cut",
    "other ending",
    "case",
)


@dataclass(frozen=True, slots=True)
class Case:
    """One claim to judge: what class it is of, the passage, the sentence and its quotation."""

    kind: str
    passage: Passage
    sentence: str
    quotation: str


@dataclass(frozen=True, slots=True)
class Figures:
    """What became of the claims of one class; `by_check` counts which check refused them, `wrong` has those judged wrongly."""

    kind: str
    tried: int
    accepted: int
    by_check: Counter[str] = field(default_factory=Counter)
    wrong: tuple[str, ...] = ()

    @property
    def right(self) -> float:
        """The share that came out right: genuine accepted, false refused."""
        if not self.tried:
            return 1.0
        share = self.accepted / self.tried
        return share if self.kind in GENUINE else 1 - share

    @property
    def at_least(self) -> float | None:
        return AT_LEAST.get(self.kind)


def read_passages(lines: Iterable[str]) -> tuple[Passage, ...]:
    """Read passages from JSON lines with id, date, section, heading and text; `date` may be missing."""
    found = []
    for number, line in enumerate(lines, 1):
        if line.strip():
            row = json.loads(line)
            day = dt.date.fromisoformat(row.get("date") or "2000-01-01")
            found.append(
                Passage(
                    str(row["id"]),
                    number,
                    day,
                    str(row.get("section", "")),
                    str(row.get("heading", "")),
                    str(row["text"]),
                )
            )
    return tuple(found)


def cases(passages: Sequence[Passage], *, each: int, seed: int = 1) -> Iterator[Case]:
    """Make up to `each` claims of every class. The same passages and seed make the same claims."""
    chance = random.Random(seed)  # noqa: S311 - a sample, no secret
    genuine = [(passage, sentence) for passage in passages for sentence in candidates(passage.text)]
    chance.shuffle(genuine)
    yield from (Case(GENUINE[0], passage, text, text) for passage, text in genuine[:each])
    for passage, text in genuine[:each]:
        yield Case(GENUINE[1], passage, chance.choice(_LEADS).format(mutations.lowered(text)), text)
    for passage, text in genuine[:each]:
        yield Case(QUOTATION, passage, f"Indeed, {mutations.lowered(text)}", _changed_quotation(text, chance))
    for kind, mutate in mutations.SENTENCES.items():
        yield from _take(each, _mutated(kind, mutate, genuine, chance))
    for (passage, text), (_, other) in zip(genuine[:each], reversed(genuine), strict=False):
        yield Case("unrelated", passage, other, text)
    yield from _take(each, _tails(genuine, chance))
    yield from _take(each, _tails(genuine, chance, held_out=True))


def candidates(text: str) -> Iterator[str]:
    """Yield the plain sentences of a passage, as simple rules find them that the checks do not share."""
    least, most = _LENGTH
    for sentence in _SENTENCE.split(text.removeprefix("- ").strip()):
        if _PLAIN.fullmatch(sentence) and not _DOTTED.search(sentence) and least <= len(sentence.split()) <= most:
            yield sentence


def judge(made: Iterable[Case]) -> tuple[Figures, ...]:
    """Let the checks judge each claim, and count by class."""
    found: dict[str, Figures] = {}
    for case in made:
        (weighed,) = weigh(
            Proposal(((case.sentence, case.passage.id, case.quotation),), "evaluation"), [Hit(case.passage, 1.0)]
        )
        figures = found.setdefault(case.kind, Figures(case.kind, 0, 0))
        accepted = weighed.claim is not None
        if not accepted:
            figures.by_check[weighed.check] += 1
        wrong = () if accepted == (case.kind in GENUINE) else (f"{weighed.reason or 'accepted'}: {case.sentence}",)
        found[case.kind] = replace(
            figures, tried=figures.tried + 1, accepted=figures.accepted + accepted, wrong=figures.wrong + wrong
        )
    return tuple(found.values())


def _mutated(
    kind: str, mutate: mutations.Mutation, genuine: Sequence[tuple[Passage, str]], chance: random.Random
) -> Iterator[Case]:
    for passage, text in genuine:
        changed = mutate(text, chance)
        if changed is not None and changed != text:
            yield Case(kind, passage, changed, text)


def _tails(genuine: Sequence[tuple[Passage, str]], chance: random.Random, *, held_out: bool = False) -> Iterator[Case]:
    """Yield sentences whose head their passage has and they lack: heads of ours, or such as the texts have themselves."""
    kind = "tail without its head, held out" if held_out else "tail without its head"
    for passage, text in genuine:
        if held_out or chance.random() < 0.5:
            head, tail = mutations.head(chance, held_out=held_out), mutations.lowered(text)
            whole = replace(passage, text=passage.text.replace(text, head + tail))
            yield Case(kind, whole, chance.choice((text, tail)), tail)
        elif (place := text.find(" that ")) > 0 and len(text[place:].split()) > _LENGTH[0]:
            tail = text[place + len(" that ") :]
            yield Case(kind, passage, tail[:1].upper() + tail[1:], chance.choice((text, tail)))


def _changed_quotation(text: str, chance: random.Random) -> str:
    words = text.split()
    place = chance.randrange(1, len(words) - 2)
    word = words[place]
    match chance.choice(_QUOTATIONS):
        case "digit" if changed := mutations.digit(text, chance):
            return changed
        case "word left out":
            words[place : place + 1] = []
        case "word doubled":
            words[place : place + 1] = [word, word]
        case "words exchanged" if words[place + 1] != word:
            words[place : place + 2] = [words[place + 1], word]
        case "letter exchanged" if changed := mutations.confusable(text, chance):
            return changed
        case "word cut" if len(word) > 1:
            words[place] = word[:-1]
        case "other ending":
            words[-1] = words[-1].removesuffix(".") + "s."
        case "case" if word != word.swapcase():
            words[place] = word.swapcase()
        case _:
            words.insert(place, "not")
    return " ".join(words)


def _take(number: int, made: Iterator[Case]) -> Iterator[Case]:
    for _, case in zip(range(number), made, strict=False):
        yield case
