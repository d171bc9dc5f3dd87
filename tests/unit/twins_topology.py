"""The kernels of surfaces again, slow and plain: what they must equal."""

import math
from collections import defaultdict
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

Face = tuple[int, int, int]
Side = int


class Surface:
    """What `topology` returns, by dictionaries and lists."""

    def __init__(self, faces: list[Face]) -> None:
        self.faces = faces
        self.sound = [face for face, corners in enumerate(faces) if len(set(corners)) == 3]
        self.sides: dict[tuple[int, int], list[Side]] = defaultdict(list)
        for side in (3 * face + corner for face in self.sound for corner in range(3)):
            a, b = self.start(side), self.end(side)
            self.sides[min(a, b), max(a, b)].append(side)
        self.by_edge = [self.sides[edge] for edge in sorted(self.sides)]
        self.pairs = {one: other for sides in self.by_edge if len(sides) == 2 for one, other in (sides, sides[::-1])}

    def start(self, side: Side) -> int:
        return self.faces[side // 3][side % 3]

    def end(self, side: Side) -> int:
        return self.faces[side // 3][(side + 1) % 3 if side % 3 != 2 else 0]

    def tables(self) -> dict[str, Any]:
        """Return all tables, as lists."""
        crowds = [sides for sides in self.by_edge if len(sides) > 2]
        return {
            "edges": len(self.by_edge),
            "across": [[self._across(3 * face + corner) for corner in range(3)] for face in range(len(self.faces))],
            "open": self._open(),
            "inconsistent": self._inconsistent(),
            "crowded": [side for sides in crowds for side in sides],
            "crowded_starts": np.cumsum([0, *map(len, crowds)]).tolist(),
            "duplicates": self._duplicates(),
            **self._parts(),
            **self._fans(),
            **self._rims(),
        }

    def _across(self, side: Side) -> int:
        if side // 3 not in self.sound:
            return -3
        edge = sorted((self.start(side), self.end(side)))
        return self.pairs.get(side, -1 if len(self.sides[edge[0], edge[1]]) == 1 else -2)

    def _open(self) -> list[Side]:
        return [sides[0] for sides in self.by_edge if len(sides) == 1]

    def _inconsistent(self) -> list[Side]:
        return [s[0] for s in self.by_edge if len(s) == 2 and self.start(s[0]) == self.start(s[1])]

    def _duplicates(self) -> list[int]:
        seen: set[tuple[int, ...]] = set()
        found = []
        for face in self.sound:
            corners = tuple(sorted(self.faces[face]))
            if corners in seen:
                found.append(face)
            seen.add(corners)
        return found

    def _parts(self) -> dict[str, Any]:
        sheets = groups(self.sound, [(a // 3, b // 3) for a, b in self.pairs.items()])
        links = [(one // 3, other // 3) for sides in self.by_edge for one in sides for other in sides]
        parts = groups(self.sound, links)
        turned, twisted = [], set()
        for sheet in sheets:
            flips = self._flips(sheet)
            turned += sorted(flips or [])
            twisted |= set(sheet) if flips is None else set()
        label = {face: number for number, part in enumerate(parts) for face in part}
        bad = {face for sides in self.by_edge if len(sides) != 2 for face in (side // 3 for side in sides)}
        wrong = {side // 3 for side in self._inconsistent()}
        return {
            "labels": [label.get(face, -1) for face in range(len(self.faces))],
            "turned": sorted(turned),
            "part_faces": [len(part) for part in parts],
            "part_closed": [int(not bad & set(part)) for part in parts],
            "part_oriented": [int(not wrong & set(part)) for part in parts],
            "part_orientable": [int(not twisted & set(part)) for part in parts],
        }

    def _flips(self, sheet: list[int]) -> set[int] | None:
        """Return the fewer faces to turn, None for a twisted sheet."""
        way = {sheet[0]: False}
        waiting = [sheet[0]]
        for face in waiting:
            for side in range(3 * face, 3 * face + 3):
                if side not in self.pairs:
                    continue
                beyond = self.pairs[side]
                expected = way[face] != (self.start(side) == self.start(beyond))
                if beyond // 3 not in way:
                    waiting.append(beyond // 3)
                if way.setdefault(beyond // 3, expected) != expected:
                    return None
        others = {face for face in sheet if way[face]}
        return others if 2 * len(others) <= len(sheet) else set(sheet) - others

    def _fans(self) -> dict[str, Any]:
        corners = [(face, vertex) for face in self.sound for vertex in self.faces[face]]
        links = []
        for one, other in self.pairs.items():
            links += [((one // 3, v), (other // 3, v)) for v in (self.start(one), self.end(one))]
        fans = groups(corners, links)
        counts: dict[int, int] = defaultdict(int)
        for fan in fans:
            counts[fan[0][1]] += 1
        crowded = {v for edge, sides in self.sides.items() if len(sides) > 2 for v in edge}
        labels = self._parts()["labels"]
        of_part = [0] * (max(labels, default=-1) + 1)
        for fan in fans:
            of_part[labels[fan[0][0]]] += 1
        return {
            "several_fans": sorted({v for v, count in counts.items() if count > 1} | crowded),
            "part_fans": of_part,
        }

    def _rims(self) -> dict[str, Any]:
        """Link the ends of open sides: within a fan, then two by two at a vertex; keep what closes."""
        ends = [(side, vertex) for side in self._open() for vertex in (self.start(side), self.end(side))]
        corners = [(face, vertex) for face in self.sound for vertex in self.faces[face]]
        links = []
        for one, other in self.pairs.items():
            links += [((one // 3, v), (other // 3, v)) for v in (self.start(one), self.end(one))]
        fan_of = {corner: number for number, fan in enumerate(groups(corners, links)) for corner in fan}
        partner: dict[tuple[Side, int], Side] = {}
        by_fan: dict[int, list[tuple[Side, int]]] = defaultdict(list)
        for side, vertex in ends:
            by_fan[fan_of[side // 3, vertex]].append((side, vertex))
        loose = []
        for found in by_fan.values():
            if len(found) == 2:
                partner |= {found[0]: found[1][0], found[1]: found[0][0]}
            else:
                loose += found
        waiting: dict[int, tuple[Side, int]] = {}
        for side, vertex in sorted(loose):
            before = waiting.pop(vertex, None)
            if before is None:
                waiting[vertex] = (side, vertex)
            else:
                partner |= {before: side, (side, vertex): before[0]}
        return self._traced(partner)

    def _traced(self, partner: dict[tuple[Side, int], Side]) -> dict[str, Any]:
        rims: list[list[int]] = []
        seen: set[Side] = set()
        for first in self._open():
            if first in seen:
                continue
            back = self._chain(partner, first, self.end(first))
            start, vertex = (first, self.end(first)) if partner.get(back[-1]) == first else back[-1]
            steps = self._chain(partner, start, self._other(start, vertex))
            seen |= {side for side, _ in steps}
            rims += loops([vertex, *(end for _, end in steps)])
        starts = np.cumsum([0, *map(len, rims)]).tolist()
        return {"rims": [vertex for rim in rims for vertex in rim], "rim_starts": starts}

    def _chain(self, partner: dict[tuple[Side, int], Side], side: Side, end: int) -> list[tuple[Side, int]]:
        """Return sides with the ends where the chain leaves them, until it ends or comes back to the first."""
        steps = [(side, end)]
        while True:
            following = partner.get(steps[-1])
            if following is None or following == side:
                return steps
            steps.append((following, self._other(following, steps[-1][1])))

    def _other(self, side: Side, vertex: int) -> int:
        return self.end(side) if self.start(side) == vertex else self.start(side)


def loops(way: list[int]) -> list[list[int]]:
    """Return what lies between each vertex of a way and its last place before, taken out as it is found."""
    found = []
    kept: list[int] = []
    for vertex in way:
        if vertex in kept:
            found.append(kept[kept.index(vertex) :])
            kept = kept[: kept.index(vertex)]
        kept.append(vertex)
    return found


def groups(members: list[Any], links: list[tuple[Any, Any]]) -> list[list[Any]]:
    """Return what hangs together, each in the order of the members, by the first of each."""
    beside = defaultdict(list)
    for one, other in links:
        beside[one].append(other)
        beside[other].append(one)
    place: dict[Any, int] = {}
    for number, first in enumerate(members):
        waiting = [first] if first not in place else []
        while waiting:
            member = waiting.pop()
            if member not in place:
                place[member] = number
                waiting += beside[member]
    found: dict[int, list[Any]] = defaultdict(list)
    for member in members:
        found[place[member]].append(member)
    return [found[number] for number in sorted(found)]


def degenerate(vertices: NDArray[Any], faces: list[Face]) -> list[int]:
    """Return the faces whose normal is exactly zero."""
    points = [[Fraction(float(x)) for x in point] for point in vertices]
    found = []
    for number, corners in enumerate(faces):
        a, b, c = (points[corner] for corner in corners)
        u, v = [x - y for x, y in zip(b, a, strict=True)], [x - y for x, y in zip(c, a, strict=True)]
        if all(u[i] * v[i - 1] == u[i - 1] * v[i] for i in range(3)):
            found.append(number)
    return found


def moments(
    vertices: NDArray[Any], faces: list[Face], labels: list[int], parts: int, centre: list[float], scale: float
) -> tuple[list[float], list[float]]:
    """Return the sums over faces in the order of the kernel: to the last bit."""
    points = [[(float(x) - y) * scale for x, y in zip(point, centre, strict=True)] for point in vertices]
    whole, volumes = [0.0] * 8, [0.0] * parts
    origins: dict[int, list[float]] = {}
    for first in range(0, len(faces), 1024):
        sums = [0.0] * 8
        for face in range(first, min(first + 1024, len(faces))):
            a, b, c = (points[corner] for corner in faces[face])
            normal = cross([x - y for x, y in zip(b, a, strict=True)], [x - y for x, y in zip(c, a, strict=True)])
            length, volume = math.sqrt(dot(normal, normal)), dot(a, normal)
            middle = [x + y + z for x, y, z in zip(a, b, c, strict=True)]
            terms = [volume, length, *(volume * x for x in middle), *(length * x for x in middle)]
            sums = [x + y for x, y in zip(sums, terms, strict=True)]
            if labels[face] >= 0:
                origin = origins.setdefault(labels[face], a)
                volumes[labels[face]] += dot([x - y for x, y in zip(a, origin, strict=True)], normal)
        whole = [x + y for x, y in zip(whole, sums, strict=True)]
    return whole, volumes


def spikes(points: NDArray[np.float64], faces: list[Face], ratio: float) -> list[int]:
    """Return the vertices whose shortest edge is longer than `ratio` times the way around them."""
    ways: dict[int, float] = defaultdict(float)
    least: dict[int, float] = defaultdict(lambda: math.inf)
    for corners in faces:
        for i in range(3):
            here, p, q = corners[i], corners[(i + 1) % 3], corners[(i + 2) % 3]
            ways[here] += distance(points[p], points[q])
            least[here] = min(least[here], distance(points[here], points[p]), distance(points[here], points[q]))
    return sorted(vertex for vertex in ways if least[vertex] > ratio * ways[vertex])


def cross(u: list[float], v: list[float]) -> list[float]:
    return [u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]]


def dot(u: list[float], v: list[float]) -> float:
    return u[0] * v[0] + u[1] * v[1] + u[2] * v[2]


def distance(p: NDArray[np.float64], q: NDArray[np.float64]) -> float:
    step = [float(y) - float(x) for x, y in zip(p, q, strict=True)]
    return math.sqrt(dot(step, step))
