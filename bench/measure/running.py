"""One case while it is timed: the batch that fits, its warm-up, its samples."""

from __future__ import annotations

import gc
import math
from dataclasses import dataclass, field, replace
from statistics import median

from bench.measure.cases import Case
from bench.measure.engines import Variants
from bench.measure.failures import is_out_of_memory
from bench.measure.power import PowerMeter
from bench.measure.steady import WINDOW, is_steady
from bench.measure.steps import Inputs, Step, step_for, time_steps
from bench.protocols import Timing
from bench.records import Failure, Timings


@dataclass(eq=False)
class Running:
    """A case of the network called `name`; what it is told to do may raise anything."""

    name: str
    case: Case
    network: Variants
    inputs: Inputs
    timing: Timing
    step: Step | None = None
    steps: int = 1
    """A visit."""
    warmup: list[float] = field(default_factory=list)
    samples: list[float] = field(default_factory=list)
    steady: bool = False
    joules: float | None = None
    failure: Failure | None = None

    def __post_init__(self) -> None:
        self.batch = self.case.batch
        self.target = self.inputs.conditions.target

    def fit(self) -> None:
        """Take the first step at the largest batch that fits: the present one, halved as often as needed."""
        while not self._fits():
            self._halve()

    def _fits(self) -> bool:
        try:
            step = step_for(replace(self.case, batch=self.batch), self.network, self.inputs)
            step.ready()
            step.run()
            step.rest()
            self.target.synchronise()
        except Exception as error:
            if self.case.mode == "training":
                self.network.forget_training()
            if not self._smaller_may_fit(error):
                raise
            return False
        self.step = step
        return True

    def warm_up(self) -> None:
        """One visit that does not count.

        By now every case holds what it keeps, which it did not when the first were fitted, so that a batch may be
        too large after all.  It is halved here, and what fits in the end does not depend on the order of the cases.
        """
        try:
            self.warmup.append(self._visit())
            fits = True
        except Exception as error:
            if not self._smaller_may_fit(error):
                raise
            fits = False
        if not fits:  # outside of the handler, whose error holds the tensors of the step
            self._halve()
            self.fit()
            self.warmup, self.steady, self.steps = [], False, 1
            return
        self.steady = self.steady or is_steady(self.warmup, self.timing.steady_within)
        self.steps = max(1, math.ceil(self.timing.min_seconds / min(self.warmup[-WINDOW:])))

    def sample(self) -> None:
        """One visit that counts."""
        self.samples.append(self._visit())

    def weigh(self, meter: PowerMeter) -> None:
        """Energy of a step, in a window of its own."""
        assert self.step is not None
        self.step.ready()
        self.joules = meter.joules_a_step(self.step.run, median(self.samples))
        self.step.rest()

    def let_go(self) -> None:
        """Of the step and of all memory that only it used."""
        if self.step is not None:
            self.step.rest()
        self.step = None
        gc.collect()
        self.target.empty_cache()

    def timings(self) -> Timings:
        """What the record holds of a case that was sampled."""
        case = self.case
        return Timings(
            mode=case.mode,
            engine=case.engine,
            precision=case.precision,
            weights=case.weights,
            requested_batch=case.batch,
            batch=self.batch,
            step_seconds=tuple(self.samples),
            steps_per_round=self.steps,
            warmup_seconds=tuple(self.warmup),
            steady=self.steady,
            joules=None if self.joules is None else (self.joules,),
        )

    def _visit(self) -> float:
        """Mean seconds a step."""
        assert self.step is not None
        self.step.ready()
        seconds = time_steps(self.step.run, self.steps, self.target)
        self.step.rest()
        return seconds

    def _halve(self) -> None:
        self.let_go()
        self.batch //= 2

    def _smaller_may_fit(self, error: Exception) -> bool:
        return self.batch > 1 and is_out_of_memory(error)
