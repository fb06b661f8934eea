"""The experiment on the branches of Inception modules, on made-up images."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import made_up
import pytest
import torch
from conftest import Spoken
from made_up import CPU
from torch import Tensor, nn

import archs
from bench.errors import UserError
from bench.measure.accuracy import measure_accuracy
from bench.measure.experiments.branches import branches, inception_modules, silenced
from bench.measure.splits import training_split
from bench.plan import make_plan
from bench.progress import Surroundings
from bench.protocols import get_protocol
from bench.records import Device


@pytest.fixture(autouse=True)
def _networks(monkeypatch: pytest.MonkeyPatch) -> None:
    made_up.register(monkeypatch)


def test_a_branch_is_worth_what_the_layer_after_it_makes_of_its_channels() -> None:
    """The same training, and then zeros in those columns of the linear layer that a branch's channels go to."""
    run = made_up.run("forked")
    found = branches(run)
    model = run.network()
    run.train(model, *training_split(run.data, run.protocol, CPU))
    linear = model[2]  # type: ignore[index]
    whole = linear.weight.detach().clone()
    pixels = 28 * 28
    columns = {"rows": slice(0, 3 * pixels), "pixels": slice(3 * pixels, 5 * pixels)}
    expected = []
    for branch, silent in columns.items():
        with torch.no_grad():
            linear.weight.copy_(whole)
            linear.weight[:, silent] = 0
        expected.append(("0", branch, pytest.approx(accuracy(model, run.data.test_images, run.data.test_labels))))
    assert [(drop.module, drop.branch, drop.accuracy) for drop in found.drops] == expected
    assert len({drop.accuracy for drop in found.drops} | {found.accuracy}) > 1


def accuracy(model: nn.Module, images: Tensor, labels: Tensor) -> float:
    from bench.data import MEAN, STD

    x = (images[:, None] / 255 - MEAN) / STD
    return (model.eval()(x).argmax(1) == labels).double().mean().item()


def test_it_trains_as_for_accuracy() -> None:
    trained, _ = measure_accuracy(made_up.run("forked"))
    found = branches(made_up.run("forked"))
    assert found.accuracy == trained.test_accuracy
    assert (found.outcome, found.peak_learning_rate) == (trained.outcome, trained.peak_learning_rate)
    assert found.test_images == trained.test_images == 40


def test_a_branch_of_googlenet_taken_out_by_its_weights() -> None:
    """Zero weights and biases of a branch's last convolution, and its ReLU, make zeros too."""
    torch.manual_seed(0)
    model = archs.create("googlenet", image_size=28).eval()
    modules, images = inception_modules(model), torch.randn(2, 1, 28, 28)
    assert list(modules) == ["3a", "3b", "4a", "4b", "4c", "4d", "4e", "5a", "5b"]
    branch = modules["4c"]["five"]
    with torch.inference_mode():
        before = model(images)
        with silenced(branch):
            without = model(images)
        assert torch.equal(model(images), before)
        last = [module for module in branch.modules() if isinstance(module, nn.Conv2d)][-1]
        last.weight.zero_()
        last.bias.zero_()  # type: ignore[union-attr]
        torch.testing.assert_close(without, model(images))
    assert not torch.allclose(without, before)


def test_all_googlenets_of_this_project_have_modules_and_others_do_not() -> None:
    with torch.device("meta"):
        for spec in archs.list_archs(image_size=28):
            own = spec.name.startswith("googlenet") or spec.name == "doc003-simplegooglenet"
            assert bool(inception_modules(archs.create(spec.name, image_size=28))) == own, spec.name


def test_networks_without_branches_are_refused_before_anything_is_trained(
    tmp_path: Path, bench: Callable[..., Spoken]
) -> None:
    protocol, device = get_protocol("branches28"), Device(type="cpu", model="Processor")
    arguments = {"seeds": 1, "device": device, "precision": "fp32"}
    with pytest.raises(UserError, match="no branches to silence in lenet and nin"):
        make_plan(["lenet", "googlenet", "nin"], protocol, ["branches"], **arguments)  # type: ignore[arg-type]
    assert len(make_plan(["googlenet"], protocol, ["branches"], **arguments)) == 1  # type: ignore[arg-type]
    with pytest.raises(UserError, match="no branches to silence in flat"):
        branches(made_up.run("flat", around=Surroundings(out_of_time=pytest.fail)))
    spoken = bench("run", "--arch", "nin", "--protocol", "smoke", "--measure", "branches", "--results", tmp_path)
    assert spoken.code == 2
    assert "no branches to silence in nin" in spoken.err
    assert not list(tmp_path.rglob("*.json"))
