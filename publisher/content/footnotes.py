"""Reads `[^1]: words`: what follows the colon stands where the note's further lines do, four columns in, as on GitHub."""

from __future__ import annotations

import re
from typing import Final

from markdown_it.rules_block import StateBlock
from markdown_it.token import Token

_NOTE: Final = re.compile(r"\[\^([^\]\s\0]+)\]:[ \t]*")
_INDENT: Final = 4


def footnote(state: StateBlock, line: int, end: int, silent: bool) -> bool:  # noqa: FBT001  # as markdown-it calls it
    """Read a note with everything that is indented below it."""
    start = state.bMarks[line] + state.tShift[line]
    written = None if state.is_code_block(line) else _NOTE.match(state.src, start, state.eMarks[line])
    if written is None or silent:
        return written is not None
    notes = state.env.setdefault("footnotes", {"refs": {}, "list": {}})
    notes["refs"][f":{written[1]}"] = -1
    opened = Token("footnote_reference_open", "", 1, meta={"label": written[1]}, level=state.level)
    state.tokens.append(opened)
    before = state.bMarks[line], state.tShift[line], state.sCount[line], state.parentType
    state.level += 1
    state.blkIndent += _INDENT
    state.bMarks[line], state.tShift[line], state.sCount[line] = written.end(), 0, state.blkIndent
    state.parentType = "footnote"
    state.md.block.tokenize(state, line, end)
    state.bMarks[line], state.tShift[line], state.sCount[line], state.parentType = before
    state.blkIndent -= _INDENT
    state.level -= 1
    opened.map = [line, state.line]
    state.tokens.append(Token("footnote_reference_close", "", -1, level=state.level))
    return True
