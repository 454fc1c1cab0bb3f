"""An issue's mail, proof and page as a browser shows them in a frame before the issue is out (pure)."""

from __future__ import annotations

import re
from typing import Final, Literal

from publisher.issue import Rendered
from publisher.merge_fields import filled
from publisher.numbers import page_of
from publisher.ports import RenderedEmail
from publisher.publication import Publication

Scheme = Literal["light", "dark"]

_STYLES: Final = re.compile(
    r"(<style\b[^>]*>)(.*?)(</style>)|(\smedia=)(\"[^\"]*\"|'[^']*')", re.DOTALL | re.IGNORECASE
)
_PREFERS: Final = re.compile(r"\(\s*prefers-color-scheme\s*:\s*(light|dark)\s*\)", re.IGNORECASE)
_SOURCES: Final = re.compile(r'\b(src|srcset|href)="([^"]*)"')
"""A file that a page shows, or several with their widths: `a.png 640w, b.png 1280w`."""
_SCRIPTS: Final = re.compile(r"<script\b[^>]*\bsrc=[^>]*></script>\n?", re.IGNORECASE)
_LEADS_AWAY: Final = re.compile(r"<(a|area)\b(?=[^>]*\shref=[\"']?[^\"'#\s])", re.IGNORECASE)


def mail_in_frame(rendered: Rendered, publication: Publication, *, files: str, page: str, **values: str) -> str:
    """Return the mail with `values` for its merge fields, in HTML.

    Its pictures come from below `files`, and links to the issue's page lead to `page`.
    """
    html, own = filled(rendered.html, **values), publication.url(page_of(rendered.number))
    for picture in rendered.pictures:
        html = html.replace(own + picture.name, f"{files}{picture.name}")
    return html.replace(f'"{own}"', f'"{page}"')


def page_in_frame(rendered: Rendered, *, root: str, files: str) -> str:
    """Return the page without its scripts, which a frame does not run.

    `root` is where its site begins, and its pictures come from below `files`.
    """
    html = _SCRIPTS.sub("", rendered.web)
    html = html.replace('"../../', f'"{root}').replace('"../', f'"{root}issues/')
    known = {picture.name for picture in rendered.pictures}

    def led(found: re.Match[str]) -> str:
        files_of = (candidate.strip() for candidate in found[2].split(","))
        return f'{found[1]}="{", ".join(files + one if one.split(" ")[0] in known else one for one in files_of)}"'

    return _SOURCES.sub(led, html)


def proof_in_frame(email: RenderedEmail, *, files: str, **values: str) -> str:
    """Return an editor's proof, whose pictures come from below `files`."""
    html = filled(email.html, **values)
    for picture in email.pictures:
        html = html.replace(f"cid:{picture.content_id}", f"{files}{picture.name}")
    return html


def in_scheme(html: str, scheme: Scheme) -> str:
    """Return HTML that looks as it does where a reader prefers this scheme, whatever this browser prefers.

    >>> in_scheme('<style>@media (prefers-color-scheme: dark) {}</style>', "dark")
    '<style>@media (min-width: 0) {}</style>'
    """

    def styled(found: re.Match[str]) -> str:
        if found[1]:
            return f"{found[1]}{css_in_scheme(found[2], scheme)}{found[3]}"
        return f"{found[4]}{css_in_scheme(found[5], scheme)}"

    return _STYLES.sub(styled, html)


def css_in_scheme(css: str, scheme: Scheme) -> str:
    """Return a style sheet in which `prefers-color-scheme` is decided: true or false for every screen.

    >>> css_in_scheme("@media (prefers-color-scheme: dark) and (width > 9px) {}", "light")
    '@media (max-width: 0) and (width > 9px) {}'
    """
    return _PREFERS.sub(lambda found: "(min-width: 0)" if found[1].lower() == scheme else "(max-width: 0)", css)


def opening_apart(html: str) -> str:
    """Return HTML whose links open in a window of their own, except those to a place in the same document.

    >>> opening_apart('<a class="x" href="/a"> <a href="#b">')
    '<a target="_blank" class="x" href="/a"> <a href="#b">'
    """
    return _LEADS_AWAY.sub(r'<\1 target="_blank"', html)
