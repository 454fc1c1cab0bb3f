"""GitHub's Markdown -> HTML, by markdown-it-py; what it cannot show, and the line of each link, picture and block. Pure.

The extensions are in docs/content.md. The HTML is not sanitised: publisher.content.tree does that.
"""

from __future__ import annotations

import functools
import html
import re
from collections.abc import Callable, Sequence
from typing import Any, Final

from markdown_it import MarkdownIt, rules_inline
from markdown_it.common.utils import escapeHtml, unescapeAll
from markdown_it.renderer import RendererHTML
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from mdit_py_plugins.admon.index import admonition
from mdit_py_plugins.footnote import footnote_plugin

from publisher.content import formulas
from publisher.content.bare_links import bare_links
from publisher.content.converted import Converted, Oddity
from publisher.content.dispatch import dispatch
from publisher.content.emoji import emoji_names
from publisher.content.footnotes import footnote
from publisher.content.oddities import oddities
from publisher.content.raw_html import Mark, marks, slips

MARK: Final = re.compile(r"\[(?:@\d|\^)[^\[\]\s]+\]")
"""A citation of a drafted section, or a reference to a footnote."""

_SWALLOWING: Final = frozenset(
    {"title", "textarea", "style", "xmp", "iframe", "noembed", "noframes", "noscript", "script", "plaintext"}
)
"""Tags after which an HTML parser takes all other tags for text (GFM 6.11); all of them are removed anyway."""

_HEADING_ID = re.compile(r"[ \t]*\{#([\w.-]+)\}[ \t]*$")
_BOX = re.compile(r"!!! [\w-]+(?: +\"[^\"\n]*\")?[ \t]*$")
_LANGUAGE = re.compile(r"[\s,{}]+")
_LINED_TAG: Final = re.compile(r"<(?:a|img|pre)(?=[\s/>])", re.IGNORECASE)
_WORDS: Final = frozenset({"text", "text_special", "softbreak", "hardbreak"})
_LINED: Final = frozenset({"link_open", "image", "formula", "html_inline"})
"""Tokens of a paragraph whose line is needed."""
_ESCAPED: Final = re.compile('[&<>"]')
_DEEPEST = 60  # markdown-it drops what is nested deeper; publisher.content.bounds refuses less than half of that
_PLACED = {
    "link": rules_inline.link, "image": rules_inline.image, "autolink": rules_inline.autolink,
    "html_inline": rules_inline.html_inline, "backticks": rules_inline.backtick,
}  # fmt: skip


def convert(text: str, *, top: int = 2) -> Converted:
    """Convert blocks of Markdown that stand below a heading of level `top`."""
    made = Converted()
    made.html = _parser().render(text, {"made": made, "top": top})
    return made


def convert_inline(text: str) -> Converted:
    """Convert one line, in which nothing is a block."""
    made = Converted()
    made.html = _parser().renderInline(text, {"made": made, "top": 0})
    return made


@functools.cache
def _parser() -> MarkdownIt:
    parser = plain_parser()
    dispatch(parser)
    return parser


def plain_parser() -> MarkdownIt:
    """Return a parser of the dialect that asks each rule everywhere."""
    parser = MarkdownIt("commonmark", {"xhtmlOut": True, "maxNesting": _DEEPEST}, renderer_cls=_Renderer)
    parser.options["tasklists"] = parser.options["alerts"] = parser.options["strikethrough_single_tilde"] = True
    parser.enable(["table", "strikethrough"])
    parser.use(bare_links).use(footnote_plugin, inline=False)
    parser.block.ruler.at("footnote_def", footnote, {"alt": ["paragraph", "reference"]})
    parser.validateLink = lambda url: True  # type: ignore[method-assign]  # noqa: ARG005  # sanitising removes addresses, and reports them
    parser.normalizeLinkText = lambda link: link  # type: ignore[method-assign]  # as it was written, also with its %27
    parser.block.ruler.before("fence", "box", _box, {"alt": ["paragraph", "reference", "blockquote", "list"]})
    for name, rule in _PLACED.items():
        parser.inline.ruler.at(name, _placed(rule))
    parser.block.ruler.before("fence", "math_block", formulas.formula_block)
    parser.inline.ruler.before("escape", "formula", _placed(formulas.formula))
    for name in ("ref", "block_open", "block_close", "open", "close", "anchor"):  # the plugin has set its own
        parser.add_render_rule(f"footnote_{name}", getattr(_Renderer, f"footnote_{name}"))
    parser.core.ruler.before("inline", "heading_ids", _heading_ids)
    parser.core.ruler.after("inline", "lines", _lines)
    parser.core.ruler.after("lines", "oddities", oddities)
    parser.core.ruler.after("oddities", "emoji", emoji_names)
    return parser


