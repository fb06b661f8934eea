"""The claims about structure: every predicate can support, refute and say what it lacks; the ledger fits together."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from factories import record, subject
from pydantic import ValidationError

import archs
from bench import store
from bench.claims.decide import decide
from bench.claims.evidence import Evidence
from bench.claims.ledger import of_topic
from bench.claims.model import Finding, Predicate
from bench.claims.predicates import PREDICATES
from bench.claims.predicates.audited import Audited
from bench.claims.predicates.layers import EqualCounts, LargestKernel, LayerDifference
from bench.claims.predicates.networks import OfNetworks
from bench.claims.predicates.proofs import Proved
from bench.measure import proofs
from bench.measure.layers import trace
from bench.measure.proofs import PROPOSITIONS
from bench.records import Attempt, Audit, Complexity, Layer, Observed, Proof, Record, StatedShape

RESULTS = Path(__file__).parents[1] / "results"
SETTING = "1x224x224/10"
LEDGER = of_topic("structure")
TRAINED = {"D1-9", "D1-10"}
"""Claims of which a part asks for accuracies."""
CLAIMS = tuple(claim for claim in LEDGER if claim.id not in TRAINED)
PARTS = [(claim.id, part) for claim in LEDGER for part in claim.parts]


# Made-up layers, networks, listings and proofs


def layer(kind: str, before: tuple[int, ...], after: tuple[int, ...], **facts: Any) -> Layer:
    made = {"name": "x", "type": kind, "input_shape": before, "output_shape": after, "parameters": 0, "macs": 0}
    return Layer(**made | facts)


def convolution(side: int, before: int, after: int, size: int = 8, to: int = 8) -> Layer:
    kernel = {"kernel_size": (side, side), "stride": (1, 1), "padding": (side // 2, side // 2)}
    return layer("Conv2d", (before, size, size), (after, to, to), **kernel)


def linear(before: int, after: int) -> Layer:
    return layer("Linear", (before,), (after,))


RELU = layer("ReLU", (4, 8, 8), (4, 8, 8))
POOL = layer("MaxPool2d", (4, 8, 8), (4, 4, 4), kernel_size=(2, 2), stride=(2, 2), padding=(0, 0))
MEAN = layer("AdaptiveAvgPool2d", (10, 4, 4), (10, 1, 1))
FLATTEN = layer("Flatten", (10, 1, 1), (10,))

NIN = (
    *(convolution(5, 1, 4), RELU, convolution(1, 4, 4), RELU, convolution(1, 4, 4), RELU, POOL),
    *(convolution(3, 4, 10, 4, 4), RELU, convolution(1, 10, 10, 4, 4), RELU, convolution(1, 10, 10, 4, 4), RELU),
    *(MEAN, FLATTEN),
)
PLAIN = (convolution(3, 1, 4), RELU, POOL, convolution(3, 4, 4, 4, 4), FLATTEN, linear(64, 20), RELU, linear(20, 10))
POINTWISE = (convolution(3, 1, 4), POOL, convolution(1, 4, 8, 1, 1), convolution(1, 8, 10, 1, 1))


def counted(name: str, *layers: Layer, parameters: int = 5, macs: int = 7, classes: int = 10) -> Record:
    """A network of 224 pixels with these layers."""
    result = Complexity(parameters=parameters, macs=macs, other_operations={}, uncounted={}, layers=layers)
    about = subject(name, 224, num_classes=classes)
    return record("complexity", result, arch=about, protocol="timing224", device=None, precision=None)


def audited(listing: str, *layers: Layer, stated: tuple[bool, ...] = (), ran: bool = True, **seen: Any) -> Record:
    """A listing of a document with these layers; `stated` tells which of its comments' shapes are made."""
    good = Attempt(ok=True) if ran else None
    facts: dict[str, Any] = {
        **{"ran_with": "test", "executes": good, "constructs": good, "runs_as_stated": good, "runs_at_28": good},
        **{"smallest_size": 1, "largest_size_tried": 99, "parameters": 5, "macs": 7, "layers": layers},
    }
    audit = Audit(
        listing=listing, document="004", document_sha256="0" * 64, first_line=1, last_line=2,
        stated_image=(1, 224, 224), size_is_stated=True, as_it_stands=Attempt(ok=True), restored=None,
        parses=Attempt(ok=True), supplied=None, observed=Observed(**facts | seen), twin=None, twin_parameters=None,
        twin_macs=None, twin_differs=(), findings=(),
        stated_shapes=tuple(StatedShape(line=9, before=(1, 8, 8), after=(4, 4, 4), made=made) for made in stated),
    )  # fmt: skip
    return record("audit", audit, arch=subject(listing, 224), device=None, precision=None, protocol="timing224")


