"""Claims on parameters, multiply-accumulates and memory: each predicate supports, refutes, and says what it lacks."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import factories
import pytest
import torch
from torch import nn

import archs
from archs.costs import parameters
from bench.claims import ledger
from bench.claims.decide import decide
from bench.claims.evidence import Evidence, Setting
from bench.claims.model import Claim, Finding, Topic
from bench.claims.predicates import PREDICATES
from bench.claims.predicates.counted import depth
from bench.measure.layers import trace
from bench.records import Complexity, Layer, LayerMemory, Memory, Record

SETTING = Setting.parse("1x224x224/10")
COUNTED: dict[Topic, int] = {"parameters": 11, "compute": 7, "memory": 2}


def counts(name: str, *layers: Layer, parameters: int | None = None, setting: str = "1x224x224/10") -> Record:
    """A complexity record of made-up layers; its totals are their sums unless they are given."""
    place = Setting.parse(setting)
    result = Complexity(
        parameters=sum(layer.parameters for layer in layers) if parameters is None else parameters,
        macs=sum(layer.macs for layer in layers),
        other_operations={},
        uncounted={},
        layers=layers,
    )
    about = factories.subject(name, place.image_size, in_channels=place.in_channels, num_classes=place.num_classes)
    return factories.record("complexity", result, arch=about, protocol=place.protocol, device=None, precision=None)


def exact_counts(name: str, setting: str) -> Complexity:
    """Of a registered network, from its layers' shapes."""
    place = Setting.parse(setting)
    with torch.device("meta"):
        model = archs.create(
            name, in_channels=place.in_channels, num_classes=place.num_classes, image_size=place.image_size
        )
        layers = trace(model.eval(), torch.empty(1, place.in_channels, place.image_size, place.image_size)).layers
    return Complexity(
        parameters=parameters(model),
        macs=sum(layer.macs for layer in layers),
        other_operations={},
        uncounted={},
        layers=tuple(layers),
    )


def convolution(name: str, inputs: int, outputs: int, kernel: int, side: int) -> Layer:
    """Counted by hand: a dot product for each output, and a bias for each channel."""
    weights = inputs * outputs * kernel**2
    return Layer(
        name=name,
        type="Conv2d",
        kernel_size=(kernel, kernel),
        input_shape=(inputs, side, side),
        output_shape=(outputs, side, side),
        parameters=weights + outputs,
        macs=weights * side**2,
    )


def linear(name: str, inputs: int, outputs: int) -> Layer:
    return Layer(
        name=name, type="Linear", input_shape=(inputs,), output_shape=(outputs,),
        parameters=inputs * outputs + outputs, macs=inputs * outputs,
    )  # fmt: skip


def findings(test: str, records: Iterable[Record], **fields: Any) -> list[Finding]:
    return list(PREDICATES[test].model_validate({"test": test} | fields).findings(Evidence(list(records))))


def verdicts(test: str, records: Iterable[Record], **fields: Any) -> list[str]:
    return [finding.verdict for finding in findings(test, records, **fields)]


# Whole networks


RATIO = {"network": "nin", "against": ["alexnet"], "settings": ["1x224x224/10"], "relation": "at most", "bound": 0.5}


@pytest.mark.parametrize(("has", "verdict"), [(40, "supported"), (50, "supported"), (51, "refuted")])
def test_a_ratio_of_parameters_is_held_against_its_bound(has: int, verdict: str) -> None:
    records = [counts("nin", parameters=has), counts("alexnet", parameters=100)]
    (finding,) = findings("ratio of counts", records, quantity="parameters", **RATIO)
    assert (finding.verdict, finding.effect, finding.low, finding.high) == (verdict, has / 100, has / 100, has / 100)
    assert finding.records == tuple(record.key for record in records)


@pytest.mark.parametrize(
    ("relation", "verdict"),
    [("at most", "supported"), ("below", "refuted"), ("at least", "supported"), ("above", "refuted")],
)
def test_at_its_bound_a_ratio_is_at_most_and_at_least_and_neither_below_nor_above(relation: str, verdict: str) -> None:
    records = [counts("nin", parameters=7), counts("alexnet", parameters=7)]
    fields = RATIO | {"relation": relation, "bound": 1.0}
    assert verdicts("ratio of counts", records, quantity="parameters", **fields) == [verdict]


