"""What the search for learning rates found, from its records."""

from __future__ import annotations

from pathlib import Path

import archs
from bench import store
from bench.numbers import MISSING
from bench.protocols.rates import SEARCHED
from bench.tuning import searches
from bench.written.markdown import table


def search_table(results: Path) -> str:
    """A row a network and image size, a column a rate; the best in bold, with a star at the edge of the grid.

    After it, whose best rate lies next to one at which a run did not get off the ground.
    """
    from bench.report.convergence_layouts import edges
    from bench.report.experiment_tables import convergence, of_search
    from bench.report.frames import to_frames

    records = store.load(results).records
    rows, rates = [], set()
    found = {size: searches(records, f"tuning{size}") for size in SEARCHED}
    for ones in found.values():
        rates |= {trial.learning_rate for one in ones for trial in one.trials}
    for size, ones in found.items():
        for one in sorted((one for one in ones if one.arch in archs.FIVE), key=lambda one: archs.FIVE.index(one.arch)):
            means = {trial.learning_rate: f"{trial.mean:.3f}" for trial in one.trials}
            means[one.best.learning_rate] = f"**{means[one.best.learning_rate]}**" + "\\*" * one.at_the_edge
            cells = [means.get(rate, MISSING) for rate in sorted(rates)]
            rows.append([archs.get_spec(one.arch).title, f"{size} px", *cells])
    told = table(["network", "images", *(f"{rate:g}" for rate in sorted(rates))], rows, right=2)
    frames = to_frames(records)
    runs = frames.convergence[of_search(frames.convergence["member"])]
    near = edges(convergence(runs, frames.failures))
    return "\n\n".join([told, " ".join(near)]).strip()