def proof(name: str, **quantities: float) -> Record:
    return record(
        "proof", Proof(name=name, quantities=quantities), arch=subject(name, 0), device=None, protocol="timing224"
    )


def found(part: Predicate, *records: Record) -> list[Finding]:
    return list(part.findings(Evidence(records)))


# Predicates about layers


@pytest.mark.parametrize(
    ("part", "good", "bad"),
    [
        ({"test": "layer count", "layers": "convolution", "exactly": 2}, PLAIN, NIN),
        ({"test": "layer count", "layers": "1x1 convolution", "at_least": 4}, NIN, PLAIN),
        ({"test": "layer count", "layers": "fully connected layer", "exactly": 0}, NIN, PLAIN),
        ({"test": "layer count", "layers": "global average pooling", "at_least": 1}, NIN, PLAIN),
        ({"test": "layer count", "layers": "layer with weights", "at_most": 4}, PLAIN, NIN),
        ({"test": "layer count", "layers": "convolution", "kernel_other_than": 3, "exactly": 0}, PLAIN, NIN),
        (
            {"test": "layer count", "layers": "1x1 convolution", "that": "raise the channels", "exactly": 2},
            POINTWISE,
            NIN,
        ),
        (
            {"test": "layer count", "layers": "convolution", "that": "lower the channels", "at_least": 1},
            (convolution(1, 4, 3),),
            (convolution(1, 4, 4),),
        ),
        (
            {"test": "layer count", "layers": "convolution", "that": "change height or width", "exactly": 0},
            NIN,
            (convolution(3, 1, 4, 8, 6),),
        ),
        ({"test": "micro networks"}, NIN, PLAIN),
        ({"test": "micro networks", "pointwise": 0}, PLAIN, NIN),
        ({"test": "micro networks"}, NIN, tuple(one for one in NIN if one.type != "ReLU")),
        (
            {"test": "layer order", "order": ("3x3", "pooling", "3x3", "fully connected", "fully connected")},
            PLAIN,
            NIN,
        ),
        ({"test": "along the network", "quantity": "channels"}, NIN, PLAIN),
        ({"test": "along the network", "quantity": "side"}, NIN, (convolution(3, 1, 4), convolution(3, 4, 4))),
        ({"test": "class channels"}, NIN, (*PLAIN, linear(10, 11))),
        ({"test": "convolutions first"}, PLAIN, NIN),
        ({"test": "convolutions first"}, PLAIN, (*PLAIN, convolution(1, 10, 10, 1, 1))),
        ({"test": "1x1 in the head"}, POINTWISE, (convolution(1, 1, 1), convolution(1, 1, 1), *POINTWISE[1:3])),
        ({"test": "1x1 in the head"}, NIN, PLAIN),
        ({"test": "1x1 gives the scores"}, POINTWISE, NIN),
        ({"test": "1x1 gives the scores"}, POINTWISE, PLAIN),
    ],
    ids=lambda value: value["test"] if isinstance(value, dict) else "",
)
def test_what_is_asked_of_layers(part: dict[str, Any], good: tuple[Layer, ...], bad: tuple[Layer, ...]) -> None:
    """Of a network as of a listing; an exact number has no interval, and a lack names the command that fills it."""
    asked = PREDICATES[part["test"]].model_validate(part | {"networks": ("nin",), "listings": ("doc004-nin",)})
    for layers, verdict in ((good, "supported"), (bad, "refuted")):
        findings = found(asked, counted("nin", *layers), audited("doc004-nin", *layers))
        assert [one.verdict for one in findings] == [verdict, verdict]
        assert len({one.effect for one in findings}) == 1
        for one in findings:
            assert one.low == one.high == one.effect is not None
            assert len(one.records) == 1
            assert one.says.endswith(".")
    lacking = found(asked)
    assert [one.verdict for one in lacking] == ["not measured", "not measured"]
    assert [need.command for one in lacking for need in one.needs] == [
        "bench run --arch nin --protocol timing224 --measure complexity",
        "bench audit --documents FOLDER",
    ]


