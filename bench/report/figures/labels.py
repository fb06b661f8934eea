"""Where labels go so that none covers another: pure geometry, in points."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray


class Box(NamedTuple):
    left: float
    bottom: float
    right: float
    top: float


Point = tuple[float, float]
_Array = NDArray[np.float64]

_RADII = (9.0, 14.0, 20.0, 28.0, 38.0, 50.0, 64.0, 80.0, 98.0)
_DIRECTIONS = 32
_SWEEPS = 5
_SHUFFLES, _PLACES = 96, 144
"""With many labels each order takes longer and matters less: divided by their number, at most 8.  Beyond a dozen
labels each looks at its cheapest places only."""
_FAR = 13.0
"""A label further than this from its point is tied to it by a line."""
_ALONG = np.linspace(0.08, 0.92, 12)


def place_labels(
    points: Sequence[Point],
    sizes: Sequence[tuple[float, float]],
    obstacles: Sequence[Box],
    bounds: Box,
    marker: float = 5.0,
) -> list[Box]:
    """A box of its size for each label, near its point and clear of the other labels and markers.

    Every label tries places on rings around its point and takes the cheapest; a few sweeps let the
    labels make room for each other.  Overlaps cost far more than distance, obstacles (error bars)
    more than distance but less than overlaps.

    Args:
        points: centres of the markers.
        sizes: width and height of each label.
        obstacles: boxes that are better left free.
        bounds: boxes stay inside.
        marker: half the width of a marker.
    """
    if not points:
        return []
    markers = np.array([(x - marker, y - marker, x + marker, y + marker) for x, y in points])
    every = range(len(points))
    choices = [_Choices(i, points[i], sizes[i], markers, obstacles, bounds) for i in every]
    if len(points) > 12:
        for choice in choices:
            choice.keep_cheapest(_PLACES)
    # Each order of choosing ends in a corner of its own; the best of several is good.  The dice are
    # thrown the same way every time.
    dice, shuffles = random.Random(0), min(8, _SHUFFLES // len(points))
    crowded = sorted(every, key=lambda i: (sum(math.dist(points[i], p) for p in points), i))
    orders = [crowded, crowded[::-1], *(dice.sample(every, len(every)) for _ in range(shuffles))]
    known: dict[tuple[int, int, int], _Array] = {}
    _, chosen = min((_settle(order, choices, known) for order in orders), key=lambda result: result[0])
    return [Box(*map(float, choices[i].boxes[chosen[i]])) for i in every]


class _Choices:
    """Every place that one label may take, and what each costs whatever the other labels do."""

    def __init__(
        self,
        index: int,
        point: Point,
        size: tuple[float, float],
        markers: _Array,
        obstacles: Sequence[Box],
        bounds: Box,
    ) -> None:
        (x, y), (width, height) = point, size
        angles = 2 * np.pi * np.arange(_DIRECTIONS) / _DIRECTIONS
        radii = np.repeat(_RADII, _DIRECTIONS)
        # The side of the box that faces the point lies on the ring.
        centre_x = x + np.tile(np.cos(angles), len(_RADII)) * (radii + width / 2)
        centre_y = y + np.tile(np.sin(angles), len(_RADII)) * (radii + height / 2)
        half_width, half_height = width / 2, height / 2
        self.point = point
        self.boxes = np.stack(
            [centre_x - half_width, centre_y - half_height, centre_x + half_width, centre_y + half_height], axis=1
        )
        self.grown = self.boxes + np.array([-4.0, -1.0, 4.0, 1.0])
        self.ends = np.stack(
            [np.clip(x, self.boxes[:, 0], self.boxes[:, 2]), np.clip(y, self.boxes[:, 1], self.boxes[:, 3])], axis=1
        )
        distance = np.hypot(self.ends[:, 0] - x, self.ends[:, 1] - y)
        self.tied = distance > _FAR
        others = np.delete(markers, index, axis=0)
        outside = width * height - _overlaps(self.boxes, np.array([bounds])).sum(1)
        self.cost = (
            3 * distance
            + 0.08 * distance**2
            + 50 * outside
            + 50 * _overlaps(self.grown, markers).sum(1)
            + 25 * (_overlaps(self.grown, np.array(obstacles).reshape(-1, 4)) > 0).sum(1)
            + 400 * self.tied * self.pierces(others).sum(1)
            + np.where(np.abs(centre_y - y) < 2, 0, 8)  # beside reads better than aslant
        )

    def keep_cheapest(self, count: int) -> None:
        """Forget all other places."""
        kept = np.sort(np.argsort(self.cost, kind="stable")[:count])
        self.boxes, self.grown, self.ends = self.boxes[kept], self.grown[kept], self.ends[kept]
        self.tied, self.cost = self.tied[kept], self.cost[kept]

    def pierces(self, boxes: _Array) -> Any:
        """Whether the line to each place runs through each of `boxes`."""
        start = np.array(self.point)
        path = start + _ALONG[None, :, None] * (self.ends - start)[:, None, :]
        x, y = path[:, :, 0, None], path[:, :, 1, None]
        inside = (boxes[:, 0] < x) & (x < boxes[:, 2]) & (boxes[:, 1] < y) & (y < boxes[:, 3])
        return inside.any(axis=1)


def _settle(
    order: Sequence[int], choices: Sequence[_Choices], known: dict[tuple[int, int, int], _Array]
) -> tuple[float, dict[int, int]]:
    """Total cost, and the place that each label has taken after a few sweeps in this order.

    Args:
        known: what `_between` gave for a label, another one and its place, which orders and sweeps ask for again.
    """
    chosen: dict[int, int] = {}
    costs: dict[int, float] = {}
    for _ in range(_SWEEPS):
        before = dict(chosen)
        for i in order:
            own, cost = choices[i], choices[i].cost.copy()
            for j, place in chosen.items():
                if j != i:
                    if (i, j, place) not in known:
                        known[i, j, place] = _between(own, choices[j], place)
                    cost += known[i, j, place]
            chosen[i] = int(cost.argmin())
            costs[i] = float(cost[chosen[i]])
        if chosen == before:
            break
    return sum(costs.values()), chosen


def _between(own: _Choices, other: _Choices, place: int) -> _Array:
    """What each place of one label costs because of where another label is."""
    box = other.boxes[place : place + 1]
    cost = 50 * _overlaps(own.grown, box)[:, 0] + 400 * (own.tied & own.pierces(box)[:, 0])
    if other.tied[place]:
        start, end = np.array(other.point), other.ends[place]
        path = start + _ALONG[:, None] * (end - start)
        x, y = path[None, :, 0], path[None, :, 1]
        grown = own.grown[:, :, None]
        covered = (grown[:, 0] < x) & (x < grown[:, 2]) & (grown[:, 1] < y) & (y < grown[:, 3])
        cost = cost + 400 * covered.any(axis=1)
        cost = cost + 400 * (own.tied & _crosses(np.array(own.point), own.ends, start, end))
    result: _Array = cost
    return result


def _overlaps(boxes: _Array, others: _Array) -> _Array:
    """Areas that each of `boxes` (n, 4) has in common with each of `others` (m, 4): (n, m)."""
    width = np.minimum(boxes[:, None, 2], others[None, :, 2]) - np.maximum(boxes[:, None, 0], others[None, :, 0])
    height = np.minimum(boxes[:, None, 3], others[None, :, 3]) - np.maximum(boxes[:, None, 1], others[None, :, 1])
    areas: _Array = np.clip(width, 0, None) * np.clip(height, 0, None)
    return areas


def _crosses(a: _Array, ends: _Array, c: _Array, d: _Array) -> Any:
    """Whether the lines from `a` to each of `ends` (n, 2) cross the one from `c` to `d`."""

    def side(p: _Array, q: _Array, r: _Array) -> Any:
        return (q[..., 0] - p[..., 0]) * (r[..., 1] - p[..., 1]) - (q[..., 1] - p[..., 1]) * (r[..., 0] - p[..., 0])

    return (side(a, ends, c) * side(a, ends, d) < 0) & (side(c, d, a) * side(c, d, ends) < 0)


def leader_end(point: Point, box: Box, points: Sequence[Point] = ()) -> Point | None:
    """Where a line from the point to its label ends; None where the label is near and no other of `points` as near."""
    end = _nearest(point, box)
    away = math.dist(point, end)
    rivals = [math.dist(other, _nearest(other, box)) for other in points if other != point]
    return end if away > _FAR or min(rivals, default=math.inf) <= away + 4 else None


def _nearest(point: Point, box: Box) -> Point:
    return min(max(point[0], box.left), box.right), min(max(point[1], box.bottom), box.top)


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Heights near the wanted ones, at least `gap` apart and inside `low` to `high`, in the same order.

    Where they do not fit with that gap, they share the room evenly.
    """
    if not wanted:
        return []
    gap = min(gap, (high - low) / max(1, len(wanted) - 1))
    order = sorted(range(len(wanted)), key=lambda i: (wanted[i], i))
    # Blocks of touching labels, each centred on the mean of what its members want.
    blocks: list[tuple[float, int]] = []
    for i in order:
        blocks.append((wanted[i], 1))
        while len(blocks) > 1 and _top(blocks[-2], gap) + gap > _bottom(blocks[-1], gap):
            (first, m), (second, n) = blocks[-2:]
            blocks[-2:] = [((first * m + second * n) / (m + n), m + n)]
    heights = [_bottom(block, gap) + k * gap for block in blocks for k in range(block[1])]
    for k in range(len(heights)):
        heights[k] = max(heights[k], low + k * gap)
    for k in range(len(heights)):
        heights[-1 - k] = min(heights[-1 - k], high - k * gap)
    placed = [0.0] * len(wanted)
    for i, height in zip(order, heights, strict=True):
        placed[i] = height
    return placed


def _bottom(block: tuple[float, int], gap: float) -> float:
    return block[0] - gap * (block[1] - 1) / 2


def _top(block: tuple[float, int], gap: float) -> float:
    return block[0] + gap * (block[1] - 1) / 2
