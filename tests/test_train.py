"""The training harness on made-up images: it learns, repeats itself, goes on where it stopped, hides nothing."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

import archs
from archs.initialise import initialise
from bench.batches import Images, Placement
from bench.checkpoint import load_checkpoint
from bench.device import Target
from bench.measure.outcome import outcome
from bench.measure.splits import split
from bench.progress import OutOfTime, Progress, Surroundings
from bench.protocols import Training, get_protocol
from bench.train import fit, learning_rate_at, predict, switch_off_dropout

CPU = Target("cpu", "cpu", "test")
SETTINGS = Training(train_images=256, epochs=3, batch_size=32, learning_rate=1e-2)


def bars(count: int, seed: int) -> Images:
    """Images whose class is the place of a bright row: a thing that one linear layer learns."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.randint(0, 10, (count,), generator=generator)
    images = torch.randint(0, 60, (count, 28, 28), generator=generator, dtype=torch.uint8)
    images[torch.arange(count), labels * 2] = 255
    return Images(images, labels, device=CPU.device, image_size=28)


def small() -> nn.Module:
    torch.manual_seed(3)
    return nn.Sequential(nn.Flatten(), nn.Dropout(0.1), nn.Linear(784, 10))


def train(model: nn.Module, settings: Training = SETTINGS, **arguments: object) -> Progress:
    return fit(
        model,
        bars(256, seed=0),
        bars(64, seed=1),
        settings,
        target=CPU,
        precision="fp32",
        peak_learning_rate=settings.learning_rate,
        seed=7,
        **arguments,  # type: ignore[arg-type]
    )


def weights(model: nn.Module) -> Tensor:
    return torch.cat([p.detach().flatten() for p in model.parameters()])


def test_it_learns_and_records_every_epoch() -> None:
    progress = train(small())
    assert [epoch.images for epoch in progress.epochs] == [256, 512, 768]
    assert len(progress.step_losses) == 24
    assert progress.epochs[-1].validation_accuracy > 0.9
    first, last = progress.epochs[0], progress.epochs[-1]
    assert first.train_loss is not None
    assert last.train_loss is not None
    assert last.train_loss < first.train_loss
    assert progress.training_seconds == pytest.approx(sum(epoch.seconds for epoch in progress.epochs))


def test_the_curve_is_that_of_a_loop_written_out() -> None:
    """The same images, schedule and optimiser, written as plainly as one can."""
    reference = small()
    optimiser = torch.optim.AdamW(reference.parameters(), lr=1.0, weight_decay=0.01, fused=True)
    generator, images, losses = torch.Generator().manual_seed(7), bars(256, seed=0), []
    for step in range(8):
        if step == 0:
            order = torch.randperm(256, generator=generator)
        x, y = images.batch(order[32 * step : 32 * step + 32])
        for group in optimiser.param_groups:
            group["lr"] = learning_rate_at(step, 24, peak=1e-2, warmup=0.2)
        loss = nn.functional.cross_entropy(reference(x), y)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(reference.parameters(), 1.0)
        optimiser.step()
        losses.append(loss.item())
    assert train(small()).step_losses[:8] == pytest.approx(losses, rel=1e-5)


def test_one_seed_gives_one_result() -> None:
    first = small()
    losses = train(first).step_losses
    second = small()  # seeds torch anew, for dropout too
    assert train(second).step_losses == losses
    assert torch.equal(weights(first), weights(second))


def test_without_dropout_it_trains_as_a_network_that_has_none() -> None:
    torch.manual_seed(3)
    bare = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
    expected = train(bare).step_losses
    model = small()
    assert train(model, replace(SETTINGS, dropout="off")).step_losses == expected
    assert torch.equal(weights(model), weights(bare))
    assert train(small()).step_losses != expected


def test_every_kind_of_dropout_is_switched_off() -> None:
    attention = nn.MultiheadAttention(4, 2, dropout=0.3)
    model = nn.ModuleList([nn.Dropout(0.5), nn.ModuleList([nn.Dropout1d(0.2), nn.AlphaDropout(0.1)]), attention])
    switch_off_dropout(model)
    x = torch.ones(3, 4, 4)
    assert all(torch.equal(layer.train()(x), x) for layer in (model[0], *model[1]))  # type: ignore[misc]
    torch.testing.assert_close(attention.train()(x, x, x)[0], attention.eval()(x, x, x)[0])


