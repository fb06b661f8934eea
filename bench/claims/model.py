"""What a claim is, and what a predicate finds about it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from bench.claims.names import Network
from bench.stats.repeats import Seen

if TYPE_CHECKING:
    from bench.claims.evidence import Evidence

Verdict = Literal["supported", "refuted", "mixed", "inconclusive", "not measured", "not testable"]
VERDICTS: tuple[Verdict, ...] = ("supported", "refuted", "mixed", "inconclusive", "not measured", "not testable")
Combine = Literal["every", "at once", "any"]
Topic = Literal[
    "parameters",
    "compute",
    "structure",
    "history",
    "memory",
    "accuracy",
    "overfitting",
    "convergence",
    "robustness",
    "interpretability",
    "speed",
]


@dataclass(frozen=True)
class Need:
    """Records that a finding lacks, and how they are made."""

    archs: tuple[str, ...]
    """Empty where the command takes no networks."""
    protocol: str
    measure: str
    """A kind of measurement; "audit" and "proof" are commands of their own."""
    beside: tuple[str, str] | None = None
    """Type of device and precision of the records that these are to stand beside, where there are some."""
    seeds: int | None = None
    """None for as many as the protocol has."""

    @property
    def command(self) -> str:
        """The exact command line."""
        if self.measure == "audit":
            return "bench audit --documents FOLDER"
        if self.measure == "proof":
            return "bench prove"
        where = "" if self.beside is None else f" --device {self.beside[0]} --precision {self.beside[1]}"
        seeds = "" if self.seeds is None else f" --seeds {self.seeds}"
        networks = " ".join(self.archs)
        return f"bench run --arch {networks} --protocol {self.protocol} --measure {self.measure}{seeds}{where}"


@dataclass(frozen=True)
class MoreSeeds:
    """How many seeds would decide a finding, were its mean to stay where it is; see `bench.stats.repeats`."""

    alone: int | None
    """By itself, as many as there are where it is decided; None where it would take more than are looked for."""
    among_all: int | None
    """Whatever else is tested, in its claim and in others."""
    needs: tuple[Need, ...]
    """What measures as many."""


@dataclass(frozen=True)
class Source:
    """A publication, and where in it."""

    authors: str
    title: str
    year: int
    identifier: str
    """arXiv number, DOI or ISBN."""
    place: str = ""
    """Table, section or page."""


@dataclass(frozen=True)
class Finding:
    """One comparison that a claim asks for: against one network, in one setting, with one number."""

    about: str
    """What is compared, in a few words: "NiN against AlexNet, 1x224x224"."""
    verdict: Literal["supported", "refuted", "inconclusive", "not measured", "not testable"]
    says: str
    """What was found, in a sentence with its numbers."""
    effect: float | None = None
    low: float | None = None
    high: float | None = None
    """Bounds of a 95 % interval; equal to the effect where it is exact."""
    unit: str = ""
    """Of the effect: "times", "percentage points", ..."""
    bound: float | None = None
    """The margin that the effect was held against, in its unit."""
    p_value: float | None = None
    """Of the hypothesis that the effect is at the margin; None where the effect is exact."""
    n: int | None = None
    """Independent runs behind the effect."""
    records: tuple[str, ...] = ()
    """Keys of the records that were used."""
    needs: tuple[Need, ...] = ()
    sources: tuple[Source, ...] = ()
    provisional: bool = False
    """Whether a learning rate behind it was searched for another network, or settings that the test asks for lack."""
    seen: tuple[Seen, ...] = ()
    """The t interval over runs that decided it, or one for each way of counting; nothing where another test did."""
    more: MoreSeeds | None = None
    """Where it or its claim is open, and more seeds would tell more."""


class Predicate(BaseModel, ABC):
    """A test that decides a claim or a part of one.  Subclasses are its parameters; `test` names them in the ledger.

    A predicate must be able to refute.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: ClassVar[str]
    test: str

    @abstractmethod
    def findings(self, evidence: Evidence) -> Iterable[Finding]:
        """What the records say; the same records give the same findings.  A lack is a finding too."""


class Claim(BaseModel):
    """One checkable claim, in our own words."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)
    id: str = Field(pattern=r"^D[0-4]-\d+$")
    topic: Topic
    line: int = Field(gt=0)
    """Of the document, where the passage begins."""
    says: str
    """The claim as one English sentence of our own."""
    margin: str
    """What counts as the claim being right, and why that much."""
    control: Network | Literal[""] = ""
    """The ablation without which the claim could not be told from another cause."""
    revised: str = ""
    """Where the predicate is another than the one first written down, and why."""
    combine: Combine = "every"
    """Whether all parts have to hold, all at once so that one that fails refutes the claim, or one is enough."""
    parts: tuple[Predicate, ...] = Field(min_length=1)

    @property
    def document(self) -> str:
        """ "000" to "004"."""
        return f"00{self.id[1]}"

    @property
    def number(self) -> int:
        """Within its document."""
        return int(self.id.partition("-")[2])


@dataclass(frozen=True)
class Decision:
    """A claim with its verdict, and everything that led to it."""

    claim: Claim
    verdict: Verdict
    findings: tuple[Finding, ...]
    caveat: str = ""
    """Why the verdict is another than its findings by themselves would give."""
    p_value: float | None = None
    """Of the whole claim, by itself; None where it rests on no test."""
    adjusted: float | None = None
    """The same among all claims that rest on tests."""

    @property
    def decisive(self) -> Finding | None:
        """The finding that is told first: the one that the verdict hangs on, with an effect rather than without."""
        return self.ranked[0] if self.findings else None

    @property
    def ranked(self) -> tuple[Finding, ...]:
        """The findings, those first that the verdict hangs on, and last what is still to be measured."""
        order: list[str] = [self.verdict, "refuted", "supported", "inconclusive", "not testable", "not measured"]
        return tuple(
            sorted(
                self.findings,
                key=lambda one: (one.verdict == "not measured", order.index(one.verdict), one.effect is None),
            )
        )

    @property
    def records(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(key for finding in self.findings for key in finding.records))

    @property
    def needs(self) -> tuple[Need, ...]:
        return tuple(dict.fromkeys(need for finding in self.findings for need in finding.needs))

    @property
    def more(self) -> tuple[Need, ...]:
        """As many seeds as would decide what is open."""
        open_ones = (finding.more for finding in self.findings if finding.more is not None)
        return tuple(dict.fromkeys(need for more in open_ones for need in more.needs))

    @property
    def provisional(self) -> bool:
        return any(finding.provisional for finding in self.findings)

    @property
    def lacking(self) -> tuple[tuple[Need, tuple[str, ...]], ...]:
        """What is still to be measured, each once, with what each finding that waits for it is about."""
        waiting: dict[Need, list[str]] = {}
        for finding in self.findings:
            for need in finding.needs:
                waiting.setdefault(need, []).append(finding.about)
        return tuple((need, tuple(abouts)) for need, abouts in waiting.items())
