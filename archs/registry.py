"""Names for networks: a torch-free catalogue of facts, and `create` which builds.

A spec is data, so that listing the networks never imports torch.  The code that builds a
network is named in its spec (``"archs.nin:nin"``) and imported when it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import import_module, metadata
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, cast

from archs.names import unknown

if TYPE_CHECKING:
    from torch import nn

ENTRY_POINT_GROUP = "archs"
TORCHVISION_PREFIX = "torchvision/"

Initialisation = Literal["he", "xavier", "own"]
Kind = Literal["published", "ablation", "listing", "torchvision", "plug-in"]
Builder = Callable[..., "nn.Module"]


class ArchError(ValueError):
    """A request that the registry cannot meet; the message is one line for a person."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What a network costs for one image of 1 channel and 10 classes."""

    parameters: int
    macs: int
    """Multiply-accumulates of the convolution and linear layers, forward pass."""


@dataclass(frozen=True, slots=True)
class ArchSpec:
    """Everything known about a network short of building it.

    `builder` is ``"module:function"``; the function takes the keywords `in_channels`,
    `num_classes` and `image_size` and returns an `nn.Module` giving logits.
    `counts` maps each image size that the network is defined at to its cost; it is empty for
    networks that this project did not write, which may be asked for at any size.
    """

    name: str
    title: str
    family: str
    builder: str
    kind: Kind = "published"
    """Where it comes from: a publication, a change of one thing, a document's listing, or elsewhere."""
    year: int | None = None
    reference: str = ""
    """The publication that introduced the network."""
    source: str = ""
    """Which of the forms in circulation this is."""
    departures: tuple[str, ...] = ()
    """What differs from the publication, and why."""
    initialisation: Initialisation = "he"
    """The matched protocols' initialisation; "own" keeps what the builder did."""
    counts: Mapping[int, Counts] = field(default_factory=lambda: MappingProxyType({}))
    options: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    """Further keywords for the builder."""
    parent: str = ""
    """The network that this one is a variant of."""
    change: str = ""
    """The one thing that differs from the parent."""
    held_equal: str = ""
    """What the change leaves as it is in the parent, by design."""
    printed_for: tuple[int, int, int] | None = None
    """Channels, image size and classes that a document's listing is written for."""
    version: int = 1
    """Raised when the forward pass changes in a way that the layers do not show."""

    @property
    def image_sizes(self) -> tuple[int, ...]:
        """Sizes that the network is defined at; empty where any size may be tried."""
        return tuple(sorted(self.counts))


_specs: dict[str, ArchSpec] = {}


def register(spec: ArchSpec) -> ArchSpec:
    """Add a network.

    Raises:
        ArchError: the name is taken, or would hide torchvision's networks.
    """
    if spec.name in _specs:
        raise ArchError(f"network {spec.name!r} is registered already (as {_specs[spec.name].builder})")
    if spec.name.startswith(TORCHVISION_PREFIX):
        raise ArchError(f"names under {TORCHVISION_PREFIX!r} are torchvision's; choose another than {spec.name!r}")
    _specs[spec.name] = spec
    return spec


@cache
def _entry_points() -> Mapping[str, metadata.EntryPoint]:
    return {point.name: point for point in metadata.entry_points(group=ENTRY_POINT_GROUP)}


def _plug_in(point: metadata.EntryPoint) -> ArchSpec:
    return ArchSpec(
        name=point.name,
        title=point.name,
        family="plug-in",
        kind="plug-in",
        builder=point.value,
        source=f"entry point {point.value}",
        initialisation="own",
    )


