"""How much of its accuracy a network keeps when garments are moved, scaled and turned as it never saw them."""

from __future__ import annotations

from bench.batches import Images, Placement
from bench.measure.experiments.places import object_side, transformations
from bench.measure.outcome import outcome
from bench.measure.run import Run
from bench.measure.splits import split
from bench.records.experiments import Curve, Robustness
from bench.train import predict


def robustness(run: Run) -> Robustness:
    """Train on garments in the middle of the canvas, then read the test images clean and under each transformation.

    Raises:
        OutOfTime: the time budget ended between two epochs; the checkpoint holds the run.
    """
    canvas, side = run.protocol.image_size, object_side(run.protocol)
    train, held_out, test = (
        images.placed(Placement.middle(len(images), side, canvas))
        for images in split(run.data, run.protocol, run.target)
    )
    model = run.network()
    progress = run.train(model, train, held_out)

    done = 0
    changes = transformations(len(test), side, canvas)
    readings = 1 + sum(placement is not None for change in changes for placement in change.placements.values())

    def accuracy(images: Images, text: str) -> float:
        nonlocal done
        run.tell(0.9 + 0.1 * done / readings, f"test set, {text}")
        done += 1
        predicted = predict(model, images, target=run.target, precision=run.precision).argmax(1)
        return (predicted == images.labels.cpu()).double().mean().item()

    clean = accuracy(test, "clean")
    curves = [
        Curve(
            transformation=change.name,
            unit=change.unit,
            strengths=tuple(change.placements),
            accuracies=tuple(
                clean
                if placement is None
                else accuracy(test.placed(placement), f"{change.name} {strength:g} {change.unit}")
                for strength, placement in change.placements.items()
            ),
        )
        for change in changes
    ]
    return Robustness(
        outcome=outcome(progress, num_classes=10),
        peak_learning_rate=run.peak_learning_rate,
        object_side=side,
        test_images=len(test),
        clean_accuracy=clean,
        curves=tuple(curves),
    )
