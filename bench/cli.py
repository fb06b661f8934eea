"""The commands: parse, call, print.  Each imports what it needs, so that help and listings answer at once."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from archs import FIVE, ArchError
from bench import __version__
from bench.arguments import (
    AsJson,
    DataDir,
    ImageSize,
    InChannels,
    NumClasses,
    PrecisionChoice,
    Results,
    names,
    parse_duration,
    spread,
)
from bench.errors import UserError
from bench.protocols import MEASURES, protocol_names

if TYPE_CHECKING:
    from bench.differences import Step
    from bench.records import Complexity

app = typer.Typer(
    name="bench",
    help="Compare convolutional networks: parameters, FLOPs, memory, throughput and accuracy on Fashion-MNIST.",
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
)


LAYER_FIELDS = {"name", "type", "output_shape", "parameters", "macs"}


@app.command()
def run(
    arch: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME...", help="Networks, with spaces or commas between.", show_default=" ".join(FIVE)),
    ] = None,
    for_claim: Annotated[
        list[str] | None,
        typer.Option(metavar="ID...", help="Measure what these claims lack, such as D0-11; see `bench claims`."),
    ] = None,
    device: Annotated[str, typer.Option(metavar="DEVICE", help="auto, cpu, cuda, cuda:N or mps.")] = "auto",
    protocol: Annotated[str, typer.Option(metavar="NAME", help=f"One of: {', '.join(protocol_names())}.")] = "quick",
    measure: Annotated[
        list[str] | None,
        typer.Option(metavar="KIND...", help=f"{', '.join(MEASURES)}.", show_default="the protocol's"),
    ] = None,
    seeds: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Training runs of each network.", show_default="the protocol's"),
    ] = None,
    batch_size: Annotated[
        int | None,
        typer.Option(
            metavar="N", min=1, help="Of training; the records are then not citable.", show_default="the protocol's"
        ),
    ] = None,
    precision: Annotated[
        PrecisionChoice, typer.Option(help="auto takes bf16 where it is faster.")
    ] = PrecisionChoice.auto,
    time_budget: Annotated[
        str | None, typer.Option(metavar="TIME", help="Stop in good order after, for example, 90s, 9m or 2h.")
    ] = None,
    retry_failed: Annotated[bool, typer.Option("--retry-failed", help="Try units again that failed earlier.")] = False,
    jobs: Annotated[
        int, typer.Option(metavar="N", min=1, help="Training runs side by side, the threads shared among them.")
    ] = 1,
    results: Results = Path("results"),
    data_dir: DataDir = None,
) -> None:
    """Measure networks; what was measured before is not measured again."""
    from bench.campaign import Request, carry_out_request

    code = carry_out_request(
        Request(
            archs=names(arch) or list(FIVE),
            claims=names(for_claim),
            device=device,
            protocol=protocol,
            measures=names(measure),
            seeds=seeds,
            batch_size=batch_size,
            precision=precision.value,
            time_budget=None if time_budget is None else parse_duration(time_budget),
            retry_failed=retry_failed,
            results=results,
            data_dir=data_dir,
            jobs=jobs,
        )
    )
    raise typer.Exit(code)


@app.command()
def tune(
    arch: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME...", help="Networks, with spaces or commas between.", show_default=" ".join(FIVE)),
    ] = None,
    image_size: ImageSize = 28,
    device: Annotated[str, typer.Option(metavar="DEVICE", help="auto, cpu, cuda, cuda:N or mps.")] = "auto",
    time_budget: Annotated[
        str | None, typer.Option(metavar="TIME", help="Stop in good order after, for example, 90s, 9m or 2h.")
    ] = None,
    jobs: Annotated[int, typer.Option(metavar="N", min=1, help="Training runs side by side.")] = 1,
    results: Results = Path("results"),
    data_dir: DataDir = None,
) -> None:
    """Search each network's learning rate, all on the same small budget of held-out images."""
    from bench.campaign import Request, carry_out_request

    family = f"tuning{image_size}"
    code = carry_out_request(
        Request(
            archs=names(arch) or list(FIVE),
            device=device,
            protocol=family,
            time_budget=None if time_budget is None else parse_duration(time_budget),
            results=results,
            data_dir=data_dir,
            jobs=jobs,
        )
    )
    from bench import store
    from bench.tuning import print_searches, searches

    print_searches(searches(store.load(results).records, family))
    raise typer.Exit(code)


