"""The first screen: the networks side by side, and which number of a column is the best."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import factories

import archs
from bench.numbers import MISSING, percent
from bench.records import Record
from bench.report.frames import to_frames
from bench.report.overview import summary
from bench.report.web.glance import MOST_NETWORKS, Board, glance


def boards(records: Sequence[Record]) -> list[Board]:
    return glance(summary(to_frames(records)))


def scored(scores: Mapping[str, Sequence[float]]) -> list[Record]:
    """Runs with these test accuracies, a seed each."""
    return [
        factories.accuracy(name, score=score, seed=seed, protocol=factories.untuned("budget28"))
        for name, own in scores.items()
        for seed, score in enumerate(own)
    ]


def column(board: Board, head: str) -> dict[str, str]:
    """Cells by network under the head that begins so; an asterisk behind the bold ones."""
    (place,) = [place for place, one in enumerate(board.heads) if one.startswith(head)]
    return {row.title: row.cells[place].text + "*" * row.cells[place].best for row in board.rows}


def test_the_best_is_bold_and_so_is_who_is_not_told_apart_from_it() -> None:
    scores = {"lenet": (0.60, 0.60, 0.60), "nin": (0.90, 0.93, 0.90), "vgg16": (0.89, 0.90, 0.91)}
    (board,) = boards(scored(scores))
    assert board.heads == ("Test accuracy after 3 epochs of 20,000 images [95 %]",)
    bold = {title for title, text in column(board, "Test accuracy").items() if text.endswith("*")}
    assert bold == {"NiN", "VGG-16"}
    assert "Under budget28 the runs of NiN lie farthest apart, at accuracies from 0.900 to 0.930." in board.notes
    (scope,) = board.scopes
    assert scope == (f"Test accuracy: budget28 · 28 px · {factories.CPU.model} · bf16", "untuned, not citable")


def test_runs_that_lost_a_class_are_told_beside_single_runs_of_others() -> None:
    """NiN's second run takes nothing for the last class, and VGG-16 has one run."""
    rows = summary(to_frames(scored({"nin": (0.92, 0.82), "vgg16": (0.9,)})))
    rows.loc[rows["arch"] == "nin", "lossy_runs"] = 1
    (board,) = glance(rows)
    assert board.heads[0].endswith("images, of 1 to 2 seeds [95 %]")
    assert (
        "Under budget28 the runs of NiN lie farthest apart, at accuracies from 0.820 to 0.920; 1 of 2 took no test "
        "image for some class."
    ) in board.notes


def test_a_head_says_where_a_single_seed_was_trained() -> None:
    (board,) = boards(scored({"nin": (0.9,), "vgg16": (0.8,)}))
    assert board.heads[0].endswith("images, of one seed [95 %]")
    assert not any("farthest apart" in note for note in board.notes)


def test_the_better_protocol_is_trusted_and_what_it_lacks_is_a_dash() -> None:
    everything = [*factories.full_run(), *factories.full_run(("nin", "vgg16"), "budget28", seeds=2)]
    (board,) = boards(everything)
    assert [row.title for row in board.rows] == [archs.get_spec(name).title for name in archs.FIVE]
    accuracies = column(board, "Test accuracy")
    assert [title for title, text in accuracies.items() if text != MISSING] == ["VGG-16", "NiN"]
    assert all("budget28" in scope for scope, _ in board.scopes)


def test_each_training_that_is_trusted_as_much_has_a_column() -> None:
    names = ("nin", "vgg16")
    records = [*scored(dict.fromkeys(names, (0.8, 0.81))), *factories.full_run(("nin",), "matched28")]
    (board,) = boards(records)
    assert [head for head in board.heads if head.startswith("Test accuracy")] == [
        "Test accuracy after 3 epochs of 20,000 images [95 %]"
    ]

    trained = factories.untuned("matched28")
    records += [factories.accuracy(name, score=0.9, protocol=trained) for name in names]
    (board,) = boards(records)
    assert board.heads[:2] == (
        "Test accuracy after 10 epochs of 55,000 images, shifted and mirrored, of 1 to 2 seeds [95 %]",
        "Test accuracy after 3 epochs of 20,000 images [95 %]",
    )
    assert column(board, "Test accuracy after 10")["VGG-16"].startswith("0.900")
    assert [scope.split(" · ")[0] for scope, _ in board.scopes[:2]] == [
        "Test accuracy after 10 epochs of 55,000 images, shifted and mirrored, of 1 to 2 seeds: matched28",
        "Test accuracy after 3 epochs of 20,000 images: budget28",
    ]


def test_a_longer_training_of_fewer_networks_has_its_column() -> None:
    """A look at three networks, and a longer one at two of them."""
    short, long = factories.untuned("budget28"), factories.untuned("matched28")
    records = [factories.accuracy(name, score=0.2, protocol=short) for name in ("lenet", "nin", "vgg16")]
    records += [factories.accuracy(name, score=0.6, protocol=long) for name in ("nin", "vgg16")]
    (board,) = boards(records)
    assert column(board, "Test accuracy after 10")["LeNet"] == MISSING
    assert column(board, "Test accuracy after 10")["NiN"].startswith("0.600")
    assert column(board, "Test accuracy after 3")["LeNet"].startswith("0.200")