def test_a_checkpoint_of_before_there_were_observers_is_gone_on_with(tmp_path: Path) -> None:
    checkpoint = tmp_path / "run.pt"
    with pytest.raises(OutOfTime):
        train(small(), checkpoint=checkpoint, around=Surroundings(out_of_time=lambda: True))
    state = torch.load(checkpoint, weights_only=True)
    del state["observer"]
    torch.save(state, checkpoint)
    assert train(small(), checkpoint=checkpoint).resumed == 1


def test_a_stopped_run_ends_in_the_same_weights(tmp_path: Path) -> None:
    whole = small()
    expected = train(whole)

    checkpoint = tmp_path / "run.pt"
    with pytest.raises(OutOfTime):
        train(small(), checkpoint=checkpoint, around=Surroundings(out_of_time=lambda: True))
    torch.manual_seed(99)  # whatever happened in between
    resumed = small()
    said: list[str] = []
    progress = train(resumed, checkpoint=checkpoint, around=Surroundings(tell=lambda share, text: said.append(text)))
    assert said[0] == "going on after epoch 1"
    assert progress.resumed == 1
    assert progress.step_losses == expected.step_losses
    assert torch.equal(weights(resumed), weights(whole))


@pytest.mark.parametrize(("seconds", "written"), [(0.0, 3), (10.0, 1)], ids=["at once", "slowly"])
def test_checkpoints_that_take_long_to_write_are_written_less_often(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seconds: float, written: int
) -> None:
    """Four epochs that take no time by this clock, which moves only while a checkpoint is written."""
    now, saved = [0.0], []

    def save(*about: object) -> None:
        saved.append(about)
        now[0] += seconds

    monkeypatch.setattr("bench.checkpoint.save_checkpoint", save)
    monkeypatch.setattr("bench.checkpoint.time.monotonic", lambda: now[0])
    train(small(), replace(SETTINGS, epochs=4), checkpoint=tmp_path / "run.pt")
    assert len(saved) == written


def test_a_damaged_checkpoint_is_put_aside_and_the_run_starts_over(tmp_path: Path) -> None:
    checkpoint = tmp_path / "run.pt"
    checkpoint.write_bytes(b"half a file")
    progress = train(small(), checkpoint=checkpoint)
    assert progress.resumed == 0
    assert checkpoint.with_suffix(".damaged").read_bytes() == b"half a file"


def test_a_checkpoint_cut_short_is_not_read(tmp_path: Path) -> None:
    checkpoint = tmp_path / "run.pt"
    with pytest.raises(OutOfTime):
        train(small(), checkpoint=checkpoint, around=Surroundings(out_of_time=lambda: True))
    checkpoint.write_bytes(checkpoint.read_bytes()[:-200])
    assert load_checkpoint(checkpoint, CPU) is None


@pytest.mark.parametrize("lacking", ["random_states", "generator", "epochs", "everything"])
def test_a_checkpoint_that_lacks_something_is_put_aside_and_the_run_starts_over(tmp_path: Path, lacking: str) -> None:
    checkpoint = tmp_path / "run.pt"
    with pytest.raises(OutOfTime):
        train(small(), checkpoint=checkpoint, around=Surroundings(out_of_time=lambda: True))
    state = torch.load(checkpoint, weights_only=True)
    torch.save({name: kept for name, kept in state.items() if name != lacking}, checkpoint)
    if lacking == "everything":
        torch.save(3, checkpoint)
    assert train(small(), checkpoint=checkpoint).resumed == 0
    assert checkpoint.with_suffix(".damaged").exists()


