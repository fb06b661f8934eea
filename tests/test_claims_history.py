"""Claims that publications decide: computed from facts, never typed; what could not be checked decides nothing."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from bench.claims import ledger, literature
from bench.claims.decide import decide
from bench.claims.evidence import Evidence
from bench.claims.literature import Fact, Library, Property, Ranking, Relation, Table, Work
from bench.claims.model import Finding
from bench.claims.predicates import PREDICATES

NOTHING = Evidence([])


def work(name: str, public: str, *authors: str) -> Work:
    day = date.fromisoformat(public)
    return Work(
        name=name, authors=authors or ("Somebody",), title=name, year=day.year, identifier="none", public=day,
    )  # fmt: skip


WORKS = {
    "old": work("Old", "2001-01-01", "First Author", "Second Author"),
    "new": work("New", "2010-06-01"),
    "later": work("Later", "2020-06-01"),
}


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Put made-up facts in the place of the project's."""

    def fill(*facts: Fact) -> None:
        def kind(one: type[Fact]) -> tuple[Any, ...]:
            return tuple(fact for fact in facts if isinstance(fact, one))

        library = Library(
            works=WORKS, relations=kind(Relation), rankings=kind(Ranking), tables=kind(Table), properties=kind(Property)
        )
        monkeypatch.setattr(literature, "known", lambda: library)

    return fill


def findings(test: str, **fields: Any) -> list[Finding]:
    return list(PREDICATES[test].model_validate({"test": test} | fields).findings(NOTHING))


def verdicts(test: str, **fields: Any) -> list[str]:
    return [finding.verdict for finding in findings(test, **fields)]


def relation(verb: Any, by: str = "new", **fields: Any) -> Relation:
    return Relation(work=by, place="section 1", verb=verb, says="It says so.", **fields)


# Dates, authors, contests


def test_published_before_compares_the_first_days(shelf: Any) -> None:
    shelf()
    earlier, same = findings("published before", works=["old", "new"], than="new")
    assert (earlier.verdict, same.verdict) == ("supported", "refuted")
    assert earlier.effect == (date(2010, 6, 1) - date(2001, 1, 1)).days
    assert {source.title for source in earlier.sources} == {"Old", "New"}
    assert verdicts("published before", works=["later"], than="new") == ["refuted"]


@pytest.mark.parametrize(("first", "verdict"), [("2010-01-01", "supported"), ("2010-06-02", "refuted")])
def test_published_within(shelf: Any, first: str, verdict: str) -> None:
    shelf()
    assert verdicts("published within", work="new", first=first, last="2010-12-31") == [verdict]


@pytest.mark.parametrize(
    ("author", "verdict"), [("First Author", "supported"), ("Second Author", "refuted"), ("No Author", "refuted")]
)
def test_the_first_author_is_the_first(shelf: Any, author: str, verdict: str) -> None:
    shelf()
    assert verdicts("first author", work="old", author=author) == [verdict]


@pytest.mark.parametrize(
    ("rank", "confirmed", "verdict"),
    [(1, True, "supported"), (2, True, "supported"), (3, True, "refuted"), (1, False, "not testable")],
)
def test_ranked(shelf: Any, rank: int, confirmed: bool, verdict: str) -> None:
    shelf(Ranking(work="new", place="abstract", contest="A", entrant="new", rank=rank, confirmed=confirmed))
    assert verdicts("ranked", contest="A", entrant="new", at_most=2) == [verdict]
    assert verdicts("ranked", contest="B", entrant="new", at_most=2) == ["not testable"]


# What works do with ideas


@pytest.mark.parametrize(
    ("holds", "confirmed", "verdict"),
    [(True, True, "supported"), (False, True, "refuted"), (True, False, "not testable")],
)
def test_literature_says(shelf: Any, holds: bool, confirmed: bool, verdict: str) -> None:
    shelf(relation("credits", idea="pooling", of="old", holds=holds, confirmed=confirmed))
    given = {"works": ["new"], "verb": "credits", "of": "old"}
    assert verdicts("literature says", **given, idea="pooling") == [verdict]
    assert verdicts("literature says", **given, idea="something else") == ["not testable"]
    assert verdicts("literature says", **given) == [verdict]


def test_a_work_that_credits_for_nothing_credits_for_no_idea(shelf: Any) -> None:
    shelf(relation("credits", of="old", holds=False))
    assert verdicts("literature says", works=["new"], verb="credits", of="old", idea="pooling") == ["refuted"]


def test_one_idea_credited_is_enough_where_none_is_named(shelf: Any) -> None:
    shelf(relation("credits", of="old", idea="a", holds=False), relation("credits", of="old", idea="b"))
    assert verdicts("literature says", works=["new"], verb="credits", of="old") == ["supported"]


