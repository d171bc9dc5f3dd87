"""Puts the objects of a 3MF file where its build and its components say, after counting what that comes to.

The tree may be deep, and may fan out into more than any memory holds: nothing is walked before it is counted, nothing
without triangles is walked at all, and a chain of objects that only hold one other is one step.
"""

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from outfeed.errors import SourceDamaged, TooManyTriangles
from outfeed.mesh.build import first_use
from outfeed.mesh.formats.threemf.tables import Matrix
from outfeed.mesh.formats.threemf.words import IDENTITY

Rows = NDArray[np.int32]

#: Objects that are placed, however few triangles they have.
MOST_PLACED: Final = 1_000_000


@dataclass(kw_only=True, slots=True)
class Node:
    """An object of any part."""

    points: NDArray[np.float64]
    #: (m, 3); rows of `points`, not checked yet.
    faces: Rows
    #: (m, 3): row of the table of looks of each corner; None where none has any.
    looks: Rows | None
    #: Nodes that it holds, by number, and how they are placed.
    children: list[tuple[int, Matrix | None]] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True, slots=True)
class Placed:
    """All triangles where they belong."""

    points: NDArray[np.float64]
    faces: Rows
    looks: Rows | None
    #: Objects that were placed.
    objects: int


def place(nodes: Sequence[Node], build: Iterable[tuple[int, Matrix | None]], max_triangles: int) -> Placed:
    """
    Place what is built, object after object in the order of the build.

    Raises
    ------
    SourceDamaged
        If an object contains itself.
    TooManyTriangles
        If there are more than `max_triangles`, or more than 1,000,000 objects.
    IndexOutOfRange
        If a triangle of an object that is placed names a vertex that is not there.
    """
    # One more node, that holds what is built.
    none = np.zeros((0, 3), dtype=np.int32)
    world = Node(points=np.zeros((0, 3)), faces=none, looks=None, children=list(build))
    tree = _Tree([*nodes, world])
    top = len(nodes)
    if tree.triangles[top] > max_triangles:
        raise TooManyTriangles(f"With its components in place, it has more than {max_triangles}.")
    if tree.objects[top] > MOST_PLACED:
        raise TooManyTriangles(f"It places more than {MOST_PLACED} objects.")
    return _gathered(tree.nodes, *tree.leaves(top))


class _Tree:
    """The objects, with what each of them comes to when it is placed once."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self.nodes = nodes
        self.triangles = [0] * len(nodes)
        self.objects = [0] * len(nodes)
        #: What stands for each node: itself, or the only one that it holds, and how that is placed.
        self._short: list[tuple[int, Matrix | None]] = [(number, None) for number in range(len(nodes))]
        for number in self._children_first():
            self._count(number)

    def leaves(self, top: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return each node (n,) that has triangles of its own, as often as it is placed, and its transforms (n, 12)."""
        found, matrices = array("q"), array("d")
        waiting = [self._short[top]]
        while waiting:
            number, matrix = waiting.pop()
            node = self.nodes[number]
            if len(node.faces):
                found.append(number)
                matrices.extend(IDENTITY if matrix is None else matrix)
            for child, inner in reversed(node.children):
                if self.triangles[child]:
                    target, innermost = self._short[child]
                    waiting.append((target, combined(combined(innermost, inner), matrix)))
        return np.array(found, dtype=np.int64), np.frombuffer(matrices, dtype=np.float64).reshape(-1, 12)

    def _count(self, number: int) -> None:
        node = self.nodes[number]
        held = [(child, matrix) for child, matrix in node.children if self.triangles[child]]
        self.triangles[number] = len(node.faces) + sum(self.triangles[child] for child, _ in held)
        self.objects[number] = bool(len(node.faces)) + sum(self.objects[child] for child, _ in held)
        if len(held) == 1 and not len(node.faces):
            ((child, matrix),) = held
            target, inner = self._short[child]
            self._short[number] = (target, combined(inner, matrix))

    def _children_first(self) -> list[int]:
        """Return all nodes in an order in which each comes after those that it holds."""
        order: list[int] = []
        state = bytearray(len(self.nodes))  # 1: begun, 2: done
        for root in range(len(self.nodes)):
            waiting = [root]
            while waiting:
                number = waiting[-1]
                if state[number]:
                    waiting.pop()
                    if state[number] == 1:
                        state[number] = 2
                        order.append(number)
                    continue
                state[number] = 1
                for child, _ in self.nodes[number].children:
                    if state[child] == 1:
                        raise SourceDamaged("It has an object that contains itself.")
                    if not state[child]:
                        waiting.append(child)
        return order


