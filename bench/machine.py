"""Provenance: the machine, the software and the commit behind a number."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from bench.allocator import keeps_freed_memory

# Settings that change how fast the same code runs, or how much memory it takes: all that begin so, and these.
_SPEED_PREFIXES = ("OMP_", "MKL_", "KMP_", "GOMP_", "MALLOC_", "DNNL_", "ONEDNN_")
_SPEED_VARIABLES = (
    "ATEN_CPU_CAPABILITY",
    "GLIBC_TUNABLES",
    "LD_PRELOAD",
    "CUDA_VISIBLE_DEVICES",
    "CUBLAS_WORKSPACE_CONFIG",
    "PYTORCH_CUDA_ALLOC_CONF",
    "PYTORCH_ALLOC_CONF",
    "TORCH_LOGS",
    "NVIDIA_TF32_OVERRIDE",
)
_PACKAGES = ("torch", "torchvision", "fvcore", "numpy", "pydantic")


@cache
def processor_name() -> str:
    """The processor as its maker calls it."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        for line in cpuinfo.read_text(errors="replace").splitlines():
            if line.startswith("model name"):
                return " ".join(line.partition(":")[2].split())
    if sys.platform == "darwin":
        brand = _output("sysctl", "-n", "machdep.cpu.brand_string")
        if brand:
            return brand
    return platform.processor() or platform.machine() or "unknown processor"


@cache
def exact_processor_name() -> str:
    """`processor_name`, with family and model where it says neither: virtual machines of different years bear one
    name, and are several times as fast as each other.  An ARM processor's name is that of its instructions; it is told
    by the codes of who made it and what."""
    name, details = processor_name(), processor_details()
    says_model = "implementer" not in details and re.search(r"\d", re.sub(r"@.*|\bversion\b.*", "", name))
    facts = ("family", "model", "implementer", "part", "variant")
    told = ", ".join(f"{fact} {details[fact]}" for fact in facts if fact in details)
    return name if says_model or not told else f"{name} ({told})"


@cache
def processor_details() -> dict[str, str]:
    """Family, model, stepping and nominal clock, or an ARM processor's codes, as far as the system tells: makers sell
    many models under one name."""
    told = {}
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        first = cpuinfo.read_text(errors="replace").partition("\n\n")[0]
        pairs = (line.partition(":") for line in first.splitlines())
        known = {name.strip(): value.strip() for name, _, value in pairs}
        told = {name: known[source] for name, source in _CPUINFO.items() if known.get(source)}
    base = Path("/sys/devices/system/cpu/cpu0/cpufreq/base_frequency")
    if base.is_file() and (kilohertz := base.read_text().strip()).isdigit():
        told["nominal_clock"] = f"{int(kilohertz) / 1e6:g} GHz"
    elif clock := re.search(r"@ *([\d.]+ ?GHz)", processor_name()):
        told["nominal_clock"] = clock[1]
    return told


_CPUINFO = {
    **{"family": "cpu family", "model": "model", "stepping": "stepping"},
    **{"implementer": "CPU implementer", "part": "CPU part", "variant": "CPU variant"},
}


def _output(*command: str, folder: Path | None = None) -> str | None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, cwd=folder, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


@cache
def commit() -> tuple[str | None, bool | None]:
    """Commit of this project's code and whether files differ from it; None where it is no checkout."""
    folder = Path(__file__).resolve().parent
    if not (folder.parent / ".git").exists():
        return None, None
    head = _output("git", "rev-parse", "HEAD", folder=folder)
    changed = _output("git", "status", "--porcelain", "--", "archs", "bench", folder=folder.parent)
    return head, None if changed is None else bool(changed)


def _speed_environment() -> dict[str, str]:
    return {
        name: value
        for name, value in sorted(os.environ.items())
        if name in _SPEED_VARIABLES or name.startswith(_SPEED_PREFIXES)
    }


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


class Stopwatch:
    """How long this process and its children took, and what other processes took of the machine meanwhile."""

    def __init__(self) -> None:
        self.started = time.time()
        """Seconds since 1970."""
        self._clock, self._busy, self._own = time.monotonic(), _busy_seconds(), _own_seconds()

    @property
    def seconds(self) -> float:
        """Since the start."""
        return time.monotonic() - self._clock

    @property
    def others_share(self) -> float:
        """Share of the machine's processor time that went to others, from 0 to 1; on a virtual machine also what
        its host gave to others.  Timings of a run with much company are not its own."""
        others = (_busy_seconds() - self._busy) - (_own_seconds() - self._own)
        whole = self.seconds * (os.cpu_count() or 1)
        return round(min(1.0, max(0.0, others / whole)), 3) if whole else 0.0


def _busy_seconds() -> float:
    """Processor seconds of all processes, and those that a host withheld."""
    import psutil

    times = psutil.cpu_times()._asdict()
    # On Linux guests' time is in the users' already.
    idle = ("idle", "iowait", "guest", "guest_nice")
    return float(sum(value for name, value in times.items() if name not in idle))


def _own_seconds() -> float:
    """Processor seconds of this process and of its children that ended."""
    taken = os.times()
    return taken.user + taken.system + taken.children_user + taken.children_system


def provenance(torch_device: str) -> dict[str, Any]:
    """What a reader needs to judge a number or to measure it again.  Names no user, host or path."""
    import psutil
    import torch

    head, dirty = commit()
    facts: dict[str, Any] = {
        "processor": processor_name(),
        **{f"processor_{name}": value for name, value in processor_details().items()},
        "cores": psutil.cpu_count(logical=False),
        "logical_cores": os.cpu_count(),
        "memory_bytes": psutil.virtual_memory().total,
        "platform": platform.platform(),
        "python": platform.python_version(),
        **{package: _version(package) for package in _PACKAGES},
        "torch_threads": torch.get_num_threads(),
        "cpu_capability": torch.backends.cpu.get_cpu_capability(),
        "commit": head,
        "dirty": dirty,
        "environment": _speed_environment(),
        "keeps_freed_memory": keeps_freed_memory(),
    }
    if torch_device.startswith("cuda"):
        properties = torch.cuda.get_device_properties(torch_device)
        facts |= {
            "accelerator": properties.name,
            "accelerator_memory_bytes": properties.total_memory,
            "accelerator_capability": f"{properties.major}.{properties.minor}",
            "cuda": torch.version.cuda,
            "cudnn": torch.backends.cudnn.version(),
            "driver": _driver(),
        }
    return facts


@cache
def _driver() -> str | None:
    return _output("nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader")


def of_all(processes: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Provenance of a run that several processes carried out, one after the other, from what each says of itself.

    It is the last one's, but for company: of that there was as much as in the process with the most, and where one
    does not tell, the whole does not.  "earlier" has what was otherwise in the others, such as their commits.
    """
    *earlier, last = processes
    facts = {name: value for name, value in last.items() if name not in ("others_share", "side_by_side")}
    before = {name: [one[name] for one in earlier if name in one] for name in facts}
    if changed := {name: values for name, values in before.items() if any(value != facts[name] for value in values)}:
        facts["earlier"] = changed
    if all("others_share" in one for one in processes):
        facts["others_share"] = max(one["others_share"] for one in processes)
    if (runs := max(one.get("side_by_side", 1) for one in processes)) > 1:
        facts["side_by_side"] = runs
    return facts
