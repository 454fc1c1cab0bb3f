"""Small texts and files that cost much to read, by kind: a pull request may bring any of them.

Each is what its file says from the second line of its kind on; `files` puts it where the kind belongs in a publication.
"""

from __future__ import annotations

import io
import json
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from publisher.content.bounds import MOST_TEXT
from publisher.resources import shipped

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
            case "segment":
                where = b'[[segment]]\nid = "hostile"\nwhere = ' + json.dumps(self.data.decode()).encode()
                return {"content/publication.toml": EXAMPLE + where}
            case "merge field":
                return {"content/concepts/hostile.md": _piece(self.data), "content/issues/0001.md": _ISSUE + self.data}
            case "archive":
                return {"old/2024-01-02-hostile.md": self.data}
            case "definitions":
                return {"old/2024-01-02-a.md": b"See [x].\n", "shared/definitions.md": self.data}
            case "list":
                return {f"list.{'zip' if self.data.startswith(b'PK') else 'csv'}": self.data}
            case "template":
                return {"templates/web/page.html": self.data}
            case "image":
                return {"content/concepts/hostile.png": self.data, "content/concepts/hostile.md": _piece(_IMAGE)}
            case _:
                return {"content/concepts/hostile.md": _piece(self.data)}


EXAMPLE = (shipped("content") / "publication.toml").read_bytes()
_IMAGE = b"![A picture](hostile.png)\n"
_ISSUE = b'---\nnumber: 1\ntitle: "Hostile"\ndate: 2026-11-26\nweek: 2026-W48\npreheader: "Words that are long enough to be a preview."\n---\n'


def _piece(body: bytes) -> bytes:
    return b'---\ntitle: "Hostile"\nstatus: ready\nadded: 2026-01-02\nsummary: "Words."\n---\n\n' + body


def hostile(*kinds: str) -> Iterator[Hostile]:
    """Yield all of them, or those of some kinds; every name is there once in its kind."""
    for kind, texts in (
        ("Markdown", _markdown), ("raw HTML", _html), ("code", _code), ("diagram", _diagrams), ("front matter", _front_matter), ("issue", _issues),
        ("publication.toml", _toml), ("template", _templates), ("segment", _segments), ("merge field", _merge_fields), ("archive", _archives),
        ("definitions", _definitions), ("list", _lists), ("image", _images), ("list", _zipped_lists),
    ):  # fmt: skip
        if not kinds or kind in kinds:
            for name, text in texts():
                yield Hostile(kind, name, text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text)


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

    yield "100,000 keys", "".join(f"k{n}: x\n" for n in range(100_000))
    yield "100,000 keys on one line", "{" + ", ".join(f"k{n}: x" for n in range(100_000)) + "}"
    yield "short keys up to the limit", "{" + ",".join(f"{n:x}" for n in range(12_000)) + "}"
    yield "an anchor in one of its own", "a: &a [*a]"
    yield "an alias that nobody named", "a: *b"
    yield "documents in a row", "a: x\n...\n" * 8_000
    yield "a date of many digits", "added: 2026-01-" + "0" * 60_000 + "1"
    yield "a number of many signs", "number: " + "+-" * 30_000 + "1"
    yield "numbers of base 60", "number: " + "1:" * 30_000 + "1"
    yield "a number in words of Python", "number: 1e999999999"
    yield "binary", "title: !!binary " + "A" * 60_000
    yield "sets and pairs", "title: !!set {" + "a, " * 20_000 + "}"
    yield "an object of Python", 'title: !!python/object/apply:os.system ["sleep 9"]'
    yield "tags of a long name", "title: !" + "a" * 60_000 + " x"
    yield "a text over many lines", 'title: "' + _filled("x\\\n  ", 60_000) + '"'
    yield "mappings in lists", "a: " + "[{a: " * 12_000
    yield "a version of many digits", "%YAML " + "1" * 60_000 + ".1\n--- \na: x"
    yield "emoji in escapes", 'title: "' + "\\U0001F600" * 6_000 + '"'


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
        ("one phrase in words of its own", '[words]\n"Read the archive" = "' + "%(a)s" * 10_000 + '"'),
        ("a phrase of percents", '[words]\n"Read the archive" = "' + "%" * 60_000 + '"'),
        ("a phrase of a wide value", '[words]\n"Hello %(name)s," = "%(name)999999999s"'),
        ("a phrase of brackets", '[words]\n"Hello %(name)s," = "' + "%(" * 30_000 + '"'),
        ("a phrase of braces", '[words]\n"Hello %(name)s," = "' + "{0.__class__:>999999999}" * 2_000 + '"'),
        ("a phrase of many forms", '[words]\n"Hello %(name)s," = [' + '"x", ' * 10_000 + "]"),
        ("phrases that nobody says", "[words]\n" + "".join(f'"p{n}" = "x"\n' for n in range(5_000))),
        ("a phrase of one value many times", '[words]\n"Hello %(name)s," = "' + "%(name)s" * 7_000 + '"'),
        ("a language of many parts", 'language = "' + "de-" * 20_000 + '"'),
        ("segments of brackets", "".join(f'[[segment]]\nid = "s{n}"\nwhere = "{"(" * 1_900}"\n' for n in range(30))),
        ("a date of many digits", "a = 2026-01-" + "0" * 60_000),
        ("a number of many underlines", "a = " + "1_" * 30_000 + "1"),
        ("a line of many equal signs", "a " + "=" * 60_000),
        ("inline tables in lists", "a = " + "[{a = " * 10_000),
        ("NULs", 'a = "' + "\\u0000" * 10_000 + '"'),
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
    yield "a text of 200 MB", png(10, 10, more=_chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(200_000_000), 1)))
    yield "a profile of 200 MB", png(10, 10, more=_chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(200_000_000), 1)))
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


