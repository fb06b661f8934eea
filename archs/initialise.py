"""The matched protocols' initialisation: one rule for every network that this project builds."""

from __future__ import annotations

from torch import nn

from archs.registry import Initialisation


def initialise(model: nn.Module, scheme: Initialisation) -> None:
    """Draw the weights of every convolution and linear layer anew and set the biases to zero, in place.

    "he" is for ReLU networks (He and others, arXiv:1502.01852: normal, fan-in), "xavier" for
    sigmoids (Glorot and Bengio, AISTATS 2010: uniform), "own" leaves the model as it is.
    """
    if scheme == "own":
        return
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            if scheme == "he":
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            else:
                nn.init.xavier_uniform_(layer.weight)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
