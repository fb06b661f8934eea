"""The command line: which commands there are, and what happens to an error."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from archs import ArchError
from bench import __version__
from bench.arguments import spread
from bench.commands import documents, measure, networks, results
from bench.errors import UserError
from bench.interruption import STOPPED, let_the_exit_code_stand, stems_from_one

app = typer.Typer(
    name="bench",
    help="Compare convolutional networks: parameters, FLOPs, memory, throughput and accuracy on Fashion-MNIST.",
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
)
app.command("run")(measure.run)
app.command("report")(results.report)
app.command("claims")(documents.show_claims)
app.command("list")(networks.list_networks)
app.command("show")(networks.show)
app.command("profile")(measure.profile)
app.command("tune")(measure.tune)
app.command("audit")(documents.audit)
app.command("prove")(documents.prove)
app.command("cite")(results.cite)
app.command("verify")(results.verify)
app.command("data")(results.data)
app.command("doctor")(results.doctor)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"ninbench {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Options before the command."""


def main() -> None:
    """Run the command line of this process: every error of the user's is one line on stderr and exit code 2."""
    _print_what_can_be_printed()
    code = call(sys.argv[1:])
    let_the_exit_code_stand()
    sys.exit(code)


def _print_what_can_be_printed() -> None:
    """Where standard output lacks a character, such as an arrow in ASCII, a question mark stands for it."""
    if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.errors == "strict":
        sys.stdout.reconfigure(errors="replace")


def call(arguments: Sequence[str]) -> int:
    """Run the command line `arguments`; returns the exit code."""
    try:
        return _call(arguments)
    except BaseException as error:
        if stems_from_one(error):
            return STOPPED
        raise


def _call(arguments: Sequence[str]) -> int:
    try:
        code = app(spread(arguments), prog_name="bench", standalone_mode=False)
    except (UserError, ArchError) as error:
        return _refuse(str(error))
    except typer.TyperException as error:
        if type(error).__name__ == "NoArgsIsHelpError":
            print(error.format_message())
            return 2
        return _refuse(_usage_error(error))
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] in ("archs", "bench"):
            raise
        return _refuse(f"the package {error.name!r} is missing here; install this project, or that package, with pip")
    except OSError as error:  # a full disk, a folder that went away
        return _refuse(f"{error.filename or 'a file'} could not be read or written: {error.strerror or error}")
    return code if isinstance(code, int) else 0


def _usage_error(error: typer.TyperException) -> str:
    """What is wrong with the command line, the closest option or command, and where to read more."""
    message = error.format_message()
    if close := getattr(error, "possibilities", None):
        message = f"{message.partition(' (')[0]}; did you mean {' or '.join(close)}?"
    context = getattr(error, "ctx", None)
    extra = re.search(r"unexpected extra argument.* \((.+)\)", message)
    if extra and context is not None and any("--arch" in one.opts for one in context.command.params):
        message = f"unexpected {extra[1]}; did you mean --arch {extra[1]}?"
    where = context.command_path if context is not None else "bench"
    return f"{message.rstrip('.')} (see {where} --help)"


def _refuse(message: str) -> int:
    print(f"bench: {message}", file=sys.stderr)
    return 2
