"""The recipes of published sources: each does what the source prints, step by step."""

from __future__ import annotations

from dataclasses import asdict, replace

import pytest
import torch
from made_up import run
from torch import nn

from bench.batches import Images
from bench.device import Target
from bench.measure.splits import split
from bench.protocols import PROTOCOLS, get_protocol
from bench.protocols.settings import as_ever
from bench.train import fit

CPU = Target("cpu", "cpu", "test")


def images(*, standardise: bool) -> Images:
    generator = torch.Generator().manual_seed(0)
    pixels = torch.randint(0, 256, (96, 28, 28), generator=generator, dtype=torch.uint8)
    labels = torch.randint(0, 10, (96,), generator=generator)
    return Images(pixels, labels, device=CPU.device, image_size=28, standardise=standardise)


def linear() -> nn.Module:
    torch.manual_seed(3)
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 10))


@pytest.mark.parametrize(
    ("name", "arch", "step"),
    [
        # Plain gradient descent: a weight moves by the rate times its gradient, whatever the step.
        ("published-d2l28", "lenet", lambda weight, gradient: weight - 0.9 * gradient),
        # Adam's first step divides the gradient by its own size: each weight moves by the rate.
        ("published-001", "lenet", lambda weight, gradient: weight - 1e-3 * gradient / (gradient.abs() + 1e-8)),
    ],
)
def test_a_first_step_is_the_one_that_the_recipe_makes(name: str, arch: str, step: object) -> None:
    settings = replace(get_protocol(name).training, epochs=1, batch_size=96)
    train, model, reference = images(standardise=False), linear(), linear()
    x, y = train.batch(torch.arange(96))
    nn.functional.cross_entropy(reference(x), y).backward()
    fit(
        model, train, train, settings, target=CPU, precision="fp32",
        peak_learning_rate=settings.peak_learning_rate(arch, arch), seed=0,
    )  # fmt: skip
    for moved, held in zip(model.parameters(), reference.parameters(), strict=True):
        assert held.grad is not None
        torch.testing.assert_close(moved.detach(), step(held.detach(), held.grad), rtol=1e-4, atol=1e-6)  # type: ignore[operator]


def test_the_rate_stays_where_the_recipe_has_it() -> None:
    settings = replace(get_protocol("published-001").training, epochs=2, batch_size=32)
    progress = fit(
        linear(), images(standardise=False), images(standardise=False), settings,
        target=CPU, precision="fp32", peak_learning_rate=1e-3, seed=0,
    )  # fmt: skip
    assert [epoch.learning_rate for epoch in progress.epochs] == [1e-3, 1e-3]


def test_pixels_lie_between_nought_and_one() -> None:
    stored = images(standardise=False)
    batch, _ = stored.batch(torch.arange(96))
    torch.testing.assert_close(batch[:, 0], stored.images / 255)
    assert stored.some(torch.arange(3)).batch(torch.arange(3))[0].min() >= 0
    for part in split(run().data, get_protocol("published-001"), CPU):
        assert not part.standardise
    assert split(run().data, get_protocol("budget28"), CPU)[0].standardise


def test_weights_begin_within_the_bounds_of_glorot_and_bengio() -> None:
    """Uniform between plus and minus sqrt(6 / (fan in + fan out)), biases zero."""
    network = run(arch="doc001-nin28", training={"initialisation": "xavier"}).network()
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d):
            area = layer.kernel_size[0] * layer.kernel_size[1]
            bound = (6 / (area * (layer.in_channels + layer.out_channels))) ** 0.5
            assert 0.9 * bound < layer.weight.abs().max() <= bound
            assert layer.bias is not None
            assert not layer.bias.any()


def test_settings_that_came_later_leave_older_protocols_as_they_were() -> None:
    later = {"optimiser", "schedule", "initialisation", "pixels"}
    for protocol in PROTOCOLS.values():
        told = set(as_ever(asdict(protocol))["training"])
        assert bool(later & told) == protocol.name.startswith("published"), protocol.name
