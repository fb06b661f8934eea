"""The experiment on convergence, on made-up images."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import made_up
import pytest
import torch
from made_up import CPU
from torch import Tensor, nn

import archs
from archs.auxiliary import AUXILIARY_WEIGHT
from bench.device import Target
from bench.measure.experiments.convergence import MOST_GRADIENTS, Course, convergence, dead_classes, ends
from bench.measure.splits import training_split
from bench.observer import Observer, Sight
from bench.progress import OutOfTime, Surroundings
from bench.records import Convergence
from bench.update import training_step


@pytest.fixture(autouse=True)
def _networks(monkeypatch: pytest.MonkeyPatch) -> None:
    made_up.register(monkeypatch)


def without_seconds(found: Convergence) -> Convergence:
    return found.model_copy(update={"checks": tuple(check.model_copy(update={"seconds": 0}) for check in found.checks)})


def test_it_looks_as_often_as_the_protocol_says_and_at_equal_distances() -> None:
    found = convergence(made_up.run(training={"checks_per_epoch": 3, "epochs": 2}))
    assert [check.step for check in found.checks] == [0, 2, 4, 6, 8, 10, 12]
    assert [check.images for check in found.checks] == [0, 32, 64, 96, 128, 160, 192]
    assert found.num_classes == 10


@pytest.mark.parametrize(("checks", "steps"), [(1, [0, 6]), (4, [0, 2, 3, 4, 6]), (99, [0, 1, 2, 3, 4, 5, 6])])
def test_checks_that_do_not_divide_an_epoch_fall_on_whole_steps(checks: int, steps: list[int]) -> None:
    found = convergence(made_up.run(training={"checks_per_epoch": checks, "epochs": 1}))
    assert [check.step for check in found.checks] == steps


def test_looking_changes_nothing() -> None:
    """Weights and losses of a training with dropout that is looked at after every step are those of any other."""
    run = made_up.run(training={"checks_per_epoch": 6})
    images, weights, losses = training_split(run.data, run.protocol, CPU), [], []
    for observer in (None, Course((), steps_per_epoch=6, epochs=3, checks_per_epoch=6)):
        model = run.network()
        losses.append(run.train(model, *images, observer).step_losses)
        weights.append([parameter.detach() for parameter in model.parameters()])
    assert losses[0] == losses[1]
    assert all(torch.equal(one, other) for one, other in zip(*weights, strict=True))


def test_what_a_check_in_the_middle_sees_is_the_network_at_that_step() -> None:
    """The same four steps written out, of which the first is the whole warm-up."""
    seen: list[tuple[Tensor, float]] = []

    class Keeps(Observer):
        def due(self, step: int) -> bool:
            return step == 4

        def look(self, sight: Sight) -> None:
            assert not sight.model.training
            seen.append((next(sight.model.parameters()).detach().clone(), sight.held_out.accuracy))

    run = made_up.run(training={"epochs": 1})
    train, held_out = training_split(run.data, run.protocol, CPU)
    run.train(run.network(), train, held_out, Keeps())

    model, generator = run.network(), torch.Generator().manual_seed(0)
    optimiser = torch.optim.AdamW(model.parameters(), weight_decay=0.01)
    for step, (x, y) in zip(range(4), train.epoch(16, generator=generator, augmentation="none"), strict=False):
        for group in optimiser.param_groups:
            group["lr"] = 1e-2 if step == 0 else 1e-2 * 0.5 * (1 + torch.cos(torch.tensor(torch.pi * step / 6)).item())
        training_step(model, optimiser, x, y, target=CPU, precision="fp32", clip_norm=1.0)
    torch.testing.assert_close(seen[0][0], next(model.parameters()).detach())
    x, y = held_out.batch(torch.arange(len(held_out)))
    assert seen[0][1] == pytest.approx((model.eval()(x).argmax(1) == y).double().mean().item())


def test_the_first_look_is_at_the_network_as_it_was_drawn() -> None:
    seen: list[tuple[int, Tensor]] = []

    class Keeps(Course):
        def look(self, sight: Sight) -> None:
            seen.append((sight.step, next(sight.model.parameters()).detach().clone()))

    run = made_up.run(training={"epochs": 1})
    images = training_split(run.data, run.protocol, CPU)
    run.train(run.network(), *images, Keeps((), steps_per_epoch=6, epochs=1, checks_per_epoch=1))
    assert [step for step, _ in seen] == [0, 6]
    drawn = next(run.network().parameters()).detach()
    assert torch.equal(seen[0][1], drawn)
    assert not torch.equal(seen[1][1], drawn)


def test_seconds_are_of_training_steps_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """By a clock that only moves while somebody works: 1 a training step, 100 a look."""
    now = [0.0]

    class Slow(Observer):
        def due(self, step: int) -> bool:
            return True

        def reads_gradients(self, step: int) -> bool:
            return True

        @property
        def of_gradients(self) -> Callable[[], torch.Tensor]:
            def work() -> torch.Tensor:
                now[0] += 1
                return torch.zeros(2)

            return work

        def look(self, sight: Sight) -> None:
            told.append(sight.seconds)
            now[0] += 100

    told: list[float] = []
    monkeypatch.setattr("bench.train.time.perf_counter", lambda: now[0])
    run = made_up.run(training={"epochs": 2})
    progress = run.train(run.network(), *training_split(run.data, run.protocol, CPU), Slow())
    assert told == list(range(13))
    assert progress.training_seconds == 12


def test_the_test_set_is_never_read() -> None:
    data = made_up.garments()
    unreadable = replace(data, test_images=torch.empty(0), test_labels=torch.empty(0))
    assert convergence(made_up.run(data=unreadable)).outcome == "trained"


def test_gradients_are_those_before_clipping() -> None:
    """The first step by hand, on a network of one linear layer: its first layer is its last."""
    run = made_up.run(training={"clip_norm": 1e-6, "dropout": "off"})
    train, _ = training_split(run.data, run.protocol, CPU)
    x, y = next(train.epoch(16, generator=torch.Generator().manual_seed(0), augmentation="none"))
    layer = run.network()[2]  # type: ignore[index]
    errors = (layer(x.flatten(1)).softmax(1) - nn.functional.one_hot(y, 10)) / len(y)
    expected = (errors.T @ x.flatten(1)).norm().item()
    first, *others = convergence(run).gradients
    assert (first.step, first.first, first.last) == (1, pytest.approx(expected), pytest.approx(expected))
    assert [norms.step for norms in others] == list(range(2, 19))


def test_no_more_gradients_are_kept_than_a_few_hundred() -> None:
    course = Course([nn.Parameter(torch.ones(2, 2))] * 2, steps_per_epoch=1000, epochs=3, checks_per_epoch=1)
    steps = [step for step in range(1, 3001) if course.reads_gradients(step)]
    assert len(steps) == MOST_GRADIENTS
    assert steps[:3] == [1, 11, 21]


def test_first_and_last_layer_are_those_on_the_way_to_the_logits() -> None:
    image = torch.zeros(1, 1, 28, 28)
    names = {"lenet": None, "vgg16-bn": None, "nin": None, "googlenet-aux": "head.3.weight"}
    for name, last in names.items():
        model = archs.create(name, image_size=28)
        weights = {id(parameter): key for key, parameter in model.named_parameters() if parameter.ndim > 1}
        expected = [*weights.values()]
        found = [weights[id(parameter)] for parameter in ends(model, image)]
        assert found == [expected[0], last or expected[-1]]
    assert ends(nn.Flatten(), image) == ()


def test_gradients_of_a_network_with_auxiliary_classifiers_are_of_the_whole_objective() -> None:
    torch.manual_seed(0)
    model = archs.create("googlenet-aux", image_size=28)
    x, y = torch.randn(4, 1, 28, 28), torch.arange(4)
    course = Course(ends(model, x[:1]), steps_per_epoch=1, epochs=1, checks_per_epoch=1)
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    model.train()
    logits, auxiliary = model(x)
    entropy = nn.functional.cross_entropy
    objective = entropy(logits, y) + AUXILIARY_WEIGHT * sum(entropy(other, y) for other in auxiliary)
    (gradient,) = torch.autograd.grad(objective, [next(model.parameters())])
    optimiser = torch.optim.SGD(model.parameters(), lr=0.0)
    norms = training_step(
        model,
        optimiser,
        x,
        y,
        target=CPU,
        precision="fp32",
        clip_norm=1e-3,
        before_clipping=course.of_gradients,
    )[2]
    assert norms[0].item() == pytest.approx(gradient.norm().item(), rel=1e-4)


def test_dead_classes_are_those_whose_score_never_changes() -> None:
    logits = torch.tensor([[0.0, 1.0, 5.0], [0.0, 2.0, 5.0], [0.0, 1.0, 5.0]])
    assert dead_classes(logits) == 2
    assert dead_classes(torch.full((3, 2), torch.nan)) == 0


def test_a_relu_before_the_pooling_can_make_classes_dead() -> None:
    """NiN whose last convolution has negative biases for three classes and no other weights for them."""
    model = archs.create("nin", image_size=28).eval()
    last = [module for module in model.modules() if isinstance(module, nn.Conv2d)][-1]
    with torch.no_grad():
        last.weight[:3] = 0
        last.bias[:3] = -1  # type: ignore[index]
        last.bias[3:] = 1  # type: ignore[index]
        logits = model(torch.randn(4, 1, 28, 28))
    assert dead_classes(logits) == 3


def test_a_stopped_run_ends_in_the_same_record(tmp_path: Path) -> None:
    settings = {"checks_per_epoch": 2}
    expected = convergence(made_up.run(training=settings))
    checkpoint = tmp_path / "run.pt"
    for _ in range(2):
        with pytest.raises(OutOfTime):
            convergence(
                made_up.run(training=settings, checkpoint=checkpoint, around=Surroundings(out_of_time=lambda: True))
            )
    found = convergence(made_up.run(training=settings, checkpoint=checkpoint))
    assert without_seconds(found) == without_seconds(expected)
    assert [check.seconds for check in found.checks] == sorted(check.seconds for check in found.checks)
    assert [check.step for check in found.checks].count(0) == 1


def test_a_run_that_diverges_is_recorded_as_far_as_it_came() -> None:
    found = convergence(made_up.run(training={"learning_rate": 1e38, "checks_per_epoch": 2}))
    assert found.outcome == "diverged"
    assert [check.step for check in found.checks] == [0, 3, 6]
    assert found.checks[-1].held_out_loss is None


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_gradients_are_kept_without_waiting_for_the_device() -> None:
    gpu = Target("cuda", "cuda:0", "test")
    model = archs.create("nin", image_size=28).to(gpu.device)
    optimiser = torch.optim.AdamW(model.parameters(), fused=True)
    x, y = torch.randn(8, 1, 28, 28, device=gpu.device), torch.zeros(8, dtype=torch.int64, device=gpu.device)
    course = Course(ends(model, x[:1]), steps_per_epoch=3, epochs=1, checks_per_epoch=1)
    model.train()
    try:
        for step in (1, 2, 3):
            *_, norms = training_step(
                model, optimiser, x, y, target=gpu, precision="bf16", clip_norm=1.0, before_clipping=course.of_gradients
            )
            course.gradients(step, norms)
            torch.cuda.set_sync_debug_mode("error")
    finally:
        torch.cuda.set_sync_debug_mode("default")
    assert len(course._unread) == 3
