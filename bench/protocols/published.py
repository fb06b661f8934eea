"""Recipes as their sources print them: a track of its own, never ranked against the matched one.

What differs from the source is said here.  In both, 5,000 training images stay apart, as everywhere in this project,
and the test set is read once, after training, where the second source reads it after every epoch.
"""

from __future__ import annotations

from dataclasses import replace

from bench.protocols.settings import HELD_OUT, TRAINING_SET, Protocol, Training

PLAIN = Training(
    train_images=TRAINING_SET - HELD_OUT,
    epochs=10,
    batch_size=128,
    weight_decay=0.0,
    clip_norm=None,
    schedule="constant",
    initialisation="xavier",
    pixels="unit interval",
)
"""What the two sources have in common."""

PUBLISHED: tuple[Protocol, ...] = (
    Protocol(
        name="published-001",
        purpose="document 001's recipe: Adam, 10 epochs of 48,000 images",
        image_size=28,
        seeds=5,
        standing="citable",
        # Keras' defaults: Adam at 1e-3 (its epsilon is 1e-7, PyTorch's 1e-8), Glorot's uniform weights, zero biases.
        training=replace(
            PLAIN,
            train_images=48_000,
            epochs=10,
            batch_size=64,
            learning_rates=(),
            optimiser="adam",
        ),
        measures=("accuracy",),
        archs=("doc001-nin28", "lenet"),
    ),
    *(
        Protocol(
            name=f"published-d2l{size}",
            purpose="the recipes of the textbook that document 004 follows: plain SGD, a rate for each network",
            image_size=size,
            seeds=3,
            standing="citable",
            # Zhang and others, Dive into Deep Learning (d2l.ai), version 0.17, chapters 6.6 and 7.1 to 7.4.  There
            # LeNet has batches of 256, VGG is a VGG-11 of a quarter of the width, GoogLeNet sees 96 pixels, and
            # biases are drawn as PyTorch draws them; here biases begin at zero.
            training=replace(
                PLAIN,
                train_images=TRAINING_SET - HELD_OUT,
                epochs=10,
                batch_size=128,
                learning_rate=0.1,
                learning_rates=(("lenet", 0.9), ("alexnet", 0.01), ("vgg", 0.05)),
                optimiser="sgd",
            ),
            measures=("accuracy",),
        )
        for size in (28, 224)
    ),
)
