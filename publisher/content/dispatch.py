"""Makes markdown-it fast: a rule is asked only where a character stands that it can begin with.

markdown-it itself asks each rule at each line and at each special character, and takes every `w` for one, which may be
the first of `www.`. It gives each line of a paragraph a token of its own, and reads addresses letter by letter. The HTML
is the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from markdown_it import MarkdownIt, helpers
from markdown_it.common.normalize_url import normalizeLink
from markdown_it.parser_inline import ParserInline
from markdown_it.ruler import Ruler
from markdown_it.rules_block import StateBlock, lheading
from markdown_it.rules_inline import StateInline

BlockRule = Callable[[StateBlock, int, int, bool], bool]

_BLOCKS: Final = {
    "fence": "`~", "blockquote": ">", "hr": "*-_", "list": "*+-0123456789", "footnote_def": "[", "reference": "[",
    "html_block": "<", "heading": "#", "box": "!", "math_block": "$",
}  # fmt: skip
_INLINES: Final = {
    "text": "", "newline": "\n", "escape": "\\", "backticks": "`", "strikethrough": "~", "emphasis": "*_", "link": "[",
    "image": "!", "footnote_ref": "[", "autolink": "<", "html_inline": "<", "entity": "&", "bare_www": "w",
    "bare_url": ":", "formula": "$",
}  # fmt: skip
"""The characters that a rule can begin with; a rule that is not here is asked everywhere."""

_SPECIAL: Final = re.compile(r"[\\`~*_\[\]!<&:$]|w(?=ww\.)|(?<= )\n|\n(?=[ \t])")
"""Where a text ends, in front of which rules are asked; a link's name may end at `]`.

The end of a line is like any other character, unless there are spaces that are not shown, or mean that the line is to end.
"""

_SAFE: Final = r"\w/.~+=,;:@!$'*\-"
ADDRESS: Final = re.compile(
    rf"https?://[a-z0-9-]{{1,63}}(?:\.[a-z0-9-]{{1,63}}){{0,3}}(?:/[{_SAFE}]*)?(?:\?[{_SAFE}?]*)?(?:#[{_SAFE}#?]*)?",
    re.ASCII,
)
"""An address in which nothing is encoded, escaped or a mark of Markdown; most are like that."""


def dispatch(parser: MarkdownIt) -> None:
    """Let a parser, with all of its rules in place, ask them by their first characters."""
    assert set(parser.inline.ruler.get_active_rules()) == set(_INLINES), "a rule has no first character in _INLINES"
    parser.inline = _Inline(parser.inline)
    parser.normalizeLink = _normalised  # type: ignore[method-assign,assignment]
    parser.helpers = Helpers()  # type: ignore[assignment]
    dispatch_blocks(parser)


def dispatch_blocks(parser: MarkdownIt) -> None:
    """Let a parser that is used for blocks alone ask their rules by first characters."""
    parser.block.ruler.at("lheading", _lheading)
    parser.block.ruler = _BlockRules(parser.block.ruler)


class _Inline(ParserInline):
    def __init__(self, known: ParserInline) -> None:
        self.ruler, self.ruler2, self.terminator_re = known.ruler, known.ruler2, _SPECIAL
        rules = list(zip(self.ruler.get_active_rules(), self.ruler.getRules(""), strict=True))
        self._rules = {
            char: tuple(rule for name, rule in rules if char in _INLINES[name])
            for char in set("".join(_INLINES.values()))
        }

    def tokenize(self, state: StateInline) -> None:
        src, end = state.src, state.posMax
        deep = state.level >= state.md.options["maxNesting"]
        while state.pos < end:
            pos = state.pos
            found = _SPECIAL.search(src, pos)
            stop = found.start() if found else end
            if stop > pos and not deep:
                state.append_pending(src[pos:stop])
                state.pos = stop
            elif deep or not self._asked(state, silent=False):
                state.append_pending(src[pos])
                state.pos += 1
        if state.pending:
            state.pushPending()

    def skipToken(self, state: StateInline) -> None:  # noqa: N802  # the name is markdown-it's
        pos = state.pos
        if (known := state.cache.get(pos)) is not None:
            state.pos = known
            return
        found = _SPECIAL.search(state.src, pos)
        stop = found.start() if found else state.posMax
        if state.level >= state.md.options["maxNesting"]:
            state.pos = state.posMax + 1
        elif stop > pos:
            state.pos = stop
        else:
            state.level += 1  # limits the recursion
            if not self._asked(state, silent=True):
                state.pos += 1
            state.level -= 1
        state.cache[pos] = state.pos

    def _asked(self, state: StateInline, *, silent: bool) -> bool:
        """Ask the rules in turn; return whether one took what stands here."""
        for rule in self._rules.get(state.src[state.pos], ()):  # noqa: SIM110  # any() would take longer than most rules
            if rule(state, silent):
                return True
        return False


class Helpers:
    """markdown-it's own functions, of which one answers at once for an address."""

    parseLinkLabel = staticmethod(helpers.parseLinkLabel)  # noqa: N815  # the names are markdown-it's
    parseLinkTitle = staticmethod(helpers.parseLinkTitle)  # noqa: N815

    @staticmethod
    def parseLinkDestination(text: str, start: int, end: int) -> _Destination:  # noqa: N802
        found = ADDRESS.match(text, start, end)
        if found and text[found.end() : found.end() + 1] in (")", " ", "\n"):
            return _Destination(found.end(), found[0])
        known = helpers.parseLinkDestination(text, start, end)
        return _Destination(known.pos, known.str, known.ok)


