"""A recorded step trains as one that Python takes.

There is no CUDA here to record it, so a stand-in does what a recording asks of the code around it: it runs the work a
few times first, and then again on whatever the same tensors hold by then.  On a GPU the same is in `test_gpu.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import made_up
import pytest
import torch
from torch import nn

import archs
from bench.batches import Images
from bench.device import Target
from bench.measure.run import Run
from bench.observer import Observer
from bench.progress import OutOfTime, Progress, Surroundings
from bench.protocols import Training, get_protocol
from bench.replay import Replayed, unchanged
from bench.train import fit
from bench.update import optimiser_of, set_learning_rate

CPU = Target("cpu", "cpu", "test")
SETTINGS = Training(train_images=128, epochs=2, batch_size=32)


def again(work: Callable[[], object]) -> Callable[[], object]:
    for _ in range(4):
        work()
    return work


def refuses(work: Callable[[], object]) -> Callable[[], object]:
    again(work)
    raise RuntimeError("operation not permitted when stream is capturing")


def images(seed: int) -> Images:
    generator = torch.Generator().manual_seed(seed)
    pixels = torch.randint(0, 256, (128, 28, 28), generator=generator, dtype=torch.uint8)
    return Images(pixels, torch.arange(128) % 10, device=CPU.device, image_size=28)


def network() -> nn.Module:
    """With all that a step changes besides weights: running means, and random numbers."""
    torch.manual_seed(0)
    convolution = nn.Conv2d(1, 4, 3, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(4), nn.Dropout(0.5), nn.Flatten(), nn.Linear(2704, 10))


def train(model: nn.Module, **arguments: object) -> Progress:
    return fit(
        model,
        images(0),
        images(1),
        SETTINGS,
        target=CPU,
        precision="fp32",
        peak_learning_rate=1e-3,
        seed=7,
        **arguments,  # type: ignore[arg-type]
    )


def state(model: nn.Module) -> list[torch.Tensor]:
    return [value.clone() for value in model.state_dict().values()]


@pytest.mark.parametrize("recorder", [again, refuses], ids=["recorded", "refused"])
def test_it_ends_in_the_same_weights(recorder: object) -> None:
    expected = network()
    losses = train(expected).step_losses
    found = network()
    progress = train(found, recorder=recorder)
    assert progress.step_losses == pytest.approx(losses, rel=1e-6)
    torch.testing.assert_close(state(found), state(expected))
    assert [epoch.replayed for epoch in progress.epochs] == [recorder is again] * 2


def test_a_run_taken_up_again_ends_in_the_same_weights(tmp_path: Path) -> None:
    expected = network()
    train(expected)
    found = network()
    with pytest.raises(OutOfTime):
        train(found, recorder=again, checkpoint=tmp_path / "run.pt", around=Surroundings(out_of_time=lambda: True))
    found = network()
    progress = train(found, recorder=again, checkpoint=tmp_path / "run.pt")
    assert progress.resumed == 1
    torch.testing.assert_close(state(found), state(expected))


def test_gradients_are_those_of_their_step() -> None:
    """Asked for at every other step, they are what they are when nothing is recorded."""

    class Reads(Observer):
        def __init__(self, layer: nn.Module) -> None:
            self.layer = layer
            self.norms: list[tuple[int, float]] = []

        def reads_gradients(self, step: int) -> bool:
            return step % 2 == 0

        @property
        def of_gradients(self) -> Callable[[], torch.Tensor]:
            return lambda: torch.linalg.vector_norm(self.layer.weight.grad)  # type: ignore[arg-type]

        def gradients(self, step: int, found: torch.Tensor) -> None:
            self.norms.append((step, found.item()))

    norms = []
    for recorder in (None, again):
        model = network()
        observer = Reads(model[0])  # type: ignore[index]
        train(model, recorder=recorder, observer=observer)
        norms.append(dict(observer.norms))
    assert list(norms[0]) == [2, 4, 6, 8]
    assert norms[1] == pytest.approx(norms[0], rel=1e-4)


def test_what_is_returned_outlives_the_next_replay() -> None:
    step = Replayed(lambda x, y: (x.sum(), y * x), torch.zeros(2), torch.zeros(2), again)
    first = step(torch.tensor([1.0, 2.0]), torch.ones(2))
    second = step(torch.tensor([5.0, 6.0]), torch.full((2,), 2.0))
    assert (first[0].item(), first[1].tolist()) == (3, [1, 2])
    assert (second[0].item(), second[1].tolist()) == (11, [10, 12])


def test_why_a_step_cannot_be_recorded_is_told() -> None:
    told: list[str] = []
    train(network(), recorder=refuses, around=Surroundings(tell=lambda share, text: told.append(text)))
    assert told[0] == ("steps are not recorded, Python takes each: operation not permitted when stream is capturing")


@pytest.mark.parametrize("optimiser", ["adamw", "adam", "sgd"])
def test_the_learning_rate_is_where_a_replay_looks_for_it(optimiser: str) -> None:
    layer = nn.Linear(1, 1, bias=False)
    settings = Training(train_images=1, epochs=1, batch_size=1, optimiser=optimiser, weight_decay=0.0)  # type: ignore[arg-type]
    made = optimiser_of(layer, settings, 1.0, target=CPU, recorded=True)
    rate = made.param_groups[0]["lr"]
    layer.weight.grad = torch.ones(1, 1)
    before = layer.weight.item()
    set_learning_rate(made, 0.25)
    assert made.param_groups[0]["lr"] is rate
    made.step()
    assert before - layer.weight.item() == pytest.approx(0.25, rel=1e-3)


def test_rehearsals_leave_a_run_that_was_taken_up_as_it_was() -> None:
    """Its optimiser has come somewhere already: back there and not to the beginning."""
    model = network()
    optimiser = torch.optim.AdamW(model.parameters())

    def step() -> None:
        model(torch.randn(2, 1, 28, 28)).sum().backward()
        optimiser.step()

    step()
    weights, moments = state(model), [one["exp_avg"].clone() for one in optimiser.state.values()]
    with unchanged(model, optimiser, CPU):
        step()
    torch.testing.assert_close(state(model), weights, rtol=0, atol=0)
    for one, moment in zip(optimiser.state.values(), moments, strict=True):
        assert torch.equal(one["exp_avg"], moment)
        assert one["step"].item() == 1


def test_networks_that_others_plug_in_are_not_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    gpu = Target("cuda", "cuda:0", "GPU")

    def run(arch: str) -> Run:
        return Run(arch, get_protocol("smoke"), made_up.garments(), 0, gpu, "fp32")

    assert run("nin").recorder is not None
    assert Run("nin", get_protocol("smoke"), made_up.garments(), 0, CPU, "fp32").recorder is None
    plugged = archs.get_spec("nin").__class__(name="mine", title="Mine", family="mine", builder="a:b", kind="plug-in")
    monkeypatch.setattr("archs.get_spec", lambda name: plugged)
    assert run("mine").recorder is None
