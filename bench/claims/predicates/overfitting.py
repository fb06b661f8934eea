"""Claims on overfitting: how much better a network does on the images that it was trained on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Literal

from pydantic import Field

from bench.claims.evidence import Evidence
from bench.claims.model import Finding, Predicate
from bench.claims.names import Network
from bench.claims.predicates.compared import Relation, compared, judge_difference, mean, rising
from bench.claims.predicates.runs import FEWEST, Runs, Side, aligned, lacking, title, too_few, trained
from bench.numbers import listing
from bench.protocols.experiments import SUBSETS
from bench.records import FitEpoch, Overfitting, Record

Recipe = Literal["as defined", "no dropout", "augmented"]
"""Dropout as the network defines it, switched off, or as defined with images shifted and mirrored."""
SUFFIX: dict[Recipe, str] = {"as defined": "", "no dropout": "-nodropout", "augmented": "-augmented"}
Quantity = Literal["gap at the end", "gap at equal training loss", "loss gap at the end", "test accuracy"]
UNIT: dict[Quantity, str] = {"loss gap at the end": "nats"}
"""Percentage points where nothing else is said."""
SIZES = (224, 28)
IMAGES = tuple(images for images, _ in SUBSETS)
"""Training images, from few to all."""


def protocol(size: int, images: int, recipe: Recipe) -> str:
    """Under which a network was trained on so many images."""
    return f"overfitting{size}-{images}{SUFFIX[recipe]}"


def choices(networks: Sequence[tuple[str, Recipe]]) -> list[list[Side]]:
    """The networks on all subsets, else on all but the largest, and so on down to two; 224 pixels before 28.

    Sides are ordered by subset, then as `networks`.
    """
    return [
        [Side(network, protocol(size, images, recipe)) for images in IMAGES[:most] for network, recipe in networks]
        for most in range(len(IMAGES), 1, -1)
        for size in SIZES
    ]


class OverfittingDifference(Predicate):
    """What a network learns by heart beside what others do, paired by seed, averaged over the training subsets.

    A gap is accuracy on the images of training less accuracy on others.  At the end those others are the test images;
    at equal training loss, which is the lowest that both runs of a pair come down to, they are the held-out ones.
    """

    test: Literal["difference of overfitting"]
    network: Network
    recipe: Recipe = "as defined"
    against: tuple[Network, ...] = Field(min_length=1)
    against_recipe: Recipe = "as defined"
    quantities: tuple[Quantity, ...] = ("gap at the end", "gap at equal training loss")
    relation: Relation
    margin: float = Field(default=0.0, ge=0)
    """In percentage points, or nats for the gap in loss."""

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        for other in self.against:
            sides = (self.network, self.recipe), (other, self.against_recipe)
            names = _told(*sides[0]), _told(*sides[1])
            runs = aligned(evidence, "overfitting", choices(sides))
            kept = runs.only(trained) if runs else None
            for quantity in self.quantities:
                about = f"{quantity}: {names[0]} against {names[1]}"
                if runs is None or kept is None:
                    yield _lacking(about, [one for one, _ in sides], [recipe for _, recipe in sides])
                elif kept.n < FEWEST:
                    yield too_few(about, runs, kept)
                else:
                    first, second = _averages(kept, 2, quantity)
                    found = compared(
                        about,
                        names,
                        f"the {quantity}",
                        (first, second),
                        kept,
                        relation=self.relation,
                        margin=self.margin,
                        unit=UNIT.get(quantity, "percentage points"),
                        more=_by_subset(kept, quantity),
                    )
                    yield _partly(found, kept)


class OverfittingSeries(Predicate):
    """Whether the gap rises along networks that grow in one respect, averaged over the training subsets."""

    test: Literal["overfitting along a series"]
    networks: tuple[Network, ...] = Field(min_length=2)
    recipe: Recipe = "as defined"
    quantity: Quantity = "gap at the end"
    points: float = Field(default=0.5, ge=0)

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        sides: list[tuple[str, Recipe]] = [(network, self.recipe) for network in self.networks]
        names = [_told(*side) for side in sides]
        about = f"{self.quantity}: from {names[0]} to {names[-1]}"
        runs = aligned(evidence, "overfitting", choices(sides))
        if runs is None:
            yield _lacking(about, self.networks, [self.recipe])
        elif (kept := runs.only(trained)).n < FEWEST:
            yield too_few(about, runs, kept)
        else:
            values = _averages(kept, len(sides), self.quantity)
            for found in rising(names, f"the {self.quantity}", values, kept, margin=self.points):
                yield _partly(found, kept)


class OverfittingBySize(Predicate):
    """Whether a network does better on its training images at all, and the more so the fewer they are.

    At the end, and where it has come down to the same training loss on all subsets: few images are seen in fewer steps.
    """

    test: Literal["overfitting by training images"]
    network: Network
    recipe: Recipe = "as defined"
    points: float = Field(default=0.5, ge=0)

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        name = _told(self.network, self.recipe)
        runs = aligned(evidence, "overfitting", choices([(self.network, self.recipe)]))
        if runs is None:
            yield _lacking(f"gap by training images: {name}", [self.network], [self.recipe])
            return
        kept = runs.only(trained)
        if kept.n < FEWEST:
            yield too_few(f"gap by training images: {name}", runs, kept)
            return
        gaps = [_values([row], "gap at the end")[0] for row in kept.rows]
        subsets = [f"{name} on {images:,} images" for images in IMAGES[: len(gaps)]]
        for subset, values in zip(subsets, gaps, strict=True):
            judged = judge_difference(values, [0.0] * kept.n, "higher").cut(-100.0, 100.0)
            says = (
                f"The gap at the end of {subset} is {judged.effect:.2f} percentage points (95 % interval "
                f"{judged.low:.2f} to {judged.high:.2f}, {judged.n} runs, {kept.where}); a network that learns nothing "
                "by heart has none."
            )
            yield _partly(judged.finding(f"gap at the end: {subset}", says, "percentage points", kept), kept)
        quantities: tuple[Quantity, ...] = ("gap at the end", "gap at equal training loss")
        for quantity in quantities:
            found_gaps = _values(kept.rows, quantity)[::-1]
            for found in rising(subsets[::-1], f"the {quantity}", found_gaps, kept, margin=self.points):
                yield _partly(found, kept)


def gap_at_the_end(result: Overfitting) -> float:
    """In percentage points: accuracy on training images less accuracy on test images."""
    return 100 * (result.epochs[-1].train_accuracy - result.test_accuracy)


def gaps_at_equal_loss(results: Sequence[Overfitting]) -> list[float]:
    """Gap of each run, in percentage points, where its training loss first falls to one that all of them reach.

    That loss is the highest of their lowest ones.  Between two epochs the gap is interpolated along the loss, from
    the network as it was drawn on.

    Raises:
        ValueError: a run has no finite training loss.
    """
    shared = max(min(_losses(result)) for result in results)
    return [100 * _gap_at(result.epochs, shared) for result in results]


def _losses(result: Overfitting) -> list[float]:
    losses = [epoch.train_loss for epoch in result.epochs if epoch.train_loss is not None]
    if not losses:
        raise ValueError("a run without a finite training loss has none to compare at")
    return losses


def _gap_at(epochs: Sequence[FitEpoch], loss: float) -> float:
    before: tuple[float, float] | None = None
    for epoch in epochs:
        if epoch.train_loss is None:
            continue
        here = epoch.train_loss, epoch.train_accuracy - epoch.held_out_accuracy
        if here[0] <= loss:
            if before is None or before[0] == here[0]:
                return here[1]
            return before[1] + (here[1] - before[1]) * (before[0] - loss) / (before[0] - here[0])
        before = here
    raise AssertionError("the run was to reach this loss")


def _values(rows: Sequence[Sequence[Record]], quantity: Quantity) -> list[list[float]]:
    """Of runs side by side, one list a side, in the order of the seeds."""
    results = [[_result(record) for record in row] for row in rows]
    if quantity == "gap at equal training loss":
        columns = [gaps_at_equal_loss(column) for column in zip(*results, strict=True)]
        return [list(row) for row in zip(*columns, strict=True)]
    if quantity == "gap at the end":
        return [[gap_at_the_end(result) for result in row] for row in results]
    if quantity == "test accuracy":
        return [[100 * result.test_accuracy for result in row] for row in results]
    return [[_finite(result.test_loss) - _finite(result.epochs[-1].train_loss) for result in row] for row in results]


def _averages(runs: Runs, networks: int, quantity: Quantity) -> tuple[list[float], ...]:
    """For each network one value a seed: the mean over subsets."""
    subsets = [_values(runs.rows[i : i + networks], quantity) for i in range(0, len(runs.rows), networks)]
    return tuple([mean(values) for values in zip(*(one[i] for one in subsets), strict=True)] for i in range(networks))


def _by_subset(runs: Runs, quantity: Quantity) -> str:
    """The mean difference on each subset, since an average hides where it comes from."""
    told = []
    for i in range(0, len(runs.rows), 2):
        first, second = _values(runs.rows[i : i + 2], quantity)
        told.append(f"{IMAGES[i // 2]:,} images {mean(first) - mean(second):+.2f}")
    return f"By training subset: {', '.join(told)}."


def _result(record: Record) -> Overfitting:
    assert isinstance(record.result, Overfitting)
    return record.result


def _finite(loss: float | None) -> float:
    assert loss is not None, "a run that trained has finite losses"
    return loss


def _partly(finding: Finding, runs: Runs) -> Finding:
    """Provisional where not all training subsets are behind it."""
    subsets = {side.protocol for side in runs.sides}
    measured = [f"{images:,}" for images in IMAGES if any(f"-{images}" in one for one in subsets)]
    if len(measured) == len(IMAGES):
        return finding
    told = f"{finding.says} Of {len(IMAGES)} training subsets only those of {listing(measured)} images are measured."
    return replace(finding, says=told, provisional=True)


def _told(network: str, recipe: Recipe) -> str:
    return title(network) if recipe == "as defined" else f"{title(network)}, {recipe}"


def _lacking(about: str, networks: Sequence[str], recipes: Sequence[Recipe]) -> Finding:
    """With the family that has the recipe; dropout on and off belong to one family."""
    families = dict.fromkeys("augmentation28" if recipe == "augmented" else "overfitting28" for recipe in recipes)
    found = [lacking(about, networks, family, "overfitting") for family in families]
    return replace(found[0], needs=tuple(need for one in found for need in one.needs))


PREDICATES: Sequence[type[Predicate]] = (OverfittingDifference, OverfittingSeries, OverfittingBySize)
