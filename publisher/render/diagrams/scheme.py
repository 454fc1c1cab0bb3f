"""How diagrams look: what Mermaid is told for the light and for the dark scheme."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from publisher.render.diagrams.typefaces import FAMILY
from publisher.render.palette import DARK


@dataclass(frozen=True, slots=True)
class DiagramScheme:
    """Colours of a diagram, each for light or dark.

    `card` lies behind everything. `ink` can be read on `card`, `box`, `second`, `group`, `done` and each of `fills`; `card` can be read
    on each of `lines`.
    """

    is_dark: bool
    card: str
    ink: str
    line: str
    faint: str
    box: str
    second: str
    group: str
    rim: str
    done: str
    critical: str
    fills: tuple[str, ...]
    lines: tuple[str, ...]


LIGHT_DIAGRAM = DiagramScheme(
    is_dark=False, card="#f7f7f5", ink="#17191e", line="#4b515c", faint="#9aa1ad", box="#ffffff", second="#eef0f3",
    group="#efefec", rim="#c9cdd4", done="#e1e4e9", critical="#f6d5d9",
    fills=("#dbe5fd", "#d0ebe8", "#dfeecd", "#efdcf0", "#f8e3ca", "#f6d9dd", "#dfe3e9", "#e6dff6"),
    lines=("#1c4fd6", "#0b6e69", "#3b6d11", "#8a3d8f", "#8f4d00", "#a3313f", "#575d69", "#5a43a8"),
)  # fmt: skip
DARK_DIAGRAM = DiagramScheme(
    is_dark=True, card=DARK.box, ink="#e4e6ea", line="#a0a6b1", faint="#6b7280", box="#272b33", second="#2f343d",
    group="#20242b", rim="#4d545f", done="#3a404b", critical="#57303a",
    fills=("#243a6b", "#1c4a47", "#35491f", "#4d3350", "#533d1b", "#562f35", "#3c424d", "#3d3463"),
    lines=("#8fb3ff", "#5fc7bf", "#9ccf6b", "#dda0e0", "#e8b268", "#f29aa4", "#a0a6b1", "#b7a6f5"),
)  # fmt: skip


def mermaid_options(scheme: DiagramScheme) -> dict[str, Any]:
    """Return the site's configuration for Mermaid."""
    return {
        "theme": "base", "look": "classic", "layout": "dagre", "fontFamily": FAMILY, "darkMode": scheme.is_dark,
        "flowchart": {"curve": "basis", "nodeSpacing": 36, "rankSpacing": 40, "padding": 12, "diagramPadding": 2},
        "sequence": {
            "mirrorActors": False, "wrap": True, "height": 48, "width": 150, "actorMargin": 44, "messageMargin": 32, "boxMargin": 10,
            "diagramMarginX": 2, "diagramMarginY": 2, "actorFontSize": 15, "messageFontSize": 14, "noteFontSize": 14,
            "noteMargin": 12,
        },
        "radar": {"width": 420, "height": 420},
        "c4": _c4(scheme),
        "themeVariables": _colours(scheme) | _by_kind(scheme),
    }  # fmt: skip


def _c4(scheme: DiagramScheme) -> Mapping[str, Any]:
    """Return C4's colours: a hue for people, systems, containers and components, grey for what is somebody else's."""
    shades = {"person": 0, "system": 3, "container": 1, "component": 2}
    forms = ("", "_db", "_queue")
    return {
        "c4ShapeMargin": 75, "c4ShapePadding": 16, "diagramMarginX": 10, "diagramMarginY": 10, "width": 200,
        **{
            f"{external}{kind}{form}_{part}_color": colour
            for kind, hue in shades.items()
            for form in (forms if kind != "person" else ("",))
            for external in ("", "external_")
            for part, colour in (
                ("bg", scheme.done if external else scheme.fills[hue]),
                ("border", scheme.line if external else scheme.lines[hue]),
            )
        },
    }  # fmt: skip


