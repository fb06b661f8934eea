"""The propositions that claims rest on, each a name and numbers: what should hold, beside a control where it does not.

What is drawn at random is drawn anew from each of several seeds.  Of what should be small the largest value is told
and of what should be large the smallest, so that every draw bears the conclusion out.  No conclusion is drawn here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import nn

from bench.measure import exact
from bench.measure.receptive_field import receptive_field

SEEDS = (0, 1, 2, 3, 4)

Quantities = dict[str, float]
Found = TypeVar("Found")


@dataclass(frozen=True)
class Proposition:
    """Something that can be computed rather than measured."""

    name: str
    """By which the ledger refers to it."""
    says: str
    """What is compared, in a sentence."""
    compute: Callable[[], Quantities]


def _drawn(function: Callable[..., Found]) -> list[Found]:
    return [function(seed=seed) for seed in SEEDS]


def _pointwise_is_linear() -> Quantities:
    found = _drawn(exact.per_pixel_linear)
    return {
        "difference of a 1x1 convolution from one linear layer at each pixel": max(one.difference for one in found),
        "difference of a 3x3 convolution from it": min(one.control_difference for one in found),
    }


def _pointwise_sees_one_pixel() -> Quantities:
    found = _drawn(exact.pixel_independence)
    return {
        "number of pixels that a 1x1 convolution sees at once": max(one.input_pixels for one in found),
        "number of pixels that a 3x3 convolution sees at once": min(one.control_input_pixels for one in found),
        "difference that moving pixels after a 1x1 convolution makes to moving them before": max(
            one.permutation_difference for one in found
        ),
        "difference that it makes around a 3x3 convolution": min(one.control_permutation_difference for one in found),
    }


def _pointwise_and_channels() -> Quantities:
    found = _drawn(exact.channels)
    return {
        "change of height or width by a 1x1 convolution": max(one.size_change for one in found),
        "change by a 3x3 convolution without padding": min(one.control_size_change for one in found),
        "share of the input channels that each output of a 1x1 convolution depends on": min(
            one.seen / one.inputs for one in found
        ),
        "share in a depthwise convolution": max(one.control_seen / one.inputs for one in found),
        "smallest ratio of output to input channels of a 1x1 convolution": max(one.smallest_ratio for one in found),
        "largest ratio of output to input channels of a 1x1 convolution": min(one.largest_ratio for one in found),
        "ratio of a depthwise convolution": max(one.control_ratio for one in found),
    }


def _single_layer() -> Quantities:
    found = _drawn(exact.single_layer)
    return {
        "departure of one 1x1 convolution from an affine map": max(one.affine_defect for one in found),
        "departure of two with a ReLU between them": min(one.control_affine_defect for one in found),
        "share of an exclusive or of two channels that one 1x1 layer with its ReLU tells right": max(
            one.exclusive_or for one in found
        ),
        "share that two such layers tell right": min(one.control_exclusive_or for one in found),
    }


def _collapse(what: str, single: str, function: Callable[..., exact.Collapse]) -> Callable[[], Quantities]:
    def compute() -> Quantities:
        found = _drawn(function)
        return {
            f"difference of {what} without ReLUs from {single}": max(one.difference for one in found),
            "difference with ReLUs": min(one.control_difference for one in found),
            f"departure of {what} without ReLUs from an affine map": max(one.affine_defect for one in found),
            f"departure of {what} with ReLUs from an affine map": min(one.control_affine_defect for one in found),
            f"parameters of {what}": found[0].chain_parameters,
            f"parameters of {single}": found[0].single_parameters,
        }

    return compute


def _block_is_perceptron() -> Quantities:
    found = _drawn(exact.block_on_patches)
    return {
        "difference of a NiN block from a perceptron of three layers on each patch": max(
            one.difference for one in found
        ),
        "difference of a block that lacks a ReLU from it": min(one.control_difference for one in found),
    }


def _flatten_and_pooling() -> Quantities:
    found = _drawn(exact.flatten_and_pooling)
    return {
        "number of dimensions that flattening forgets": max(one.inputs - one.flatten_rank for one in found),
        "number of dimensions that global average pooling forgets": min(one.forgotten for one in found),
        "share of draws in which unflattening gives the same map back": sum(one.flatten_restores for one in found)
        / len(found),
        "difference that moving pixels makes to their mean": max(one.pooling_difference for one in found),
        "difference that it makes to the flattened map": min(one.flatten_difference for one in found),
    }


def _position() -> Quantities:
    found = _drawn(exact.position)
    return {
        "share of objects whose quarter a linear layer names after flattening": min(
            one.after_flattening for one in found
        ),
        "share after global average pooling": max(one.after_pooling for one in found),
    }


def _fully_connected_as_convolution() -> Quantities:
    several, one_pixel = (
        [exact.fully_connected_forms(height=side, width=side, seed=seed) for seed in SEEDS] for side in (5, 1)
    )
    return {
        "share of a fully connected layer on 5x5 maps that 1x1 convolution and mean leave unexplained": min(
            one.unexplained_share for one in several
        ),
        "share on maps of one pixel": max(one.unexplained_share for one in one_pixel),
        "difference of a fully connected layer from a convolution as large as the map": max(
            one.whole_map_difference for one in several
        ),
    }


def _costs() -> Quantities:
    costs = exact.layer_costs(channels=512, height=7, width=7, outputs=1024)
    with torch.device("meta"):
        weights = nn.Linear(512 * 7 * 7, 1024).weight.numel()
    return {
        "weights of a fully connected layer from 512 maps of 7x7 to 1,024": weights,
        "its parameters with biases": costs.fully_connected.parameters,
        "its multiply-accumulates": costs.fully_connected.macs,
        "parameters of a 1x1 convolution from 512 to 1,024 channels": costs.pointwise.parameters,
        "multiply-accumulates of that convolution on 7x7 maps": costs.pointwise.macs,
        "multiply-accumulates of a fully connected layer that gives as many numbers": costs.same_output.macs,
    }


def _head() -> Quantities:
    found = _drawn(exact.head_identities)
    return {
        "difference of NiN's class scores from the means of its class maps": max(one.score_difference for one in found),
        "difference of the scores from the maps' maxima": min(one.control_score_difference for one in found),
        "difference between a fully connected layer after the mean and a 1x1 convolution before it": max(
            one.exchange_difference for one in found
        ),
        "difference where a ReLU follows the layer": min(one.control_exchange_difference for one in found),
    }


def _fields() -> Quantities:
    def side(kernels: Sequence[int]) -> float:
        layers = nn.Sequential(*(nn.Conv2d(1, 1, kernel) for kernel in kernels))
        return receptive_field(layers, in_channels=1, image_size=15).height

    return {
        "side of the field of one 3x3 convolution": side([3]),
        "side of the field of two stacked 3x3 convolutions": side([3, 3]),
        "side of the field of three stacked 3x3 convolutions": side([3, 3, 3]),
        "side of the field of three stacked 1x1 convolutions": side([1, 1, 1]),
    }


def _auxiliary() -> Quantities:
    found = _drawn(exact.auxiliary_heads)
    return {
        "difference that other weights of the auxiliary classifiers make to predictions": max(
            one.difference for one in found
        ),
        "difference that they make to what is trained on": min(one.control_difference for one in found),
        "number of auxiliary classifiers that run in evaluation": max(one.heads_run for one in found),
        "number that run in training": min(one.control_heads_run for one in found),
    }


PROPOSITIONS = (
    Proposition("1x1-is-linear", "A 1x1 convolution beside a linear layer at each pixel.", _pointwise_is_linear),
    Proposition("1x1-sees-one-pixel", "Which pixels a 1x1 convolution brings together.", _pointwise_sees_one_pixel),
    Proposition("1x1-and-channels", "What a 1x1 convolution does to the shape of maps.", _pointwise_and_channels),
    Proposition("1x1-alone", "One 1x1 layer beside two with a ReLU between them.", _single_layer),
    Proposition("block-is-perceptron", "A NiN block beside a perceptron on each patch.", _block_is_perceptron),
    Proposition(
        "block-collapses",
        "A NiN block without its ReLUs beside one convolution.",
        _collapse("a NiN block", "one convolution", exact.convolutions_collapse),
    ),
    Proposition(
        "fully-connected-collapses",
        "Two fully connected layers without a ReLU beside one.",
        _collapse("two fully connected layers", "one fully connected layer", exact.linear_layers_collapse),
    ),
    Proposition("flatten-and-pooling", "What flattening and global average pooling forget.", _flatten_and_pooling),
    Proposition("position", "Where an object lies, after flattening and after pooling.", _position),
    Proposition(
        "fully-connected-as-1x1",
        "How far a fully connected layer can be written as a convolution.",
        _fully_connected_as_convolution,
    ),
    Proposition("fully-connected-costs", "A fully connected layer beside a 1x1 convolution, counted.", _costs),
    Proposition("scores-are-means", "NiN's head, and where a mean may change places with a layer.", _head),
    Proposition("stacked-fields", "The receptive field of stacked convolutions.", _fields),
    Proposition("auxiliary-heads", "GoogLeNet's auxiliary classifiers once it is trained.", _auxiliary),
)
