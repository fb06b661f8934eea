"""Made-up records of every kind, valid and plausible, for tests of what reads them.

The numbers are invented, but for the counts of the registered networks, and the same on every call.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any, Literal

import archs
from bench.protocols import Engine, Protocol, get_protocol
from bench.records import (
    Accuracy,
    BranchDrop,
    Branches,
    Ceiling,
    Check,
    Complexity,
    Convergence,
    Curve,
    Device,
    Epoch,
    Failure,
    FitEpoch,
    GradientNorms,
    Kind,
    Layer,
    Localisation,
    Memory,
    Outcome,
    Overfitting,
    Pointing,
    Quadrants,
    Record,
    Result,
    Robustness,
    Subject,
    Throughput,
    Timings,
)

CPU = Device(type="cpu", model="Example Processor 9000")
GPU = Device(type="cuda", model="Example Accelerator 80GB")

# Invented: final test accuracy after a short training, and images a second in training on a CPU.
ACCURACY = {"lenet": 0.66, "alexnet": 0.853, "vgg16": 0.82, "googlenet": 0.832, "nin": 0.62}
SPEED = {"lenet": 21_000.0, "alexnet": 240.0, "vgg16": 65.0, "googlenet": 210.0, "nin": 310.0}


def untuned(name: str) -> Protocol:
    """A protocol as it is before its image size was searched."""
    return replace(get_protocol(name), standing="untuned")


def subject(name: str = "nin", image_size: int = 28, **changes: Any) -> Subject:
    """A registered network's subject; an unregistered name makes one up."""
    known = {spec.name: spec for spec in archs.list_archs()}
    spec = known.get(name)
    facts: dict[str, Any] = {
        "name": name,
        "title": spec.title if spec else name,
        "family": spec.family if spec else "plug-in",
        "image_size": image_size,
        "in_channels": 1,
        "num_classes": 10,
        "fingerprint": hashlib.sha256(f"{name} {image_size}".encode()).hexdigest()[:16],
    }
    return Subject(**facts | changes)


def provenance(**changes: Any) -> dict[str, Any]:
    """A machine and its software."""
    return {
        "processor": CPU.model,
        "cores": 2,
        "memory_bytes": 8 * 2**30,
        "platform": "Linux-6.1-x86_64",
        "python": "3.11.9",
        "torch": "2.11.0",
        "torchvision": "0.26.0",
        "commit": "0123456789abcdef0123456789abcdef01234567",
        "dirty": False,
        "environment": {"OMP_NUM_THREADS": "2"},
        "others_share": 0.01,
    } | changes


def record(
    kind: Kind,
    result: Result | None,
    *,
    arch: str | Subject = "nin",
    protocol: str | Protocol = "quick",
    failure: Failure | None = None,
    device: Device | None = CPU,
    precision: Literal["fp32", "bf16"] | None = "bf16",
    seed: int | None = None,
    **changes: Any,
) -> Record:
    """A record around a result; the key follows from what identifies the unit."""
    chosen = get_protocol(protocol) if isinstance(protocol, str) else protocol
    about = arch if isinstance(arch, Subject) else subject(arch, chosen.image_size)
    identity = (kind, about.name, about.fingerprint, asdict(chosen), device, precision, seed)
    facts: dict[str, Any] = {
        "key": hashlib.sha256(repr(identity).encode()).hexdigest()[:16],
        "kind": kind,
        "arch": about,
        # As it is after a round trip through a file: tuples are lists.
        "protocol": json.loads(json.dumps(asdict(chosen))),
        "seed": seed,
        "precision": precision,
        "device": device,
        "result": result,
        "failure": failure,
        "started": "2026-01-15T10:00:00Z",
        "seconds": 12.5,
        "provenance": provenance(),
    }
    return Record(**facts | changes)