def _colours(scheme: DiagramScheme) -> dict[str, Any]:
    """Return the colours that kinds share."""
    count = len(scheme.fills)
    scales = {f"cScale{at}": scheme.fills[at % count] for at in range(12)}
    scales |= {f"cScaleLabel{at}": scheme.ink for at in range(12)}
    scales |= {f"cScalePeer{at}": scheme.lines[at % count] for at in range(12)}
    scales |= {f"cScaleInv{at}": scheme.lines[at % count] for at in range(12)}
    return scales | {
        "fontFamily": FAMILY, "fontSize": "15px", "useGradient": False, "dropShadow": "none", "darkMode": scheme.is_dark,
        "background": scheme.card, "mainBkg": scheme.box, "nodeBkg": scheme.box, "nodeBorder": scheme.line,
        "primaryColor": scheme.box, "primaryBorderColor": scheme.line, "primaryTextColor": scheme.ink,
        "secondaryColor": scheme.second, "secondaryBorderColor": scheme.rim, "secondaryTextColor": scheme.ink,
        "tertiaryColor": scheme.card, "tertiaryBorderColor": scheme.rim, "tertiaryTextColor": scheme.ink,
        "lineColor": scheme.line, "defaultLinkColor": scheme.line, "arrowheadColor": scheme.line, "textColor": scheme.ink,
        "titleColor": scheme.ink, "nodeTextColor": scheme.ink, "edgeLabelBackground": scheme.card, "clusterBkg": scheme.group,
        "clusterBorder": scheme.rim, "noteBkgColor": scheme.second, "noteBorderColor": scheme.rim, "noteTextColor": scheme.ink,
        "scaleLabelColor": scheme.ink, "errorBkgColor": scheme.second, "errorTextColor": scheme.ink,
        "rowOdd": scheme.box, "rowEven": scheme.second, "attributeBackgroundColorOdd": scheme.box,
        "attributeBackgroundColorEven": scheme.second,
    }  # fmt: skip