def test_without_one_of_the_records_a_ratio_is_not_measured_and_says_how_to_get_it() -> None:
    (finding,) = findings("ratio of counts", [counts("nin", parameters=7)], quantity="parameters", **RATIO)
    assert finding.verdict == "not measured"
    assert [need.command for need in finding.needs] == [
        "bench run --arch nin alexnet --protocol timing224 --measure complexity"
    ]


def test_counts_of_another_setting_do_not_stand_in() -> None:
    records = [counts("nin", parameters=7), counts("alexnet", parameters=90, setting="3x224x224/1000")]
    assert verdicts("ratio of counts", records, quantity="parameters", **RATIO) == ["not measured"]


@pytest.mark.parametrize(
    ("name", "layers"), [("lenet", 5), ("alexnet", 8), ("nin", 12), ("vgg16", 16), ("googlenet", 22)]
)
def test_depth_is_what_the_papers_say(name: str, layers: int) -> None:
    """Of NiN as document 004 has it: four blocks of three."""
    assert depth(exact_counts(name, "1x28x28/10").layers) == layers


@pytest.mark.parametrize(("wide", "verdict"), [(20, "supported"), (2, "refuted")])
def test_more_with_depth_compares_neighbours_in_depth(wide: int, verdict: str) -> None:
    shallow = counts("alexnet", linear("a", 10, 10))
    deep = counts("vgg16", linear("a", 10, wide), linear("b", wide, 1))
    given = {"networks": ["vgg16", "alexnet"], "settings": ["1x224x224/10"]}
    (finding,) = findings("more with depth", [shallow, deep], **given)
    assert finding.verdict == verdict
    assert finding.effect == pytest.approx((10 * wide + wide) / 100)
    assert verdicts("more with depth", [deep], **given) == ["not measured"]


@pytest.mark.parametrize(("between", "verdict"), [(70, "supported"), (20, "refuted")])
def test_a_saving_is_divided_between_its_steps(between: int, verdict: str) -> None:
    """From 100 to 10: with 70 between, the last step saves 60 of 90."""
    records = [counts(name, parameters=n) for name, n in (("alexnet", 100), ("alexnet-gap", between), ("nin", 10))]
    given = {
        "quantity": "parameters", "start": "alexnet", "between": "alexnet-gap", "end": "nin",
        "settings": ["1x224x224/10"], "relation": "at least", "bound": 0.5,
    }  # fmt: skip
    (finding,) = findings("share of a saving", records, **given)
    assert finding.verdict == verdict
    assert finding.effect == pytest.approx((between - 10) / 90)
    assert verdicts("share of a saving", records[:2], **given) == ["not measured"]
    assert verdicts("share of a saving", [*records[:2], counts("nin", parameters=100)], **given) == ["refuted"]


# Kinds of layers


SHARE = {
    "networks": ["alexnet"],
    "settings": ["1x224x224/10"],
    "layers": "fully connected",
    "relation": "above",
    "bound": 0.5,
}


def test_a_share_of_layers_is_held_against_its_bound() -> None:
    """By hand: 9 x 10 weights on 16 pixels beside 40 x 10 weights."""
    record = counts("alexnet", convolution("a", 10, 1, 3, 4), linear("b", 40, 10))
    (parameters,) = findings("share of layers", [record], quantity="parameters", **SHARE)
    (macs,) = findings("share of layers", [record], quantity="macs", **SHARE)
    assert (parameters.verdict, macs.verdict) == ("supported", "refuted")
    assert parameters.effect == pytest.approx(410 / (410 + 91))
    assert macs.effect == pytest.approx(400 / (400 + 1440))
    assert verdicts("share of layers", [], quantity="macs", **SHARE) == ["not measured"]


