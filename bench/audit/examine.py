"""Documents to audits: each listing is read, run and held against the prose around it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher

from bench.audit import run, text
from bench.audit.facts import channels_in, channels_out, counted, every_layer
from bench.audit.listings import DOCUMENTS, LISTINGS, Listing
from bench.audit.probe import Request
from bench.audit.statements import STATEMENTS
from bench.audit.text import Document
from bench.differences import ACTIVATIONS
from bench.records import Audit, Complexity, Finding, Layer, Observed, StatedShape


def examine(documents: Mapping[str, Document], *, say: Callable[[str], None]) -> Iterator[tuple[Listing, Audit]]:
    """Audit every listing of `documents`; `say` is told before anything of a document is run.

    Raises:
        UserError: a document's listings took too long.
    """
    code = text.by_listing(documents, [listing for listing in LISTINGS if listing.document in documents])
    for name, document in documents.items():
        listings = [listing for listing in LISTINGS if listing.document == name]
        runnable = [listing for listing in listings if run.can_run(listing)]
        if runnable:
            say(
                f"Running {counted(len(runnable), 'listing')} of document {name} ({document.path}) "
                f"in a separate process, for {run.TIME_LIMIT} s at most"
            )
        ran = dict(zip(runnable, run.run([_request(listing, code) for listing in runnable]), strict=True))
        observed = {listing.name: ran[listing] if listing in ran else run.from_twin(listing) for listing in listings}
        for listing in listings:
            yield listing, _audit(listing, document, observed, code)


def _request(listing: Listing, code: Mapping[str, str]) -> Request:
    return Request(
        document=listing.document,
        framework=listing.framework,
        code=code[listing.name],
        context=tuple(code[name] for name in listing.context),
        supplied=listing.supplied,
        entry=listing.entry,
        image=listing.image,
    )


def _audit(listing: Listing, document: Document, observed: Mapping[str, Observed], code: Mapping[str, str]) -> Audit:
    twin = None if listing.twin is None else _twin(listing, listing.twin)
    own = observed[listing.name]
    needed = own.constructs is not None and not own.constructs.ok
    return Audit(
        listing=listing.name,
        document=listing.document,
        document_sha256=DOCUMENTS[listing.document],
        first_line=listing.lines[0],
        last_line=listing.lines[1],
        stated_image=listing.image,
        size_is_stated=listing.size_is_stated,
        as_it_stands=text.parse(text.printed(document, listing.lines), listing.document),
        restored=text.restored(document, listing)[1],
        parses=text.parse(code[listing.name], listing.document),
        supplied=listing.supplied if needed and listing.supplied else None,
        observed=own,
        twin=listing.twin,
        twin_parameters=None if twin is None else twin.parameters,
        twin_macs=None if twin is None else twin.macs,
        twin_differs=() if twin is None else twin_differences(every_layer(own), twin.layers),
        stated_shapes=tuple(_stated(document, listing, own)),
        findings=tuple(findings(listing, observed)),
    )


def findings(listing: Listing, observed: Mapping[str, Observed]) -> Iterator[Finding]:
    """Each statement about the listing beside what its code does."""
    own = observed[listing.name]
    for statement in STATEMENTS:
        if statement.listing != listing.name:
            continue
        if statement.by_running and own.runs_as_stated is None:
            yield Finding(line=statement.line, verdict="not run", says=statement.says, found=own.ran_with)
            continue
        agrees, found = statement.check(own, observed)
        yield Finding(line=statement.line, verdict="agrees" if agrees else "differs", says=statement.says, found=found)


def _twin(listing: Listing, name: str) -> Complexity:
    import torch

    import archs
    from bench.measure.complexity import measure_complexity

    channels, size, _ = listing.image
    with torch.device("meta"):
        model = archs.create(name, in_channels=channels, num_classes=listing.num_classes, image_size=size)
    return measure_complexity(model, in_channels=channels, image_size=size)


def twin_differences(printed: Sequence[Layer], twin: Sequence[Layer]) -> tuple[str, ...]:
    """Where a listing and its twin differ in layers, other than flattening and activations.

    Keras flattens as it takes the mean where PyTorch has a layer for it, and an activation may be a
    function, which is no layer.
    """
    before, after = _spelled(printed), _spelled(twin)
    steps = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    sides = {
        "only in the listing": [word for kind, i1, i2, _, _ in steps if kind != "equal" for word in before[i1:i2]],
        "only in the twin": [word for kind, _, _, j1, j2 in steps if kind != "equal" for word in after[j1:j2]],
    }
    return tuple(
        f"{side}: {', '.join(words)}" if len(words) <= 4 else f"{side}: {len(words)} layers, the first {words[0]}"
        for side, words in sides.items()
        if words
    )


def _spelled(layers: Sequence[Layer]) -> list[str]:
    """Each layer with the channels or features that it takes and gives, where it has weights."""
    return [
        f"{layer}, {channels_in(layer)} to {channels_out(layer)}" if layer.parameters else str(layer)
        for layer in layers
        if not layer.type.startswith("Flatten") and layer.type not in ACTIVATIONS
    ]


def _stated(document: Document, listing: Listing, observed: Observed) -> Iterator[StatedShape]:
    """Shapes in the listing's comments; made where a child of the network does just this, in the comments' order."""
    left = list(observed.transitions)
    for line, before, after in text.stated_shapes(document, listing):
        made = (before, after) in left
        if made:
            left = left[left.index((before, after)) + 1 :]
        yield StatedShape(line=line, before=before, after=after, made=made)
