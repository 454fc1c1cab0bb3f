"""What the HTML of a mail asks of a mail program: elements, attributes, kinds of images, selectors, styles.

Features have the names of Can I email, such as `css-position`, and also names that it does not have: whoever looks a
name up there finds nothing. What is written for one program alone is left out: conditional comments, `mso-` and
vendors' properties, `#outlook`, `[data-ogsc]`; and so is what such a property says once more (`mso-padding-alt`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from html import unescape
from typing import Final, NamedTuple
from urllib.parse import urlsplit

import tinycss2
from tinycss2 import ast

_SEMANTIC: Final = frozenset({
    "article", "aside", "details", "figcaption", "figure", "footer", "header", "main", "mark", "nav", "section", "summary", "time",
})  # fmt: skip
_ATTRIBUTES: Final = {"sizes": "html-srcset", "loading": "html-loading-attribute", "inert": "css-inert-attribute"}
_IMAGES: Final = {"jpeg": "jpg", "tif": "tiff", "heic": "heif", "svg+xml": "svg", "vnd.microsoft.icon": "ico"}
_GROUPS: Final = {
    "css-column-layout-properties": r"column-(fill|rule|rule-\w+|span|width)|columns",
    "css-gap": r"(column-|row-)?gap",
    "css-grid-template": r"grid-template(-\w+)?",
    "css-left-right-top-bottom": r"left|right|top|bottom",
    "css-block-inline-size": r"block-size",
    "css-border-inline-block-individual": r"border-(block|inline)-(start|end)",
    "css-border-inline-block-longhand": r"border-(block|inline)-(color|style|width)",
    "css-border-inline-block": r"border-(block|inline)",
    "css-border-radius-logical": r"border-(start|end)-(start|end)-radius",
    "css-margin-block-start-end": r"margin-block-(start|end)",
    "css-margin-inline-block": r"margin-(inline|block)",
    "css-margin-inline-start-end": r"margin-inline-(start|end)",
    "css-padding-block-start-end": r"padding-block-(start|end)",
    "css-padding-inline-block": r"padding-(inline|block)",
    "css-padding-inline-start-end": r"padding-inline-(start|end)",
    "css-animation": r"animation-.+",
    "css-transition": r"transition-.+",
    "css-variables": r"--.+",
}
_GROUP: Final = re.compile("|".join(f"(?P<{slug.replace('-', '_')}>{names})" for slug, names in _GROUPS.items()))
_LONGHAND: Final = re.compile(r"(margin|padding|border)(-(left|right|top|bottom))?(-(width|style|color))?")
_FUNCTIONS: Final = {
    **{name: f"css-function-{name}" for name in ("clamp", "light-dark", "max", "min")},
    **dict.fromkeys(("lab", "lch", "oklab", "oklch"), "css-modern-color"),
    **{f"{name}-gradient": f"css-{name}-gradient" for name in ("conic", "linear", "radial")},
    "calc": "css-unit-calc", "var": "css-variables", "rgb": "css-rgb", "rgba": "css-rgba",
}  # fmt: skip
_KEYWORDS: Final = {
    **dict.fromkeys(("fit-content", "max-content", "min-content"), "css-intrinsic-size"), "initial": "css-unit-initial",
    **dict.fromkeys(("system-ui", "ui-serif", "ui-sans-serif", "ui-rounded", "ui-monospace"), "css-sytem-ui"),
}  # fmt: skip
_PAIRS: Final = {
    ("display", "flex"): "css-display-flex", ("display", "inline-flex"): "css-display-flex", ("display", "grid"): "css-display-grid",
    ("flex-direction", "column"): "css-flex-direction", ("flex-wrap", "wrap"): "css-flex-wrap",
}  # fmt: skip
_COMBINATORS: Final = {
    ">": "css-selector-child",
    "+": "css-selector-adjacent-sibling",
    "~": "css-selector-general-sibling",
    "*": "css-selector-universal",
    "&": "css-nesting",
}
_MEDIA: Final = {
    "prefers-color-scheme": "prefers-color-scheme", "prefers-reduced-motion": "prefers-reduced-motion", "hover": "hover",
    "any-hover": "hover", "orientation": "orientation", "-webkit-device-pixel-ratio": "device-pixel-ratio",
}  # fmt: skip
_NOTHING: Final = frozenset({"auto", "normal", "none", "inherit"})
"""Values that ask for nothing: a program that does not know the property does the same."""

_ONE_PROGRAM: Final = re.compile(r"#outlook|\[data-og|\.moz-text-html|\.ExternalClass|\.ReadMsgBody", re.I)
_NOT_WORD: Final = re.compile(r"\[if\s+\(?\s*!\s*\(?\s*mso", re.I)


_TOKEN: Final = re.compile(
    r"<!--(?P<comment>.*?)-->"
    r"|<style\b[^>]*>(?P<sheet>.*?)</style\s*>"
    r"|<[a-z](?:[^>\"']++|\"[^\"]*+\"|'[^']*+')*+>",
    re.S | re.I,
)
_ATTRIBUTE: Final = re.compile(r"([^\s\"'>/=]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+)))?")


class Use(NamedTuple):
    """One use of one feature.

    `shown` is it as it is written, `place` the tag or selector. Of a style, `name` and `value` are the declaration's;
    `tag` is empty in a style sheet. It concerns only programs that know all features of `within`.
    """

    feature: str
    shown: str
    place: str
    tag: str = ""
    name: str = ""
    value: str = ""
    within: tuple[str, ...] = ()


class Found(NamedTuple):
    """A use, the offset of its tag or style sheet in the HTML, and whether a comment hides it from Word's engine."""

    use: Use
    at: int
    hidden_from_word: bool