def _placed(rule: Callable[[StateInline, bool], bool]) -> Callable[[StateInline, bool], bool]:
    """Return an inline rule that also notes where in its paragraph each of its tokens begins and ends."""

    def placed(state: StateInline, silent: bool) -> bool:  # noqa: FBT001  # as markdown-it calls it
        start, known = state.pos, len(state.tokens)
        if not rule(state, silent):
            return False
        for token in state.tokens[known:]:
            if token.type not in _WORDS:  # they are found by what they say
                token.meta.setdefault("span", (start, state.pos))
        return True

    return placed


def _box(state: StateBlock, line: int, end: int, silent: bool) -> bool:  # noqa: FBT001  # as markdown-it calls it
    """Read python-markdown's `!!! note "Title"`, which publications have from before alerts; nothing else after `!!!`."""
    start = state.bMarks[line] + state.tShift[line]
    written = _BOX.fullmatch(state.src, start, state.eMarks[line])
    return bool(written) and admonition(state, line, end, silent)


def _heading_ids(state: StateCore) -> None:
    for token, content in zip(state.tokens, state.tokens[1:], strict=False):
        if token.type == "heading_open" and (found := _HEADING_ID.search(content.content)):
            token.attrSet("id", found[1])
            content.content = content.content[: found.start()]


def _lines(state: StateCore) -> None:
    """Give each link, picture and code block its line, and note what is not shown as it is meant."""
    made: Converted = state.env["made"]
    for token in state.tokens:
        first = token.map[0] if token.map else 0
        if token.type in ("fence", "code_block", "math_block"):
            token.attrSet("data-line", str(first))
        elif token.type == "admonition_open":
            made.boxes.append(first)
            token.attrs = {"class": "admonition", "data-kind": token.meta["tag"]}
        elif token.type == "alert_open":
            token.attrs = {"class": "admonition", "data-kind": token.meta["kind"].lower()}
        elif token.type == "alert_title_open":
            token.attrSet("class", "admonition-title")
        elif token.type == "html_block":
            token.content = _raw(token.content, first, made)
        elif token.type == "inline":
            _inline_lines(token, first, made)
    refs = state.env.get("footnotes", {}).get("refs", {})
    for token in state.tokens:
        if token.type == "footnote_reference_open" and refs.get(f":{token.meta['label']}", -1) < 0:
            made.unread.append((token.map[0] if token.map else 0, f"[^{token.meta['label']}]"))


def _inline_lines(token: Token, first: int, made: Converted) -> None:
    content, children, at = token.content, token.children or [], 0
    if "[^" not in content and "[@" not in content and not any(child.type in _LINED for child in children):
        return
    for index, child in enumerate(children):
        if child.type == "link_open" and "span" not in child.meta:  # a bare address
            at = max(at, content.find(children[index + 1].content, at))
        start, end = child.meta.get("span", (at, at))
        line = first + content.count("\n", 0, start)
        at = start if child.nesting else max(at, end)
        if child.type in ("link_open", "image", "formula"):
            child.attrSet("data-line", str(line))
        elif child.type == "html_inline":
            child.content = _raw(child.content, line, made)
        elif child.type in ("softbreak", "hardbreak"):
            at = content.find("\n", at) + 1 or at
        elif child.type == "text":
            at = max(content.find(child.content, at), at)
            for mark in MARK.finditer(child.content):
                made.marks.append((first + content.count("\n", 0, at + mark.start()), mark[0]))
            at += len(child.content)


def _raw(text: str, line: int, made: Converted) -> str:
    """Return raw HTML without programs and tags that swallow what follows; note its tags, and what hides words."""
    parts, end, here = list[str](), 0, line
    for mark in marks(text):
        here += text.count("\n", end, mark.start)
        made.odd += (Oddity(here, *slip) for slip in slips(mark))
        if mark.name:
            end_of = "/" if mark.text.startswith("</") else ""
            made.tags.append((here, end_of + mark.name, tuple(mark.attributes) if mark.closed else ()))
        parts += (text[end : mark.start], _kept(mark, here))
        here += mark.text.count("\n")
        end = mark.end
    return "".join((*parts, text[end:]))


