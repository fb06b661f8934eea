"""The tables of the page on fairness are what the records say."""

from __future__ import annotations

from pathlib import Path

import factories
import numpy as np

from bench import store
from bench.records import Record
from bench.written.search import search_table
from bench.written.slow_start import slow_start_table
from bench.written.undecided import undecided_sentence


def kept(folder: Path, records: list[Record]) -> Path:
    for record in records:
        store.save(folder, record)
    return folder


def cells(table: str) -> dict[str, list[str]]:
    """The cells of each row by its first one."""
    split = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines() if "|" in line]
    return {first: rest for first, *rest in split}


def test_the_slow_start_stands_with_its_range_and_its_dead_classes_seed_by_seed(tmp_path: Path) -> None:
    records = [
        factories.convergence("nin", accuracies=(end,), dead=dead, dead_at_start=start, seed=seed, protocol=protocol)
        for seed, (end, start, dead, protocol) in enumerate(
            ((0.66, None, 0, "starts28-0.003"), (0.60, 4, 1, "starts28-0.003"), (0.9, 3, 3, "starts28-0.001"))
        )
    ]
    records.append(factories.convergence("nin-gap-fc", accuracies=(0.3, 0.85), protocol="starts28-0.003"))
    rows = cells(slow_start_table(kept(tmp_path, records)))
    assert rows["as it is"] == ["`nin`", "0.630 [0.600 to 0.660]", "–, 4", "0, 1", "2"]
    assert rows["pooling and a linear layer in place of the last block"] == ["`nin-gap-fc`", "0.850", "–", "0", "1"]
    assert "no dropout" not in rows


def test_that_no_image_was_left_undecided_and_no_class_lost_is_said(tmp_path: Path) -> None:
    said = undecided_sentence(kept(tmp_path, [factories.accuracy("nin", protocol="budget28")])).split("\n\n")
    assert said == [
        "No run left a test image with the same score for every class.",
        "No run that learnt something lost a class altogether.",
    ]


def test_images_that_are_counted_as_a_dead_class_are_no_answer(tmp_path: Path) -> None:
    """Of five T-shirts, the first class in order, and a trouser; three of the former and the latter have no score."""
    label = np.array([0, 0, 0, 1, 0, 0], dtype=np.uint8)
    predicted = np.array([0, 0, 0, 0, 1, 1], dtype=np.uint8)
    probability = np.array([0.1] * 4 + [0.9] * 2, dtype=np.float16)
    run = factories.accuracy("nin", seed=1, score=0.5, protocol="budget28")
    store.save(tmp_path, run, {"label": label, "predicted": predicted, "probability": probability})
    undecided, right, between, lost = undecided_sentence(tmp_path).split("\n\n")
    assert undecided.startswith("Under `budget28`, 1 of 1 runs of NiN, seed 1, gave 4 of ")
    assert right == (
        "3 of the 4 images that seed 1 of NiN under `budget28` left so show the first class, T-shirt/top, and count as "
        "right."
    )
    assert between == "Of the images for which scores did differ:"
    assert lost.startswith("Under `budget28`, 1 of 1 runs of NiN took no test image for some class: seed 1 without 1 ")


def test_the_search_stands_with_the_best_rate_of_each_network(tmp_path: Path) -> None:
    records = [
        factories.convergence(name, accuracies=(end,), protocol=f"tuning28-{rate}")
        for name, ends in (("nin", (0.5, 0.7)), ("lenet", (0.8, 0.6)))
        for rate, end in zip((0.001, 0.003), ends, strict=True)
    ]
    rows = cells(search_table(kept(tmp_path, records)))
    assert rows["network"] == ["images", "0.001", "0.003"]
    assert rows["NiN"] == ["28 px", "0.500", "**0.700**"]
    assert rows["LeNet"] == ["28 px", "**0.800**", "0.600"]
