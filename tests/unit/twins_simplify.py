"""The kernel that collapses edges again, slow and plain: what it must equal, to the last bit."""

import math
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unit.twins_quadric import (
    Gradient,
    Quadric,
    Vector,
    added,
    cross,
    dot,
    joined,
    least,
    minus,
    plane,
    plus,
    times,
    value_at,
)

#: 3 * face + corner: from that corner to the next.
Side = int

MOST_FAN = 64


@dataclass(slots=True)
class Vertex:
    """A vertex, and the surface that it stands for."""

    at: Vector
    fixed: bool
    border: bool = False
    crowded: bool = False
    moved: bool = False
    sum: Quadric = (0.0,) * 10
    area: float = 0.0


@dataclass(slots=True)
class Looks:
    """Wedges: which one each corner has, and what each one knows."""

    of: dict[int, list[int]]
    values: list[list[float]]
    classes: list[int]
    areas: list[float] = field(init=False)
    slopes: list[list[Gradient]] = field(init=False)

    def __post_init__(self) -> None:
        self.areas = [0.0] * len(self.values)
        self.slopes = [[((0.0, 0.0, 0.0), 0.0)] * len(values) for values in self.values]


@dataclass(frozen=True, slots=True)
class Plan:
    """How an edge would collapse."""

    gone: int
    kept: int
    at: Vector
    moves: bool
    error: float
    cost: float
    #: Wedges that go, and what they pass into.
    pairs: list[tuple[int, int]]


