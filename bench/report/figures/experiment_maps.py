"""Two pictures of networks at work: what each branch is worth as a heat map, and class maps over garments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bench.numbers import missing
from bench.report.figures import canvas
from bench.report.figures.bars import readable_on
from bench.report.figures.canvas import EDGE, WIDTH, Heading

if TYPE_CHECKING:
    from matplotlib.figure import Figure

GAINED, NOTHING, LOST = "#1d51ff", "#e9e6e1", "#a64732"
"""Ends and middle of the scale of accuracy lost."""
HEAT, BOX = (255, 176, 0), "#35c7f0"
_PIXELS, _GAP = 112, 8.0


def heat_map(table: pd.DataFrame, heading: Heading) -> Figure:
    """Accuracy lost in percentage points without each branch of each module; one network.

    Args:
        table: columns module, branch, lost, lost_low and lost_high; one row a cell.
    """
    modules, branches = (list(dict.fromkeys(table[name])) for name in ("module", "branch"))
    row = 26.0
    figure = canvas.blank(canvas.heading_height(heading) + len(modules) * row + 50)
    top = canvas.write_heading(figure, heading)
    names = [canvas.shorten(module, 10, WIDTH * 0.3) for module in modules]
    left = max(canvas.text_size(name, 10)[0] for name in names) + EDGE + 8
    axes = canvas.axes_at(figure, left=left, top=top + 22, right=EDGE, bottom=28)
    axes.grid(visible=False)
    axes.set_xlim(-0.5, len(branches) - 0.5)
    axes.set_ylim(len(modules) - 0.5, -0.5)
    width = (WIDTH - left - EDGE) / len(branches) - 6
    axes.set_xticks(range(len(branches)), [canvas.shorten(name, 10, width) for name in branches])
    axes.set_yticks(range(len(modules)), names, parse_math=False)
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    largest = max(max(abs(float(value)) for value in table["lost"]), 1e-9)
    for cell in table.to_dict("records"):
        place = branches.index(cell["branch"]), modules.index(cell["module"])
        colour = shade(cell["lost"] / largest)
        corner = (place[0] - 0.48, place[1] - 0.46)
        axes.add_patch(_rectangle(corner, 0.96, 0.92, colour))
        axes.text(*place, points(cell), size=9, ha="center", va="center_baseline", color=readable_on(colour))
    figure.text(
        EDGE / WIDTH, 9 / (figure.get_figheight() * 72),
        "Percentage points of test accuracy lost, ± half the 95 % interval over seeds", size=9,
    )  # fmt: skip
    return figure


def points(cell: Mapping[Any, Any]) -> str:
    """ "3.2 ± 0.4", in percentage points; without the interval where there is none."""
    text = f"{100 * cell['lost']:.1f}".replace("-0.0", "0.0").replace("-", "−")
    if missing(cell["lost_low"]):
        return text
    return f"{text} ± {50 * (cell['lost_high'] - cell['lost_low']):.1f}"


def shade(share: float) -> str:
    """A colour between `GAINED` at -1, `NOTHING` at 0 and `LOST` at 1."""
    end = np.array(_channels(LOST if share >= 0 else GAINED), dtype=float)
    middle = np.array(_channels(NOTHING), dtype=float)
    mixed = middle + (end - middle) * min(1.0, abs(share))
    return "#" + "".join(f"{round(channel):02x}" for channel in mixed)


def _channels(colour: str) -> list[int]:
    return [int(colour[i : i + 2], 16) for i in (1, 3, 5)]


def _rectangle(corner: tuple[float, float], width: float, height: float, colour: str) -> Any:
    from matplotlib.patches import Rectangle

    return Rectangle(corner, width, height, color=colour, lw=0)


def class_maps(table: pd.DataFrame, classes: Sequence[str], heading: Heading) -> Figure:
    """Garments on their canvas, a row a network, the map of the true class as heat over them.

    Each map is scaled from its own least to its own largest value.  The box is where the garment's image lies.  Above
    each column stands the true class, under each picture what the network took it for; a row says
    where its run learnt nothing.

    Args:
        table: columns title, outcome, map, position, label, predicted, box, canvas and cells; the networks' canvases
            are alike.
        classes: names of the classes.
    """
    rows = list(table.groupby(["title", "map"], sort=False))
    positions = sorted(set(table["position"]))
    side = (WIDTH - 2 * EDGE - _GAP * (len(positions) - 1)) / len(positions)
    side = min(side, 110.0)
    row = side + 36
    figure = canvas.blank(canvas.heading_height(heading) + 18 + len(rows) * row + 22)
    height = figure.get_figheight() * 72
    top = canvas.write_heading(figure, heading) + 12

    def write(x: float, y: float, text: str, size: float, **style: Any) -> None:
        figure.text(x / WIDTH, 1 - y / height, text, size=size, va="baseline", parse_math=False, **style)

    axes = canvas.axes_at(figure, left=0, top=0, right=0, bottom=0)
    axes.set_axis_off()
    axes.set_xlim(0, WIDTH)
    axes.set_ylim(height, 0)
    figure.suppressComposite = True  # each picture stays one, at its own resolution
    headed: set[int] = set()
    for index, ((title, kind), examples) in enumerate(rows):
        y = top + 18 + index * row
        ill = "" if examples["outcome"].iloc[0] == "trained" else ": this run learnt nothing"
        write(EDGE, y + 8, canvas.shorten(f"{title}, {kind}{ill}", 10, WIDTH - 2 * EDGE), 10)
        for example in examples.to_dict("records"):
            x = EDGE + positions.index(example["position"]) * (side + _GAP)
            if example["position"] not in headed:
                headed.add(example["position"])
                true = canvas.shorten(classes[example["label"]], 9.5, side + _GAP - 2)
                write(x + side / 2, top + 6, true, 9.5, ha="center", weight="bold")
            frame = (x, x + side, y + 14 + side, y + 14)
            axes.imshow(
                overlaid(example["canvas"], example["cells"]), extent=frame, interpolation="none", aspect="auto"
            )
            _box(axes, example, x, y + 14, side)
            wrong = example["predicted"] != example["label"]
            said = canvas.shorten(classes[example["predicted"]], 8.5, side + _GAP - 2)
            style = {"style": "italic", "alpha": 1.0} if wrong else {"alpha": 0.75}
            write(x + side / 2, y + side + 24, f"{'✗ ' if wrong else ''}{said}", 8.5, ha="center", **style)
    axes.set_xlim(0, WIDTH)
    axes.set_ylim(height, 0)
    write(EDGE, height - 5, "Above: true class; below: predicted; box: where the garment lies", 9)
    return figure


def _box(axes: Any, example: Mapping[Any, Any], x: float, y: float, side: float) -> None:
    from matplotlib.patches import Rectangle

    scale = side / len(example["canvas"])
    top, left, bottom, right = (float(edge) * scale for edge in example["box"])
    axes.add_patch(Rectangle((x + left, y + top), right - left, bottom - top, fill=False, ec=BOX, lw=1.2))


def overlaid(image: Sequence[Sequence[int]], cells: Sequence[Sequence[float]]) -> NDArray[np.uint8]:
    """`(_, _, 3)`: the canvas in grey under the map as translucent heat, scaled up evenly to about 112 pixels."""
    grey = np.array(image, dtype=float)
    grey = np.kron(grey, np.ones((max(1, _PIXELS // len(grey)),) * 2))
    heat = np.array(cells, dtype=float)
    span = heat.max() - heat.min()
    heat = (heat - heat.min()) / span if span > 0 else np.zeros_like(heat)
    across, down = _stretch(heat.shape[1], grey.shape[1]), _stretch(heat.shape[0], grey.shape[0])
    alpha = 0.7 * (down @ heat @ across.T)[..., None]
    mixed: NDArray[np.uint8] = np.rint(grey[..., None] * (1 - alpha) + np.array(HEAT) * alpha).astype(np.uint8)
    return mixed


def _stretch(cells: int, pixels: int) -> NDArray[np.float64]:
    """`(pixels, cells)`: weights that interpolate linearly between the middles of cells, as the maps are scaled up."""
    middles = np.clip((np.arange(pixels) + 0.5) * cells / pixels - 0.5, 0, cells - 1)
    weights: NDArray[np.float64] = np.clip(1 - np.abs(middles[:, None] - np.arange(cells)), 0, 1)
    return weights
