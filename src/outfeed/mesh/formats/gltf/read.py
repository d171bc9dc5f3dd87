"""
glTF 2.0, as JSON or as GLB: what its scene shows, as one mesh.

A node's transform is followed, also where a skin would put the vertices elsewhere: skins, morph targets and animations
are left out, and the mesh is as it is stored.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from outfeed import _kernels
from outfeed.errors import SourceEmpty, SourceUnsupported, TooManyTriangles
from outfeed.mesh.build import build, welded_points
from outfeed.mesh.formats.gltf import draco
from outfeed.mesh.formats.gltf.buffers import PACKED, Buffers
from outfeed.mesh.formats.gltf.container import parts
from outfeed.mesh.formats.gltf.looks import GLOSSY, TRANSFORM, UNREAD_IMAGES, WEBP, Looks, losses
from outfeed.mesh.formats.gltf.primitives import LINES, POINTS, Part, Primitives, count_triangles, mode_of
from outfeed.mesh.formats.gltf.scene import INSTANCING, Matrices, Placement, matrices, mirrors, placements
from outfeed.mesh.formats.gltf.strict_json import Document, Member, parsed
from outfeed.mesh.formats.reading import Reading
from outfeed.mesh.formats.source import ReadLimits, SourceFile
from outfeed.mesh.model import Mesh, Positions, packed
from outfeed.mesh.reporting import Report, silent
from outfeed.mesh.traits import Trait
from outfeed.mesh.units import Unit

Rows = NDArray[np.int32]
_Real = TypeVar("_Real", bound=np.generic)

#: Lengths in a GLB file have 32 bits; the JSON form is granted as much.
MOST_BYTES: Final = 0xFFFF_FFFF
#: Placements between two reports of progress.
REPORT_EVERY: Final = 1_000
#: Extensions without which a file can be read here, and those that are read. All of materials concern the look.
KNOWN: Final = frozenset(
    {
        *PACKED,
        *UNREAD_IMAGES,
        draco.NAME,
        INSTANCING,
        TRANSFORM,
        GLOSSY,
        WEBP,
        "KHR_mesh_quantization",
        "KHR_lights_punctual",
        "KHR_animation_pointer",
        "KHR_xmp_json_ld",
        "EXT_lights_image_based",
        "EXT_mesh_features",
        "EXT_instance_features",
        "EXT_structural_metadata",
    }
)
MATERIALS: Final = "KHR_materials_"
#: Extensions that say what things are, and not where.
FACTS: Final = frozenset({"EXT_structural_metadata", "KHR_xmp_json_ld"})


# Numbers of a hostile file overflow and are none, which numpy warns of; `build` refuses what is not finite.
@np.errstate(over="ignore", invalid="ignore")
def read_gltf(source: SourceFile, *, unitless: Unit, limits: ReadLimits, report: Report = silent) -> Reading:
    """
    Read glTF or GLB, told by its first bytes. In metres, so `unitless` changes nothing.

    Positions stay float32 where the file stores float32 and no node moves them. Colours of corners and materials become
    sRGB of 8 bits; opacity counts where the material says so, and nowhere else, as the format has it.

    Raises
    ------
    SourceEmpty, SourceDamaged, NotFinite, IndexOutOfRange, TooManyTriangles
    """
    del unitless
    text, binary = parts(source.view(MOST_BYTES))
    document = parsed(text)
    _check_version(document)
    buffers = Buffers(document, binary, source, limits)
    placed = list(placements(document))
    counts = [_counts(document, buffers, mesh) for mesh in document.rows("meshes")]
    totals = [sum(count) for count in counts]
    _check_count(sum(placement.count * totals[placement.mesh] for placement in placed), limits)
    report(0.1)
    looks = Looks(document, buffers, limits)
    primitives = Primitives(document, buffers, looks, limits.max_triangles)
    scene = _Scene(document, buffers, primitives, counts)
    for number, placement in enumerate(placed):
        if totals[placement.mesh]:
            scene.add(placement)
        if not number % REPORT_EVERY:
            report(0.1 + 0.5 * number / len(placed))
    mesh = build(scene.mesh(looks))
    report(1.0)
    return Reading(mesh=mesh, stored_triangles=sum(totals), lost=losses(_lost(document, placed) | looks.lost))


def _check_version(document: Document) -> None:
    asset = document.root.need("asset")
    # The first version wrote a number.
    version = str(asset.need("version").value)
    least = asset.get("minVersion")
    if not version.startswith("2.") or (least is not None and least.text() != "2.0"):
        needed = version if least is None else least.text()
        raise SourceUnsupported(f"It is glTF of version {needed[:20]!r}; version 2.0 is read.")
    required = document.root.get("extensionsRequired")
    names = [] if required is None else [entry.text() for entry in required.entries()]
    unknown = [name for name in names if name not in KNOWN and not name.startswith(MATERIALS)]
    if unknown:
        raise SourceUnsupported(f"It requires extensions that are not read here: {', '.join(unknown)[:200]}.")


def _counts(document: Document, buffers: Buffers, mesh: Member) -> list[int]:
    """Return the triangles of each primitive of a mesh."""
    return [count_triangles(document, buffers, primitive) for primitive in mesh.need("primitives").entries()]


def _check_count(triangles: int, limits: ReadLimits) -> None:
    if not triangles:
        raise SourceEmpty
    if triangles > limits.max_triangles:
        raise TooManyTriangles(f"It places {triangles}; the limit is {limits.max_triangles}.")


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


class _Scene:
    """Collects what is placed."""

    def __init__(self, document: Document, buffers: Buffers, primitives: Primitives, counts: list[list[int]]) -> None:
        self._document = document
        self._buffers = buffers
        self._primitives = primitives
        self._counts = counts
        self._blocks: dict[int, _Block] = {}
        self._vertices: list[Positions] = []
        self._faces: list[Rows] = []
        self._uv_faces: list[Rows | None] = []
        self._color_faces: list[Rows | None] = []
        self._material_faces: list[Rows | None] = []
        self._uvs = _Table[np.float64]()
        self._colors = _Table[np.uint8]()
        self._size = 0

    def add(self, placement: Placement) -> None:
        """Place a mesh that has triangles."""
        if placement.mesh not in self._blocks:
            self._blocks[placement.mesh] = self._load(placement.mesh)
        for turns in matrices(self._document, self._buffers, placement):
            self._place(self._blocks[placement.mesh], turns)

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

    def mesh(self, looks: Looks) -> Mesh:
        """Return all of it in one mesh, not yet checked or welded."""
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
            materials=() if material_faces is None else tuple(looks.materials),
            material_faces=material_faces,
            textures=looks.textures,
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


def _lost(document: Document, placed: list[Placement]) -> dict[Trait, str]:
    """Return what the file has and no mesh holds."""
    lost: dict[Trait, str] = {}
    used = sorted({placement.mesh for placement in placed})
    for row in used:
        mesh = Member(document.root.value["meshes"][row], f"meshes[{row}]")
        for primitive in mesh.need("primitives").entries():
            lost |= dict(_lost_of(primitive))
    if any(document.size(table) for table in ("animations", "skins")):
        lost[Trait.ANIMATION] = ""
    if len(placed) > 1:
        lost[Trait.STRUCTURE] = ""
    extensions = document.root.get("extensions")
    names = extensions.value if extensions is not None and isinstance(extensions.value, dict) else {}
    if document.size("cameras") or "KHR_lights_punctual" in names:
        lost[Trait.OTHER] = "Cameras and lights."
    if not names.keys().isdisjoint(FACTS) or document.root.need("asset").has("copyright"):
        lost.setdefault(Trait.METADATA, "")
    return lost


def _lost_of(primitive: Member) -> Iterator[tuple[Trait, str]]:
    mode = mode_of(primitive)
    if mode == POINTS:
        yield Trait.POINTS, ""
    if mode in LINES:
        yield Trait.LINES, ""
    if primitive.has("targets"):
        yield Trait.ANIMATION, ""
    attributes = primitive.need("attributes")
    if attributes.has("NORMAL"):
        yield Trait.NORMALS, ""
    if attributes.has("TEXCOORD_1"):
        yield Trait.UVS, "Only the texture coordinates that a material's colour uses are kept."
    if any(name.startswith("_") for name, _ in attributes.members()):
        yield Trait.METADATA, "Attributes of an application's own."
