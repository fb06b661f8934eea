"""The documents' networks: counts in closed form, Keras's own numbers, and the listings themselves where they are."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

import archs
from bench.audit import examine, keep
from bench.audit.listings import DOCUMENTS, LISTINGS
from bench.audit.text import find_documents

ROOT = Path(__file__).parents[1]
FOLDER = Path(os.environ.get("NINBENCH_DOCUMENTS", ROOT.parent / "shared" / "documents"))


def conv(c_in: int, c_out: int, kernel: int) -> int:
    return c_out * (c_in * kernel**2 + 1)


def linear(n_in: int, n_out: int) -> int:
    return n_out * (n_in + 1)


def block(c_in: int, c_out: int, kernel: int) -> int:
    return conv(c_in, c_out, kernel) + 2 * conv(c_out, c_out, 1)


def inception(c_in: int) -> int:
    threes, fives = conv(c_in, 48, 1) + conv(48, 64, 3), conv(c_in, 64, 1) + conv(64, 96, 5)
    return conv(c_in, 64, 1) + threes + fives + conv(c_in, 32, 1)


@pytest.mark.parametrize(
    ("name", "size", "channels", "classes", "parameters"),
    [
        # 224 -> 54 -> 26 -> 22 -> 10 -> 8 pixels a side, all padding "valid"
        (
            "doc000-nin",
            224,
            3,
            10,
            conv(3, 96, 11) + conv(96, 256, 5) + conv(256, 384, 3) + conv(384, 1024, 1) + linear(1024 * 8 * 8, 10),
        ),
        ("doc001-nin224", 224, 3, 10, block(3, 96, 11) + block(96, 256, 5) + block(256, 384, 3) + block(384, 10, 3)),
        ("doc001-nin28", 28, 1, 10, block(1, 96, 3) + block(96, 256, 3) + block(256, 384, 3) + block(384, 10, 3)),
        ("doc002-simplenin", 224, 3, 10, conv(3, 192, 5) + conv(192, 64, 1) + conv(64, 64, 1) + linear(64, 10)),
        ("doc003-vgg16", 224, 3, 1000, 138_357_544),  # the paper's Table 2 rounds it to 138 million
        ("doc003-simplegooglenet", 28, 3, 1000, conv(3, 192, 3) + inception(192) + inception(256) + linear(256, 1000)),
    ],
)
def test_parameters_as_printed(name: str, size: int, channels: int, classes: int, parameters: int) -> None:
    with torch.device("meta"):
        network = archs.create(name, image_size=size, in_channels=channels, num_classes=classes)
    assert sum(p.numel() for p in network.parameters()) == parameters


def test_a_document_prints_each_listing_for_one_image_and_its_spec_says_which() -> None:
    printed = {spec.name: spec.printed_for for spec in archs.list_archs(kind="listing")}
    for listing in LISTINGS:
        if listing.twin in printed:
            channels, size, _ = listing.image
            assert printed[listing.twin] == (channels, size, listing.num_classes)


# Keras itself, its layers written here from the document's description, its weights given to our networks


def keras_block(layers: Any, width: int, kernel: int, stride: int, padding: str) -> list[Any]:
    first = layers.Conv2D(width, kernel, strides=stride, padding=padding, activation="relu")
    return [first, *(layers.Conv2D(width, 1, activation="relu") for _ in range(2))]


def keras_network(layers: Any, name: str) -> list[Any]:
    pool = {"pool_size": 3, "strides": 2}
    if name == "doc000-nin":
        return [
            layers.Conv2D(96, 11, strides=4, activation="relu"),
            layers.MaxPooling2D(**pool),
            layers.Conv2D(256, 5, activation="relu"),
            layers.MaxPooling2D(**pool),
            layers.Conv2D(384, 3, activation="relu"),
            layers.Conv2D(1024, 1, activation="relu"),
            layers.Flatten(),
            layers.Dense(10, activation="softmax"),
        ]
    small = name.endswith("28")
    first = (96, 3, 1, "same") if small else (96, 11, 4, "valid")
    rows = [first, (256, 3 if small else 5, 1, "same"), (384, 3, 1, "same"), (10, 3, 1, "same")]
    found: list[Any] = []
    for index, row in enumerate(rows):
        found += keras_block(layers, *row)
        if index < 3:
            found.append(layers.MaxPooling2D(**pool))
        if index < 2 and not small:
            found.append(layers.Dropout(0.5))
    return [*found, layers.GlobalAveragePooling2D(), layers.Softmax()]


@pytest.mark.keras
@pytest.mark.parametrize("name", ["doc000-nin", "doc001-nin224", "doc001-nin28"])
def test_keras_weights_give_keras_probabilities(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    keras = pytest.importorskip("keras")
    spec = archs.get_spec(name)
    assert spec.printed_for is not None
    channels, size, classes = spec.printed_for
    torch.manual_seed(0)
    theirs = keras.Sequential(keras_network(keras.layers, name))
    theirs.build((None, size, size, channels))
    ours = archs.create(name, in_channels=channels, num_classes=classes, image_size=size).eval()
    assert theirs.count_params() == sum(p.numel() for p in ours.parameters())

    weighted = [layer for layer in ours.modules() if isinstance(layer, nn.Conv2d | nn.Linear)]
    kernels = [weights for layer in theirs.layers for weights in layer.get_weights()]
    for layer, kernel, bias in zip(weighted, kernels[::2], kernels[1::2], strict=True):
        order = (3, 2, 0, 1) if isinstance(layer, nn.Conv2d) else (1, 0)
        layer.weight.data = torch.from_numpy(kernel).permute(order).contiguous()
        layer.bias.data = torch.from_numpy(bias) + 0.01  # as zeros they would tell nothing
    for layer in theirs.layers:
        if weights := layer.get_weights():
            layer.set_weights([weights[0], weights[1] + 0.01])

    images = torch.randn(2, channels, size, size)
    with torch.no_grad():
        expected = theirs(images.permute(0, 2, 3, 1), training=False)
        torch.testing.assert_close(ours(images).softmax(1), expected.cpu(), rtol=1e-4, atol=1e-6)


# The committed audit, and the documents themselves

COMMITTED = keep.recall(ROOT / "results")


def test_the_committed_audit_is_whole() -> None:
    assert [audit.listing for audit in COMMITTED] == [listing.name for listing in LISTINGS]


@pytest.mark.parametrize("listing", LISTINGS, ids=lambda listing: listing.name)
def test_committed_findings_follow_from_what_was_observed(listing: Any) -> None:
    observed = {audit.listing: audit.observed for audit in COMMITTED}
    (audit,) = [audit for audit in COMMITTED if audit.listing == listing.name]
    assert tuple(examine.findings(listing, observed)) == audit.findings


@pytest.mark.parametrize("audit", COMMITTED, ids=lambda audit: audit.listing)
def test_a_listing_that_runs_costs_what_its_twin_does_but_for_what_completes_it(audit: Any) -> None:
    if audit.twin is None:
        pytest.skip("a part of a network has no twin")
    completed = {"doc002-simplenin", "doc003-vgg16", "doc003-simplegooglenet"}
    assert (audit.observed.parameters == audit.twin_parameters) is (audit.listing not in completed)
    # Nothing that the documents print is only in the listing, but the softmax and the layer that could not fit.
    lost = [line for line in audit.twin_differs if line.startswith("only in the listing")]
    assert lost in ([], ["only in the listing: Softmax"], ["only in the listing: Linear, 512 to 1000"])


@pytest.mark.documents
@pytest.mark.keras
@pytest.mark.skipif(not FOLDER.is_dir(), reason="the documents are not here; NINBENCH_DOCUMENTS names their folder")
def test_running_the_documents_again_finds_the_same() -> None:
    pytest.importorskip("keras")
    said: list[str] = []
    found = {
        audit.listing: audit for _, audit in examine.examine(find_documents(FOLDER, list(DOCUMENTS)), say=said.append)
    }
    assert len(said) == len(DOCUMENTS)
    for audit in COMMITTED:
        again = found[audit.listing]
        # Messages are the library's own and change with its version; what works and what does not is ours.
        for name in ("executes", "constructs", "runs_as_stated", "runs_at_28"):
            was, now = getattr(audit.observed, name), getattr(again.observed, name)
            assert (was.ok, was.line) == (now.ok, now.line)
        for name in ("parameters", "macs", "smallest_size", "without_activation", "transitions"):
            assert getattr(audit.observed, name) == getattr(again.observed, name)
        assert again.stated_shapes == audit.stated_shapes
        assert [(f.line, f.verdict) for f in again.findings] == [(f.line, f.verdict) for f in audit.findings]


@pytest.mark.documents
@pytest.mark.skipif(not FOLDER.is_dir(), reason="the documents are not here; NINBENCH_DOCUMENTS names their folder")
def test_nothing_of_the_documents_is_in_the_project() -> None:
    """No line of theirs of some length, prose or code, stands in a file of ours."""
    documents = find_documents(FOLDER, list(DOCUMENTS)).values()
    # Code as one writes it anywhere, such as one layer with its usual arguments, is nobody's.
    lines = {line.strip() for document in documents for line in document.lines if len(line.strip()) > 60}
    suffixes = {".py", ".md", ".toml", ".j2", ".json", ".txt", ".css"}
    ours = [
        p
        for top in ("archs", "bench", "docs", "tests", "results")
        for p in (ROOT / top).rglob("*")
        if p.suffix in suffixes
    ]
    assert len(ours) > 100
    for path in [*ours, ROOT / "README.md", ROOT / "pyproject.toml"]:
        content = path.read_text()
        assert [line for line in lines if line in content] == [], path
