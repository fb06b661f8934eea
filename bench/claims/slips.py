"""TOML that people write, read: a slip in it is one line that says where it is and what to do."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from importlib.resources.abc import Traversable
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from archs.names import unknown
from bench.errors import UserError

Written = TypeVar("Written", bound=BaseModel)


def read_toml(path: Traversable) -> dict[str, Any]:
    """What the file holds.

    Raises:
        UserError: it is no TOML, or says something twice.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UserError(f"{path} is not valid TOML: {error}; put that line right") from None


def fitted(model: type[Written], entry: object, where: str) -> Written:
    """The entry as a `model`.

    Args:
        where: what it is of which file, as the message begins.

    Raises:
        UserError: it does not fit; the message names the field, and the closest name where one is misspelt.
    """
    try:
        return model.model_validate(entry)
    except ValidationError as error:
        raise UserError(f"{where}: {_slip(model, error)}") from None


def _slip(model: type[BaseModel], error: ValidationError) -> str:
    """What is wrong first of all: a name that nothing has explains most of the rest."""
    first = min(error.errors(include_url=False), key=lambda one: one["type"] not in ("extra_forbidden", "value_error"))
    kind, value, message = first["type"], first["input"], first["msg"].removeprefix("Value error, ")
    field = _field(first["loc"])
    if kind == "extra_forbidden":
        deeper = f"{field} is no field; spell it as the other entries do, or remove it"
        return deeper if len(first["loc"]) > 1 else unknown("no field is called", field, model.model_fields)
    if kind == "missing":
        return f"{field} is missing; add it"
    if kind == "literal_error" and isinstance(value, str):
        return unknown(f"{field} cannot be", value, re.findall(r"'([^']*)'", first["ctx"]["expected"]))
    if kind == "value_error":
        return f"{field}: {message}" if field else message
    given = "" if isinstance(value, dict) else f", not {value!r}"
    return f"{field or 'it'}: {message[0].lower()}{message[1:]}{given}; put it right"


def _field(place: Sequence[str | int]) -> str:
    """Such as "networks, number 2"; the member of a union, such as "function-after[...]", is left out."""
    named = (f"number {part + 1}" if isinstance(part, int) else part for part in place)
    return ", ".join(part for part in named if "[" not in part)