def _kept(mark: Mark, line: int) -> str:
    if mark.kind == "program" or mark.name in _SWALLOWING:
        return ""
    return _LINED_TAG.sub(lambda tag: f'{tag[0]} data-line="{line}"', mark.text, count=1) if mark.name else mark.text


class _Renderer(RendererHTML):
    """Writes the HTML that publisher.content.tree knows; a method writes the token of its name."""

    def text(self, tokens: Sequence[Token], idx: int, *_: Any) -> str:
        return _escaped(tokens[idx].content)

    def renderToken(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:  # noqa: N802  # the name is markdown-it's
        """Write a token as markdown-it does; most are an end, or a mark without attributes, which need no second look."""
        token = tokens[idx]
        if token.attrs or (token.block and token.nesting != -1) or not token.nesting:
            return super().renderToken(tokens, idx, options, env)
        if token.hidden:
            return ""
        return f"<{token.tag}>" if token.nesting == 1 else f"</{token.tag}>\n" if token.block else f"</{token.tag}>"

    @staticmethod
    def renderAttrs(token: Token) -> str:  # noqa: N802  # as above
        return "".join(f' {escapeHtml(key)}="{_escaped(str(value))}"' for key, value in token.attrs.items())

    def fence(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:  # noqa: ARG002
        token = tokens[idx]
        words = [word for word in _LANGUAGE.split(unescapeAll(token.info)) if word]
        language = words[0].lstrip(".") if words else ""
        if language == "math":
            return formulas.written(token)
        line = token.attrGet("data-line")
        return f'<pre data-line="{line}" data-lang="{html.escape(language)}"><code>{html.escape(token.content)}</code></pre>\n'

    code_block = fence

    def formula(self, tokens: Sequence[Token], idx: int, *_: Any) -> str:
        return formulas.written(tokens[idx])

    math_block = formula

    def list_item_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """Write a task without its box: that belongs into the item's first paragraph, see `paragraph_open`."""
        return self.renderToken(tokens, idx, options, env) + (_tick(tokens[idx]) if _tight(tokens, idx) else "")

    def paragraph_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        opened = self.renderToken(tokens, idx, options, env)
        return opened if tokens[idx].hidden or not idx else opened + _tick(tokens[idx - 1])

    def th_open(self, tokens: Sequence[Token], idx: int, _options: OptionsDict, _env: EnvType) -> str:
        token = tokens[idx]
        align = str(token.attrGet("style") or "").removeprefix("text-align:")
        return f'<{token.tag} align="{align}">' if align else f"<{token.tag}>"

    td_open = th_open

    def footnote_ref(self, tokens: Sequence[Token], idx: int, _options: OptionsDict, _env: EnvType) -> str:
        number, again = tokens[idx].meta["id"] + 1, tokens[idx].meta["subId"]
        return f'<sup id="{_back(number, again)}"><a class="footnote-ref" href="#fn-{number}">{number}</a></sup>'

    def footnote_block_open(self, *_: Any) -> str:
        return '<div class="footnote">\n<ol>\n'

    def footnote_block_close(self, *_: Any) -> str:
        return "</ol>\n</div>\n"

    def footnote_open(self, tokens: Sequence[Token], idx: int, _options: OptionsDict, _env: EnvType) -> str:
        return f'<li id="fn-{tokens[idx].meta["id"] + 1}">'

    def footnote_close(self, *_: Any) -> str:
        return "</li>\n"

    def footnote_anchor(self, tokens: Sequence[Token], idx: int, _options: OptionsDict, _env: EnvType) -> str:
        meta = tokens[idx].meta
        return f'&#160;<a class="footnote-backref" href="#{_back(meta["id"] + 1, meta["subId"])}">back</a>'


def _escaped(text: str) -> str:
    return escapeHtml(text) if _ESCAPED.search(text) else text


def _back(number: int, again: int) -> str:
    return f"fnref-{number}-{again + 1}" if again else f"fnref-{number}"


def _tight(tokens: Sequence[Token], idx: int) -> bool:
    return not (tokens[idx + 1].type == "paragraph_open" and not tokens[idx + 1].hidden)


def _tick(item: Token) -> str:
    """Return the box of a task: characters, because no mail program shows a form's field."""
    if item.type != "list_item_open" or "checked" not in item.meta:
        return ""
    return "☑ " if item.meta["checked"] else "☐ "
