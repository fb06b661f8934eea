"""The experiment on overfitting, on made-up images."""

from __future__ import annotations

from pathlib import Path

import made_up
import pytest
import torch
from made_up import CPU
from torch import Tensor, nn

from bench import worker
from bench.batches import Images, Placement
from bench.job import Job
from bench.machine import Stopwatch
from bench.measure import experiments
from bench.measure.experiments.overfitting import overfitting, sample
from bench.measure.splits import SPLIT_SEED, split
from bench.plan import make_plan
from bench.progress import OutOfTime, Surroundings
from bench.protocols import HELD_OUT
from bench.records import Kind, Overfitting
from bench.train import fit


@pytest.fixture(autouse=True)
def _networks(monkeypatch: pytest.MonkeyPatch) -> None:
    made_up.register(monkeypatch)


def judged(model: nn.Module, images: Tensor, labels: Tensor) -> tuple[float, float]:
    """Loss and accuracy of whole tensors of bytes, as one would write them without the harness."""
    x, _ = Images(images, labels, device=CPU.device, image_size=28).batch(torch.arange(len(labels)))
    probabilities = model.eval()(x).detach().softmax(1)
    loss = -probabilities[torch.arange(len(labels)), labels].log().mean()
    return loss.item(), (probabilities.argmax(1) == labels).float().mean().item()


def test_it_reads_what_the_trained_network_makes_of_both_sides() -> None:
    run = made_up.run()
    found = overfitting(run)
    # The same training without anybody who looks on, and then the same images by hand.
    data, settings = run.data, run.protocol.training
    order = torch.randperm(HELD_OUT + 96, generator=torch.Generator().manual_seed(SPLIT_SEED))
    drawn = torch.randperm(96, generator=torch.Generator().manual_seed(run.seed))
    seen, held_out = order[HELD_OUT:][drawn], order[: settings.validation_images]
    train, validation = (
        Images(data.train_images[i], data.train_labels[i], device=CPU.device, image_size=28) for i in (seen, held_out)
    )
    model = run.network()
    fit(model, train, validation, settings, target=CPU, precision="fp32", peak_learning_rate=1e-2, seed=0)
    last = found.epochs[-1]
    expected = {
        (last.train_loss, last.train_accuracy): (data.train_images[seen], data.train_labels[seen]),
        (last.held_out_loss, last.held_out_accuracy): (data.train_images[held_out], data.train_labels[held_out]),
        (found.test_loss, found.test_accuracy): (data.test_images, data.test_labels),
    }
    for reading, side in expected.items():
        assert reading == pytest.approx(judged(model, *side), rel=1e-4)
    assert [epoch.epoch for epoch in found.epochs] == [0, 1, 2, 3]
    assert (found.train_images, found.sampled_images, found.test_images) == (96, 96, 40)
    assert (found.outcome, found.peak_learning_rate) == ("trained", 1e-2)


def test_labels_drawn_at_random_are_learnt_by_heart_and_no_further() -> None:
    data = made_up.garments()
    data.train_labels.copy_(torch.randint(0, 10, data.train_labels.shape, generator=torch.Generator().manual_seed(1)))
    last = overfitting(made_up.run(data=data, training={"epochs": 12})).epochs[-1]
    assert last.train_accuracy > 0.9
    assert last.held_out_accuracy < 0.4


def test_the_test_set_is_read_once_and_last(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    in_order = Images.in_order
    monkeypatch.setattr(Images, "in_order", lambda self, size: (read.append(len(self)), in_order(self, size))[1])
    overfitting(made_up.run(training={"epochs": 2}))
    # Held-out images and those trained on, before the first epoch and after each; then the test set.
    assert read == [48, 96, 48, 96, 48, 96, 40]


def test_each_seed_draws_its_own_images_and_smaller_subsets_out_of_larger_ones() -> None:
    def drawn(seed: int, images: int) -> set[int]:
        data = made_up.garments()
        data.train_labels.copy_(torch.arange(len(data.train_labels)))  # an image is known by its label
        protocol = made_up.run(training={"train_images": images}).protocol
        train, held_out, _ = split(data, protocol, CPU, drawn_by=seed)
        assert not set(train.labels.tolist()) & set(held_out.labels.tolist())
        return set(train.labels.tolist())

    assert drawn(0, 20) < drawn(0, 40)
    assert drawn(0, 20) != drawn(1, 20)


def test_no_more_images_are_sampled_than_are_held_out() -> None:
    pixels = torch.arange(HELD_OUT + 7).remainder(251).to(torch.uint8)[:, None, None].expand(-1, 28, 28)
    many = Images(pixels, torch.zeros(len(pixels), dtype=torch.int64), device=CPU.device, image_size=28)
    assert torch.equal(sample(many).images, pixels[:HELD_OUT])


def test_sampled_images_are_those_that_were_trained_on_pixel_by_pixel() -> None:
    """Neither standardised nor in the middle of their canvas here, and the sample is to be the same."""
    images, labels = torch.randint(0, 256, (9, 28, 28), dtype=torch.uint8), torch.arange(9)
    placement = Placement(14, torch.arange(18).view(9, 2))
    train = Images(images, labels, device=CPU.device, image_size=32, placement=placement, standardise=False)
    everything = torch.arange(9)
    assert torch.equal(sample(train).batch(everything)[0], train.batch(everything)[0])


def test_a_stopped_run_ends_in_the_same_record(tmp_path: Path) -> None:
    expected = overfitting(made_up.run())
    checkpoint = tmp_path / "run.pt"
    for _ in range(2):
        with pytest.raises(OutOfTime):
            overfitting(made_up.run(checkpoint=checkpoint, around=Surroundings(out_of_time=lambda: True)))
    assert overfitting(made_up.run(checkpoint=checkpoint)) == expected


@pytest.mark.parametrize("kind", ["accuracy", "overfitting", "convergence", "branches"])
def test_a_job_carries_out_what_its_unit_is_called(kind: Kind, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("bench.job.load", lambda folder: made_up.garments())
    protocol = made_up.run().protocol
    (unit,) = make_plan(["forked"], protocol, [kind], seeds=1, device=CPU.described, precision="fp32")
    job = Job((unit,), CPU, None, tmp_path / "run.pt", None)
    told: list[float] = []
    (measured,) = worker.measure(job, lambda share, text: told.append(share), lambda progress: None, Stopwatch())
    assert measured.record.result is not None
    assert (measured.record.kind, measured.record.result.kind) == (kind, kind)
    assert told == sorted(told)
    assert 0.9 <= told[-1] <= 1


def test_experiments_go_by_the_names_of_their_kinds() -> None:
    assert isinstance(experiments.measure("overfitting", made_up.run(training={"epochs": 1})), Overfitting)
    with pytest.raises(ValueError, match="no experiment is called 'audit'"):
        experiments.measure("audit", made_up.run())