class Simplifier:
    """What `simplify` does, by searching through all faces for each question."""

    def __init__(
        self,
        positions: NDArray[np.float64],
        faces: NDArray[np.int32],
        locked: NDArray[np.uint8] | None,
        looks: Looks | None,
        rules: dict[str, Any],
    ) -> None:
        locks = [False] * len(positions) if locked is None else locked.astype(bool).tolist()
        self.vertices = [Vertex((x, y, z), lock) for (x, y, z), lock in zip(positions.tolist(), locks, strict=True)]
        self.faces: dict[int, list[int]] = {face: c for face, c in enumerate(faces.tolist()) if len(set(c)) == 3}
        self.looks: Looks | None = looks
        self.rules = rules
        self.error = 0.0
        self.bucket = bucket_of(1e-16)
        #: In each bucket the last that came is the first to go; what does not wait is passed over.
        self.buckets: dict[int, list[Side]] = defaultdict(list)
        self.waiting: set[Side] = set()

    def run(self) -> tuple[Any, ...]:
        """Return what the kernel returns, as lists."""
        for face in self.faces:
            self._add_surface(face)
        for number in range(len(self.vertices)):
            self._look_around(number)
        self._make_queue()
        while len(self.faces) > self.rules["target"] and any(self.buckets.values()):
            self.bucket = min(bucket for bucket, sides in self.buckets.items() if sides)
            side = self.buckets[self.bucket].pop()
            if side in self.waiting and side // 3 in self.faces:
                self._take(side)
        wedges = [] if self.looks is None else [self.looks.of[face] for face in self.faces]
        values = [] if self.looks is None else [x for values in self.looks.values for x in values]
        at, moved = [v.at for v in self.vertices], [int(v.moved) for v in self.vertices]
        return at, moved, list(self.faces.values()), list(self.faces), wedges, values, math.sqrt(self.error)

    def fan(self, number: int) -> list[int]:
        """Return the faces at a vertex."""
        return [face for face, corners in self.faces.items() if number in corners]

    def edge(self, one: int, two: int) -> list[int]:
        """Return the faces at an edge."""
        return [face for face in self.fan(one) if two in self.faces[face]]

    def wedge(self, face: int, number: int) -> int:
        """Return the wedge of the corner that is the vertex."""
        assert self.looks is not None
        return self.looks.of[face][self.faces[face].index(number)]

    # --- Before the first collapse ----------------------------------------------------------------------------------

    def _add_surface(self, face: int) -> None:
        p, q, r = (self.vertices[corner].at for corner in self.faces[face])
        s, t = minus(q, p), minus(r, p)
        n = cross(s, t)
        length = math.sqrt(dot(n, n))
        if not length > 0:
            return
        unit = times(n, 1 / length)
        for corner in self.faces[face]:
            self._add_plane(corner, unit, -dot(unit, p), length / 2)
            self.vertices[corner].area += length / 2
        if self.looks is not None:
            self._add_slopes(face, self.looks, (s, t, n), length / 2)

    def _add_slopes(self, face: int, looks: Looks, sides: tuple[Vector, Vector, Vector], area: float) -> None:
        s, t, n = sides
        scale = 1 / dot(n, n)
        along_s, along_t = times(cross(t, n), scale), times(cross(n, s), scale)
        for wedge in looks.of[face]:
            looks.areas[wedge] += area
        for k, (first, second, third) in enumerate(zip(*(looks.values[w] for w in looks.of[face]), strict=True)):
            slope = plus(times(along_s, second - first), times(along_t, third - first))
            start = first - dot(slope, self.vertices[self.faces[face][0]].at)
            for corner, wedge in zip(self.faces[face], looks.of[face], strict=True):
                self._add_plane(corner, slope, start, area)
                looks.slopes[wedge][k] = joined(looks.slopes[wedge][k], (times(slope, area), start * area))

    def _add_plane(self, number: int, n: Vector, d: float, weight: float) -> None:
        self.vertices[number].sum = added(self.vertices[number].sum, plane(n, d, weight))

    def _look_around(self, number: int) -> None:
        vertex, fan = self.vertices[number], self.fan(number)
        if len(fan) > MOST_FAN:
            vertex.fixed = vertex.crowded = True
            return
        out = {face: rolled(self.faces[face], number)[1] for face in fan}
        back = {face: rolled(self.faces[face], number)[2] for face in fan}
        starts = [face for face in fan if out[face] not in back.values()]
        by_out = {out[face]: face for face in fan}
        for face in fan:
            if face in starts:
                self._hold_edge(number, face, out[face])
            if back[face] not in by_out or self._is_seam(face, by_out[back[face]], number, back[face]):
                self._hold_edge(number, face, back[face])
        vertex.border = bool(starts)
        simple = len(set(out.values())) == len(set(back.values())) == len(fan)
        if not simple or not self._is_one_turn(by_out, back, (starts or fan)[:1]):
            vertex.fixed = True
        if vertex.border and self.rules["lock_borders"]:
            vertex.fixed = True

    def _is_one_turn(self, by_out: dict[int, int], back: dict[int, int], way: list[int]) -> bool:
        """Tell whether going from face to face around a vertex meets all of them."""
        for face in way:
            following = by_out.get(back[face])
            if following is not None and following != way[0]:
                way.append(following)
        return len(way) == len(back)

    def _is_seam(self, face: int, other: int, one: int, two: int) -> bool:
        return self.looks is not None and any(self.wedge(face, v) != self.wedge(other, v) for v in (one, two))

    def _hold_edge(self, number: int, face: int, other: int) -> None:
        p, q, r = (self.vertices[corner].at for corner in self.faces[face])
        along = minus(self.vertices[other].at, self.vertices[number].at)
        upright = cross(along, cross(minus(q, p), minus(r, p)))
        length = math.sqrt(dot(upright, upright))
        if length > 0:
            unit = times(upright, 1 / length)
            self._add_plane(number, unit, -dot(unit, self.vertices[number].at), 10 * dot(along, along))

    # --- The queue --------------------------------------------------------------------------------------------------

    def _make_queue(self) -> None:
        for face in self.faces:
            for side in range(3 * face, 3 * face + 3):
                one, two = self._ends(side)
                u, v = self.vertices[one], self.vertices[two]
                is_open = not any(rolled(self.faces[f], two)[1] == one for f in self.fan(two))
                if (u.fixed and v.fixed) or (one > two and not (u.border and v.border and is_open)):
                    continue
                plan = self._plan(one, two)
                self._put(side, 0 if plan is None else bucket_of(plan.cost))

    def _ends(self, side: Side) -> tuple[int, int]:
        one, two, _ = rolled(self.faces[side // 3], self.faces[side // 3][side % 3])
        return one, two

    def _put(self, side: Side, bucket: int) -> None:
        self.buckets[max(bucket, self.bucket)].append(side)
        self.waiting.add(side)

    def _take(self, side: Side) -> None:
        self.waiting.remove(side)
        one, two = self._ends(side)
        plan = self._plan(one, two)
        if plan is not None and bucket_of(plan.cost) > self.bucket:
            self._put(side, bucket_of(plan.cost))
        elif plan is not None and not plan.error <= self.rules["most_error"] * self.rules["most_error"]:
            pass
        elif plan is not None and self._is_sound(plan):
            self._collapse(plan)
        elif not (self.vertices[one].fixed and self.vertices[two].fixed) and self.bucket + 4 < bucket_of(1e6):
            self._put(side, self.bucket + 4)

    def _settle(self, one: int, two: int) -> None:
        """Leave one side waiting of an edge that was two: the first, and at once if none did."""
        sides = [side for face in self.edge(one, two) for side in range(3 * face, 3 * face + 3)]
        sides = sorted(side for side in sides if {*self._ends(side)} == {one, two})
        waiting = [side for side in sides if side in self.waiting]
        self.waiting -= set(waiting[1:])
        if waiting or not sides or (self.vertices[one].fixed and self.vertices[two].fixed):
            return
        if any(sides[0] in stack for stack in self.buckets.values()):
            self.waiting.add(sides[0])
        else:
            self._put(sides[0], self.bucket)

    # --- One collapse -----------------------------------------------------------------------------------------------

    def _plan(self, one: int, two: int) -> Plan | None:
        u, v = self.vertices[one], self.vertices[two]
        if u.crowded or v.crowded:
            return None
        may_go = not u.fixed and (not u.border or v.border)
        may_come = not v.fixed and (not v.border or u.border)
        pairs: list[tuple[int, int]] = []
        if self.looks is not None:
            pairs = sorted({(self.wedge(face, one), self.wedge(face, two)) for face in self.edge(one, two)})
            if len(pairs) not in {1, 2} or any(self.looks.classes[a] != self.looks.classes[b] for a, b in pairs):
                return None
            may_go = may_go and self._all_pass(one, [a for a, _ in pairs])
            may_come = may_come and self._all_pass(two, [b for _, b in pairs])
        if not may_go and not may_come:
            return None
        whole = added(u.sum, v.sum)
        back = [(b, a) for a, b in pairs]
        if may_go and may_come and not self.rules["keep_positions"]:
            best = self._reduced(whole, pairs)
            at = least(best, times(plus(u.at, v.at), 0.5))
            return self._weighed(one, two, at, value_at(best, at), pairs, moves=True)
        to_two = self._valued(whole, pairs, v.at) if may_go else 0
        to_one = self._valued(whole, back, u.at) if may_come else 0
        if may_come and (not may_go or to_one < to_two):
            return self._weighed(two, one, u.at, to_one, back, moves=False)
        return self._weighed(one, two, v.at, to_two, pairs, moves=False)

    def _all_pass(self, number: int, wedges: list[int]) -> bool:
        """Tell whether each wedge of a vertex passes into one of the other's, and no more than one."""
        return len(set(wedges)) == len(wedges) and all(self.wedge(f, number) in wedges for f in self.fan(number))

    def _weighed(
        self, gone: int, kept: int, at: Vector, found: float, pairs: list[tuple[int, int]], *, moves: bool
    ) -> Plan:
        u, v = self.vertices[gone], self.vertices[kept]
        found = found if found > 0 else 0.0
        area, along = u.area + v.area, minus(u.at, v.at)
        error = found / area if area > 0 else 0.0
        return Plan(gone, kept, at, moves, error, found + 1e-6 * area * dot(along, along), pairs)

    def _reduced(self, whole: Quadric, pairs: list[tuple[int, int]]) -> Quadric:
        """Return the sum where each merged wedge has the values that are best wherever the vertex lies."""
        for gone, kept in pairs:
            assert self.looks is not None
            area = self.looks.areas[gone] + self.looks.areas[kept]
            if area > 0:
                for a, b in zip(self.looks.slopes[gone], self.looks.slopes[kept], strict=True):
                    slope, start = joined(a, b)
                    whole = added(whole, plane(slope, start, -1 / area))
        return whole

    def _valued(self, whole: Quadric, pairs: list[tuple[int, int]], at: Vector) -> float:
        """Return the sum where the wedges that stay have the values that they have; each counts once."""
        total = value_at(whole, at)
        for number, (gone, kept) in enumerate(pairs):
            total += self._squares(gone, kept, at)
            if kept not in [other for _, other in pairs[:number]]:
                total += self._squares(kept, kept, at)
        return total

    def _squares(self, wedge: int, kept: int, at: Vector) -> float:
        assert self.looks is not None
        total = 0.0
        for (slope, start), value in zip(self.looks.slopes[wedge], self.looks.values[kept], strict=True):
            total += self.looks.areas[wedge] * value * value - 2 * value * (dot(slope, at) + start)
        return total

    def _is_sound(self, plan: Plan) -> bool:
        if len(self.fan(plan.gone)) + len(self.fan(plan.kept)) > MOST_FAN:
            return False
        upright = self._stays_upright(plan.gone, plan.kept, plan.at)
        other = not plan.moves or self._stays_upright(plan.kept, plan.gone, plan.at)
        return upright and other and self._links_agree(plan.gone, plan.kept)

    def _links_agree(self, gone: int, kept: int) -> bool:
        """Tell whether the ends have no common neighbours but the tips of what vanishes, and something is left."""
        at_gone, at_kept = ([{*self.faces[f]} for f in self.fan(number)] for number in (gone, kept))
        tips = [(face - {gone, kept}).pop() for face in at_gone if kept in face]
        if len(tips) != (1 if self.vertices[gone].border else 2):
            return False
        if len(at_gone) == 1 and not any(tips[0] in face and gone not in face for face in at_kept):
            return False
        common = set.union(*at_gone) & set.union(*at_kept) - {gone, kept}
        if len(common) != len(tips):
            return False
        return len(tips) == 1 or not all(any({*tips} <= face for face in fan) for fan in (at_gone, at_kept))

    def _stays_upright(self, number: int, other: int, at: Vector) -> bool:
        for face in self.fan(number):
            _, p, q = rolled(self.faces[face], number)
            if other in {p, q}:
                continue
            a, b = self.vertices[p].at, self.vertices[q].at
            before = cross(minus(b, a), minus(self.vertices[number].at, a))
            after = cross(minus(b, a), minus(at, a))
            lean, was, now = dot(before, after), dot(before, before), dot(after, after)
            if was > 0 and not (lean > 0 and lean * lean > 0.2 * 0.2 * was * now):
                return False
        return True

    def _collapse(self, plan: Plan) -> None:
        u, v = self.vertices[plan.gone], self.vertices[plan.kept]
        self.error = max(self.error, plan.error)
        for gone, kept in plan.pairs:
            self._merge(gone, kept, plan)
        v.sum, v.area = added(v.sum, u.sum), v.area + u.area
        if plan.moves:
            v.at, v.moved = plan.at, True
        dying = self.edge(plan.gone, plan.kept)
        tips = {corner for face in dying for corner in self.faces[face]} - {plan.gone, plan.kept}
        for face in dying:
            del self.faces[face]
        for face in self.fan(plan.gone):
            corner = self.faces[face].index(plan.gone)
            self.faces[face][corner] = plan.kept
            if self.looks is not None:
                self.looks.of[face][corner] = dict(plan.pairs)[self.looks.of[face][corner]]
        for tip in sorted(tips):
            self._settle(plan.kept, tip)

    def _merge(self, gone: int, kept: int, plan: Plan) -> None:
        assert self.looks is not None
        looks = self.looks
        looks.areas[kept] += looks.areas[gone]
        looks.slopes[kept] = [joined(a, b) for a, b in zip(looks.slopes[gone], looks.slopes[kept], strict=True)]
        if plan.moves and looks.areas[kept] > 0:
            looks.values[kept] = [(dot(s, plan.at) + start) / looks.areas[kept] for s, start in looks.slopes[kept]]


def simplify(
    positions: NDArray[np.float64],
    faces: NDArray[np.int32],
    *,
    locked: NDArray[np.uint8] | None = None,
    wedges: NDArray[np.int32] | None = None,
    values: NDArray[np.float64] | None = None,
    classes: NDArray[np.int32] | None = None,
    **rules: Any,
) -> tuple[Any, ...]:
    """Return what the kernel of the same name returns, as lists."""
    looks = None
    if wedges is not None and values is not None and classes is not None:
        looks = Looks(dict(enumerate(wedges.tolist())), values.tolist(), classes.tolist())
    return Simplifier(positions, faces, locked, looks, rules).run()


def bucket_of(cost: float) -> int:
    """Return the leading ten bits of a float32."""
    with np.errstate(over="ignore"):
        bits = np.float32(cost if cost > 0 else 0.0).view(np.uint32)  # max() would keep a NaN
    return int(bits) >> 22


def rolled(corners: list[int], first: int) -> list[int]:
    """Return the corners of a face from one of them."""
    at = corners.index(first)
    return corners[at:] + corners[:at]
