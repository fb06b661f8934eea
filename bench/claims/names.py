"""Names that a claim may use, as types: one that nothing is called is refused where the claim is read."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator

from archs import get_spec
from archs.names import unknown
from bench.audit.listings import LISTINGS
from bench.protocols import PROTOCOLS


def _network(name: str) -> str:
    get_spec(name)
    return name


def _listing(name: str) -> str:
    known = [one.name for one in LISTINGS]
    if name not in known:
        raise ValueError(unknown("no listing is called", name, known))
    return name


def _protocol(name: str) -> str:
    if name not in PROTOCOLS:
        raise ValueError(unknown("no protocol is called", name, PROTOCOLS))
    return name


Network = Annotated[str, AfterValidator(_network)]
"""A network that `bench list` lists, or torchvision/NAME."""
ListingName = Annotated[str, AfterValidator(_listing)]
"""A network as a document prints it; see `bench.audit.listings`."""
ProtocolName = Annotated[str, AfterValidator(_protocol)]
"""One protocol, not a family of them."""
