"""Claims on speed: ratios of the time an image takes, from throughput timed side by side in fresh processes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import geometric_mean, median
from typing import Literal

from pydantic import Field

from bench.claims.evidence import Evidence, Setting, scope_of
from bench.claims.judge import at_most
from bench.claims.model import Finding, Need, Predicate
from bench.claims.names import Network, ProtocolName
from bench.claims.predicates.accuracy import PROTOCOLS as ACCURACY_PROTOCOLS
from bench.claims.predicates.accuracy import AccuracyDifference
from bench.claims.predicates.compared import judge_ratio
from bench.claims.predicates.runs import FEWEST, Runs, Side, enough_first, lacking, title
from bench.numbers import duration, significant, times
from bench.records import Complexity, Record, Throughput, Timings

Mode = Literal["training", "inference"]
_Part = Literal["refuted", "not measured", "inconclusive", "supported"]


class TimeRatio(Predicate):
    """Time an image takes a network as a multiple of what it takes others, with PyTorch as it is.

    One fresh process is one sample: its median over rounds.  Only processes in which both were timed side by side
    count.  Where a batch did not fit, the one that did stands for it, and the time is that of an image.
    """

    test: Literal["ratio of times"]
    network: Network
    against: tuple[Network, ...] = Field(min_length=1)
    mode: Mode
    batches: tuple[int, ...] = Field(min_length=1)
    relation: Literal["higher", "lower"] = "lower"
    times: float = Field(gt=0)
    """The ratio that the interval has to lie above or below."""
    refuted_from: float | None = Field(default=None, gt=0)
    """The ratio that the interval has to lie beyond for the claim to fall, where it is another."""
    protocols: tuple[ProtocolName, ...] = Field(min_length=1)

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        for other in self.against:
            networks = self.network, other
            for batch in self.batches:
                beside = side_by_side(evidence, self.protocols, networks, self.mode, batch)
                about = (
                    f"{self.mode}, batch {batch}: {title(self.network)} against {title(other)}, "
                    f"{beside.sides[0].protocol if beside else self.protocols[-1]}"
                )
                if beside is None:
                    # All together, since the same network beside others is timed anew.
                    yield lacking(about, (self.network, *self.against), self.protocols[-1], "throughput")
                    continue
                timed = [[image_seconds(record, self.mode, batch) for record in row] for row in beside.rows]
                own, others = (duration(geometric_mean(row)) for row in timed)
                judged = judge_ratio(timed[0], timed[1], self.relation, self.times, self.refuted_from)
                verb = "A training step" if self.mode == "training" else "Inference"
                says = (
                    f"{verb} at batch {batch} takes {title(self.network)} {times(judged.effect)} times as long as "
                    f"{title(other)} (95 % interval {times(judged.low)} to {times(judged.high)}, {judged.n} processes, "
                    f"{beside.where}): {own} an image against {others}."
                )
                yield judged.finding(about, says, "times", beside)


class BetterInEverything(Predicate):
    """Whether a network beats another in parameters, MACs, inference, training and accuracy, all at once.

    A finding for each of the others at each of `sizes`.
    """

    test: Literal["better in everything"]
    network: Network
    against: tuple[Network, ...] = Field(min_length=1)
    parameters: float = Field(default=0.5, gt=0)
    macs: float = Field(default=0.8, gt=0)
    times: float = Field(default=0.8, gt=0)
    points: float = Field(default=0.5, ge=0)
    """How much accuracy may be lower and still count as high."""
    sizes: tuple[int, ...] = (224, 28)

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        for other in self.against:
            for size in self.sizes:
                parts = [*self._counted(evidence, other, size), *self._measured(evidence, other, size)]
                yield _summed(f"{title(self.network)} against {title(other)}", size, parts)

    def _counted(self, evidence: Evidence, other: str, size: int) -> Iterator[Finding]:
        setting = Setting(1, size, 10)
        own, others = evidence.counts(self.network, setting), evidence.counts(other, setting)
        for name, bound in (("parameters", self.parameters), ("macs", self.macs)):
            if own is None or others is None:
                need = Need((self.network, other), setting.protocol, "complexity")
                yield Finding(name, "not measured", f"The {name} are not counted.", needs=(need,))
                continue
            ratio = _count(own, name) / _count(others, name)
            yield Finding(
                about="parameters" if name == "parameters" else "MACs",
                verdict=at_most(bound, ratio, ratio),
                says=f"{times(ratio)} times",
                effect=ratio,
                records=(own.key, others.key),
            )

    def _measured(self, evidence: Evidence, other: str, size: int) -> Iterator[Finding]:
        timing = (f"timing{size}", f"matched{size}", {224: "speed224", 28: "budget28"}[size])
        cases: tuple[tuple[Mode, int], ...] = (("inference", 1), ("inference", 64), ("training", 64))
        for mode, batch in cases:
            predicate = TimeRatio(
                test="ratio of times",
                network=self.network,
                against=(other,),
                mode=mode,
                batches=(batch,),
                times=self.times,
                refuted_from=1.0,
                protocols=timing,
            )
            yield from predicate.findings(evidence)
        yield from AccuracyDifference(
            test="difference of accuracy",
            network=self.network,
            against=(other,),
            relation="not lower",
            points=self.points,
            protocols=tuple(name for name in ACCURACY_PROTOCOLS if name.endswith(str(size))),
        ).findings(evidence)


def _summed(networks: str, size: int, parts: Sequence[Finding]) -> Finding:
    """All parts have to hold: one that is refuted refutes the whole, whatever is still to be measured."""
    order: tuple[_Part, ...] = ("refuted", "not measured", "inconclusive", "supported")
    verdict = next(one for one in order if any(part.verdict == one for part in parts))
    told = {"supported": "Holds", "refuted": "Does not hold", "inconclusive": "Open", "not measured": "Not measured"}
    says = [
        f"Images have {size} pixels a side.",
        *(
            f"{word}: {'; '.join(_brief(part) for part in parts if part.verdict == one)}."
            for one, word in told.items()
            if any(part.verdict == one for part in parts)
        ),
    ]
    p_value = _p_value(verdict, parts)
    if verdict == "refuted" and p_value is not None:
        alone = significant(p_value / len(parts), 2)
        says.append(f"Each of the {len(parts)} could have refuted it, so that its p is {len(parts)} times {alone}.")
    return Finding(
        about=f"all at once at {size} pixels: {networks}",
        verdict=verdict,
        says=" ".join(says),
        n=min((part.n for part in parts if part.n is not None), default=None),
        p_value=p_value,
        records=tuple(dict.fromkeys(key for part in parts for key in part.records)),
        needs=tuple(dict.fromkeys(need for part in parts for need in part.needs)) if verdict == "not measured" else (),
        provisional=any(part.provisional for part in parts),
    )


def _p_value(verdict: str, parts: Sequence[Finding]) -> float | None:
    """Where all have to hold, the weakest test is that of the whole; where one refutes, it is one of several tries."""
    deciding = [part for part in parts if part.verdict == verdict]
    tested = [part.p_value for part in deciding if part.p_value is not None]
    if verdict == "refuted":
        # An exact count that refutes needs no test.
        return None if len(tested) < len(deciding) else min(1.0, len(parts) * min(tested))
    return max(tested, default=None)


def _brief(part: Finding) -> str:
    """ "parameters, 0.06 times", "test accuracy, -0.50 percentage points"."""
    what = part.about.partition(":")[0]
    if part.effect is None:
        return what
    unit = part.unit or "times"
    return f"{what}, {times(part.effect) if unit == 'times' else f'{part.effect:+.2f}'} {unit}"


def image_seconds(record: Record, mode: Mode, batch: int) -> float:
    """Median over the rounds of one process, per image."""
    case = _case(record, mode, batch)
    assert case is not None
    return median(case.step_seconds) / case.batch


def side_by_side(
    evidence: Evidence, protocols: Sequence[str], networks: tuple[str, str], mode: Mode, batch: int
) -> Runs | None:
    """Processes that timed both networks in this case, of the strongest protocol that has enough of them.

    Of one device: the one with the most processes, and of such alike the one timed last.  A network may have been
    timed in several companies; of each process number the latest that has both counts.
    """
    return enough_first(lambda fewest: _side_by_side(evidence, protocols, networks, mode, batch, fewest), FEWEST)


def _side_by_side(
    evidence: Evidence, protocols: Sequence[str], networks: tuple[str, str], mode: Mode, batch: int, fewest: int
) -> Runs | None:
    for protocol in protocols:
        devices: list[tuple[int, str, Runs]] = []
        for scope in sorted({scope_of(one) for one in evidence.of_kind("throughput")}, key=str):
            groups: dict[str, dict[str, Record]] = {}
            for record in evidence.of_kind("throughput"):
                held = scope_of(record) == scope and scope.protocol == protocol
                if held and record.arch.name in networks and _case(record, mode, batch) is not None:
                    assert isinstance(record.result, Throughput)
                    groups.setdefault(record.result.group, {})[record.arch.name] = record
            pairs = {
                group[networks[0]].seed: tuple(group[name] for name in networks)
                for group in groups.values()
                if set(group) == set(networks)
            }
            if len(pairs) >= fewest:
                last = max(record.started for pair in pairs.values() for record in pair)
                rows = tuple(zip(*pairs.values(), strict=True))
                devices.append((len(pairs), last, Runs(tuple(Side(name, protocol) for name in networks), rows)))
        if devices:
            return max(devices, key=lambda one: one[:2])[2]
    return None


def _case(record: Record, mode: Mode, batch: int) -> Timings | None:
    assert isinstance(record.result, Throughput)
    wanted = mode, "eager", record.precision, batch
    return next(
        (one for one in record.result.cases if (one.mode, one.engine, one.precision, one.requested_batch) == wanted),
        None,
    )


def _count(record: Record, name: str) -> int:
    assert isinstance(record.result, Complexity)
    return record.result.parameters if name == "parameters" else record.result.macs


PREDICATES: Sequence[type[Predicate]] = (TimeRatio, BetterInEverything)
