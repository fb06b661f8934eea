"""The peak learning rates that the search found, and the standing that protocols have for training at them.

Of every family one of the five was searched, by `bench tune`, and its relatives take its rate over.  The records of the
search are among the results, and a test holds these numbers against them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import archs
from bench.protocols.settings import Protocol

SEARCHED: dict[int, tuple[tuple[str, float], ...]] = {
    28: (("lenet", 3e-2), ("alexnet", 3e-4), ("vgg", 3e-4), ("googlenet", 3e-4), ("nin", 3e-3)),
}
"""For each image size that was searched, the best rate of each family."""


def taken_over(network: str, protocol: Mapping[str, Any]) -> bool:
    """Whether `network` trains, under `protocol` as records have it, at a rate that was found for another one."""
    training = protocol.get("training") or {}
    rates = tuple(tuple(pair) for pair in training.get("learning_rates", ()))
    return network not in archs.FIVE and rates in SEARCHED.values()


def at_searched_rates(protocol: Protocol) -> Protocol:
    """The protocol as a run takes it: one that awaits a search has its rates and is citable once its size has had one.

    What a search at 28 pixels says of another length of training it says by extension; of 224 pixels it says nothing.
    """
    if protocol.standing != "untuned" or protocol.image_size not in SEARCHED:
        return protocol
    training = replace(protocol.training, learning_rates=SEARCHED[protocol.image_size])
    return replace(protocol, standing="citable", training=training)
