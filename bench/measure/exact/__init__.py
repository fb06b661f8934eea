"""Identities about 1x1 convolutions, linear layers and global average pooling, as numbers computed in float64.

Each stands beside a control: the same comparison where the identity does not hold.  Weights and inputs are drawn so
that outputs are of the order of 1, which makes an absolute difference of 1e-12 a matter of rounding.
"""

from bench.measure.exact.auxiliary import AuxiliaryHeads, auxiliary_heads
from bench.measure.exact.channels import Channels, channels
from bench.measure.exact.collapse import (
    Collapse,
    collapse,
    collapse_linear,
    convolutions_collapse,
    linear_layers_collapse,
)
from bench.measure.exact.fully_connected import (
    Cost,
    FullyConnectedForms,
    LayerCosts,
    fully_connected_forms,
    layer_costs,
    unexplained_by_pooling,
)
from bench.measure.exact.perceptron import (
    EXCLUSIVE_OR,
    BlockOnPatches,
    SingleLayer,
    best_single_layer,
    block_on_patches,
    single_layer,
)
from bench.measure.exact.pointwise import (
    PerPixelLinear,
    PixelIndependence,
    as_convolution,
    per_pixel_linear,
    pixel_independence,
)
from bench.measure.exact.pooling import FlattenAndPooling, HeadIdentities, flatten_and_pooling, head_identities
from bench.measure.exact.position import Position, position

__all__ = [
    "EXCLUSIVE_OR",
    "AuxiliaryHeads",
    "BlockOnPatches",
    "Channels",
    "Collapse",
    "Cost",
    "FlattenAndPooling",
    "FullyConnectedForms",
    "HeadIdentities",
    "LayerCosts",
    "PerPixelLinear",
    "PixelIndependence",
    "Position",
    "SingleLayer",
    "as_convolution",
    "auxiliary_heads",
    "best_single_layer",
    "block_on_patches",
    "channels",
    "collapse",
    "collapse_linear",
    "convolutions_collapse",
    "flatten_and_pooling",
    "fully_connected_forms",
    "head_identities",
    "layer_costs",
    "linear_layers_collapse",
    "per_pixel_linear",
    "pixel_independence",
    "position",
    "single_layer",
    "unexplained_by_pooling",
]
