"""What came of running a listing that a document prints, and of holding the document's prose against it."""

from __future__ import annotations

from typing import Literal

from bench.records.base import Model
from bench.records.complexity import Layer

Shape = tuple[int, ...]


class Attempt(Model):
    """Whether one thing worked, and the exact error where it did not."""

    ok: bool
    error: str | None = None
    """Type and first line of the message."""
    line: int | None = None
    """Of the document."""


class Observed(Model):
    """What running the listing showed; shapes are of one image, channels first."""

    ran_with: str
    """The library that ran it, or that its twin stood in for it."""
    executes: Attempt | None
    """All statements in order; None where they were not run."""
    constructs: Attempt | None
    runs_as_stated: Attempt | None
    runs_at_28: Attempt | None
    smallest_size: int | None
    """Side in pixels of the smallest square image that runs; None where none up to `largest_size_tried` does."""
    largest_size_tried: int
    parameters: int | None
    macs: int | None
    """Multiply-accumulates of one image as stated; None where the forward pass does not come to its end."""
    layers: tuple[Layer, ...]
    """In the order of the forward pass, up to where it failed."""
    not_reached: tuple[Layer, ...] = ()
    """Layers that the network holds and the pass did not come to, in the order in which they are defined; a linear
    layer's shapes are those that it is made for, others have none."""
    failed_in: str | None = None
    """Name and type of the layer in which the forward pass failed."""
    without_activation: tuple[tuple[str, str], ...] = ()
    """Pairs of layers with weights of which the second takes what the first gives, nothing in between."""
    transitions: tuple[tuple[Shape, Shape], ...] = ()
    """Input and output shape of each direct child of the network, in the order of the forward pass."""


class StatedShape(Model):
    """A shape that the listing's comments state, and whether the network makes it."""

    line: int
    before: Shape
    after: Shape
    made: bool


class Finding(Model):
    """A sentence of the document, in our own words, beside what its listing does."""

    line: int
    """Of the document."""
    verdict: Literal["agrees", "differs", "not run"]
    says: str
    found: str


class Audit(Model):
    """One listing."""

    kind: Literal["audit"] = "audit"
    listing: str
    document: str
    document_sha256: str
    first_line: int
    last_line: int
    stated_image: tuple[int, int, int]
    """Channels, height and width that the document states for the input."""
    size_is_stated: bool
    """Whether the document does state height and width; the channels are those that the first layer takes."""
    as_it_stands: Attempt
    """Whether Python reads the text as the document holds it."""
    restored: str | None
    """What was restored before it was read again."""
    parses: Attempt
    supplied: str | None
    """What had to be supplied for the network to be constructed."""
    observed: Observed
    twin: str | None
    """The network of the registry that has the listing's layers, repaired where it has to be."""
    twin_parameters: int | None
    twin_macs: int | None
    twin_differs: tuple[str, ...]
    """Where the twin's layers are not the listing's."""
    stated_shapes: tuple[StatedShape, ...]
    findings: tuple[Finding, ...]
