"""Throughput beside the device's ceilings: warm-up, engines, energy, ranks, utilisation and the roofline."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import factories
import pytest
import torch
from torch import Tensor, nn

from bench.device import Target, unsupported
from bench.measure import cases, engines
from bench.measure.cases import Case, Conditions, available
from bench.measure.engines import Variants
from bench.measure.power import PowerMeter
from bench.measure.steps import Inputs, step_for
from bench.protocols import Timing
from bench.records import Record, Throughput
from bench.report import speeds
from bench.report.figures.roofline import roofline_table
from bench.report.frames import to_frames
from bench.report.sections import sections
from bench.report.speed_layout import THROUGHPUT

CPU = Target("cpu", "cpu", "test")
CONDITIONS = Conditions(image_shape=(1, 28, 28), num_classes=10, target=CPU, precision="fp32")


def network() -> nn.Module:
    return nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 26**2, 10)).to(
        memory_format=torch.channels_last
    )


# Engines and precisions


def logits(engine: Any, model: nn.Module) -> tuple[Tensor, Tensor]:
    """Of three images, by the engine and by the network itself."""
    if reason := engines.missing(engine, CPU, "fp32"):
        pytest.skip(reason)
    inputs, case = Inputs(CONDITIONS), Case("inference", engine, "fp32", 3)
    step, images = step_for(case, Variants(model), inputs), inputs.images(case)
    step.ready()
    found: Any = step.run()
    with torch.no_grad():
        return torch.as_tensor(found if isinstance(found, Tensor) else found[0]), model.eval()(images)


@pytest.mark.parametrize("engine", ["eager", "contiguous", "onnxruntime", "openvino"])
def test_every_engine_gives_the_same_logits(engine: Any) -> None:
    torch.testing.assert_close(*logits(engine, network()), rtol=1e-4, atol=1e-5)


def test_the_compiled_network_gives_the_same_logits() -> None:
    """Of one kernel: what a compiler takes is mostly for its headers."""
    smallest = nn.Sequential(nn.Flatten(), nn.Linear(28**2, 10), nn.ReLU())
    torch.testing.assert_close(*logits("compiled", smallest), rtol=1e-4, atol=1e-5)


def test_engines_share_weights_but_for_the_layout() -> None:
    variants = Variants(network())
    assert variants.module("eager") is variants.model
    compiled: Any = variants.module("compiled")
    assert compiled.model is variants.model
    assert variants.module("contiguous") is variants.module("contiguous")
    weight = variants.module("contiguous").get_parameter("0.weight")
    assert weight.is_contiguous()
    assert weight is not variants.model.get_parameter("0.weight")


def test_what_is_not_here_is_left_out_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "find_spec", lambda name: None)
    monkeypatch.setattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", lambda: False, raising=False)
    timing = Timing(
        inference_batches=(1,),
        training_batches=(2,),
        engines=("eager", "openvino"),
        precisions=("fp32", "tf32", "bf16"),
    )
    found, left_out = available(timing, CONDITIONS)
    assert found == [Case("training", "eager", "fp32", 2), Case("inference", "eager", "fp32", 1)]
    assert left_out == (
        "openvino in fp32: openvino not installed",
        "tf32: only NVIDIA GPUs since Ampere have it",
        "bf16: this processor only emulates it",
    )


def test_the_runs_own_precision_is_timed_once() -> None:
    timing = Timing(inference_batches=(1,), training_batches=(), precisions=("auto", "fp32"))
    assert available(timing, CONDITIONS) == ([Case("inference", "eager", "fp32", 1)], ())


def test_fp16_is_timed_in_inference_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cases, "unsupported", lambda target, precision: None)
    timing = Timing(inference_batches=(1,), training_batches=(2,), precisions=("fp16",))
    assert [case.mode for case in available(timing, CONDITIONS)[0]] == ["inference"]


def test_fp32_is_everywhere() -> None:
    assert unsupported(CPU, "fp32") is None
    assert unsupported(Target("mps", "mps", "test"), "bf16") is not None


# The device itself


class FakeNvml:
    """A GPU that uses 3 J between any two readings and does not tell its clock."""

    NVML_CLOCK_SM, NVML_TEMPERATURE_GPU = 1, 0

    class NVMLError(Exception):
        pass

    def __init__(self) -> None:
        self.millijoules = 0

    def nvmlInit(self) -> None:  # noqa: N802
        pass

    def nvmlDeviceGetHandleByUUID(self, uuid: str) -> str:  # noqa: N802
        return uuid

    def nvmlDeviceGetTotalEnergyConsumption(self, handle: str) -> int:  # noqa: N802
        self.millijoules += 3000
        return self.millijoules

    def nvmlDeviceGetPowerUsage(self, handle: str) -> int:  # noqa: N802
        return 250_000

    def nvmlDeviceGetTemperature(self, handle: str, sensor: int) -> int:  # noqa: N802
        return 61

    def nvmlDeviceGetClockInfo(self, handle: str, clock: int) -> int:  # noqa: N802
        raise self.NVMLError


def test_energy_clock_and_temperature_where_a_gpu_tells_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", FakeNvml())  # type: ignore[arg-type]
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda device: SimpleNamespace(uuid="1-2"))
    meter = PowerMeter(Target("cuda", "cuda:0", "GPU"))
    first, second = meter.joules(), meter.joules()
    assert first is not None
    assert second is not None
    assert second - first == 3.0
    state = meter.state()
    assert state is not None
    assert (state.power_watts, state.temperature_celsius, state.clock_mhz) == (250.0, 61.0, None)


def test_no_gpu_tells_nothing() -> None:
    assert PowerMeter(CPU).joules() is None
    assert PowerMeter(CPU).state() is None


# The table


def table(*records: Record) -> Any:
    """The table of records that were timed side by side."""
    frames = to_frames([beside(record, records) for record in records])
    return speeds.throughput(frames.throughput, frames.complexity)


def beside(record: Record, others: Sequence[Record]) -> Record:
    if not isinstance(record.result, Throughput):
        return record
    names = {other.arch.name for other in others if other.kind == "throughput"} - {record.arch.name}
    companions = {"companions": tuple(sorted(names))}
    return record.model_copy(update={"result": record.result.model_copy(update=companions)})


def timed(name: str, seconds: tuple[float, ...], *, requested: int = 64, batch: int = 64, **changes: Any) -> Record:
    made = factories.throughput(name, training=(), inference=(requested,), rounds=len(seconds), fits=batch)
    assert isinstance(made.result, Throughput)
    (case,) = made.result.cases
    case = case.model_copy(update={"step_seconds": seconds} | changes)
    return made.model_copy(update={"result": made.result.model_copy(update={"cases": (case,)})})


FAST, MIDDLE, SLOW = (0.010, 0.011, 0.012), (0.0115, 0.0125, 0.0135), (0.020, 0.021, 0.022)


def test_ranks_leave_room_for_networks_whose_intervals_overlap() -> None:
    found = table(timed("lenet", FAST), timed("nin", MIDDLE), timed("vgg16", SLOW))
    assert dict(zip(found["arch"], found["rank"], strict=True)) == {"lenet": 1, "nin": 1, "vgg16": 3}
    assert dict(zip(found["arch"], found["last_rank"], strict=True)) == {"lenet": 2, "nin": 2, "vgg16": 3}


def test_a_batch_that_was_cut_has_no_rank() -> None:
    found = table(timed("lenet", FAST), timed("vgg16", SLOW, requested=64, batch=32), timed("nin", SLOW))
    ranks = dict(zip(found["arch"], found["rank"].isna(), strict=True))
    assert ranks == {"lenet": False, "vgg16": True, "nin": False}


def test_several_processes_are_one_row_whose_interval_tells_how_they_differ() -> None:
    """By hand: medians of 10, 20 and 40 ms have the geometric mean 20 ms, and their logarithms are ln 2 apart."""
    processes = [
        timed("nin", (0.9 * seconds, seconds, 1.1 * seconds)).model_copy(update={"seed": seed, "key": f"key{seed}"})
        for seed, seconds in enumerate((0.010, 0.020, 0.040))
    ]
    (row,) = table(*processes).to_dict("records")
    assert (row["processes"], row["rounds"]) == (3, 9)
    assert row["step_seconds"] == pytest.approx(0.020)
    half = 4.302653 * math.log(2) / math.sqrt(3)  # Student's t for 2 degrees of freedom
    assert row["images_per_second"] == pytest.approx(64 / 0.020)
    assert row["low"] == pytest.approx(64 / 0.020 / math.exp(half), rel=1e-5)
    assert row["high"] == pytest.approx(64 / 0.020 * math.exp(half), rel=1e-5)


def test_ranks_stay_within_an_engine() -> None:
    found = table(timed("lenet", FAST), timed("nin", SLOW, engine="compiled"))
    assert list(found["rank"]) == [1, 1]


def test_utilisation_is_the_rate_of_arithmetic_over_that_of_the_matrix_product() -> None:
    macs = factories.complexity("nin").result.macs  # type: ignore[union-attr]
    found = table(timed("nin", FAST), factories.complexity("nin")).iloc[0]
    rate = 64 / 0.011
    assert found["processes"] == 1
    assert found["flops_per_second"] == pytest.approx(2 * macs * rate)
    # The made-up device does 1.05 TFLOP/s in its median round.
    assert found["utilisation"] == pytest.approx(2 * macs * rate / 1.05e12)
    assert found["device_spread"] == pytest.approx(1.1)


def test_a_training_step_is_three_forward_passes() -> None:
    inference, training = (
        table(timed("nin", FAST, mode=mode), factories.complexity("nin")).iloc[0] for mode in ("inference", "training")
    )
    assert training["flops_per_second"] == pytest.approx(3 * inference["flops_per_second"])


def test_energy_is_that_of_one_image() -> None:
    assert table(timed("nin", FAST, joules=(6.4, 6.4, 12.8))).iloc[0]["joules_per_image"] == pytest.approx(0.1)


def test_the_roofline_counts_the_least_traffic_by_hand() -> None:
    """One 1x1 convolution of 4 channels on 2x2 pixels: 16 numbers in, 16 out, 20 weights a batch."""
    from bench.measure.complexity import measure_complexity

    counts = measure_complexity(nn.Conv2d(4, 4, 1), in_channels=4, image_size=2)
    about = factories.subject("nin")
    complexity = factories.record("complexity", counts, arch=about, device=None, precision=None)
    cases = table(timed("nin", FAST), complexity)
    frames = to_frames([complexity])
    (row,) = roofline_table(cases, frames.complexity).to_dict("records")
    bytes_moved = 2 * (16 + 16 + 20 / 64)  # bf16
    assert row["flops_per_byte"] == pytest.approx(2 * 4 * 4 * 4 / bytes_moved)
    assert row["flops_per_second"] == pytest.approx(2 * 64 * 64 / 0.011)


def test_a_network_that_multiplies_nothing_has_no_place_under_a_roof() -> None:
    counted = factories.complexity("nin")
    assert counted.result is not None
    nothing = counted.model_copy(update={"result": counted.result.model_copy(update={"macs": 0})})
    assert roofline_table(table(timed("nin", FAST), nothing), to_frames([nothing]).complexity).empty


def test_a_table_says_who_was_not_alone_on_the_machine() -> None:
    def notes(share: float) -> str:
        run = factories.throughput("nin", provenance=factories.provenance(others_share=share))
        (part,) = sections(THROUGHPUT, speeds.throughput(to_frames([run]).throughput, to_frames([]).complexity))
        return " ".join(part.notes)

    assert "other programs took up to 80 % of its processors while NiN was timed" in notes(0.8)
    assert "Not alone" not in notes(0.02)


def test_a_device_that_moved_is_told(bench: Any, tmp_path: Any) -> None:
    from bench import store
    from bench.report import render

    made = timed("nin", FAST)
    assert isinstance(made.result, Throughput)
    drifting = made.result.model_copy(update={"ceilings": (factories.ceiling(rounds=3, spread=2.0),)})
    records = [made.model_copy(update={"result": drifting}), factories.complexity("nin")]
    page = render(records, [], tmp_path).read_text()
    assert "varied by a factor of 2.0 between rounds" in page
    assert "moved by a factor" not in render([made, factories.complexity("nin")], [], tmp_path).read_text()
    assert store.load(tmp_path).records == []


def test_the_page_says_why_fewer_parameters_are_not_as_many_times_faster(tmp_path: Any) -> None:
    from bench.report import render

    page = render(factories.full_run(["nin", "vgg16"]), [], tmp_path).read_text()
    parameters = {name: factories.complexity(name).result.parameters for name in ("nin", "vgg16")}  # type: ignore[union-attr]
    assert f"VGG-16 has {parameters['vgg16'] / parameters['nin']:.1f} times the parameters" in page
    assert "of the device&#39;s own rate" in page


# bench profile


def test_profile_prints_where_the_time_goes(bench: Any, tmp_path: Any) -> None:
    import json

    spoken = bench("profile", "lenet", "--batch-size", 4, "--device", "cpu", "--trace", tmp_path / "trace.json")
    assert spoken.code == 0
    assert "aten::convolution_backward" in spoken.out
    assert "images/s at batch 4" in spoken.out
    assert json.loads((tmp_path / "trace.json").read_text())["traceEvents"]
    found = json.loads(bench("profile", "lenet", "--batch-size", 4, "--inference", "--device", "cpu", "--json").out)
    assert sum(one["share"] for one in found["operators"]) == pytest.approx(1)
    assert not any("backward" in one["name"] for one in found["operators"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["profile", "nni"], "did you mean 'nin'"),
        (["profile", "nin", "--image-size", "30"], "defined at image sizes 28 and 224"),
        (["profile", "nin", "--device", "gpu"], "no device is called 'gpu'"),
        (["profile", "nin", "--trace", "nowhere/t.json"], "no folder nowhere"),
    ],
)
def test_profile_refuses_in_one_line(
    bench: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    spoken = bench(*arguments)
    assert (spoken.code, spoken.out) == (2, "")
    (line,) = spoken.err.strip().splitlines()
    assert said in line
    assert list(tmp_path.iterdir()) == []