@pytest.mark.parametrize(
    ("part", "effect", "words"),
    [
        ({"test": "layer count", "layers": "1x1 convolution", "exactly": 0}, 4, "has 4 1x1 convolutions"),
        ({"test": "layer count", "layers": "layer with weights", "exactly": 0}, 6, "(6 convolutions and no fully conn"),
        ({"test": "micro networks"}, 1.0, "2 of 2 larger convolutions (5x5: 2, 3x3: 2)"),
        ({"test": "1x1 in the head"}, 0.5, "Of 4 1x1 convolutions in NiN on 1x224x224, 2 stand after"),
        ({"test": "1x1 gives the scores"}, 1, "gives 10 x 4 x 4; after it AdaptiveAvgPool2d makes 10 x 1 x 1 of"),
        ({"test": "along the network", "quantity": "channels"}, 0, "give channels 4 and 10: 1 of 1 step rise"),
        ({"test": "layer order", "order": ("5x5", "linear")}, 8, "it lacks 1 (linear), and it has 7 that are not"),
    ],
    ids=lambda value: value["test"] if isinstance(value, dict) else "",
)
def test_numbers_in_sentences(part: dict[str, Any], effect: float, words: str) -> None:
    (finding,) = found(PREDICATES[part["test"]].model_validate(part | {"networks": ("nin",)}), counted("nin", *NIN))
    assert finding.effect == effect
    assert words in finding.says


def test_how_many_more_layers_one_network_has() -> None:
    asked = LayerDifference(test="layer difference", network="nin", other="vgg16", layers="convolution", exactly=4)
    records = [counted("nin", *NIN), counted("vgg16", *PLAIN)]
    (finding,) = found(asked, *records)
    assert (finding.verdict, finding.effect) == ("supported", 6 - 2)
    assert "NiN on 1x224x224 has 6 convolutions and VGG-16 on 1x224x224 2" in finding.says
    assert found(asked, records[0], counted("vgg16", *NIN))[0].verdict == "refuted"
    assert [one.verdict for one in found(asked, records[0])] == ["not measured"]
    assert [one.needs[0].archs for one in found(asked)] == [("nin",), ("vgg16",)]


def test_the_largest_kernel_beside_a_size_and_beside_another_network() -> None:
    records = [counted("nin", *NIN), counted("lenet", *PLAIN)]
    beside_size = LargestKernel(test="largest kernel", networks=("nin", "lenet"), above=3)
    assert [one.verdict for one in found(beside_size, *records)] == ["supported", "refuted"]
    for network, other, verdict in (("nin", "lenet", "supported"), ("lenet", "nin", "refuted")):
        asked = LargestKernel(test="largest kernel", networks=(network,), above=other)
        (finding,) = found(asked, *records)
        assert finding.verdict == verdict
        assert len(finding.records) == 2
    assert [one.needs[0].archs for one in found(asked, records[1])] == [("nin",)]
    assert found(beside_size)[0].verdict == "not measured"


def test_equal_computation_needs_parameters_that_differ() -> None:
    asked = EqualCounts(test="equal computation", network="googlenet-aux", other="googlenet")
    plain = counted("googlenet", *PLAIN)
    verdicts = {
        (parameters, macs): found(asked, plain, counted("googlenet-aux", *PLAIN, parameters=parameters, macs=macs))[
            0
        ].verdict
        for parameters, macs in ((9, 7), (9, 8), (5, 7))
    }
    assert verdicts == {(9, 7): "supported", (9, 8): "refuted", (5, 7): "inconclusive"}
    assert found(asked, plain)[0].needs[0].archs == ("googlenet-aux",)


# Predicates about listings


def test_a_statement_of_the_audit_is_checked_on_the_record() -> None:
    asked = Audited(test="audited", listing="doc004-nin", statement="The last fully connected layer is gone.")
    assert [one.verdict for one in found(asked, audited("doc004-nin", *NIN))] == ["supported"]
    (finding,) = found(asked, audited("doc004-nin", *(PLAIN[:-1]), linear(20, 10).model_copy(update={"name": "last"})))
    assert finding.verdict == "refuted"
    assert "ends in a fully connected layer from 20 to 10" in finding.says
    assert found(asked)[0].verdict == "not measured"


def test_what_only_running_can_tell_is_not_told_by_a_twin() -> None:
    statement = "The means of the channels go straight into the softmax."
    asked = Audited(test="audited", listing="doc001-nin28", statement=statement)
    layers = (*NIN[:-1], layer("Softmax", (10,), (10,)))
    assert found(asked, audited("doc001-nin28", *layers))[0].verdict == "supported"
    (finding,) = found(asked, audited("doc001-nin28", *layers, ran=False))
    assert finding.verdict == "not measured"
    assert finding.needs[0].command == "bench audit --documents FOLDER"


