"""What a training run that several processes carried out says of them, and on a GPU what each does before its clock."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import made_up
import pytest
import torch
from made_up import CPU
from torch import nn

from bench import train as harness
from bench import worker
from bench.batches import Images
from bench.device import Target
from bench.job import Job
from bench.machine import Stopwatch, of_all
from bench.plan import make_plan
from bench.progress import OutOfTime, Surroundings
from bench.protocols import Training
from bench.records import Record
from bench.train import fit


@pytest.fixture
def go(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Any]:
    """Train for one process: to the end, or until the time is up after an epoch, and then there is no record."""
    made_up.register(monkeypatch)
    monkeypatch.setattr("bench.job.load", lambda folder: made_up.garments())
    share = {"others": 0.0, "commit": "one"}
    monkeypatch.setattr(Stopwatch, "others_share", property(lambda self: share["others"]))
    monkeypatch.setattr("bench.machine.commit", lambda: (share["commit"], False))
    protocol = made_up.run().protocol
    (unit,) = make_plan(["flat"], protocol, ["accuracy"], seeds=1, device=CPU.described, precision="fp32")

    def process(*, to_the_end: bool = False, at_once: int = 1, others: float = 0.0, commit: str = "one") -> Any:
        share.update(others=others, commit=commit)
        job = Job((unit,), CPU, None, tmp_path / "run.pt", None if to_the_end else 0.0, at_once)
        try:
            (measured,) = worker.measure(job, lambda share, text: None, lambda progress: None, Stopwatch())
        except OutOfTime:
            return None
        return measured.record

    return process


def test_a_run_is_timed_alone_if_every_process_of_it_was(go: Callable[..., Record]) -> None:
    assert go() is None
    record = go(to_the_end=True, others=0.02)
    assert record.timed_alone
    assert record.provenance["others_share"] == 0.02
    assert {"side_by_side", "earlier"} & set(record.provenance) == set()


@pytest.mark.parametrize(
    ("company", "told"),
    [
        ({"at_once": 2}, {"side_by_side": 2, "others_share": 0.01}),
        ({"others": 0.5}, {"others_share": 0.5}),
    ],
)
@pytest.mark.parametrize("after", [0, 1])
def test_company_in_any_process_is_company_of_the_run(
    go: Callable[..., Record], company: dict[str, Any], told: dict[str, Any], after: int
) -> None:
    """Three processes: with company in the first or in the second, and alone in the last."""
    for number in range(2):
        assert go(**({"others": 0.01} | company if number == after else {})) is None
    record = go(to_the_end=True, others=0.01)
    assert not record.timed_alone
    assert {name: record.provenance.get(name) for name in told} == told
    assert record.result.resumed == 2  # type: ignore[union-attr]


def test_a_run_tells_of_the_commits_that_it_was_made_by(go: Callable[..., Record]) -> None:
    for commit in ("one", "two"):
        go(commit=commit)
    record = go(to_the_end=True, commit="two")
    assert record.provenance["commit"] == "two"
    assert record.provenance["earlier"] == {"commit": ["one", "two"]}
    assert "earlier" not in record.surroundings


def test_a_checkpoint_that_does_not_tell_of_its_processes_leaves_the_company_open(
    go: Callable[..., Record], tmp_path: Path
) -> None:
    go()
    state = torch.load(tmp_path / "run.pt", weights_only=True)
    del state["processes"]
    torch.save(state, tmp_path / "run.pt")
    record = go(to_the_end=True)
    assert "others_share" not in record.provenance
    assert not record.timed_alone


def test_a_process_that_is_the_only_one_says_what_it_says() -> None:
    facts = {"commit": "one", "others_share": 0.3, "environment": {"A": "1"}}
    assert of_all([facts]) == facts


# Before the clock


class Draws(nn.Module):
    """Scales by a number that it draws from the GPU's own random state, another one each time."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if not self.training:
            return x
        HAPPENED.append("forward")
        STATE.add_(1)
        return x * (1 + 0.1 * STATE.sin())


STATE = torch.zeros(1)
HAPPENED: list[str] = []


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> Target:
    """For the harness a GPU with a random state of its own; its tensors lie in the machine's memory."""
    for name, answer in {
        "synchronize": lambda device: None,
        "get_rng_state": lambda device: STATE.clone(),
        "set_rng_state": lambda state, device: STATE.copy_(state),
        "reset_peak_memory_stats": lambda device: HAPPENED.append("peak forgotten"),
        "max_memory_allocated": lambda device: 7,
    }.items():
        monkeypatch.setattr(torch.cuda, name, answer)
    start = harness._Clock.start
    monkeypatch.setattr(harness._Clock, "start", lambda clock: (HAPPENED.append("clock"), start(clock))[1])
    return Target("cuda", "cpu", "test")


def trained(target: Target, **arguments: Any) -> nn.Module:
    """A network with dropout and running statistics after two steps an epoch, two epochs, and what happened."""
    STATE.zero_()
    HAPPENED.clear()
    torch.manual_seed(0)
    model = nn.Sequential(Draws(), nn.Flatten(), nn.Dropout(0.5), nn.BatchNorm1d(784), nn.Linear(784, 10))
    data = made_up.garments(32)
    images = Images(data.train_images[:32], data.train_labels[:32], device=CPU.device, image_size=28)
    settings = Training(train_images=32, epochs=2, batch_size=16, augmentation="shift-flip")
    fit(
        *(model, images, images, settings),
        target=target,
        precision="fp32",
        peak_learning_rate=0.01,
        seed=0,
        **arguments,
    )
    return model


def same(one: nn.Module, other: nn.Module) -> bool:
    pairs = zip(one.state_dict().values(), other.state_dict().values(), strict=True)
    return all(torch.equal(mine, others) for mine, others in pairs)


def test_a_gpu_warms_up_before_the_clock_and_trains_as_if_it_had_not(
    gpu: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    warmed = trained(gpu)
    assert HAPPENED == ["peak forgotten", "forward", "peak forgotten"] + ["clock", "forward", "forward"] * 2
    monkeypatch.setattr(harness, "rehearse", lambda *arguments, **named: None)
    cold = trained(gpu)
    assert HAPPENED == ["peak forgotten"] * 2 + ["clock", "forward", "forward"] * 2
    assert same(warmed, cold)


def test_a_gpu_warms_up_again_where_a_run_goes_on(gpu: Target, tmp_path: Path) -> None:
    whole, checkpoint = trained(gpu), tmp_path / "run.pt"
    with pytest.raises(OutOfTime):
        trained(gpu, checkpoint=checkpoint, around=Surroundings(out_of_time=lambda: True))
    resumed = trained(gpu, checkpoint=checkpoint)
    assert HAPPENED == ["peak forgotten", "forward", "peak forgotten", "clock", "forward", "forward"]
    assert same(resumed, whole)


def test_a_processor_needs_no_warming_up() -> None:
    trained(CPU)
    assert HAPPENED == ["forward"] * 4
