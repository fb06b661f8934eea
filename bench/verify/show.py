"""What came of a verification: for people, and as one JSON document."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from bench import numbers
from bench.numbers import MISSING
from bench.records import Record
from bench.report.facts import flat
from bench.verify.find import title
from bench.verify.judge import Check, Judgement


@dataclass(frozen=True)
class Verified:
    """A record beside its repetition."""

    record: Record
    new: tuple[Record, ...]
    judgement: Judgement | None
    """None where the unit failed this time."""

    @property
    def inside(self) -> bool:
        return self.judgement is not None and self.judgement.inside

    @property
    def differences(self) -> list[tuple[str, Any, Any]]:
        """Facts of machine and software that are not what they were: name, then, now."""
        then, now = dict(flat(self.record.surroundings)), dict(flat(self.new[0].surroundings))
        return [(name, then.get(name), now.get(name)) for name in {**then, **now} if then.get(name) != now.get(name)]

    @property
    def verdict(self) -> str:
        """One sentence."""
        if self.judgement is None:
            reasons = sorted({one.failure.reason for one in self.new if one.failure is not None})
            return f"Outside: the unit failed this time ({', '.join(reasons)})."
        checks = [check for check in self.judgement.checks if check.inside is not None]
        out = sum(not check.inside for check in checks)
        left = len(self.judgement.checks) - len(checks)
        beside = f"; {left} could not be measured here" if left else ""
        if not checks:
            return f"Outside: none of {left} numbers could be measured here."
        if out:
            return f"Outside: {out} of {len(checks)} numbers are not what the record lets expect{beside}."
        return f"Inside: {'the number agrees' if len(checks) == 1 else f'all {len(checks)} numbers agree'}{beside}."


def as_document(verified: Verified) -> dict[str, Any]:
    """Everything, with the record's key and header."""
    record, judgement = verified.record, verified.judgement
    return {
        "key": record.key,
        "kind": record.kind,
        "network": record.arch.name,
        "image_size": record.arch.image_size,
        "protocol": record.protocol.get("name"),
        "device": None if record.device is None else record.device.model,
        "precision": record.precision,
        "seed": record.seed,
        "recorded": record.started,
        "inside": verified.inside,
        "verdict": verified.verdict,
        "rule": None if judgement is None else judgement.rule,
        "checks": [asdict(one) | {"inside": one.inside} for one in (judgement.checks if judgement else ())],
        "differences": [{"fact": name, "then": then, "now": now} for name, then, now in verified.differences],
    }


def print_verified(verified: Verified) -> None:
    """The numbers, the rule, what differs, and the verdict last."""
    from bench.terminal import print_line, print_rows

    if verified.judgement is not None:
        rows = [_row(check) for check in verified.judgement.checks]
        print_rows(title(verified.record), ("", "Recorded", "Now", "Interval", ""), rows)
        print_line(verified.judgement.rule)
    if verified.differences:
        print_line("\nNot as it was then:")
        for name, then, now in verified.differences:
            print_line(f"  {name}: {_fact(then)}, now {_fact(now)}")
    else:
        print_line("\nMachine, software and commit are as they were then.")
    print_line(f"\n{verified.verdict}")


def _row(check: Check) -> tuple[str, ...]:
    write = _writer(check)
    interval = MISSING if check.low is None or check.high is None else f"{write(check.low)} to {write(check.high)}"
    told = {True: "inside", False: "OUTSIDE", None: "not measured here"}[check.inside]
    now = MISSING if check.now is None else write(check.now)
    return check.what, write(check.recorded), now, interval if check.now is not None else MISSING, told


def _writer(check: Check) -> Any:
    if check.what.endswith("bytes"):
        return "{:,.0f}".format
    if check.what.endswith("images/s"):
        return numbers.rate
    if check.low is None:
        return "{:,}".format
    return "{:.4f}".format


def _fact(value: Any) -> str:
    return "not recorded" if value is None else str(value)
