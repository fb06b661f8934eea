"""The tables that are kept beside the records: written from them, and held against them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bench import store
from bench.errors import UserError
from bench.records import Record
from bench.report.sources import EVERYTHING, TABLES, Sources

FOLDER = "tables"
README = "README.md"


def records_of(results: Path) -> list[Record]:
    """Every record of the folder.

    Raises:
        UserError: there is none, or a file cannot be read: what is cited rests on all of them or on nothing.
    """
    loaded = store.load(results)
    if loaded.problems:
        raise UserError(f"{'; '.join(loaded.problems)}; nothing is cited until then")
    if not loaded.records:
        raise UserError(f"no records in {results}; measure some with `bench run`, or name a folder with --results")
    return loaded.records


def make(results: Path) -> dict[str, bytes]:
    """The files of `results`/tables as its records give them, by name.

    Raises:
        UserError: as `records_of`.
    """
    from bench.report.build import only_tables

    records = records_of(results)
    files = {Path(name).name: content for name, content in only_tables(records, results).items()}
    return {README: _readme(files, Sources(records)).encode()} | files


def differences(results: Path, made: Mapping[str, bytes]) -> list[str]:
    """A line about each file that is not what the records give."""
    folder = results / FOLDER
    lines = []
    for name in sorted({*made, *_ours(folder)}):
        path = folder / name
        if name not in made:
            lines.append(f"{path} is a table that the records do not give")
        elif not path.is_file():
            lines.append(f"{path} is missing")
        elif path.read_bytes() != made[name]:
            lines.append(f"{path} is stale")
    return lines


def is_stale(results: Path, identifier: str) -> bool:
    """Whether tables are kept and name another identifier; cheap, since nothing is made for it."""
    readme = results / FOLDER / README
    return readme.is_file() and identifier not in readme.read_text(encoding="utf-8")


def write(results: Path, made: Mapping[str, bytes]) -> Path:
    """Write the tables, and remove those that the records no longer give; returns their folder."""
    folder = results / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for name in _ours(folder) - set(made):
        (folder / name).unlink()
    for name, content in made.items():
        (folder / name).write_bytes(content)
    return folder


def _ours(folder: Path) -> set[str]:
    """Files in the folder that have the name of a table."""
    names = {f"{table}.{suffix}" for table in TABLES for suffix in ("csv", "md", "tex")}
    return {path.name for path in folder.glob("*") if path.name in names}


def _readme(files: Mapping[str, bytes], sources: Sources) -> str:
    rows = []
    for table in TABLES:
        own = [name for name in files if Path(name).stem == table]
        if own:
            links = ", ".join(f"[{Path(name).suffix[1:]}]({name})" for name in own)
            rows.append(f"| {table} | `{sources.identifier(table)}` | {len(sources.behind(table))} | {links} |")
    return _README.format(identifier=sources.identifier(EVERYTHING), rows="\n".join(rows))


_README = """\
# Tables to cite

Made from the records beside them by `bench cite --write`; `bench cite --check` says which is stale. All records
together are `{identifier}`.

| table | identifier | records | files |
| --- | --- | --- | --- |
{rows}

The identifier is a hash of the records that a table is made from: the same records give the same identifier, in
whatever order they were measured. `bench cite TABLE` prints how to cite one.

The csv has exact numbers, both bounds of every interval, and the standing of each row. Bounds of accuracies are cut at
0 and 1, which Student's interval may pass; in findings, where a test is behind them, they are not. In the table of
claims `p_value` is the whole claim's, as Holm's method takes it, and `p_among_all` what that makes of it; the p of each
comparison stands in findings. Where test images got the same score for every class, that p is the larger of two, as
they were counted and with a class by lot, while effect and interval are as they were counted. Markdown and LaTeX are
the same for people, with protocol, repeats, device, versions, dates and standing in the caption. A row whose standing
does not let it be cited is marked.

A paper takes a LaTeX table in with `\\input{{memory.tex}}` and needs the packages booktabs, graphicx, longtable and
array. Each file has one table for each protocol and device: delete those that are not wanted. A wide table is shrunk
to the width of the text; where it gets too small, set it across both columns (`table*`) or on its side. The summary is
the widest, and complexity, throughput, memory and accuracy say the same in tables that fit.
"""
