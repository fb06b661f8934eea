"""The ledger as a whole, how findings make a verdict, contradictions, and the command."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, get_args

import factories
import pytest
from conftest import Spoken

import archs.registry
from bench import store
from bench.audit.listings import DOCUMENTS
from bench.claims import committed
from bench.claims.contradictions import contradictions, resolve, standing, taken
from bench.claims.decide import decide, p_value
from bench.claims.evidence import Evidence, Setting
from bench.claims.judge import above, at_least, at_most, together, within
from bench.claims.ledger import claims, of_topic
from bench.claims.model import Claim, Decision, Finding, Predicate, Topic, Verdict
from bench.claims.passages import passages
from bench.claims.predicates import PREDICATES
from bench.claims.predicates.runs import aligned, under
from bench.claims.words import bounds_words, why
from bench.protocols import MEASURES, PROTOCOLS, get_protocol, get_protocols
from bench.records import Proof, Record

Bench = Callable[..., Spoken]
FOLDER = Path(os.environ.get("NINBENCH_DOCUMENTS", Path(__file__).parents[2] / "shared" / "documents"))


# The ledger


def test_there_are_116_claims_each_once() -> None:
    ids = [claim.id for claim in claims()]
    assert len(ids) == len(set(ids)) == 116
    by_document = {name: [claim.number for claim in claims() if claim.document == name] for name in DOCUMENTS}
    assert {name: len(numbers) for name, numbers in by_document.items()} == {
        "000": 24, "001": 27, "002": 18, "003": 29, "004": 18,
    }  # fmt: skip
    for numbers in by_document.values():
        assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize("claim", claims(), ids=lambda claim: claim.id)
def test_a_claim_is_a_sentence_with_a_margin_and_networks_that_exist(claim: Claim) -> None:
    assert claim.says[0].isupper() or claim.says.startswith("1x1")
    assert claim.says.endswith(".")
    assert claim.margin.endswith(".")
    named = {name for part in claim.parts for name in _networks(part)} | ({claim.control} - {""})
    for name in named:
        archs.get_spec(name)


def _networks(part: Predicate) -> set[str]:
    fields = part.model_dump()
    if "tables" in fields:  # of a publication, whose methods are no networks of ours
        return set()
    found: set[str] = set()
    for key in ("network", "against", "networks"):
        value = fields.get(key, ())
        found |= {value} if isinstance(value, str) else set(value)
    return found


def test_predicates_are_found_by_the_name_that_the_ledger_uses() -> None:
    assert all(get_args(found.model_fields["test"].annotation) == (name,) for name, found in PREDICATES.items())


TRAINED: dict[Topic, int] = {
    "accuracy": 15, "overfitting": 11, "convergence": 3, "robustness": 3, "interpretability": 5, "speed": 4,
}  # fmt: skip
"""Topics whose claims need training or timing, and how many claims each has."""
WITHOUT_RECORDS = {"D2-17": "inconclusive", "D3-5": "not testable", "D3-4": "supported"}
"""Their verdicts that rest on no record: there is none that could help, or publications decide."""


@pytest.mark.parametrize("topic", TRAINED)
def test_every_claim_of_a_topic_is_there_under_protocols_that_exist(topic: Topic) -> None:
    assert len(of_topic(topic)) == TRAINED[topic]
    for part in (part for claim in of_topic(topic) for part in claim.parts):
        assert set(getattr(part, "protocols", ())) <= set(PROTOCOLS)


@pytest.mark.parametrize("topic", TRAINED)
def test_without_records_nothing_is_decided_and_every_command_that_is_told_is_one(topic: Topic) -> None:
    for decision in decide(of_topic(topic), Evidence([])):
        expected = WITHOUT_RECORDS.get(decision.claim.id, "not measured")
        assert decision.verdict == expected
        assert bool(decision.needs) == (expected == "not measured")
        for need in decision.needs:
            if need.measure != "proof":
                assert get_protocols(need.protocol)
                assert need.measure in MEASURES
                assert need.archs


def test_what_a_claim_lacks_is_told_as_a_command_that_the_command_line_knows() -> None:
    for decision in decide(claims(), Evidence([])):
        for need in decision.needs:
            if need.archs:
                assert need.measure in MEASURES
                protocol = get_protocols(need.protocol)[0]
                for name in need.archs:
                    archs.registry.check_size(archs.get_spec(name), protocol.image_size)
            else:
                assert need.command in ("bench prove", "bench audit --documents FOLDER")


@pytest.mark.documents
def test_claims_stand_where_the_documents_have_them() -> None:
    """The list that the ledger was written from, with the documents' own words, lies beside the documents."""
    listed = FOLDER.parent / "claims.json"
    if not listed.exists():
        pytest.skip("the list of claims is not here")
    wanted = {one["id"]: one for one in json.loads(listed.read_text())["claims"]}
    assert {claim.id: claim.line for claim in claims()} == {name: one["line"] for name, one in wanted.items()}
    without_control = {claim.id for claim in claims() if wanted[claim.id]["needs_ablation"] and not claim.control}
    # The control of D3-27 is worked out from the network's own layers, that of D1-17 is where the same points fall on
    # another image, and that of D3-20 are the seeds.
    assert without_control == {"D3-27", "D1-17", "D3-20"}
    found = passages(FOLDER, claims())
    for name, one in wanted.items():
        first = one["quote"].split(" … ")[0]
        assert first in found[name], name


