"""The standard library's HTML parser, for any text: a browser shows what a declaration is not, and never stops at it."""

from __future__ import annotations

from html.parser import HTMLParser


class HtmlReader(HTMLParser):
    """An HTMLParser that skips declarations, such as `<![x`: before Python 3.13 it raises AssertionError for some."""

    def parse_html_declaration(self, i: int) -> int:
        """Return where the declaration that begins at `i` ends, -1 if it does not."""
        return self.rawdata.find(">", i) + 1 or -1