def test_the_most_accurate_is_named_with_what_tells_it_from_those_as_good() -> None:
    """VGG-16 and NiN are alike, and NiN is smaller; LeNet, the smallest of all, is not as accurate."""
    scores = {"lenet": (0.60, 0.60, 0.60), "nin": (0.90, 0.93, 0.90), "vgg16": (0.91, 0.92, 0.93)}
    (board,) = boards([*scored(scores), *[factories.complexity(name) for name in scores]])
    assert board.answer == (
        "After 3 epochs of 20,000 images VGG-16 is the most accurate, and NiN (3 runs at accuracies from 0.900 to "
        "0.930) is not told apart from it; of these NiN has the fewest parameters and the fewest multiply-accumulates."
    )
    (board,) = boards(scored({"nin": (0.9, 0.9), "vgg16": (0.8, 0.8)}))
    assert board.answer == "After 3 epochs of 20,000 images NiN is the most accurate."
    (board,) = boards([factories.complexity(name) for name in scores])
    assert board.answer == ""


def test_spread_of_its_own_makes_no_network_one_of_the_best() -> None:
    """LeNet's interval covers that of VGG-16, and its mean lies far below."""
    scores = {"lenet": (0.95, 0.55, 0.95), "vgg16": (0.91, 0.92, 0.93)}
    (board,) = boards(scored(scores))
    assert board.answer == "After 3 epochs of 20,000 images VGG-16 is the most accurate."
    assert not column(board, "Test accuracy")["LeNet"].endswith("*")


def test_a_single_run_comes_first_and_is_no_best() -> None:
    """NiN and LeNet have several seeds of the longer training and VGG-16 has one; all have several of the shorter."""
    long = factories.untuned("matched28")
    own = {"lenet": (0.88, 0.89), "nin": (0.93, 0.81), "vgg16": (0.92,)}
    longer = [
        factories.accuracy(name, score=score, seed=seed, protocol=long)
        for name, runs in own.items()
        for seed, score in enumerate(runs)
    ]
    (board,) = boards([*longer, *scored({"lenet": (0.7, 0.7), "nin": (0.9, 0.9), "vgg16": (0.8, 0.8)})])
    assert board.answer == (
        "After 10 epochs of 55,000 images, shifted and mirrored, VGG-16 comes first at 0.920; 2 runs of LeNet end at "
        "accuracies from 0.880 to 0.890 and 2 runs of NiN end at accuracies from 0.810 to 0.930. Of VGG-16 this is one "
        "run, and others may come out otherwise. After 3 epochs of 20,000 images NiN is the most accurate."
    )
    assert not any(text.endswith("*") for text in column(board, "Test accuracy after 10").values())
    assert (
        "Under matched28 VGG-16 trained with one seed; such an interval is over the test images and tells nothing of "
        "other seeds."
    ) in board.notes

    (board,) = boards([longer[-1], factories.accuracy("nin", score=0.9, protocol=long)])
    assert board.answer.endswith(
        "comes first at 0.920. Of VGG-16 and NiN this is one run, and others may come out otherwise."
    )


def test_counts_are_exact_and_the_smallest_is_bold() -> None:
    small, large = boards(
        [factories.complexity(name, image_size=size) for size in (28, 224) for name in ("lenet", "vgg16", "nin")]
    )
    assert (small.image_size, large.image_size) == (28, 224)
    assert column(small, "Parameters") == {"LeNet": "61.7 k*", "VGG-16": "33.6 M", "NiN": "1.98 M"}
    assert column(large, "Parameters") == {"LeNet": "5.61 M", "VGG-16": "134 M", "NiN": "1.99 M*"}
    assert large.scopes == ()
    assert any(note.startswith("LeNet is not the published network here: at 224 pixels") for note in large.notes)
    assert not any("published network" in note for note in small.notes)


def test_a_column_stays_with_the_scope_of_those_before_it() -> None:
    """Two processors timed the same networks; accuracy was measured on the one whose name comes last."""
    first, last = (factories.CPU.model_copy(update={"model": f"{name} Processor"}) for name in ("A", "B"))
    records = [factories.accuracy(name, device=last, protocol="budget28") for name in ("nin", "vgg16")]
    records += [
        factories.throughput(name, device=device, protocol="budget28")
        for device in (first, last)
        for name in ("nin", "vgg16")
    ]
    (board,) = boards(records)
    assert len(board.heads) > 2
    assert [scope.split(" · ")[2] for scope, _ in board.scopes] == ["B Processor"]


def test_columns_come_from_the_scope_that_tells_of_most() -> None:
    """Inference alone was timed under the protocol that comes first by name."""
    records = [
        factories.throughput(name, protocol=protocol, training=training)
        for protocol, training in (("engines28", ()), ("timing28", (64,)))
        for name in ("nin", "vgg16")
    ]
    (board,) = boards(records)
    assert [head.partition(",")[0] for head in board.heads] == ["Time for one image", "Inference", "Training"]
    assert [scope.partition(": ")[2].split(" · ")[0] for scope, _ in board.scopes] == ["timing28"]


def test_a_note_says_what_share_of_the_device_the_networks_get() -> None:
    records = factories.full_run(("lenet", "nin"))
    rows = summary(to_frames(records)).set_index("arch")
    lenet, nin = (percent(rows.loc[name, "latency_utilisation"]) for name in ("lenet", "nin"))
    (note,) = [note for board in boards(records) for note in board.notes if note.startswith("With one image at a time")]
    assert f"LeNet gets {lenet} of the device's own rate of arithmetic and NiN {nin}: " in note


def test_nothing_is_compared_with_itself_and_not_more_than_a_glance_takes_in() -> None:
    assert boards(factories.full_run(("nin",))) == []
    relatives = [spec.name for spec in archs.list_archs() if spec.name not in archs.FIVE][: MOST_NETWORKS + 1]
    assert boards([factories.complexity(name) for name in relatives]) == []
    assert len(boards([factories.complexity(name) for name in relatives[1:]])[0].rows) == MOST_NETWORKS
