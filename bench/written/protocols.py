"""The protocols as tables, one setting a row or a column."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile
from pathlib import Path

import archs
from bench.measure.steady import ROUNDS_TO_TELL
from bench.protocols import PROTOCOLS, STANDING_MEANINGS, STANDING_NOTES, TRAINED, Protocol, Timing
from bench.protocols.published import PUBLISHED
from bench.protocols.standard import STANDARD
from bench.written.markdown import code, table


def standard_table(results: Path) -> str:
    """Protocols that compare networks by what they train on."""
    rows = [
        [
            code(one.name),
            one.purpose,
            f"{one.image_size} px",
            *_training(one),
            STANDING_NOTES[one.standing],
        ]
        for one in _as_run(STANDARD)
    ]
    heads = ["protocol", "for", "images", "training images", "epochs", "batch", "seeds", "augmentation", "standing"]
    return table(heads, rows)


def _as_run(protocols: Iterable[Protocol]) -> list[Protocol]:
    """As a run takes them, with the rates and the standing that a search gave them since they were written down."""
    return [PROTOCOLS[one.name] for one in protocols]


def _training(protocol: Protocol) -> list[str]:
    if not set(protocol.measures) & set(TRAINED):
        return ["trains nothing", "", "", "", ""]
    one = protocol.training
    return [f"{one.train_images:,}", str(one.epochs), str(one.batch_size), str(protocol.seeds), one.augmentation]


def standings_list(results: Path) -> str:
    """What each standing says of a protocol."""
    return "\n".join(f"- **{name}**: {meaning}." for name, meaning in STANDING_MEANINGS.items())


def timing_table(results: Path) -> str:
    """The same by how they time."""
    rows = []
    for one in _as_run(STANDARD):
        timing = one.timing
        rows.append(
            [
                code(one.name),
                *(_several(batches) for batches in (timing.inference_batches, timing.training_batches)),
                ", ".join(timing.engines),
                ", ".join(timing.precisions),
                str(timing.processes),
                f"{timing.rounds}, of {timing.min_seconds:g} s at least",
                _warmup(timing),
                str(one.memory_batch),
            ]
        )
    heads = ["protocol", "inference batches", "training batches", "engines", "precisions", "processes"]
    return table([*heads, "rounds", "warm-up rounds", "batch of memory"], rows)


def _warmup(timing: Timing) -> str:
    if timing.most_warmup_rounds < ROUNDS_TO_TELL:
        return f"{timing.most_warmup_rounds}, too few to tell whether a case still gets faster"
    return f"{timing.most_warmup_rounds} at most, until no case gains {100 * timing.steady_within:g} %"


def _several(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers))


def experiments_table(results: Path) -> str:
    """Protocols of the experiments: a row a family, the same at several image sizes in one row."""
    named = {one.name for one in (*STANDARD, *PUBLISHED)}
    families: dict[str, list[Protocol]] = {}
    for one in PROTOCOLS.values():
        if one.name not in named:
            families.setdefault(one.family or one.name, []).append(one)
    found: dict[tuple[str, ...], list[str]] = {}
    for name, members in families.items():
        settings = zip(*map(_training, members), strict=True)
        looked = _all(f"{one.training.validation_images:,}" for one in members)
        read = _all(f"{one.training.test_images:,}" for one in members)
        standing = _all(STANDING_NOTES[one.standing] for one in members)
        cells = [_asked(members), *map(_all, settings), looked, read, standing]
        found.setdefault(tuple(cells), []).append(name)
    rows = [
        [_names(names), _names(one.name for name in names for one in families[name] if one.family), *cells]
        for cells, names in found.items()
    ]
    heads = ["name or family", "members", "asks", "training images", "epochs", "batch", "seeds", "augmentation"]
    return table([*heads, "held-out images", "test images", "standing"], rows)


def _all(told: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(told))


def _asked(members: Sequence[Protocol]) -> str:
    """What the purposes of all begin with."""
    words = [one.purpose.split() for one in members]
    common = [alike[0] for alike in takewhile(lambda alike: len(set(alike)) == 1, zip(*words, strict=False))]
    return " ".join(common) + (" …" if len(members) > 1 else "")


def published_table(results: Path) -> str:
    """Recipes as their sources print them."""
    rows = []
    for one in _as_run(PUBLISHED):
        train = one.training
        how = [
            train.optimiser,
            train.schedule,
            train.initialisation,
            train.pixels,
            f"weight decay {train.weight_decay:g}",
        ]
        how.append("not clipped" if train.clip_norm is None else f"clipped to {train.clip_norm:g}")
        rows.append([code(one.name), one.purpose, f"{one.image_size} px", *_training(one)[:4], ", ".join(how)])
    heads = ["protocol", "for", "images", "training images", "epochs", "batch", "seeds", "settings"]
    return table(heads, rows)


def _names(names: Iterable[str]) -> str:
    return ", ".join(code(name) for name in dict.fromkeys(names))


def rates_table(results: Path) -> str:
    """Peak learning rates that the five networks train with; protocols that share them share a row."""
    found: dict[tuple[str, ...], list[str]] = {}
    for one in _trained():
        specs = [archs.get_spec(name) for name in archs.FIVE]
        rates = tuple(f"{one.training.peak_learning_rate(spec.name, spec.family):g}" for spec in specs)
        found.setdefault(rates, []).append(one.family or one.name)
    rows = [[_names(names), *rates] for rates, names in found.items()]
    return table(["protocols", *(archs.get_spec(name).title for name in archs.FIVE)], rows, right=1)


def _trained() -> Iterator[Protocol]:
    """Those in which networks may have rates of their own; a search and a test of starts set one for all."""
    for one in PROTOCOLS.values():
        if set(one.measures) & set(TRAINED) and not one.name.startswith(("tuning", "starts")):
            yield one
