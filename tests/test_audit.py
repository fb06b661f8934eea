"""The audit: text to Python, Python to a network, prose against code.  The documents themselves are not needed here."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import Spoken

from bench.audit import checks, examine, keep, run, text
from bench.audit.facts import blocks
from bench.audit.listings import LISTINGS, Listing
from bench.audit.probe import Request
from bench.audit.statements import STATEMENTS
from bench.errors import UserError
from bench.records import Attempt, Layer, Observed
from bench.report.frames import to_frames
from bench.report.overview import summary
from bench.report.web.findings import findings

Bench = Callable[..., Spoken]

# A document of our own: two lines of prose, a listing whose indentation is lost, and prose again.
PROSE = [
    "A net.",
    "It ends in a linear layer.",
    "def net():",
    "# 1 * 8 * 8 -> 4 * 6 * 6",
    "layers = [nn.Conv2d(1, 4, 3), nn.ReLU()]",
    "layers += [nn.Flatten(), nn.Linear(4 * 6 * 6, 10)]",
    "return nn.Sequential(*layers)",
    "That was all.",
]
LISTING = Listing(
    name="own",
    title="Own",
    document="009",
    framework="PyTorch",
    family="nin",
    lines=(3, 7),
    entry="net()",
    image=(1, 8, 8),
    indents="01111",
    supplied="from torch import nn",
)
DOCUMENT = text.Document("009", Path("009.txt"), tuple(PROSE))


def request(code: str, **changes: Any) -> Request:
    facts = {"document": "009", "framework": "PyTorch", "code": code, "context": (), "supplied": "", "entry": "net"}
    return Request(**facts | {"image": (1, 8, 8)} | changes)


def test_what_the_text_lost_is_put_back_at_the_same_lines() -> None:
    code, done = text.restored(DOCUMENT, LISTING)
    assert done == "indentation put back"
    assert code.splitlines()[:4] == ["", "", "def net():", "    # 1 * 8 * 8 -> 4 * 6 * 6"]
    as_it_stands = text.parse(text.printed(DOCUMENT, (3, 7)), "009")
    assert as_it_stands.error is not None
    assert as_it_stands.error.startswith("IndentationError: expected an indented block")
    assert as_it_stands.line == 5  # the comment is none to Python
    assert text.parse(code, "009").ok


def test_list_numbers_and_no_break_spaces_are_taken_out() -> None:
    numbered = text.Document(
        "009", Path("x"), ("  1. def f():", "  2. return 1", "def g():", "\N{NO-BREAK SPACE}  return 2")
    )
    one = Listing("a", "A", "009", "PyTorch", "nin", (1, 2), "f()", (1, 8, 8), indents="01", list_numbers=True)
    two = Listing("b", "B", "009", "PyTorch", "nin", (3, 4), "g()", (1, 8, 8))
    assert text.restored(numbered, one) == (
        "def f():\n    return 1\n",
        "list numbers taken out, indentation put back",
    )
    assert text.restored(numbered, two) == ("\n\ndef g():\n   return 2\n", "no-break spaces made spaces")
    error = text.parse(text.printed(numbered, (3, 4)), "009").error
    assert error is not None
    assert "U+00A0" in error


def test_indents_fit_the_lines_of_every_listing() -> None:
    for listing in LISTINGS:
        first, last = listing.lines
        assert len(listing.indents) in (0, last - first + 1), listing.name


def test_every_statement_belongs_to_a_listing_and_every_twin_is_registered() -> None:
    import archs

    names = {listing.name for listing in LISTINGS}
    assert {statement.listing for statement in STATEMENTS} == names
    for listing in LISTINGS:
        assert listing.twin is None or archs.get_spec(listing.twin).name == listing.twin
        assert set(listing.context) <= names


def test_a_listing_is_run_in_another_process_and_told_with_the_lines_of_its_document() -> None:
    code = text.restored(DOCUMENT, LISTING)[0]
    (seen,) = run.run([request(code, supplied="from torch import nn", entry="net()")])
    assert seen.executes == Attempt(ok=True)
    assert seen.constructs == Attempt(ok=False, error="NameError: name 'nn' is not defined", line=5)
    assert seen.runs_as_stated == Attempt(ok=True)
    assert seen.runs_at_28 is not None
    assert seen.runs_at_28.error is not None
    assert "shapes cannot be multiplied" in seen.runs_at_28.error
    assert seen.smallest_size == 8
    assert seen.parameters == 4 * (9 + 1) + 10 * (144 + 1)
    assert seen.macs == 36 * 4 * 9 + 144 * 10
    assert [(layer.type, layer.output_shape) for layer in seen.layers] == [
        ("Conv2d", (4, 6, 6)),
        ("ReLU", (4, 6, 6)),
        ("Flatten", (144,)),
        ("Linear", (10,)),
    ]
    assert [(one.line, one.made) for one in examine._stated(DOCUMENT, LISTING, seen)] == [(4, True)]


def test_a_forward_pass_that_fails_tells_where_and_what_it_did_not_reach() -> None:
    layers = "nn.Conv2d(1, 2, 3), nn.Conv2d(2, 2, 1), nn.Flatten(), nn.Linear(7, 3)"
    code = f"from torch import nn\nnet = nn.Sequential({layers})\n"
    (seen,) = run.run([request(code)])
    assert seen.runs_as_stated is not None
    assert not seen.runs_as_stated.ok
    assert seen.failed_in == "3 (Linear)"
    assert seen.macs is None
    assert seen.smallest_size is None
    assert [layer.type for layer in seen.layers] == ["Conv2d", "Conv2d", "Flatten"]
    assert [(layer.input_shape, layer.output_shape) for layer in seen.not_reached] == [((7,), (3,))]
    assert seen.without_activation == (("0", "1"),)


def test_statements_run_up_to_the_first_that_fails() -> None:
    code = "from torch import nn\nnet = nn.Conv2d(1, 1, 1)\nfit(net)\nnet = None\n"
    (seen,) = run.run([request(code)])
    assert seen.executes == Attempt(ok=False, error="NameError: name 'fit' is not defined", line=3)
    assert seen.parameters == 2


def test_a_listing_that_does_not_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "TIME_LIMIT", 1)
    with pytest.raises(UserError, match="document 009 did not end within 1 s"):
        run.run([request("while True: pass\n")])


def test_a_process_that_is_ended_by_its_listing_is_an_error() -> None:
    with pytest.raises(UserError, match="listings of document 009 could not be run"):
        run.run([request("import os\nos._exit(3)\n")])


def test_what_a_listing_prints_goes_nowhere() -> None:
    (seen,) = run.run([request("from torch import nn\nprint('{')\nnet = nn.Conv2d(1, 1, 1)\n")])
    assert seen.runs_as_stated == Attempt(ok=True)


@pytest.mark.parametrize(("names", "said"), [(["000"], "no file has its checksum"), (["001"], "001_x.txt has another")])
def test_a_document_is_known_by_its_checksum(tmp_path: Path, names: list[str], said: str) -> None:
    (tmp_path / "001_x.txt").write_text("changed")
    with pytest.raises(UserError, match=said):
        text.find_documents(tmp_path, names)


def test_a_document_is_found_whatever_its_file_is_called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = "\n".join(PROSE).encode()
    (tmp_path / "notes").write_bytes(content)
    monkeypatch.setitem(text.DOCUMENTS, "009", hashlib.sha256(content).hexdigest())
    assert text.find_documents(tmp_path, ["009"])["009"].lines == tuple(PROSE)


# Checks, on layers that are written down here


def layer(kind: str, before: tuple[int, ...], after: tuple[int, ...], **facts: Any) -> Layer:
    return Layer(
        **{"name": kind.lower(), "type": kind, "input_shape": before, "output_shape": after, "parameters": 0, "macs": 0}
        | facts
    )


def convolution(side: int, before: int, after: int, size: int = 8, **facts: Any) -> Layer:
    kernel = {"kernel_size": (side, side), "stride": (1, 1), "padding": (side // 2, side // 2)}
    return layer("Conv2d", (before, size, size), (after, size, size), parameters=1, **kernel | facts)


RELU = layer("ReLU", (4, 8, 8), (4, 8, 8))
POOL = layer("MaxPool2d", (4, 8, 8), (4, 4, 4), kernel_size=(2, 2), stride=(2, 2), padding=(0, 0))
MEAN = layer("AdaptiveAvgPool2d", (4, 4, 4), (4, 1, 1))
DENSE = layer("Linear", (16,), (4,), parameters=68)


def observed(*layers: Layer, **changes: Any) -> Observed:
    good = Attempt(ok=True)
    facts: dict[str, Any] = {
        **{"ran_with": "test", "executes": good, "constructs": good, "runs_as_stated": good, "runs_at_28": good},
        **{"smallest_size": 1, "largest_size_tried": 9, "parameters": 100, "macs": 1, "layers": layers},
    }
    return Observed(**facts | changes)


NIN = observed(convolution(3, 1, 4), RELU, convolution(1, 4, 4), RELU, convolution(1, 4, 4), RELU, POOL, MEAN)
PLAIN = observed(convolution(5, 1, 4), convolution(1, 4, 2), POOL, DENSE, without_activation=(("a", "b"),))


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        (checks.no_linear, NIN, PLAIN),
        (checks.gap, NIN, PLAIN),
        (checks.is_nin, NIN, PLAIN),
        (checks.two_pointwise, NIN, PLAIN),
        (checks.nothing_collapses, NIN, PLAIN),
        (checks.relu_after_pointwise, NIN, PLAIN),
        (checks.relu_after_hidden, NIN, PLAIN),
        (checks.mean_present, NIN, PLAIN),
        (checks.order("5", "1", "pool", "linear"), PLAIN, NIN),
        (checks.kernels(3), NIN, PLAIN),
        (checks.blocks_of(1, 1), NIN, observed(POOL, convolution(3, 2, 4))),
        (checks.class_channels(4), NIN, PLAIN),
        (checks.linear_layers(1, classes=4), PLAIN, NIN),
        (checks.weighted_layers(3), NIN, observed(RELU)),
        (checks.gives_shape(4, 8, 8), NIN, PLAIN),
        (checks.pointwise_reduces, PLAIN, NIN),
        (checks.pointwise_raises, observed(convolution(1, 4, 9)), PLAIN),
        (checks.channels_grow, NIN, observed(convolution(3, 1, 9), convolution(3, 9, 4))),
        (checks.all_three_by_three, observed(convolution(3, 1, 4)), PLAIN),
        (checks.pooling_present, NIN, observed(convolution(3, 1, 4))),
        (checks.several_poolings, observed(POOL, POOL), NIN),
        (checks.pooled_between_blocks, observed(convolution(3, 1, 4), POOL, convolution(3, 4, 4)), NIN),
        (checks.softmax, observed(MEAN, layer("Softmax", (4,), (4,))), NIN),
        (checks.mean_then_softmax, observed(RELU, MEAN, layer("Softmax", (4,), (4,))), NIN),
        (checks.auxiliary_heads, observed(DENSE, DENSE), PLAIN),
        (
            checks.child_is_block("block"),
            observed(*(c.model_copy(update={"name": "block.x"}) for c in NIN.layers)),
            NIN,
        ),
        (checks.runs, NIN, observed(runs_as_stated=Attempt(ok=False, error="E: no"), failed_in="x (Y)")),
        (checks.fails_at_28, observed(runs_at_28=Attempt(ok=False, error="E: no")), NIN),
        (checks.only_first_changed("nin"), observed(convolution(7, 1, 4), *NIN.layers[1:]), observed(*NIN.layers[:-2])),
        (
            checks.pattern_can_be_repeated,  # 4 maps of 2x2 after one more pooling
            observed(convolution(3, 4, 4, 8), POOL, not_reached=(DENSE,)),
            observed(convolution(3, 4, 4, 8), POOL, not_reached=(layer("Linear", (12,), (4,)),)),
        ),
        (
            checks.parallel_branches,
            observed(
                *(convolution(side, 4, 2) for side in (1, 3, 5)),
                layer("MaxPool2d", (4, 8, 8), (4, 8, 8), kernel_size=(3, 3)),
                transitions=(((4, 8, 8), (2, 8, 8)), ((4, 8, 8), (4, 8, 8))),
            ),
            observed(convolution(1, 4, 2), transitions=(((4, 8, 8), (2, 8, 8)),)),
        ),
    ],
    ids=lambda value: getattr(value, "__qualname__", "").split(".")[0],
)
def test_a_check_tells_right_from_wrong_in_a_sentence(check: checks.Check, good: Observed, bad: Observed) -> None:
    others = {"nin": NIN}
    for seen, expected in ((good, True), (bad, False)):
        agrees, sentence = check(seen, others)
        assert agrees is expected
        assert sentence[0].isupper() or sentence[0].isdigit()
        assert sentence.endswith(".")
        assert "\n" not in sentence


def test_blocks_end_at_a_pooling_and_at_the_next_larger_convolution() -> None:
    layers = [convolution(3, 1, 4), convolution(1, 4, 4), POOL, convolution(1, 4, 4), convolution(5, 4, 4)]
    assert [(block.spatial.kernel_size, len(block.pointwise)) for block in blocks(layers)] == [((3, 3), 1), ((5, 5), 0)]


def test_a_twin_differs_in_layers_with_other_channels_and_not_in_how_they_are_written() -> None:
    keras = [convolution(3, 1, 4), RELU, layer("AdaptiveAvgPool2d", (4, 8, 8), (4,)), layer("Softmax", (4,), (4,))]
    torch = [convolution(3, 1, 4), MEAN, layer("Flatten", (4, 1, 1), (4,))]
    assert examine.twin_differences(keras, torch) == ("only in the listing: Softmax",)
    assert examine.twin_differences([DENSE], [DENSE.model_copy(update={"input_shape": (8,)})]) == (
        "only in the listing: Linear, 16 to 4",
        "only in the twin: Linear, 8 to 4",
    )


def test_a_twin_that_stands_in_says_so_and_leaves_open_what_it_cannot_tell() -> None:
    listing = next(one for one in LISTINGS if one.name == "doc001-nin28")
    seen = {
        name: run.from_twin(next(o for o in LISTINGS if o.name == name)) for name in ("doc001-nin224", "doc001-nin28")
    }
    assert "stands in" in seen["doc001-nin28"].ran_with
    verdicts = {finding.says: finding.verdict for finding in examine.findings(listing, seen)}
    assert verdicts["The means of the channels go straight into the softmax."] == "not run"
    assert verdicts["For 28 pixels only the first layer is changed."] == "differs"


# Records and the command


def audited(**changes: Any) -> Any:
    from bench.records import Audit

    facts: dict[str, Any] = {
        **{"listing": "doc004-nin", "document": "004", "document_sha256": "0" * 64, "first_line": 25, "last_line": 51},
        **{"stated_image": (1, 224, 224), "size_is_stated": True, "as_it_stands": Attempt(ok=True), "restored": None},
        **{"parses": Attempt(ok=True), "supplied": None, "observed": NIN, "twin": "nin", "twin_parameters": 100},
        **{"twin_macs": 2, "twin_differs": (), "stated_shapes": (), "findings": ()},
    }
    return Audit(**facts | changes)


def test_what_was_found_is_a_record_and_is_recalled_without_the_documents(tmp_path: Path, bench: Bench) -> None:
    listing = next(one for one in LISTINGS if one.name == "doc004-nin")
    made = keep.record(listing, audited(), started=0.0)
    keep.keep(tmp_path, [made])
    keep.keep(tmp_path, [made])  # found again and not written twice
    assert len(list(tmp_path.rglob("*.json"))) == 1
    assert keep.recall(tmp_path) == [audited()]
    spoken = bench("audit", "--results", tmp_path)
    assert spoken.code == 0
    assert "doc004-nin, lines 25-51" in spoken.out
    assert "100, as in nin" in spoken.out
    assert "1; nin has 2" in spoken.out
    (shown,) = json.loads(bench("audit", "004", "--results", tmp_path, "--json").out)
    assert shown["listing"] == "doc004-nin"


def test_the_report_says_through_which_listings_no_image_goes_and_which_sizes_were_tried() -> None:
    stuck = NIN.model_copy(update={"smallest_size": None, "largest_size_tried": 256})
    names = ("doc004-nin", "doc003-vgg16")
    records = [
        keep.record(listing, audited(listing=listing.name, observed=stuck), started=0.0)
        for listing in LISTINGS
        if listing.name in names
    ]
    frames = to_frames(records)
    told = " ".join(sentence for one in findings(summary(frames), frames) for sentence in one.sentences)
    (first, second) = frames.listings["title"]
    tried = "No square image of 1 to 256 px, all of which were tried"
    assert f"{tried}, goes through either {first} or {second}." in told
    alone = to_frames(records[:1])
    assert f"{tried}, goes through {first}." in findings(summary(alone), alone)[-1].sentences


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["audit", "005"], "no document is called '005'; did you mean '00"),
        (["audit"], "name the folder of the documents with --documents"),
        (["audit", "--documents", "nowhere"], "no folder nowhere"),
        (["audit", "000", "--documents", "."], "document 000 is not in .: no file has its checksum"),
    ],
)
def test_bad_input_is_one_line(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    spoken = bench(*arguments)
    assert (spoken.code, spoken.out) == (2, "")
    (line,) = spoken.err.strip().splitlines()
    assert said in line
    assert list(tmp_path.iterdir()) == []