def _by_kind(scheme: DiagramScheme) -> dict[str, Any]:
    """Return the colours that single kinds of diagrams have."""
    count = len(scheme.fills)
    numbered: dict[str, Any] = {}
    for at in range(12):
        numbered[f"pie{at + 1}"] = scheme.fills[at % count]
        numbered[f"fillType{at}"] = scheme.fills[at % count]
        numbered[f"actor{at}"] = scheme.lines[at % count]
        numbered[f"venn{at + 1}"] = scheme.lines[at % count]
    for at in range(8):
        numbered |= {
            f"git{at}": scheme.lines[at], f"gitInv{at}": scheme.ink, f"gitBranchLabel{at}": scheme.card,
        }  # fmt: skip
    names = ("quadrant1Fill", "quadrant2Fill", "quadrant3Fill", "quadrant4Fill")
    quadrants = dict(zip(names, scheme.fills, strict=False))
    return numbered | quadrants | {f"quadrant{at}TextFill": scheme.ink for at in range(1, 5)} | {
        "actorBkg": scheme.box, "actorBorder": scheme.line, "actorTextColor": scheme.ink, "actorLineColor": scheme.faint,
        "signalColor": scheme.line, "signalTextColor": scheme.ink, "labelBoxBkgColor": scheme.second,
        "labelBoxBorderColor": scheme.line, "labelTextColor": scheme.ink, "loopTextColor": scheme.ink,
        "activationBkgColor": scheme.done, "activationBorderColor": scheme.faint, "sequenceNumberColor": scheme.card,
        "classText": scheme.ink, "labelColor": scheme.ink, "stateLabelColor": scheme.ink, "transitionColor": scheme.line,
        "transitionLabelColor": scheme.ink, "stateBkg": scheme.box, "labelBackgroundColor": scheme.card,
        "compositeBackground": scheme.card, "altBackground": scheme.group, "compositeTitleBackground": scheme.second,
        "compositeBorder": scheme.line, "innerEndBackground": scheme.line, "specialStateColor": scheme.line,
        "sectionBkgColor": scheme.group, "altSectionBkgColor": scheme.card, "sectionBkgColor2": scheme.group,
        "excludeBkgColor": scheme.second, "taskBkgColor": scheme.fills[0], "taskBorderColor": scheme.lines[0],
        "activeTaskBkgColor": scheme.fills[1], "activeTaskBorderColor": scheme.lines[1], "doneTaskBkgColor": scheme.done,
        "doneTaskBorderColor": scheme.faint, "critBkgColor": scheme.critical, "critBorderColor": scheme.lines[5],
        "gridColor": scheme.rim, "todayLineColor": scheme.lines[5], "taskTextColor": scheme.ink,
        "taskTextLightColor": scheme.ink, "taskTextDarkColor": scheme.ink, "taskTextOutsideColor": scheme.ink,
        "taskTextClickableColor": scheme.ink, "vertLineColor": scheme.line, "personBkg": scheme.fills[0],
        "personBorder": scheme.lines[0], "faceColor": scheme.fills[4], "pieTitleTextColor": scheme.ink,
        "pieSectionTextColor": scheme.ink, "pieLegendTextColor": scheme.ink, "pieStrokeColor": scheme.card,
        "pieOuterStrokeColor": scheme.faint, "pieOuterStrokeWidth": "1px", "pieOpacity": "1", "pieTitleTextSize": "18px",
        "pieSectionTextSize": "15px", "pieLegendTextSize": "15px", "quadrantPointFill": scheme.ink,
        "quadrantPointTextFill": scheme.ink, "quadrantXAxisTextFill": scheme.ink, "quadrantYAxisTextFill": scheme.ink,
        "quadrantInternalBorderStrokeFill": scheme.faint, "quadrantExternalBorderStrokeFill": scheme.faint,
        "quadrantTitleFill": scheme.ink, "requirementBackground": scheme.box, "requirementBorderColor": scheme.line,
        "requirementTextColor": scheme.ink, "relationColor": scheme.line, "relationLabelBackground": scheme.card,
        "relationLabelColor": scheme.ink, "commitLabelColor": scheme.ink, "commitLabelBackground": scheme.second,
        "commitLabelFontSize": "12px", "tagLabelColor": scheme.ink, "tagLabelBackground": scheme.second,
        "tagLabelBorder": scheme.line, "tagLabelFontSize": "12px", "archEdgeColor": scheme.line,
        "archEdgeArrowColor": scheme.line, "archGroupBorderColor": scheme.faint, "vennTitleTextColor": scheme.ink,
        "vennSetTextColor": scheme.ink,
        "xyChart": {
            "backgroundColor": scheme.card, "plotColorPalette": ",".join((scheme.lines[0], *scheme.lines[4:], *scheme.lines[1:4])),
            **dict.fromkeys(("titleColor", "xAxisLabelColor", "xAxisTitleColor", "yAxisLabelColor", "yAxisTitleColor"), scheme.ink),
            **dict.fromkeys(("xAxisTickColor", "xAxisLineColor", "yAxisTickColor", "yAxisLineColor"), scheme.line),
        },
        "radar": {
            "axisColor": scheme.faint, "graticuleColor": scheme.rim, "graticuleOpacity": 0.25, "curveOpacity": 0.25,
            "axisStrokeWidth": 1, "curveStrokeWidth": 2, "axisLabelFontSize": 13, "legendFontSize": 13,
        },
        "packet": {
            "startByteColor": scheme.ink, "endByteColor": scheme.ink, "labelColor": scheme.ink, "titleColor": scheme.ink,
            "blockStrokeColor": scheme.line, "blockFillColor": scheme.box,
        },
        "treeView": {"labelColor": scheme.ink, "lineColor": scheme.line},
        "wardley": {
            "backgroundColor": scheme.card, "axisColor": scheme.line, "axisTextColor": scheme.ink, "gridColor": scheme.rim,
            "componentFill": scheme.box, "componentStroke": scheme.line, "componentLabelColor": scheme.ink,
            "linkStroke": scheme.line, "evolutionStroke": scheme.lines[5],
        },
        "cynefin": {
            "complexBg": scheme.fills[2], "complicatedBg": scheme.fills[0], "clearBg": scheme.fills[4],
            "chaoticBg": scheme.fills[5], "confusionBg": scheme.fills[3],
        },
    }  # fmt: skip
