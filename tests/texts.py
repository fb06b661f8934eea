"""README and docs as tests read them: their fenced blocks, their code spans, and the commands in both."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
OTHERS = (ROOT / "results" / "README.md", ROOT / "reports" / "README.md")

_FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_PART = re.compile(r"<!-- begin .*?<!-- end [^>]*-->", re.DOTALL)


def typed(page: Path) -> str:
    """The page without the parts that are written by `bench.written`."""
    return _PART.sub("", page.read_text(encoding="utf-8"))


def fences(page: Path, *languages: str) -> list[str]:
    """Contents of the page's fenced blocks in these languages, in order."""
    return [content for language, content in _FENCE.findall(typed(page)) if language in languages]


def spans(page: Path) -> list[str]:
    """Code within sentences."""
    return re.findall(r"`([^`\n]+)`", _FENCE.sub("", typed(page)))


def commands(page: Path) -> list[list[str]]:
    """Arguments of every `bench` command line in the page's blocks of shell."""
    found = []
    for block in fences(page, "sh", "text"):
        for line in block.replace("\\\n", " ").splitlines():
            for part in line.partition(" #")[0].split("&&"):
                if arguments := bench_arguments(shlex.split(part)):
                    found.append(arguments)
    return found


def bench_arguments(words: list[str]) -> list[str]:
    """What follows `bench` or `python -m bench`; nothing where the line is another program's."""
    for start in (["bench"], ["-m", "bench"]):
        place = len(words) and next((i for i in range(2) if words[i : i + len(start)] == start), None)
        if place is not None and words[place : place + len(start)] == start:
            return words[place + len(start) :]
    return []
