"""Where the time of a step goes, operator by operator, by PyTorch's own profiler."""

from __future__ import annotations

import os
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from torch import nn
from torch.autograd import DeviceType  # type: ignore[attr-defined]
from torch.autograd.profiler_util import FunctionEventAvg
from torch.profiler import ProfilerActivity, profile

from bench.measure.cases import Case, Conditions, Mode
from bench.measure.engines import Variants
from bench.measure.steps import Inputs, step_for, time_steps

WARM_UP, STEPS = 3, 5


@dataclass(frozen=True)
class Operator:
    """One operator over all profiled steps."""

    name: str
    calls: float
    """In one step."""
    seconds: float
    """Of one step, in the operator itself and not in those that it calls; on the device where there is one."""
    share: float


@dataclass(frozen=True)
class Profile:
    """One step, and the operators that it is made of, the longest first."""

    seconds: float
    """Of one step without the profiler, which slows what it looks at."""
    operators: tuple[Operator, ...]


def profile_step(model: nn.Module, mode: Mode, batch: int, conditions: Conditions, trace: Path | None) -> Profile:
    """Profile some steps of `model`, which is on the device; `trace` takes a file for a trace viewer."""
    target = conditions.target
    step = step_for(Case(mode, "eager", conditions.precision, batch), Variants(model), Inputs(conditions))
    step.ready()
    time_steps(step.run, WARM_UP, target)
    seconds = time_steps(step.run, STEPS, target)
    activities = [ProfilerActivity.CPU] + ([ProfilerActivity.CUDA] if target.type == "cuda" else [])
    with _silent(), profile(activities=activities, acc_events=True) as profiler:
        for _ in range(STEPS):
            step.run()
        target.synchronise()
    if trace is not None:
        with _silent():
            profiler.export_chrome_trace(str(trace))
    return Profile(seconds, operators(profiler.key_averages(), on_gpu=target.type == "cuda"))


def operators(events: Iterable[FunctionEventAvg], *, on_gpu: bool) -> tuple[Operator, ...]:
    """The operators among the events of `STEPS` steps, the longest first.

    A GPU's time is in its operators' events and once more in those of its kernels; and of a stretch of code that was
    given a name, such as an optimiser's step, the operators in it have it already.
    """
    calls: Counter[str] = Counter()
    own: defaultdict[str, float] = defaultdict(float)
    for event in events:
        if event.device_type == DeviceType.CPU and not (on_gpu and event.is_user_annotation):
            name = str(event.key)
            calls[name] += event.count
            own[name] += event.self_device_time_total if on_gpu else event.self_cpu_time_total
    total = sum(own.values()) or 1
    found = [
        Operator(name, calls[name] / STEPS, time / STEPS / 1e6, time / total) for name, time in own.items() if time > 0
    ]
    return tuple(sorted(found, key=lambda one: -one.seconds))


@contextmanager
def _silent() -> Iterator[None]:
    """The profiler's library writes of its own life to the process's stderr, past Python."""
    sys.stderr.flush()
    kept = os.dup(2)
    with Path(os.devnull).open("wb") as nothing:
        os.dup2(nothing.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
