"""A training step recorded once and then replayed as a whole.

A step of a small network is a hundred short kernels, and Python hands them to a GPU more slowly than it works them
off.  Recorded as a CUDA graph they are handed over at once, the same kernels on the same memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache

import torch
from torch import Tensor, nn

from bench.device import Target

TrainingStep = Callable[[Tensor, Tensor], tuple[Tensor, ...]]
"""Takes images and labels, updates a network, and returns what is to be known of it."""
Recorder = Callable[[Callable[[], object]], Callable[[], object]]
"""Takes something to do on the device and returns what does it again."""

_REHEARSALS = 3
"""Runs before a recording, in which libraries choose their kernels and optimisers make their state."""


def cuda_graph(work: Callable[[], object], target: Target) -> Callable[[], object]:
    """Record `work` on a GPU; it runs a few times for that, and leaves traces of it.

    All recordings of a process share their memory, so what one leaves in the tensors that `work` made lasts until the
    next replay of any.

    Raises:
        RuntimeError: it waits for the device, or its memory does not suffice.
    """
    present = torch.cuda.current_stream(target.device)
    aside, first = _studio(target.device)
    aside.wait_stream(present)
    with torch.cuda.stream(aside):
        for _ in range(_REHEARSALS):
            work()
        with _refusing_to_wait():
            work()
    present.wait_stream(aside)
    graph = torch.cuda.CUDAGraph()
    try:
        with torch.cuda.graph(graph, pool=first.pool(), stream=aside):
            work()
    except RuntimeError:
        _leave(present)
        raise
    return graph.replay


@cache
def _studio(device: torch.device) -> tuple[torch.cuda.Stream, torch.cuda.CUDAGraph]:
    """The one stream on which a process rehearses and records, and a recording of next to nothing.

    Libraries keep working memory for each stream, which rehearsals have them take outside of any recording's.  The
    first recording keeps the memory that all share alive: PyTorch refuses a pool of which every user is gone.
    """
    stream, first = torch.cuda.Stream(device), torch.cuda.CUDAGraph()
    with torch.cuda.graph(first, stream=stream):
        torch.zeros(1, device=device)
    return stream, first


@contextmanager
def _refusing_to_wait() -> Iterator[None]:
    """What would wait for the device raises a RuntimeError here: in a recording it would leave the process unusable."""
    before = torch.cuda.get_sync_debug_mode()
    torch.cuda.set_sync_debug_mode("error")
    try:
        yield
    finally:
        torch.cuda.set_sync_debug_mode(before)


def _leave(present: torch.cuda.Stream) -> None:
    """After a recording that failed: back to the stream of before, with random numbers that are drawn at once again.

    Older versions of PyTorch leave both as the recording had them.
    """
    torch.cuda.set_stream(present)
    generator = torch.cuda.default_generators[present.device.index]
    generator.graphsafe_set_state(generator.clone_state())


class Replayed:
    """`step`, recorded with a batch like `images` and `labels`, for other batches of the same shape.

    What `step` reads besides, such as the learning rate, has to lie in tensors that stay where they are.  Random
    numbers are drawn anew by each replay; whatever Python decides in `step` is decided once, in the recording.
    """

    def __init__(self, step: TrainingStep, images: Tensor, labels: Tensor, recorder: Recorder) -> None:
        self._images, self._labels = images.clone(), labels.clone()

        def work() -> None:
            self._found = step(self._images, self._labels)

        self._replay = recorder(work)

    def __call__(self, images: Tensor, labels: Tensor) -> tuple[Tensor, ...]:
        """What `step` would return, in tensors of its own."""
        self._images.copy_(images)
        self._labels.copy_(labels)
        self._replay()
        return tuple(found.clone() for found in self._found)


def rehearse(
    step: TrainingStep,
    images: Tensor,
    labels: Tensor,
    model: nn.Module,
    optimiser: torch.optim.Optimizer,
    *,
    target: Target,
    recorder: Recorder | None,
    tell: Callable[[str], None],
) -> Replayed | None:
    """Take `step` before any clock runs, and record it if it can be; the training begins as if nothing had been.

    A GPU loads its kernels and chooses among them at their first use, which is not to count as training.  `tell` hears
    why a step cannot be recorded.
    """
    with unchanged(model, optimiser, target):
        model.train()
        step(images, labels)
        if recorder is None:
            return None
        try:
            return Replayed(step, images, labels, recorder)
        except RuntimeError as error:  # PyTorch's for all that a recording may not do, want of memory among it
            tell(f"steps are not recorded, Python takes each: {str(error).strip().splitlines()[0]}")
            return None


@contextmanager
def unchanged(model: nn.Module, optimiser: torch.optim.Optimizer, target: Target) -> Iterator[None]:
    """Steps taken inside leave weights, buffers, optimiser and the random numbers to come as they were.

    Tensors stay where they are and get their values back, which lie on the host meanwhile: the device's peak of memory
    is that of the steps.  State that the optimiser made inside is what it was made with, zero.
    """
    tensors = [*model.parameters(), *model.buffers()]
    values = [tensor.detach().to("cpu", copy=True) for tensor in tensors]
    state = {id(tensor): tensor.to("cpu", copy=True) for tensor in _state_of(optimiser)}
    with torch.random.fork_rng(devices=[target.device] if target.type == "cuda" else []):
        yield
    optimiser.zero_grad(set_to_none=True)
    with torch.no_grad():
        for tensor, value in zip(tensors, values, strict=True):
            tensor.copy_(value)
        for tensor in _state_of(optimiser):
            if id(tensor) in state:
                tensor.copy_(state[id(tensor)])
            else:
                tensor.zero_()


def _state_of(optimiser: torch.optim.Optimizer) -> list[Tensor]:
    return [value for one in optimiser.state.values() for value in one.values() if isinstance(value, Tensor)]
