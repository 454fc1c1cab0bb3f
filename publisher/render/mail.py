"""A tree as mail HTML: inline styles for every client, a class wherever dark mode says otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from publisher.content.tree import is_a
from publisher.language import ENGLISH, Language
from publisher.render.code import coloured
from publisher.render.diagrams import CARD
from publisher.render.direction import in_order, mirrored
from publisher.render.font_stacks import MONO, label_font
from publisher.render.images.rules import MAIL
from publisher.render.markup import Markup, escape, in_both_schemes
from publisher.render.palette import LIGHT

_TABLE = 'role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"'


@dataclass(frozen=True, slots=True)
class Block:
    """A row of the mail; code is wider than text."""

    html: str
    wide: bool


class Mail(Markup):
    """Writes mail; `url` turns a path below the base URL into an address, `picture` does so with a picture's name."""

    def __init__(
        self, url: Callable[[str], str], picture: Callable[[str], str], hue: int, language: Language = ENGLISH
    ) -> None:
        self._url, self._picture, self._hue, self._language = url, picture, hue, language
        self._space = MAIL

    def blocks(self, root: Element) -> Iterator[Block]:
        """Yield the rows of one text; neighbouring paragraphs are one row."""
        run: list[str] = []
        for child in root:
            if child.tag == "pre":
                if run:
                    yield Block("".join(run), wide=False)
                yield Block(self.write(child), wide=True)
                run = []
            else:
                run.append(self.write(child))
        if run:
            yield Block("".join(run), wide=False)

    def on_p(self, element: Element) -> str:
        if element.get("class") == "admonition-title":
            return self.tag(
                element,
                "p",
                class_=f"h{self._hue}",
                style=f"margin:0 0 4px;font:14px/1.5 {self._label};color:{self._colour}",
            )
        return self.tag(element, "p", style="margin:0 0 16px")

    def on_h2(self, element: Element) -> str:
        style = "margin:36px 0 12px;font-size:22px;line-height:1.25"
        return self.tag(element, "h2", style=f"{style};letter-spacing:-.3px" if self._language.tight else style)

    on_h1 = on_h2

    def on_h3(self, element: Element) -> str:
        return self.tag(element, "h3", style="margin:28px 0 8px;font-size:18px;line-height:1.3")

    def on_h4(self, element: Element) -> str:
        return self.tag(element, "h4", style="margin:20px 0 8px;font-size:16px;line-height:1.4")

    on_h5 = on_h6 = on_h4

    def on_ul(self, element: Element) -> str:
        with self._narrower(24):  # a margin: Word's engine knows no padding here, and would hang the bullets outside
            style = self._sided("margin:0 0 16px 24px;padding:0")
            return self.tag(element, element.tag, start=element.get("start", ""), style=style)

    on_ol = on_ul

    def on_li(self, element: Element) -> str:
        style = "margin:0 0 6px" + (";list-style:none" if is_a(element, "task-list-item") else "")
        only = (
            element[0] if len(element) == 1 and element[0].tag == "p" and not (element.text or "").strip() else element
        )
        return f'<li style="{style}">{self.inside(only)}</li>'

    def on_a(self, element: Element) -> str:
        if element.get("class") == "footnote-ref":
            return self.inside(element)  # mail programs do not follow links inside a message
        if element.get("class") == "footnote-backref":
            return ""
        site, href = element.get("data-site"), element.get("href", "")
        if site is None and (not href or href.startswith("#")):
            return self.inside(element)
        return self.tag(element, "a", href=self._url(site) if site is not None else href, style=f"color:{LIGHT.accent}")

    def on_sup(self, element: Element) -> str:
        return self.tag(element, "sup", style="font-size:12px;line-height:0")

    def on_code(self, element: Element) -> str:
        style = f"font-family:{MONO};font-size:.88em;background:{LIGHT.box};padding:1px 4px;border-radius:3px"
        return self.tag(element, "code", class_="b", dir=self._code, style=style)

    def on_pre(self, element: Element) -> str:
        source = "".join(element.itertext())
        spans = "".join(
            f'<span class="{kind}" style="color:{LIGHT.code[kind]}">{escape(text)}</span>' if kind else escape(text)
            for text, kind in coloured(source, element.get("data-lang", ""))
        )
        lines = ' dir="ltr"' if self._code else ""
        aligned = ";text-align:left" if self._code else ""
        pre = f'<pre{lines} style="margin:0;font:14px/1.5 {MONO};white-space:pre{aligned}">{spans}</pre>'
        cell = f"background:{LIGHT.box};border:1px solid {LIGHT.rule};border-radius:4px;padding:14px 15px"
        return (
            f'<table {_TABLE} style="border-collapse:separate;table-layout:fixed;margin:4px 0 20px"><tr><td class="b" bgcolor="{LIGHT.box}" style="{cell}">'
            f'<div style="overflow-x:auto">{pre}</div></td></tr></table>'
        )

    def on_table(self, element: Element) -> str:
        """A table with too many columns for a phone scrolls in its own box; only a fixed layout keeps that narrow."""
        style = "font-size:15px;line-height:1.45;word-break:normal"
        columns = max((len(row) for row in element.iter("tr")), default=1)
        with self._narrower(self._space - self._space // max(columns, 1) + 12):
            inner = self.inside(element)
        table = f'<table cellpadding="0" cellspacing="0" border="0" width="100%" style="{style}">{inner}</table>'
        return (
            f'<table {_TABLE} style="table-layout:fixed;margin:4px 0 20px"><tr><td>'
            f'<div style="overflow-x:auto">{table}</div></td></tr></table>'
        )

    def on_thead(self, element: Element) -> str:
        return self.inside(element)

    on_tbody = on_thead

    def on_th(self, element: Element) -> str:
        style = f"padding:6px 12px 6px 0;border-bottom:1px solid {LIGHT.soft};font:13px/1.5 {self._label};color:{LIGHT.soft}"
        return self.tag(
            element,
            "th",
            class_="s",
            scope="col",
            align=element.get("align", self._language.start),
            valign="bottom",
            style=self._sided(style),
        )

    def on_td(self, element: Element) -> str:
        style = f"padding:7px 12px 7px 0;border-bottom:1px solid {LIGHT.rule}"
        return self.tag(
            element, "td", class_="r", align=element.get("align", ""), valign="top", style=self._sided(style)
        )

    def on_blockquote(self, element: Element) -> str:
        with self._narrower(19):
            inner = _closed(self.inside(element))
        # On a cell, since Word's engine pads nothing else.
        cell = self._sided(f"border-left:3px solid {LIGHT.rule};padding:0 0 0 16px")
        return f'<table {_TABLE} style="margin:0 0 16px"><tr><td class="r" style="{cell}">{inner}</td></tr></table>'

    def on_div(self, element: Element) -> str:
        if element.get("class") == "admonition":
            with self._narrower(35):
                inner = self.inside(element)
            border = self._sided(f"border-left:3px solid {self._colour}")
            return self._box(_closed(inner), border, f"b l{self._hue}")
        if element.get("class") == "footnote":
            return self._footnotes(element)
        return self.inside(element)

    def on_hr(self, _: Element) -> str:
        return f'<hr class="r" style="border:0;border-top:1px solid {LIGHT.rule};margin:24px 0"/>'

    def on_img(self, element: Element) -> str:
        name, alt = element.get("data-picture"), element.get("alt", "")
        if name is None:
            return escape(alt)
        width, height = int(element.get("width", "0")), int(element.get("height", "0"))
        shown = min(width, max(self._space, 1))
        place = f"display:block;margin:0 auto;width:100%;max-width:{shown}px"
        if "data-inline" in element.attrib:
            place = f"vertical-align:middle;width:{shown}px;max-width:100%"
        style = f"{place};height:auto;font:14px/1.5 sans-serif;color:{LIGHT.ink}"
        size = f'width="{shown}" height="{max(1, round(height * shown / max(width, 1)))}"'
        file = self._picture(element.get("data-mail") or name)
        image = f'<img class="ink" src="{escape(file)}" alt="{escape(alt)}" {size} border="0" style="{style}"/>'
        dark = element.get("data-dark-mail") or element.get("data-dark")
        return in_both_schemes(image, self._picture(dark) if dark else "")

    def on_figure(self, element: Element) -> str:
        """A diagram on its card: programs that choose by scheme show the dark one, and all others the light one."""
        name = element[0].get("data-picture", "")
        classes = "card both" if element[0].get("data-dark") else "card"
        cell = f"background:{CARD};border:1px solid {LIGHT.rule};border-radius:6px;color:{LIGHT.ink}"
        with self._narrower(2):
            shown = self.on_img(element[0])
        image = f'<a href="{escape(self._picture(name))}" style="color:{LIGHT.ink};text-decoration:none">{shown}</a>'
        return (
            f'<table {_TABLE} style="border-collapse:separate;margin:4px 0 20px"><tr><td class="{classes}" align="center" bgcolor="{CARD}" style="{cell}">'
            f"{image}</td></tr></table>"
        )

    def on_formula(self, element: Element) -> str:
        """A formula as a picture whose letters stand on the line of the words around it; its LaTeX is what a blocked one shows."""
        width, height = int(element.get("width", "0")), int(element.get("height", "0"))
        shown = min(width, max(self._space, 1))
        place = (
            "display:block;margin:8px auto"
            if "data-block" in element.attrib
            else f"vertical-align:-{element.get('data-descent')}px"
        )
        style = f"{place};width:{shown}px;max-width:100%;height:auto;font:14px/1.5 {MONO};color:{LIGHT.ink}"
        size = f'width="{shown}" height="{max(1, round(height * shown / max(width, 1)))}"'
        source = escape(self._picture(element.get("data-picture", "")))
        image = (
            f'<img class="ink" src="{source}" alt="{escape(element.text or "")}" {size} border="0" style="{style}"/>'
        )
        return in_both_schemes(image, self._picture(element.get("data-dark", "")))

    def on_equation(self, element: Element) -> str:
        return f'<p style="margin:0 0 16px;text-align:center">{self.on_formula(element)}</p>'

    def on_claim(self, element: Element) -> str:
        """A drafted sentence and the card with the words it rests on."""
        sentence = f'<p style="margin:0 0 10px">{self.inside(element[0])}</p>' if len(element) > 1 else ""
        label = escape(f"{element.get('label')} · {element.get('date')}")
        source = f'<span class="s" style="font:13px/1.5 {self._label};color:{LIGHT.soft}">{label}</span>'
        title = escape(in_order(element.get("title", ""), self._language.direction))
        link = f'<a class="h{self._hue}" href="{escape(self._url(element.get("data-site", "")))}" style="color:{self._colour}">{title}</a>'
        words = f'<p style="margin:0 0 8px">{self._language.quote(self.inside(element[-1]))}</p>'
        return sentence + self._box(
            f'{words}<div style="font-size:15px">{source}<br/>{link}</div>', f"border:1px solid {LIGHT.rule}", "b"
        )

    @contextmanager
    def _narrower(self, pixels: int) -> Iterator[None]:
        """Leave less space for pictures: Word's engine widens the whole mail for one that is too wide for its place."""
        self._space -= pixels
        yield
        self._space += pixels

    def _sided(self, style: str) -> str:
        return mirrored(style) if self._language.direction == "rtl" else style

    @property
    def _code(self) -> str:
        """The direction to be said of code; nothing where everything runs like it."""
        return "ltr" if self._language.direction == "rtl" else ""

    @property
    def _label(self) -> str:
        return label_font(self._language)

    @property
    def _colour(self) -> str:
        return LIGHT.hues[self._hue - 1]

    def _box(self, inner: str, border: str, classes: str) -> str:
        cell = f"background:{LIGHT.box};{border};border-radius:4px;padding:14px 16px"
        return (
            f'<table {_TABLE} style="border-collapse:separate;margin:0 0 20px"><tr><td class="{classes}" bgcolor="{LIGHT.box}" style="{cell}">'
            f"{inner}</td></tr></table>"
        )

    def _footnotes(self, element: Element) -> str:
        style = f"margin:0 0 4px;font-size:14px;color:{LIGHT.soft}"
        notes = [
            f'<div class="s" style="{style}">{number}. {self._note(note)}</div>'
            for number, note in enumerate(element.iterfind("ol/li"), 1)
        ]
        return f'<div style="margin:20px 0 16px">{"".join(notes)}</div>'

    def _note(self, note: Element) -> str:
        """Write paragraphs as lines, and all else as it is anywhere."""
        parts = [escape(note.text or "").strip()]
        for child in note:
            line = child.tag == "p" and f"{self.inside(child)}<br/>"
            parts += [
                (line or self.write(child)).replace("\xa0<br/>", "<br/>"),
                escape(child.tail or "").strip("\xa0\n "),
            ]
        return "".join(parts).removesuffix("<br/>")


def _closed(html: str) -> str:
    """Remove the margin of the last paragraph in a box: the box has its own."""
    head, mark, tail = html.rpartition('<p style="margin:0 0 16px">')
    return f'{head}<p style="margin:0">{tail}' if mark and tail.rstrip().endswith("</p>") else html
