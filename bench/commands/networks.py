"""Commands that list and show networks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from bench.arguments import AsJson, ImageSize, InChannels, NumClasses, print_json

if TYPE_CHECKING:
    from bench.differences import Step
    from bench.records import Complexity

LAYER_FIELDS = {"name", "type", "output_shape", "parameters", "macs"}


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
        print_json(
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
    from bench.measure.failures import blamed_on

    def counted(which: str) -> Complexity:
        with torch.device("meta"):
            model = archs.create(which, in_channels=in_channels, num_classes=num_classes, image_size=image_size)
        with blamed_on(which, f"on an image of {in_channels}x{image_size}x{image_size}"):
            return measure_complexity(model, in_channels=in_channels, image_size=image_size)

    spec = archs.get_spec(name)
    parent = None if diff is None else archs.get_spec(diff)
    counts = counted(name)
    image_shape = (in_channels, image_size, image_size)
    document = {"name": name, "image_size": image_size, "in_channels": in_channels, "num_classes": num_classes}
    if parent is None:
        if as_json:
            layers = [layer.model_dump(mode="json", include=LAYER_FIELDS) for layer in counts.layers]
            beside = {"products_outside_layers": counts.products} if counts.products else {}
            print_json(document | {"parameters": counts.parameters, "macs": counts.macs, **beside, "layers": layers})
            return
        from bench.network_tables import print_network

        print_network(spec, counts, image_shape=image_shape, num_classes=num_classes)
        return

    from bench.differences import differences

    before = counted(parent.name)
    found = differences(before.layers, counts.layers)
    if as_json:
        print_json(
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


def _step(step: Step | None) -> dict[str, Any] | None:
    if step is None:
        return None
    return step.layer.model_dump(mode="json", include=LAYER_FIELDS) | {"activations": step.activations}
