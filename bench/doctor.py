"""What a run would find on this machine, one finding at a time."""

from __future__ import annotations

import os
import platform
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench.errors import UserError
from bench.machine import exact_processor_name
from bench.numbers import several

if TYPE_CHECKING:
    from bench.device import Precision, Target


@dataclass(frozen=True)
class Finding:
    """A fact, and whether a run can live with it."""

    subject: str
    text: str
    good: bool = True


def examine(results: Path, data_dir: Path | None) -> list[Finding]:
    """Look at everything a run depends on; fetches and writes nothing."""
    return [*_machine(), *_torch(), *_libraries(), _data(data_dir), _results(results)]


def _machine() -> list[Finding]:
    import psutil

    memory = psutil.virtual_memory()
    return [
        Finding("python", platform.python_version()),
        Finding("processor", f"{exact_processor_name()}, {os.cpu_count()} cores"),
        Finding("memory", f"{memory.available / 2**30:.1f} GiB free of {memory.total / 2**30:.1f} GiB"),
    ]


def _torch() -> list[Finding]:
    import torch

    from bench.device import resolve, resolve_precision

    findings = [Finding("torch", f"{torch.__version__}, {several(torch.get_num_threads(), 'thread')}")]
    for name in ("cpu", "cuda", "mps"):
        try:
            target = resolve(name)
        except UserError as error:
            findings.append(Finding(f"device {name}", str(error).partition(";")[0].removeprefix(f"device {name} is ")))
            continue
        precision = resolve_precision("auto", target)
        broken, more = _at_work(target, precision)
        told = f"{target.model}; " + (broken or f"fast precision: {precision}{more}")
        findings.append(Finding(f"device {name}", told, good=not broken))
    return findings


def _at_work(target: Target, precision: Precision) -> tuple[str, str]:
    """Why a device that is there cannot train, if so; and what is to be said of one that can.

    Drivers and libraries that do not fit each other are found by the first convolution and not before.
    """
    import torch

    from bench.device import autocast
    from bench.measure.failures import attempt
    from bench.replay import cuda_graph

    def step() -> None:
        with autocast(target, precision):
            loss = layer(images).float().square().mean()
        layer.zero_grad(set_to_none=True)
        loss.backward()

    layer = torch.nn.Conv2d(1, 8, 3)
    failure = attempt(lambda: layer.to(target.device))
    images = torch.ones(8, 1, 28, 28)
    if failure is None:
        images = images.to(target.device)
        failure = attempt(step) or attempt(target.synchronise)
    if failure is not None:
        return f"a training step fails on it: {failure.message}", ""
    if target.type != "cuda":
        return "", ""
    failure = attempt(lambda: cuda_graph(step, target))
    return "", "; records CUDA graphs" if failure is None else f"; records no CUDA graphs: {failure.message}"


def _libraries() -> list[Finding]:
    from importlib import metadata

    findings = []
    for package in ("torchvision", "fvcore", "pandas", "seaborn", "pydantic", "scipy"):
        try:
            findings.append(Finding(package, metadata.version(package)))
        except metadata.PackageNotFoundError:
            findings.append(Finding(package, f"missing; pip install {package}", good=False))
    return findings


def _data(data_dir: Path | None) -> Finding:
    from bench.data import find, verify

    try:
        location = find(data_dir)
        if location is not None:
            verify(location)
    except UserError as error:
        return Finding("Fashion-MNIST", str(error), good=False)
    if location is None:
        return Finding("Fashion-MNIST", "not found; the first run, or `bench data`, fetches it (30 MB)")
    return Finding("Fashion-MNIST", f"{location.folder} ({location.origin})")


def _results(results: Path) -> Finding:
    from bench import store

    folder = next(place for place in (results, *results.absolute().parents) if place.exists())
    if not os.access(folder, os.W_OK):
        return Finding("results", f"{results} cannot be written; name another folder with --results", good=False)
    try:
        loaded = store.load(results)
    except UserError as error:
        return Finding("results", str(error), good=False)
    free = shutil.disk_usage(folder).free / 2**30
    if not results.exists():
        return Finding("results", f"{results} does not exist yet; {free:.0f} GiB free where a run would make it")
    text = f"{several(len(loaded.records), 'record')} in {results}, {free:.0f} GiB free"
    if loaded.problems:
        return Finding("results", f"{text}; no records: {'; '.join(loaded.problems)}", good=False)
    return Finding("results", text)
