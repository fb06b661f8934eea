"""Records on disk: one JSON file a unit, written atomically, read back through the schema."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shlex
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import is_zipfile

from pydantic import ValidationError

from bench.errors import UserError
from bench.records import SCHEMA_VERSION, Accuracy, Record

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np

DEFAULT = Path("results")
"""The folder of a command line that names none."""
AGAIN = "and the command that made it measures it again"
"""What follows once a damaged file is removed."""


@dataclass(frozen=True)
class Loaded:
    """What a results folder holds: its records, and a line about each file that is none."""

    records: list[Record]
    problems: list[str]


def existing(results: Path) -> Path:
    """`results` itself.

    Raises:
        UserError: there is no such folder, or it is a file.
    """
    _check_is_no_file(results)
    if not results.is_dir():
        raise UserError(f"there is no results folder {results}; name one with --results, or make one with `bench run`")
    return results


def option(results: Path) -> str:
    """What a command line ends with that is to take the same folder; nothing where that is the default."""
    return "" if results == DEFAULT else f" --results {shlex.quote(str(results))}"


def load(results: Path) -> Loaded:
    """Read every record under `results`, in order of path.

    A file that is damaged, truncated, foreign or of a newer schema is named in `problems`, with what to do, and left
    where it is.  So are predictions that are not there or not whole, whose record stands without them.

    Raises:
        UserError: `results` is not a folder that can be read.
    """
    _check_is_no_file(results)
    records, problems = [], []
    for path in sorted((results / "records").rglob("*.json")):
        try:
            record = _read(path)
        except (OSError, ValueError) as error:
            problems.append(f"{path} is not used: {error}")
            continue
        records.append(record)
        named = record.result.predictions if isinstance(record.result, Accuracy) else None
        if named and not is_zipfile(path.with_name(named)):
            lost = f"{path.with_name(named)} is missing or not whole: what is asked of predictions lacks it"
            problems.append(f"{lost}; remove {path}, {AGAIN}")
    return Loaded(records, problems)


def _check_is_no_file(results: Path) -> None:
    if results.exists() and not results.is_dir():
        raise UserError(f"results folder {results} is a file; name a folder with --results")


def _read(path: Path) -> Record:
    """The record at `path`; a ValueError says in a few words why there is none."""
    content = path.read_bytes()
    try:
        return Record.model_validate_json(content)
    except ValidationError as error:
        raise ValueError(_why_not(content, error)) from None


def _why_not(content: bytes, error: ValidationError) -> str:
    if not content.strip():
        return f"the file is empty; remove it, {AGAIN}"
    try:
        data = json.loads(content)
    except ValueError:
        return f"it is not whole JSON (truncated or damaged); remove it, {AGAIN}"
    version = data.get("schema_version") if isinstance(data, dict) else None
    if version is None:
        return "it is JSON, but no record of this suite; remove it, or keep it elsewhere"
    if isinstance(version, int) and version > SCHEMA_VERSION:
        return f"it has schema {version} and this version reads up to {SCHEMA_VERSION}; upgrade ninbench"
    first = error.errors()[0]
    where = ".".join(map(str, first["loc"]))
    return f"it does not fit the schema at {where}: {first['msg']}; remove it, {AGAIN}"


def save(results: Path, record: Record, predictions: Mapping[str, np.ndarray[Any, Any]] | None = None) -> Path:
    """Write `record`, and `predictions` beside it first, so that a record never lacks its file.

    Nothing is overwritten: where the name is taken, the next free one is used.

    Returns:
        The record's path.
    """
    folder = results / "records" / record.kind
    folder.mkdir(parents=True, exist_ok=True)
    path = _free_path(folder, f"{record.arch.name.replace('/', '.')}-{record.arch.image_size}-{record.key}")
    if predictions is not None and isinstance(record.result, Accuracy):
        content = _npz(predictions)
        companion = path.with_suffix(".npz")
        _write(companion, content)
        result = record.result.model_copy(
            update={"predictions": companion.name, "predictions_sha256": hashlib.sha256(content).hexdigest()}
        )
        record = record.model_copy(update={"result": result})
    _write(path, record.model_dump_json(indent=1).encode() + b"\n")
    return path


def _free_path(folder: Path, stem: str) -> Path:
    path, attempt = folder / f"{stem}.json", 1
    while path.exists():
        attempt += 1
        path = folder / f"{stem}-{attempt}.json"
    return path


def _npz(arrays: Mapping[str, np.ndarray[Any, Any]]) -> bytes:
    import numpy as np

    buffer = io.BytesIO()
    named: dict[str, Any] = {name: arrays[name] for name in sorted(arrays)}
    np.savez_compressed(buffer, **named)
    return buffer.getvalue()


def _write(path: Path, content: bytes) -> None:
    """Write the whole file or nothing: a reader and a kill see either."""
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    with scratch.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    scratch.replace(path)


@contextmanager
def held(results: Path) -> Iterator[None]:
    """Hold the results folder for one run: timings taken at once would disturb each other.

    Raises:
        UserError: another run holds it, or it cannot be written.
    """
    from filelock import FileLock, Timeout

    try:
        results.mkdir(parents=True, exist_ok=True)
        lock = FileLock(results / ".lock")
        lock.acquire(timeout=0)
    except Timeout:
        raise UserError(
            f"another run is using results folder {results}; wait for it to end, or name another with --results"
        ) from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UserError(f"results folder {results} cannot be written ({reason}); name another with --results") from None
    try:
        if not os.access(results, os.W_OK):
            raise UserError(f"results folder {results} cannot be written; name another with --results")
        yield
    finally:
        lock.release()