def complexity(arch: str | Subject = "nin", *, image_size: int = 28, **changes: Any) -> Record:
    """Counts of the catalogue, divided into made-up layers."""
    about = arch if isinstance(arch, Subject) else subject(arch, image_size)
    known = {spec.name: spec for spec in archs.list_archs()}
    if about.name in known and about.image_size in known[about.name].counts:
        total = known[about.name].counts[about.image_size]
        parameters, macs = total.parameters, total.macs
    else:
        dice = _dice(about.name, "counts")
        parameters, macs = dice.randrange(10**5, 10**8), dice.randrange(10**7, 10**9)
    result = Complexity(
        parameters=parameters,
        macs=macs,
        other_operations={"adaptive_avg_pool2d": 640, "batch_norm": 1_000},
        uncounted={"max_pool2d": 3, "relu_": 12},
        layers=layers(about.family, parameters, macs),
    )
    protocol = changes.pop("protocol", "quick" if about.image_size == 28 else "matched224")
    place = {"device": None, "precision": None} | changes
    return record("complexity", result, arch=about, protocol=protocol, **place)


def layers(family: str, parameters: int, macs: int) -> tuple[Layer, ...]:
    """Four layers that add up to the totals: their shares differ by family."""
    shares = {
        "nin": (0.35, 0.65, 0.0, 0.0),
        "alexnet": (0.0, 0.15, 0.85, 0.0),
        "vgg": (0.0, 0.44, 0.56, 0.0),
        "googlenet": (0.4, 0.55, 0.002, 0.003),
        "lenet": (0.0, 0.04, 0.96, 0.0),
    }.get(family, (0.3, 0.4, 0.25, 0.05))
    kinds = (("Conv2d", (1, 1)), ("Conv2d", (3, 3)), ("Linear", None), ("BatchNorm2d", None))
    made: list[Layer] = []
    for index, ((kind, kernel), share) in enumerate(zip(kinds, shares, strict=True)):
        made.append(
            Layer(
                name=f"features.{index}",
                type=kind,
                kernel_size=kernel,
                output_shape=(10, 7, 7) if "2d" in kind else (10,),
                parameters=round(share * parameters),
                macs=0 if kind == "BatchNorm2d" else round(share / (1 + 30 * (kind == "Linear")) * macs),
            )
        )
    rest_parameters = parameters - sum(layer.parameters for layer in made)
    rest_macs = macs - sum(layer.macs for layer in made)
    made.append(
        Layer(
            name="last",
            type="Conv2d",
            kernel_size=(3, 3),
            output_shape=(10,),
            parameters=rest_parameters,
            macs=rest_macs,
        )
    )
    return tuple(made)


def memory(arch: str = "nin", *, peak: int | None = None, seed: int = 0, **changes: Any) -> Record:
    """Peaks in proportion to nothing in particular; `seed` is the number of the process."""
    dice = _dice(arch, "memory")
    size = peak if peak is not None else dice.randrange(80, 900) * 2**20
    result = Memory(
        batch=64,
        parameter_bytes=dice.randrange(10**5, 10**8),
        saved_for_backward_bytes=size // 2,
        training_peak_bytes=size,
        inference_peak_bytes=size // 4,
        method="resident set",
    )
    return record("memory", result, arch=arch, seed=seed, **changes)


