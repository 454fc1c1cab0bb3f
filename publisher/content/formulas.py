r"""Formulas in Markdown, as GitHub finds them: $x$, $`x`$, $$x$$ and fences marked math. Pure.

Prose with prices stays prose: in "$5 and $10" no dollar sign can end a formula.
"""

from __future__ import annotations

import html
import re

from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from mdit_py_plugins.dollarmath.index import math_block_dollar

_FORMULA = re.compile(
    r"\$`(?P<code>[^`\n]+)`\$"
    r"|\$\$(?P<display>(?:[^$\\]|\\.)+?)\$\$(?!\$)"
    r"|\$(?![\s$])(?P<inline>(?:[^$\\\n]|\\[^\n])+?)(?<!\s)\$(?![\w$])",
    re.DOTALL,
)

formula_block = math_block_dollar(allow_labels=False, allow_blank_lines=False)
"""The block rule: lines from one that begins with $$ to one that ends with it."""


def formula(state: StateInline, silent: bool) -> bool:  # noqa: FBT001  # as markdown-it calls it
    """Read a formula in a paragraph. A word right before the sign makes it a price or a variable of a shell."""
    if state.src[state.pos] != "$" or re.match(r"[\w$]", state.src[state.pos - 1 : state.pos]):
        return False
    found = _FORMULA.match(state.src, state.pos, state.posMax)
    if found is None:
        return False
    if not silent:
        token = state.push("formula", "code", 0)
        token.content = found[found.lastgroup or 0].strip()
        token.markup = "$$" if found.lastgroup == "display" else "$"
    state.pos = found.end()
    return True


def written(token: Token) -> str:
    """Return a formula as publisher.content.tree knows it: code with `data-math`, which says where it stands."""
    line, source = token.attrGet("data-line"), html.escape(token.content.strip())
    if token.type == "formula":
        return f'<code data-math="{"block" if token.markup == "$$" else "inline"}" data-line="{line}">{source}</code>'
    return f'<pre data-math="block" data-line="{line}"><code>{source}</code></pre>\n'