def uses(html: str) -> Iterator[Found]:
    """Yield every use of a feature in a mail, in the order of its HTML."""
    hidden = False
    for token in _TOKEN.finditer(html):
        if token["comment"] is not None:
            hidden = bool(_NOT_WORD.match(token["comment"])) or (hidden and "[endif]" not in token["comment"])
            continue
        found = _of_start_tag(token[0]) if token["sheet"] is None else (_STYLE, *_of_sheet(token["sheet"]))
        for use in found:
            yield Found(use, token.start(), hidden)


_STYLE: Final = Use("html-style", "<style>", "<style>", "style")


@lru_cache(maxsize=4096)
def _of_start_tag(text: str) -> tuple[Use, ...]:
    """Return what is in a tag; most tags of a mail are the same few."""
    tag = str(re.match(r"<([^\s/>]+)", text)[1]).casefold()  # type: ignore[index]
    rest = text[len(tag) + 1 : -1]
    given = {name.casefold(): unescape(one or two or bare) for name, one, two, bare in _ATTRIBUTE.findall(rest)}
    label = f' class="{given["class"]}"' if given.get("class") else ""
    place = f"<{tag}{label}>"
    style = tinycss2.parse_blocks_contents(given.get("style", ""), skip_comments=True, skip_whitespace=True)
    return (
        *(Use(feature, shown, place, tag) for feature, shown in _of_tag(tag, given)),
        *(Use(feature, shown, place, tag, name, value) for feature, shown, name, value in _of_declarations(style)),
    )


def _of_tag(tag: str, given: dict[str, str]) -> Iterator[tuple[str, str]]:
    kind = given.get("type", "text")
    if tag in _SEMANTIC:
        yield "html-semantics", f"<{tag}>"
    elif tag in {"input", "button"}:
        yield f"html-{tag}-{kind if tag == 'input' or 'type' in given else 'submit'}", f"<{tag}>"
    elif tag == "meta" and given.get("name") == "color-scheme":
        yield "html-meta-color-scheme", f"<{tag}>"
    else:
        yield f"html-{tag}", f"<{tag}>"
    for name in (name for name in given if name != "style"):
        yield _ATTRIBUTES.get(name, f"html-{name}"), f"the attribute {name}"
    if tag == "a" and len(given.get("href", "")) > 1 and given["href"].startswith("#"):
        yield "html-anchor-links", f"a link to {given['href']}"
    if tag == "img":
        yield from _of_image(given.get("src", ""))
    if tag == "html" and {"⚡4email", "amp4email"} & given.keys():
        yield "amp", "AMP"


def _of_image(url: str) -> Iterator[tuple[str, str]]:
    if data := re.match(r"data:image/([\w.+-]+)", url, re.I):
        yield "image-base64", "an image inside the mail"
        ending = data[1]
    else:
        ending = urlsplit(url).path.rpartition(".")[2] if "." in url else ""
    ending = ending.casefold()
    yield f"image-{_IMAGES.get(ending, ending)}", f"the image {url.rpartition('/')[2][:60]}"