@pytest.mark.documents
def test_with_the_documents_the_original_passage_stands_beside_ours(bench: Bench) -> None:
    if not FOLDER.exists():
        pytest.skip("the documents are not here")
    done = bench("claims", "D2-3", "--documents", FOLDER)
    assert done.code == 0
    assert "2013" in done.out.split("as printed")[1].split("verdict")[0]


@pytest.mark.documents
def test_the_page_has_the_passages_only_where_it_is_asked_for(bench: Bench, tmp_path: Path) -> None:
    if not FOLDER.exists():
        pytest.skip("the documents are not here")
    store.save(tmp_path, factories.complexity("nin"))
    for options, quoted in (((), 0), (("--documents", FOLDER), 116)):
        assert bench("report", "--results", tmp_path, "--out", tmp_path / "page", *options).code == 0
        assert (tmp_path / "page" / "index.html").read_text().count("<blockquote>") == quoted


# From findings to a verdict


def finding(verdict: Any, p_value: float | None = None) -> Finding:
    return Finding("something", verdict, "It is so.", effect=1.0, p_value=p_value)


@pytest.mark.parametrize(
    ("verdicts", "every", "any_one"),
    [
        (["supported", "supported"], "supported", "supported"),
        (["refuted", "refuted"], "refuted", "refuted"),
        (["supported", "refuted"], "mixed", "supported"),
        (["supported", "inconclusive"], "inconclusive", "supported"),
        (["refuted", "inconclusive"], "inconclusive", "inconclusive"),
        (["supported", "not measured"], "not measured", "supported"),
        (["refuted", "not measured"], "not measured", "not measured"),
        (["supported", "refuted", "not measured"], "mixed", "supported"),
        (["not testable"], "not testable", "not testable"),
    ],
)
def test_findings_make_a_verdict(verdicts: Sequence[str], every: str, any_one: str) -> None:
    findings = [finding(verdict) for verdict in verdicts]
    assert together(findings, "every") == every
    assert together(findings, "any") == any_one


@pytest.mark.parametrize(
    ("combine", "verdicts", "says"),
    [
        ("at once", ["supported", "supported", "refuted"], "2 hold, 1 does not; one is enough to refute it: It is so."),
        ("any", ["supported", "inconclusive"], "1 holds, 1 open; one is enough to support it: It is so."),
        ("every", ["supported", "refuted"], "1 holds, 1 does not; one that does not: It is so."),
        ("every", ["refuted", "refuted"], "It is so."),
    ],
)
def test_a_verdict_says_what_else_was_found(combine: Any, verdicts: Sequence[str], says: str) -> None:
    given = claim("D0-1", *map(finding, verdicts)).model_copy(update={"combine": combine})
    (decision,) = decide([given], Evidence([]))
    assert why(decision) == says


def test_an_interval_that_crosses_the_margin_decides_nothing() -> None:
    assert [at_most(1, low, high) for low, high in ((0.5, 1.0), (0.5, 1.5), (1.1, 1.5))] == [
        "supported", "inconclusive", "refuted",
    ]  # fmt: skip
    assert [at_least(1, low, high) for low, high in ((1.0, 1.5), (0.5, 1.5), (0.5, 0.9))] == [
        "supported", "inconclusive", "refuted",
    ]  # fmt: skip
    assert [above(0, low, high) for low, high in ((0.1, 1), (-1, 1), (-1, 0))] == [
        "supported", "inconclusive", "refuted",
    ]  # fmt: skip
    assert [within(1, low, high) for low, high in ((-0.5, 0.5), (0.5, 1.5), (1.1, 1.5), (-2, -1))] == [
        "supported", "inconclusive", "refuted", "refuted",
    ]  # fmt: skip