def test_credited_by_counts_later_works_once(shelf: Any) -> None:
    shelf(
        relation("credits", idea="a", of="old"),
        relation("credits", idea="b", of="old"),
        relation("credits", by="later", idea="a", of="old"),
        relation("credits", by="old", idea="a", of="old"),
    )
    assert findings("credited by", of="old", at_least=2)[0].effect == 2
    assert verdicts("credited by", of="old", at_least=2) == ["supported"]
    assert verdicts("credited by", of="old", at_least=3) == ["refuted"]


@pytest.mark.parametrize(
    ("facts", "verdict"),
    [
        ([{"form": "blocks"}], "supported"),
        ([{"form": "ideas"}], "inconclusive"),
        ([{"form": "network", "confirmed": False}], "not testable"),
        ([{"form": "network", "confirmed": False}, {"form": "ideas"}], "inconclusive"),
        ([{"holds": False}], "refuted"),
        ([], "not testable"),
    ],
)
def test_applied_in(shelf: Any, facts: list[dict[str, Any]], verdict: str) -> None:
    shelf(*(relation("applies", idea="faces", of="old", **fact) for fact in facts))
    assert verdicts("applied in", of="old", fields=["faces"]) == [verdict]


@pytest.mark.parametrize(
    ("by", "confirmed", "verdict"),
    [("later", True, "supported"), ("new", True, "refuted"), ("later", False, "inconclusive")],
)
def test_built_on_since(shelf: Any, by: str, confirmed: bool, verdict: str) -> None:
    shelf(relation("builds on", of="old"), relation("builds on", by=by, of="old", confirmed=confirmed))
    given = {"of": "old", "since": "2015-01-01", "at_least": 1}
    assert verdicts("built on since", **given) == [verdict]
    shelf()
    assert verdicts("built on since", **given) == ["not testable"]


# Printed numbers


ERRORS = Table(
    work="new",
    place="table 1",
    name="T",
    metric="error",
    unit="percentage points",
    values={"a": 1.0, "b": 1.4, "c": 1.4},
)


@pytest.mark.parametrize(("method", "rank"), [("a", 1), ("b", 2), ("c", 2)])
def test_methods_with_equal_results_share_a_place(shelf: Any, method: str, rank: int) -> None:
    shelf(ERRORS)
    (finding,) = findings("rank in a table", tables=["T"], method=method, at_most=1)
    assert finding.effect == rank
    assert finding.verdict == ("supported" if rank == 1 else "refuted")
    assert verdicts("rank in a table", tables=["U"], method=method, at_most=1) == ["not testable"]


def errors(name: str, values: dict[str, float]) -> Table:
    return ERRORS.model_copy(update={"name": name, "values": values})


@pytest.mark.parametrize(("method", "verdict"), [("a", "supported"), ("b", "refuted"), ("c", "refuted")])
def test_the_best_average_place_counts_where_chance_would_not_place_methods_so(
    shelf: Any, method: str, verdict: str
) -> None:
    """Three methods in the same order in four tables: 6 of 6 ** 4 orders are as clear."""
    shelf(*(errors(name, {"a": 1.0, "b": 2.0, "c": 3.0, f"only in {name}": 0.5}) for name in "PQRS"))
    (finding,) = findings("average rank in tables", tables=list("PQRS"), method=method)
    assert finding.verdict == verdict
    assert finding.p_value == pytest.approx(6 / 6**4)
    assert finding.effect == {"a": 1, "b": 2, "c": 3}[method]


def test_places_that_chance_gives_leave_the_average_place_open(shelf: Any) -> None:
    shelf(errors("P", {"a": 1.0, "b": 2.0, "c": 3.0}), errors("Q", {"a": 1.0, "b": 3.0, "c": 3.0}))
    (finding,) = findings("average rank in tables", tables=["P", "Q"], method="a")
    assert (finding.verdict, finding.effect) == ("inconclusive", 1)
    assert verdicts("average rank in tables", tables=["P", "Q", "R"], method="a") == ["not testable"]
    assert verdicts("average rank in tables", tables=["P", "Q"], method="z") == ["not testable"]


def test_a_difference_in_a_table_is_taken_to_every_other_method(shelf: Any) -> None:
    shelf(ERRORS)
    given = {"tables": ["T"], "method": "b", "relation": "at most"}
    found = findings("difference in a table", **given, points=0.3)
    assert [finding.effect for finding in found] == [pytest.approx(0.4), 0]
    assert [finding.verdict for finding in found] == ["refuted", "supported"]
    assert verdicts("difference in a table", **given, against=["a"], points=0.5) == ["supported"]
    assert verdicts("difference in a table", **given, against=["z"], points=0.5) == ["not testable"]


