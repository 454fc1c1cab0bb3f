"""Small texts and files that cost much to read, by kind: a pull request may bring any of them.

Each is what its file says from the second line of its kind on; `files` puts it where the kind belongs in a publication.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from publisher.content.bounds import MOST_TEXT

FULL = MOST_TEXT - 200
"""Bytes: a text that is just short enough not to be refused for its length."""


@dataclass(frozen=True, slots=True)
class Hostile:
    """One input: its kind, a name within it, and what it says."""

    kind: str
    name: str
    data: bytes

    @property
    def id(self) -> str:
        return f"{self.kind}: {self.name}"

    def files(self) -> dict[str, bytes]:
        """Return the files of a publication that hold it, by their paths."""
        match self.kind:
            case "front matter":
                return {"content/concepts/hostile.md": b"---\n" + self.data + b"\n---\n\nWords.\n"}
            case "issue":
                return {"content/issues/0001.md": _ISSUE + self.data}
            case "publication.toml":
                return {"content/publication.toml": self.data}
            case "template":
                return {"templates/web/page.html": self.data}
            case "image":
                return {"content/concepts/hostile.png": self.data, "content/concepts/hostile.md": _piece(_IMAGE)}
            case _:
                return {"content/concepts/hostile.md": _piece(self.data)}


_IMAGE = b"![A picture](hostile.png)\n"
_ISSUE = b'---\nnumber: 1\ntitle: "Hostile"\ndate: 2026-11-26\nweek: 2026-W48\npreheader: "Words that are long enough to be a preview."\n---\n'


def _piece(body: bytes) -> bytes:
    return b'---\ntitle: "Hostile"\nstatus: ready\nadded: 2026-01-02\nsummary: "Words."\n---\n\n' + body


def hostile() -> Iterator[Hostile]:
    """Yield all of them; every name is there once in its kind."""
    texts: tuple[tuple[str, dict[str, str]], ...] = (
        ("Markdown", dict(_markdown())), ("raw HTML", dict(_html())), ("code", dict(_code())),
        ("diagram", dict(_diagrams())), ("front matter", dict(_front_matter())), ("issue", dict(_issues())),
        ("publication.toml", dict(_toml())), ("template", dict(_templates())),
    )  # fmt: skip
    for kind, found in texts:
        for name, text in found.items():
            yield Hostile(kind, name, text.encode())
    for name, data in _images():
        yield Hostile("image", name, data)


def _filled(unit: str, size: int = FULL) -> str:
    return (unit * (size // len(unit.encode()) + 1))[: size // len(unit.encode()) * len(unit)]


def _markdown() -> Iterator[tuple[str, str]]:
    units = (
        "[", "![", "[a](", "[a](b", "[a]: ", "[a][", "[^a]", "[^[^", "[^a]: ", "[]", "][", "[a]:b\n", "[a", "](", "(", "<", "<a ", "<a@", "<!--",
        "<http:", "*", "**", "*a ", "*a_", "_a", "***a** ", "~~", "~~a ", "`", "`a ", "``a`", "`|", "|", "|a", "|-", "a|\n", "\\", "\\`", "&", "&#",
        "&amp;", "#", "# a\n", "a\n==\n", "> ", ">", "- ", "- a\n", "  - a\n", "1. ", "1) a\n", "    a\n", "\t", "```\n", "~~~ a\n", "```a`\n", "* * *\n",
        "---\n", "a  \n", "a\\\n", "www.", "http://a", "a@b.c ", "a@", "a.", "!!! note\n", "> [!NOTE]\n", "- [ ] a\n", "{#a}", "# a {#a}\n", "\n", " \n",
        "x", "ü", "\u200d", "👩\u200d", "\u0301", "مرحبا ", "字", "PRESSROOMFIELD", "[@1-a-1]", ": a\n", "<div>\n", "</", "<?", "<!A", "<![CDATA[",
    )  # fmt: skip
    for unit in units:
        yield f"only {unit!r}", _filled(unit)
    yield "table of code with bars", "a|b\n-|-\n" + _filled("`|")
    yield "table of one wide row", _filled("a|", 20_000) + "\n" + _filled("-|", 20_000)
    yield "emphasis that opens and closes", _filled("*a ", 30_000) + _filled(" b*", 30_000)
    yield "code of growing marks", " ".join("`" * n for n in range(1, 350))
    yield "brackets in one another", "[" * 45 + "a" + "](b)" * 45 + _filled("[x](y)", 40_000)
    yield (
        "references that are defined at the end",
        _filled("[a]", 30_000) + "\n\n" + "\n".join(f"[{n}]: b" for n in range(3_000)),
    )
    yield "many footnotes", "".join(f"[^{n}]\n\n[^{n}]: x\n\n" for n in range(149))
    yield "footnotes in one another", "".join(f"[^{n}]: [^{n + 1}]\n\n" for n in range(149)) + "[^0]"
    yield "quotations of all depths", "\n".join("> " * (n % 28) + "a" for n in range(2_000))
    yield "lists of all depths", "\n".join("  " * (n % 14) + "- a" for n in range(3_000))
    yield "lists in quotations", _filled("> - > - > - a\n")
    yield "headings of one name", _filled("## a\n\n")
    yield "headings without letters", _filled("## !\n\n")
    yield "links to nowhere", _filled("[a](#b)\n\n")
    yield "links to files", _filled("[a](b.md)\n\n")
    yield "links of many lines", _filled("[a\n](b)\n\n")
    yield "addresses that end in brackets", _filled("http://a" + ")" * 1_000 + "\n")
    yield "lines that look like merge fields", _filled("{{ unsubscribe }} ")


def _html() -> Iterator[tuple[str, str]]:
    units = (
        "<b>", "<div>", "<a href=x>", "<a><b>", "<a><p>", "<b><p>", "<b><div></b>", "<b><i></b></i>", "<b><i><u><s><p>", "<table>", "<table>x", "<table><tr><td>",
        "<ul><li>", "<dl><dt>", "<p><table>", "<h1><h2>", "</p>", "<pre>\n", "<svg><p>", "<math><mi>", "<template>", "<select><option>", "<script>", "<style>",
        "<title>", "<plaintext>", "<iframe>", "<img src=x>", '<a href="', "<a b='", "<!-- ", "<!-->", "<? ", "&lt;", "<x-y>", "<picture><source>",
    )  # fmt: skip
    for unit in units:
        for wrap, before in (("in a block", "<div>\n"), ("in a line", "a ")):
            yield f"only {unit} {wrap}", before + _filled(unit, FULL - 10)
    yield "one tag with many attributes", "<a " + " ".join(f"a{n}=1" for n in range(6_000)) + ">"
    yield "one tag with one attribute many times", "<a " + _filled("x=1 ") + ">"
    yield "formatting that is closed too often", "<i>" * 3_000 + _filled("</b>", 50_000)
    yield "words in a table that must leave it", "<table>" + _filled("<b>x")


def _code() -> Iterator[tuple[str, str]]:
    fillers = {
        "spaces": "a" + " " * 60_000, "words": _filled("a "), "lines": _filled("a\n"), "brackets": _filled("("), "braces": _filled("{"),
        "dashes": _filled("-"), "dots": _filled("a.b"), "comments": _filled("/*"), "quotes": _filled('"', 60_001),
    }  # fmt: skip
    languages = ("c++", "java", "make", "csharp", "python", "bash", "sql", "js")
    for language, (name, source) in product(languages, fillers.items()):
        if "\n" in source or name in ("spaces", "brackets", "braces", "words", "dashes"):
            yield f"{language}, {name}", f"```{language}\n{source}\n```\n"
    yield "many blocks that each take long", "".join(f"```c++\na{' ' * 3_000}{n}\n```\n\n" for n in range(20))
    yield "many blocks of one line", _filled("```python\nx\n```\n\n")
    yield "many languages", "".join(f"```{name}\nx = 1\n```\n\n" for name in _LANGUAGES)


_LANGUAGES = (
    "c",
    "d",
    "r",
    "go",
    "lua",
    "php",
    "perl",
    "ruby",
    "rust",
    "scala",
    "swift",
    "kotlin",
    "haskell",
    "tex",
    "yaml",
    "toml",
    "json",
    "xml",
    "html",
    "css",
)


def _mermaid(text: str) -> str:
    first, _, rest = text.partition("\n")
    return f"```mermaid\n{first}\n accDescr: x\n{rest}\n```\n"


def _diagrams() -> Iterator[tuple[str, str]]:
    yield "long timeline", _mermaid("timeline\n" + "".join(f" {n} : a\n" for n in range(300)))
    yield "very long timeline", _mermaid("timeline\n" + "".join(f" {n} : a\n" for n in range(5_000)))
    yield "flowchart in a row", _mermaid("flowchart LR\n" + "".join(f" n{n} --> n{n + 1}\n" for n in range(2_500)))
    yield (
        "flowchart of all with all",
        _mermaid("flowchart TD\n" + "".join(f" n{a} --> n{b}\n" for a in range(60) for b in range(60))),
    )
    yield "flowchart of one with all", _mermaid("flowchart TD\n a --> " + " & ".join(f"n{n}" for n in range(5_000)))
    yield (
        "flowchart of groups with groups",
        _mermaid(
            "flowchart TD\n"
            + f" {' & '.join(f'a{n}' for n in range(80))} --> {' & '.join(f'b{n}' for n in range(80))}\n"
        ),
    )
    yield (
        "subgraphs in one another",
        _mermaid("flowchart TD\n" + "".join(f"subgraph s{n}\n" for n in range(2_000)) + "a\n" + "end\n" * 2_000),
    )
    yield "sequence of many messages", _mermaid("sequenceDiagram\n" + _filled(" a->>b: x\n", 60_000))
    yield (
        "sequence of many actors",
        _mermaid("sequenceDiagram\n" + "".join(f" participant a{n}\n" for n in range(2_500))),
    )
    yield "loops in one another", _mermaid("sequenceDiagram\n" + " loop x\n" * 3_000 + " a->>b: x\n" + " end\n" * 3_000)
    yield (
        "gantt over centuries",
        _mermaid("gantt\n dateFormat YYYY-MM-DD\n a : 0001-01-01, 9999-12-31\n tickInterval 1day\n"),
    )
    yield "gantt of many tasks", _mermaid("gantt\n dateFormat YYYY-MM-DD\n" + _filled(" a : 2026-01-01, 1d\n", 60_000))
    yield "pie of many pieces", _mermaid("pie\n" + "".join(f' "{n}" : 1\n' for n in range(5_000)))
    yield "pie of a huge number", _mermaid('pie\n "a" : ' + "9" * 50_000)
    yield (
        "states in one another",
        _mermaid("stateDiagram-v2\n" + "".join(f"state s{n} {{\n" for n in range(1_500)) + "}\n" * 1_500),
    )
    yield "classes of many members", _mermaid("classDiagram\n" + "".join(f" A : m{n}\n" for n in range(5_000)))
    yield (
        "entities of many relations",
        _mermaid("erDiagram\n" + "".join(f" A{n} ||--o{{ A{n + 1} : x\n" for n in range(2_000))),
    )
    yield "mindmap of one branch", _mermaid("mindmap\n" + "".join(" " * n + "a\n" for n in range(340)))
    yield "mindmap of many leaves", _mermaid("mindmap\n root\n" + "  a\n" * 12_000)
    yield "blocks in many columns", _mermaid("block-beta\n columns 10000\n" + _filled(" a", 50_000))
    yield "chart of many points", _mermaid("xychart-beta\n line [" + ", ".join(map(str, range(10_000))) + "]\n")
    yield "packet of many bits", _mermaid('packet-beta\n 0-999999: "a"\n')
    yield "label of one long word", _mermaid("flowchart TD\n a[" + "x" * 60_000 + "]\n")
    yield "label of many lines", _mermaid("flowchart TD\n a[" + _filled("x<br>", 60_000) + "]\n")
    yield "label of emoji", _mermaid("flowchart TD\n a[" + "👩\u200d👩\u200d👧" * 3_000 + "]\n")
    yield "git branches", _mermaid("gitGraph\n commit\n" + "".join(f" branch b{n}\n commit\n" for n in range(1_500)))
    yield "radar of many axes", _mermaid("radar-beta\n axis " + ", ".join(f"a{n}" for n in range(5_000)) + "\n")
    yield "sankey of many flows", _mermaid("sankey-beta\n\n" + "".join(f"a{n},b{n % 50},1\n" for n in range(3_000)))
    yield "many small diagrams", "".join(_mermaid(f"flowchart TD\n a{n} --> b\n") for n in range(800))
    yield "lines without words", "```mermaid\n" + "\n" * 60_000 + "```\n"
    yield "a description without an end", _mermaid("flowchart TD\n" + _filled(" accDescr {\n", 60_000))


def _front_matter() -> Iterator[tuple[str, str]]:
    laughs = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9) if n else 'x'}]\n" for n in range(12))
    yield "aliases of aliases", laughs
    yield "merged keys", "a: &a {b: c}\n" + "".join(f"m{n}: {{<<: *a}}\n" for n in range(2_000))
    for name, unit in (("lists", "["), ("mappings", "{"), ("mappings with keys", "{a: "), ("questions", "? "), ("dashes", "- "), ("anchors", "&a "), ("tags", "!a "),
                       ("quotes", '"'), ("escapes", "\\x"), ("colons", ": "), ("bars", "|\n"), ("comments", "#\n"), ("percents", "%a b\n"), ("new lines", "\n")):  # fmt: skip
        yield f"many {name}", "title: " + _filled(unit, 60_000)
    yield "many keys", "".join(f"k{n}: x\n" for n in range(6_000))
    yield "one key many times", _filled("title: x\n", 63_000)
    yield "a long key", "a" * 60_000 + ": x"
    yield "a key over two lines", '"' + _filled("a ", 60_000) + '": x'
    yield "a huge number", "number: " + "9" * 60_000
    yield "a huge date", "added: " + "9" * 60_000 + "-01-01"
    yield (
        "many tags of a piece",
        "title: x\nstatus: ready\nadded: 2026-01-02\nsummary: x\ntags: ["
        + ", ".join(f"t{n}" for n in range(8_000))
        + "]",
    )
    yield "a title of a bracket", "title: '" + "[" * 60_000 + "'\nstatus: ready\nadded: 2026-01-02\nsummary: x"
    yield "a flow over many lines", "a: [\n" + _filled("x,\n", 60_000) + "]"
    yield "a folded text", "a: >\n" + _filled("  x\n\n", 60_000)


def _issues() -> Iterator[tuple[str, str]]:
    yield "many sections", "".join(f"## concept: {n}\n\nx\n\n" for n in range(3_000))
    yield "many sections of many names", "".join(f"## s{n}: x\n\nx\n\n" for n in range(3_000))
    yield "a file of new lines", "\n" * 900_000
    yield "a file of hashes", "#" * 900_000
    yield "a file of fences", "```\n" * 200_000
    yield "a file of spaces", " " * 900_000
    yield "a lead of stars", _filled("*a ", 900_000)
    yield (
        "many texts that are just short enough",
        "".join(f"## concept: {n}\n\n{_filled('*a_', 60_000)}\n\n" for n in range(14)),
    )
    yield "titles of stars", "".join(f"## concept: {n}{'*a' * 400}\n\nx\n\n" for n in range(1_000))


def _toml() -> Iterator[tuple[str, str]]:
    yield from (
        ("lists in one another", "a = " + "[" * 50_000),
        ("tables in one another", "a = " + "{a=" * 20_000),
        ("dots in a key", "a" + ".a" * 30_000 + " = 1"),
        ("dots in a table", "[a" + ".a" * 30_000 + "]"),
        ("a huge number", "a = " + "9" * 60_000),
        ("a huge float", "a = 1e" + "9" * 60_000),
        ("a long text", 'name = "' + "x" * 60_000 + '"'),
        ("a text without an end", 'a = """' + '"\n' * 30_000),
        ("many keys", "".join(f"k{n} = 1\n" for n in range(6_000))),
        ("many tables", "".join(f"[t{n}]\n" for n in range(7_000))),
        ("many entries", _filled("[[section]]\n")),
        ("comments", _filled("#\n")),
        ("keys under many tables", "".join(f"[a.b{n}]\n" for n in range(6_000))),
        ("escapes", 'a = "' + "\\u0041" * 10_000 + '"'),
    )