def test_the_layers_of_two_networks_are_compared_kind_with_kind() -> None:
    nin = counts("nin", convolution("a", 4, 4, 1, 5), convolution("b", 4, 4, 3, 5))
    given = {
        "quantity": "macs", "network": "nin", "layers": "1x1", "against": ["alexnet"],
        "against_layers": "fully connected", "settings": ["1x224x224/10"], "relation": "at most", "bound": 0.5,
    }  # fmt: skip
    few, many = (counts("alexnet", linear("a", inputs, 10)) for inputs in (10, 1000))
    assert verdicts("ratio of layers", [nin, many], **given) == ["supported"]
    (finding,) = findings("ratio of layers", [nin, few], **given)
    assert finding.verdict == "refuted"
    assert finding.effect == 4 * 4 * 25 / 100
    assert verdicts("ratio of layers", [nin], **given) == ["not measured"]
    without = counts("alexnet", convolution("a", 4, 4, 3, 5))
    assert verdicts("ratio of layers", [nin, without], **given) == ["not testable"]


@pytest.mark.parametrize(("same", "verdict"), [("channels", "refuted"), ("output", "supported")])
def test_1x1_against_fully_connected_layers_that_are_really_built(same: str, verdict: str) -> None:
    """PyTorch's own fully connected layers on the same maps, their weights counted: one product each."""
    inputs, outputs, side = 6, 4, 5
    units = outputs * (side**2 if same == "output" else 1)
    dense = nn.Linear(inputs * side**2, units).weight.numel()
    given = {"network": "nin", "settings": ["1x224x224/10"], "same": same, "relation": "at most", "bound": 0.5}
    record = counts("nin", convolution("a", inputs, outputs, 1, side), convolution("b", 4, 4, 3, 5))
    (finding,) = findings("1x1 against fully connected", [record], **given)
    assert finding.verdict == verdict
    assert finding.effect == pytest.approx(inputs * outputs * side**2 / dense)
    assert verdicts("1x1 against fully connected", [], **given) == ["not measured"]
    assert verdicts("1x1 against fully connected", [counts("nin", linear("a", 2, 2))], **given) == ["not testable"]


@pytest.mark.parametrize(("classes", "verdict"), [(1000, "supported"), (2, "refuted")])
def test_pooling_before_the_classifier_is_held_against_a_flattening_one(classes: int, verdict: str) -> None:
    trunk = convolution("features.0", 64, 64, 3, 7)
    pooling = Layer(
        name="head.0", type="AdaptiveAvgPool2d", input_shape=(64, 7, 7), output_shape=(64, 1, 1), parameters=0, macs=0
    )
    given = {"network": "googlenet", "settings": ["3x224x224/1000"], "relation": "at most", "bound": 0.5}
    place = {"setting": "3x224x224/1000"}
    pooled = counts("googlenet", trunk, pooling, linear("head.1", 64, classes), **place)
    flattened = counts("googlenet", trunk, linear("head.1", 64 * 49, classes), **place)
    (finding,) = findings("pooling before the classifier", [pooled], **given)
    assert finding.verdict == verdict
    assert finding.effect == pytest.approx(pooled.result.parameters / flattened.result.parameters)  # type: ignore[union-attr]
    assert verdicts("pooling before the classifier", [flattened], **given) == ["not testable"]
    assert verdicts("pooling before the classifier", [], **given) == ["not measured"]


@pytest.mark.parametrize(("large", "exponent", "verdict"), [((800, 80), 1, "refuted"), ((6400, 640), 2, "supported")])
def test_weights_that_grow_as_the_pixels_have_the_exponent_one(
    large: tuple[int, int], exponent: float, verdict: str
) -> None:
    """From 28 to 224 pixels there are 64 times as many: that is the power 1, and 4,096 the power 2."""
    small = [linear("a", 100, 10), linear("b", 100, 10)]
    records = [
        counts("lenet", *small, setting="1x28x28/10"),
        counts("lenet", linear("a", *large), linear("b", *large)),
    ]
    given = {"networks": ["lenet"], "small": "1x28x28/10", "large": "1x224x224/10", "relation": "above", "bound": 1.0}
    (finding,) = findings("growth of fully connected weights", records, **given)
    assert finding.effect == pytest.approx(exponent)
    assert finding.verdict == verdict
    assert verdicts("growth of fully connected weights", records[:1], **given) == ["not measured"]
    bare = [counts("lenet", convolution("a", 1, 1, 1, 1), setting=one) for one in ("1x28x28/10", "1x224x224/10")]
    assert verdicts("growth of fully connected weights", bare, **given) == ["not testable"]