@lru_cache(maxsize=64)
def _of_sheet(css: str) -> tuple[Use, ...]:
    return tuple(_of_rules(tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True), ()))


def _of_rules(rules: Sequence[ast.Node], within: tuple[str, ...]) -> Iterator[Use]:
    for rule in rules:
        if isinstance(rule, ast.AtRule):
            inside = _of_at_rule(rule)
            place = f"@{rule.at_keyword}"
            yield from (
                Use(feature, f"{place} {tinycss2.serialize(rule.prelude).strip()}", place, within=within)
                for feature in inside
            )
            if rule.content is not None and rule.lower_at_keyword in {"media", "supports"}:
                nested = tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
                yield from _of_rules(nested, (*within, *inside))
        elif isinstance(rule, ast.QualifiedRule):
            selector = tinycss2.serialize(rule.prelude).strip()
            if _ONE_PROGRAM.search(selector):
                continue
            yield from (Use(feature, shown, selector, within=within) for feature, shown in _of_selector(rule.prelude))
            content = tinycss2.parse_blocks_contents(rule.content, skip_comments=True, skip_whitespace=True)
            for feature, shown, name, value in _of_declarations(content):
                yield Use(feature, shown, selector, name=name, value=value, within=within)


def _of_at_rule(rule: ast.AtRule) -> tuple[str, ...]:
    if rule.lower_at_keyword != "media":
        return (f"css-at-{rule.lower_at_keyword}",)
    words = re.findall(r"[a-z-]+", tinycss2.serialize(rule.prelude).casefold())
    return ("css-at-media", *dict.fromkeys(f"css-at-media-{_MEDIA[word]}" for word in words if word in _MEDIA))


def _of_selector(tokens: Sequence[ast.Node]) -> Iterator[tuple[str, str]]:
    """Yield what is special in a selector. Types, classes and ids are known wherever <style> is."""
    colons = 0
    for token in tokens:
        if isinstance(token, ast.LiteralToken) and token.value == ":":
            colons += 1
            continue
        if isinstance(token, ast.LiteralToken) and token.value in _COMBINATORS:
            yield _COMBINATORS[token.value], f"the selector {token.value}"
        elif isinstance(token, ast.SquareBracketsBlock):
            yield "css-selector-attribute", f"the selector {tinycss2.serialize([token])}"
        elif colons and isinstance(token, ast.IdentToken | ast.FunctionBlock):
            name = token.lower_value if isinstance(token, ast.IdentToken) else token.lower_name
            element = colons == 2 or name in {"before", "after", "first-line", "first-letter"}
            yield f"css-pseudo-{'element' if element else 'class'}-{name}", f"{':' * colons}{name}"
        colons = 0


def _of_declarations(nodes: Sequence[ast.Node]) -> Iterator[tuple[str, str, str, str]]:
    alike = {node.lower_name for node in nodes if isinstance(node, ast.Declaration)}
    for node in nodes:
        if isinstance(node, ast.QualifiedRule):
            yield "css-nesting", "a rule inside a rule", "", ""
        if not isinstance(node, ast.Declaration) or re.match(r"mso-|-(webkit|moz|ms|o)-", node.lower_name):
            continue
        name, value = node.lower_name, tinycss2.serialize(node.value).strip()
        if value in _NOTHING or f"mso-{name}-alt" in alike:
            continue
        said = f"{name}:{value}" if len(value) <= 30 else name
        features = [_property(name), *_of_value(node.value)]
        if pair := _PAIRS.get((name, value.casefold())):
            features.append(pair)
        if node.important:
            features.append("css-important")
        yield from ((feature, said, name, value) for feature in features)


def _property(name: str) -> str:
    if group := _GROUP.fullmatch(name):
        return str(group.lastgroup).replace("_", "-")
    side = _LONGHAND.fullmatch(name)
    return f"css-{side[1] if side else name}"


def _of_value(tokens: Sequence[ast.Node]) -> Iterator[str]:
    for token in tokens:
        if isinstance(token, ast.FunctionBlock):
            if feature := _FUNCTIONS.get(token.lower_name):
                yield feature
            yield from _of_value(token.arguments)
        elif isinstance(token, ast.DimensionToken):
            yield f"css-unit-{token.lower_unit}"
        elif isinstance(token, ast.IdentToken) and token.lower_value in _KEYWORDS:
            yield _KEYWORDS[token.lower_value]