def _templates() -> Iterator[tuple[str, str]]:
    yield "a power", "{{ 9 ** (9 ** 9) }}"
    yield "a product of texts", '{{ "a" * 9999999999 }}'
    yield "a wide text", '{{ "a"|center(99999999999) }}'
    yield "a power in a name", "{% include 9 ** (9 ** 9) %}{% autoescape 9 ** (9 ** 9) %}{% endautoescape %}"
    yield "a format", '{{ "%999999999d" % 1 }}'
    yield "a sum of lists", "{{ ([0] * 99999999) * 9 }}"
    yield "brackets in one another", "{{ " + "(" * 50_000
    yield "blocks in one another", "{% if a %}" * 20_000 + "{% endif %}" * 20_000
    yield "signs in a row", "{{ " + "-" * 50_000 + "1 }}"
    yield "an addition in a row", "{{ 1" + "+1" * 100_000 + " }}"
    yield "comments that do not end", "{#" * 400_000
    yield "tags that do not end", "{{ '" * 200_000
    yield "many loops", "{% for a in b %}{% endfor %}" * 5_000
    yield "text", "x" * 900_000


def _images() -> Iterator[tuple[str, bytes]]:
    yield "30,000 x 30,000 pixels", png(30_000, 30_000)
    yield "65,535 x 190 pixels", png(65_535, 190)
    yield "as many pixels as are allowed", png(4_000, 3_100)
    yield "pixels that are not there", png(4_000, 3_000, rows=10)
    yield "a text of 200 MB", png(10, 10, more=_chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(200_000_000), 9)))
    yield "a profile of 200 MB", png(10, 10, more=_chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(200_000_000), 9)))
    yield "many empty chunks", png(10, 10, more=_chunk(b"teXt", b"") * 300_000)
    yield "a GIF of many frames", _gif(3_000, 3_000, 400)
    yield "a JPEG of a header", b"\xff\xd8" + b"\xff\xe0\x00\x02" * 500_000
    yield "a JPEG of fill bytes", b"\xff\xd8\xff" + b"\xff" * 4_000_000
    yield (
        "an SVG of uses of uses",
        _svg("".join(f'<g id="a{n}">{f"""<use href="#a{n - 1}"/>""" * 9}</g>' for n in range(1, 12))),
    )
    yield (
        "an SVG of entities",
        b'<!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa">'
        + b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 9 if n else b"&a;" * 9) for n in range(9))
        + b"]><svg>&a8;</svg>",
    )
    yield "an SVG that is huge", _svg("", width=2_000_000_000)
    yield "an SVG of groups in one another", _svg("<g>" * 50_000 + "</g>" * 50_000)
    yield (
        "an SVG of blurred blurs",
        _svg(
            '<filter id="f">'
            + '<feGaussianBlur stdDeviation="500"/>' * 500
            + '</filter><rect width="900" height="900" filter="url(#f)"/>'
        ),
    )
    yield (
        "an SVG of a long path",
        _svg(f'<path stroke="red" stroke-dasharray="0.001" d="M0 0{_filled(" L900 900 L0 0", 400_000)}"/>'),
    )


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width: int, height: int, *, rows: int | None = None, more: bytes = b"") -> bytes:
    """Return a grey PNG, of which only some rows may be there."""
    made = zlib.compressobj(9)
    data = b"".join(made.compress(bytes(1 + (width + 7) // 8)) for _ in range(height if rows is None else rows))
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", head)
        + more
        + _chunk(b"IDAT", data + made.flush())
        + _chunk(b"IEND", b"")
    )


def _gif(width: int, height: int, frames: int) -> bytes:
    frame = b"\x21\xf9\x04\x00\x0a\x00\x00\x00,\0\0\0\0" + struct.pack("<HH", width, height) + b"\0\x02\x02\x44\x01\0"
    return b"GIF89a" + struct.pack("<HH", width, height) + b"\x80\0\0\0\0\0\xff\xff\xff" + frame * frames + b";"


def _svg(inside: str, width: int = 900) -> bytes:
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="900"><g id="a0"><rect width="9" height="9"/></g>{inside}<use href="#a11"/></svg>'.encode()
