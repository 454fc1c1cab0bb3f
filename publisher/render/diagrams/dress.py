"""What Mermaid's configuration cannot say about the look of a diagram: colours that are fixed, labels that lie on one another."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element, SubElement

from publisher.render.diagrams.bounds import Mark, marks
from publisher.render.diagrams.scheme import DiagramScheme
from publisher.render.diagrams.shapes import transformation
from publisher.render.diagrams.styles import declarations, has_class, local_name, restyle
from publisher.render.diagrams.typefaces import Letters

_HALO = "stroke:{card};stroke-width:4px;stroke-linejoin:round;paint-order:stroke"
"""Keeps a label legible where a line passes behind it."""
_BESIDE_LABEL = 4
_BESIDE_BARS = 10
_BETWEEN_TICKS = 8
_BESIDE_MILESTONE = 6
_BELOW_TITLE = 24
_ABOVE_NAME = 5
_RELATION = "#444444"
"""How a text of a C4 relation is known: no class says so."""
_STEPS = tuple(sign * step for step in range(0, 97, 8) for sign in (1, -1))


def dress(tree: Element, scheme: DiagramScheme, letters: Letters) -> None:
    """Give a drawing the scheme's colours where Mermaid has its own, and part labels that lie on one another."""
    for element in tree.iter():
        if set(declarations(element).get("stroke-dasharray", "").replace(",", " ").split()) == {"0"}:
            restyle(element, stroke_dasharray=None)  # resvg draws no line for it
        if local_name(element) == "rect" and element.get("fill") == scheme.card:
            _widen(element)
        if "mix-blend-mode" in declarations(element):
            restyle(element, mix_blend_mode=None)  # darkens what lies on a dark card
    style = SubElement(tree, tree[0].tag.rpartition("}")[0] + "}style")
    style.text = "".join(f"{selector}{{{_important(block)}}}" for selector, block in _rules(scheme))
    match tree.get("aria-roledescription"):
        case "gantt":
            _remove(tree, "today")  # the day on which an issue is drawn says nothing to its readers
            _part_milestones(tree)
            _thin_ticks(tree, letters)
            _fit_sections(tree, letters)
        case "c4":
            _lower_title(tree, letters)
            _part_relations(tree, letters)
        case "sankey":
            _raise_labels(tree)
        case "kanban":
            _left_align(tree)
        case "sequence":
            _lift_figures(tree)


def _widen(background: Element) -> None:
    """Keep an edge off its label on both sides."""
    background.set("x", f"{float(background.get('x', '0')) - _BESIDE_LABEL:g}")
    background.set("width", f"{float(background.get('width', '0')) + 2 * _BESIDE_LABEL:g}")


def _important(block: str) -> str:
    return ";".join(f"{declaration}!important" for declaration in block.split(";"))


def _rules(scheme: DiagramScheme) -> Iterator[tuple[str, str]]:
    halo = _HALO.format(card=scheme.card)
    yield ".grid .tick line", f"stroke:{scheme.rim}"
    yield ".grid .tick text", f"fill:{scheme.ink}"
    yield ".c4-shape text,.c4-shape tspan", f"fill:{scheme.ink}"
    yield f'text[fill="{_RELATION}"]', f"fill:{scheme.ink};{halo}"
    yield f'[stroke="{_RELATION}"]', f"stroke:{scheme.line}"
    yield '.marker [fill="white"]', f"fill:{scheme.card}"
    yield ".architecture-service text", halo
    yield ".node-bkg", f"stroke:{scheme.faint}"
    yield ".packetByte,.packetLabel,.packetTitle", f"fill:{scheme.ink}"
    yield ".packetBlock", f"fill:{scheme.box};stroke:{scheme.line}"
    yield ".link", "mix-blend-mode:normal"
    yield ".sections .cluster rect", f"fill:{scheme.second};stroke:{scheme.rim}"
    yield ".sankey-label-bg", f"stroke:{scheme.card}"
    yield ".node-labels text", f"fill:{scheme.ink}"
    yield ".radarGraticule", f"fill:{scheme.second};stroke:{scheme.rim}"
    yield ".face", f"fill:{scheme.fills[4]};stroke:{scheme.line}"
    yield '.mouth,circle[fill="#666"]', f"fill:{scheme.ink};stroke:{scheme.ink}"
    for at, line in enumerate(scheme.lines):
        yield f".radarCurve-{at}", f"stroke:{line};fill:{line};fill-opacity:.15"
        yield f".radarLegendBox-{at}", f"stroke:{line};fill:{line};fill-opacity:1"
        yield f"circle.actor-{at}", f"fill:{line};stroke:{scheme.card}"