def test_a_statement_that_compares_two_listings_needs_both() -> None:
    statement = "For 28 pixels only the first layer is changed."
    asked = Audited(test="audited", listing="doc001-nin28", statement=statement)
    small = audited("doc001-nin28", *NIN)
    assert found(asked, small, audited("doc001-nin224", convolution(11, 1, 4), *NIN[1:]))[0].verdict == "supported"
    assert found(asked, small, audited("doc001-nin224", *NIN[:-2]))[0].verdict == "refuted"
    (finding,) = found(asked, small)
    assert finding.verdict == "not measured"
    assert "doc001-nin224" in finding.says


def test_a_statement_that_the_audit_does_not_make_is_refused() -> None:
    with pytest.raises(ValidationError, match="the audit states nothing like this of doc004-nin"):
        Audited(test="audited", listing="doc004-nin", statement="It is good.")


@pytest.mark.parametrize(
    ("smallest", "verdict"), [(67, "supported"), (28, "refuted"), (1, "refuted"), (None, "inconclusive")]
)
def test_the_smallest_image(smallest: int | None, verdict: str) -> None:
    asked = PREDICATES["smallest image"].model_validate(
        {"test": "smallest image", "listing": "doc001-nin224", "above": 28}
    )
    assert [one.verdict for one in found(asked, audited("doc001-nin224", smallest_size=smallest))] == [verdict]
    assert found(asked, audited("doc001-nin224", ran=False))[0].verdict == "not measured"
    assert found(asked)[0].verdict == "not measured"


@pytest.mark.parametrize(
    ("stated", "verdict", "effect"),
    [((True, True), "supported", 1), ((True, False), "refuted", 0.5), ((), "inconclusive", None)],
)
def test_shapes_in_comments(stated: tuple[bool, ...], verdict: str, effect: float | None) -> None:
    asked = PREDICATES["stated shapes"].model_validate({"test": "stated shapes", "listing": "doc004-nin"})
    (finding,) = found(asked, audited("doc004-nin", stated=stated))
    assert (finding.verdict, finding.effect) == (verdict, effect)
    assert ("line 9 (1 x 8 x 8 to 4 x 4 x 4)" in finding.says) is (verdict == "refuted")
    assert found(asked)[0].verdict == "not measured"


def test_of_two_audits_of_a_listing_the_later_counts() -> None:
    asked = Audited(test="audited", listing="doc004-nin", statement="The last fully connected layer is gone.")
    old = audited("doc004-nin", *PLAIN).model_copy(update={"key": "a" * 12, "started": "2025-01-01T00:00:00Z"})
    new = audited("doc004-nin", *NIN).model_copy(update={"key": "b" * 12, "started": "2026-01-01T00:00:00Z"})
    assert found(asked, new, old)[0].records == ("b" * 12,)


# Proofs


@pytest.mark.parametrize(
    ("bounds", "value", "control", "verdict"),
    [
        ({"at_most": 1e-12, "control_at_least": 0.1}, 4e-16, 3.0, "supported"),
        ({"at_most": 1e-12, "control_at_least": 0.1}, 1e-3, 3.0, "refuted"),
        ({"at_most": 1e-12, "control_at_least": 0.1}, 4e-16, 1e-3, "inconclusive"),
        ({"at_least": 2, "control_at_least": 2}, 1, 9, "refuted"),
        ({"at_least": 2, "control_at_least": 2}, 4, 9, "supported"),
        ({"exactly": 1, "control_at_most": 0.5}, 1, 0.125, "supported"),
        ({"exactly": 1, "control_at_most": 0.5}, 0.9, 0.125, "refuted"),
        ({"exactly": 1, "control_at_most": 0.5}, 1, 1, "inconclusive"),
    ],
)
def test_a_proof_against_its_bound_and_its_control(
    bounds: dict[str, float], value: float, control: float, verdict: str
) -> None:
    asked = Proved(test="proved", proof="own", quantity="difference", about="own", control="other", **bounds)
    (finding,) = found(asked, proof("own", difference=value, other=control))
    assert (finding.verdict, finding.effect) == (verdict, value)
    assert ("tells nothing" in finding.says) is (verdict == "inconclusive")
    for records in ([], [proof("another", difference=value, other=control)], [proof("own", difference=value)]):
        (lacking,) = found(asked, *records)
        assert lacking.verdict == "not measured"
        assert [need.command for need in lacking.needs] == ["bench prove"]


@pytest.mark.parametrize("bounds", [{}, {"at_least": 1, "at_most": 2}])
def test_one_bound_is_given(bounds: dict[str, float]) -> None:
    with pytest.raises(ValidationError, match="give one of at_least, at_most and exactly"):
        Proved(test="proved", proof="own", quantity="difference", about="own", **bounds)


