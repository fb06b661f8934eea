"""Any torchvision classifier under the name ``torchvision/NAME``."""

from __future__ import annotations

import difflib
import inspect
from types import MappingProxyType
from typing import Any

import torch
from torch import nn
from torchvision import models

from archs.registry import TORCHVISION_PREFIX, ArchError, ArchSpec

# Auxiliary classifiers would change what the forward pass returns, and torchvision's slow
# truncated-normal initialisation of the two Inception networks is asked for explicitly.
_FIXED_ARGUMENTS: dict[str, dict[str, Any]] = {
    "googlenet": {"aux_logits": False, "init_weights": True},
    "inception_v3": {"aux_logits": False, "init_weights": True},
}


def spec(name: str) -> ArchSpec:
    """The spec of ``torchvision/NAME``.

    Raises:
        ArchError: torchvision has no classifier NAME; the message holds the closest one.
    """
    model = name.removeprefix(TORCHVISION_PREFIX)
    known = models.list_models(module=models)
    if model not in known:
        close = difflib.get_close_matches(model.lower(), known, n=1, cutoff=0.4)
        hint = f"; did you mean {TORCHVISION_PREFIX}{close[0]}?" if close else ""
        raise ArchError(f"torchvision has no classifier {model!r}{hint}; torchvision.models.list_models() lists them")
    return ArchSpec(
        name=name,
        title=f"{model} (torchvision)",
        family="torchvision",
        kind="torchvision",
        options=MappingProxyType({"model": model}),
        builder="archs.from_torchvision:build",
        source=f"torchvision.models.{model}",
        initialisation="own",
    )


def build(*, model: str, in_channels: int, num_classes: int, image_size: int) -> nn.Module:
    """torchvision's `model` without weights; its first convolution is replaced where it takes other channels.

    Images `(N, in_channels, image_size, image_size)` to logits `(N, num_classes)`.

    Raises:
        ArchError: the network cannot take images of this size.
    """
    arguments: dict[str, Any] = {"num_classes": num_classes, **_FIXED_ARGUMENTS.get(model, {})}
    if "image_size" in inspect.signature(models.get_model_builder(model)).parameters or model.startswith("vit_"):
        arguments["image_size"] = image_size
    try:
        network = _get_model(model, arguments)
        _accept_channels(network, in_channels)
        _try_forward(network, in_channels, image_size)
    except (RuntimeError, ValueError, AssertionError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ArchError(f"{TORCHVISION_PREFIX}{model} cannot take {image_size}-pixel images: {reason}") from error
    return network


def _get_model(model: str, arguments: dict[str, Any]) -> nn.Module:
    """RegNets work out their widths with tensors, which hold no numbers on the meta device."""
    network: nn.Module
    if model.startswith("regnet_") and torch.get_default_device().type == "meta":
        with torch.device("cpu"):
            network = models.get_model(model, weights=None, **arguments)
        return network.to("meta")
    network = models.get_model(model, weights=None, **arguments)
    return network


def _accept_channels(network: nn.Module, in_channels: int) -> None:
    for name, layer in network.named_modules():
        if isinstance(layer, nn.Conv2d):
            if layer.in_channels != in_channels:
                parent, _, attribute = name.rpartition(".")
                replacement = type(layer)(
                    in_channels,
                    layer.out_channels,
                    kernel_size=layer.kernel_size,  # type: ignore[arg-type]
                    stride=layer.stride,  # type: ignore[arg-type]
                    padding=layer.padding,  # type: ignore[arg-type]
                    bias=layer.bias is not None,
                )
                setattr(network.get_submodule(parent), attribute, replacement)
            return


def _try_forward(network: nn.Module, in_channels: int, image_size: int) -> None:
    """One forward pass of one image in evaluation mode, which finds out whether the size fits."""
    training = network.training
    with torch.no_grad():
        network.eval()(torch.zeros(1, in_channels, image_size, image_size, device=next(network.parameters()).device))
    network.train(training)
