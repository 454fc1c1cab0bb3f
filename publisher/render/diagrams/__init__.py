"""Mermaid source -> pictures, by merman and resvg; the fonts that they are measured and drawn with."""

from publisher.render.diagrams.diagram import CARD, BrokenDiagramError, Diagram, described, draw, drawing, drawn

__all__ = ["CARD", "BrokenDiagramError", "Diagram", "described", "draw", "drawing", "drawn"]
