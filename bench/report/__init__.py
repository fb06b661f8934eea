"""The report: from records to a page, figures and tables.

Data flows from `frames` (tidy) over `tables` and `overview` (exact) to `layouts` (printed), and from there to `latex/`,
`figures/` and `web/`; `compare/` does the same for two folders.  `build` calls them all.  pandas, matplotlib and
seaborn are imported when something is rendered, not with this package.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bench.errors import UserError
from bench.records import Record

if TYPE_CHECKING:
    import pandas as pd


def render(
    records: Sequence[Record],
    problems: Sequence[str],
    out: Path,
    folder: Path | None = None,
    quotes: Mapping[str, str] | None = None,
    finish: Callable[[dict[str, bytes]], Mapping[str, bytes]] = lambda files: files,
) -> Path:
    """Write ``index.html``, ``plots/`` and ``tables/`` under `out`; return the path of the page.

    The same records give the same bytes, in whatever order they come.  Tables and plots that an earlier
    rendering left there and that this one does not make are removed, if nobody changed them.

    Args:
        problems: a line for each record that could not be read; the page names them.
        folder: the results folder, for the predictions beside the records and links to their files.
        quotes: passages of the documents by claim, for a page that one keeps to oneself.
        finish: what is to be written, from what was made: a comparison adds files of its own.

    Raises:
        UserError: there is no record, or `out` cannot be written.
    """
    if not records:
        unread = f" ({len(problems)} could not be read)" if problems else ""
        raise UserError(f"there is no record to report on{unread}; measure something with 'bench run' first")
    from bench.report.build import build
    from bench.report.folder import write_folder

    return write_folder(finish(build(records, problems, folder, quotes or {}, out)), out)


def summary(records: Sequence[Record]) -> pd.DataFrame:
    """The summary as people read it, every cell a string: one row a network, image size, protocol,
    device and precision."""
    from bench.numbers import MISSING
    from bench.report import layouts
    from bench.report.frames import to_frames
    from bench.report.overview import summary as exact_summary
    from bench.report.sections import section

    table = exact_summary(to_frames(records))
    # All scopes in one table: each row then tells its own, and a batch that differs stands in the cell.
    printed = section(layouts.SUMMARY, {}, table).printed()
    heads = {"protocol": "Protocol", "image_size": "Image size", "device": "Device", "precision": "Precision"}
    for place, (name, head) in enumerate(heads.items(), start=1):
        printed.insert(place, head, [str(value) or MISSING for value in table[name]])
    return printed


__all__ = ["render", "summary"]