def throughput(
    arch: str = "nin",
    *,
    speed: float | None = None,
    training: Sequence[int] = (64,),
    inference: Sequence[int] = (1, 64),
    rounds: int = 5,
    group: str = "g1",
    companions: Sequence[str] = (),
    fits: int = 10**9,
    engine: Engine = "eager",
    **changes: Any,
) -> Record:
    """Samples that scatter by some per cent around `speed`, the training rate in images a second.

    A batch above `fits` is halved until it fits, as the measurement does.
    """
    dice = _dice(arch, f"throughput {changes.get('device')}")
    rate = speed or SPEED.get(arch) or dice.uniform(60, 3_000)
    cases = []
    for mode, batches in (("training", training), ("inference", inference)):
        for requested in batches:
            batch = requested
            while batch > fits:
                batch //= 2
            # Small batches leave the device waiting.
            images = rate * (3 if mode == "inference" else 1) * batch / (batch + 6)
            seconds = tuple(batch / images * dice.uniform(0.96, 1.08) for _ in range(rounds))
            cases.append(
                Timings(
                    mode=mode,
                    engine=engine,
                    precision=changes.get("precision", "bf16"),
                    requested_batch=requested,
                    batch=batch,
                    step_seconds=seconds,
                    steps_per_round=3,
                    warmup_seconds=seconds[:1],
                    steady=True,
                )
            )
    result = Throughput(
        group=group,
        companions=tuple(companions),
        cases=tuple(cases),
        ceilings=(ceiling(precision=changes.get("precision", "bf16"), rounds=rounds),),
    )
    return record("throughput", result, arch=arch, **changes)


def ceiling(precision: Any = "bf16", rounds: int = 5, spread: float = 1.1) -> Ceiling:
    """A device that does 1 TFLOP/s and copies 20 GB/s, `spread` times as fast in its best round as in its worst."""
    share = [1 + (spread - 1) * index / max(rounds - 1, 1) for index in range(rounds)]
    return Ceiling(
        precision=precision,
        matmul_size=1024,
        matmul_flops_per_second=tuple(1e12 * one for one in share),
        copy_bytes=2**27,
        copy_bytes_per_second=tuple(2e10 * one for one in share),
    )


