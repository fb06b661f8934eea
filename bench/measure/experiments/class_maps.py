"""Maps of where a network sees a class: class activation maps or maps of its weights where its structure has them, and
Grad-CAM for every network.

Class maps: Zhou and others, "Learning Deep Features for Discriminative Localization", arXiv:1512.04150; for a network
whose last maps are the classes' own: Lin, Chen and Yan, arXiv:1312.4400, section 3.2.  Grad-CAM: Selvaraju and others,
arXiv:1610.02391, as captum computes it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec

import torch
from torch import Tensor, nn

from bench.batches import Images
from bench.errors import UserError
from bench.measure.experiments.calls import Call, calls_of, field_centres

Mapper = Callable[[Tensor, Tensor], Tensor]
"""Images `(B, 1, H, W)` and a class for each `(B,)` to maps `(B, h, w)`."""

SMALLEST_MAP = 2
"""Cells along a side.  A map of one cell is a number: it says what and cannot say where."""
_LEAVE_SCORES_MEANS = nn.Flatten | nn.Dropout | nn.Identity


@dataclass(frozen=True)
class MapLayer:
    """The layer that a map goes into, by which the map is known: what is done to it in place is done by then."""

    layer: nn.Module
    side: int
    """Of the map, in cells."""
    field_centres: tuple[float, ...] | None
    """Where along the canvas the cells look, in pixels; None where that is not known."""


@dataclass(frozen=True)
class MapLayers:
    """Where in a network its maps are."""

    convolutional: MapLayer
    """The last convolutional map: what the first layer after the last convolution is given that changes its shape."""
    mean: MapLayer | None
    """The map whose means are the class scores, or what `weights` makes them of; None where the network is not built
    so, or where that map has a single cell."""
    weights: nn.Linear | None
    flattened: MapLayer | None
    """The map that is flattened for one linear layer, `flat`, which makes the scores; None where it is not so."""
    flat: nn.Linear | None


def find_layers(model: nn.Module, images: Tensor) -> MapLayers:
    """Where the maps of `model` are, from the order in which it calls its layers on `images` `(B, C, H, W)`.

    It has class maps if nothing but global average pooling, and at most one linear layer behind it, stands between
    its last maps and its scores.  Leaves the model in evaluation mode.

    Raises:
        ValueError: no map follows the last convolution, or there is none.
    """
    calls = calls_of(model, images)
    convolutions = [index for index, call in enumerate(calls) if isinstance(call.layer, nn.Conv2d)]
    end = convolutions[-1] + 1 if convolutions else len(calls)
    reshaping = [index for index in range(end, len(calls)) if _takes_map(calls[index])]
    if not reshaping:
        raise ValueError("the network has no convolutional map that a layer turns into something else")

    def map_layer(index: int) -> MapLayer:
        centres = field_centres(calls[:index], images.shape[-1])
        return MapLayer(calls[index].layer, calls[index].before[-1], centres)

    mean, weights = _mean_and_weights(calls[end:])
    flattened, flat = _flattened(calls[end:])
    return MapLayers(
        convolutional=map_layer(reshaping[0]),
        mean=None if mean is None else map_layer(end + mean),
        weights=weights,
        flattened=None if flattened is None else map_layer(end + flattened),
        flat=flat,
    )


def _takes_map(call: Call) -> bool:
    return len(call.before) == 4 and call.after != call.before


def _mean_and_weights(rest: list[Call]) -> tuple[int | None, nn.Linear | None]:
    """Which of the calls is the pooling of class maps, and the linear layer behind it."""
    pools = [index for index, call in enumerate(rest) if isinstance(call.layer, nn.AdaptiveAvgPool2d)]
    if not pools or rest[pools[-1]].after[2:] != (1, 1) or min(rest[pools[-1]].before[2:]) < SMALLEST_MAP:
        return None, None
    behind = [call.layer for call in rest[pools[-1] + 1 :] if not isinstance(call.layer, _LEAVE_SCORES_MEANS)]
    if not behind:
        return pools[-1], None
    only = behind[0]
    return (pools[-1], only) if len(behind) == 1 and isinstance(only, nn.Linear) else (None, None)


def _flattened(rest: list[Call]) -> tuple[int | None, nn.Linear | None]:
    """Which of the calls flattens a map, and the linear layer that alone stands behind it."""
    places = [index for index, call in enumerate(rest) if isinstance(call.layer, nn.Flatten) and _takes_map(call)]
    if not places or min(rest[places[0]].before[2:]) < SMALLEST_MAP:
        return None, None
    behind = [call.layer for call in rest[places[0] :] if not isinstance(call.layer, _LEAVE_SCORES_MEANS)]
    only = behind[0] if len(behind) == 1 else None
    return (places[0], only) if isinstance(only, nn.Linear) else (None, None)


def class_maps(model: nn.Module, layers: MapLayers) -> Mapper | None:
    """The class activation maps of `model`: means of them are its scores, but for biases.  None where it has none."""
    if layers.mean is None:
        return None
    mean, weights = layers.mean.layer, layers.weights

    def maps(images: Tensor, classes: Tensor) -> Tensor:
        seen, _ = _maps_and_scores(model, mean, images)
        if weights is None:
            return seen[torch.arange(len(classes), device=seen.device), classes]
        with torch.inference_mode():
            return torch.einsum("nkhw,nk->nhw", seen, weights.weight[classes])

    return maps


def means_are_scores(model: nn.Module, layers: MapLayers, images: Tensor) -> bool:
    """Whether the means of the class maps are the scores of `images`: structure alone does not show what a forward
    method does between its layers.

    Within a hundredth of the largest score, which is more than rounding and less than any other computation.
    """
    if layers.mean is None:
        return False
    seen, scores = _maps_and_scores(model, layers.mean.layer, images)
    with torch.inference_mode():
        means = seen.mean(dim=(2, 3))
        means = means if layers.weights is None else layers.weights(means)
    if means.shape != scores.shape:
        return False
    return bool((means - scores).abs().max() <= 0.01 * scores.abs().max())


def weight_maps(model: nn.Module, layers: MapLayers) -> Mapper | None:
    """What each place of the flattened map adds to a class's score, which is their sum but for the bias.

    None where the scores are made in another way.
    """
    if layers.flattened is None or layers.flat is None:
        return None
    flattened, weight = layers.flattened.layer, layers.flat.weight

    def maps(images: Tensor, classes: Tensor) -> Tensor:
        seen, _ = _maps_and_scores(model, flattened, images)
        with torch.inference_mode():
            return (seen * weight[classes].view_as(seen)).sum(1)

    return maps


def sums_are_scores(model: nn.Module, layers: MapLayers, images: Tensor) -> bool:
    """Whether the scores of `images` are what the linear layer makes of the flattened map, within a hundredth."""
    if layers.flattened is None or layers.flat is None:
        return False
    seen, scores = _maps_and_scores(model, layers.flattened.layer, images)
    with torch.inference_mode():
        made = layers.flat(seen.flatten(1))
    return bool((made - scores).abs().max() <= 0.01 * scores.abs().max())


def _maps_and_scores(model: nn.Module, mean: nn.Module, images: Tensor) -> tuple[Tensor, Tensor]:
    """What goes into `mean`, `(B, K, h, w)`, and the logits `(B, num_classes)`."""
    caught: list[Tensor] = []
    hook = mean.register_forward_pre_hook(lambda layer, inputs: caught.append(inputs[0]))
    try:
        with torch.inference_mode():
            scores = model.eval()(images)
    finally:
        hook.remove()
    return caught[0], scores


def require_captum() -> None:
    """Make sure that Grad-CAM can be computed here.

    Raises:
        UserError: captum is missing.
    """
    if find_spec("captum") is None:
        raise UserError("localisation needs the package captum; install it, or ninbench[maps], with pip")


def grad_cam(model: nn.Module, layers: MapLayers) -> Mapper:
    """Grad-CAM of `model` at its last convolutional map, negative evidence left out as in the paper."""
    from captum.attr import LayerGradCam  # loads matplotlib

    method = LayerGradCam(model, layers.convolutional.layer)

    def maps(images: Tensor, classes: Tensor) -> Tensor:
        model.eval()
        found: Tensor = method.attribute(images, target=classes, attribute_to_layer_input=True, relu_attributions=True)
        return found.detach()[:, 0]

    return maps


def maps_of(images: Images, mapper: Mapper, *, batch_size: int) -> Tensor:
    """The map of its label for each of `images`: `(N, h, w)`, float32, on the CPU; 0 where it is not a number."""
    found = [mapper(batch, labels).float().cpu() for batch, labels in images.in_order(batch_size)]
    return torch.cat(found).nan_to_num(0.0, 0.0, 0.0)
