"""Propositions as records: what each computes, held against what is known of it, and how it is kept."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from conftest import Spoken

from bench import store
from bench.claims.ledger import of_topic
from bench.claims.predicates.proofs import Proved
from bench.measure import exact, proofs
from bench.measure.proofs import PROPOSITIONS, Proposition
from bench.numbers import exact as in_words
from bench.prove import prove, record
from bench.records import Proof

Bench = Callable[..., Spoken]
ROUNDING, PLAIN = 1e-12, 0.1
SEEDS = (0, 1, 2)


# The computations


@pytest.mark.parametrize("seed", SEEDS)
def test_a_block_is_a_perceptron_on_each_patch(seed: int) -> None:
    found = exact.block_on_patches(seed=seed)
    assert found.difference <= ROUNDING
    assert found.control_difference > PLAIN


@pytest.mark.parametrize("seed", SEEDS)
def test_one_pointwise_layer_is_affine_and_two_are_not(seed: int) -> None:
    found = exact.single_layer(seed=seed)
    assert found.affine_defect <= ROUNDING
    assert found.control_affine_defect > PLAIN
    assert (found.exclusive_or, found.control_exclusive_or) == (0.75, 1.0)


def test_of_all_functions_of_two_truths_one_layer_fails_at_two() -> None:
    """The exclusive or and its contrary, as Minsky and Papert found: the other 14 of 16 are linearly separable."""
    tables = [tuple(bool(number >> bit & 1) for bit in range(4)) for number in range(16)]
    failed = [table for table in tables if exact.best_single_layer(table) < 1]
    contrary = tuple(not true for true in exact.EXCLUSIVE_OR)
    assert sorted(failed) == sorted([exact.EXCLUSIVE_OR, contrary])


def test_pointwise_layers_keep_sizes_and_take_channels_anywhere() -> None:
    found = exact.channels(inputs=6, outputs=(1, 6, 12))
    assert (found.size_change, found.control_size_change) == (0, 3 - 1)
    assert (found.seen, found.control_seen, found.inputs) == (6, 1, 6)
    assert (found.smallest_ratio, found.control_ratio, found.largest_ratio) == (1 / 6, 1, 2)


def test_a_position_is_read_after_flattening_and_guessed_after_pooling() -> None:
    found = exact.position(fitted=800, tested=2_000)
    assert found.after_flattening == 1
    # Chance is a quarter; of 2,000 guesses four standard deviations are 0.039.
    assert found.after_pooling == pytest.approx(1 / 4, abs=0.039)


def test_auxiliary_classifiers_do_nothing_in_evaluation() -> None:
    before = torch.get_rng_state()
    found = exact.auxiliary_heads()
    assert (found.difference, found.heads_run, found.control_heads_run) == (0, 0, 2)
    assert found.control_difference > PLAIN
    assert torch.equal(torch.get_rng_state(), before)


# The propositions


@pytest.fixture(scope="module")
def quantities() -> dict[str, dict[str, float]]:
    return {proposition.name: proposition.compute() for proposition in PROPOSITIONS}


def test_names_are_file_names_and_told_once(quantities: dict[str, dict[str, float]]) -> None:
    assert len(quantities) == len(PROPOSITIONS)
    for proposition in PROPOSITIONS:
        assert proposition.name == proposition.name.lower().replace(" ", "-").replace("_", "-")
        assert proposition.says.endswith(".")


def test_every_proposition_has_a_control_or_is_a_count(quantities: dict[str, dict[str, float]]) -> None:
    """Among numbers that should be nothing there is one that is not; otherwise the comparison might be blind."""
    for name, found in quantities.items():
        smallest, largest = min(found.values()), max(found.values())
        assert smallest > 0.7 or (smallest < 0.3 and largest > 0.3), name


def test_the_ledger_refers_to_numbers_that_are_computed(quantities: dict[str, dict[str, float]]) -> None:
    parts = [part for claim in of_topic("structure") for part in claim.parts if isinstance(part, Proved)]
    assert len(parts) > 20
    for part in parts:
        assert {part.quantity, part.control} <= set(quantities[part.proof])


@pytest.mark.parametrize(
    ("proposition", "quantity", "expected"),
    [
        (
            "fully-connected-costs",
            "weights of a fully connected layer from 512 maps of 7x7 to 1,024",
            7 * 7 * 512 * 1024,
        ),
        ("fully-connected-costs", "its parameters with biases", (7 * 7 * 512 + 1) * 1024),
        ("fully-connected-costs", "parameters of a 1x1 convolution from 512 to 1,024 channels", (512 + 1) * 1024),
        ("stacked-fields", "side of the field of two stacked 3x3 convolutions", 1 + 2 * (3 - 1)),
        ("stacked-fields", "side of the field of three stacked 3x3 convolutions", 1 + 3 * (3 - 1)),
        ("flatten-and-pooling", "number of dimensions that global average pooling forgets", 3 * (4 * 5 - 1)),
        ("1x1-sees-one-pixel", "number of pixels that a 3x3 convolution sees at once", 3 * 3),
    ],
)
def test_counts_in_closed_form(
    quantities: dict[str, dict[str, float]], proposition: str, quantity: str, expected: float
) -> None:
    assert quantities[proposition][quantity] == expected


def test_of_several_draws_the_one_that_speaks_most_against_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    draws = {0: (1e-16, 3.0), 1: (1e-3, 2.0), 2: (1e-15, 0.5)}
    monkeypatch.setattr(proofs, "SEEDS", tuple(draws))
    monkeypatch.setattr(exact, "per_pixel_linear", lambda seed: exact.PerPixelLinear(*draws[seed]))
    (pointwise,) = (one for one in PROPOSITIONS if one.name == "1x1-is-linear")
    assert list(pointwise.compute().values()) == [1e-3, 0.5]


# Records and the command


def made(value: float) -> tuple[Proposition, Proof]:
    return Proposition("own", "Own.", dict), Proof(name="own", quantities={"difference": value})


def test_rounding_is_the_same_outcome_and_another_number_is_another() -> None:
    keys = [record(*made(value), started=0.0, machine={}).key for value in (0.0, 4e-16, -4e-16, 0.5)]
    assert keys[0] == keys[1] == keys[2] != keys[3]


def test_proofs_are_kept_once_and_shown(tmp_path: Path, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    two = [one for one in PROPOSITIONS if one.name in ("1x1-is-linear", "stacked-fields")]
    monkeypatch.setattr("bench.prove.PROPOSITIONS", two)
    spoken = bench("prove", "--results", tmp_path)
    assert spoken.code == 0
    assert "1x1-is-linear: A 1x1 convolution beside a linear layer at each pixel." in spoken.out
    assert "7  side of the field of three stacked 3x3 convolutions" in spoken.out
    kept = store.load(tmp_path)
    assert kept.problems == []
    assert {(one.kind, one.arch.name) for one in kept.records} == {("proof", one.name) for one in two}
    shown = json.loads(bench("prove", "--results", tmp_path, "--json").out)
    assert [one["name"] for one in shown] == [one.name for one in two]
    assert store.load(tmp_path) == kept


def test_proofs_leave_records_that_the_schema_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    two = [one for one in PROPOSITIONS if one.name == "fully-connected-costs"]
    monkeypatch.setattr("bench.prove.PROPOSITIONS", two)
    (proved,) = prove(tmp_path)
    (read,) = store.load(tmp_path).records
    assert read.result == proved.proof


@pytest.mark.parametrize(
    ("value", "told"), [(25_690_112, "25,690,112"), (0.0, "0"), (0.94712, "0.947"), (4.44e-16, "4e-16"), (2.75, "2.75")]
)
def test_computed_numbers_in_words(value: float, told: str) -> None:
    assert in_words(value) == told
