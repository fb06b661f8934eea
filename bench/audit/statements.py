"""What the documents say of their own listings, in our words, each with the check that holds it against the code.

A check looks at what running the listing showed and gives whether the two agree, and a sentence
about what was found, made from the layers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bench.audit import checks
from bench.records import Observed

Check = Callable[[Observed, Mapping[str, Observed]], tuple[bool, str]]


@dataclass(frozen=True)
class Statement:
    """One thing that a document says of a listing."""

    listing: str
    line: int
    says: str
    check: Check
    by_running: bool = False
    """Whether only the listing itself can tell, and not a twin that stands in for it."""


STATEMENTS = (
    Statement("doc000-nin", 12, "NiN puts 1x1 convolutions where fully connected layers were.", checks.no_linear),
    Statement(
        "doc000-nin",
        16,
        "The layers are convolution 11x11, pooling, 5x5, pooling, 3x3, 1x1, fully connected.",
        checks.order("11", "pool", "5", "pool", "3", "1", "linear"),
    ),
    Statement("doc000-nin", 36, "The listing implements NiN.", checks.is_nin),
    Statement("doc000-nin", 21, "The 1x1 convolution raises the number of channels.", checks.pointwise_raises),
    *(
        statement
        for listing in ("doc001-nin224", "doc001-nin28")
        for statement in (
            Statement(listing, 36, "Global average pooling takes the place of all fully connected layers.", checks.gap),
            Statement(listing, 75, "Each block is a convolution and two 1x1 convolutions.", checks.two_pointwise),
            Statement(listing, 51, "Blocks alternate with poolings of stride 2.", checks.pooled_between_blocks),
            Statement(listing, 51, "The number of channels grows along the network.", checks.channels_grow),
            Statement(listing, 53, "The last block has a channel for each of 10 classes.", checks.class_channels(10)),
            Statement(
                listing, 55, "The means of the channels go straight into the softmax.", checks.mean_then_softmax, True
            ),
        )
    ),
    Statement("doc001-nin224", 115, "The network expects images much larger than 28 pixels.", checks.fails_at_28, True),
    Statement(
        "doc001-nin28",
        115,
        "For 28 pixels only the first layer is changed.",
        checks.only_first_changed("doc001-nin224"),
    ),
    Statement("doc002-simplenin", 13, "After a convolution and its 1x1 layers comes pooling.", checks.pooling_present),
    Statement("doc002-simplenin", 17, "A ReLU makes each 1x1 layer non-linear.", checks.relu_after_pointwise),
    Statement(
        "doc002-simplenin", 13, "What follows a convolution is a more complex non-linear map.", checks.nothing_collapses
    ),
    Statement("doc002-simplenin", 21, "Global average pooling replaces the fully connected layers.", checks.gap),
    Statement(
        "doc002-simplenin",
        27,
        "NiNBlock is a NiN block in short: a convolution and the micro network after it.",
        checks.child_is_block("nin1"),
    ),
    Statement("doc003-vgg16", 25, "VGG-16 has 16 layers with weights.", checks.weighted_layers(16)),
    Statement("doc003-vgg16", 29, "It takes images of 3x224x224.", checks.runs),
    Statement("doc003-vgg16", 30, "Its convolutions are 3x3 with stride 1.", checks.all_three_by_three),
    Statement("doc003-vgg16", 31, "It has several 2x2 poolings of stride 2.", checks.several_poolings),
    Statement(
        "doc003-vgg16", 32, "Three fully connected layers end in 1,000 classes.", checks.linear_layers(3, classes=1000)
    ),
    Statement("doc003-vgg16", 32, "A softmax follows the last layer.", checks.softmax),
    Statement("doc003-vgg16", 33, "A ReLU follows every hidden layer.", checks.relu_after_hidden),
    Statement(
        "doc003-vgg16", 65, "Repeating the printed pattern gives the deeper network.", checks.pattern_can_be_repeated
    ),
    Statement(
        "doc003-inception",
        87,
        "1x1, 3x3 and 5x5 convolutions and a 3x3 max pooling stand side by side, joined along the channels.",
        checks.parallel_branches,
    ),
    Statement("doc003-inception", 89, "1x1 convolutions reduce the channels.", checks.pointwise_reduces),
    Statement("doc003-inception", 89, "1x1 convolutions also raise the channels.", checks.pointwise_raises),
    Statement("doc003-inception", 91, "Modules make the network deeper.", checks.nothing_collapses),
    Statement("doc003-simplegooglenet", 93, "Auxiliary classifiers stand in the middle.", checks.auxiliary_heads),
    Statement("doc003-simplegooglenet", 95, "No fully connected layer stands at the top.", checks.no_linear),
    Statement("doc003-simplegooglenet", 95, "Average pooling reduces the maps at the top.", checks.mean_present),
    Statement("doc003-simplegooglenet", 138, "It is a GoogLeNet in short, which classifies images.", checks.runs),
    Statement("doc004-block", 10, "A block is a convolution and two 1x1 convolutions.", checks.two_pointwise),
    Statement("doc004-nin", 18, "The images have 1 channel, and there are four blocks.", checks.blocks_of(1, 4)),
    Statement("doc004-nin", 19, "The blocks' kernels are 11, 5, 3 and 3.", checks.kernels(11, 5, 3, 3)),
    Statement("doc004-nin", 23, "The last fully connected layer is gone.", checks.no_linear),
    Statement("doc004-nin", 23, "The last block gives 10 maps of 5x5.", checks.gives_shape(10, 5, 5)),
    Statement("doc004-nin", 23, "Each class score is the mean of its map.", checks.gap),
    Statement("doc004-nin", 29, "28-pixel images are enlarged to 224 first.", checks.fails_at_28, True),
)
