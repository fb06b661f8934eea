"""Names, sizes and errors of the registry."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import pytest
import torch
from conftest import Spoken
from texts import ROOT
from torch import nn

import archs
from archs import registry
from archs.names import unknown


def test_the_five_and_their_relatives_are_listed_at_both_sizes() -> None:
    names = {spec.name for spec in archs.list_archs()}
    assert names >= {*archs.FIVE, "vgg11", "vgg13", "vgg19", "vgg16-bn", "alexnet-torchvision", "googlenet-torchvision"}
    elsewhere = [spec.name for spec in archs.list_archs() if spec.image_sizes != (28, 224) and spec.kind != "listing"]
    assert elsewhere == ["nin-3x3-stem"]


def test_a_family_can_be_listed() -> None:
    published = archs.list_archs("vgg", kind="published")
    assert [spec.name for spec in published] == ["vgg11", "vgg13", "vgg16", "vgg19", "vgg16-bn"]
    assert {spec.family for spec in archs.list_archs("nin")} == {"nin"}
    assert {spec.kind for spec in archs.list_archs(kind="ablation")} == {"ablation"}
    assert "doc001-nin28" not in [spec.name for spec in archs.list_archs(image_size=224)]
    with pytest.raises(archs.ArchError, match="did you mean 'vgg'"):
        archs.list_archs("vg")
    with pytest.raises(archs.ArchError, match="did you mean 'ablation'"):
        archs.list_archs(kind="ablations")
    with pytest.raises(archs.ArchError, match="no network is listed for: lenet listing"):
        archs.list_archs("lenet", kind="listing")


def test_listing_imports_no_torch() -> None:
    code = "import sys, archs; archs.list_archs(); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_an_unknown_name_gets_the_closest_and_where_all_are_listed() -> None:
    with pytest.raises(archs.ArchError, match="did you mean 'googlenet'") as caught:
        archs.create("googelnet")
    assert f"`bench list` lists all {len(archs.list_archs())}" in str(caught.value)
    assert len(str(caught.value)) < 160


def test_few_names_are_all_told_and_case_hides_none() -> None:
    said = unknown("no claim is called", "d0-111", ["D0-11", "D4-1"], listed_by="`bench claims`")
    assert said == "no claim is called 'd0-111'; did you mean 'D0-11'? There are: D0-11, D4-1"
    assert "`bench claims` lists all 116" in unknown("no claim", "x", map(str, range(116)), listed_by="`bench claims`")


def test_an_undefined_size_names_those_that_are() -> None:
    with pytest.raises(archs.ArchError, match=r"nin is defined at image sizes 28 and 224, not 32; the closest is 28"):
        archs.create("nin", image_size=32)


@pytest.mark.parametrize("argument", ["in_channels", "num_classes", "image_size"])
def test_counts_below_one_are_refused(argument: str) -> None:
    with pytest.raises(archs.ArchError, match=f"{argument} must be a whole number"):
        archs.create("nin", **{argument: 0})


def test_a_taken_name_is_refused() -> None:
    with pytest.raises(archs.ArchError, match="'nin' is registered already"):
        archs.register(archs.get_spec("nin"))
    with pytest.raises(archs.ArchError, match="torchvision's"):
        archs.register(registry.replace(archs.get_spec("nin"), name="torchvision/nin"))


@pytest.mark.parametrize(("name", "size"), [("resnet18", 28), ("mobilenet_v3_small", 64), ("vit_b_16", 224)])
def test_torchvision_classifiers_answer_to_their_names(name: str, size: int) -> None:
    with torch.device("meta"):
        network = archs.create(f"torchvision/{name}", in_channels=1, num_classes=10, image_size=size)
        if name != "vit_b_16":  # its patch projection is the first convolution all the same
            assert next(m for m in network.modules() if isinstance(m, nn.Conv2d)).in_channels == 1
        assert network.eval()(torch.zeros(1, 1, size, size)).shape == (1, 10)


def test_torchvision_errors_are_one_line() -> None:
    with pytest.raises(archs.ArchError, match="did you mean torchvision/resnet18"):
        archs.create("torchvision/resnet_18")
    with pytest.raises(archs.ArchError, match="cannot take 28-pixel images"):
        archs.create("torchvision/alexnet", image_size=28)


def small_network(*, in_channels: int, num_classes: int, image_size: int) -> nn.Module:
    return nn.Sequential(nn.Flatten(), nn.Linear(in_channels * image_size**2, num_classes))


def test_an_entry_point_adds_a_users_network(monkeypatch: pytest.MonkeyPatch) -> None:
    point = metadata.EntryPoint("mine", f"{__name__}:small_network", registry.ENTRY_POINT_GROUP)
    monkeypatch.setattr(registry, "_entry_points", lambda: {"mine": point})
    assert archs.list_archs()[-1].name == "mine"
    assert archs.get_spec("mine").family == "plug-in"
    logits = archs.create("mine", image_size=12)(torch.zeros(2, 1, 12, 12))
    assert logits.shape == (2, 10)


def test_the_tests_leave_out_the_networks_of_whoever_runs_them(tmp_path: Path) -> None:
    about = tmp_path / "mine-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: mine\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(f"[{registry.ENTRY_POINT_GROUP}]\nmy-net = mine:my_net\n")
    beside = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(tmp_path)])}

    def said(*arguments: str) -> str:
        command = [sys.executable, *arguments]
        return subprocess.run(command, cwd=ROOT, env=beside, capture_output=True, text=True, check=True).stdout

    assert "my-net" in said("-c", "import archs; print(archs.list_archs(kind='plug-in'))")
    collected = said("-m", "pytest", "--collect-only", "-q", "tests/test_networks.py")
    assert "[nin]" in collected
    assert "my-net" not in collected


def test_an_entry_point_that_cannot_be_imported_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    point = metadata.EntryPoint("broken", "no_such_module:build", registry.ENTRY_POINT_GROUP)
    monkeypatch.setattr(registry, "_entry_points", lambda: {"broken": point})
    with pytest.raises(archs.ArchError, match=r"broken cannot be built: .*no_such_module"):
        archs.create("broken")


def _raises(**sizes: int) -> nn.Module:
    raise RuntimeError("it is not finished\nsecond line")


def _takes_other_keywords(channels: int) -> nn.Module:
    return nn.Linear(channels, 1)


def _returns_nothing(**sizes: int) -> None:
    return None


@pytest.mark.parametrize(
    ("builder", "said"),
    [
        (_raises, "RuntimeError: it is not finished"),
        (_takes_other_keywords, r"TypeError: _takes_other_keywords\(\) got an unexpected keyword argument"),
        (_returns_nothing, "a NoneType, not an nn.Module"),
    ],
)
def test_a_users_builder_that_fails_is_one_line(
    monkeypatch: pytest.MonkeyPatch, builder: Callable[..., object], said: str
) -> None:
    point = metadata.EntryPoint("mine", f"{__name__}:{builder.__name__}", registry.ENTRY_POINT_GROUP)
    monkeypatch.setattr(registry, "_entry_points", lambda: {"mine": point})
    with pytest.raises(archs.ArchError, match=f"mine cannot be built: .*{builder.__name__} gave {said}") as caught:
        archs.create("mine")
    assert "\n" not in str(caught.value)


def _takes_three_pixels(**sizes: int) -> nn.Module:
    return nn.Linear(3, 10)


@pytest.mark.parametrize("command", ["show", "profile"])
def test_a_users_network_that_fails_on_an_image_is_one_line(
    bench: Callable[..., Spoken], monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    point = metadata.EntryPoint("mine", f"{__name__}:_takes_three_pixels", registry.ENTRY_POINT_GROUP)
    monkeypatch.setattr(registry, "_entry_points", lambda: {"mine": point})
    spoken = bench(command, "mine", "--image-size", "28")
    assert (spoken.code, spoken.out) == (2, "")
    (line,) = spoken.err.strip().splitlines()
    assert line.startswith("bench: mine fails ")
    assert "RuntimeError" in line
