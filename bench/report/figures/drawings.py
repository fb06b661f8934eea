"""Pictures as bytes, drawn only where the last rendering does not have them already.

A picture is a function of this package and everything that it draws.  Its key is a hash of both, of the package's
code and of the versions of the libraries that draw, so that under the same key there is the same figure.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, fields, is_dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import bench
from bench import processes
from bench.report.figures.picture import Picture
from bench.report.figures.svg import png_bytes, svg_bytes
from bench.report.style import RC

LISTED = "figures.json"
PACKAGE = Path(bench.__file__).parent
"""All of it: numbers and frames are made outside of this folder."""
_WORTH_A_PROCESS, _MOST_PROCESSES = 15, 4
"""A process loads for a second what it draws with, in which one that has it draws some ten figures."""
_PLAIN = {str, int, float, bool, type(None)}
_LIBRARIES = ("matplotlib", "seaborn", "numpy", "pandas", "pillow")


@dataclass(frozen=True)
class Drawing:
    """One figure as files."""

    key: str
    svg: bytes
    png: bytes


def drawings(pictures: Sequence[Picture], out: Path | None = None) -> dict[str, Drawing]:
    """Every picture drawn, by its name.

    Args:
        out: folder of an earlier report, whose figures are taken over where their keys are the same.
    """
    code, earlier = code_version(), {} if out is None else _listed(out)
    keys = {picture.name: key_of(picture, code) for picture in pictures}
    kept = {} if out is None else {name: _kept(out, name, key, earlier.get(name)) for name, key in keys.items()}
    missing = [picture for picture in pictures if kept.get(picture.name) is None]
    made = dict(zip((one.name for one in missing), _all_drawn(missing, keys), strict=True))
    return {name: kept.get(name) or made[name] for name in keys}


def _all_drawn(pictures: Sequence[Picture], keys: Mapping[str, str]) -> list[Drawing]:
    """Many are drawn by several processes, where there are processors for them; the bytes are the same."""
    wanted = [keys[picture.name] for picture in pictures]
    several = min(os.cpu_count() or 1, _MOST_PROCESSES, len(pictures) // _WORTH_A_PROCESS)
    if several < 2:
        return list(map(draw, pictures, wanted))
    processes.start_quiet_server()
    with ProcessPoolExecutor(several, processes.context(), processes.serve_quietly) as pool:
        return list(pool.map(draw, pictures, wanted))


def draw(picture: Picture, key: str) -> Drawing:
    """Draw one picture."""
    import matplotlib as mpl

    with mpl.rc_context(RC):
        figure = picture.draw()
        return Drawing(key, svg_bytes(figure, picture.name), png_bytes(figure))


def listing(made: Mapping[str, Drawing]) -> bytes:
    """What has to lie beside the figures for the next rendering to find them: `LISTED`."""
    told = {
        name: {"key": one.key, "svg": _sha256(one.svg), "png": _sha256(one.png)} for name, one in sorted(made.items())
    }
    return (json.dumps(told, indent=1) + "\n").encode()


def _listed(out: Path) -> dict[str, Any]:
    try:
        listed = json.loads((out / LISTED).read_bytes())
    except (OSError, ValueError):
        return {}
    return listed if isinstance(listed, dict) else {}


def _kept(out: Path, name: str, key: str, listed: Any) -> Drawing | None:
    """The figure as it lies there, if it has this key and nobody changed its files."""
    if not isinstance(listed, dict) or listed.get("key") != key:
        return None
    try:
        svg, png = ((out / "plots" / f"{name}.{suffix}").read_bytes() for suffix in ("svg", "png"))
    except OSError:
        return None
    whole = listed.get("svg") == _sha256(svg) and listed.get("png") == _sha256(png)
    return Drawing(key, svg, png) if whole else None


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def code_version() -> str:
    """A hash of every line of code that might change a figure: this project's, and the versions of libraries."""
    found = hashlib.sha256(platform.python_version().encode())
    for library in _LIBRARIES:
        found.update(f"{library} {version(library)}".encode())
    for path in sorted(PACKAGE.rglob("*.py")):
        found.update(path.relative_to(PACKAGE).as_posix().encode() + b"\0" + path.read_bytes())
    return found.hexdigest()


def key_of(picture: Picture, code: str) -> str:
    """What the picture's files depend on, as a hash.  Its name is part of it: it salts the ids of the SVG."""
    found = hashlib.sha256(f"{code} {picture.name} ".encode())
    for part in _written(picture.draw):
        found.update(part.encode() + b"\n")
    return found.hexdigest()


def _written(value: Any) -> Iterator[str]:
    """`value` in full, in words that are the same for the same value in every process.

    Raises:
        TypeError: something else than tables, numbers, text, functions with names, and collections of them.
    """
    if isinstance(value, pd.DataFrame):
        yield f"table {list(value.columns)} {[str(kind) for kind in value.dtypes]} {len(value)}"
        yield from _written(list(value.index))
        for column in value.columns:
            yield from _written(value[column].tolist())
    elif isinstance(value, partial):
        yield "partial"
        yield from _written((value.func, value.args, value.keywords))
    elif is_dataclass(value) and not isinstance(value, type):
        yield type(value).__qualname__
        yield from _written({field.name: getattr(value, field.name) for field in fields(value)})
    elif isinstance(value, Mapping):
        yield f"mapping {len(value)}"
        for key, one in value.items():
            yield repr(key)
            yield from _written(one)
    elif isinstance(value, list | tuple) and {type(one) for one in value} <= _PLAIN:
        yield repr(value)
    elif isinstance(value, list | tuple):
        yield f"sequence {len(value)}"
        for one in value:
            yield from _written(one)
    elif value is None or isinstance(value, bool | int | float | str) or value is pd.NA:
        yield repr(value)
    elif isinstance(value, np.bool_ | np.number):
        yield repr(value.item())
    elif callable(value):
        yield _named(value)
    else:
        raise TypeError(f"a figure cannot be told apart by a {type(value).__name__}")


def _named(function: Callable[..., Any]) -> str:
    """A function by its module and name, `"{:g}".format` by its text too; the code behind is in the code's version.

    Raises:
        TypeError: a function made within another, which may stand for several.
    """
    owner, name = getattr(function, "__self__", None), function.__qualname__
    if "<" in name:
        raise TypeError(f"a figure cannot be told apart by {name}: give the function a name of its own")
    return f"{name} of {owner!r}" if isinstance(owner, str) else f"{function.__module__}.{name}"
