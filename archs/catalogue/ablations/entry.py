"""How a variant is registered, and the words for what is held equal."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from archs.catalogue import published as _published  # noqa: F401  (parents are registered first)
from archs.catalogue.sources import counts
from archs.registry import ArchSpec, get_spec, register

Pair = tuple[int, int]

WIDTHS = "the widths of all layers, and all that is not named"
PARAMETERS = "the number of parameters, within 2 %: the widths are scaled alike until it is the parent's"
MACS = "the multiply-accumulates, within 2 %: the widths are scaled alike until they are the parent's"
TRUNK = "everything before the head"
BRANCHES = "the widths of the other branches, so that a module gives fewer channels"


def ablation(
    name: str,
    title: str,
    builder: str,
    change: str,
    held_equal: str,
    at_28: Pair | None,
    at_224: Pair,
    *,
    parent: str = "",
    departures: tuple[str, ...] | None = None,
    **options: Any,
) -> None:
    """Register a variant of `parent`; without one, of the network that `name` begins with.

    Args:
        at_28, at_224: parameters and multiply-accumulates; None at a size that the variant does not exist at.
        departures: the parent's unless told.
        options: keywords for the builder, beside the parent's own.
    """
    origin = get_spec(parent or name.split("-")[0])
    register(
        ArchSpec(
            name=name,
            title=title,
            family=origin.family,
            builder=f"archs.ablations.{builder}",
            kind="ablation",
            reference=origin.reference,
            source=f"ablation of {origin.name}",
            departures=origin.departures if departures is None else departures,
            initialisation=origin.initialisation,
            counts=counts(at_28, at_224),
            options=MappingProxyType({**origin.options, **options}),
            parent=origin.name,
            change=change,
            held_equal=held_equal,
        )
    )
