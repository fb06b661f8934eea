"""What the commands print to stdout: tables for people."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bench.numbers import count

if TYPE_CHECKING:
    from archs import ArchSpec
    from bench.doctor import Finding
    from bench.records import Complexity


def print_specs(specs: Sequence[ArchSpec]) -> None:
    """A line a network: names, years, sizes, cost at each size."""
    table = _table("network", "year", right=("params, 28 px", "224 px", "MACs, 28 px", "224 px"))
    for spec in specs:
        counts = [spec.counts.get(size) for size in (28, 224)]
        table.add_row(
            escape(spec.name),
            str(spec.year or ""),
            *(count(c.parameters) if c else "" for c in counts),
            *(count(c.macs) if c else "" for c in counts),
        )
    _console().print(table)
    print_line("For one image of 1 channel and 10 classes.  Any torchvision classifier answers to torchvision/NAME.")


def print_network(spec: ArchSpec, counts: Complexity, *, image_shape: tuple[int, int, int], num_classes: int) -> None:
    """The network's origin and its layers in order."""
    console = _console()
    channels, height, width = image_shape
    console.print(f"{escape(spec.title)} on {channels}x{height}x{width} images, {num_classes} classes")
    for line in (spec.reference, spec.source and f"form: {spec.source}", *(f"departs: {d}" for d in spec.departures)):
        if line:
            console.print(f"  {escape(line)}")
    table = _table("layer", "type", right=("output", "parameters", "MACs"))
    for layer in counts.layers:
        table.add_row(
            escape(layer.name),
            escape(layer.type) + (f" {layer.kernel_size[0]}x{layer.kernel_size[1]}" if layer.kernel_size else ""),
            " x ".join(map(str, layer.output_shape)),
            f"{layer.parameters:,}" if layer.parameters else "",
            f"{layer.macs:,}" if layer.macs else "",
        )
    table.add_section()
    table.add_row("total", "", "", f"{counts.parameters:,}", f"{counts.macs:,}")
    console.print(table)
    print_line(f"FLOPs: {counts.flops:,}, two for each multiply-accumulate (MAC) of a convolution or linear layer.")


def print_findings(findings: Sequence[Finding]) -> None:
    """A line a finding, those that are in the way of a run marked."""
    width = max(len(finding.subject) for finding in findings)
    for finding in findings:
        print_line(f"{'ok' if finding.good else 'NO'}  {finding.subject:{width}}  {finding.text}")


def print_rows(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A plain table, its first column to the left and the rest, which are numbers, to the right.

    Heads are folded where the terminal is narrow, cells are not.
    """
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title=escape(title), title_justify="left", title_style="bold")
    for index, (head, *cells) in enumerate(zip(heads, *rows, strict=True)):
        justify: Literal["left", "right"] = "right" if index else "left"
        widest = max(map(len, cells), default=0)
        table.add_column(escape(head), justify=justify, min_width=widest, no_wrap=len(head) <= widest)
    for row in rows:
        table.add_row(*map(escape, row))
    _console().print(table)


def print_line(text: str) -> None:
    """One line, never wrapped, so that a path in it stays whole."""
    _console().print(text, markup=False, highlight=False, soft_wrap=True)


def shown(path: Path) -> str:
    """The path as one would type it here."""
    return str(path) if path.is_absolute() else f"./{path}"


def _console() -> Console:
    return Console(highlight=False)


def _table(*left: str, right: Sequence[str] = ()) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title_style="bold")
    for name in left:
        table.add_column(name, no_wrap=True)
    for name in right:
        table.add_column(name, justify="right", overflow="fold")
    return table
