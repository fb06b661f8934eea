"""What a device can do at best, beside what one asks of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from torch.utils.flop_counter import FlopCounterMode

from bench.device import Target, resolve, resolve_precision, use_precision
from bench.measure.cases import Case, Conditions
from bench.measure.ceilings import Ceilings
from bench.measure.engines import Variants
from bench.measure.networks import ready
from bench.measure.steps import Inputs, step_for, time_steps


class OwnRate:
    """Floating-point operations a second of `target` in the precision that it is fast in, measured whenever asked."""

    def __init__(self, target: Target) -> None:
        self.target, self.precision = target, resolve_precision("auto", target)
        self._ceilings = Ceilings(target, (self.precision,), partial(time_steps, target=target))
        self._ceilings.prepare()

    @property
    def arithmetic(self) -> str:
        """In what."""
        (own,) = self._ceilings.result()
        return own.arithmetic

    def flops_per_second(self) -> float:
        """Just now."""
        use_precision(self.target, self.precision)
        self._ceilings.sample()
        (own,) = self._ceilings.result()
        return own.flops_per_second[-1]

    @staticmethod
    def flops_of(step: Callable[[], object]) -> int:
        """Of a step, forwards and backwards, as torch counts them."""
        with FlopCounterMode(display=False) as counter:
            step()
        return int(counter.get_total_flops())


def training_step_of(name: str, size: int, batch: int) -> Callable[[], object]:
    """The harness's own, ready to be taken, on the device and in the precision of a run that is told neither."""
    target = resolve("auto")
    precision = resolve_precision("auto", target)
    network = Variants(ready(name, image_size=size, target=target))
    inputs = Inputs(Conditions((1, size, size), 10, target, precision))
    step = step_for(Case("training", "eager", precision, batch), network, inputs)
    step.ready()
    return step.run
