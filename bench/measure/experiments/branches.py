"""What each branch of each Inception module is worth to a trained network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import nn

import archs
from archs.googlenet import MODULES
from archs.googlenet import Branches as InceptionModule
from bench.errors import UserError
from bench.measure.outcome import outcome
from bench.measure.run import Run
from bench.measure.splits import split
from bench.numbers import listing
from bench.records import BranchDrop, Branches
from bench.train import read


def branches(run: Run) -> Branches:
    """Train as for accuracy, then read the test set as it is and with each single branch silenced.

    Raises:
        UserError: the network has no such modules; before anything is trained.
        OutOfTime: the time budget ended between two epochs; the checkpoint holds the run.
    """
    model = run.network()
    modules = inception_modules(model)
    if not modules:
        raise without_branches([run.arch])
    train, held_out, test = split(run.data, run.protocol, run.target)
    progress = run.train(model, train, held_out)
    whole = read(model, test, target=run.target, precision=run.precision)
    parts = [(module, name) for module in modules for name in modules[module]]
    drops = []
    for index, (module, name) in enumerate(parts):
        run.tell(0.9 + 0.1 * index / len(parts), f"without branch {name} of {module}")
        with silenced(modules[module][name]):
            accuracy = read(model, test, target=run.target, precision=run.precision).accuracy
        drops.append(BranchDrop(module=module, branch=name, accuracy=accuracy))
    return Branches(
        outcome=outcome(progress, num_classes=whole.logits.shape[1]),
        peak_learning_rate=run.peak_learning_rate,
        test_images=len(test),
        accuracy=whole.accuracy,
        drops=tuple(drops),
    )


def inception_modules(model: nn.Module) -> dict[str, InceptionModule]:
    """The Inception modules in their order: nine by the paper's names, 3a to 5b, another number by their own."""
    found = {name: module for name, module in model.named_modules() if isinstance(module, InceptionModule)}
    return dict(zip(MODULES, found.values(), strict=True)) if len(found) == len(MODULES) else found


@contextmanager
def silenced(branch: nn.Module) -> Iterator[None]:
    """Let `branch` give zeros.

    That is the network with the branch taken out, and takes no images to know.  Zero is what the ReLU at the
    end of a branch gives where it finds nothing, so that the layers after it have met it.  A branch's mean
    over some images would leave those layers their usual level; it would have to be taken from images, and
    ask another question: what the branch tells of one image, not what it is worth.
    """
    hook = branch.register_forward_hook(lambda module, inputs, output: torch.zeros_like(output))
    try:
        yield
    finally:
        hook.remove()


def check_branches(names: Sequence[str], *, image_size: int) -> None:
    """Find out before a run whether `branches` can be carried out with all of these networks.

    Raises:
        UserError: some have no Inception modules of this project's making.
    """
    with torch.device("meta"):
        lacking = [name for name in names if not inception_modules(archs.create(name, image_size=image_size))]
    if lacking:
        raise without_branches(lacking)


def without_branches(names: Sequence[str]) -> UserError:
    return UserError(f"no branches to silence in {listing(names)}: Inception modules are what --arch googlenet has")
