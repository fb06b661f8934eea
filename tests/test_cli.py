"""The commands: what they print, and that bad input is one clear line with exit code 2."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import factories
import pytest
from conftest import Spoken

import archs
from bench import store
from bench.arguments import names, parse_duration, spread
from bench.errors import UserError

Bench = Callable[..., Spoken]


def refused(spoken: Spoken) -> str:
    """The one line that bad input gets."""
    assert spoken.code == 2
    assert spoken.out == ""
    (line,) = spoken.err.strip().splitlines()
    assert line.startswith("bench: ")
    return line


def test_several_names_after_one_flag() -> None:
    assert spread(["run", "--arch", "nin", "vgg16", "--device", "cuda"]) == [
        *("run", "--arch", "nin", "--arch", "vgg16", "--device", "cuda")
    ]
    assert spread(["run", "--arch", "a", "--arch", "b", "c"]) == ["run", "--arch", "a", "--arch", "b", "--arch", "c"]
    assert spread(["run", "--arch=a", "--seeds", "3"]) == ["run", "--arch=a", "--seeds", "3"]
    assert spread(["show", "nin"]) == ["show", "nin"]


@pytest.mark.parametrize(
    "values", [["nin", "vgg16"], ["nin,vgg16"], ["nin, vgg16"], ["nin vgg16,"], [" nin", ",vgg16"]]
)
def test_names_have_spaces_or_commas_between_them(values: list[str]) -> None:
    assert names(values) == ["nin", "vgg16"]


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("90s", 90), ("9m", 540), ("2h", 7200), ("1h30m", 5400), ("1.5h", 5400)]
)
def test_durations(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "soon", "0", "-3m", "9 minutes"])
def test_no_durations(text: str) -> None:
    with pytest.raises(UserError, match="takes a time such as"):
        parse_duration(text)


def test_what_breaks_while_a_command_is_stopped_is_no_error_of_its_own(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def stopped_half_way(*arguments: object) -> None:
        try:
            raise KeyboardInterrupt
        finally:
            raise AttributeError("of a pool that was not up yet")

    def broken(*arguments: object) -> None:
        raise AttributeError("a mistake")

    monkeypatch.setattr(store, "load", stopped_half_way)
    assert bench("claims", "--results", str(tmp_path)).code == 130
    monkeypatch.setattr(store, "load", broken)
    with pytest.raises(AttributeError, match="a mistake"):
        bench("claims", "--results", str(tmp_path))


def test_help_names_every_command(bench: Bench) -> None:
    spoken = bench("--help")
    assert spoken.code == 0
    for command in ("run", "report", "list", "show", "profile", "audit", "data", "doctor"):
        assert f"  {command} " in spoken.out


def test_list_is_a_table_or_json(bench: Bench) -> None:
    assert "1.98 M" in bench("list").out  # NiN's parameters at 28 pixels
    listed = json.loads(bench("list", "--json").out)
    assert [entry["name"] for entry in listed][:3] == ["lenet", "alexnet", "alexnet-torchvision"]
    nin = next(entry for entry in listed if entry["name"] == "nin")
    assert nin["counts"]["224"]["parameters"] == 1_992_166
    published = json.loads(bench("list", "--family", "nin", "--kind", "published", "--json").out)
    assert [entry["name"] for entry in published] == ["nin"]
    changed = {entry["name"]: entry for entry in json.loads(bench("list", "--kind", "ablation", "--json").out)}
    assert (changed["nin-no1x1"]["parent"], changed["nin-no1x1"]["change"]) == ("nin", "no 1x1 layer in any block")


def test_list_says_where_each_network_comes_from(bench: Bench) -> None:
    out = bench("list").out
    assert "document 000, TensorFlow listing" in out
    assert "no 1x1 layer in any block" in out
    assert "doc001-nin28" not in bench("list", "--image-size", 224).out


def test_a_narrow_terminal_keeps_the_numbers(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    line = next(line for line in bench("list").out.splitlines() if "googlenet-no-reductions-params" in line)
    assert line.split() == ["googlenet-no-reductions-params", "6.00", "M", "6.00", "M", "99.5", "M", "1.42", "G"]


def test_show_as_json_holds_what_the_design_says(bench: Bench) -> None:
    shown = json.loads(bench("show", "nin", "--json").out)
    assert set(shown) == {"name", "image_size", "in_channels", "num_classes", "parameters", "macs", "layers"}
    assert set(shown["layers"][0]) == {"name", "type", "output_shape", "parameters", "macs"}
    assert sum(layer["parameters"] for layer in shown["layers"]) == shown["parameters"] == 1_992_166
    assert shown["layers"][0]["output_shape"] == [96, 54, 54]
    wider = json.loads(bench("show", "nin", "--image-size", 28, "--in-channels", 3, "--num-classes", 100, "--json").out)
    assert (wider["image_size"], wider["in_channels"], wider["num_classes"]) == (28, 3, 100)
    assert wider["layers"][-1]["output_shape"] == [100]


def test_show_prints_layers_and_both_units(bench: Bench) -> None:
    out = bench("show", "nin").out
    assert "arXiv:1312.4400" in out
    assert "762,297,352" in out
    assert f"{2 * 762_297_352:,}" in out


def test_show_tells_each_activation_with_its_layer(bench: Bench) -> None:
    out = bench("show", "nin").out
    assert "Conv2d 11x11, stride 4, ReLU" in out
    assert not [line for line in out.splitlines() if line.split()[1:2] == ["ReLU"]]


def test_show_diff_prints_what_an_ablation_changes(bench: Bench) -> None:
    out = bench("show", "nin-linear1x1", "--diff", "nin").out
    changed = [line for line in out.splitlines() if line.strip().startswith("~")]
    assert len(changed) == 8  # two ReLUs in each of four blocks
    assert all("ReLU → Conv2d" in line for line in changed)
    assert "held equal: the widths" in out


def test_output_that_lacks_a_character_has_a_question_mark_for_it() -> None:
    command = [sys.executable, "-m", "bench", "show", "nin-linear1x1", "--diff", "nin"]
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    done = subprocess.run(command, env=environment, capture_output=True, encoding="ascii", check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "ReLU ? Conv2d" in done.stdout


def test_show_diff_as_json(bench: Bench) -> None:
    shown = json.loads(bench("show", "nin-one1x1", "--diff", "nin", "--json").out)
    assert shown["parent"] == "nin"
    assert [one["change"] for one in shown["differences"]] == ["removed"] * 4
    assert all(one["parent"]["type"] == "Conv2d" and one["own"] is None for one in shown["differences"])
    lost = sum(one["parent"]["parameters"] for one in shown["differences"])
    assert shown["parameters"] == {"parent": 1_992_166, "own": 1_992_166 - lost}


def test_parameters_of_training_alone_are_told(bench: Bench) -> None:
    assert "are in layers used in training alone" in bench("show", "googlenet-aux").out
    assert "are in layers used in training alone" not in bench("show", "googlenet").out
    told = bench("show", "googlenet-aux-bn", "--diff", "googlenet-bn").out
    assert "Of the parameters of googlenet-aux-bn 4,350,484 are in layers used in training alone" in told


def test_show_tells_what_attention_multiplies_outside_of_layers(bench: Bench) -> None:
    tokens = (32 // 16) ** 2 + 1
    products = 12 * 2 * tokens**2 * 768
    out = bench("show", "torchvision/vit_b_16", "--image-size", 32).out
    assert f"Products outside of layers, as in attention, are not among them: {products:,} MACs more." in out
    assert "used in training alone" not in out
    assert "outside of layers" not in bench("show", "nin").out
    document = json.loads(bench("show", "torchvision/vit_b_16", "--image-size", 32, "--json").out)
    assert document["products_outside_layers"] == products


def test_a_network_of_torchvision_that_cannot_be_counted_is_one_line(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bench.measure import complexity

    monkeypatch.setattr(complexity, "_from_dispatcher", lambda model, image: (1, 0))
    line = refused(bench("show", "torchvision/resnet18", "--image-size", 32))
    assert "torchvision/resnet18 fails on an image of 1x32x32: CountsDisagree: multiply-accumulates disagree" in line


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "--arch", "nni"], "no network is called 'nni'; did you mean 'nin'?"),
        (["run", "--arch", "torchvision/resnet19"], "did you mean torchvision/resnet1"),
        (["run", "--protocol", "quik"], "no protocol is called 'quik'; did you mean 'quick'?"),
        (["run", "--measure", "accurracy"], "did you mean 'accuracy'?"),
        (["run", "--device", "gpu"], "no device is called 'gpu'; there are: auto, cpu, cuda, cuda:N, mps"),
        (["run", "--batch-size", "0"], "--batch-size"),
        (["run", "--batch-size", "1000000"], "is more than the 2560 training images of quick"),
        (["run", "--seeds", "0"], "--seeds"),
        (
            ["run", "--arch", "lenet", "--protocol", "smoke", "--measure", "complexity", "memory", "--seeds", "3"],
            "--seeds sets how often a network trains, which makes no difference to complexity and memory; leave it out",
        ),
        (["run", "--measure", "complexity", "--batch-size", "3"], "--batch-size sets the batch of training and of its"),
        (["run", "--time-budget", "soon"], "takes a time such as 90s, 9m or 2h, not 'soon'"),
        (["run", "--precision", "fp12"], "fp12"),
        (["run", "--arhc", "nin"], "did you mean --arch?"),
        (["run", "nin"], "did you mean --arch nin? (see bench run --help)"),
        (["tune", "nin", "vgg16"], "did you mean --arch nin vgg16?"),
        (["show", "nin", "vgg16"], "unexpected extra argument(s) (vgg16)"),
        (["run", "--arch", ""], "a name was expected, not ''; give one, or leave it out"),
        (["list", "--image-size", "0"], "no network is listed for: 0 px; "),
        (["claims", "foo"], "no claim is called 'foo'"),
        (["claims", "D0-11", "--topic", "speed"], "no claim is listed for: D0-11, topic speed; `bench claims` shows"),
        (["claims", "--topic", "history", "--document", "003", "D0-1"], "for: D0-1, topic history, document 003; "),
        (["claims", "--check", "--json"], "--check prints lines and no JSON; leave out --json or --check"),
        (["claims", "--check", "--save"], "give one of them alone"),
        (["cite", "--check", "--json"], "--check prints lines and no JSON"),
        (["cite", "--write", "--json"], "--write prints lines and no JSON"),
        (["run", "--for-claim", "D0-14", "--arch", "nin"], "--for-claim takes no --arch, which the claims decide"),
        (["run", "--for-claim", "D0-14", "--protocol", "quick"], "--for-claim takes no --protocol"),
        (["run", "--for-claim", "D0-14", "--batch-size", "8"], "--for-claim takes no --batch-size"),
        (["shwo", "nin"], "'show'"),
        (["show", "nin", "--image-size", "100"], "defined at image sizes 28 and 224, not 100"),
        (["show", "nin", "--num-classes", "0"], "num_classes must be"),
        (["show", "torchvision/alexnet", "--image-size", "28"], "cannot take 28-pixel images"),
        (["show", "nin", "--diff", "alexent"], "did you mean 'alexnet'"),
        (["list", "--family", "vg"], "did you mean 'vgg'?"),
        (["list", "--kind", "listings"], "did you mean 'listing'?"),
        (["list", "--family", "nin", "--kind", "plug-in"], "no kind is called 'plug-in'"),
    ],
    ids=lambda value: "-".join(value[-2:]) if isinstance(value, list) else "",
)
def test_bad_input_is_one_line_and_writes_nothing(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert said in refused(bench(*arguments))
    assert list(tmp_path.iterdir()) == []


def test_cuda_where_there_is_none(bench: Bench, tmp_path: Path) -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("there is one")
    line = refused(bench("run", "--arch", "nin", "vgg16", "--device", "cuda", "--results", tmp_path / "results"))
    assert "device cuda is not available" in line
    assert "use --device cpu" in line
    assert list(tmp_path.iterdir()) == []


def test_a_results_folder_that_cannot_be_written(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    spoken = bench("run", "--arch", "lenet", "--measure", "complexity", "--results", tmp_path / "file" / "results")
    assert "cannot be written" in refused(spoken)
    assert (tmp_path / "file").read_text() == "mine"


def test_a_report_without_records_says_how_to_get_some(bench: Bench, tmp_path: Path) -> None:
    line = refused(bench("report", "--results", tmp_path / "none", "--out", tmp_path / "out"))
    assert "measure some with `bench run`" in line
    assert not (tmp_path / "out").exists()


def test_a_report_goes_on_past_a_damaged_record_and_leaves_with_2(bench: Bench, tmp_path: Path) -> None:
    for record in factories.full_run(["lenet", "nin"]):
        store.save(tmp_path, record)
    broken = tmp_path / "records" / "memory" / "nin-28-broken.json"
    broken.write_text("{")
    spoken = bench("report", "--results", tmp_path, "--out", tmp_path / "out")
    assert spoken.code == 2
    (line,) = spoken.err.strip().splitlines()
    assert f"{broken} is not used: it is not whole JSON" in line
    assert "nin-28-broken.json" in (tmp_path / "out" / "index.html").read_text()
    assert broken.read_text() == "{"


def test_missing_data_is_refused_before_anything_is_measured(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    results = tmp_path / "results"
    spoken = bench("run", "--arch", "lenet", "--data-dir", tmp_path / "empty", "--results", results)
    assert "apt-get install dataset-fashion-mnist" in refused(spoken)
    assert not results.exists()


def test_every_network_has_a_closest_name_within_one_slip() -> None:
    for spec in archs.list_archs():
        with pytest.raises(archs.ArchError, match=f"did you mean '{spec.name}'"):
            archs.get_spec(spec.name + "x")


def test_doctor_says_what_a_run_would_find(bench: Bench, tmp_path: Path) -> None:
    spoken = bench("doctor", "--results", tmp_path)
    for subject in ("python", "processor", "torch", "device cpu", "Fashion-MNIST", "results"):
        assert subject in spoken.out


def test_doctor_finds_a_device_that_cannot_train(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*about: object, **more: object) -> None:
        raise RuntimeError("no kernel image is available for execution on the device")

    monkeypatch.setattr("torch.nn.functional.conv2d", fails)
    spoken = bench("doctor", "--results", tmp_path)
    assert spoken.code == 1
    (line,) = [" ".join(line.split()) for line in spoken.out.splitlines() if line.startswith("NO")]
    assert line.startswith("NO device cpu")
    assert "a training step fails on it: no kernel image is available" in " ".join(spoken.out.split())


def test_doctor_finds_what_is_in_the_way(bench: Bench, tmp_path: Path) -> None:
    spoken = bench("doctor", "--results", tmp_path, "--data-dir", tmp_path)
    assert spoken.code == 1
    (line,) = [line for line in spoken.out.splitlines() if line.startswith("NO")]
    assert "Fashion-MNIST" in line
    told = json.loads(bench("doctor", "--results", tmp_path, "--data-dir", tmp_path, "--json").out)
    assert [finding["subject"] for finding in told if not finding["good"]] == ["Fashion-MNIST"]


def test_claims_of_a_results_folder_that_is_a_file(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "is a file; name a folder" in refused(bench("claims", "--results", tmp_path / "file"))


def test_a_report_of_one_record_counts_it_in_the_singular(bench: Bench, tmp_path: Path) -> None:
    store.save(tmp_path, factories.complexity("nin"))
    spoken = bench("report", "--results", tmp_path, "--out", tmp_path / "out")
    assert spoken.out.startswith("1 record, rendered to ")


def test_a_results_folder_that_is_not_there_decides_no_claim(bench: Bench, tmp_path: Path) -> None:
    spoken = bench("claims", "--results", tmp_path / "typo")
    assert "there is no results folder" in refused(spoken)
    assert f"{tmp_path / 'typo'} does not exist yet" in " ".join(
        bench("doctor", "--results", tmp_path / "typo").out.split()
    )