def _segments() -> Iterator[tuple[str, str]]:
    tests = {
        "tag": "tag = a",
        "text": 'source ~ "a"',
        "day": "joined > 2026-01-01",
        "age": "seen < 9999d ago",
        "path": "path = backend",
    }
    for name, test in tests.items():
        for word in ("and", "or", "and not"):
            yield f"{name}, many with {word}", f" {word} ".join([test] * (1_990 // (len(test) + len(word) + 2)))
    for unit in (
        "(",
        ")",
        "not ",
        "not(",
        "tag = ",
        "= ",
        "~",
        '"',
        '\\"',
        "and ",
        "tag=a and (",
        "a\u0301",
        "字",
        "\u200b",
        "\0",
        "9",
        "d ago ",
        "İ",
        "\n",
    ):
        yield f"only {unit!r}", unit * (1_990 // len(unit))
        yield f"too much of {unit!r}", unit * (60_000 // len(unit))
    yield "brackets and not as deep as they may be", "not (" * 10 + "tag = a" + ")" * 10
    yield "brackets side by side", " or ".join(["(tag = a and not (tag = b or tag = c))"] * 45)
    yield "a text of escapes", 'tag = "' + "\\u0041" * 300 + '"'
    yield "a text of backslashes", 'tag = "' + "\\\\" * 900 + '"'
    yield "a text of percents", 'source ~ "' + "%_" * 95 + '"'
    yield "a text that grows when it is folded", 'source ~ "' + "ﷺ" * 190 + '"'
    yield "a number of many digits", "opens > " + "9" * 1_900
    yield "a day of many digits", "joined > " + "9" * 1_900 + "-01-01"
    yield "an age beyond all days", "joined > 9999w ago"
    yield "a domain of many labels", 'domain = "' + "xn--a." * 30 + '"'


def _merge_fields() -> Iterator[tuple[str, str]]:
    for name, unit in (("fields", "PRESSROOMFIELDaddressDLEIF"), ("beginnings", "PRESSROOMFIELD"), ("ends", "DLEIF"), ("marks", "PRESSROOMFIELDfrom.aDLEIF"),
                       ("marks of many names", "PRESSROOMFIELDfrom." + "a." * 50), ("names", "PRESSROOMFIELDfrom." + "a" * 200), ("beginnings in one another", "PRESSROOMPRESSROOMFIELD"),
                       ("escapes", "PRESSROOMFIELD&#97;ddressDLEIF"), ("tags", "PRESSROOM<b>FIELD</b>addressDLEIF"), ("code", "`PRESSROOMFIELD`addressDLEIF "),
                       ("links", "[a](https://example.com/PRESSROOMFIELDaddressDLEIF) "), ("pictures", "![PRESSROOMFIELDaddressDLEIF](a.png) ")):  # fmt: skip
        yield f"only {name}", _filled(unit, 60_000)
    yield "one name without an end", "PRESSROOMFIELDfrom." + "a" * 60_000
    yield "a name of dots", "PRESSROOMFIELDfrom." + "." * 60_000
    yield "a mark of a million names", "PRESSROOMFIELDfrom." + "a." * 29_000 + "DLEIF"


MEGABYTE = 990_000
"""Bytes: a file of an archive that is just short enough not to be refused for its length."""


def _archives() -> Iterator[tuple[str, str]]:
    units = (
        "[", "![", "[a](", "[a][b] ", "[^a]", "[a]: b\n", "[^a]: b\n\n", "[^a]", "<b>", "<div>\n", "<!-- ", "<pre>", "<svg>", "<a href='x'>b</a> ", "<img src=x> ", "&#7;", "{% x %}",
        "{{ x }}", "{% raw %}", "{% comment %}", "{% capture x %}", "{% assign a = 'b' %}", "{: .a }", "`a ", "*a ", "# a\n", "## a\n\nx\n\n", "a\n===\n", "```\n", "- a\n", "> ", ">",
        "    a\n\n", "a|b\n", "![a](x.png) ", "x", "字", "\n", "Words and words. ", "- [ ] a\n  - b\n\n", "\x08", "\\", "\t", "---\n", "+++\n", "Title: a\n", "PRESSROOMFIELDaddressDLEIF ",
        "<<<<<<< HEAD\n", "```mermaid\naccDescr: x\n```\n\n", "$x$ ", "[@0001-a-1] ",
    )  # fmt: skip
    for unit in units:
        yield f"a megabyte of {unit!r}", _filled(unit, MEGABYTE)
    yield "front matter of brackets", "---\ntitle: " + "[" * 900_000 + "\n---\nText.\n"
    yield "front matter of TOML", "+++\ntitle = " + "[" * 900_000 + "\n+++\nText.\n"
    yield "front matter of dots in TOML", "+++\na" + ".a" * 30_000 + " = 1\n+++\nText.\n"
    yield "many old addresses", "---\naliases: [" + ", ".join(f"/a{n}/" for n in range(9_000)) + "]\n---\nText.\n"
    yield "a title of a megabyte", "# " + "a " * 490_000 + "\n\nText.\n"
    yield "as many sections as there may be", "".join(f"## a{n}\n\n{'*a ' * 1_000}\n\n" for n in range(299))
    yield "one note in all sections", "".join(f"## a{n}\n\nx[^a]\n\n" for n in range(299)) + "[^a]: " + "x " * 30_000
    yield "notes in notes", "x[^0]\n\n" + "".join(f"[^{n}]: x[^{n + 1}]\n\n" for n in range(40_000))


def _definitions() -> Iterator[tuple[str, str]]:
    units = (
        "[a]: b\n",
        "[",
        "[a",
        "[a]:",
        "[a]: <",
        '[a]: b "',
        "[a]: b (\n",
        "> [a]: b\n",
        "- [a]: b\n",
        "[a]: b\n\n",
        "```\n",
        "<!-- ",
        "\n",
        "x\n",
        "\\",
        "[ß]: b\n",
    )
    for unit in units:
        yield f"a megabyte of {unit!r}", "[x]: https://example.com/\n" + _filled(unit, MEGABYTE)
    yield "many labels", "".join(f"[{n}]: https://example.com/{n}\n" for n in range(28_000))
    yield "a long label", "[" + "a" * 900_000 + "]: b\n\n[x]: https://example.com/\n"


def _lists() -> Iterator[tuple[str, str]]:
    head, row = "email,name,tags\n", "ada{}@example.com,Ada,maths\n"
    yield "a million columns", ",".join(f"c{n}" for n in range(1_000_000)) + "\n" + row
    yield (
        "columns up to the limit of the first line",
        "email" + ",a" * 32_000 + "\n" + "".join(row.format(n) for n in range(5_000)),
    )
    yield "a million cells", head + "ada@example.com" + "," * 1_000_000 + "\n"
    yield "a million empty rows", head + "\n" * 1_000_000
    yield "a million rows of commas", head + ",,\n" * 300_000
    yield "a huge field", head + "ada@example.com," + "x" * 20_000_000 + "\n"
    yield "a huge field in quotation marks", head + 'ada@example.com,"' + "x" * 20_000_000 + '"\n'
    yield "a huge first line", "x" * 20_000_000 + "\n"
    yield "a huge line that is not UTF-8", head + "x" * 20_000_000 + "\udcff\n"
    yield "fields just short enough", head + ("ada@example.com" + "," + "x" * 131_000 + "\n") * 100
    yield "a quotation that does not end", head + 'ada@example.com,"' + "x\n" * 2_000_000
    yield "a quotation over many cells", head + '"a\n",' * 1_000_000
    yield "many quotations", head + '"' * 2_000_001
    yield "quotations in one another", head + 'ada@example.com,"' + '""' * 1_000_000 + '"\n'
    yield "NULs", head + "\0" * 1_000_000 + "\n"
    yield "NULs in the first line", "\0" * 60_000 + "email\n"
    yield "unknown words", "email,status\n" + "".join(f"ada{n}@example.com,word{n}\n" for n in range(20_000))
    yield "an address of dots", head + "a" + "." * 100_000 + "@example.com,,\n"
    yield "addresses of labels", head + ("a@" + "a." * 60_000 + "com,,\n") * 10
    yield "addresses of signs", head + ("a@" * 60_000 + ",,\n") * 10
    yield "addresses of combining signs", head + ("a" + "\u0301" * 60_000 + "@example.com,,\n") * 10
    yield "names of combining signs", head + ("ada@example.com,a" + "\u0301" * 60_000 + ",\n") * 10
    yield "tags of commas", head + ('ada@example.com,Ada,"' + "a," * 60_000 + '"\n') * 10
    yield "tags of JSON", head + ('ada@example.com,Ada,"' + "[" * 120_000 + '"\n') * 10
    yield "dates of digits", "email,created_at\n" + ("ada@example.com," + "9" * 120_000 + "\n") * 10
    yield (
        "ids of commas",
        "email,status,subject_id,former_ids\n" + ('ada@example.com,active,x,"' + "a," * 60_000 + '"\n') * 10,
    )
    yield "JSON of brackets", "[\n" + "[" * 1_000_000
    yield "JSON of one object", '[\n{"email": "ada@example.com", "tags": ' + "[" * 1_000_000 + "}\n]"
    yield "JSON of many keys", "[\n{" + ", ".join(f'"k{n}": 1' for n in range(100_000)) + "}\n]"
    yield "JSON of a long number", '[\n{"email": ' + "9" * 1_000_000 + "}\n]"
    yield "white space", " " * 5_000_000
    yield "separators", "sep=,\n" * 100_000
    yield "carriage returns", "email\r" + "\r" * 1_000_000


def _zipped_lists() -> Iterator[tuple[str, bytes]]:
    head = b"email,active_subscription,expiry,email_disabled,created_at\n"
    yield "an archive that unpacks to 200 MB", _zip({"email_list.csv": head + bytes(200_000_000)})
    yield "an archive of many lists", _zip({f"{n}/email_list.csv": head for n in range(3_000)})
    yield "an archive of an archive", _zip({"email_list.csv": _zip({"a": bytes(1_000_000)})})
    whole = _zip({"email_list.csv": head + b"ada@example.com,false,,false,2024-01-02\n"})
    yield (
        "an archive that lies of its sizes",
        whole.replace(struct.pack("<I", len(head) + 40), struct.pack("<I", 2**31)),
    )


def _zip(files: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return made.getvalue()
