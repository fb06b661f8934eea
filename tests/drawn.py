"""Figures after they were drawn, and what is written on them."""

from __future__ import annotations

from typing import Any

from bench.report.figures.canvas import Heading

HEADING = Heading("A title", "quick · 28 px")


def drawn(figure: Any) -> Any:
    """The figure once all its texts have places."""
    figure.canvas.draw()
    return figure


def words(figure: Any) -> list[str]:
    """All that is written on it and in its axes."""
    texts = [*figure.texts, *(text for axes in figure.axes for text in axes.texts)]
    return [text.get_text() for text in texts]