@pytest.mark.parametrize(("name", "exponent"), [("alexnet", 0.98), ("vgg16", 0.92)])
def test_with_the_same_layers_fully_connected_weights_grow_almost_as_pixels_do(name: str, exponent: float) -> None:
    """As the margin of D0-2 says: the layers of 224 pixels, met by images of 448."""
    with torch.device("meta"):
        network = archs.create(name, image_size=224)
        read = [network.get_submodule("features")(torch.empty(1, 1, side, side)).numel() for side in (224, 448)]
    first, *others = [layer for layer in network.modules() if isinstance(layer, torch.nn.Linear)]
    assert first.in_features == read[0]
    small, large = (inputs * first.out_features + sum(one.weight.numel() for one in others) for inputs in read)
    assert math.log(large / small) / math.log(4) == pytest.approx(exponent, abs=0.005)


@pytest.mark.parametrize(("stated", "verdict"), [((7, 7, 512, 1024), "supported"), ((7, 7, 512, 512), "refuted")])
def test_a_stated_product_is_held_against_a_layer_that_is_counted(stated: tuple[int, ...], verdict: str) -> None:
    maps = Layer(name="a", type="MaxPool2d", output_shape=(512, 7, 7), parameters=0, macs=0)
    given = {"network": "vgg16", "setting": "1x224x224/10", "maps": [512, 7, 7], "units": 1024, "stated": stated}
    record = counts("vgg16", maps, linear("b", 25_088, 4096))
    (finding,) = findings("stated weights", [record], **given)
    assert finding.verdict == verdict
    with torch.device("meta"):
        built = nn.Linear(7 * 7 * 512, 1024)
    assert finding.effect == abs(math.prod(stated) - built.weight.numel())
    assert verdicts("stated weights", [], **given) == ["not measured"]
    assert verdicts("stated weights", [counts("vgg16", linear("b", 9, 9))], **given) == ["not testable"]


# Memory


def remembered(
    name: str, saved: int, peak: int | None = None, layers: tuple[LayerMemory, ...] = (), **place: Any
) -> Record:
    result = Memory(
        batch=64, parameter_bytes=1, saved_for_backward_bytes=saved, training_peak_bytes=peak,
        inference_peak_bytes=None, method="none" if peak is None else "resident set", layers=layers,
    )  # fmt: skip
    about = factories.subject(name, 224)
    return factories.record("memory", result, arch=about, protocol="timing224", **place)


MEMORY = {"network": "vgg16", "against": ["alexnet"], "settings": ["1x224x224/10"], "relation": "above", "bound": 1.0}


def test_feature_maps_are_counted_where_they_are_maps() -> None:
    """Two convolutions of 4 x 10 x 10 beside one; the linear layer gives no map."""
    two = counts("vgg16", convolution("a", 1, 4, 3, 10), convolution("b", 4, 4, 3, 10), linear("c", 400, 4000))
    one = counts("alexnet", convolution("a", 1, 4, 3, 10), linear("c", 400, 4000))
    (finding,) = findings("ratio of feature maps", [two, one], **MEMORY)
    assert (finding.verdict, finding.effect) == ("supported", 2)
    swapped = MEMORY | {"network": "alexnet", "against": ["vgg16"]}
    assert verdicts("ratio of feature maps", [two, one], **swapped) == ["refuted"]
    assert verdicts("ratio of feature maps", [two], **MEMORY) == ["not measured"]


def processes(name: str, saved: int, peaks: tuple[int, ...], **place: Any) -> list[Record]:
    return [remembered(name, saved, peak, seed=number, **place) for number, peak in enumerate(peaks)]


