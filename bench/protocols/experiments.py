"""The protocols of the experiments: each trains networks in its own way, and most differ from their neighbours in one
setting, by which they form a family.

At 28 pixels a network takes two cores a quarter of an hour a run; 224 pixels are meant for a GPU.  The sizes were
written down before any of them was run.
"""

from __future__ import annotations

from typing import Literal

from bench.protocols.settings import HELD_OUT, TEST_SET, TRAINING_SET, Protocol, Training

WHOLE = TRAINING_SET - HELD_OUT
LOOKS = {28: 1_000, 224: HELD_OUT}
"""Held-out images where an experiment looks at them often: with all of them two cores would look longer than they
train."""
READ = {28: 2_000, 224: TEST_SET}
"""Test images where an experiment reads them tens of times over, once for each shift or each silenced branch."""
SUBSETS = ((500, 60), (2_000, 30), (10_000, 12), (WHOLE, 6))
"""Training images and epochs: fewer images are seen more often, so that a network can come to know them by heart."""
STARTS = (3e-4, 1e-3, 3e-3, 1e-2, 3e-2)
"""Peak learning rates, the same for every network."""
GRID = (1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1)
"""Peak learning rates that are tried for every network."""
DROPOUT: tuple[Literal["as defined", "off"], ...] = ("as defined", "off")


def overfitting(size: int) -> list[Protocol]:
    """Every subset with and without dropout."""
    return [
        Protocol(
            name=f"overfitting{size}-{images}{'' if dropout == 'as defined' else '-nodropout'}",
            family=f"overfitting{size}",
            purpose=f"what is learnt by heart of {images:,} images, dropout {dropout}",
            image_size=size,
            seeds=5,
            standing="untuned",
            training=Training(
                train_images=images, epochs=epochs, batch_size=50, validation_images=LOOKS[size], dropout=dropout
            ),
            measures=("overfitting",),
        )
        for images, epochs in SUBSETS
        for dropout in DROPOUT
    ]


def augmentation(size: int) -> list[Protocol]:
    """The same subsets, with images shifted and mirrored while training."""
    return [
        Protocol(
            name=f"overfitting{size}-{images}-augmented",
            family=f"augmentation{size}",
            purpose=f"what is learnt by heart of {images:,} images that are shifted and mirrored",
            image_size=size,
            seeds=5,
            standing="untuned",
            training=Training(
                train_images=images,
                epochs=epochs,
                batch_size=50,
                validation_images=LOOKS[size],
                augmentation="shift-flip",
            ),
            measures=("overfitting",),
        )
        for images, epochs in SUBSETS
    ]


def convergence(size: int) -> list[Protocol]:
    """How fast networks arrive at their own learning rates, and how many start at common ones."""
    own = Protocol(
        name=f"convergence{size}",
        purpose="epochs and seconds to a target, each network at its own learning rate",
        image_size=size,
        seeds=5,
        standing="untuned",
        training=Training(
            train_images=20_000, epochs=3, batch_size=64, validation_images=LOOKS[size], checks_per_epoch=10
        ),
        measures=("convergence",),
    )
    common = [
        Protocol(
            name=f"starts{size}-{rate:g}",
            family=f"starts{size}",
            purpose=f"how many runs get off the ground at a peak learning rate of {rate:g}",
            image_size=size,
            seeds=10,
            standing="citable",
            training=Training(
                train_images=5_000,
                epochs=3,
                batch_size=64,
                validation_images=LOOKS[size],
                learning_rate=rate,
                learning_rates=(),
                checks_per_epoch=2,
            ),
            measures=("convergence",),
        )
        for rate in STARTS
    ]
    return [own, *common]


def tuning(size: int) -> list[Protocol]:
    """The same small search for every network, on held-out images."""
    return [
        Protocol(
            name=f"tuning{size}-{rate:g}",
            family=f"tuning{size}",
            purpose=f"held-out accuracy at a peak learning rate of {rate:g}",
            image_size=size,
            seeds=1,
            standing="citable",
            training=Training(train_images=5_000, epochs=3, batch_size=64, learning_rate=rate, learning_rates=()),
            measures=("convergence",),
        )
        for rate in GRID
    ]


def placed(size: int) -> list[Protocol]:
    """The garment smaller than its canvas: in its middle, in one of its quarters, anywhere."""
    return [
        Protocol(
            name=f"robustness{size}",
            purpose="accuracy under shift, scale and rotation, none of them seen in training",
            image_size=size,
            seeds=5,
            standing="untuned",
            training=Training(train_images=20_000, epochs=3, batch_size=64, test_images=READ[size], object_share=5 / 7),
            measures=("robustness",),
        ),
        Protocol(
            name=f"quadrants{size}",
            purpose="a task of which position is the label",
            image_size=size,
            seeds=5,
            standing="untuned",
            training=Training(train_images=10_000, epochs=3, batch_size=64, object_share=1 / 2),
            measures=("quadrants",),
        ),
        Protocol(
            name=f"localisation{size}",
            purpose="where a network looks that was trained on labels alone",
            image_size=size,
            seeds=5,
            standing="untuned",
            training=Training(train_images=20_000, epochs=6, batch_size=64, test_images=READ[size], object_share=1 / 2),
            measures=("localisation",),
        ),
    ]


def branches(size: int) -> Protocol:
    """What the branches of Inception modules are worth."""
    return Protocol(
        name=f"branches{size}",
        purpose="accuracy with one branch of one Inception module silenced",
        image_size=size,
        seeds=5,
        standing="untuned",
        training=Training(train_images=20_000, epochs=3, batch_size=64, test_images=READ[size]),
        measures=("branches",),
        archs=("googlenet",),
    )


EXPERIMENTS: tuple[Protocol, ...] = tuple(
    protocol
    for size in (28, 224)
    for protocol in (
        *tuning(size),
        *overfitting(size),
        *augmentation(size),
        *convergence(size),
        *placed(size),
        branches(size),
    )
)