def test_a_loss_that_is_not_finite_ends_the_run_and_is_recorded() -> None:
    class Breaks(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = nn.Linear(784, 10)

        def forward(self, x: Tensor) -> Tensor:
            return self.layer(x.flatten(1)) * math.inf

    progress = train(Breaks())
    assert progress.diverged
    assert len(progress.epochs) == 1
    assert progress.epochs[0].train_loss is None
    assert outcome(progress, num_classes=10) == "diverged"


def test_a_run_that_learns_nothing_is_called_stuck() -> None:
    class Constant(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.scores = nn.Parameter(torch.zeros(10))

        def forward(self, x: Tensor) -> Tensor:
            return self.scores.expand(len(x), 10)

    assert outcome(train(Constant()), num_classes=10) == "stuck at chance"
    assert outcome(train(small()), num_classes=10) == "trained"


def test_the_learning_rate_rises_in_a_line_and_falls_as_a_cosine() -> None:
    rates = [learning_rate_at(step, 100, peak=1.0, warmup=0.2) for step in range(100)]
    assert rates[:20] == pytest.approx([(step + 1) / 20 for step in range(20)])
    assert max(rates) == rates[19] == 1.0
    assert rates[59] == pytest.approx(0.5 * (1 + math.cos(math.pi * 40 / 81)))
    assert all(earlier > later > 0 for earlier, later in pairwise(rates[19:]))


def test_predictions_come_in_the_order_of_the_images() -> None:
    model, images = small(), bars(70, seed=2)
    logits = predict(model, images, target=CPU, precision="fp32")
    x, _ = images.batch(torch.tensor([69]))
    torch.testing.assert_close(logits[69:], model.eval()(x).detach())
    assert logits.shape == (70, 10)


@pytest.mark.parametrize("placed", [False, True])
def test_images_are_read_as_they_were_trained_on_whatever_the_precision(placed: bool) -> None:
    """Resized and turned by matrix products, which autocast would round."""
    met: list[Tensor] = []
    model = small()
    model.register_forward_pre_hook(lambda module, inputs: met.append(inputs[0]))
    middle = Placement.middle(70, 20, 28) if placed else None
    turned = None if middle is None else replace(middle, angles=torch.full((70,), 15.0))
    stored = bars(70, seed=2)
    images = Images(stored.images[:, :21, :21], stored.labels, device=CPU.device, image_size=28, placement=turned)
    predict(model, images, target=CPU, precision="bf16")
    assert torch.equal(torch.cat(met), images.batch(torch.arange(70))[0])


def test_a_networks_own_learning_rate_comes_before_its_familys() -> None:
    settings = Training(
        train_images=1, epochs=1, batch_size=1, learning_rate=1.0, learning_rates=(("vgg", 2.0), ("vgg11", 3.0))
    )
    assert settings.peak_learning_rate("vgg11", "vgg") == 3.0
    assert settings.peak_learning_rate("vgg16", "vgg") == 2.0
    assert settings.peak_learning_rate("nin", "nin") == 1.0


@pytest.mark.slow
@pytest.mark.data
def test_bf16_costs_no_accuracy() -> None:
    """The same seeds in fp32 and in bf16, on held-out training images: the paired difference is within its interval."""
    from bench.data import load
    from bench.stats import mean_interval

    settings = Training(train_images=5_120, epochs=2, batch_size=64, validation_images=2_000)
    protocol = replace(get_protocol("smoke"), training=settings)
    train, validation, _ = split(load(None), protocol, CPU)
    differences = []
    for seed in range(5):
        scores = {}
        for precision in ("fp32", "bf16"):
            torch.manual_seed(seed)
            model = archs.create("lenet", image_size=28).to(memory_format=torch.channels_last)
            initialise(model, "xavier")
            progress = fit(
                model, train, validation, settings,
                target=CPU, precision=precision, peak_learning_rate=1e-2, seed=seed,  # type: ignore[arg-type]
            )  # fmt: skip
            scores[precision] = progress.epochs[-1].validation_accuracy
        differences.append(scores["bf16"] - scores["fp32"])
    interval = mean_interval(differences)
    assert interval.low is not None
    assert interval.high is not None
    assert interval.low <= 0 <= interval.high
    assert interval.high - interval.low < 0.1  # narrow enough to have found a difference that matters