def _remove(tree: Element, name: str) -> None:
    for parent in list(tree.iter()):
        for child in [child for child in parent if has_class(child, name)]:
            parent.remove(child)


def _part_milestones(tree: Element) -> None:
    """Put the label left of its milestone where it lies on it."""
    places = {
        element.get("id"): float(element.get("x", "0")) for element in tree.iter() if has_class(element, "milestone")
    }
    for text in tree.iter():
        if has_class(text, "taskTextOutsideLeft"):
            left = places.get(text.get("id", "").removesuffix("-text"))
            if left is not None:
                text.set("x", f"{left - _BESIDE_MILESTONE:g}")


def _thin_ticks(tree: Element, letters: Letters) -> None:
    """Remove the labels of an axis that repeat the one before them or touch it."""
    parents = {child: parent for parent in tree.iter() for child in parent}
    last: Mark | None = None
    for mark in marks(tree, letters):
        tick = parents.get(mark.element)
        if not mark.words or tick is None or not has_class(tick, "tick"):
            continue
        if last and (mark.words == last.words or mark.box.left < last.box.right + _BETWEEN_TICKS):
            tick.remove(mark.element)
        else:
            last = mark


def _part_relations(tree: Element, letters: Letters) -> None:
    """Move the label of a C4 relation up or down until it lies on no other text."""
    relations: dict[int, list[Mark]] = {}
    others: list[Mark] = []
    for mark in marks(tree, letters):
        if mark.words and mark.element.get("fill") == _RELATION and mark.element.get("y"):
            if not mark.words.startswith("[") or not relations:
                relations[len(relations)] = []
            relations[len(relations) - 1].append(mark)
        elif mark.words:
            others.append(mark)
    for texts in relations.values():
        taken = [mark.box for mark in others]
        step = next(
            (step for step in _STEPS if not any(mark.box.moved(step).overlaps(box) for mark in texts for box in taken)),
            0,
        )
        for mark in texts:
            mark.element.set("y", f"{float(mark.element.get('y', '0')) + step:g}")
        others += [Mark(mark.element, mark.box.moved(step), mark.words) for mark in texts]


def _raise_labels(tree: Element) -> None:
    """Draw the labels of a Sankey diagram over its bands."""
    for parent in list(tree.iter()):
        for child in [child for child in parent if has_class(child, "node-labels")]:
            parent.remove(child)
            parent.append(child)


def _left_align(tree: Element) -> None:
    """Begin each line of a card on a Kanban board at its left; centred, they would touch the right border."""
    for items in (element for element in tree.iter() if has_class(element, "items")):
        for text in (element for element in items.iter() if local_name(element) == "text"):
            if declarations(text).get("text-anchor") == "middle":
                text.set("x", "0")
                restyle(text, text_anchor="start")


def _lift_figures(tree: Element) -> None:
    """Lift the figure of an actor off its name."""
    for figure in (
        element for element in tree.iter() if has_class(element, "actor-man") and local_name(element) == "g"
    ):
        for part in figure:
            up = _ABOVE_NAME if local_name(part) == "text" else 3 * _ABOVE_NAME
            part.set("transform", f"translate(0,{-up})")


def _fit_sections(tree: Element, letters: Letters) -> None:
    """Let the bands of a Gantt chart begin as far left as the longest name of a section needs."""
    titles = [mark for mark in marks(tree, letters) if has_class(mark.element, "sectionTitle")]
    grid = next((element for element in tree.iter() if has_class(element, "grid")), None)
    if not titles or grid is None:
        return
    bars = transformation(grid.get("transform", "")).e
    more = max(0.0, max(mark.box.right for mark in titles) + _BESIDE_BARS - bars)
    for element in tree.iter():
        if has_class(element, "section"):
            element.set("x", f"{float(element.get('x', '0')) - more:g}")
            element.set("width", f"{float(element.get('width', '0')) + more:g}")
    for element in (
        each for text in dict.fromkeys(mark.element for mark in titles) for each in text.iter() if each.get("x")
    ):
        element.set("x", f"{float(element.get('x', '0')) - more:g}")


def _lower_title(tree: Element, letters: Letters) -> None:
    """Bring the title of a C4 diagram to what it is the title of, over its middle."""
    title = next((child for child in tree if local_name(child) == "text"), None)
    others = [mark.box for mark in marks(tree, letters) if mark.element is not title]
    if title is None or not others:
        return
    middle = (min(box.left for box in others) + max(box.right for box in others)) / 2
    title.set("x", f"{middle:g}")
    title.set("y", f"{min(box.top for box in others) - _BELOW_TITLE:g}")
    restyle(title, text_anchor="middle")