def list_archs(
    family: str | None = None, kind: str | None = None, image_size: int | None = None
) -> tuple[ArchSpec, ...]:
    """Registered networks in order of registration, then users' own; only those that answer to every filter.

    torchvision's classifiers are not listed: they answer to ``torchvision/NAME``.

    Raises:
        ArchError: no network is of this family, of this kind or defined at this size.
    """
    specs = (*_specs.values(), *(_plug_in(p) for n, p in sorted(_entry_points().items()) if n not in _specs))
    filters: dict[str, tuple[object, Callable[[ArchSpec], object]]] = {
        "family": (family, lambda spec: spec.family),
        "kind": (kind, lambda spec: spec.kind),
    }
    for label, (wanted, value) in filters.items():
        known = sorted({str(value(spec)) for spec in specs})
        if wanted is not None and wanted not in known:
            raise ArchError(unknown(f"no {label} is called", str(wanted), known))
    chosen = tuple(spec for spec in specs if all(wanted in (None, value(spec)) for wanted, value in filters.values()))
    if image_size is not None:
        chosen = tuple(spec for spec in chosen if image_size in spec.image_sizes)
    if specs and not chosen:
        size = None if image_size is None else f"{image_size} px"
        told = " ".join(value for value in (family, kind, size) if value)
        raise ArchError(f"no network is listed for: {told}; `bench list` shows all of them")
    return chosen


def get_spec(name: str) -> ArchSpec:
    """The spec called `name`.

    Raises:
        ArchError: no such network; the message holds the closest name.
    """
    if name in _specs:
        return _specs[name]
    if name.startswith(TORCHVISION_PREFIX):
        from archs.from_torchvision import spec as torchvision_spec

        return torchvision_spec(name)
    if name in _entry_points():
        return _plug_in(_entry_points()[name])
    names = [spec.name for spec in list_archs()]
    also = ", and torchvision/NAME is another"
    raise ArchError(unknown("no network is called", name, names, listed_by="`bench list`", also=also))


def create(name: str, *, in_channels: int = 1, num_classes: int = 10, image_size: int = 224) -> nn.Module:
    """Build a network.

    Returns:
        A module that maps images `(N, in_channels, image_size, image_size)` to logits
        `(N, num_classes)`; in training mode a network with auxiliary classifiers gives
        `archs.auxiliary.WithAuxiliary`.

    Raises:
        ArchError: unknown name, a size that the network is not defined at, a count below 1, or a builder of a
            plug-in that fails.
    """
    spec = get_spec(name)
    for label, value in (("in_channels", in_channels), ("num_classes", num_classes), ("image_size", image_size)):
        if not isinstance(value, int) or value < 1:
            raise ArchError(f"{label} must be a whole number of at least 1, not {value!r}")
    check_size(spec, image_size)
    arguments = {"in_channels": in_channels, "num_classes": num_classes, "image_size": image_size, **spec.options}
    return _build_plug_in(spec, arguments) if spec.kind == "plug-in" else _builder(spec)(**arguments)


def _build_plug_in(spec: ArchSpec, arguments: Mapping[str, Any]) -> nn.Module:
    """A user's own network, whose builder may raise anything: memory that ran out is no fault of the builder."""
    from torch import OutOfMemoryError, nn

    try:
        model = _builder(spec)(**arguments)
    except (ArchError, MemoryError, OutOfMemoryError):
        raise
    except Exception as error:
        reason = next(iter(str(error).strip().splitlines()), "")
        gave = f"{type(error).__name__}: {reason}" if reason else type(error).__name__
        raise ArchError(f"{spec.name} cannot be built: {spec.builder} gave {gave}") from error
    if not isinstance(model, nn.Module):
        raise ArchError(f"{spec.name} cannot be built: {spec.builder} gave a {type(model).__name__}, not an nn.Module")
    return model


def _builder(spec: ArchSpec) -> Builder:
    module, _, function = spec.builder.partition(":")
    return cast(Builder, getattr(import_module(module), function))


def check_size(spec: ArchSpec, image_size: int) -> None:
    """Raise `ArchError` if `spec` has sizes and `image_size` is not among them."""
    if spec.image_sizes and image_size not in spec.image_sizes:
        sizes = " and ".join(map(str, spec.image_sizes))
        closest = min(spec.image_sizes, key=lambda size: abs(size - image_size))
        raise ArchError(f"{spec.name} is defined at image sizes {sizes}, not {image_size}; the closest is {closest}")


__all__ = ["ArchError", "ArchSpec", "Counts", "check_size", "create", "get_spec", "list_archs", "register", "replace"]
