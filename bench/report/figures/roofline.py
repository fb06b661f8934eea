"""The roofline: what each network reaches beside what the device could do at its ratio of arithmetic to traffic.

Source of the model: Williams, Waterman, Patterson, Roofline: an insightful visual performance model for
multicore architectures, Communications of the ACM 52(4), 2009.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from bench import numbers
from bench.report.figures import canvas
from bench.report.figures.canvas import Heading
from bench.report.figures.labels import Box
from bench.report.figures.plots import label_points, scatter_height
from bench.report.speeds import network_key
from bench.report.style import INK, PAPER, Look

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BYTES = {"fp32": 4, "tf32": 4, "bf16": 2, "fp16": 2}
COLUMNS = ["arch", "title", "batch", "flops_per_byte", "flops_per_second", "low", "high", "standing"]
CEILINGS = ["ceiling_flops_per_second", "copy_bytes_per_second"]
MOVED = "device_spread"
"""By what factor the first ceiling varied from round to round."""


def roofline_table(cases: pd.DataFrame, counts: pd.DataFrame) -> pd.DataFrame:
    """Inference at the largest batch that all networks ran: one row a network.

    The traffic is the least there can be without fusing layers: each layer with weights and each
    pooling reads its input and writes its output once, and weights are read once a batch.

    A network that multiplies nothing has no place under a roof of multiplications.

    Args:
        cases: rows of `speeds.throughput` of one scope and one engine.
        counts: a frame of complexity.
    """
    ran = cases[(cases["mode"] == "inference") & (cases["batch"] == cases["requested_batch"])].dropna(subset=CEILINGS)
    batches = [set(part["batch"]) for _, part in ran.groupby("arch")]
    common = max(set.intersection(*batches), default=None) if batches else None
    costs = {network_key(row): row for row in counts.to_dict("records")}
    rows = []
    for row in ran[ran["batch"] == common].to_dict("records"):
        cost = costs.get(network_key(row))
        if cost is None or not cost["moved_elements"] or not cost["macs"]:
            continue
        flops = 2 * float(cost["macs"])
        moved = BYTES[row["precision"]] * (float(cost["moved_elements"]) + float(cost["parameters"]) / row["batch"])
        rows.append(
            {name: row[name] for name in ("arch", "title", "batch", "standing", *CEILINGS, MOVED)}
            | {"flops_per_byte": flops / moved, "flops_per_second": flops * row["images_per_second"]}
            | {"low": flops * row["low"], "high": flops * row["high"]}
        )
    return pd.DataFrame(rows, columns=[*COLUMNS, *CEILINGS, MOVED])


def roofline(table: pd.DataFrame, heading: Heading, looks: Mapping[str, Look]) -> Figure:
    """Floating-point operations a second against operations a byte, under the device's two ceilings."""
    figure = canvas.blank(scatter_height(len(table)))
    top = canvas.write_heading(figure, heading)
    axes = canvas.axes_at(figure, left=52, top=top + 20, right=24, bottom=40)
    product, copy = (float(table[name].median()) for name in CEILINGS)
    ridge = product / copy
    xs = [float(x) for x in table["flops_per_byte"]]
    ys = [float(y) for y in table["flops_per_second"]]
    left, right = min([*xs, ridge]) / 2.5, max([*xs, ridge]) * 4
    canvas.log_ticks(axes, "x", left, right)
    canvas.log_ticks(axes, "y", min([*ys, copy * left]) / 1.6, product * 2.2)
    axes.plot([left, ridge, right], [copy * left, product, product], color=INK, lw=1.4)
    for row, x, y in zip(table.to_dict("records"), xs, ys, strict=True):
        look = looks[row["arch"]]
        bar = axes.vlines([x], [row["low"]], [row["high"]], colors=[look.colour], lw=1.6)
        (marker,) = axes.plot([x], [y], look.marker, color=look.colour, markeredgecolor=PAPER, markersize=8)
        canvas.belongs_to(row["arch"], bar, marker)
    canvas.name_x(figure, axes, "Floating-point operations per byte moved")
    roof = f"{numbers.count(product)}FLOP/s of arithmetic, {numbers.count(copy)}B/s in a copy"
    canvas.name_y(axes, f"FLOP/s; roof: {roof}")
    points: list[Any] = [tuple(point) for point in axes.transData.transform(list(zip(xs, ys, strict=True)))]
    lows = axes.transData.transform(list(zip(xs, table["low"], strict=True)))
    highs = axes.transData.transform(list(zip(xs, table["high"], strict=True)))
    spans = [Box(x - 2, low, x + 2, high) for (x, low), (_, high) in zip(lows, highs, strict=True)]
    obstacles = [*spans, *_lines(axes, left, ridge, right, product, copy)]
    label_points(figure, axes, list(table["arch"]), list(table["title"]), points, obstacles)
    return figure


def _lines(axes: Any, left: float, ridge: float, right: float, product: float, copy: float) -> list[Box]:
    """Boxes along the roof, which no label is to cover."""
    steps = 24
    xs = [left * (ridge / left) ** (i / steps) for i in range(steps)] + [
        ridge * (right / ridge) ** (i / steps) for i in range(steps)
    ]
    roof = axes.transData.transform([(x, min(copy * x, product)) for x in xs])
    return [Box(x - 3, y - 3, x + 3, y + 3) for x, y in roof]


def note(table: pd.DataFrame) -> str:
    """How bytes are counted, and how steady the roof was."""
    return f"Bytes of inputs, outputs and weights, once each; the arithmetic roof varied by ×{table[MOVED].max():.1f}"


def told(table: pd.DataFrame) -> str:
    """Who is limited by what, in words."""
    product, copy = (float(table[name].median()) for name in CEILINGS)
    parts = []
    for row in table.to_dict("records"):
        roof = min(product, copy * row["flops_per_byte"])
        limit = "arithmetic" if row["flops_per_byte"] * copy >= product else "traffic"
        parts.append(f"{row['title']} {row['flops_per_second'] / roof:.0%} of its roof, which is set by {limit}")
    return f"{'; '.join(parts)}."
