"""What the page's filter goes by: where a part of the page belongs, and which networks it speaks of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.numbers import missing
from bench.report.sections import Section, scope_words


@dataclass(frozen=True)
class Place:
    """Protocol, device and image size; empty where a part of the page depends on none or on several."""

    protocol: str = ""
    device: str = ""
    size: str = ""


@dataclass(frozen=True)
class Choices:
    """What a reader may choose, in the order in which it is offered."""

    protocols: tuple[str, ...]
    devices: tuple[str, ...]
    sizes: tuple[str, ...]
    networks: tuple[tuple[str, str], ...]
    """Name and title."""


def place_of(scope: Mapping[str, Any]) -> Place:
    """The place of a scope or of a row."""

    def told(name: str) -> str:
        value = scope.get(name, "")
        return "" if missing(value) else str(value)

    return Place(told("protocol"), told("device"), told("image_size"))


class Places:
    """Places by the words that headings and findings tell their scopes in."""

    def __init__(self, parts: Iterable[Sequence[Section]]) -> None:
        scopes = [section.scope for sections in parts for section in sections if "image_size" in section.scope]
        self._known = {scope_words(scope): place_of(scope) for scope in scopes}

    def of(self, words: str) -> Place:
        """Of words that name no known scope the image size, where they begin with one."""
        if words in self._known:
            return self._known[words]
        size = re.match(r"(\d+) px\b", words)
        return Place(size=size[1]) if size else Place()


def choices(parts: Iterable[Sequence[Section]], networks: Iterable[tuple[str, str]]) -> Choices:
    """All that occur in tables: of their parts, and of rows that tell their own place."""
    found = [
        place
        for sections in parts
        for section in sections
        for place in (place_of(section.scope), *(place_of(row) for row in section.rows))
    ]
    return Choices(
        protocols=tuple(sorted({place.protocol for place in found} - {""})),
        devices=tuple(sorted({place.device for place in found} - {""})),
        sizes=tuple(sorted({place.size for place in found} - {""}, key=int)),
        networks=tuple(dict.fromkeys(networks)),
    )


class Speakers:
    """Finds the networks that a sentence names."""

    def __init__(self, networks: Iterable[tuple[str, str]]) -> None:
        self._archs: dict[str, list[str]] = {}
        for name, title in networks:
            self._archs.setdefault(title, []).append(name)
        # Longest first: "NiN without 1×1" does not speak of NiN.
        longest = sorted((title for title in self._archs if title), key=len, reverse=True)
        self._pattern = re.compile("|".join(rf"(?<!\w){re.escape(title)}(?!\w)" for title in longest) or r"(?!)")

    def named(self, sentence: str) -> list[str]:
        """Names of the networks whose titles are in `sentence`, in the order in which they are told."""
        return list(dict.fromkeys(name for title in self._pattern.findall(sentence) for name in self._archs[title]))
