"""What the report says in sentences."""

from __future__ import annotations

import math
import re
import statistics

import factories

from bench.records import Record, Throughput
from bench.report.frames import to_frames
from bench.report.overview import summary as exact_summary
from bench.report.web.findings import findings

NAMES_TIMED = ("nin", "lenet", "googlenet")


def test_findings_tell_what_the_numbers_say() -> None:
    records = [
        *(factories.complexity(name) for name in ("nin", "alexnet", "vgg16")),
        *(factories.accuracy(name, score=score) for name, score in (("nin", 0.6), ("alexnet", 0.85), ("vgg16", 0.84))),
        *(factories.throughput(name, speed=speed) for name, speed in (("nin", 400.0), ("alexnet", 100.0))),
    ]
    frames = to_frames(records)
    counts, measured = findings(exact_summary(frames), frames)
    assert counts.scope == "28 px · exact counts"
    told = " ".join([*counts.sentences, *measured.sentences])
    assert "AlexNet had the highest test accuracy, 0.850" in told
    assert "overlaps that of VGG-16" in told
    ratio = 24_733_898 / 1_981_414
    assert f"NiN has 1.98 M parameters; AlexNet {ratio:.1f} times as many (24.7 M)" in told
    rows = exact_summary(frames).set_index("arch")["training_images_per_second"]
    assert f"{rows['nin'] / rows['alexnet']:.1f} times the rate of AlexNet" in told


def test_findings_tell_whose_runs_lie_farthest_apart() -> None:
    runs = [
        factories.accuracy(name, score=score, seed=seed)
        for name, scores in (("nin", (0.84, 0.88, 0.86)), ("vgg16", (0.88, 0.89, 0.885)), ("lenet", (0.1, 0.9)))
        for seed, score in enumerate(scores)
    ]

    def told(records: list[Record]) -> str:
        frames = to_frames(records)
        return " ".join(sentence for one in findings(exact_summary(frames), frames) for sentence in one.sentences)

    text = (
        "Over 3 seeds the runs of NiN lie farthest apart, from 0.840 to 0.880, and those of VGG-16 closest, from 0.880"
    )
    assert text in told(runs)
    assert "from 0.880 to 0.890" in told(runs)
    assert "farthest apart" not in told(runs[:2] + runs[3:5])


def test_findings_call_no_difference_inside_the_noise() -> None:
    records = [factories.throughput(name, speed=200.0) for name in ("nin", "alexnet")]
    frames = to_frames(records)
    told = " ".join(findings(exact_summary(frames), frames)[0].sentences)
    assert "not to be told apart from AlexNet" in told


def test_findings_hold_every_other_network_against_nin_pair_by_pair_of_processes() -> None:
    """Processes differ by a factor of three, the two networks in each by 1.2: only pairs can tell that."""
    made = []
    for process, rate in enumerate((100.0, 200.0, 300.0)):
        for name, times in (("nin", 1.2), ("lenet", 9.0), ("googlenet", 1.0)):
            record = factories.throughput(
                name, seed=process, speed=rate * times, companions=[other for other in NAMES_TIMED if other != name]
            )
            made.append(record)
    frames = to_frames(made)
    trained = next(one for one in findings(exact_summary(frames), frames)[0].sentences if "trains at" in one)
    rows = exact_summary(frames).set_index("arch")
    assert rows.loc["nin", "training_low"] < rows.loc["googlenet", "training_high"]  # intervals of their own overlap
    steps = {
        (record.arch.name, record.seed): statistics.median(record.result.cases[0].step_seconds)
        for record in made
        if isinstance(record.result, Throughput)
    }
    for name, title in (("lenet", "LeNet"), ("googlenet", "GoogLeNet")):
        logs = [math.log(steps[name, seed] / steps["nin", seed]) for seed in range(3)]
        half = 4.302653 * statistics.stdev(logs) / math.sqrt(3)  # Student's t of two degrees of freedom, by the table
        ratio, low, high = (math.exp(statistics.fmean(logs) + side * half) for side in (0, -1, 1))
        assert f"{number(ratio)} times the rate of {title} [{number(low)} to {number(high)}]" in trained


def number(ratio: float) -> str:
    return f"{ratio:.1f}" if ratio >= 1.995 else f"{ratio:.2f}"


def test_findings_leave_a_ratio_open_whose_interval_holds_one() -> None:
    made = [
        factories.throughput(name, seed=seed, speed=rate, companions=[other])
        for (name, other), rates in (
            (("nin", "vgg16"), (100.0, 150.0, 90.0)),
            (("vgg16", "nin"), (110.0, 100.0, 120.0)),
        )
        for seed, rate in enumerate(rates)
    ]
    frames = to_frames(made)
    told = " ".join(findings(exact_summary(frames), frames)[0].sentences)
    assert re.search(r"not to be told apart from VGG-16, at 1\.05 times its rate \[0\.\d+ to \d\.\d\]", told), told