# The ledger


def test_networks_that_the_ledger_names_are_registered_at_the_size() -> None:
    for claim, part in PARTS:
        if isinstance(part, OfNetworks | LayerDifference | LargestKernel | EqualCounts):
            for name in networks_of(part):
                assert part.setting.image_size in archs.get_spec(name).image_sizes, claim
    assert all(claim.control == "" or archs.get_spec(claim.control) for claim in CLAIMS)


def networks_of(part: Predicate) -> tuple[str, ...]:
    if isinstance(part, OfNetworks):
        return part.networks
    if isinstance(part, LargestKernel):
        return (*part.networks, *([part.above] if isinstance(part.above, str) else []))
    assert isinstance(part, LayerDifference | EqualCounts)
    return part.network, part.other


def layers_as_built() -> Iterator[Record]:
    """Every network that the ledger names, with the layers that its own forward pass goes through."""
    wanted = {
        (name, part.setting)
        for _, part in PARTS
        if isinstance(part, OfNetworks | LayerDifference | LargestKernel | EqualCounts)
        for name in networks_of(part)
    }
    for name, built in sorted(wanted, key=str):
        shape = {"in_channels": built.in_channels, "num_classes": built.num_classes}
        with torch.device("meta"):
            model = archs.create(name, image_size=built.image_size, **shape).eval()
            seen = trace(model, torch.zeros(1, built.in_channels, built.image_size, built.image_size))
        result = Complexity(
            parameters=sum(one.numel() for one in model.parameters()), macs=sum(one.macs for one in seen.layers),
            other_operations={}, uncounted={}, layers=tuple(seen.layers),
        )  # fmt: skip
        about = subject(name, built.image_size, **shape)
        place: dict[str, Any] = {"device": None, "precision": None, "key": f"{name} {built}/{built.num_classes}"}
        yield record("complexity", result, arch=about, protocol="timing224", **place)


@pytest.fixture(scope="module")
def complete() -> list[Record]:
    """The committed audits, the layers of the networks as they are built, and proofs from a single draw."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(proofs, "SEEDS", (0,))
        proved = [proof(one.name, **one.compute()) for one in PROPOSITIONS]
    return [*(one for one in store.load(RESULTS).records if one.kind == "audit"), *layers_as_built(), *proved]


def test_with_all_records_every_claim_is_decided_and_without_them_none(complete: list[Record]) -> None:
    decided = {one.claim.id: one for one in decide(CLAIMS, Evidence(complete))}
    assert {one.verdict for one in decided.values()} == {"supported", "refuted", "mixed"}
    bare = {one.claim.id: one.verdict for one in decide(CLAIMS, Evidence([]))}
    assert {bare.pop(one) for one in ("D0-5", "D3-11", "D4-5")} == {"refuted"}  # publications are enough for that
    assert {*bare.values()} == {"not measured"}
    for kind in ("audit", "complexity", "proof"):
        rest = decide(CLAIMS, Evidence([one for one in complete if one.kind != kind]))
        used = {one.key for one in complete if one.kind == kind}
        assert {one.claim.id for one in rest if one.needs} == {
            name for name, one in decided.items() if used & set(one.records)
        }


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        *[("D3-3", "supported"), ("D3-8", "supported"), ("D3-13", "supported"), ("D4-1", "supported")],
        *[("D4-2", "supported"), ("D4-6", "supported"), ("D4-8", "supported"), ("D1-12", "supported")],
        *[("D3-10", "supported"), ("D0-10", "refuted"), ("D0-19", "refuted"), ("D2-8", "refuted")],
        *[("D3-26", "refuted"), ("D3-11", "refuted"), ("D3-23", "refuted")],
    ],
)
def test_what_any_textbook_has_comes_out_so(complete: list[Record], claim: str, verdict: str) -> None:
    """So that no predicate is the wrong way round."""
    (decided,) = (one for one in decide(CLAIMS, Evidence(complete)) if one.claim.id == claim)
    assert decided.verdict == verdict


def test_every_predicate_of_the_topic_is_used() -> None:
    """One that the ledger does not use would be dead code."""
    from bench.claims.predicates.arrangement import ARRANGEMENT
    from bench.claims.predicates.audited import AUDITED
    from bench.claims.predicates.heads import HEADS
    from bench.claims.predicates.layers import LAYERS
    from bench.claims.predicates.proofs import PROOFS

    own = {*ARRANGEMENT, *AUDITED, *HEADS, *LAYERS, *PROOFS}
    assert own <= {part.test for _, part in PARTS}
