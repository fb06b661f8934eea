"""The protocols that compare networks."""

from __future__ import annotations

from dataclasses import replace

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
    *(
        Protocol(
            name=f"timing{size}",
            purpose=f"the table of throughput at {size} pixels, in every engine and precision",
            image_size=size,
            seeds=1,
            standing="citable",
            training=Training(train_images=512, epochs=1, batch_size=64),
            timing=EVERY_MODE,
            measures=("complexity", "memory", "throughput"),
        )
        for size in (28, 224)
    ),
    *(
        Protocol(
            name=f"gpu{size}",
            purpose=f"a GPU's speed and memory at {size} pixels, step by step and in CUDA graphs",
            image_size=size,
            seeds=1,
            standing="citable",
            training=Training(train_images=512, epochs=1, batch_size=64),
            timing=ON_A_GPU,
            measures=("memory", "throughput"),
        )
        for size in (28, 224)
    ),
    *(
        Protocol(
            name=f"compiled{size}",
            purpose=f"what torch.compile gains at {size} pixels, in the precision that the device is fast in",
            image_size=size,
            seeds=1,
            standing="citable",
            training=Training(train_images=512, epochs=1, batch_size=64),
            timing=COMPILED,
            measures=("throughput",),
        )
        for size in (28, 224)
    ),
    *(
        Protocol(
            name=f"engines{size}",
            purpose=f"what a CPU's inference gains by ONNX Runtime and OpenVINO at {size} pixels, in fp32 and bf16",
            image_size=size,
            seeds=1,
            standing="citable",
            training=Training(train_images=512, epochs=1, batch_size=64),
            timing=timing,
            measures=("throughput",),
        )
        for size, timing in (
            (28, ENGINES),
            (224, replace(ENGINES, inference_batches=(1, 64), rounds=3, most_warmup_rounds=9)),
        )
    ),
    Protocol(
        name="timing1000",
        purpose="the networks as ImageNet has them: 3x224x224 and 1,000 classes, counts and speed alone",
        image_size=224,
        in_channels=3,
        num_classes=1000,
        seeds=1,
        standing="citable",
        training=Training(train_images=512, epochs=1, batch_size=64),
        timing=Timing(inference_batches=(1, 64), processes=5),
        measures=("complexity", "memory", "throughput"),
    ),
    Protocol(
        name="speed224",
        purpose="speed at 224 pixels on two cores, in half an hour",
        image_size=224,
        seeds=1,
        standing="citable",
        training=Training(train_images=512, epochs=1, batch_size=64),
        timing=FEW_ROUNDS,
        measures=("throughput",),
    ),
    Protocol(
        name="speed1000",
        purpose="inference with 3x224x224 and 1,000 classes on two cores, in a quarter of an hour",
        image_size=224,
        in_channels=3,
        num_classes=1000,
        seeds=1,
        standing="citable",
        training=Training(train_images=512, epochs=1, batch_size=64),
        timing=replace(FEW_ROUNDS, training_batches=()),
        measures=("throughput",),
    ),
)