@pytest.mark.parametrize("quantity", ["saved_for_backward_bytes", "training_peak_bytes"])
def test_memory_is_compared_on_one_device(quantity: str) -> None:
    large, small = processes("vgg16", 300, (890, 900, 910)), processes("alexnet", 100, (290, 300, 310))
    given = MEMORY | {"quantity": quantity}
    (finding,) = findings("ratio of memory", [*large, *small], **given)
    assert finding.verdict == "supported"
    assert finding.effect == pytest.approx(3, rel=1e-3)
    swapped = given | {"network": "alexnet", "against": ["vgg16"]}
    assert verdicts("ratio of memory", [*large, *small], **swapped) == ["refuted"]
    elsewhere = processes("alexnet", 100, (290, 300, 310), device=factories.GPU)
    (lacking,) = findings("ratio of memory", [*large, *elsewhere], **given)
    assert lacking.verdict == "not measured"
    assert lacking.needs[0].command == "bench run --arch vgg16 alexnet --protocol timing224 --measure memory"


@pytest.mark.parametrize("process", [0, 1])
def test_of_bytes_that_are_counted_those_weighed_last_count(process: int) -> None:
    """Whichever of two processes was weighed again, with other software."""
    again = {"key": "again", "started": "2026-02-01T00:00:00Z"}
    vgg16 = [*processes("vgg16", 300, (900, 900)), remembered("vgg16", 200, seed=process, **again)]
    given = MEMORY | {"quantity": "saved_for_backward_bytes"}
    (finding,) = findings("ratio of memory", [*vgg16, remembered("alexnet", 100)], **given)
    assert finding.effect == 2


def test_bytes_that_are_counted_need_one_process_and_peaks_several() -> None:
    once = [*processes("vgg16", 300, (900,)), *processes("alexnet", 100, (300,))]
    assert verdicts("ratio of memory", once, **MEMORY, quantity="saved_for_backward_bytes") == ["supported"]
    assert verdicts("ratio of memory", once, **MEMORY, quantity="training_peak_bytes") == ["not measured"]


def test_peaks_that_differ_from_process_to_process_decide_nothing_that_is_near() -> None:
    records = [*processes("vgg16", 1, (250, 300, 360)), *processes("alexnet", 1, (240, 290, 350))]
    (finding,) = findings("ratio of memory", records, **MEMORY, quantity="training_peak_bytes")
    assert finding.verdict == "inconclusive"
    assert finding.low is not None
    assert finding.high is not None
    assert finding.low < 1 < finding.high
    assert finding.n == 6


def test_a_peak_that_does_not_rise_above_the_idle_process_has_no_ratio() -> None:
    records = [*processes("vgg16", 300, (900, 900, 910)), *processes("alexnet", 100, (0, 0, 10))]
    assert verdicts("ratio of memory", records, **MEMORY, quantity="training_peak_bytes") == ["not measured"]


def test_a_peak_that_a_device_does_not_tell_is_not_measured() -> None:
    records = [remembered("vgg16", 300), remembered("alexnet", 100)]
    assert verdicts("ratio of memory", records, **MEMORY, quantity="training_peak_bytes") == ["not measured"]


FIRST = {"network": "vgg16", "part": 1 / 3, "settings": ["1x224x224/10"], "relation": "above", "bound": 0.5}


@pytest.mark.parametrize(("side", "verdict"), [(8, "supported"), (4, "refuted")])
def test_the_share_of_the_first_layers_in_elements(side: int, verdict: str) -> None:
    """Sides of 8, 4, 4: 64 of 96 elements are in the first; sides of 4, 4, 4: 16 of 48."""
    record = counts("vgg16", *(convolution(str(i), 1, 1, 3, s) for i, s in enumerate((side, 4, 4))), linear("c", 16, 9))
    (finding,) = findings("share of the first layers", [record], quantity="elements", **FIRST)
    assert finding.verdict == verdict
    assert finding.effect == pytest.approx(side**2 / (side**2 + 32))
    assert verdicts("share of the first layers", [], quantity="elements", **FIRST) == ["not measured"]


