"""Checks of what a document says against its listing's layers.

Each takes what running the listing showed, and that of the document's other listings, and gives whether
prose and code agree, and one plain sentence about the code.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from math import isqrt

from bench.audit.facts import (
    blocks,
    capital,
    channels_in,
    channels_out,
    convolutions,
    counted,
    every_layer,
    followed_by,
    linear,
    of_type,
    pools,
    side,
    total_parameters,
)
from bench.differences import differences
from bench.numbers import listing, shape
from bench.records import Observed

Others = Mapping[str, Observed]
Verdict = tuple[bool, str]
Check = Callable[[Observed, Others], Verdict]


def no_linear(observed: Observed, others: Others) -> Verdict:
    """No layer is fully connected."""
    found = linear(observed)
    if not found:
        return True, "No layer of the listing is fully connected."
    last = found[-1]
    share = last.parameters / total_parameters(observed)
    assert last.input_shape is not None
    return False, (
        f"The listing ends in a fully connected layer from {last.input_shape[0]:,} to {last.output_shape[0]:,}, "
        f"which holds {last.parameters:,} of its {total_parameters(observed):,} parameters ({share:.0%})."
    )


def order(*wanted: str) -> Check:
    """Convolutions by kernel side, poolings and linear layers come in this order."""

    def check(observed: Observed, others: Others) -> Verdict:
        words = {"MaxPool2d": "pool", "AvgPool2d": "pool", "Linear": "linear"}
        kinds = ("Conv2d", *words)
        found = [words.get(layer.type, str(side(layer))) for layer in of_type(observed, *kinds)]
        names = [f"{word}x{word}" if word.isdigit() else word for word in found]
        return found == list(wanted), f"The listing's layers are {', '.join(names)}."

    return check


def pointwise_raises(observed: Observed, others: Others) -> Verdict:
    """Some 1x1 convolution gives more channels than it takes."""
    pairs = [(channels_in(layer), channels_out(layer)) for layer in convolutions(observed) if side(layer) == 1]
    raising = [pair for pair in pairs if pair[1] > pair[0]]
    told = listing([f"{before} to {after}" for before, after in raising or pairs])
    if raising:
        return True, f"1x1 convolutions that raise the channels: {told}."
    return False, f"None does: the 1x1 convolutions go from {told}."


def pointwise_reduces(observed: Observed, others: Others) -> Verdict:
    """Each 1x1 convolution gives fewer channels than it takes."""
    pairs = [(channels_in(layer), channels_out(layer)) for layer in convolutions(observed) if side(layer) == 1]
    told = listing([f"{before} to {after}" for before, after in pairs])
    return all(after < before for before, after in pairs), f"The 1x1 convolutions go from {told}."


def gap(observed: Observed, others: Others) -> Verdict:
    """Global average pooling stands at the end and no layer is fully connected."""
    means, dense = len(of_type(observed, "AdaptiveAvgPool2d")), len(linear(observed))
    if means == 1 and dense == 0:
        return True, "One global average pooling, and no fully connected layer."
    last = observed.layers[-1]
    told = f"{counted(means, 'global average pooling')} and {counted(dense, 'fully connected layer')}"
    return False, f"The listing has {told}: it ends in {shape(last.output_shape)} numbers."


def two_pointwise(observed: Observed, others: Others) -> Verdict:
    """Every spatial convolution is followed by two 1x1 convolutions."""
    found = blocks(observed.layers)
    told = [f"{side(block.spatial)}x{side(block.spatial)} and {len(block.pointwise)} of 1x1" for block in found]
    return all(len(block.pointwise) == 2 for block in found), f"The blocks are {listing(told)}."


def pooled_between_blocks(observed: Observed, others: Others) -> Verdict:
    """A pooling of stride 2 between each two blocks."""
    strides = [layer.stride for layer in pools(observed)]
    agrees = len(strides) == len(blocks(observed.layers)) - 1 and set(strides) == {(2, 2)}
    return agrees, f"{len(blocks(observed.layers))} blocks and {len(strides)} poolings of stride 2."


def channels_grow(observed: Observed, others: Others) -> Verdict:
    """No block has fewer channels than the one before."""
    widths = [channels_out(block.spatial) for block in blocks(observed.layers)]
    grows = widths == sorted(widths)
    told = f"The blocks have {listing(widths)} channels"
    return grows, f"{told}." if grows else f"{told}: the last is as wide as there are classes."


def is_nin(observed: Observed, others: Others) -> Verdict:
    """Two 1x1 convolutions in each block, the mean of each map at the end, no fully connected layer."""
    found = blocks(observed.layers)
    whole = sum(len(block.pointwise) == 2 for block in found)
    means, dense = len(of_type(observed, "AdaptiveAvgPool2d")), len(linear(observed))
    told = f"{counted(means, 'global average pooling')} and {counted(dense, 'fully connected layer')}"
    agrees = (whole, means, dense) == (len(found), 1, 0)
    return agrees, f"Two 1x1 convolutions follow {whole} of {len(found)} larger ones; there is {told}."


def class_channels(classes: int) -> Check:
    """The last convolution has a channel for each class."""

    def check(observed: Observed, others: Others) -> Verdict:
        width = channels_out(convolutions(observed)[-1])
        return width == classes, f"The last convolution gives {width} channels."

    return check


def mean_then_softmax(observed: Observed, others: Others) -> Verdict:
    """Global average pooling, then softmax, and nothing else; a ReLU before the mean is told."""
    kinds = [layer.type for layer in observed.layers]
    before = kinds[kinds.index("AdaptiveAvgPool2d") - 1] if "AdaptiveAvgPool2d" in kinds else ""
    note = "; before the mean stands a ReLU, so that no score is below zero" if before == "ReLU" else ""
    return kinds[-2:] == ["AdaptiveAvgPool2d", "Softmax"], f"The listing ends in {' and '.join(kinds[-2:])}{note}."


def fails_at_28(observed: Observed, others: Others) -> Verdict:
    """The network cannot take 28-pixel images."""
    attempt = observed.runs_at_28
    assert attempt is not None
    return not attempt.ok, (
        f"The smallest image that runs has {observed.smallest_size} pixels a side"
        + (f"; 28 fails with {attempt.error}." if not attempt.ok else ".")
    )


def only_first_changed(before: str) -> Check:
    """From the listing `before` to this one nothing is changed but the first convolution."""

    def check(observed: Observed, others: Others) -> Verdict:
        bare = {"output_shape": (), "input_shape": None, "macs": 0, "parameters": 0}  # what a size brings with it
        earlier, later = (
            [layer.model_copy(update=bare) for layer in one.layers[1:]] for one in (others[before], observed)
        )
        found = [one for one in differences(earlier, later) if one.change != "same"]
        gone = Counter(str(one.parent.layer) for one in found if one.parent is not None)
        new = Counter(str(one.own.layer) for one in found if one.own is not None)
        if not found:
            return True, "Nothing but the first convolution is changed."
        return False, f"Changed beside the first convolution: {_tally(gone)} gone, {_tally(new)} new."

    return check


def _tally(found: Counter[str]) -> str:
    return " and ".join(f"{number} {name}" for name, number in found.items()) or "nothing"


def pooling_present(observed: Observed, others: Others) -> Verdict:
    """Some pooling makes maps smaller."""
    found = [layer for layer in pools(observed) if layer.input_shape != layer.output_shape]
    spatial = [layer.output_shape for layer in observed.layers if len(layer.output_shape) == 3]
    sides = sorted({shape[1] for shape in spatial if shape[1] > 1}, reverse=True)
    told = f"{counted(len(found), 'pooling')} makes maps smaller"
    return bool(found), f"{capital(told)}; they are {listing([f'{s}x{s}' for s in sides])} throughout."


def relu_after_pointwise(observed: Observed, others: Others) -> Verdict:
    """A ReLU comes right after each 1x1 convolution."""
    points = [layer for layer in convolutions(observed) if side(layer) == 1]
    with_relu = sum(followed_by(observed, layer) == "ReLU" for layer in points)
    return with_relu == len(points), f"A ReLU follows {with_relu} of {len(points)} 1x1 convolutions."


def nothing_collapses(observed: Observed, others: Others) -> Verdict:
    """No two layers with weights follow each other without an activation."""
    pairs = observed.without_activation
    if not pairs:
        return True, "An activation stands between any two layers with weights."
    told = "; ".join(f"{first} and {second}" for first, second in pairs)
    return (
        False,
        f"Nothing stands between {told}: {'each pair is' if len(pairs) > 1 else 'the two are'} one affine map.",
    )


def child_is_block(name: str) -> Check:
    """The child `name` holds a spatial convolution and two 1x1 convolutions."""

    def check(observed: Observed, others: Others) -> Verdict:
        inside = [layer for layer in convolutions(observed) if layer.name.startswith(f"{name}.")]
        kernels = [f"{side(layer)}x{side(layer)}" for layer in inside]
        agrees = any(side(layer) > 1 for layer in inside) and kernels.count("1x1") >= 2
        held = f"{counted(len(inside), 'convolution')}" + (f" ({listing(kernels)})" if kernels else "")
        return agrees, f"It holds {held}; a NiN block has a larger convolution and two of 1x1."

    return check


def weighted_layers(wanted: int) -> Check:
    """Convolutions and linear layers together."""

    def check(observed: Observed, others: Others) -> Verdict:
        several, dense = len(convolutions(observed)), len(linear(observed))
        told = f"{counted(several, 'convolution')} and {counted(dense, 'fully connected layer')}"
        return several + dense == wanted, f"The listing has {several + dense}: {told}."

    return check


def runs(observed: Observed, others: Others) -> Verdict:
    """An image of the stated size goes through."""
    attempt = observed.runs_as_stated
    assert attempt is not None
    if attempt.ok:
        return True, "An image of the stated size goes through."
    none = "" if observed.smallest_size else f", and no size from 1 to {observed.largest_size_tried} goes through"
    return False, f"The forward pass fails in {observed.failed_in} with {attempt.error}{none}."


def all_three_by_three(observed: Observed, others: Others) -> Verdict:
    """Every convolution is 3x3 with stride 1."""
    found = [layer.geometry for layer in convolutions(observed)]
    agrees = all(side(layer) == 3 and layer.stride == (1, 1) for layer in convolutions(observed))
    return agrees, f"{len(found)} convolutions, {listing(sorted(set(found)))}."


def several_poolings(observed: Observed, others: Others) -> Verdict:
    """More than one pooling of 2x2 and stride 2."""
    found = [layer for layer in pools(observed) if side(layer) == 2 and layer.stride == (2, 2)]
    return len(found) > 1, f"The listing has {counted(len(found), 'pooling')} of 2x2 with stride 2."


def linear_layers(wanted: int, *, classes: int) -> Check:
    """So many linear layers, the last with a score for each class."""

    def check(observed: Observed, others: Others) -> Verdict:
        found = linear(observed)
        widths = [f"{channels_in(layer):,} to {channels_out(layer):,}" for layer in found]
        agrees = len(found) == wanted and (not found or found[-1].output_shape == (classes,))
        return agrees, capital(f"{counted(len(found), 'fully connected layer')}: {listing(widths)}.")

    return check


def softmax(observed: Observed, others: Others) -> Verdict:
    """The last layer is a softmax."""
    last = every_layer(observed)[-1]
    if last.type == "Softmax":
        return True, "The listing ends in a softmax."
    return False, f"The listing ends in {last.name} ({last.type}) and gives scores without a softmax."


def relu_after_hidden(observed: Observed, others: Others) -> Verdict:
    """A ReLU comes right after each layer with weights but the last."""
    *hidden, _ = of_type(observed, "Conv2d", "Linear")
    with_relu = sum(followed_by(observed, layer) == "ReLU" for layer in hidden)
    return with_relu == len(hidden), f"A ReLU follows {with_relu} of {len(hidden)} hidden layers with weights."


def pattern_can_be_repeated(observed: Observed, others: Others) -> Verdict:
    """The printed convolutions and pooling, repeated, can come to the inputs that the first linear layer takes."""
    channels, side_now, _ = observed.layers[-1].output_shape
    dense = linear(observed)[0]
    assert dense.input_shape is not None
    wanted = dense.input_shape[0]
    assert observed.layers[0].input_shape is not None
    before = observed.layers[0].input_shape[1]
    sides, one = [side_now], side_now
    while one * side_now // before > 0:
        one = one * side_now // before
        sides.append(one)
    made = {count + 1: channels * size**2 for count, size in enumerate(sides)}
    if wanted in made.values():
        return True, f"Repeated, it gives the {wanted:,} inputs that the first fully connected layer takes."
    pixels = wanted / channels
    square = pixels.is_integer() and isqrt(int(pixels)) ** 2 == pixels
    reason = "" if square else f": {wanted:,} would be {channels} maps of {pixels:g} pixels, which no square map has"
    five = made.get(5)
    told = "" if five is None else f"; five times over it gives {channels} x {sides[4]} x {sides[4]} = {five:,}"
    return False, f"It gives {channels} channels at any depth and never {wanted:,} inputs{reason}{told}."


def parallel_branches(observed: Observed, others: Others) -> Verdict:
    """Branches with kernels of 1, 3 and 5 and a 3x3 max pooling, which take the same input."""
    widths = [after[0] for _, after in observed.transitions]
    inputs = {before for before, _ in observed.transitions}
    kernels = sorted({side(layer) for layer in convolutions(observed)})
    pooling = [layer for layer in of_type(observed, "MaxPool2d") if side(layer) == 3]
    agrees = kernels == [1, 3, 5] and len(pooling) == 1 and len(inputs) == 1
    return agrees, f"Branches of {listing(widths)} channels, {sum(widths)} in all, see the same {channels_of(inputs)}."


def channels_of(inputs: set[tuple[int, ...]]) -> str:
    """What the branches see, where it is one thing."""
    return f"{next(iter(inputs))[0]} channels" if len(inputs) == 1 else "no one input"


def auxiliary_heads(observed: Observed, others: Others) -> Verdict:
    """More than one layer gives class scores."""
    dense = linear(observed)
    heads = [layer for layer in dense if layer.output_shape == dense[-1].output_shape]
    names = listing([layer.name for layer in heads])
    return len(heads) > 1, capital(f"{counted(len(heads), 'layer gives', 'layers give')} class scores: {names}.")


def mean_present(observed: Observed, others: Others) -> Verdict:
    """Global average pooling is there."""
    found = of_type(observed, "AdaptiveAvgPool2d")
    if not found:
        return False, "The listing has none."
    assert found[0].input_shape is not None
    return True, f"It turns {shape(found[0].input_shape)} into {shape(found[0].output_shape)}."


def blocks_of(channels: int, wanted: int) -> Check:
    """So many channels in the image and so many blocks."""

    def check(observed: Observed, others: Others) -> Verdict:
        found, seen = len(blocks(observed.layers)), channels_in(observed.layers[0])
        return (seen, found) == (
            channels,
            wanted,
        ), f"The listing takes {counted(seen, 'channel')} and has {found} blocks."

    return check


def kernels(*wanted: int) -> Check:
    """The sides of the spatial convolutions, in order."""

    def check(observed: Observed, others: Others) -> Verdict:
        found = [side(block.spatial) for block in blocks(observed.layers)]
        return found == list(wanted), f"The kernels are {listing(found)}."

    return check


def gives_shape(*wanted: int) -> Check:
    """The last convolution gives maps of this shape."""

    def check(observed: Observed, others: Others) -> Verdict:
        found = convolutions(observed)[-1].output_shape
        return found == wanted, f"It gives {shape(found)}."

    return check
