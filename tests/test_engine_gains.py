"""What engines and precisions gain: ratios within processes, how they are told, and the figure of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import factories
import pandas as pd
import pytest
from drawn import HEADING, drawn, words

from bench.records import Record, Throughput, Timings
from bench.report import engines, overview, speeds
from bench.report.engine_layout import ENGINES
from bench.report.figures import gains as figure
from bench.report.frames import to_frames
from bench.report.sections import sections
from bench.report.style import Look

Case = tuple[str, str, int]
"""Engine, precision and batch."""


def process(name: str, seconds: Mapping[Case, float], number: int = 0, **changes: Any) -> Record:
    """A fresh process that timed one network's inference in these cases, in the same rounds."""
    cases = [
        Timings(
            mode="inference", engine=engine, precision=precision, requested_batch=batch, batch=batch,
            step_seconds=(0.9 * time, time, 1.2 * time), steps_per_round=1, warmup_seconds=(time,), steady=True,
        )
        for (engine, precision, batch), time in seconds.items()
    ]  # fmt: skip
    companions = changes.pop("companions", ())
    result = Throughput(group=f"g{number}", companions=companions, cases=tuple(cases), ceilings=())
    return factories.record("throughput", result, arch=name, seed=number, **changes)


def table(*records: Record) -> pd.DataFrame:
    return engines.gains(to_frames(records).throughput)


def row(found: pd.DataFrame, engine: str, precision: str) -> dict[str, Any]:
    (one,) = found[(found["engine"] == engine) & (found["precision"] == precision)].to_dict("records")
    return {str(name): value for name, value in one.items()}


EAGER, EAGER_BF16 = ("eager", "fp32", 1), ("eager", "bf16", 1)
OPENVINO, OPENVINO_BF16 = ("openvino", "fp32", 1), ("openvino", "bf16", 1)


def test_a_gain_is_a_ratio_of_medians_over_either_precision_of_pytorch() -> None:
    found = table(process("nin", {EAGER: 0.012, EAGER_BF16: 0.006, OPENVINO: 0.004, OPENVINO_BF16: 0.002}))
    told = [(one["engine"], one["precision"], one["gain"], one["over_fp32"]) for one in found.to_dict("records")]
    assert told == [
        ("eager", "bf16", pytest.approx(math.nan, nan_ok=True), pytest.approx(2)),
        ("openvino", "fp32", pytest.approx(3), pytest.approx(3)),
        ("openvino", "bf16", pytest.approx(3), pytest.approx(6)),
    ]


def test_the_interval_is_that_of_ratios_within_processes_and_not_of_rates() -> None:
    """A machine that gets ten times slower from process to process slows both: ratios of 2, 4 and 8 are left."""
    found = table(
        *(process("nin", {EAGER: slow * gain, OPENVINO: slow}, number)
          for number, (slow, gain) in enumerate([(0.001, 2), (0.01, 4), (0.1, 8)]))
    )  # fmt: skip
    one = row(found, "openvino", "fp32")
    half = 4.302653 * math.log(2) / math.sqrt(3)  # Student's t for 2 degrees of freedom
    assert one["processes"] == 3
    assert one["gain"] == pytest.approx(4)
    assert one["gain_low"] == pytest.approx(4 / math.exp(half), rel=1e-5)
    assert one["gain_high"] == pytest.approx(4 * math.exp(half), rel=1e-5)


def test_only_processes_that_timed_both_count() -> None:
    both = process("nin", {EAGER: 0.01, OPENVINO: 0.005})
    without_openvino, without_eager = process("nin", {EAGER: 0.01}, 1), process("nin", {OPENVINO: 0.001}, 2)
    one = row(table(both, without_openvino, without_eager), "openvino", "fp32")
    assert (one["processes"], one["gain"]) == (1, pytest.approx(2))
    assert math.isnan(one["gain_low"])
    assert table(without_eager).empty


def test_batches_and_other_companies_are_not_mixed() -> None:
    alone = process("nin", {EAGER: 0.01, ("openvino", "fp32", 64): 0.001})
    beside = process("nin", {OPENVINO: 0.001}, companions=("vgg16",), key="another")
    assert table(alone, beside).empty


def test_pytorch_as_it_is_has_no_row() -> None:
    assert table(process("nin", {EAGER: 0.01})).empty
    assert table(process("nin", {EAGER_BF16: 0.01})).empty


def printed(*records: Record) -> pd.DataFrame:
    (part,) = sections(ENGINES, table(*records))
    return part.printed()


def test_the_table_prints_gains_with_their_intervals() -> None:
    cells = printed(*(process("nin", {EAGER: 0.010 + number / 1000, OPENVINO: 0.005}, number) for number in range(3)))
    assert list(cells["Over eager PyTorch, fp32 [95 %]"]) == ["2.2 [1.75 to 2.8]"]
    assert list(printed(process("nin", {EAGER: 0.01, OPENVINO: 0.005}))["Over eager PyTorch, fp32 [95 %]"]) == ["2.0"]