@pytest.mark.parametrize(("activation", "verdict"), [(300, "supported"), (0, "refuted")])
def test_the_share_of_the_first_layers_in_bytes_counts_an_activation_with_its_convolution(
    activation: int, verdict: str
) -> None:
    record = counts("vgg16", *(convolution(name, 1, 1, 3, 4) for name in "ace"))
    kept = [("a", "Conv2d", 10), ("b", "ReLU", activation), ("c", "Conv2d", 90), ("e", "Conv2d", 50), ("", "", 50)]
    layers = tuple(LayerMemory(name=n, type=t, output_elements=16, saved_bytes=s) for n, t, s in kept)
    given = FIRST | {"quantity": "bytes kept"}
    (finding,) = findings("share of the first layers", [record, remembered("vgg16", 1, layers=layers)], **given)
    assert finding.verdict == verdict
    assert finding.effect == pytest.approx((10 + activation) / (200 + activation))
    for too_little in ([record], [record, remembered("vgg16", 1)]):
        assert verdicts("share of the first layers", too_little, **given) == ["not measured"]


# Accuracy at equal parameters


EQUAL = {
    "pairs": [["nin", "nin-no1x1-params"]], "points": 0.5, "tolerance": 0.02, "protocols": ["matched28", "budget28"],
}  # fmt: skip


def trained(gains: Iterable[float], has: int = 1000, other: int = 1010) -> list[Record]:
    """Runs of two networks under one protocol; `gains` in percentage points, seed by seed."""
    sides = [factories.subject("nin", 28), factories.subject("nin-no1x1-params", 28)]
    records = [
        factories.record(
            "complexity", Complexity(parameters=n, macs=1, other_operations={}, uncounted={}, layers=()),
            arch=side, protocol="timing28", device=None, precision=None,
        )
        for side, n in zip(sides, (has, other), strict=True)
    ]  # fmt: skip
    for seed, gain in enumerate(gains):
        for side, score in zip(sides, (0.8 + gain / 100, 0.8), strict=True):
            records.append(factories.accuracy(side, score=score, seed=seed, protocol="budget28"))
    return records


@pytest.mark.parametrize(
    ("gains", "verdict"),
    [([0.1, 0.2, 0.3], "supported"), ([-3.0, -3.1, -3.2], "refuted"), ([-3.0, 2.0, 0.0], "inconclusive")],
)
def test_accuracy_at_equal_parameters(gains: list[float], verdict: str) -> None:
    (finding,) = findings("accuracy at equal parameters", trained(gains), **EQUAL)
    assert finding.verdict == verdict
    assert finding.effect == pytest.approx(sum(gains) / 3, abs=0.011)
    assert finding.n == 3
    assert finding.p_value is not None


def test_accuracy_at_equal_parameters_wants_three_seeds_the_counts_and_equal_parameters() -> None:
    records = trained([0.1, 0.2, 0.3])
    assert verdicts("accuracy at equal parameters", trained([0.1, 0.2]), **EQUAL) == ["not measured"]
    assert verdicts("accuracy at equal parameters", records[1:], **EQUAL) == ["not measured"]
    assert verdicts("accuracy at equal parameters", trained([0.1, 0.2, 0.3], other=1100), **EQUAL) == ["not testable"]


@pytest.mark.parametrize(
    ("gains", "verdicts_of", "p_value"),
    [
        ([0.9, 1.0, 1.1], ["supported", "supported"], 0.00332),
        ([-3.0, -3.1, -3.2], ["refuted", "refuted"], 0.00035),
        ([-0.1, 0.0, 0.1], ["supported", "inconclusive"], 1.0),
    ],
)
def test_higher_in_one_pair_at_least(gains: list[float], verdicts_of: list[str], p_value: float) -> None:
    """Accuracies are whole images of 10,000, which makes the p of the example differ in its third figure."""
    found = findings("accuracy at equal parameters", trained(gains), **EQUAL, higher_somewhere=True)
    assert [one.verdict for one in found] == verdicts_of
    assert found[1].p_value == pytest.approx(p_value, rel=0.02)


