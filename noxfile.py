"""What one does with this project: `nox -s tests`, `slow`, `lint`, `types`, `docs`, `picture`, `speed`,
`quick`."""

from __future__ import annotations

import nox

nox.options.sessions = ["tests", "lint", "types"]
nox.options.reuse_existing_virtualenvs = True
CONSTRAINTS = "constraints.txt"


def install(session: nox.Session, *packages: str) -> None:
    """Install with the versions that the tests last passed with."""
    session.install("-c", CONSTRAINTS, *packages)


@nox.session
def tests(session: nox.Session) -> None:
    """The whole suite but what is slow; arguments after `--` go to pytest."""
    install(session, "-e", ".[dev]")
    session.run("pytest", "-m", "not slow", *session.posargs)


@nox.session
def slow(session: nox.Session) -> None:
    """What `tests` leaves out: a training in two precisions, and the data fetched anew by apt."""
    install(session, "-e", ".[dev]")
    session.run("pytest", "-m", "slow", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Style and likely mistakes."""
    install(session, "ruff")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """Types of everything that is not a test."""
    install(session, "-e", ".[dev]")
    session.run("mypy")


@nox.session
def docs(session: nox.Session) -> None:
    """The pages under docs/ as a site in `site/`; a warning is an error."""
    install(session, "mkdocs")
    session.run("mkdocs", "build", "--strict", *session.posargs)


@nox.session
def picture(session: nox.Session) -> None:
    """The picture of the report that README shows, from `results/`; needs a Chromium."""
    install(session, "-e", ".[dev]")
    session.run("python", "docs/picture.py")


@nox.session
def speed(session: nox.Session) -> None:
    """What the harness costs beside a bare loop, as ratios measured in one run."""
    install(session, "-e", ".[dev]")
    session.run("pytest", "tests/benchmarks", "--benchmark-only", *session.posargs)


@nox.session
def quick(session: nox.Session) -> None:
    """The main job: the five networks measured and reported; arguments after `--` go to `bench run`.

    In folders of its own, beside the records and the report that are there to be cited.
    """
    install(session, "-e", ".")
    session.run("bench", "run", "--results", "results/quick", *session.posargs)
    session.run("bench", "report", "--results", "results/quick", "--out", "reports/quick")
