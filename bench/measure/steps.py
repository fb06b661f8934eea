"""A step of training or inference, what has to be so before it, and how long it takes."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from weakref import WeakValueDictionary

import torch
from torch import Tensor, nn

from bench.device import DTYPES, Target, use_precision
from bench.measure import engines
from bench.measure.cases import Case, Conditions
from bench.replay import cuda_graph
from bench.update import training_step


@dataclass(frozen=True)
class Step:
    """What is timed of a case, and what is not."""

    run: Callable[[], object]
    ready: Callable[[], None]
    """To be called before the clock starts: cases share a network, and its mode is that of the last one."""
    rest: Callable[[], object] = lambda: None
    """Lets go of what the next step makes anew, while other cases have the device."""


class Inputs:
    """Random images and labels on the device, one set for all the cases that take such a batch."""

    def __init__(self, conditions: Conditions) -> None:
        self.conditions = conditions
        # Weak, so that a batch which turns out not to fit goes with the last step that was made for it.
        self._kept: WeakValueDictionary[object, Tensor] = WeakValueDictionary()

    def images(self, case: Case) -> Tensor:
        """`(batch, channels, height, width)` in the layout of the case's engine and the precision of its weights."""
        # The libraries that are handed a network take fp32 and cast it themselves.
        dtype = DTYPES[case.weights] if case.engine in engines.TORCH_ENGINES else torch.float32
        return self._once(
            (case.batch, dtype, case.engine == "contiguous"),
            lambda: engines.images_for(case.engine, random_images(case.batch, self.conditions).to(dtype)),
        )

    def labels(self, batch: int) -> Tensor:
        """`(batch,)`, classes at random."""
        conditions = self.conditions
        return self._once(
            batch, lambda: torch.randint(conditions.num_classes, (batch,), device=conditions.target.device)
        )

    def _once(self, key: object, make: Callable[[], Tensor]) -> Tensor:
        found = self._kept.get(key)
        if found is None:
            found = self._kept[key] = make()
        return found


def random_images(batch: int, conditions: Conditions) -> Tensor:
    """`(batch, channels, height, width)`, standard normal, channels last, on the device."""
    channels, height, width = conditions.image_shape
    return torch.randn(batch, height, width, channels, device=conditions.target.device).permute(0, 3, 1, 2)


def step_for(case: Case, network: engines.Variants, inputs: Inputs) -> Step:
    """A step of `network` at the batch of `case`; nothing has run yet."""
    return (_training if case.mode == "training" else _inference)(case, network, inputs)


def _training(case: Case, network: engines.Variants, inputs: Inputs) -> Step:
    """The harness's own update, on one fixed batch."""
    module, optimiser = network.module(case.engine), network.optimiser(case.engine)
    images, labels, target = inputs.images(case), inputs.labels(case.batch), inputs.conditions.target

    def run() -> object:
        return training_step(module, optimiser, images, labels, target=target, precision=case.precision, clip_norm=1.0)

    take = _recorded(run, target) if case.engine == "cuda-graph" else run
    return Step(take, _ready(case, target, module), rest=lambda: optimiser.zero_grad(set_to_none=True))


def _inference(case: Case, network: engines.Variants, inputs: Inputs) -> Step:
    """A forward pass to logits, without gradients."""
    images, target = inputs.images(case), inputs.conditions.target
    if case.engine not in engines.TORCH_ENGINES:
        forward = engines.exported(case.engine, network.model, images, case.precision)
        return Step(lambda: forward(images), _ready(case, target, None))
    module = network.module(case.engine, DTYPES[case.weights])

    def run() -> object:
        with torch.inference_mode():
            return module(images)

    return Step(_recorded(run, target) if case.engine == "cuda-graph" else run, _ready(case, target, module))


def _recorded(run: Callable[[], object], target: Target) -> Callable[[], object]:
    """Replays what `run` does; recorded at the first call, when the device is ready for it."""
    recording: list[Callable[[], object]] = []

    def replay() -> object:
        if not recording:
            recording.append(cuda_graph(run, target))
        return recording[0]()

    return replay


def _ready(case: Case, target: Target, module: nn.Module | None) -> Callable[[], None]:
    def ready() -> None:
        use_precision(target, case.precision)
        if module is not None:
            module.train(case.mode == "training")

    return ready


def time_steps(step: Callable[[], object], count: int, target: Target) -> float:
    """Mean seconds a step: device events on CUDA, the clock around a synchronised device elsewhere."""
    if target.type == "cuda":
        stream = torch.cuda.current_stream(target.device)  # which need not be that of the first GPU
        start, stop = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        start.record(stream)
        for _ in range(count):
            step()
        stop.record(stream)
        stop.synchronize()
        return float(start.elapsed_time(stop)) / 1000 / count
    target.synchronise()
    begin = time.perf_counter()
    for _ in range(count):
        step()
    target.synchronise()
    return (time.perf_counter() - begin) / count
