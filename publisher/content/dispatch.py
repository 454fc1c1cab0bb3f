"""Makes markdown-it fast: a rule is asked only where a character stands that it can begin with.

markdown-it itself asks each rule at each line and at each special character, and takes every `w` for one, which may be
the first of `www.`. What it answers is the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from markdown_it import MarkdownIt
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
    "image": "!", "footnote_ref": "[", "autolink": "<", "html_inline": "<", "entity": "&", "gfm_autolink_www": "w",
    "gfm_autolink_protocol": ":", "formula": "$",
}  # fmt: skip
"""The characters that a rule can begin with; a rule that is not here is asked everywhere."""

_SPECIAL: Final = re.compile(r"[\n\\`~*_\[\]!<&:$]|w(?=ww\.)")
"""Where a text ends, in front of which rules are asked; a link's name may end at `]`."""


def dispatch(parser: MarkdownIt) -> None:
    """Let a parser, with all of its rules in place, ask them by their first characters."""
    assert set(parser.inline.ruler.get_active_rules()) == set(_INLINES), "a rule has no first character in _INLINES"
    parser.inline = _Inline(parser.inline)
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
        return any(rule(state, silent) for rule in self._rules.get(state.src[state.pos], ()))


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
        return any(rule(state, line, end, silent) for rule in known.get(state.src[at : at + 1], others))

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
