"""The tags of Jekyll's Liquid and of Hugo in foreign Markdown: variables are filled in, everything else goes. Pure."""

from __future__ import annotations

import re

from publisher.content.archived_notes import Notes
from publisher.content.archived_text import Found, Text

_RAW = re.compile(r"\{%-?\s*raw\s*-?%\}(?:[^{]|\{(?!%-?\s*raw\b)){0,200000}?\{%-?\s*endraw\s*-?%\}")
_HIGHLIGHT = re.compile(r"^[ \t]*\{%-?\s*(?:highlight\s+([\w+-]+)[^%]{0,200}|endhighlight\s*)%\}", re.MULTILINE)
_COMMENT = re.compile(
    r"\{%-?\s*comment\b[^%]{0,500}%\}(?:[^{]|\{(?!%-?\s*comment\b)){0,200000}?\{%-?\s*endcomment\s*-?%\}"
)
_ASSIGN = re.compile(r"\{%-?\s*assign\s+([\w-]{1,100})\s*=\s*(?:\"([^\"\n]{0,2000})\"|'([^'\n]{0,2000})')\s*-?%\}")
_CAPTURE = re.compile(
    r"\{%-?\s*capture\s+([\w-]{1,100})\s*-?%\}((?:[^{]|\{(?!%-?\s*capture\b)){0,200000}?)\{%-?\s*endcapture\s*-?%\}"
)
_VARIABLE = re.compile(r"\{\{-?\s*([\w-]{1,100})\s*-?\}\}")
_TAG = re.compile(r"\{%[^\0]{0,1000}?%\}|\{\{[^\0]{0,1000}?\}\}")
_SILENT = re.compile(r"\{%-?\s*(?:raw|endraw|assign)\b")
_ATTRIBUTES = re.compile(
    r"\{:(?:[ \t]*(?:[.#][\w-]{1,100}|toc|refdef:?|[\w-]{1,100}=(?:\"[^\"{}\n]{0,300}\"|'[^'{}\n]{0,300}'|[\w-]{1,100}))){1,20}[ \t]*\}[ \t]?"
)
_KEPT = "\x02"
"""Stands between the two characters of a tag that is meant as text."""


def without_tags(text: Text, notes: Notes) -> Text:
    """Return the text without tags."""
    values: dict[str, str] = {}

    def keep(found: Found) -> str:
        inside = re.sub(r"^\{%-?\s*raw\s*-?%\}|\{%-?\s*endraw\s*-?%\}$", "", found[0])
        return re.sub(r"\{(?=[{%:])", "{" + _KEPT, inside)

    def assign(found: Found) -> str:
        values[found[1]] = (found[2] or found[3]) if found.has(3) or found.has(2) else ""
        return ""

    def capture(found: Found) -> str:
        values[found[1]] = found[2].strip()
        return ""

    def tag(found: Found) -> str:
        if not _SILENT.match(found[0]):
            notes.add(found.line, f"the template tag {found[0][:40]!r} was removed")
        return ""

    text = text.replace(_RAW, keep).replace(_HIGHLIGHT, lambda found: f"```{found[1]}").again()
    text = text.replace(_COMMENT, lambda _: "").replace(_ASSIGN, assign).replace(_CAPTURE, capture)
    text = text.replace(_VARIABLE, lambda found: values.get(found[1], found[0]))
    text = text.replace(_TAG, tag).replace(_ATTRIBUTES, lambda _: "")
    return Text.of(text.real.replace(_KEPT, ""), text.lines)
