"""What several commands take on the command line and how it is read, and what several print."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from bench.errors import UserError


class PrecisionChoice(StrEnum):
    auto = "auto"
    fp32 = "fp32"
    tf32 = "tf32"
    bf16 = "bf16"


Results = Annotated[Path, typer.Option(metavar="FOLDER", help="Folder of the records.")]
DataDir = Annotated[Path | None, typer.Option(metavar="FOLDER", help="Folder of the four Fashion-MNIST files.")]
TimeBudget = Annotated[
    str | None,
    typer.Option(metavar="TIME", help="Stop in good order after, say, 90s, 9m or 2h; a number alone is seconds."),
]
ImageSize = Annotated[int, typer.Option(metavar="PIXELS", help="Side of the images.")]
InChannels = Annotated[int, typer.Option(metavar="N", help="Channels of the images.")]
NumClasses = Annotated[int, typer.Option(metavar="N", help="Number of logits.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on stdout and nothing else.")]
SEVERAL = ("--arch", "--measure", "--for-claim")
"""Options of `run` that take several names after one flag."""


def parse_duration(text: str) -> float:
    """Seconds in a time such as 90s, 9m, 1.5h or 1h30m; a bare number is seconds.

    Raises:
        UserError: it is none, or it is zero.
    """
    match = re.fullmatch(r"(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s?)?", text.strip())
    hours, minutes, seconds = (float(part or 0) for part in match.groups()) if match else (0, 0, 0)
    total = 3600 * hours + 60 * minutes + seconds
    if total <= 0:
        raise UserError(f"--time-budget takes a time such as 90s, 9m or 2h, not {text!r}")
    return total


def spread(arguments: Sequence[str]) -> list[str]:
    """Repeat a flag of `SEVERAL` before each of the values that follow it: ``--arch a b`` is ``--arch a --arch b``."""
    spelled: list[str] = []
    flag = None
    for argument in arguments:
        if argument.startswith("-"):
            flag = argument if argument in SEVERAL else None
        elif flag is not None and spelled[-1] != flag:
            spelled.append(flag)
        spelled.append(argument)
    return spelled


def names(values: list[str] | None) -> list[str]:
    """Names with spaces or commas, or both, between them.

    Raises:
        UserError: something was given and none of it is a name, which is not to stand for all that there are.
    """
    found = [name for value in values or [] for name in re.split(r"[\s,]+", value) if name]
    if values and not found:
        raise UserError(f"a name was expected, not {values[0]!r}; give one, or leave it out to mean the default")
    return found


def refuse_beside(option: str, context: typer.Context, others: Sequence[str], why: str) -> None:
    """Let no parameter of `others` be given together with `option`.

    Raises:
        UserError: one was, and would have had no effect.
    """
    for name in others:
        source = context.get_parameter_source(name)
        if source is not None and source.name == "COMMANDLINE":
            flag = f"--{name.replace('_', '-')}"
            raise UserError(f"{option} takes no {flag}, {why}; leave out one of the two")


def refuse_json(as_json: bool, **others: bool) -> None:
    """Let no parameter of `others` that is on stand beside `--json`.

    Raises:
        UserError: one does, and would print lines where one JSON document is promised.
    """
    for name, on in others.items():
        if as_json and on:
            raise UserError(f"--{name} prints lines and no JSON; leave out --json or --{name}")


def say(line: str) -> None:
    """A line of progress, on stderr."""
    print(line, file=sys.stderr, flush=True)


def print_json(document: object) -> None:
    """The one document that `--json` promises."""
    import json

    print(json.dumps(document, indent=2))


def tell_problems(problems: Sequence[str]) -> None:
    """Name the files that are no records and leave with 2: all the rest was done."""
    for problem in problems:
        print(f"bench: {problem}", file=sys.stderr)
    if problems:
        raise typer.Exit(2)
