"""What a drawing's style sheet says of an element: as much of CSS as merman's drawings use."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element

_COMMENT = re.compile(r"/\*.*?\*/", re.S)
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_SIMPLE = re.compile(r'([#.]?)([\w-]+)|\[([\w-]+)(?:="?([^"\]]*)"?)?\]|\*')


@dataclass(frozen=True, slots=True)
class _Compound:
    """Conditions on one element, such as `text.legend`."""

    tag: str
    ident: str
    classes: frozenset[str]
    attributes: tuple[tuple[str, str | None], ...]

    @property
    def key(self) -> str:
        """A class or tag that an element must have to match, empty if it needs neither."""
        return min(self.classes, default=self.tag)

    def matches(self, element: Element) -> bool:
        return (
            self.tag in ("", local_name(element))
            and self.ident in ("", element.get("id"))
            and self.classes <= set(element.get("class", "").split())
            and all(
                element.get(name) is not None if value is None else element.get(name) == value
                for name, value in self.attributes
            )
        )


@dataclass(frozen=True, slots=True)
class _Rule:
    compounds: tuple[_Compound, ...]
    weight: tuple[int, int, int]
    declarations: Mapping[str, str]

    def matches(self, path: list[Element]) -> bool:
        """Whether the rule holds for the last element of a path from the root."""
        *above, last = self.compounds
        if not last.matches(path[-1]):
            return False
        rest = iter(reversed(path[:-1]))
        return all(any(compound.matches(element) for element in rest) for compound in reversed(above))


class Styles:
    """The rules of a drawing that set one of the `names`."""

    def __init__(self, tree: Element, names: Iterable[str]) -> None:
        self._names = frozenset(names)
        rules = (
            rule
            for element in tree.iter()
            if local_name(element) == "style"
            for rule in self._parsed(element.text or "")
        )
        self._rules: dict[str, list[tuple[int, _Rule]]] = {}
        for place, rule in enumerate(sorted(rules, key=lambda rule: rule.weight)):
            self._rules.setdefault(rule.compounds[-1].key, []).append((place, rule))

    def of(self, path: list[Element], inherited: Mapping[str, str]) -> dict[str, str]:
        """Return what holds for the last element of a path, given what holds for the one above it."""
        element = path[-1]
        important: dict[str, str] = {}
        found = dict(inherited) | {name: element.attrib[name] for name in self._names if name in element.attrib}
        keys = (*element.get("class", "").split(), local_name(element), "")
        candidates = sorted((found for key in keys for found in self._rules.get(key, ())), key=lambda found: found[0])
        for _, rule in candidates:
            if rule.matches(path):
                for name, value in rule.declarations.items():
                    (important if value.endswith("!important") else found)[name] = value.removesuffix(
                        "!important"
                    ).strip()
        found.update((name, value) for name, value in declarations(element).items() if name in self._names)
        return found | important

    def _parsed(self, css: str) -> Iterator[_Rule]:
        for selectors, block in _RULE.findall(_COMMENT.sub("", css)):
            wanted = {name: value for name, value in parse_declarations(block).items() if name in self._names}
            for selector in selectors.split(",") if wanted else ():
                compounds = tuple(_compound(part) for part in selector.replace(">", " ").split())
                if compounds and None not in compounds:
                    known = tuple(compound for compound in compounds if compound is not None)
                    yield _Rule(known, _weight(known), wanted)


def _compound(text: str) -> _Compound | None:
    """Return one part of a selector, None for what is not understood, such as a pseudo-class."""
    if _SIMPLE.sub("", text):
        return None
    parts = [match.groups(default="") for match in _SIMPLE.finditer(text)]
    return _Compound(
        tag=next((name for mark, name, _, _ in parts if name and not mark), ""),
        ident=next((name for mark, name, _, _ in parts if mark == "#"), ""),
        classes=frozenset(name for mark, name, _, _ in parts if mark == "."),
        attributes=tuple((name, value or None) for _, _, name, value in parts if name),
    )


def _weight(compounds: tuple[_Compound, ...]) -> tuple[int, int, int]:
    return (
        sum(bool(compound.ident) for compound in compounds),
        sum(len(compound.classes) + len(compound.attributes) for compound in compounds),
        sum(bool(compound.tag) for compound in compounds),
    )


def local_name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def has_class(element: Element, name: str) -> bool:
    return name in element.get("class", "").split()


def declarations(element: Element) -> dict[str, str]:
    """Return what an element's own `style` says."""
    return parse_declarations(element.get("style", ""))


def parse_declarations(text: str) -> dict[str, str]:
    """Return the declarations of a block.

    >>> parse_declarations("fill: none; stroke:#333 !important;")
    {'fill': 'none', 'stroke': '#333 !important'}
    """
    pairs = (part.partition(":") for part in text.split(";"))
    return {name.strip(): value.strip() for name, _, value in pairs if name.strip() and value.strip()}


def restyle(element: Element, **changes: str | None) -> None:
    """Change what an element's own `style` says; None removes a property."""
    own = declarations(element) | {name.replace("_", "-"): value for name, value in changes.items()}
    element.set("style", ";".join(f"{name}:{value}" for name, value in own.items() if value is not None))
