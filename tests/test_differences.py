"""Two sequences of layers, aligned."""

from __future__ import annotations

from typing import Any

from bench.differences import differences, steps
from bench.records import Layer


def layer(kind: str, width: int = 8, name: str = "", **facts: Any) -> Layer:
    costs = {"parameters": 10 * width if kind == "Conv2d" else 0, "macs": 0}
    return Layer(**{"name": name or kind, "type": kind, "output_shape": (width, 4, 4), **costs, **facts})


CONV = layer("Conv2d", kernel_size=(3, 3), stride=(1, 1), padding=(1, 1))
POINT = layer("Conv2d", kernel_size=(1, 1), stride=(1, 1), padding=(0, 0))
RELU, POOL = layer("ReLU"), layer("MaxPool2d", kernel_size=(3, 3), stride=(2, 2))


def told(parent: list[Layer], own: list[Layer]) -> list[str]:
    return [f"{one.change} {one.own or one.parent}" for one in differences(parent, own)]


def test_an_activation_is_told_with_the_layer_before_it() -> None:
    assert [str(step) for step in steps([CONV, RELU, POOL])] == [
        "Conv2d 3x3, padding 1, ReLU",
        "MaxPool2d 3x3, stride 2",
    ]
    assert [str(step) for step in steps([RELU, CONV])] == ["ReLU", "Conv2d 3x3, padding 1"]


def test_geometry_leaves_out_what_goes_without_saying() -> None:
    assert CONV.geometry == "3x3, padding 1"
    assert layer("Conv2d", kernel_size=(1, 7), stride=(1, 2), padding=(0, 3)).geometry == "1x7, stride 1x2, padding 0x3"
    assert layer("Dropout", dropout=0.5).geometry == "0.5"
    assert layer("Flatten").geometry == ""


def test_equal_networks_differ_in_nothing() -> None:
    layers = [CONV, RELU, POINT, POOL]
    assert {one.change for one in differences(layers, layers)} == {"same"}


def test_a_layer_that_is_gone_and_one_that_came() -> None:
    assert told([CONV, POINT, POOL], [CONV, POOL]) == [
        "same Conv2d 3x3, padding 1",
        "removed Conv2d 1x1",
        "same MaxPool2d 3x3, stride 2",
    ]
    assert told([CONV, POOL], [CONV, POINT, POOL])[1] == "added Conv2d 1x1"


def test_a_width_that_changed_and_a_relu_that_went() -> None:
    wider = CONV.model_copy(update={"output_shape": (9, 4, 4), "parameters": 90})
    assert told([CONV, RELU], [wider, RELU]) == ["changed Conv2d 3x3, padding 1, ReLU"]
    assert told([CONV, RELU], [CONV]) == ["changed Conv2d 3x3, padding 1"]


def test_where_a_layer_stands_in_the_module_tree_does_not_matter() -> None:
    moved = CONV.model_copy(update={"name": "features.7"})
    assert [one.change for one in differences([CONV], [moved])] == ["same"]
