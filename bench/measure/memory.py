"""Peak memory of a training step and of inference, and what autograd keeps between the passes."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from bench.device import autocast
from bench.measure.activations import activations
from bench.measure.cases import Case, Conditions
from bench.measure.engines import Variants
from bench.measure.steps import Inputs, Step, random_images, step_for
from bench.peak_memory import peak_bytes, reset_peak
from bench.records import LayerMemory, Memory
from bench.update import losses


def measure_memory(build: Callable[[], nn.Module], *, batch: int, conditions: Conditions) -> Memory:
    """Bytes above what the process held before the network was built.

    Peaks count the weights, and in training the gradients and the optimiser's state.  On the CPU
    they are the process's resident set, for which the caller must give this function a process of
    its own; on CUDA they are the allocator's.
    """
    target = conditions.target
    _load_libraries(conditions)
    gc.collect()
    reset_peak(target)
    before = peak_bytes(target)
    model = build()

    infer = _inference(model, batch, conditions)
    infer()
    target.synchronise()
    inference_peak = _above(before, peak_bytes(target))
    del infer  # and with it its images, which are not training's

    reset_peak(target)
    train = _training(model, batch, conditions)
    train.ready()
    for _ in range(2):  # the second step has the optimiser's state beside its activations
        train.run()
    target.synchronise()
    training_peak = _above(before, peak_bytes(target))

    return Memory(
        batch=batch,
        parameter_bytes=sum(parameter.nbytes for parameter in model.parameters()),
        saved_for_backward_bytes=saved_for_backward(model, batch=batch, conditions=conditions),
        training_peak_bytes=training_peak,
        inference_peak_bytes=inference_peak,
        method="none" if training_peak is None else "cuda allocator" if target.type == "cuda" else "resident set",
        layers=memory_by_layer(model, batch=batch, conditions=conditions),
    )


def memory_by_layer(model: nn.Module, *, batch: int, conditions: Conditions) -> tuple[LayerMemory, ...]:
    """What each layer makes and keeps of a batch, counted rather than measured: the same on every device.

    Counted with two images and with three, from which any number follows: what is kept is so much for each
    image, and so much for the batch as a whole, as a batch normalisation's means.  Not with one, whose bytes
    can be channels first and channels last at once, and of which a batch normalisation may have no spread.
    """
    channels, size, _ = conditions.image_shape
    two, three = (activations(model, in_channels=channels, image_size=size, batch=count) for count in (2, 3))

    def extended(of_two: int, of_three: int) -> int:
        return of_two + (batch - 2) * (of_three - of_two)

    return tuple(
        LayerMemory(
            name=one.name,
            type=one.type,
            output_elements=extended(one.output_elements, other.output_elements),
            saved_bytes=extended(one.saved_bytes, other.saved_bytes),
        )
        for one, other in zip(two, three, strict=True)
    )


def _load_libraries(conditions: Conditions) -> None:
    """Take one step with next to nothing, so that what torch loads at its first step is not put down to the network."""
    channels, _, _ = conditions.image_shape
    tiny = nn.Sequential(
        nn.Conv2d(channels, 1, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1, conditions.num_classes)
    )
    tiny.to(conditions.target.device).to(memory_format=torch.channels_last)
    _inference(tiny, 1, conditions)()
    train = _training(tiny, 1, conditions)
    train.ready()
    train.run()


def _inference(model: nn.Module, batch: int, conditions: Conditions) -> Callable[[], object]:
    """A forward pass of the network as the harness holds it, whose weights are fp32 in every precision."""
    images = random_images(batch, conditions)

    def run() -> object:
        model.eval()
        with torch.inference_mode(), autocast(conditions.target, conditions.precision):
            return model(images)

    return run


def _training(model: nn.Module, batch: int, conditions: Conditions) -> Step:
    case = Case("training", "eager", conditions.precision, batch)
    return step_for(case, Variants(model), Inputs(conditions))


def saved_for_backward(model: nn.Module, *, batch: int, conditions: Conditions) -> int:
    """Bytes of the distinct storages that autograd keeps after the forward pass, weights left out, cast or not."""
    own = {parameter.untyped_storage().data_ptr() for parameter in model.parameters()}
    kept: dict[int, int] = {}
    casts = _Casts(own)

    def note(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in own:
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    model.train()
    images = random_images(batch, conditions)
    labels = torch.zeros(batch, dtype=torch.int64, device=images.device)
    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        with autocast(conditions.target, conditions.precision), casts:
            output = model(images)
        graph = losses(output, labels)
    total = sum(kept.values())
    del graph
    return total


class _Casts(TorchDispatchMode):
    """Adds to the addresses `own` those of what is at them in another precision, as autocast makes it."""

    def __init__(self, own: set[int]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._own = own
        self._made: list[Tensor] = []  # what is alive keeps its address to itself

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = function(*args, **(kwargs or {}))
        if function is torch.ops.aten._to_copy.default and args[0].untyped_storage().data_ptr() in self._own:
            self._own.add(result.untyped_storage().data_ptr())
            self._made.append(result)
        return result


def _above(before: int | None, peak: int | None) -> int | None:
    return None if before is None or peak is None else max(0, peak - before)
