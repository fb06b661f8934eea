"""Energy, clock and temperature of an NVIDIA GPU through NVML, where it and its Python package are there."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from bench.device import Target
from bench.records import DeviceState

LEAD_SECONDS, WINDOW_SECONDS = 0.2, 2.0
"""Of steps before energy is read for the first time, and between the two readings."""


class PowerMeter:
    """Reads one GPU; on any other device every reading is None."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._nvml: Any = None
        if target.type != "cuda":
            return
        try:
            import pynvml
        except ImportError:
            return
        try:
            pynvml.nvmlInit()
            self._handle = pynvml.nvmlDeviceGetHandleByUUID(f"GPU-{_uuid(target)}")
            self._nvml = pynvml
        except pynvml.NVMLError:
            return

    def joules(self) -> float | None:
        """Energy that the GPU has used since its driver was loaded."""
        value = self._read("nvmlDeviceGetTotalEnergyConsumption", self._handle) if self._nvml else None
        return None if value is None else value / 1000

    def joules_a_step(self, run: Callable[[], object], step_seconds: float) -> float | None:
        """Energy of one call of `run`, which takes about `step_seconds`; None where no meter tells it.

        A GPU's counter moves every 20 to 100 ms and tells what was used until a moment ago, hence a window that is
        long beside that, and steps before it that are like those in it.
        """
        if self.joules() is None:
            return None

        def used(seconds: float) -> tuple[float | None, int]:
            count = max(1, math.ceil(seconds / step_seconds))
            for _ in range(count):
                run()
            self._target.synchronise()
            return self.joules(), count

        before, _ = used(LEAD_SECONDS)
        after, count = used(WINDOW_SECONDS)
        return None if before is None or after is None or after <= before else (after - before) / count

    def state(self) -> DeviceState | None:
        """Clock, temperature and power now."""
        if self._nvml is None:
            return None
        nvml, handle = self._nvml, self._handle
        power = self._read("nvmlDeviceGetPowerUsage", handle)
        return DeviceState(
            clock_mhz=self._read("nvmlDeviceGetClockInfo", handle, nvml.NVML_CLOCK_SM),
            temperature_celsius=self._read("nvmlDeviceGetTemperature", handle, nvml.NVML_TEMPERATURE_GPU),
            power_watts=None if power is None else power / 1000,
        )

    def _read(self, function: str, *arguments: Any) -> float | None:
        try:
            return float(getattr(self._nvml, function)(*arguments))
        except self._nvml.NVMLError:
            return None  # not every GPU, and not every part of one, tells everything


def _uuid(target: Target) -> str:
    import torch

    return str(torch.cuda.get_device_properties(target.device).uuid)