class Given(Predicate):
    """Finds what it is told."""

    test: Literal["given"] = "given"
    found: tuple[Any, ...]

    def findings(self, evidence: Evidence) -> Sequence[Finding]:
        return self.found


def claim(name: str, *findings: Finding) -> Claim:
    return Claim(id=name, topic="accuracy", line=1, says="It is so.", margin="So.", parts=(Given(found=findings),))


def test_one_among_many_tests_has_to_hold_among_many() -> None:
    """By hand: of twenty tests the smallest p counts twenty times, 0.04 becomes 0.8 and 0.001 becomes 0.02."""
    noise = [claim(f"D0-{number}", finding("inconclusive", 0.5)) for number in range(3, 21)]
    decided = decide(
        [claim("D0-1", finding("supported", 0.04)), claim("D0-2", finding("refuted", 0.001)), *noise], Evidence([])
    )
    assert [one.verdict for one in decided[:2]] == ["inconclusive", "refuted"]
    assert "Holm: p = 0.76" in decided[0].caveat
    assert decided[0].findings[0].verdict == "supported"  # by itself, as its interval says
    alone = decide([claim("D0-1", finding("supported", 0.04))], Evidence([]))
    assert alone[0].verdict == "supported"


@pytest.mark.parametrize(
    ("findings", "combine", "p"),
    [
        # All have to hold: the weakest is the test of the whole, whatever their number.
        ((("supported", 0.01), ("supported", 0.03)), "every", 0.03),
        ((("supported", 0.01), ("supported", None)), "every", 0.01),
        ((("refuted", 0.01), ("refuted", 0.02)), "every", 0.02),
        # One is enough: each of three tries counts.
        ((("supported", 0.01), ("inconclusive", 0.3), ("refuted", 0.02)), "any", 0.03),
        # Mixed: the best of three tries on either side; what is exact needs no test.
        ((("supported", 0.01), ("refuted", 0.004), ("inconclusive", 0.5)), "every", 0.03),
        ((("supported", None), ("refuted", 0.004), ("refuted", 0.5)), "every", 0.008),
        ((("supported", None), ("refuted", None), ("inconclusive", 0.2)), "every", 0.0),
        # What was tested and left open.
        ((("supported", 0.001), ("inconclusive", 0.2)), "every", 1.0),
    ],
)
def test_the_p_of_a_claim_is_that_of_its_verdict(findings: Any, combine: Any, p: float) -> None:
    found = tuple(finding(verdict, value) for verdict, value in findings)
    tested = claim("D0-1", *found).model_copy(update={"combine": combine})
    assert p_value(Decision(tested, together(found, combine), found)) == pytest.approx(p)


def test_what_is_exact_is_no_test_among_many() -> None:
    exact = [claim(f"D0-{number}", finding("supported")) for number in range(1, 40)]
    decided = decide([*exact, claim("D1-1", finding("supported", 0.04))], Evidence([]))
    assert {one.verdict for one in decided} == {"supported"}


# Evidence


def test_a_quick_look_decides_nothing() -> None:
    def runs(protocol: str) -> list[Record]:
        return [factories.accuracy("nin", protocol=protocol, seed=seed) for seed in range(3)]

    found = Evidence([*runs("quick"), *runs("budget28")])
    assert {record.protocol["name"] for record in found.records} == {"budget28"}


def test_runs_at_old_settings_are_not_compared_with_new_ones() -> None:
    old = [factories.accuracy("nin", protocol=factories.untuned("matched224"), seed=seed) for seed in range(3)]
    changed = replace(factories.untuned("matched224").training, learning_rates=())
    now = replace(factories.untuned("matched224"), training=changed)
    new = [factories.accuracy("lenet", protocol=now, started="2026-02-01T10:00:00Z", seed=seed) for seed in range(3)]
    assert {one.key for one in Evidence([*old, *new]).records} == {one.key for one in new}


LATER = "2026-03-01T10:00:00Z"