def accuracy(
    arch: str | Subject = "nin",
    *,
    score: float | None = None,
    outcome: Outcome = "trained",
    seed: int = 0,
    protocol: str | Protocol = "quick",
    **changes: Any,
) -> Record:
    """A run that learns along a made-up curve; one stuck at chance stays at a tenth."""
    name = arch if isinstance(arch, str) else arch.name
    settings = (get_protocol(protocol) if isinstance(protocol, str) else protocol).training
    dice = _dice(name, f"accuracy {seed}")
    final = score if score is not None else ACCURACY.get(name) or _dice(name, "accuracy").uniform(0.55, 0.9)
    final = final + dice.uniform(-0.012, 0.012) if score is None else score
    if outcome != "trained" and score is None:
        final = 0.1
    final = round(final * settings.test_images) / settings.test_images
    steps = max(1, settings.train_images // settings.batch_size) * settings.epochs
    losses: tuple[float | None, ...] = tuple(
        2.303 - (2.303 - 0.5 / final) * (step / steps) ** 0.4 * (outcome == "trained") + dice.uniform(-0.1, 0.1)
        for step in range(1, steps + 1)
    )
    if outcome == "diverged":
        losses = (*losses[: steps // 2], *([None] * (steps - steps // 2)))
    epochs = []
    for epoch in range(1, settings.epochs + 1):
        share = 0.1 + (final - 0.1) * (epoch / settings.epochs) ** 0.35
        loss = None if outcome == "diverged" else 2.4 * (1 - share)
        epochs.append(
            Epoch(
                epoch=epoch, images=steps // settings.epochs * settings.batch_size * epoch, seconds=8.0,
                images_per_second=320.0, train_loss=loss, train_accuracy=share, validation_loss=loss,
                validation_accuracy=min(1.0, share + dice.uniform(-0.01, 0.01)), learning_rate=1e-4, memory_bytes=None,
            )
        )  # fmt: skip
    result = Accuracy(
        outcome=outcome,
        peak_learning_rate=1e-3,
        steps=steps,
        step_losses=losses,
        epochs=tuple(epochs),
        training_seconds=8.0 * settings.epochs + seed,
        test_images=settings.test_images,
        test_accuracy=final,
        test_loss=None if outcome == "diverged" else 2.4 * (1 - final),
        predictions=None,
        predictions_sha256=None,
        resumed=0,
    )
    return record("accuracy", result, arch=arch, protocol=protocol, seed=seed, **changes)


def overfitting(
    arch: str = "nin",
    *,
    epochs: Sequence[tuple[float, float, float]] = ((1.0, 0.6, 0.6), (0.5, 0.8, 0.7)),
    test: float | None = None,
    test_loss: float = 1.0,
    outcome: Outcome = "trained",
    seed: int = 0,
    protocol: str = "overfitting28-500",
    **changes: Any,
) -> Record:
    """A run with these training losses, training accuracies and held-out accuracies, one epoch after another.

    The test images are classified as well as the held-out ones after the last epoch, where nothing else is said.
    """
    settings = get_protocol(protocol).training
    result = Overfitting(
        outcome=outcome,
        peak_learning_rate=1e-3,
        train_images=settings.train_images,
        sampled_images=min(5_000, settings.train_images),
        epochs=tuple(
            FitEpoch(
                epoch=number, train_loss=loss, train_accuracy=own, held_out_loss=test_loss, held_out_accuracy=others
            )
            for number, (loss, own, others) in enumerate(epochs, start=1)
        ),
        test_images=10_000,
        test_loss=test_loss,
        test_accuracy=epochs[-1][2] if test is None else test,
    )
    return record("overfitting", result, arch=arch, protocol=protocol, seed=seed, **changes)


def convergence(
    arch: str = "nin",
    *,
    accuracies: Sequence[float] = (0.5, 0.7, 0.85),
    images: int = 1_000,
    seconds: float = 10.0,
    dead: int = 0,
    dead_at_start: int | None = None,
    gradients: Sequence[tuple[float | None, float | None]] = ((0.1, 1.0),),
    outcome: Outcome | None = None,
    seed: int = 0,
    protocol: str = "convergence28",
    **changes: Any,
) -> Record:
    """A run that looks at held-out images every so many images and seconds, and finds these accuracies.

    It looks before the first step where it is said how many classes are dead then.
    """
    begun = () if dead_at_start is None else (
        Check(step=0, images=0, seconds=0, held_out_loss=2.3, held_out_accuracy=0.1, dead_classes=dead_at_start),
    )  # fmt: skip
    result = Convergence(
        outcome=outcome or ("trained" if accuracies[-1] >= 0.2 else "stuck at chance"),
        peak_learning_rate=get_protocol(protocol).training.learning_rate,
        num_classes=10,
        checks=begun
        + tuple(
            Check(
                step=10 * number, images=images * number, seconds=seconds * number, held_out_loss=1.0,
                held_out_accuracy=share, dead_classes=dead,
            )
            for number, share in enumerate(accuracies, start=1)
        ),
        gradients=tuple(
            GradientNorms(step=step, first=first, last=last) for step, (first, last) in enumerate(gradients, start=1)
        ),
    )  # fmt: skip
    return record("convergence", result, arch=arch, protocol=protocol, seed=seed, **changes)


def robustness(
    arch: str = "nin",
    *,
    clean: float = 0.8,
    retained: Sequence[float] = (1.0, 0.9, 0.6),
    outcome: Outcome = "trained",
    seed: int = 0,
    protocol: str = "robustness28",
    **changes: Any,
) -> Record:
    """A run that retains these shares of its clean accuracy at strengths 0, 1 and so on, under every transformation."""
    kinds = (("shift", "pixels"), ("scale", "times"), ("rotation", "degrees"))
    result = Robustness(
        outcome=outcome,
        peak_learning_rate=1e-3,
        object_side=20,
        test_images=10_000,
        clean_accuracy=clean,
        curves=tuple(
            Curve(
                transformation=transformation,
                unit=unit,
                strengths=tuple(float(strength) for strength in range(len(retained))),
                accuracies=tuple(clean * share for share in retained),
            )
            for transformation, unit in kinds
        ),
    )
    return record("robustness", result, arch=arch, protocol=protocol, seed=seed, **changes)


def quadrants(
    arch: str = "nin",
    *,
    score: float = 0.25,
    dead: int = 0,
    seed: int = 0,
    protocol: str = "quadrants28",
    **changes: Any,
) -> Record:
    """A run that tells the garment's quarter in this share of test images, with so many dead classes."""
    result = Quadrants(
        outcome="trained" if score >= 0.5 else "stuck at chance",
        peak_learning_rate=1e-3,
        object_side=14,
        test_images=10_000,
        test_accuracy=score,
        dead_classes=dead,
    )
    return record("quadrants", result, arch=arch, protocol=protocol, seed=seed, **changes)


def localisation(
    arch: str = "nin",
    *,
    hits: Mapping[Literal["class map", "Grad-CAM"], int],
    elsewhere: int | None = 250,
    by_field: tuple[int, int] | None = None,
    images: int = 1_000,
    outcome: Outcome = "trained",
    seed: int = 0,
    protocol: str = "localisation28",
    **changes: Any,
) -> Record:
    """A run whose maps of each kind point at the object so often, and at that of another image by chance; `by_field`
    has both numbers for the middles of what the cells see."""
    seen = dict(zip(("field_hits", "field_hits_elsewhere"), by_field, strict=True)) if by_field else {}
    result = Localisation(
        outcome=outcome,
        peak_learning_rate=1e-3,
        object_side=14,
        canvas_side=28,
        test_images=10_000,
        test_accuracy=images / 10_000,
        chance=0.25,
        map_side=3,
        pointing=tuple(
            Pointing(map=kind, hits=count, images=images, hits_elsewhere=elsewhere, **seen)
            for kind, count in hits.items()
        ),
    )
    return record("localisation", result, arch=arch, protocol=protocol, seed=seed, **changes)


def branches(
    arch: str = "googlenet",
    *,
    lost: Sequence[Sequence[float]],
    full: float = 0.9,
    outcome: Outcome = "trained",
    seed: int = 0,
    protocol: str = "branches28",
    **changes: Any,
) -> Record:
    """A run that loses so much accuracy without each branch: a row for each module, a column for each branch."""
    result = Branches(
        outcome=outcome,
        peak_learning_rate=1e-3,
        test_images=10_000,
        accuracy=full,
        drops=tuple(
            BranchDrop(module=f"inception{row}", branch=f"branch{column}", accuracy=full - share)
            for row, shares in enumerate(lost)
            for column, share in enumerate(shares)
        ),
    )
    return record("branches", result, arch=arch, protocol=protocol, seed=seed, **changes)


def failed(
    kind: Kind,
    arch: str = "vgg16",
    *,
    reason: Literal["out of memory", "killed", "error"] = "out of memory",
    message: str = "tried to allocate 2 GiB",
    traceback: str | None = None,
    **changes: Any,
) -> Record:
    """A unit without a result."""
    failure = Failure(reason=reason, message=message, traceback=traceback)
    return record(kind, None, arch=arch, failure=failure, **changes)


def full_run(
    names: Sequence[str] = archs.FIVE,
    protocol: str | Protocol = "quick",
    *,
    device: Device = CPU,
    precision: Literal["fp32", "bf16"] = "bf16",
    seeds: int = 1,
) -> list[Record]:
    """All kinds for each of the networks, as one run leaves them."""
    chosen = get_protocol(protocol) if isinstance(protocol, str) else protocol
    timing, place = chosen.timing, {"protocol": protocol, "device": device, "precision": precision}
    made: list[Record] = []
    for name in names:
        made += [
            complexity(name, image_size=chosen.image_size, protocol=protocol),
            memory(name, **place),
            throughput(
                name, training=timing.training_batches, inference=timing.inference_batches, rounds=timing.rounds,
                companions=tuple(names), **place,
            ),
        ]  # fmt: skip
        made += [accuracy(name, seed=seed, **place) for seed in range(seeds)]
    return made


def _dice(*about: str) -> random.Random:
    return random.Random("/".join(about))
