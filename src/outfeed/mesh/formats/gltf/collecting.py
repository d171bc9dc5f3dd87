"""Meshes of a glTF file in one: their primitives are read once each, and placed as often as one asks."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from outfeed import _kernels
from outfeed.mesh.appearance import Material, Texture
from outfeed.mesh.build import welded_points
from outfeed.mesh.formats.gltf.opening import Opened
from outfeed.mesh.formats.gltf.primitives import Part, Primitives
from outfeed.mesh.formats.gltf.scene import Matrices, mirrors
from outfeed.mesh.formats.gltf.strict_json import Member
from outfeed.mesh.model import Mesh, Positions, packed
from outfeed.mesh.units import Unit

Rows = NDArray[np.int32]
_Real = TypeVar("_Real", bound=np.generic)


@dataclass(frozen=True, slots=True, eq=False)
class _Block:
    """A mesh of the file: its primitives in one, as they are stored, y up."""

    vertices: Positions
    faces: Rows
    uv_faces: Rows | None
    color_faces: Rows | None
    material_faces: Rows | None


class _Table(Generic[_Real]):
    """Collects values that corners name."""

    def __init__(self) -> None:
        self._tables: list[NDArray[_Real]] = []
        self._size = 0

    def rows(self, faces: Rows, values: NDArray[_Real] | None) -> Rows | None:
        """Add values, a row for each vertex, and return the rows that the corners (m, 3) of the faces name."""
        if values is None:
            return None
        self._tables.append(values)
        self._size += len(values)
        return faces + np.int32(self._size - len(values))

    def joined(self) -> NDArray[_Real]:
        """Return all values in one table."""
        return _joined(self._tables)


class Collector:
    """Collects meshes of a file that are placed."""

    def __init__(self, opened: Opened, primitives: Primitives) -> None:
        self._document = opened.document
        self._primitives = primitives
        self._counts = opened.counts
        self._blocks: dict[int, _Block] = {}
        self._vertices: list[Positions] = []
        self._faces: list[Rows] = []
        self._uv_faces: list[Rows | None] = []
        self._color_faces: list[Rows | None] = []
        self._material_faces: list[Rows | None] = []
        self._uvs = _Table[np.float64]()
        self._colors = _Table[np.uint8]()
        self._size = 0

    def add(self, mesh: int, turns: Matrices) -> None:
        """Place a mesh that has triangles, in y-up coordinates."""
        if mesh not in self._blocks:
            self._blocks[mesh] = self._load(mesh)
        self._place(self._blocks[mesh], turns)

    def _place(self, block: _Block, turns: Matrices) -> None:
        turned = mirrors(turns)
        first = self._size + np.arange(len(turns), dtype=np.int64) * len(block.vertices)
        faces = _repeated(block.faces, turned)
        if self._size or len(turns) > 1:
            faces = (faces.reshape(len(turns), -1, 3) + first[:, None, None]).astype(np.int32).reshape(-1, 3)
        self._vertices.append(_kernels.z_up(packed(_moved(block.vertices, turns))))
        self._faces.append(faces)
        self._uv_faces.append(None if block.uv_faces is None else _repeated(block.uv_faces, turned))
        self._color_faces.append(None if block.color_faces is None else _repeated(block.color_faces, turned))
        self._material_faces.append(None if block.material_faces is None else np.tile(block.material_faces, len(turns)))
        self._size += len(self._vertices[-1])

    def mesh(self, materials: tuple[Material, ...], textures: tuple[Texture, ...]) -> Mesh:
        """Return all of it in one mesh, z up, not yet checked or welded; it may have the materials that were read."""
        faces = _joined(self._faces)
        uv_faces, color_faces = (_filled(rows, self._faces) for rows in (self._uv_faces, self._color_faces))
        material_faces = _filled(self._material_faces, [rows[:, 0] for rows in self._faces])
        return Mesh(
            vertices=_joined(_alike(self._vertices)),
            faces=faces,
            unit=Unit.METRE,
            uvs=None if uv_faces is None else self._uvs.joined(),
            uv_faces=uv_faces,
            colors=None if color_faces is None else self._colors.joined(),
            color_faces=color_faces,
            materials=() if material_faces is None else materials,
            material_faces=material_faces,
            textures=textures,
        )

    def _load(self, row: int) -> _Block:
        primitives = Member(self._document.root.value["meshes"][row], f"meshes[{row}]").need("primitives").entries()
        shown = [self._primitives.read(one) for one, count in zip(primitives, self._counts[row], strict=True) if count]
        starts = np.cumsum([0, *(len(part.vertices) for part in shown)]).tolist()
        faces = [
            part.faces + np.int32(start) if start else part.faces for part, start in zip(shown, starts, strict=False)
        ]
        vertices, corners = _joined(_alike([part.vertices for part in shown])), _joined(faces)
        if len(shown) > 1 and np.isfinite(vertices).all():
            # Primitives of a mesh often share their vertices; each placement would carry all of them.
            vertices, index = welded_points(vertices)
            corners = index[corners]
        return _Block(
            vertices,
            corners,
            _filled([self._uvs.rows(part.faces, part.uvs) for part in shown], faces),
            _filled([self._colors.rows(part.faces, part.colors) for part in shown], faces),
            _filled([_of_material(part) for part in shown], [rows[:, 0] for rows in faces]),
        )


def _of_material(part: Part) -> Rows | None:
    """Return the material of each face (m,), None where they have none."""
    return None if part.material < 0 else np.full(len(part.faces), part.material, dtype=np.int32)


def _moved(vertices: Positions, placed: Matrices) -> Positions:
    """Return the vertices (n, 3) at each of the places (k, 4, 4), one place after the other."""
    if len(placed) == 1 and np.array_equal(placed[0], np.eye(4)):
        return vertices
    points = vertices.astype(np.float64)
    if len(placed) == 1 and np.array_equal(placed[0, :3, :3], np.eye(3)):
        return points + placed[0, :3, 3]
    moved: NDArray[np.float64] = np.einsum("nj,kij->kni", points, placed[:, :3, :3]) + placed[:, None, :3, 3]
    return moved.reshape(-1, 3)


def _repeated(corners: Rows, turned: NDArray[np.bool_]) -> Rows:
    """Return corners (m, 3) once for each place, the other way around where it mirrors."""
    if len(turned) == 1:
        return corners[:, [0, 2, 1]] if turned[0] else corners
    both = np.stack([corners, corners[:, [0, 2, 1]]])
    return both[turned.astype(np.intp)].reshape(-1, 3)


def _joined(tables: list[NDArray[_Real]]) -> NDArray[_Real]:
    return tables[0] if len(tables) == 1 else np.concatenate(tables)


def _alike(tables: list[Positions]) -> list[Any]:
    """Return all as float32, or all as float64 where one is."""
    doubles = any(table.dtype == np.float64 for table in tables)
    return [table.astype(np.float64, copy=False) for table in tables] if doubles else list(tables)


def _filled(rows: list[Rows | None], faces: list[Rows]) -> Rows | None:
    """Return rows of corners or faces in one, -1 for parts that have none; None where none has."""
    if all(table is None for table in rows):
        return None
    pairs = zip(rows, faces, strict=True)
    return _joined([np.full(face.shape, -1, dtype=np.int32) if table is None else table for table, face in pairs])