@pytest.mark.parametrize("kind", ["complexity", "memory", "throughput", "accuracy"])
def test_of_an_edited_network_nothing_older_counts_whatever_was_measured_last(kind: str) -> None:
    old = factories.full_run(["nin", "lenet"], "budget28")
    edited = factories.subject("nin", 28, fingerprint="another")
    (later,) = (one for one in factories.full_run(["nin"], "budget28") if one.kind == kind)
    later = later.model_copy(update={"key": "later", "arch": edited, "started": LATER})
    counted = Evidence([*old, later]).records
    assert [one for one in counted if one.arch.name == "nin"] == [later]
    assert len([one for one in counted if one.arch.name == "lenet"]) == 4


def test_a_network_for_other_channels_or_classes_and_a_proof_of_its_name_are_no_edits() -> None:
    measured = factories.full_run(["nin"], "budget28")
    others = [{"num_classes": 1000}, {"in_channels": 3}]
    subjects = [factories.subject("nin", 28, fingerprint=str(changed), **changed) for changed in others]
    trained = [factories.accuracy(one, protocol="budget28", started=LATER) for one in subjects]
    about, outcome = factories.subject("nin", fingerprint="proof"), Proof(name="nin", quantities={})
    proof = factories.record("proof", outcome, arch=about, protocol="budget28", started=LATER)
    records = [*measured, *trained, proof]
    assert {one.key for one in Evidence(records).records} == {one.key for one in records}


@pytest.mark.parametrize("kind", ["memory", "throughput"])
def test_what_was_timed_or_weighed_at_old_settings_is_not_compared_with_new_ones(kind: str) -> None:
    frozen = get_protocol("timing28")
    edited = replace(frozen, timing=replace(frozen.timing, rounds=99), memory_batch=7)
    made = {"memory": factories.memory, "throughput": factories.throughput}[kind]
    old, new = made("nin", protocol=frozen), made("lenet", protocol=edited, started=LATER)
    counts = factories.complexity("nin", protocol=frozen)  # for which a protocol makes no difference
    assert Evidence([old, counts, new]).records == (counts, new)
    quick = made("vgg16", protocol=replace(frozen, standing="altered", memory_batch=1), started="2026-04-01T10:00:00Z")
    assert Evidence([old, quick]).records == (old,)


def test_runs_of_several_networks_are_those_of_their_common_seeds() -> None:
    records = [factories.accuracy("nin", protocol="budget28", seed=seed) for seed in range(3)]
    others = [factories.accuracy("lenet", protocol="budget28", seed=seed) for seed in (1, 2, 3, 4)]
    choices = under(["matched28", "budget28"], ["nin", "lenet"])
    assert aligned(Evidence([*records, *others]), "accuracy", choices) is None
    more = factories.accuracy("nin", protocol="budget28", seed=3)
    runs = aligned(Evidence([*records, *others, more]), "accuracy", choices)
    assert runs is not None
    assert {(side.arch, side.protocol) for side in runs.sides} == {("nin", "budget28"), ("lenet", "budget28")}
    assert [[record.seed for record in row] for row in runs.rows] == [[1, 2, 3], [1, 2, 3]]


def test_settings_are_written_as_in_the_ledger() -> None:
    assert Setting.parse("3x224x224/1000") == Setting(3, 224, 1000)
    with pytest.raises(ValueError, match="no setting is called '3x224x28/10'; did you mean '3x224x224/1000'"):
        Setting.parse("3x224x28/10")


# Contradictions


def test_every_contradiction_names_claims_that_exist() -> None:
    known = {one.id for one in claims()}
    assert len(contradictions()) == 16
    for pair in contradictions():
        assert {*pair.one.claims, *pair.other.claims} <= known


@pytest.mark.parametrize(
    ("verdicts", "stands"),
    [
        (["supported", "mixed"], "holds"),
        (["refuted", "not measured"], "falls"),
        (["supported", "refuted"], "divided"),
        (["mixed", "mixed"], "mixed"),
        (["mixed", "not measured"], "mixed"),
        (["not measured", "inconclusive"], "open"),
    ],
)
def test_where_a_side_stands(verdicts: Any, stands: str) -> None:
    assert standing(verdicts) == stands


