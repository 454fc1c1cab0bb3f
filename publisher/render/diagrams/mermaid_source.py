"""What merman does not read as Mermaid does, written so that it does, before it is drawn."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_CLASSES: Final = re.compile(r"^[ \t]*classDiagram", re.M)
_BODY: Final = re.compile(
    r"^[ \t]*(?:namespace[ \t]+[^\s{}]+[ \t]*\{[ \t]*)?class[ \t]+[^{}\n]*\{(?P<members>[^{}]*)\}", re.M
)


@dataclass(frozen=True, slots=True)
class MermaidSource:
    """A source for merman; `added` are the lines of it, from 1, that end where the author's do not."""

    text: str
    added: tuple[int, ...] = ()

    def line(self, number: int) -> int:
        """Return the author's line of a line of the text."""
        return number - sum(added < number for added in self.added)


def for_merman(source: str) -> MermaidSource:
    r"""Put the brace that ends the body of a class on a line of its own, which merman wants and Mermaid does not.

    >>> for_merman("classDiagram\nclass A { +x }\n")
    MermaidSource(text='classDiagram\nclass A { +x \n}\n', added=(2,))
    """
    if not _CLASSES.search(source):
        return MermaidSource(source)
    parts, added, start, line = list[str](), list[int](), 0, 1
    for body in _BODY.finditer(source):
        if not body["members"].rpartition("\n")[2].strip():
            continue
        parts += [source[start : body.end() - 1], "\n"]
        line += source.count("\n", start, body.end())
        added.append(line)
        line, start = line + 1, body.end() - 1
    return MermaidSource("".join([*parts, source[start:]]), tuple(added))
