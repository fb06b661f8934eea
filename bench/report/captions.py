"""What a table says of itself when it stands alone: protocol, repeats, device, versions, dates, standing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from bench import numbers
from bench.protocols import PER_PROCESS
from bench.records import Kind, Record
from bench.report.identity import clean
from bench.report.layouts import spread_words
from bench.report.sections import Section
from bench.report.style import standing_mark

REPEATS: Mapping[Kind, str] = dict.fromkeys(PER_PROCESS, "process")
"""What n counts; a seed where nothing else is said.  Counts and audits are not repeated."""
UNREPEATED = ("activations", "listings", "statements", "claims", "contradictions")
"""Tables of counts and of verdicts, in which no number is one of several that were measured."""


def facts(part: Section, records: Sequence[Record], identifier: str) -> tuple[str, ...]:
    """Sentences without their full stops, from the records behind a section.

    Args:
        records: those behind `part`; its heading tells protocol, device and precision where they are the same for all.
        identifier: of the whole table.
    """
    counted = "" if part.layout.name in UNREPEATED else repeats(records)
    said = (_where(part, records), counted, _made(records), standing(part))
    return (*(sentence for sentence in said if sentence), f"Identifier: {identifier}")


def repeats(records: Sequence[Record]) -> str:
    """ "Accuracy: n = 5 seeds; memory: n = 1 measurement": for each network, of what succeeded."""
    counted: dict[Kind, dict[tuple[object, ...], set[str]]] = defaultdict(lambda: defaultdict(set))
    for record in records:
        if record.failed or record.kind in ("complexity", "audit", "proof"):
            continue
        device = None if record.device is None else record.device.model
        place = (*record.arch.model_dump().values(), record.protocol.get("name"), device, record.precision)
        counted[record.kind][place].add(record.key)
    said = []
    for kind, places in sorted(counted.items()):
        sizes = sorted({len(keys) for keys in places.values()})
        what = REPEATS.get(kind, "seed")
        plural = "" if sizes[-1] == 1 else "es" if what.endswith("s") else "s"
        said.append(f"{kind}: n = {_span(sizes)} {what}{plural}{_reach(kind, sizes[-1])}")
    told = "; ".join(said)
    return told[:1].upper() + told[1:]


def _reach(kind: Kind, processes: int) -> str:
    """What the brackets of numbers from this many processes tell."""
    if kind == "throughput":
        several = ", and the intervals tell how processes differ"
        return several if processes > 1 else ", and the intervals do not tell how another would differ"
    return f", in brackets {spread_words(processes, told=True)}" if kind == "memory" and processes > 1 else ""


def standing(part: Section) -> str:
    """Whether the numbers may be cited, and how many of them where some may and some may not."""
    marks = [standing_mark(str(row["standing"])) for row in part.rows if "standing" in row]
    barred = [mark for mark in marks if mark]
    if not marks:
        return ""
    if not barred:
        return "Standing: citable"
    why = "; ".join(sorted(set(barred)))
    if len(barred) == len(marks):
        return f"Standing: {why}"
    return f"Standing: {len(marks) - len(barred)} of {len(marks)} rows citable, the others marked ({why})"


def _where(part: Section, records: Sequence[Record]) -> str:
    """Protocols and devices, where the heading does not tell them."""
    if shared := part.scope.get("device"):
        exact = {clean(record.device.model) for record in records if record.device} - {str(shared)}
        return f"Measured on {numbers.listing(sorted(exact))}" if exact else ""
    names = sorted({clean(str(record.protocol.get("name", ""))) for record in records if record.device} - {""})
    devices = sorted({clean(record.device.model) for record in records if record.device})
    said = [_few("Protocol", names)] if names else []
    said += [_few("device", devices)] if devices else ["No device: the numbers depend on none"] * bool(records)
    return "; ".join(said)


def _made(records: Sequence[Record]) -> str:
    """Versions of PyTorch, and from when until when."""
    versions = sorted({clean(str(record.provenance["torch"])) for record in records if record.provenance.get("torch")})
    days = sorted({clean(record.started[:10]) for record in records})
    said = [f"torch {', '.join(versions)}"] if versions else []
    said += (
        [f"recorded {numbers.listing(days)}" if len(days) < 3 else f"recorded {days[0]} to {days[-1]}"] if days else []
    )
    return "; ".join(said)


def _span(sizes: Sequence[int]) -> str:
    return str(sizes[0]) if len(sizes) == 1 else f"{sizes[0]} to {sizes[-1]}"


def _few(what: str, names: Sequence[str], most: int = 4) -> str:
    """ "Protocol: timing28"; "10 protocols" where there are many."""
    if len(names) > most:
        return f"{len(names)} {what.lower()}s"
    return f"{what}{'s' if len(names) > 1 else ''}: {numbers.listing(names)}"
