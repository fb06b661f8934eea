"""Activations layer by layer: how large each output is, and what autograd keeps of it for the backward pass."""

from __future__ import annotations

import copy
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class LayerActivations:
    """One call of a leaf module, for the whole batch."""

    name: str
    """Empty for what is computed outside all leaf modules."""
    type: str
    output_elements: int
    """Also where the output is a view of the input or overwrites it."""
    saved_bytes: int
    """Of storages that autograd first kept while this module ran, whole and counted once.

    Parameters are left out; the running statistics of a batch normalisation are not.
    """


def activations(model: nn.Module, *, in_channels: int, image_size: int, batch: int = 1) -> tuple[LayerActivations, ...]:
    """Each leaf module of `model` in the order of the forward pass, in training mode, in float32 on the CPU.

    A storage belongs to the module that is the first to have it kept: what a ReLU in place leaves behind is the
    ReLU's, and the convolution after it, whose input it is, adds nothing.  A module that is called twice has two
    entries, and what is kept outside all of them comes last under the name "".  The sum is what
    `bench.measure.memory.saved_for_backward` counts, less what the loss keeps.

    `model` is left as it was, and may be on the meta device: weights do not matter.
    """
    probe = _on_cpu(model)
    names = {module: name for name, module in probe.named_modules()}
    # Storages are held here until the end, so that no other gets the address by which one is known.
    seen = {storage.data_ptr(): storage for storage in map(Tensor.untyped_storage, probe.parameters())}
    calls: list[tuple[str, str, int]] = []
    saved: defaultdict[int | None, int] = defaultdict(int)
    running: int | None = None  # the call within which autograd is keeping tensors

    def enter(module: nn.Module, inputs: Any) -> None:
        nonlocal running
        running = len(calls)
        calls.append((names[module], type(module).__name__, 0))

    def leave(module: nn.Module, inputs: Any, output: Tensor) -> None:
        nonlocal running
        calls[-1] = (*calls[-1][:2], output.numel())
        running = None

    def keep(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in seen:
            seen[storage.data_ptr()] = storage
            saved[running] += storage.nbytes()
        return tensor

    for module in names:
        if not list(module.children()):
            module.register_forward_pre_hook(enter)
            module.register_forward_hook(leave)
    # Pixel by pixel in memory, as the harness has its images: a Flatten of several channels then makes a copy.
    images = torch.zeros(batch, image_size, image_size, in_channels).permute(0, 3, 1, 2)
    with torch.random.fork_rng(devices=[]), torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        probe(images)
    rows = [LayerActivations(*call, saved[index]) for index, call in enumerate(calls)]
    return (*rows, LayerActivations("", "", 0, saved[None])) if None in saved else tuple(rows)


def _on_cpu(model: nn.Module) -> nn.Module:
    """A copy in float32 and in training mode, whose hooks and running statistics are its own."""
    probe = copy.deepcopy(model).float().train()
    if any(parameter.is_meta for parameter in probe.parameters()):
        probe.to_empty(device="cpu")
        for module in probe.modules():
            if isinstance(module, nn.modules.batchnorm._NormBase):
                module.reset_running_stats()
    return probe.cpu()
