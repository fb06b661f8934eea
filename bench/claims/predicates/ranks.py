"""Claims on a method's place among others, in the tables that publications print."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal

import numpy as np
from pydantic import Field
from scipy import stats

from bench.claims import literature
from bench.claims.evidence import Evidence
from bench.claims.model import Finding, Predicate
from bench.claims.predicates.counted import judged
from bench.claims.predicates.literature import unknown
from bench.numbers import listing, significant

LEVEL = 0.05


class RankInTable(Predicate):
    """A method's place among those that a table prints, in each of several tables."""

    test: Literal["rank in a table"]
    tables: tuple[str, ...] = Field(min_length=1)
    method: str
    at_most: int = Field(gt=0)

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        library = literature.known()
        for name in self.tables:
            about = f"{name}: {self.method} among the methods of the table"
            table = library.table(name)
            if table is None or not table.confirmed or self.method not in table.values:
                yield unknown(about, table)
                continue
            own = table.values[self.method]
            rank = 1 + sum(value < own for value in table.values.values())
            best = min(table.values, key=lambda method: table.values[method])
            yield Finding(
                about=about,
                verdict=judged(rank, "at most", self.at_most),
                says=f"{self.method} has a {table.metric} of {own:g} % on {name}, place {rank} of {len(table.values)}; "
                f"the best is {best} with {table.values[best]:g} %.",
                effect=rank,
                low=rank,
                high=rank,
                unit="(place)",
                bound=self.at_most,
                sources=(library.source(table),),
            )


class AverageRank(Predicate):
    """A method has the best average place over several tables, among the methods that stand in all of them.

    By Friedman's test, exact: all orders within each table are equally likely if no method is better.  Refuted where
    the places differ by more than that and another method has the best; open where they do not.
    """

    test: Literal["average rank in tables"]
    tables: tuple[str, ...] = Field(min_length=2)
    method: str

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        library = literature.known()
        about = f"average place of {self.method} over {len(self.tables)} tables"
        tables = [table for name in self.tables if (table := library.table(name)) is not None and table.confirmed]
        methods = [one for one in tables[0].values if all(one in table.values for table in tables)] if tables else []
        if len(tables) < len(self.tables) or self.method not in methods or len(methods) < 3:
            yield unknown(about)
            return
        places = stats.rankdata([[table.values[one] for one in methods] for table in tables], axis=1)
        averages = dict(zip(methods, places.mean(axis=0).tolist(), strict=True))
        own, best = averages[self.method], min(averages.values())
        p_value = friedman(places)
        differ = p_value <= LEVEL
        others = [f"{one} {significant(averages[one], 3)}" for one in methods if one != self.method]
        yield Finding(
            about=about,
            verdict="inconclusive" if not differ else "supported" if own == best else "refuted",
            says=f"{listing(methods)} stand in all {len(tables)} tables; over these {self.method} has place "
            f"{significant(own, 3)} on average, {listing(others)} (Friedman's test, exact: p = "
            f"{significant(p_value, 2)}).",
            effect=own,
            unit="(average place)",
            p_value=p_value,
            n=len(tables),
            sources=tuple(dict.fromkeys(library.source(table) for table in tables)),
        )


def friedman(places: Any) -> float:
    """How likely places lie as far apart as these by chance, exactly; (tables, methods), ties at their mean place."""

    def apart(*methods: Any, axis: int) -> Any:
        return sum(np.square(np.sum(one, axis=axis)) for one in methods)

    result = stats.permutation_test(
        tuple(np.asarray(places).T),
        apart,
        permutation_type="samples",
        alternative="greater",
        n_resamples=np.inf,
    )
    return float(result.pvalue)


PREDICATES: Sequence[type[Predicate]] = (RankInTable, AverageRank)