@app.command()
def report(
    results: Results = Path("results"),
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="Where index.html, plots/ and tables/ go.")] = Path(
        "reports"
    ),
) -> None:
    """Render the records as one page with tables and plots."""
    from bench import report as rendering
    from bench import store

    loaded = store.load(results)
    if not loaded.records:
        raise UserError(
            "; ".join(loaded.problems)
            or f"no records in {results}; measure some with `bench run`, or name a folder with --results"
        )
    page = rendering.render(loaded.records, loaded.problems, out, results)
    print(f"{len(loaded.records)} records, rendered to {page}")
    _tell_problems(loaded.problems)


@app.command("list")
def list_networks(
    family: Annotated[str | None, typer.Option(metavar="NAME", help="Only this family, such as nin.")] = None,
    kind: Annotated[
        str | None, typer.Option(metavar="KIND", help="Only published networks, ablations or listings of documents.")
    ] = None,
    image_size: Annotated[
        int | None, typer.Option(metavar="PIXELS", help="Only networks defined at this size.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the networks with what is known of them."""
    import archs

    specs = archs.list_archs(family, kind, image_size)
    if as_json:
        _print_json(
            [
                {
                    "name": spec.name,
                    "title": spec.title,
                    "family": spec.family,
                    "kind": spec.kind,
                    "year": spec.year,
                    "reference": spec.reference,
                    "source": spec.source,
                    "parent": spec.parent or None,
                    "change": spec.change or None,
                    "held_equal": spec.held_equal or None,
                    "image_sizes": list(spec.image_sizes),
                    "counts": {
                        str(size): {"parameters": counts.parameters, "macs": counts.macs}
                        for size, counts in spec.counts.items()
                    },
                }
                for spec in specs
            ]
        )
        return
    from bench.network_tables import print_specs

    print_specs(specs)


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="A network; see `bench list`.")],
    image_size: ImageSize = 224,
    in_channels: InChannels = 1,
    num_classes: NumClasses = 10,
    diff: Annotated[
        str | None, typer.Option(metavar="PARENT", help="Show only what differs from this network.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show one network layer by layer."""
    import torch

    import archs
    from bench.measure.complexity import measure_complexity

    def counted(which: str) -> Complexity:
        with torch.device("meta"):
            model = archs.create(which, in_channels=in_channels, num_classes=num_classes, image_size=image_size)
        return measure_complexity(model, in_channels=in_channels, image_size=image_size)

    spec = archs.get_spec(name)
    parent = None if diff is None else archs.get_spec(diff)
    counts = counted(name)
    image_shape = (in_channels, image_size, image_size)
    document = {"name": name, "image_size": image_size, "in_channels": in_channels, "num_classes": num_classes}
    if parent is None:
        if as_json:
            layers = [layer.model_dump(mode="json", include=LAYER_FIELDS) for layer in counts.layers]
            _print_json(document | {"parameters": counts.parameters, "macs": counts.macs, "layers": layers})
            return
        from bench.network_tables import print_network

        print_network(spec, counts, image_shape=image_shape, num_classes=num_classes)
        return

    from bench.differences import differences

    before = counted(parent.name)
    found = differences(before.layers, counts.layers)
    if as_json:
        _print_json(
            document
            | {
                "parent": parent.name,
                "parameters": {"parent": before.parameters, "own": counts.parameters},
                "macs": {"parent": before.macs, "own": counts.macs},
                "differences": [
                    {"change": one.change, "parent": _step(one.parent), "own": _step(one.own)}
                    for one in found
                    if one.change != "same"
                ],
            }
        )
        return
    from bench.network_tables import print_differences

    print_differences(spec, parent, found, (before, counts), image_shape=image_shape, num_classes=num_classes)


@app.command()
def profile(
    name: Annotated[str, typer.Argument(help="A network; see `bench list`.")],
    image_size: ImageSize = 28,
    batch_size: Annotated[int, typer.Option(metavar="N", min=1, help="Images in a step.")] = 64,
    inference: Annotated[bool, typer.Option("--inference", help="A forward pass instead of a training step.")] = False,
    device: Annotated[str, typer.Option(metavar="DEVICE", help="auto, cpu, cuda, cuda:N or mps.")] = "auto",
    precision: Annotated[PrecisionChoice, typer.Option(help="auto takes bf16 where it is faster.")] = (
        PrecisionChoice.auto
    ),
    trace: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a trace for Perfetto or Chrome.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show where the time of one step goes."""
    from bench.profiling import profile_network

    mode: Literal["training", "inference"] = "inference" if inference else "training"
    found = profile_network(name, image_size, batch_size, mode, device, precision.value, trace)
    if as_json:
        from dataclasses import asdict

        _print_json(asdict(found))
        return
    from bench.profiling import print_profile

    print_profile(name, found, batch_size=batch_size, trace=trace)


@app.command()
def audit(
    document: Annotated[str | None, typer.Argument(metavar="[DOC]", help="One document, 000 to 004, in full.")] = None,
    documents: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Folder of the documents; without it, what was found before.")
    ] = None,
    results: Results = Path("results"),
    as_json: AsJson = False,
) -> None:
    """Run what the documents print and hold it against their prose."""
    from bench.audit.command import audits

    found = audits(document, documents, results, say=_say)
    if as_json:
        _print_json([one.model_dump(mode="json") for one in found])
        return
    from bench.audit.show import print_audits

    print_audits(found, in_full=document is not None)


@app.command("claims")
def show_claims(
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="One claim tells its whole story.")] = None,
    topic: Annotated[str | None, typer.Option(metavar="NAME", help="Only claims on this topic.")] = None,
    document: Annotated[str | None, typer.Option(metavar="DOC", help="Only this document, 000 to 004.")] = None,
    documents: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Show the documents' own words, from this folder.")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Exit with 1 if a verdict differs from the kept one.")] = False,
    save: Annotated[bool, typer.Option("--save", help="Keep the verdicts beside the records.")] = False,
    results: Results = Path("results"),
    as_json: AsJson = False,
) -> None:
    """Hold 116 claims about these networks against the records, each with its verdict."""
    from bench import store
    from bench.claims import command, committed
    from bench.claims.contradictions import resolve
    from bench.claims.evidence import Evidence

    wanted = command.chosen(names(ids), topic, document)
    loaded = store.load(results)
    evidence = Evidence(loaded.records, results)
    decided = command.decisions(wanted, evidence)
    quotes = {}
    if documents is not None:
        from bench.claims.passages import passages

        quotes = passages(documents, wanted)
    if check:
        kept = committed.load(results)
        changed = committed.changes(kept, decided)
        for line in changed:
            print(line)
        print(f"{len(decided) - len(changed)} of {len(decided)} verdicts are as they were kept.")
        raise typer.Exit(1 if changed else 0)
    if as_json:
        _print_json(command.documents_of(decided, quotes))
    else:
        from bench.claims import show

        everything = command.decisions(command.chosen([]), evidence)
        resolutions = resolve(everything)
        if len(decided) == 1 and ids:
            (one,) = decided
            show.print_story(one, resolutions, quotes.get(one.claim.id))
        else:
            show.print_claims(decided, resolutions if len(decided) == len(everything) else (), quotes)
    if save:
        _say(f"kept in {committed.save(results, command.decisions(command.chosen([]), evidence))}")
    _tell_problems(loaded.problems)


@app.command()
def prove(results: Results = Path("results"), as_json: AsJson = False) -> None:
    """Compute the identities that claims rest on, each beside a case in which it fails."""
    from bench.prove import print_proofs, prove

    found = prove(results)
    if as_json:
        _print_json([one.proof.model_dump(mode="json") for one in found])
        return
    print_proofs(found)


@app.command()
def data(data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Find Fashion-MNIST, or fetch it, and check its four files."""
    from bench.data import CLASSES, ensure

    location = ensure(data_dir, say=_say)
    if as_json:
        _print_json({"folder": str(location.folder), "origin": location.origin, "classes": list(CLASSES)})
        return
    print(f"Fashion-MNIST is in {location.folder} ({location.origin}); its four files have the right SHA-256.")


@app.command()
def doctor(results: Results = Path("results"), data_dir: DataDir = None) -> None:
    """Say what a run would find on this machine."""
    from bench.doctor import examine
    from bench.terminal import print_findings

    findings = examine(results, data_dir)
    print_findings(findings)
    raise typer.Exit(0 if all(finding.good for finding in findings) else 1)


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
    """Entry point: every error of the user's is one line on stderr and exit code 2."""
    sys.exit(call(sys.argv[1:]))


def call(arguments: Sequence[str]) -> int:
    """Run the command line `arguments`; returns the exit code."""
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
    where = context.command_path if context is not None else "bench"
    return f"{message.rstrip('.')} (see {where} --help)"


def _refuse(message: str) -> int:
    print(f"bench: {message}", file=sys.stderr)
    return 2


def _step(step: Step | None) -> dict[str, Any] | None:
    if step is None:
        return None
    return step.layer.model_dump(mode="json", include=LAYER_FIELDS) | {"activations": step.activations}


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _tell_problems(problems: Sequence[str]) -> None:
    """Name the files that are no records and leave with 2: all the rest was done."""
    for problem in problems:
        print(f"bench: {problem}", file=sys.stderr)
    if problems:
        raise typer.Exit(2)


def _print_json(document: object) -> None:
    import json

    print(json.dumps(document, indent=2))
