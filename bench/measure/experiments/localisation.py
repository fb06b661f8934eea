"""Does a network that was trained on labels alone also tell where on the canvas the garment lies?"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from bench.batches import Images, Placement
from bench.measure.experiments.class_maps import (
    MapLayer,
    MapLayers,
    Mapper,
    class_maps,
    find_layers,
    grad_cam,
    maps_of,
    means_are_scores,
    require_captum,
    sums_are_scores,
    weight_maps,
)
from bench.measure.experiments.examples import examples
from bench.measure.experiments.places import PLACES_SEED, object_side
from bench.measure.experiments.pointing import boxes, deletion_area, hits, most_prominent, stretched_centres
from bench.measure.outcome import outcome
from bench.measure.run import Run
from bench.measure.splits import split
from bench.records.experiments import Localisation, MapKind, Pointing
from bench.train import finite, predict

DELETION_IMAGES = 2_000
"""Of the correctly classified ones the first so many: each is read eleven times for each kind of map."""


def localisation(run: Run) -> Localisation:
    """Train on garments anywhere on the canvas, at new places each epoch, then hold the maps of the test images against
    the places of their garments.

    Held-out and test images lie at the same places in every run.  Maps are made in single precision whatever the run
    trains in: rounded to fewer digits, cells would share the largest value.

    Raises:
        OutOfTime: the time budget ended between two epochs; the checkpoint holds the run.
        UserError: captum is missing.
        ValueError: the network has no map.
    """
    require_captum()
    canvas, side = run.protocol.image_size, object_side(run.protocol)
    generator = torch.Generator().manual_seed(PLACES_SEED)

    def anywhere(images: Images, *, anew: bool = False) -> Images:
        return images.placed(Placement.anywhere(len(images), side, canvas, generator, anew=anew))

    train, held_out, test = split(run.data, run.protocol, run.target)
    test, held_out, train = anywhere(test), anywhere(held_out), anywhere(train, anew=True)
    probe, _ = held_out.batch(torch.arange(min(8, len(held_out)), device=held_out.device))
    model = run.network()
    kinds = _map_kinds(model, find_layers(model, probe), probe)  # weights that diverge are not to hide a class map
    progress = run.train(model, train, held_out)

    run.tell(0.9, "test set")
    predicted = predict(model, test, target=run.target, precision=run.precision).argmax(1)
    correct = (predicted == test.labels.cpu()).nonzero()[:, 0]
    maps, pointing = {}, []
    for kind, (layer, mapper) in kinds.items():
        run.tell(0.92, kind)
        maps[kind] = maps_of(test, mapper, batch_size=run.protocol.training.batch_size)
        pointing.append(_pointing(run, model, kind, layer, test.some(correct), maps[kind][correct], generator))
    return Localisation(
        outcome=outcome(progress, num_classes=10),
        peak_learning_rate=run.peak_learning_rate,
        object_side=side,
        canvas_side=canvas,
        test_images=len(test),
        test_accuracy=len(correct) / len(test),
        chance=(side / canvas) ** 2,
        map_side=next(iter(maps.values())).shape[-1],
        pointing=tuple(pointing),
        examples=examples(test, predicted, next(iter(maps.values()))) if run.seed == 0 else (),
    )


def _map_kinds(model: nn.Module, layers: MapLayers, probe: Tensor) -> dict[MapKind, tuple[MapLayer, Mapper]]:
    """The kinds of map that `model` has, those that its own structure gives first."""
    kinds: dict[MapKind, tuple[MapLayer, Mapper]] = {}
    own = class_maps(model, layers)
    if own is not None and layers.mean is not None and means_are_scores(model, layers, probe):
        kinds["class map"] = (layers.mean, own)
    read = weight_maps(model, layers)
    if read is not None and layers.flattened is not None and sums_are_scores(model, layers, probe):
        kinds["weight map"] = (layers.flattened, read)
    kinds["Grad-CAM"] = (layers.convolutional, grad_cam(model, layers))
    return kinds


def _pointing(
    run: Run,
    model: nn.Module,
    kind: MapKind,
    layer: MapLayer,
    images: Images,
    maps: Tensor,
    generator: torch.Generator,
) -> Pointing:
    """How well the `maps` `(N, h, w)` of the correctly classified `images` do."""
    cells, within = most_prominent(maps, generator), boxes(images)
    on_object, elsewhere = hits(cells, stretched_centres(layer.side, images.image_size), within)
    by_field = None if layer.field_centres is None else hits(cells, layer.field_centres, within)
    area = None
    if len(images):
        first = torch.arange(min(DELETION_IMAGES, len(images)))
        area = deletion_area(
            *(model, images.some(first), maps[first]),
            target=run.target,
            precision=run.precision,
            generator=generator,
        )
    return Pointing(
        map=kind,
        hits=on_object,
        images=len(images),
        deletion_area=None if area is None else finite(area),
        map_side=layer.side,
        hits_elsewhere=elsewhere,
        field_hits=None if by_field is None else by_field[0],
        field_hits_elsewhere=None if by_field is None else by_field[1],
    )
