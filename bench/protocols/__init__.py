"""Named, frozen protocols: every setting of training and timing in one place."""

from __future__ import annotations

from archs.names import unknown
from bench.errors import UserError
from bench.protocols.experiments import EXPERIMENTS
from bench.protocols.published import PUBLISHED
from bench.protocols.rates import at_searched_rates
from bench.protocols.settings import (
    HELD_OUT,
    MEASURES,
    PER_PROCESS,
    STANDING_MEANINGS,
    STANDING_NOTES,
    TEST_SET,
    TRAINED,
    TRAINING_SET,
    Engine,
    Experiment,
    Measure,
    Protocol,
    Standing,
    Timing,
    Training,
    determining,
)
from bench.protocols.standard import STANDARD

PROTOCOLS: dict[str, Protocol] = {
    protocol.name: at_searched_rates(protocol) for protocol in (*STANDARD, *PUBLISHED, *EXPERIMENTS)
}


def protocol_names() -> list[str]:
    """What a run may ask for: each name once, a family by its own."""
    return list(dict.fromkeys(protocol.family or protocol.name for protocol in PROTOCOLS.values()))


def get_protocols(name: str) -> tuple[Protocol, ...]:
    """The protocol called `name`, or all of the family called so.

    Raises:
        UserError: there is none; the message holds the closest and all the names.
    """
    if name in PROTOCOLS:
        return (PROTOCOLS[name],)
    if family := tuple(protocol for protocol in PROTOCOLS.values() if protocol.family == name):
        return family
    raise UserError(unknown("no protocol is called", name, protocol_names()))


def get_protocol(name: str) -> Protocol:
    """The one protocol called `name`.

    Raises:
        UserError: there is none, or `name` is a family of several.
    """
    found = get_protocols(name)
    if len(found) > 1:
        raise UserError(f"{name} is a family of protocols: {', '.join(one.name for one in found)}; name one of them")
    return found[0]


__all__ = [
    "HELD_OUT",
    "MEASURES",
    "PER_PROCESS",
    "PROTOCOLS",
    "STANDING_MEANINGS",
    "STANDING_NOTES",
    "TEST_SET",
    "TRAINED",
    "TRAINING_SET",
    "Engine",
    "Experiment",
    "Measure",
    "Protocol",
    "Standing",
    "Timing",
    "Training",
    "determining",
    "get_protocol",
    "get_protocols",
    "protocol_names",
]