@dataclass(frozen=True, slots=True)
class _Destination:
    """What markdown-it knows of a link's target: where it ends, and its address."""

    pos: int
    str: str
    ok: bool = True


def _normalised(address: str) -> str:
    return address if ADDRESS.fullmatch(address) else normalizeLink(address)


class _BlockRules(Ruler[BlockRule]):
    """The rules of each chain as one rule, which asks those that the line's first character allows."""

    def __init__(self, known: Ruler[BlockRule]) -> None:
        super().__init__()
        self.__rules__ = known.__rules__
        names = dict(zip(known.getRules(""), known.get_active_rules(), strict=True))
        self._chains = {
            chain: [_first_of({names[rule]: rule for rule in known.getRules(chain)})]
            for chain in ("", "paragraph", "reference", "blockquote", "list")
        }

    def getRules(self, chainName: str = "") -> list[BlockRule]:  # noqa: N802, N803  # the names are markdown-it's
        return self._chains[chainName]


def _first_of(rules: Mapping[str, BlockRule]) -> BlockRule:
    others = tuple(rule for name, rule in rules.items() if name not in _BLOCKS)
    known = {
        char: tuple(rule for name, rule in rules.items() if char in _BLOCKS.get(name, char))
        for char in set("".join(_BLOCKS.values()))
    }

    def ask(state: StateBlock, line: int, end: int, silent: bool) -> bool:  # noqa: FBT001  # as markdown-it calls it
        at = state.bMarks[line] + state.tShift[line]
        for rule in known.get(state.src[at : at + 1], others):  # noqa: SIM110  # as above
            if rule(state, line, end, silent):
                return True
        return False

    return ask


def _lheading(state: StateBlock, line: int, end: int, silent: bool) -> bool:  # noqa: FBT001  # as markdown-it calls it
    """Look for a heading only above a line that begins with its mark: the paragraph's rule reads all lines again."""
    for following in range(line + 1, end):
        at = state.bMarks[following] + state.tShift[following]
        if at >= state.eMarks[following]:
            break
        if state.src[at] in "-=":
            return lheading(state, line, end, silent)
    if not state.is_code_block(line):
        state.parentType = "paragraph"  # as the rule itself leaves it
    return False
