"""What a plane cuts out of triangles: closed rings, and lines where a surface is not closed."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from outfeed.sheets.plans.model import Points
from outfeed.sheets.plans.soup import Soup, crossings, odd_first, welded

#: A ring whose area is smaller is a speck, in square metres.
SPECK_M2: Final = 1e-8
#: A corner that lies nearer to the line through its neighbours is none, in metres.
STRAIGHT_M: Final = 1e-6
#: Ends of a line that are nearer to each other meet, in metres.
GAP_M: Final = 0.002


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Section:
    """What of a product lies in the plane."""

    #: Row of the products.
    owner: int
    #: Each (n, 2) float64; around what is solid counter-clockwise, around holes clockwise: they are filled where they
    #: wind around.
    rings: tuple[Points, ...]
    #: Each (n, 2) float64: of surfaces that are not closed.
    lines: tuple[Points, ...]


def area_of(ring: Points) -> float:
    """Return the area (n, 2) of a ring, negative where it is clockwise."""
    around = ring - ring[0]
    x, y = around[:, 0], around[:, 1]
    return float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2


def sections(soup: Soup, level: float) -> list[Section]:
    """Return what a plane at a level cuts out of each product, in the order of their rows."""
    turned, crossing, one_above = odd_first(soup, level)
    if not len(turned):
        return []
    ends = np.where(one_above[:, None, None], turned[:, [[0, 1], [0, 2]]], turned[:, [[0, 2], [0, 1]]])
    points = crossings(soup.vertices, ends.reshape(-1, 2), level)[:, :2]
    owners = soup.owners[crossing]
    kept, nodes = welded(points, np.repeat(owners, 2))
    points = points[kept]
    found: dict[int, tuple[list[Points], list[Points]]] = {}
    for chain, segment, closed in _chains(nodes.reshape(-1, 2)):  # each is of one product
        rings, lines = found.setdefault(int(owners[segment]), ([], []))
        ends_meet = closed or np.abs(points[chain[0]] - points[chain[-1]]).max() < GAP_M
        _keep(points[chain], rings if ends_meet else lines, closed=ends_meet)
    return [_section(row, *found[row]) for row in sorted(found)]


def _section(owner: int, rings: list[Points], lines: list[Points]) -> Section:
    # A surface that is inside out is as solid as others.
    turn = -1 if sum(map(area_of, rings)) < 0 else 1
    return Section(owner=owner, rings=tuple(ring[::turn] for ring in rings), lines=tuple(lines))


def _keep(points: Points, kept: list[Points], *, closed: bool) -> None:
    points = _straightened(points, closed=closed)
    if len(points) > 1 and (not closed or (len(points) > 2 and abs(area_of(points)) > SPECK_M2)):  # noqa: PLR2004 a ring
        kept.append(points)


def _straightened(points: Points, *, closed: bool) -> Points:
    """Return a chain without corners that are none: equal to the one before, or on the line through both neighbours."""
    moved = np.abs(points - np.roll(points, 1, axis=0)).max(axis=1) > STRAIGHT_M
    moved[0] |= not closed
    points = points[moved]
    if len(points) < 3:  # noqa: PLR2004 nothing to leave out
        return points
    to, after = points - np.roll(points, 1, axis=0), np.roll(points, -1, axis=0) - points
    across = np.abs(to[:, 0] * after[:, 1] - to[:, 1] * after[:, 0])
    bent = across > STRAIGHT_M * np.hypot(*(to + after).T)
    if not closed:
        bent[[0, -1]] = True
    kept: Points = points[bent]
    return kept


def _chains(segments: NDArray[np.int32]) -> list[tuple[list[int], int, bool]]:
    """Return chains of segments (n, 2) as nodes, each with one of its segments and whether it is closed."""
    whole, rest = _walk(segments.tolist(), list(range(len(segments))))
    if not rest:
        return whole
    # Faces of a surface that do not agree where outside is: their segments are taken in any direction.
    return whole + _any_way(segments.tolist(), rest)


def _walk(segments: list[list[int]], rows: list[int]) -> tuple[list[tuple[list[int], int, bool]], list[int]]:
    """Follow segments in their direction; return the closed chains, and the segments that are in none."""
    leaving: dict[int, list[int]] = {}
    for row in rows:
        leaving.setdefault(segments[row][0], []).append(row)
    closed: list[tuple[list[int], int, bool]] = []
    rest: list[int] = []
    for start, waiting in leaving.items():
        while waiting:
            taken = [waiting.pop()]
            node = segments[taken[0]][1]
            while node != start and leaving.get(node):
                taken.append(leaving[node].pop())
                node = segments[taken[-1]][1]
            if node == start:
                closed.append(([segments[step][0] for step in taken], taken[0], True))
            else:
                rest += taken
    return closed, rest


def _any_way(segments: list[list[int]], rows: list[int]) -> list[tuple[list[int], int, bool]]:
    """Follow segments in any direction; lines begin where a single segment ends."""
    touching: dict[int, list[int]] = {}
    for row in rows:
        for node in segments[row]:
            touching.setdefault(node, []).append(row)
    loose = sorted(node for node, met in touching.items() if len(met) == 1)
    chains = []
    used: set[int] = set()
    for start in [*loose, *(segments[row][0] for row in rows)]:
        nodes, first = [start], -1
        while (step := _next(touching[nodes[-1]], used)) is not None:
            first = step if first < 0 else first
            ends = segments[step]
            nodes.append(ends[1] if ends[0] == nodes[-1] else ends[0])
        if first >= 0:
            closed = nodes[-1] == start and len(nodes) > 3  # noqa: PLR2004 a ring has three corners
            chains.append((nodes[:-1] if closed else nodes, first, closed))
    return chains


def _next(waiting: list[int], used: set[int]) -> int | None:
    """Take a segment that nobody has used."""
    while waiting:
        step = waiting.pop()
        if step not in used:
            used.add(step)
            return step
    return None