@pytest.mark.parametrize(
    ("one", "other", "outcome"),
    [
        ("holds", "falls", "one"),
        ("divided", "holds", "other"),
        ("holds", "holds", "both hold"),
        ("falls", "falls", "neither holds"),
        ("holds", "open", "undecided"),
        ("divided", "falls", "one in part"),
        ("falls", "divided", "other in part"),
        ("mixed", "falls", "neither, one in part"),
        ("falls", "mixed", "neither, other in part"),
        ("mixed", "holds", "other"),
        ("divided", "divided", "both in part"),
        ("mixed", "divided", "both in part"),
    ],
)
def test_which_side_the_measurements_take(one: Any, other: Any, outcome: str) -> None:
    assert taken(one, other, still_open=False) == outcome


def test_a_side_that_is_divided_wins_nothing_while_claims_are_open() -> None:
    assert taken("divided", "falls", still_open=True) == "undecided"
    assert taken("mixed", "falls", still_open=True) == "undecided"
    assert taken("holds", "divided", still_open=True) == "one"


def test_a_resolution_follows_from_the_verdicts() -> None:
    decided = decide(claims(), Evidence([]))
    by_topic = {one.contradiction.topic: one for one in resolve(decided)}
    assert by_topic["Chronology"].taken == "other"  # publications have dates, and VGG's is the later one
    assert by_topic["Training time"].taken == "undecided"
    turned = [replace(one, verdict="supported") if one.claim.id == "D0-15" else one for one in decided]
    turned = [replace(one, verdict="refuted") if one.claim.id == "D4-12" else one for one in turned]
    assert {one.contradiction.topic: one for one in resolve(turned)}["Training time"].taken == "one"


@pytest.mark.parametrize(
    ("lower", "says"),
    [
        (("supported", "supported"), "The evidence takes this side: They lower it."),
        (("supported", "mixed"), "The evidence takes this side: They lower it."),
        (
            ("supported", "refuted"),
            "Only this side has claims that hold: They lower it. D0-11 holds, D2-16 does not.",
        ),
        (("mixed", "mixed"), "Neither side holds as it stands; in part this one does: They lower it."),
        (("refuted", "mixed"), "Neither side holds."),
        (("mixed", "inconclusive"), "The evidence does not decide yet."),
    ],
)
def test_a_side_is_said_to_hold_only_where_a_claim_of_it_does(lower: tuple[Verdict, Verdict], says: str) -> None:
    """Two claims that 1x1 layers lower the number of parameters, against a refuted one that they do not raise it."""
    given = dict(zip(("D0-11", "D2-16"), lower, strict=True)) | {"D2-5": "refuted"}
    decided = [replace(one, verdict=given.get(one.claim.id, one.verdict)) for one in decide(claims(), Evidence([]))]
    (found,) = (one for one in resolve(decided) if set(one.verdicts) == set(given))
    assert found.says == says


# The command


def test_all_claims_as_a_table_with_a_tally(bench: Bench, tmp_path: Path) -> None:
    done = bench("claims", "--results", tmp_path)
    assert done.code == 0
    assert "All 116 claims:" in done.out
    assert "Document 003:" in done.out
    assert "D4-18" in done.out


def test_one_claims_story_names_the_commands(bench: Bench, tmp_path: Path) -> None:
    done = bench("claims", "d0-11", "--results", tmp_path)
    assert done.code == 0
    assert "bench run --arch nin lenet --protocol timing28 --measure complexity" in done.out
    assert "nin-no1x1" in done.out


def test_json_is_a_list_of_decisions(bench: Bench, tmp_path: Path) -> None:
    store.save(tmp_path, factories.complexity("nin", image_size=224))
    done = bench("claims", "--json", "--results", tmp_path, "--topic", "history")
    (first, *_) = decisions = json.loads(done.out)
    assert len(decisions) == 14
    assert {"id", "document", "verdict", "effect", "interval", "records"} <= set(first)


def test_claims_are_chosen_by_their_verdicts(bench: Bench, tmp_path: Path) -> None:
    everything = json.loads(bench("claims", "--json", "--results", tmp_path).out)
    refuted = [one["id"] for one in everything if one["verdict"] == "refuted"]
    found = json.loads(bench("claims", "--json", "--results", tmp_path, "--verdict", "refuted").out)
    assert [one["id"] for one in found] == refuted != []
    none = bench("claims", "d0-11", "--verdict", "refuted", "--results", tmp_path)
    assert (none.code, none.out.strip()) == (0, "No claim is among these.")


def test_effects_read_as_one_would_say_them() -> None:
    assert bounds_words(-3531, -3531, -3531, "days earlier") == "3,531 days later"
    assert bounds_words(120, 120, 120, "days earlier") == "120 days earlier"
    assert bounds_words(1, 1, 1, "layers") == "1 layer"
    assert bounds_words(2, 2, 2, "layers") == "2 layers"


