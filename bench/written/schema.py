"""The schema of records in words: each model with its fields, their types, and what stands beside them in the code."""

from __future__ import annotations

import ast
import inspect
import re
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path

import bench.records
from bench.protocols import Protocol
from bench.records import Record
from bench.records.base import Model
from bench.written.markdown import code, table


def sections(results: Path) -> str:
    """A heading, the docstring and a table of fields for each model, the record itself first; then the types' names."""
    found = sorted(models(), key=_place)
    return "\n\n".join([*map(section, found), _named_types(found)])


def models() -> set[type[Model]]:
    """Every model of the schema."""
    named = (getattr(bench.records, name) for name in bench.records.__all__)
    return {one for one in named if inspect.isclass(one) and issubclass(one, Model)}


def _place(model: type[Model]) -> tuple[bool, bool, str, int]:
    """The record, then what its header is made of, then the results, file by file as they are written down."""
    own = model.__module__ == Record.__module__
    return model is not Record, not own, model.__module__, inspect.getsourcelines(model)[1]


def section(model: type[Model]) -> str:
    """One model."""
    types, told = written_fields(model)
    rows = []
    for name, field in model.model_fields.items():
        note = told.get(name, "")
        if not field.is_required() and types[name] != f"Literal[{field.default!r}]":
            note = f"{note} Where it is left out: `{field.default!r}`.".strip()
        rows.append([code(name), code(types[name]), note])
    about = inspect.cleandoc(model.__doc__ or "")
    return "\n\n".join([f"### {model.__name__}", about, table(["field", "type", "meaning"], rows)])


def written_fields(model: type[Model]) -> tuple[dict[str, str], dict[str, str]]:
    """Of each field its type as it is written in the code, and the sentences that stand under it there."""
    (node,) = ast.parse(textwrap.dedent(inspect.getsource(model))).body
    assert isinstance(node, ast.ClassDef)
    types: dict[str, str] = {}
    told: dict[str, str] = {}
    last = ""
    for statement in node.body:
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            last = statement.target.id
            types[last] = ast.unparse(statement.annotation)
        elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant) and last:
            told[last] = " ".join(str(statement.value.value).split())
    return types, told


def _named_types(found: Sequence[type[Model]]) -> str:
    """What the names among the types stand for, and the names in these."""
    aliases = {}
    for module in dict.fromkeys([*(model.__module__ for model in found), Model.__module__, Protocol.__module__]):
        for node in ast.parse(inspect.getsource(sys.modules[module])).body:
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                aliases[node.targets[0].id] = ast.unparse(node.value)
    told = " ".join(one for model in found for one in written_fields(model)[0].values())
    named: set[str] = set()
    while met := {name for name in aliases if re.search(rf"\b{name}\b", told)} - named:
        named |= met
        told = " ".join(aliases[name] for name in met)
    rows = [[code(name), code(aliases[name])] for name in sorted(named)]
    return f"### Names of types\n\n{table(['name', 'stands for'], rows)}"
