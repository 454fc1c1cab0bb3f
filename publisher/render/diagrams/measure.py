"""How wide the labels of a diagram are: merman asks, the fonts answer."""

from __future__ import annotations

from collections.abc import Iterator

from merman import (
    MermanTextMeasurementOperation as Operation,
)
from merman import (
    MermanTextMeasurementResultKind as ResultKind,
)
from merman import (
    MermanTextMeasurer,
    MermanTextMeasureRequest,
    MermanTextMeasureResult,
    MermanTextWrapMode,
)

from publisher.render.diagrams.typefaces import Letters

_WIDTHS = {
    Operation.COMPUTED_LENGTH, Operation.SIMPLE_B_BOX_WIDTH, Operation.RAW_B_BOX_WIDTH, Operation.TSPAN_B_BOX_WIDTH,
    Operation.WRAP_PROBE_B_BOX_WIDTH, Operation.BOUNDING_CLIENT_RECT_WIDTH, Operation.CANVAS_MEASURE_TEXT_WIDTH,
}  # fmt: skip
_EXTENTS = {Operation.B_BOX_X, Operation.B_BOX_X_WITH_ASCII_OVERHANG, Operation.TITLE_B_BOX_X}
_BOXES = {
    Operation.MEASURE, Operation.MERMAID_CALCULATE_TEXT_DIMENSIONS, Operation.WRAPPED, Operation.WRAPPED_WITH_RAW_WIDTH,
}  # fmt: skip


class Measurer(MermanTextMeasurer):  # type: ignore[misc]  # merman has no types
    """Answers with the widths of the fonts that are drawn with, where merman would guess those of a browser's."""

    letters: Letters
    """The fonts of the drawing, to be set before each."""

    def measure(self, request: MermanTextMeasureRequest) -> MermanTextMeasureResult | None:
        """Return a width or a box; None, which lets merman guess, for heights and places, which depend on no letter."""
        if request.operation in _WIDTHS:
            return _result(ResultKind.LENGTH, length=self._width(request.text, request))
        if request.operation in _EXTENTS:
            half = self._width(request.text, request) / 2
            return _result(ResultKind.HORIZONTAL_EXTENTS, bbox_left=half, bbox_right=half)
        return self._box(request) if request.operation in _BOXES else None

    def _width(self, text: str, request: MermanTextMeasureRequest) -> float:
        return self.letters.width(text, request.font_weight) * float(request.font_size)

    def _box(self, request: MermanTextMeasureRequest) -> MermanTextMeasureResult:
        whole = request.text.split("\n")
        lines = [part for line in whole for part in self._wrapped(line, request)]
        width = max(self._width(line, request) for line in lines)
        if request.wrap_mode == MermanTextWrapMode.HTML_LIKE and len(lines) > len(whole):
            width = max(width, request.max_width)  # as a browser does; merman draws one line otherwise
        box = {"width": width, "height": len(lines) * request.line_height, "line_count": len(lines)}
        if request.operation is Operation.WRAPPED_WITH_RAW_WIDTH:
            raw = max(self._width(line, request) for line in whole)
            return _result(ResultKind.WRAPPED_WITH_RAW_WIDTH, raw_width=raw, **box)
        return _result(ResultKind.METRICS, **box)

    def _wrapped(self, line: str, request: MermanTextMeasureRequest) -> Iterator[str]:
        """Yield a line's parts, each as many words as fit."""
        part, *words = line.split(" ")
        for word in words:
            longer = f"{part} {word}"
            if request.max_width is not None and self._width(longer, request) > request.max_width:
                yield part
                longer = word
            part = longer
        yield part


def _result(kind: ResultKind, **values: float | None) -> MermanTextMeasureResult:
    nothing = {"width": 0.0, "height": 0.0, "length": 0.0, "line_count": 1}
    unknown = dict.fromkeys(("bbox_left", "bbox_right", "raw_width"))
    return MermanTextMeasureResult(result_kind=kind, **(nothing | unknown | values))
