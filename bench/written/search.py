"""What the search for learning rates found, from its records."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import archs
from bench import store
from bench.numbers import MISSING
from bench.protocols.rates import SEARCHED
from bench.records import current
from bench.tuning import Search, by_scope, searches
from bench.written.markdown import table


def search_table(results: Path) -> str:
    """A row a network and image size, a column a rate; the best in bold, with a star at the edge of the grid.

    A table a device and precision, named where there are several.  After them, whose best rate lies next to one at
    which a run did not get off the ground, and where, if that was in several places.
    """
    from bench.report.convergence_layouts import edges
    from bench.report.experiment_tables import convergence, of_search
    from bench.report.frames import SCOPE, to_frames
    from bench.report.tables import groups

    records = current(store.load(results).records)
    scopes = by_scope(
        [one for size in SEARCHED for one in searches(records, f"tuning{size}") if one.arch in archs.FIVE]
    )
    told = []
    for scope, found in scopes.items():
        told += [f"{scope}:"] * (len(scopes) > 1) + [_table(found)]
    frames = to_frames(records)
    runs = frames.convergence[of_search(frames.convergence["member"]) & frames.convergence["arch"].isin(archs.FIVE)]
    near = [
        (f"{scope['image_size']} px, {scope['device']}, {scope['precision']}", sentence)
        for scope, part in groups(runs, list(SCOPE))
        for sentence in edges(convergence(part, frames.failures))
    ]
    several = len({where for where, _ in near}) > 1
    sentences = [f"At {where}: {sentence}" if several else sentence for where, sentence in near]
    return "\n\n".join([*told, " ".join(sentences)]).strip()


def _table(found: Sequence[Search]) -> str:
    rates = sorted({trial.learning_rate for one in found for trial in one.trials})
    rows = []
    for one in sorted(found, key=lambda one: (one.image_size, archs.FIVE.index(one.arch))):
        means = {trial.learning_rate: f"{trial.mean:.3f}" for trial in one.trials}
        means[one.best.learning_rate] = f"**{means[one.best.learning_rate]}**" + "\\*" * one.at_the_edge
        cells = [means.get(rate, MISSING) for rate in rates]
        rows.append([archs.get_spec(one.arch).title, f"{one.image_size} px", *cells])
    return table(["network", "images", *(f"{rate:g}" for rate in rates)], rows, right=2)
