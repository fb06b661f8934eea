"""What `bench list` and `bench show` print: the networks, one network layer by layer, and two side by side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from rich.markup import escape

from bench.differences import Difference, steps
from bench.numbers import count, shape, significant
from bench.terminal import LAYER_WIDTH, new_console, new_table, print_line, print_table

if TYPE_CHECKING:
    from archs import ArchSpec
    from bench.records import Complexity, Layer

KIND_TITLES = {
    "published": "Published networks and their forms",
    "ablation": "Ablations: one change each",
    "listing": "Networks that the documents print",
    "plug-in": "Your own",
}
SOURCE_WIDTH = 40


def print_specs(specs: Sequence[ArchSpec]) -> None:
    """A line a network under a heading for each kind; how much of it depends on how wide the terminal is."""
    console = new_console()
    right = ("params, 28 px", "224 px", "MACs, 28 px", "224 px")
    name_width = max(len(spec.name) for spec in specs)
    left = ("network", "family", "year") if console.width >= name_width + 64 else ("network",)
    wide = console.width >= name_width + 64 + SOURCE_WIDTH
    for kind, group in groupby(sorted(specs, key=_kind_rank), key=lambda spec: spec.kind):
        table = new_table(*left, right=right, title=KIND_TITLES[kind])
        for column, least in zip(table.columns, [name_width, 9, 4][: len(left)] + [7] * len(right), strict=True):
            column.min_width = least  # the same in each of the tables
        if wide:
            table.add_column("changed" if kind == "ablation" else "source", min_width=SOURCE_WIDTH)
        for spec in group:
            counts = [spec.counts.get(size) for size in (28, 224)]
            table.add_row(
                escape(spec.name),
                *[escape(spec.family), str(spec.year or "")][: len(left) - 1],
                *(count(c.parameters) if c else "" for c in counts),
                *(count(c.macs) if c else "" for c in counts),
                *([escape(spec.change or spec.source)] if wide else []),
            )
        print_table(table)
    print_line("For one image of 1 channel and 10 classes.  Any torchvision classifier answers to torchvision/NAME.")
    print_line("`bench show NAME` tells where one comes from; --kind, --family and --image-size shorten the list.")


def _kind_rank(spec: ArchSpec) -> int:
    return list(KIND_TITLES).index(spec.kind)


def print_network(spec: ArchSpec, counts: Complexity, *, image_shape: tuple[int, int, int], num_classes: int) -> None:
    """The network's origin and its layers in order, a rule between its stages."""
    _print_origin(spec, image_shape, num_classes)
    table = new_table("layer", "type", right=("output", "parameters", "MACs"), folded_to=LAYER_WIDTH)
    stage = ""
    for step in steps(counts.layers):
        layer = step.layer
        if stage and _stage(layer) != stage:
            table.add_section()
        stage = _stage(layer)
        table.add_row(
            escape(layer.name),
            escape(str(step)),
            shape(layer.output_shape),
            f"{layer.parameters:,}" if layer.parameters else "",
            f"{layer.macs:,}" if layer.macs else "",
        )
    table.add_section()
    table.add_row("total", "", "", f"{counts.parameters:,}", f"{counts.macs:,}")
    print_table(table)
    _print_training_only(spec, counts)
    print_line(f"FLOPs: {counts.flops:,}, two for each multiply-accumulate (MAC) of a convolution or linear layer.")
    if counts.products:
        print_line(f"Products outside of layers, as in attention, are not among them: {counts.products:,} MACs more.")
    if spec.parent:
        print_line(f"`bench show {spec.name} --diff {spec.parent}` shows the change alone.")


def print_differences(
    spec: ArchSpec,
    parent: ArchSpec,
    found: Sequence[Difference],
    totals: tuple[Complexity, Complexity],
    *,
    image_shape: tuple[int, int, int],
    num_classes: int,
) -> None:
    """What `spec` has that `parent` has not, and the other way round; `totals` are the parent's and the own."""
    _print_origin(spec, image_shape, num_classes)
    print_line(f"  - only in {parent.name}   + only in {spec.name}   ~ in both, from {parent.name} to {spec.name}")
    table = new_table("", "layer", "type", right=("output", "parameters", "MACs"), folded_to=LAYER_WIDTH)
    for change, group in groupby(found, key=lambda one: one.change):
        places = list(group)
        if change == "same":
            table.add_row("", f"{len(places)} the same", "", "", "", "", style="dim")
            continue
        for one in places:
            table.add_row(*_difference_row(one))
    before, after = totals
    table.add_section()
    for label, total in ((parent.name, before), (spec.name, after)):
        table.add_row("", escape(label), "", "", f"{total.parameters:,}", f"{total.macs:,}")
    table.add_row(
        "",
        "ratio",
        "",
        "",
        _ratio(after.parameters, before.parameters),
        _ratio(after.macs, before.macs),
    )
    print_table(table)
    for arch, total in ((parent, before), (spec, after)):
        _print_training_only(arch, total)


def _print_training_only(spec: ArchSpec, counts: Complexity) -> None:
    """Parameters of `spec` that no layer of the forward pass holds."""
    counted = sum(layer.parameters for layer in counts.layers)
    if counted != counts.parameters:
        print_line(
            f"Of the parameters of {spec.name} {counts.parameters - counted:,} are in layers used in training alone."
        )


def _difference_row(one: Difference) -> tuple[str, ...]:
    marks = {"removed": "-", "added": "+", "changed": "~"}
    sides = [side for side in (one.parent, one.own) if side is not None]

    def cell(values: Iterable[str]) -> str:
        return " → ".join(dict.fromkeys(value for value in values if value != "0"))

    return (
        marks[one.change],
        escape(sides[-1].layer.name),
        escape(cell(map(str, sides))),
        cell(shape(side.layer.output_shape) for side in sides),
        cell(f"{side.layer.parameters:,}" for side in sides),
        cell(f"{side.layer.macs:,}" for side in sides),
    )


def _print_origin(spec: ArchSpec, image_shape: tuple[int, int, int], num_classes: int) -> None:
    channels, height, width = image_shape
    print_line(f"{spec.title} on {channels}x{height}x{width} images, {num_classes} classes")
    lines = [
        spec.reference,
        spec.source and f"form: {spec.source}",
        spec.change and f"changed: {spec.change}",
        spec.held_equal and f"held equal: {spec.held_equal}",
        *(f"departs: {departure}" for departure in spec.departures),
    ]
    if spec.printed_for:
        channels, size, classes = spec.printed_for
        lines.append(f"printed for {channels}x{size}x{size} images, {classes} classes")
    for line in lines:
        if line:
            print_line(f"  {line}")


def _stage(layer: Layer) -> str:
    """The part of the network that a layer belongs to: the first two steps of its name."""
    return ".".join(layer.name.split(".")[:2]) if layer.name.count(".") > 1 else layer.name.split(".")[0]


def _ratio(own: int, parent: int) -> str:
    return significant(own / parent) if parent else ""
