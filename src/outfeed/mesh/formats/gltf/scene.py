"""The scene of a glTF file: which mesh is placed where, and how often."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from outfeed.errors import SourceDamaged
from outfeed.mesh.formats.gltf.buffers import Buffers, normalised
from outfeed.mesh.formats.gltf.strict_json import Document, Member

#: (k, 4, 4): rows before columns, as on paper.
Matrices = NDArray[np.float64]

INSTANCING: Final = "EXT_mesh_gpu_instancing"
#: Instances of which matrices are made together; bounds the memory.
CHUNK: Final = 65_536


@dataclass(frozen=True, slots=True)
class Placement:
    """A mesh that a node places, once or several times."""

    #: Row of the document's meshes.
    mesh: int
    #: How often.
    count: int
    #: The node that places it, and its own matrix in the world (4, 4).
    node: Member
    world: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class TreeNode:
    """A node of the scene's tree."""

    node: Member
    #: Its row in the document.
    row: int
    #: Place of the node that holds it among those that `tree` yields, -1 for none; and which of its children it is.
    parent: int
    index: int
    #: Its matrix in the world (4, 4).
    world: NDArray[np.float64]


def tree(document: Document) -> Iterator[TreeNode]:
    """
    Yield the nodes of the scene, each before those inside it.

    The scene is the one that the document names, else the first, else all nodes that are nobody's children.

    Raises
    ------
    SourceDamaged
        If a node is its own ancestor or has two parents, or something that is named is not there.
    """
    seen: set[int] = set()
    waiting = [(named, -1, index, np.eye(4)) for index, named in reversed(list(enumerate(_roots(document))))]
    while waiting:
        named, parent, index, above = waiting.pop()
        row = named.whole()
        if row in seen:
            raise SourceDamaged(f"nodes[{row}] is its own ancestor, or has two parents.")
        here = len(seen)
        seen.add(row)
        node = document.at("nodes", named)
        world = above @ _local(node)
        children = node.get("children")
        if children is not None:
            below = [(child, here, number, world) for number, child in enumerate(children.entries())]
            waiting.extend(reversed(below))
        yield TreeNode(node, row, parent, index, world)


def placements(document: Document) -> Iterator[Placement]:
    """
    Yield what the scene places, in the order of its `tree`.

    A file without nodes is a library, whose meshes are placed once each.

    Raises
    ------
    SourceDamaged
        If the tree is none.
    """
    if not document.size("nodes"):
        yield from library(document)
        return
    for one in tree(document):
        placement = placement_of(document, one)
        if placement is not None:
            yield placement


def library(document: Document) -> Iterator[Placement]:
    """Yield each mesh in its place, for a file without nodes."""
    yield from (Placement(row, 1, mesh, np.eye(4)) for row, mesh in enumerate(document.rows("meshes")))


def placement_of(document: Document, one: TreeNode) -> Placement | None:
    """Return what a node places, None where it has no mesh."""
    mesh = one.node.get("mesh")
    if mesh is None:
        return None
    document.at("meshes", mesh)
    return Placement(mesh.whole(), _instances(document, one.node), one.node, one.world)


def _roots(document: Document) -> list[Member]:
    if document.size("scenes"):
        scene = document.at("scenes", document.root.get("scene") or Member(0, "scene"))
        nodes = scene.get("nodes")
        return [] if nodes is None else list(nodes.entries())
    nodes_with_children = (node for node in document.rows("nodes") if node.has("children"))
    children = {child.whole() for node in nodes_with_children for child in node.need("children").entries()}
    return [Member(row, f"nodes[{row}]") for row in range(document.size("nodes")) if row not in children]