def test_unknown_names_get_the_closest(bench: Bench, tmp_path: Path) -> None:
    for arguments, hint in (
        (["D0-111"], "did you mean 'D0-11'"),
        (["--topic", "acuracy"], "did you mean 'accuracy'"),
        (["--document", "005"], "There are: 000, 001"),
        (["--verdict", "refute"], "did you mean 'refuted'"),
    ):
        done = bench("claims", *arguments, "--results", tmp_path)
        assert done.code == 2
        assert hint in done.err
        assert len(done.err.splitlines()) == 1


def test_kept_verdicts_are_checked(bench: Bench, tmp_path: Path) -> None:
    none = bench("claims", "--check", "--results", tmp_path)
    assert (none.code, len(none.err.splitlines())) == (2, 1)
    assert bench("claims", "--save", "--results", tmp_path).code == 0
    assert bench("claims", "--check", "--results", tmp_path).code == 0
    for name in ("lenet", "alexnet", "vgg16", "nin", "nin-no1x1"):
        store.save(tmp_path, factories.complexity(name, image_size=28))
        store.save(tmp_path, factories.complexity(name, image_size=224))
    changed = bench("claims", "--check", "--results", tmp_path)
    assert changed.code == 1
    assert "D4-10: not measured is kept, the records say" in changed.out


def test_kept_verdicts_cannot_be_checked_against_damaged_records(bench: Bench, tmp_path: Path) -> None:
    assert bench("claims", "--save", "--results", tmp_path).code == 0
    path = store.save(tmp_path, factories.complexity("nin"))
    path.write_text("{")
    spoken = bench("claims", "--check", "--results", tmp_path)
    assert spoken.code == 2
    assert f"{path} is not used: it is not whole JSON" in spoken.err


@pytest.mark.parametrize(("content", "said"), [("{", "is no whole JSON"), ('["D0-1"]', "holds no verdicts by claim")])
def test_a_file_that_holds_no_verdicts_is_one_line(bench: Bench, tmp_path: Path, content: str, said: str) -> None:
    (tmp_path / committed.FILE).write_text(content)
    spoken = bench("claims", "--check", "--results", tmp_path)
    assert (spoken.code, spoken.out, len(spoken.err.splitlines())) == (2, "", 1)
    assert f"{tmp_path / committed.FILE} {said}; `bench claims --save` writes it anew" in spoken.err


def test_the_kept_verdicts_are_those_of_the_kept_records() -> None:
    results = Path(__file__).parents[1] / "results"
    decided = decide(claims(), Evidence(store.load(results).records, results))
    assert committed.changes(committed.load(results), decided) == []


def test_a_run_for_a_claim_measures_what_it_lacks(bench: Bench, tmp_path: Path) -> None:
    lacking = bench("claims", "D4-10", "--json", "--results", tmp_path)
    assert json.loads(lacking.out)[0]["verdict"] == "not measured"
    assert json.loads(lacking.out)[0]["measure_it"][0].endswith(f" --results {tmp_path}")
    assert f" --results {tmp_path}\n" in bench("claims", "D4-10", "--results", tmp_path).out
    measured = bench("run", "--for-claim", "D4-10", "--results", tmp_path, "--device", "cpu")
    assert measured.code == 0
    assert f"`bench report --results {tmp_path}` makes a page" in measured.out
    decided = json.loads(bench("claims", "D4-10", "--json", "--results", tmp_path).out)[0]
    assert decided["verdict"] in ("supported", "refuted", "mixed")
    again = bench("run", "--for-claim", "D4-10", "--results", tmp_path)
    assert again.code == 0
    assert "lacks no record" in again.err


def test_what_lacks_is_measured_in_the_precision_of_what_is_there() -> None:
    """In another it would not compare; where nothing is there, the device's own is right."""
    (claim,) = [one for one in claims() if one.id == "D0-9"]
    there = [factories.accuracy("nin", seed=seed, protocol="budget28", precision="fp32") for seed in range(3)]
    (first, *_) = decide([claim], Evidence(there))[0].needs
    assert first.command.endswith("--protocol budget28 --measure accuracy --device cpu --precision fp32")
    (first, *_) = decide([claim], Evidence([]))[0].needs
    assert first.command.endswith("--protocol budget28 --measure accuracy")