def combined(first: Matrix | None, then: Matrix | None) -> Matrix | None:
    """Return the transform that does one and then the other; None changes nothing."""
    if first is None or then is None:
        return then if first is None else first
    # A million of these are done for a large plate: written out, they take a third of the time.
    a, b, c, d, e, f, g, h, i, j, k, m = then
    p, q, r, s, t, u, v, w, x, y, z, o = first
    return (
        *(p * a + q * d + r * g, p * b + q * e + r * h, p * c + q * f + r * i),
        *(s * a + t * d + u * g, s * b + t * e + u * h, s * c + t * f + u * i),
        *(v * a + w * d + x * g, v * b + w * e + x * h, v * c + w * f + x * i),
        *(y * a + z * d + o * g + j, y * b + z * e + o * h + k, y * c + z * f + o * i + m),
    )


def _gathered(nodes: Sequence[Node], leaves: NDArray[np.int64], matrices: NDArray[np.float64]) -> Placed:
    """Return the triangles of all leaves; each node is looked at once, for all of its places together."""
    if len(leaves) == 1 and (matrices == IDENTITY).all():
        (alone,) = leaves.tolist()  # as in most large files: nothing is copied
        node = nodes[alone]
        return Placed(points=node.points, faces=node.faces, looks=node.looks, objects=1)
    different, which = np.unique(leaves, return_inverse=True)
    compact = [first_use(nodes[number].faces, len(nodes[number].points)) for number in different.tolist()]
    first_points, points_end = _starts(np.array([len(used) for used, _ in compact], dtype=np.int64)[which])
    first_faces, faces_end = _starts(np.array([len(corners) for _, corners in compact], dtype=np.int64)[which])
    points = np.zeros((points_end, 3))
    faces = np.zeros((faces_end, 3), dtype=np.int32)
    has_looks = any(nodes[number].looks is not None for number in different.tolist())
    looks = np.zeros(faces.shape, dtype=np.int32) if has_looks else None
    ends = np.cumsum(np.bincount(which, minlength=len(different)))
    places = np.split(np.argsort(which, kind="stable"), ends[:-1])
    for number, (used, corners), mine in zip(different.tolist(), compact, places, strict=False):
        moved, mirrors = _moved(nodes[number].points[used], matrices[mine])
        points[first_points[mine][:, None] + np.arange(len(used))] = moved
        to_faces = first_faces[mine][:, None] + np.arange(len(corners))
        faces[to_faces] = _turned(corners, mirrors) + first_points[mine][:, None, None].astype(np.int32)
        own_looks = nodes[number].looks
        if looks is not None and own_looks is not None:
            looks[to_faces] = _turned(own_looks, mirrors)
    return Placed(points=points, faces=faces, looks=looks, objects=len(leaves))


def _starts(counts: NDArray[np.int64]) -> tuple[NDArray[np.int64], int]:
    """Return where each of several things that lie one after the other begins, and where the last one ends."""
    ends = np.cumsum(counts)
    return ends - counts, int(ends[-1]) if len(ends) else 0


def _moved(points: NDArray[np.float64], matrices: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the points in each of the places (n, k, 3), and which of them mirror (n,)."""
    table = matrices.reshape(-1, 4, 3)
    if (matrices == IDENTITY).all():
        return np.repeat(points[None], len(table), axis=0), np.zeros(len(table), dtype=np.bool_)
    moved = np.zeros((len(table), len(points), 3))
    with np.errstate(over="ignore", invalid="ignore"):  # what is not finite is refused when the mesh is built
        for axis in range(3):
            a, b, c, d = (table[:, row, axis, None] for row in range(4))
            # Sums of products one by one: what a library for matrices does differs between processors.
            moved[:, :, axis] = points[:, 0] * a + points[:, 1] * b + points[:, 2] * c + d
        size = np.abs(table[:, :3]).max(axis=2, keepdims=True)
        rows = table[:, :3] / np.where(size > 0, size, 1)
        volumes = (np.cross(rows[:, 0], rows[:, 1]) * rows[:, 2]).sum(axis=1)
    return moved, volumes < 0


def _turned(corners: Rows, mirrors: NDArray[np.bool_]) -> Rows:
    """Return corners (m, 3) once for each place (n, m, 3), turned around where it mirrors."""
    both = np.stack([corners, corners[:, [0, 2, 1]]])
    turned: Rows = both[mirrors.astype(np.int64)]
    return turned
