"""Commands that measure."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from archs import FIVE
from bench.arguments import (
    AsJson,
    DataDir,
    ImageSize,
    PrecisionChoice,
    Results,
    TimeBudget,
    names,
    parse_duration,
    print_json,
    refuse_beside,
    tell_problems,
)
from bench.errors import UserError
from bench.protocols import MEASURES, protocol_names

if TYPE_CHECKING:
    from bench.request import Request


def run(
    context: typer.Context,
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
        PrecisionChoice, typer.Option(help="auto takes bf16 where the device has it.")
    ] = PrecisionChoice.auto,
    time_budget: TimeBudget = None,
    retry_failed: Annotated[
        bool,
        typer.Option(
            "--retry-failed", help="Try units again that failed earlier, with all that are timed beside them."
        ),
    ] = False,
    jobs: Annotated[
        int, typer.Option(metavar="N", min=1, help="Training runs at once, the threads shared among them.")
    ] = 1,
    tensorboard: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Write learning curves for TensorBoard while training.")
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", help="Measure nothing; take a few steps, and say what would be measured in what time."
        ),
    ] = False,
    results: Results = Path("results"),
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Measure networks; what was measured before is not measured again."""
    if for_claim:
        refuse_beside("--for-claim", context, ("arch", "protocol", "measure", "batch_size"), "which the claims decide")
    from bench.request import Request

    request = Request(
        archs=names(arch),
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
        tensorboard=tensorboard,
    )
    if dry_run:
        _foretell(request, as_json)
        return
    from bench.campaign import carry_out_request

    answer = carry_out_request(request)
    if as_json and not answer.interrupted:
        print_json(answer.as_document())
    elif answer.outcome is not None:
        from bench.closing import print_outcome

        print_outcome(answer.outcome, protocols=answer.protocols, results=results)
    raise typer.Exit(answer.code)


def _foretell(request: Request, as_json: bool) -> None:
    from rich.console import Console

    with Console(stderr=True).status("loading PyTorch"):
        from bench import processes

        processes.start_server()
        from bench.forecast import foresee, print_forecast

    forecast, problems = foresee(request)
    if as_json:
        print_json(forecast.as_document())
    else:
        print_forecast(forecast)
    tell_problems(problems)


def tune(
    arch: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME...", help="Networks, with spaces or commas between.", show_default=" ".join(FIVE)),
    ] = None,
    image_size: ImageSize = 28,
    device: Annotated[str, typer.Option(metavar="DEVICE", help="auto, cpu, cuda, cuda:N or mps.")] = "auto",
    time_budget: TimeBudget = None,
    jobs: Annotated[int, typer.Option(metavar="N", min=1, help="Training runs at once.")] = 1,
    results: Results = Path("results"),
    data_dir: DataDir = None,
) -> None:
    """Search learning rates, on the same budget for all.

    Every network trains at every rate of one grid, on few images, and is judged on images that were held out.
    """
    from bench.campaign import carry_out_request
    from bench.request import Request

    family = f"tuning{image_size}"
    sizes = [name.removeprefix("tuning") for name in protocol_names() if name.startswith("tuning")]
    if str(image_size) not in sizes:
        raise UserError(f"there is no search at {image_size} pixels; --image-size takes {' or '.join(sizes)}")
    answer = carry_out_request(
        Request(
            archs=names(arch),
            device=device,
            protocol=family,
            time_budget=None if time_budget is None else parse_duration(time_budget),
            results=results,
            data_dir=data_dir,
            jobs=jobs,
        )
    )
    from bench import store
    from bench.closing import print_outcome
    from bench.tuning import print_searches, searches

    if answer.outcome is not None:
        print_outcome(answer.outcome, protocols=answer.protocols, results=results)
    print_searches(searches(store.load(results).records, family))
    raise typer.Exit(answer.code)


def profile(
    name: Annotated[str, typer.Argument(help="A network; see `bench list`.")],
    image_size: ImageSize = 28,
    batch_size: Annotated[int, typer.Option(metavar="N", min=1, help="Images in a step.")] = 64,
    inference: Annotated[bool, typer.Option("--inference", help="A forward pass instead of a training step.")] = False,
    device: Annotated[str, typer.Option(metavar="DEVICE", help="auto, cpu, cuda, cuda:N or mps.")] = "auto",
    precision: Annotated[PrecisionChoice, typer.Option(help="auto takes bf16 where the device has it.")] = (
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

        print_json(asdict(found))
        return
    from bench.profiling import print_profile

    print_profile(name, found, batch_size=batch_size, trace=trace)