def test_the_best_of_several_pairs_counts_once_for_each_of_them() -> None:
    """Twice the same pair: what alone would be clear at 5 % is no longer."""
    once = {**EQUAL, "higher_somewhere": True}
    twice = {**once, "pairs": once["pairs"] * 2}
    gains = trained([0.7, 1.0, 1.3])
    (_, alone), (*_, one_of_two) = (findings("accuracy at equal parameters", gains, **given) for given in (once, twice))
    assert alone.p_value is not None
    assert alone.p_value < 0.05 < 2 * alone.p_value
    assert (alone.verdict, one_of_two.verdict) == ("supported", "inconclusive")
    assert one_of_two.p_value == pytest.approx(2 * alone.p_value)


def test_higher_somewhere_waits_for_what_may_still_show_it() -> None:
    given = {**EQUAL, "pairs": [*EQUAL["pairs"], ["nin", "nin-3x3-params"]], "higher_somewhere": True}
    assert verdicts("accuracy at equal parameters", trained([-0.1, 0.0, 0.1]), **given)[-1] == "not measured"


# The ledger


def in_ledger() -> list[Claim]:
    return [claim for topic in COUNTED for claim in ledger.of_topic(topic)]


@pytest.mark.parametrize(("topic", "claims"), COUNTED.items())
def test_every_claim_of_the_topic_is_in_the_ledger(topic: str, claims: int) -> None:
    found = [claim.id for claim in in_ledger() if claim.topic == topic]
    assert len(found) == len(set(found)) == claims


@pytest.mark.parametrize("claim", in_ledger(), ids=lambda claim: claim.id)
def test_without_records_a_claim_is_not_measured_and_names_what_it_needs(claim: Claim) -> None:
    (decision,) = decide([claim], Evidence([]))
    assert decision.verdict == "not measured"
    assert decision.needs


@pytest.fixture(scope="module")
def measured() -> Evidence:
    """Counts of every network that the ledger's claims on parameters and computation want, as `bench run` has them."""
    needs = {need for one in decide(in_ledger(), Evidence([])) for need in one.needs if need.measure == "complexity"}
    settings = {"timing28": "1x28x28/10", "timing224": "1x224x224/10", "timing1000": "3x224x224/1000"}
    wanted = {(name, settings[need.protocol]) for need in needs for name in need.archs}
    records = []
    for name, setting in sorted(wanted):
        made = exact_counts(name, setting)
        records.append(counts(name, *made.layers, parameters=made.parameters, setting=setting))
    return Evidence(records)


# Worked out from the papers' tables, by hand: NiN's 1x1 layers add weights and products to it, its fully connected
# rivals owe most parameters and few products to their heads, and reductions make GoogLeNet small.
FROM_COUNTS = {
    "D0-2": "mixed",
    "D0-3": "refuted",
    "D0-7": "refuted",
    "D0-8": "mixed",
    "D0-11": "refuted",
    "D0-12": "refuted",
    "D1-2": "supported",
    "D1-15": "mixed",
    "D2-5": "refuted",
    "D2-11": "refuted",
    "D2-16": "mixed",
    "D3-14": "refuted",
    "D3-19": "mixed",
    "D3-21": "supported",
    "D3-27": "supported",
    "D4-10": "supported",
    "D4-18": "mixed",
}


def test_with_exact_counts_every_claim_on_them_has_a_verdict(measured: Evidence) -> None:
    found = {one.claim.id: one.verdict for one in decide(in_ledger(), measured)}
    assert {name: found[name] for name in FROM_COUNTS} == FROM_COUNTS
    assert {name for name in found if name not in FROM_COUNTS} == {"D2-15", "D3-15", "D3-16"}


def test_findings_are_sentences_with_their_records(measured: Evidence) -> None:
    for decision in decide(in_ledger(), measured):
        for finding in decision.findings:
            assert finding.says[0].isupper()
            assert finding.says.endswith(".")
            assert finding.about
            assert bool(finding.records) == (finding.verdict != "not measured")