@pytest.mark.parametrize(("relation", "asked"), [("at most", "of at most -1"), ("below", "below -1")])
def test_a_difference_in_a_table_says_what_is_asked_of_it(shelf: Any, relation: str, asked: str) -> None:
    shelf(ERRORS)
    given = {"tables": ["T"], "method": "b", "against": ["a"], "points": -1}
    (found,) = findings("difference in a table", **given, relation=relation)
    assert found.says == (
        f"In the printed results on T the error is 1.4 % for b and 1 % for a; the claim asks for a difference {asked} "
        "points."
    )


def test_a_vote_of_several_networks_is_not_held_against_one(shelf: Any) -> None:
    table = errors("digits", {"ours": 2.0, "theirs": 1.9, "five of theirs": 1.0}).model_copy(
        update={"votes": ("five of theirs",)}
    )
    shelf(table)
    found = findings("ratio in a table", tables=["digits"], method="ours", relation="at most", times=1.1)
    assert [(one.about, one.verdict) for one in found] == [("digits: ours against theirs", "supported")]
    with pytest.raises(ValidationError, match="digits has no method"):
        Table.model_validate(table.model_dump() | {"votes": ["six of theirs"]})


def test_falling_along_a_table(shelf: Any) -> None:
    shelf(ERRORS)
    given = {"table": "T", "points": 0}
    assert verdicts("falling along a table", **given, methods=["c", "b", "a"]) == ["supported", "supported"]
    assert verdicts("falling along a table", **given, methods=["c", "a", "b"]) == ["supported", "refuted"]


SIDES = Property(work="new", place="table 1", name="sides", unit="pixels", values={"A": (3,), "B": (1, 3)})


def test_a_property_has_one_value_alone(shelf: Any) -> None:
    shelf(SIDES)
    assert verdicts("only value", work="new", property="sides", value=3) == ["supported", "refuted"]
    assert verdicts("only value", work="old", property="sides", value=3) == ["not testable"]


def test_a_property_is_larger_by_its_smallest_value(shelf: Any) -> None:
    shelf(SIDES)
    assert verdicts("larger than", work="new", property="sides", than=1, times=2) == ["supported", "refuted"]
    assert verdicts("larger than", work="old", property="sides", than=1, times=2) == ["not testable"]


def test_what_is_not_testable_gives_its_reason() -> None:
    (finding,) = findings("not testable", reason="There is no such measurement.")
    assert (finding.verdict, finding.says) == ("not testable", "There is no such measurement.")


# The project's own library and ledger


def facts() -> list[Fact]:
    library = literature.known()
    return [*library.relations, *library.rankings, *library.tables, *library.properties]


def test_every_fact_has_a_place_in_a_known_work() -> None:
    works = literature.known().works
    assert all(fact.place and fact.work in works for fact in facts())
    assert all(one.of in ("", *works) for one in literature.known().relations)
    assert all(one.entrant in works for one in literature.known().rankings)


def test_years_agree_with_first_days_and_arxiv_numbers() -> None:
    for one in literature.known().works.values():
        assert one.public.year == one.year
        if one.identifier.startswith("arXiv:"):
            assert one.identifier[6:10] == f"{one.public:%y%m}"


def test_every_work_is_used() -> None:
    named = {fact.work for fact in facts()} | {"fukushima", "lecun1989", "lenet"}
    assert set(literature.known().works) == named


def test_a_work_is_said_with_what_is_known_of_its_day() -> None:
    day = work("A", "2013-12-16")
    assert day.when == "on 16 December 2013"
    assert day.model_copy(update={"precision": "month"}).when == "in December 2013"
    assert day.model_copy(update={"precision": "year"}).when == "in 2013"


HISTORY = {
    "D0-1": "refuted",  # VGG came after NiN
    "D0-16": "inconclusive",  # no detector with NiN itself is certain
    "D0-24": "inconclusive",  # one transformer bears the name
    "D1-7": "supported",
    "D1-24": "refuted",  # CIFAR, SVHN and MNIST
    "D1-26": "mixed",  # SqueezeNet says so, ResNet does not
    "D2-1": "mixed",  # images, but not language
    "D2-3": "supported",
    "D2-18": "supported",
    "D3-1": "refuted",  # 1980 and 1989
    "D3-6": "supported",
    "D3-18": "supported",
    "D4-16": "supported",
    "D4-17": "refuted",  # the third of three authors
}


def test_the_claims_on_history_come_out_as_the_sources_have_them() -> None:
    decisions = decide(ledger.of_topic("history"), NOTHING)
    assert {one.claim.id: one.verdict for one in decisions} == HISTORY
    for decision in decisions:
        for finding in decision.findings:
            assert finding.sources
            assert finding.says.endswith((".", ")"))
