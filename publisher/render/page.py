"""A tree as a part of a web page: classes for the stylesheet, no inline style (the site's policy forbids it)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import ClassVar
from urllib.parse import quote
from xml.etree.ElementTree import Element

from publisher.language import ENGLISH, Language, Phrase
from publisher.render.code import coloured
from publisher.render.direction import in_order
from publisher.render.images.rules import PAGE
from publisher.render.markup import Markup, escape, in_both_schemes, written

_BREAKS = re.compile("[\"'“”‘’«»„–—…`]")
_WORDS = 6


def to_words(text: str) -> str:
    """Return what, behind a link to a section, leads on to where it has these words, and highlights them.

    Without a few words in a row there is nothing to find. Source: https://wicg.github.io/scroll-to-text-fragment/

    >>> to_words("A well-kept budget caps, in all, the total."), to_words("Retries")
    (':~:text=A%20well%2Dkept%20budget%20caps%2C%20in%20all%2C', '')
    """
    start = " ".join(_BREAKS.split(text.strip())[0].split()[:_WORDS])
    return f":~:text={quote(start, safe='').replace('-', '%2D')}" if " " in start else ""


BACK = Phrase("Back to the text")


class Page(Markup):
    """Writes pages; `url` turns a path below the base URL into an address, `picture` does so with a picture's name."""

    kept: ClassVar[Sequence[str]] = ("id", "class", "title", "start")
    """Attributes that are shown as they are."""

    def __init__(self, url: Callable[[str], str], picture: Callable[[str], str], language: Language = ENGLISH) -> None:
        self._url, self._picture, self._language = url, picture, language

    def tag(self, element: Element, name: str, **attributes: str) -> str:
        if element.attrib:
            attributes = {key: element.get(key, "") for key in self.kept if element.get(key)} | attributes
        return super().tag(element, name, **attributes)

    def on_a(self, element: Element) -> str:
        site, href = element.get("data-site"), element.get("href", "")
        label = self._language.say(BACK) if element.get("class") == "footnote-backref" else ""
        attributes = {"aria-label": label, "title": "" if label else element.get("title", "")}
        return self.tag(element, "a", href=self._url(site) if site is not None else href, **attributes)

    def on_pre(self, element: Element) -> str:
        source = "".join(element.itertext())
        spans = "".join(
            f'<span class="{kind}">{escape(text)}</span>' if kind else escape(text)
            for text, kind in coloured(source, element.get("data-lang", ""))
        )
        run = ' dir="ltr"' if self._language.direction == "rtl" else ""
        return f'<pre tabindex="0"{run}><code>{spans}</code></pre>'

    def on_code(self, element: Element) -> str:
        return self.tag(element, element.tag, dir="ltr" if self._language.direction == "rtl" else "")

    on_kbd = on_code

    def on_table(self, element: Element) -> str:
        return f'<div class="scroll" tabindex="0">{super().tag(element, "table")}</div>'

    def on_td(self, element: Element) -> str:
        align, scope = element.get("align", ""), "col" if element.tag == "th" else ""
        return super().tag(element, element.tag, scope=scope, class_=align if align in ("right", "center") else "")

    on_th = on_td

    def on_img(self, element: Element) -> str:
        name, alt = element.get("data-picture"), element.get("alt", "")
        if name is None:
            return escape(alt)
        sizes = f"(max-width: 727px) calc(100vw - 48px), {min(int(element.get('width', '0')), PAGE)}px"
        smaller, darker = self._smaller(element, "data-srcset"), self._smaller(element, "data-dark-srcset")
        attributes = {
            "src": self._picture(name), "srcset": smaller, "sizes": sizes if smaller else "",
            "width": element.get("width", ""), "height": element.get("height", ""), "title": element.get("title", ""),
            "class": "see-through" if "data-see-through" in element.attrib else "",
        }  # fmt: skip
        image = f'<img alt="{escape(alt)}"{written(attributes)}/>'
        dark = element.get("data-dark")
        return in_both_schemes(image, darker or (self._picture(dark) if dark else ""), sizes if darker else "")

    def _smaller(self, element: Element, name: str) -> str:
        candidates = (one.split(" ") for one in element.get(name, "").split(", ") if one)
        return ", ".join(f"{self._picture(file)} {width}" for file, width in candidates)

    def on_figure(self, element: Element) -> str:
        """A diagram is as wide as the page allows, and a link to itself: a phone shows it there at its full size."""
        href = escape(self._picture(element[0].get("data-picture", "")))
        classes = "diagram both" if element[0].get("data-dark") else "diagram"
        return f'<figure class="{classes}"><a href="{href}">{self.inside(element)}</a></figure>'

    def on_formula(self, element: Element) -> str:
        return element.get("data-mathml", "")  # written by publisher.render.formulas, from a tree of known elements

    def on_equation(self, element: Element) -> str:
        return f'<div class="scroll" tabindex="0">{element.get("data-mathml", "")}</div>'

    def on_claim(self, element: Element) -> str:
        """A drafted sentence and the card with the words it rests on."""
        sentence = f"<p>{self.inside(element[0])}</p>" if len(element) > 1 else ""
        title = escape(in_order(element.get("title", ""), self._language.direction))
        site = element.get("data-site", "") + to_words("".join(element[-1].itertext()))
        link = f'<a href="{escape(self._url(site))}">{title}</a>'
        footer = f"<footer>{escape(str(element.get('label')))} · {escape(str(element.get('date')))}<br/>{link}</footer>"
        return f'<div class="claim">{sentence}<blockquote class="quotation"><p>{self._language.quote(self.inside(element[-1]))}</p>{footer}</blockquote></div>'
