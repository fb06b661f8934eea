"""The protocols that compare networks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bench.protocols.settings import HELD_OUT, TRAINING_SET, Protocol, Timing, Training

WHOLE = TRAINING_SET - HELD_OUT

EVERY_MODE = Timing(
    inference_batches=(1, 8, 64, 256),
    training_batches=(64, 256),
    engines=("eager", "contiguous", "compiled", "onnxruntime", "openvino"),
    precisions=("fp32", "tf32", "bf16", "fp16"),
    processes=5,
)
ON_A_GPU = Timing(
    inference_batches=(1, 8, 64, 256, 1024),
    training_batches=(64, 256),
    engines=("eager", "cuda-graph"),
    precisions=("fp32", "tf32", "bf16", "fp16"),
    processes=3,
    rounds=5,
    min_seconds=0.02,
)
"""Whose own clock tells a hundredth of a second well, and which is lent for minutes."""
LAYOUTS = Timing(inference_batches=(1, 64), engines=("eager", "contiguous"), precisions=("fp32", "bf16"), processes=5)
COMPILED = Timing(inference_batches=(1, 64, 256), training_batches=(64,), engines=("eager", "compiled"), processes=3)
ACROSS_PROCESSES = Timing(inference_batches=(1, 8, 64, 256), processes=5)

ENGINES = Timing(
    inference_batches=(1, 8, 64, 256),
    training_batches=(),
    engines=("eager", "onnxruntime", "openvino"),
    precisions=("fp32", "bf16"),
    processes=5,
)
FEW_ROUNDS = Timing(inference_batches=(1, 64), training_batches=(64,), processes=5, rounds=3, most_warmup_rounds=9)
"""For networks of which a step takes a processor half a minute: nothing but what claims ask for."""


def _timed(name: str, purpose: str, image_size: int, timing: Timing, **changes: Any) -> Protocol:
    """A protocol that times and weighs, and compares nothing that was trained."""
    settings: dict[str, Any] = {"measures": ("throughput",), "training": Training(512, epochs=1, batch_size=64)}
    return Protocol(
        name=name,
        purpose=purpose,
        image_size=image_size,
        seeds=1,
        standing="citable",
        timing=timing,
        **settings | changes,
    )


def _at_both_sizes(
    name: str, purpose: str, timing: Timing, at_224: Timing | None = None, **changes: Any
) -> tuple[Protocol, Protocol]:
    """Two that differ in the size of the images, which `purpose` tells, and where it is given in how 224 is timed."""
    return (
        _timed(f"{name}28", purpose.format(28), 28, timing, **changes),
        _timed(f"{name}224", purpose.format(224), 224, at_224 or timing, **changes),
    )


# "Untuned" is what a protocol is until its image size was searched; see `bench.protocols.rates`.
STANDARD: tuple[Protocol, ...] = (
    Protocol(
        name="smoke",
        purpose="seconds, for tests",
        image_size=28,
        seeds=1,
        standing="quick look",
        training=Training(train_images=512, epochs=2, batch_size=64, validation_images=256, test_images=256),
        timing=Timing(inference_batches=(8,), training_batches=(8,), rounds=3, most_warmup_rounds=1, min_seconds=0.0),
        memory_batch=8,
    ),
    Protocol(
        name="quick",
        purpose="a first look, minutes on two cores",
        image_size=28,
        seeds=1,
        standing="quick look",
        training=Training(
            train_images=2_560,
            epochs=1,
            batch_size=32,
            validation_images=250,
            test_images=1_000,
            # One pass of 80 steps asks for other rates than a long training.  Several settings were
            # tried for NiN, fewer for the others, and test accuracies of earlier settings had been
            # seen by then: one more reason why this protocol is never cited.
            learning_rates=(("lenet", 2e-2), ("alexnet", 5e-4), ("vgg", 2e-4)),
            warmup=0.3,
        ),
        timing=Timing(
            inference_batches=(1, 8, 32), training_batches=(32,), rounds=6, most_warmup_rounds=6, min_seconds=0.05
        ),
        memory_batch=32,
    ),
    Protocol(
        name="budget28",
        purpose="two cores, a few hours",
        image_size=28,
        seeds=5,
        standing="untuned",
        training=Training(train_images=20_000, epochs=3, batch_size=64),
        timing=ACROSS_PROCESSES,
    ),
    Protocol(
        name="matched28",
        purpose="a GPU in minutes, a CPU in a day",
        image_size=28,
        seeds=5,
        standing="untuned",
        training=Training(train_images=WHOLE, epochs=10, batch_size=128, augmentation="shift-flip"),
        timing=replace(ACROSS_PROCESSES, training_batches=(64, 128)),
    ),
    Protocol(
        name="matched224",
        purpose="a GPU; the networks at their published size",
        image_size=224,
        seeds=3,
        standing="untuned",
        training=Training(train_images=WHOLE, epochs=10, batch_size=128, augmentation="shift-flip"),
        timing=replace(ACROSS_PROCESSES, training_batches=(64, 128)),
    ),
    *_at_both_sizes(
        "timing", "the table of throughput at {} pixels, in every engine and precision", EVERY_MODE,
        measures=("complexity", "memory", "throughput"),
    ),
    *_at_both_sizes(
        "gpu", "a GPU's speed and memory at {} pixels, step by step and in CUDA graphs", ON_A_GPU,
        measures=("memory", "throughput"),
    ),
    *_at_both_sizes(
        "compiled", "what torch.compile gains at {} pixels, in the precision that the device is fast in", COMPILED
    ),
    *_at_both_sizes("layouts", "what bf16 and channels last gain at {} pixels", LAYOUTS),
    *_at_both_sizes(
        "engines", "what a CPU's inference gains by ONNX Runtime and OpenVINO at {} pixels, in fp32 and bf16", ENGINES,
        replace(ENGINES, inference_batches=(1, 64), rounds=3, most_warmup_rounds=9),
    ),
    _timed(
        "timing1000", "the networks as ImageNet has them: 3x224x224 and 1,000 classes, counts and speed alone", 224,
        Timing(inference_batches=(1, 64), processes=5), in_channels=3, num_classes=1000,
        measures=("complexity", "memory", "throughput"),
    ),
    _timed("speed224", "speed at 224 pixels on two cores, in half an hour", 224, FEW_ROUNDS),
    _timed(
        "speed1000", "inference with 3x224x224 and 1,000 classes on two cores, in a quarter of an hour", 224,
        replace(FEW_ROUNDS, training_batches=()), in_channels=3, num_classes=1000,
    ),
)  # fmt: skip
