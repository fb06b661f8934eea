"""Which learning rate the search found for each network: held-out accuracy by peak learning rate, and nothing else.

The search is a family of protocols, run like any other.  What it found stands in `bench.protocols.rates`, by which
other protocols train.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from bench.numbers import MISSING, listing
from bench.protocols import get_protocols
from bench.records import Convergence, Record, current


@dataclass(frozen=True)
class Trial:
    """One learning rate for one network."""

    learning_rate: float
    accuracies: tuple[float, ...]
    """On the held-out images at the end, one a seed."""

    @property
    def mean(self) -> float:
        return fmean(self.accuracies)


@dataclass(frozen=True)
class Search:
    """One network's trials on one device in one precision, in order of the learning rate."""

    arch: str
    image_size: int
    device: str
    precision: str
    trials: tuple[Trial, ...]
    missing: tuple[float, ...]
    """Rates of the grid that lack a seed."""

    @property
    def best(self) -> Trial:
        """The highest mean; of equal ones the smaller rate."""
        return max(self.trials, key=lambda trial: (trial.mean, -trial.learning_rate))

    @property
    def at_the_edge(self) -> bool:
        """Whether a rate beyond the grid might be better still."""
        rates = sorted([*(trial.learning_rate for trial in self.trials), *self.missing])
        return self.best.learning_rate in (rates[0], rates[-1])


def searches(records: Sequence[Record], family: str) -> list[Search]:
    """What the `current` records of the protocols `family` say, one search a device, precision and network, by name.

    A run that diverged counts with the accuracy that it had.
    """
    protocols = get_protocols(family)
    grid = {protocol.name: protocol for protocol in protocols}
    found: dict[tuple[str, str, str], dict[float, dict[int, float]]] = {}
    for record in current(records):
        protocol = grid.get(str(record.protocol.get("name")))
        if protocol is not None and isinstance(record.result, Convergence) and record.seed is not None:
            assert record.device is not None
            rates = found.setdefault((record.device.model, record.precision or "", record.arch.name), {})
            last = record.result.checks[-1].held_out_accuracy
            rates.setdefault(protocol.training.learning_rate, {})[record.seed] = last
    return [
        Search(
            arch,
            protocols[0].image_size,
            device,
            precision,
            tuple(Trial(rate, tuple(rates[rate].values())) for rate in sorted(rates)),
            tuple(
                protocol.training.learning_rate
                for protocol in protocols
                if len(rates.get(protocol.training.learning_rate, {})) < protocol.seeds
            ),
        )
        for (device, precision, arch), rates in sorted(found.items())
    ]


def by_scope(found: Sequence[Search]) -> dict[str, list[Search]]:
    """Searches whose numbers compare, by "Example Processor 9000, bf16"."""
    scopes: dict[str, list[Search]] = {}
    for one in found:
        scopes.setdefault(f"{one.device}, {one.precision}", []).append(one)
    return scopes


def print_searches(found: Sequence[Search]) -> None:
    """A table a device and precision; in it a row a network, a column a rate, and the rate that comes out best."""
    from bench.terminal import print_line, print_rows

    for scope, ones in by_scope(found).items():
        rates = sorted({trial.learning_rate for one in ones for trial in one.trials})
        rows = []
        for one in ones:
            means = {trial.learning_rate: trial.mean for trial in one.trials}
            cells = [f"{means[rate]:.3f}" if rate in means else MISSING for rate in rates]
            rows.append([one.arch, *cells, f"{one.best.learning_rate:g}" + ("*" if one.at_the_edge else "")])
        head = ["network", *(f"{rate:g}" for rate in rates), "best"]
        print_rows(f"Held-out accuracy by peak learning rate, {scope}", head, rows)
        if any(one.at_the_edge for one in ones):
            print_line("* at the edge of the grid: a rate beyond it might do better still.")
        for one in ones:
            if one.missing:
                print_line(f"{one.arch} lacks runs at {listing([f'{rate:g}' for rate in one.missing])}.")
