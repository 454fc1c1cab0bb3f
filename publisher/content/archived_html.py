"""Raw HTML in foreign Markdown -> its words, with links, pictures and code as Markdown; simple marks stay. Pure."""

from __future__ import annotations

import html
import re
import sys

from plaintext import NOT_XML
from publisher.content.archived_addresses import written
from publisher.content.archived_blocks import html_blocks
from publisher.content.archived_code import fenced
from publisher.content.archived_notes import Notes
from publisher.content.archived_text import Found, Text

_COMMENT = re.compile(r"<!--(?:-?>|(?:[^<]|<(?!!--)){0,200000}?-->)")
_ACTIVE = re.compile(
    r"<(script|style|iframe|object|svg|form)\b[^>]{0,2000}>(?:[^<]|<(?!\1\b)){0,200000}?</\1\s*>", re.IGNORECASE
)
_PRE = re.compile(
    r"^([ \t]*)<pre\b[^>]{0,2000}>(?:\s*<code\b[^>]{0,2000}>)?\n?((?:[^<]|<(?!pre\b)){0,200000}?)(?:</code\s*>\s*)?</pre\s*>",
    re.IGNORECASE | re.MULTILINE,
)
_PICTURE_TAG = re.compile(r"<img\b([^<>]{0,4000})/?>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"([A-Za-z-]{1,40})\s*=\s*(?:\"([^\"<>]{0,2000})\"|'([^'<>]{0,2000})'|([^\s\"'<>]{1,2000}))")
_ANCHOR = re.compile(
    r"<a\s[^<>]{0,1000}?href=[\"']([^\"'<>\s]{1,2000})[\"'][^<>]{0,1000}>"
    r"((?:[^<>\[\]]|</?(?:abbr|b|code|em|i|small|span|strong|u)\b[^<>]{0,500}>){1,1000})</a\s*>",
    re.IGNORECASE,
)
_NO_ADDRESS = r"(?<!\]\()(?<!\]: )(?<!\]:)"
"""What follows is not the address of a link, which may stand between angle brackets, too."""
_KEPT = r"(?!/?(?:b|br|code|del|em|i|ins|kbd|s|strong|sub|sup)\s*/?>)"
"""What follows is none of the tags that mean the same to us as on GitHub."""
_TAG = re.compile(
    rf"{_NO_ADDRESS}<{_KEPT}/?(?:a|abbr|article|aside|audio|b|big|blockquote|body|br|center|cite|code|col|dd|del|details|div|dl|dt|em|embed|"
    r"figcaption|figure|font|footer|form|h[1-6]|head|header|hr|html|i|iframe|img|input|ins|kbd|li|link|main|mark|meta|nav|"
    r"object|ol|p|picture|pre|q|s|samp|script|section|small|source|span|strong|style|sub|summary|sup|svg|table|tbody|td|"
    r"tfoot|th|thead|tr|u|ul|var|video|wbr)(?:\s[^<>]{0,4000})?/?>",
    re.IGNORECASE,
)
_ANY_TAG = re.compile(r"<[^<>]{0,4000}>")
_STRAY = re.compile(rf"{_NO_ADDRESS}<{_KEPT}(?=[A-Za-z/!?])(?!(?:https?://|mailto:)[^<>\s]+>)(?![\w.+-]+@[\w.-]+>)")
_CHARACTER = re.compile(r"&#(?:\d{1,7}|[xX][0-9a-fA-F]{1,6});")


def without_html(text: Text, notes: Notes) -> Text:
    """Keep the text of raw HTML, with its links, pictures and code as Markdown; other angle brackets are shown as they are."""

    def active(found: Found) -> str:
        notes.add(found.line, f"<{found[1].lower()}> was removed with everything in it")
        return ""

    def tag(found: Found) -> str:
        notes.add(found.line, "raw HTML was removed and its text kept")
        return ""

    def picture(found: Found) -> str:
        said = {match[1].lower(): match[2] or match[3] or match[4] or "" for match in _ATTRIBUTE.finditer(found[1])}
        alt = re.sub(r"[\[\]\\\s]+", " ", html.unescape(said.get("alt", ""))).strip()
        return f"![{alt}]({written(said['src'])})" if said.get("src") else alt

    def character(found: Found) -> str:
        digits = found[0][2:-1]
        code = int(digits[1:], 16) if digits[0] in "xX" else int(digits)
        if code > sys.maxunicode or not NOT_XML.match(chr(code)):
            return found[0]
        notes.add(found.line, "a reference to a control character was removed")
        return ""

    text = text.replace(_COMMENT, lambda _: "").replace(_PRE, _fence).again()
    text = _at_the_margin(text.replace(_ACTIVE, active))
    text = text.replace(_PICTURE_TAG, picture).replace(_ANCHOR, lambda found: f"[{found[2]}]({found[1]})")
    return text.replace(_TAG, tag).replace(_STRAY, lambda _: "&lt;").replace(_CHARACTER, character)


def _fence(found: Found) -> str:
    """Return the code in <pre> as a fence of its own."""
    lines = html.unescape(_ANY_TAG.sub("", found[2])).strip("\n").split("\n")
    return "\n" + "\n".join(fenced([found[1] + line for line in lines], found[1])) + "\n"


def _at_the_margin(text: Text) -> Text:
    """Take the indentation from blocks of raw HTML: without its tags the text would turn into code."""
    lines = text.numbered()
    for span in html_blocks(text.real):
        for place in range(span.start, min(span.end, len(lines))):
            lines[place] = (lines[place][0].lstrip(" \t"), lines[place][1])
    return Text.of_lines(lines)