def _local(node: Member) -> NDArray[np.float64]:
    """Return the matrix (4, 4) of a node."""
    matrix = node.get("matrix")
    if matrix is not None:
        columns = np.array(matrix.numbers(16)).reshape(4, 4)
        placed = columns.T.copy()
        # A matrix of the format is affine; whatever stands in the last row says nothing.
        placed[3] = (0, 0, 0, 1)
        return placed
    moves, turns, sizes = (node.get(name) for name in ("translation", "rotation", "scale"))
    if moves is None and turns is None and sizes is None:
        return np.eye(4)
    composed: NDArray[np.float64] = _composed(
        np.array([[0.0, 0, 0] if moves is None else moves.numbers(3)]),
        np.array([[0.0, 0, 0, 1] if turns is None else turns.numbers(4)]),
        np.array([[1.0, 1, 1] if sizes is None else sizes.numbers(3)]),
    )[0]
    return composed


def _composed(moves: NDArray[np.float64], turns: NDArray[np.float64], sizes: NDArray[np.float64]) -> Matrices:
    """Return the matrices of translations (k, 3), quaternions (k, 4) and scales (k, 3)."""
    result = np.zeros((len(moves), 4, 4))
    result[:, :3, :3] = _rotations(turns) * sizes[:, None, :]
    result[:, :3, 3] = moves
    result[:, 3, 3] = 1
    return result


def _rotations(turns: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the rotations (k, 3, 3) of quaternions, brought to unit length; zero turns nothing."""
    length = np.linalg.norm(turns, axis=1, keepdims=True)
    x, y, z, w = np.where(length > 0, turns / np.where(length > 0, length, 1), (0, 0, 0, 1)).T
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ]
    return np.moveaxis(np.array(rows), 2, 0)


def _instances(document: Document, node: Member) -> int:
    """Return how often a node places its mesh: as often as the shortest of its attributes goes."""
    attributes = node.into("extensions", INSTANCING, "attributes")
    if attributes is None:
        return 1
    counts = [
        document.at("accessors", named).need("count").whole()
        for name, named in attributes.members()
        if name in _ATTRIBUTES
    ]
    return min(counts, default=1)


#: Attributes of instances: their shape, and what stands for one that is not there.
_ATTRIBUTES: Final[dict[str, tuple[str, tuple[float, ...]]]] = {
    "TRANSLATION": ("VEC3", (0, 0, 0)),
    "ROTATION": ("VEC4", (0, 0, 0, 1)),
    "SCALE": ("VEC3", (1, 1, 1)),
}


def matrices(document: Document, buffers: Buffers, placement: Placement) -> Iterator[Matrices]:
    """Yield the matrices (k, 4, 4) of a placement in the world, so many at a time that they take little room."""
    attributes = placement.node.into("extensions", INSTANCING, "attributes")
    if attributes is None:
        yield placement.world[None]
        return
    tables = [_table(document, buffers, attributes.get(name), *said) for name, said in _ATTRIBUTES.items()]
    for first in range(0, placement.count, CHUNK):
        rows = slice(first, min(first + CHUNK, placement.count))
        yield np.einsum("ij,kjl->kil", placement.world, _composed(*(table(rows) for table in tables)))


def _table(
    document: Document, buffers: Buffers, named: Member | None, shape: str, default: tuple[float, ...]
) -> Callable[[slice], NDArray[np.float64]]:
    """Return what gives some of the instances' values (k, columns)."""
    if named is None:
        return lambda rows: np.tile(np.array(default, dtype=np.float64), (rows.stop - rows.start, 1))
    accessor = document.at("accessors", named)
    if not accessor.has("bufferView"):
        # Zeros that nobody stores would let a file of a few bytes place millions.
        accessor.refuse("places instances and stores nothing")
    values = buffers.values(accessor, shapes=(shape,))
    return lambda rows: normalised(accessor, values[rows]).astype(np.float64)


def mirrors(placed: Matrices) -> NDArray[np.bool_]:
    """Tell which matrices (k, 4, 4) turn inside out, also where determinants are too small or too large for numbers."""
    size = np.abs(placed[:, :3, :3]).max(axis=2, keepdims=True)
    rows = placed[:, :3, :3] / np.where(size > 0, size, 1)
    # Of what is not finite this is no number, and not below 0; `build` refuses it.
    a, b, c, d, e, f, g, h, i = rows.reshape(-1, 9).T
    return np.asarray(a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g) < 0)