def three(gain: Mapping[str, float], batches: Sequence[int] = (1,)) -> list[Record]:
    """Processes in which OpenVINO is so many times as fast for each network, a hundredth more from each to the next."""
    return [
        process(
            name,
            {
                (engine, "fp32", batch): 0.01 * batch / (times * 1.01**number if engine == "openvino" else 1)
                for engine in ("eager", "openvino")
                for batch in batches
            },
            number,
            companions=tuple(sorted(set(gain) - {name})),
        )
        for name, times in gain.items()
        for number in range(3)
    ]


def test_sentences_tell_the_ends_and_how_many_are_sure() -> None:
    (told,) = engines.gain_sentences(table(*three({"nin": 4.0, "vgg16": 0.5, "lenet": 1.0})))
    assert told == (
        "openvino in fp32: inference at 0.51 times (VGG-16 at batch 1) to 4.0 times (NiN at batch 1) the rate of eager "
        "PyTorch in fp32; of 3 cases 1 is surely faster and 1 surely slower."
    )


def test_without_fp32_gains_are_over_the_same_precision() -> None:
    compiled = ("compiled", "bf16", 1)
    (told,) = engines.gain_sentences(table(process("nin", {EAGER_BF16: 0.01, compiled: 0.008})))
    assert told == (
        "compiled in bf16: inference at 1.25 times (NiN at batch 1) the rate of eager PyTorch in the same precision."
    )


def order(*records: Record) -> list[str]:
    rates = speeds.throughput(to_frames(records).throughput, to_frames([]).complexity)
    return list(engines.reversal_sentences(rates))


def test_networks_that_change_places_with_the_engine_are_told() -> None:
    assert order(*three({"nin": 4.0, "vgg16": 2.0})) == [
        "No engine or precision makes two networks change places by more than processes differ."
    ]
    faster = {EAGER: 0.010, OPENVINO: 0.009}, {EAGER: 0.020, OPENVINO: 0.002}
    pairs = [
        process(name, {case: time * 1.01**number for case, time in seconds.items()}, number, companions=(other,))
        for name, other, seconds in zip(("nin", "vgg16"), ("vgg16", "nin"), faster, strict=True)
        for number in range(3)
    ]
    assert order(*pairs) == [
        "Which of two networks is faster hangs on who runs them, by more than processes differ: inference at batch 1, "
        "VGG-16 is faster than NiN with openvino in fp32, and slower with eager in fp32."
    ]
    assert order(*(one for one in pairs if one.seed == 0)) == []  # one process tells nothing of the next


def shown(*records: Record) -> list[tuple[str, int, pd.DataFrame]]:
    return list(figure.cases(overview.fairest(table(*records))))


def test_figures_are_of_the_smallest_and_the_largest_batch_that_all_ran() -> None:
    every = three({"nin": 4.0, "vgg16": 2.0}, (1, 8, 64))
    assert [(mode, batch) for mode, batch, _ in shown(*every)] == [("inference", 1), ("inference", 64)]
    larger = three({"nin": 4.0}, (1, 8, 64, 256))
    assert [batch for _, batch, _ in shown(*larger, *every[3:])] == [1, 64]


def test_one_network_alone_makes_no_figure() -> None:
    assert shown(*three({"nin": 4.0})) == []


def test_the_figure_writes_every_gain_and_what_it_is_over() -> None:
    (_, _, part), *_ = shown(*three({"nin": 4.0, "vgg16": 0.5}))
    looks = {name: Look("#1d51ff", "o", ()) for name in ("nin", "vgg16")}
    made = drawn(figure.gains_by_engine(part, HEADING, looks))
    assert {"4.0", "0.51", "openvino in fp32"} <= set(words(made))
    (axes,) = made.axes
    assert axes.get_xlabel() == "Times eager PyTorch in fp32, 95 % interval; log scale"
    low, high = axes.get_xlim()
    assert low < 0.5 < 4.1 < high
    assert figure.told(part) == "Times the rate of eager PyTorch in fp32. openvino in fp32: NiN 4.0, VGG-16 0.51."


def test_the_report_has_the_table_the_figures_and_the_sentence(tmp_path: Any) -> None:
    from bench.report import render

    page = render(three({"nin": 4.0, "vgg16": 2.0}, (1, 64)), [], tmp_path).read_text()
    assert "What engines and precisions gain, inference at batch 64" in page
    assert "of 4 cases 4 are surely faster and 0 surely slower" in page
    assert "Engines and precisions" in (tmp_path / "tables" / "engines.md").read_text()
