"""Other people's readers: what they see in a file is what we compare with."""

import io
import json
import zipfile
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import collada  # type: ignore[import-untyped] # the package ships no types
import lib3mf  # type: ignore[import-untyped] # the package ships no types
import numpy as np
import trimesh
from lxml import etree  # type: ignore[import-untyped] # as above

from outfeed.mesh.formats.registry import WRITERS
from outfeed.mesh.model import Mesh
from outfeed.mesh.traits import Trait
from unit.comparing import HALF_STEP, UV_STEP, corner_colors, corner_positions, corner_uvs
from unit.mesh_helpers import DATA

#: Factor from the word of a format to millimetres.
MILLIMETRES: Final = {
    "micron": 1e-3,
    "millimeter": 1.0,
    "centimeter": 10.0,
    "inch": 25.4,
    "feet": 304.8,
    "foot": 304.8,
    "meter": 1000.0,
}


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What another library sees: placed triangles, in the file's own numbers and axes."""

    #: (m, 3, 3).
    corners: Any
    #: (m, 3, 4) uint8, None where the library shows none.
    colors: Any = None
    #: (m, 3, 2), None where the library shows none.
    uvs: Any = None
    #: What it complains of.
    warnings: tuple[str, ...] = ()

    @property
    def bounds(self) -> Any:
        """Return the lowest and the highest coordinates, (2, 3)."""
        return np.stack([self.corners.min((0, 1)), self.corners.max((0, 1))])

    @property
    def volume(self) -> float:
        """Return the enclosed volume, measured from the middle."""
        a, b, c = np.moveaxis(self.corners - self.bounds.mean(axis=0), 1, 0)
        return float(np.einsum("ij,ij->", a, np.cross(b, c)) / 6)

    @property
    def area(self) -> float:
        """Return the surface, which bounds what moving each corner by a step can do to the volume."""
        edges = self.corners[:, 1:] - self.corners[:, :1]
        return float(np.linalg.norm(np.cross(edges[:, 0], edges[:, 1]), axis=1).sum() / 2)

    def scaled(self, factor: float, *, y_up: bool = False) -> "Seen":
        """Return it in another unit, and z-up where it is y-up."""
        turned = self.corners[..., [0, 2, 1]] * [1, -1, 1] if y_up else self.corners
        return Seen(corners=turned * factor, colors=self.colors, uvs=self.uvs, warnings=self.warnings)


def by_trimesh(source: Path | bytes, file_type: str) -> Seen:
    """Return what trimesh sees, nothing merged or left out, instances where they are placed."""
    loaded: Any = io.BytesIO(source) if isinstance(source, bytes) else source
    scene: Any = trimesh.load_scene(loaded, file_type=file_type, process=False)
    parts = []
    for node in scene.graph.nodes_geometry:
        matrix, name = scene.graph[node]
        if isinstance(scene.geometry[name], trimesh.Trimesh):
            parts.append(_part(scene.geometry[name], matrix))
    return _together(parts)


def _part(item: Any, matrix: Any) -> Seen:
    corners = np.asarray(item.vertices, dtype=np.float64)[item.faces] @ matrix[:3, :3].T + matrix[:3, 3]
    return Seen(corners=corners, colors=_colors(item), uvs=_uvs(item))


def _colors(item: Any) -> Any:
    """Return the colours of the corners where trimesh has them by vertex or by face."""
    kind = item.visual.kind
    if kind == "vertex":
        return np.asarray(item.visual.vertex_colors)[item.faces]
    return np.repeat(np.asarray(item.visual.face_colors)[:, None], 3, axis=1) if kind == "face" else None


def _uvs(item: Any) -> Any:
    uvs = getattr(item.visual, "uv", None)
    return None if uvs is None else np.asarray(uvs)[item.faces]


def _together(parts: list[Seen]) -> Seen:
    if not parts:
        return Seen(corners=np.zeros((0, 3, 3)))
    colors = [part.colors for part in parts if part.colors is not None]
    uvs = [part.uvs for part in parts if part.uvs is not None]
    return Seen(
        corners=np.concatenate([part.corners for part in parts]),
        colors=np.concatenate(colors) if len(colors) == len(parts) else None,
        uvs=np.concatenate(uvs) if len(uvs) == len(parts) else None,
    )


_LIB3MF: Final = lib3mf.get_wrapper()


def by_lib3mf(data: bytes, *, strict: bool = True) -> Seen:
    """
    Return what lib3mf sees in a 3MF file, placed and in millimetres.

    A strict reader refuses what the format forbids; its warnings are kept.
    """
    model = _LIB3MF.CreateModel()
    reader = model.QueryReader("3mf")
    reader.SetStrictModeActive(strict)
    reader.ReadFromBuffer(data)
    warnings = tuple(str(reader.GetWarning(row)) for row in range(reader.GetWarningCount()))
    parts: list[Any] = []
    items = model.GetBuildItems()
    while items.MoveNext():
        item = items.GetCurrent()
        parts += _placed(item.GetObjectResource(), _matrix(item.GetObjectTransform()))
    factor = list(MILLIMETRES.values())[_unit(model)]
    corners = np.concatenate(parts) if parts else np.zeros((0, 3, 3))
    return Seen(corners=corners * factor, warnings=warnings)


def _unit(model: Any) -> int:
    words = ["micron", "millimeter", "centimeter", "inch", "foot", "meter"]
    names = list(MILLIMETRES)
    return names.index(words[int(model.GetUnit().value if hasattr(model.GetUnit(), "value") else model.GetUnit())])


def _matrix(transform: Any) -> Any:
    """Return a matrix that stands before columns, of the library's rows."""
    fields = np.array([list(row) for row in transform.Fields])  # four rows of three
    matrix = np.eye(4)
    matrix[:3, :4] = fields.T
    return matrix


def _placed(resource: Any, matrix: Any) -> list[Any]:
    """Return the triangles of an object and of its components; a mirrored one is turned around."""
    if resource.IsMeshObject():
        points = np.array([list(v.Coordinates) for v in resource.GetVertices()]).reshape(-1, 3)
        rows = np.array([list(t.Indices) for t in resource.GetTriangleIndices()], dtype=np.int64).reshape(-1, 3)
        corners = (points @ matrix[:3, :3].T + matrix[:3, 3])[rows]
        return [corners[:, [0, 2, 1]] if np.linalg.det(matrix[:3, :3]) < 0 else corners]
    if not resource.IsComponentsObject():
        return []
    found: list[Any] = []
    for row in range(resource.GetComponentCount()):
        component = resource.GetComponent(row)
        found += _placed(component.GetObjectResource(), matrix @ _matrix(component.GetTransform()))
    return found


def lib3mf_colors(data: bytes) -> Counter[tuple[int, int, int, int]]:
    """Return how many corners of triangles have each colour of a colour group or of base materials."""
    model = _LIB3MF.CreateModel()
    reader = model.QueryReader("3mf")
    reader.ReadFromBuffer(data)
    counted: Counter[tuple[int, int, int, int]] = Counter()
    meshes = model.GetMeshObjects()
    while meshes.MoveNext():
        mesh = meshes.GetCurrentMeshObject()
        for row in range(mesh.GetTriangleCount()):
            properties = mesh.GetTriangleProperties(row)
            for number in properties.PropertyIDs:
                counted[_property(model, properties.ResourceID, number)] += 1
    return counted


def _property(model: Any, resource: int, number: int) -> tuple[int, int, int, int]:
    kind = model.GetPropertyTypeByID(resource)
    if kind == _LIB3MF_TYPES.Colors:
        color = model.GetColorGroupByID(resource).GetColor(number)
    elif kind == _LIB3MF_TYPES.BaseMaterial:
        color = model.GetBaseMaterialGroupByID(resource).GetDisplayColor(number)
    else:
        return (-1, -1, -1, -1)
    return (color.Red, color.Green, color.Blue, color.Alpha)


_LIB3MF_TYPES: Final = lib3mf.PropertyType


def glb_colors(data: bytes) -> Any:
    """Return the colours of the corners (m, 3, 4) as the format defines them: trimesh takes 16 bits for 8."""
    size = int.from_bytes(data[12:16], "little")
    document, binary = json.loads(data[20 : 20 + size]), data[28 + size :]

    def table(row: int, kind: str, width: int) -> Any:
        accessor = document["accessors"][row]
        view = document["bufferViews"][accessor["bufferView"]]
        first = view.get("byteOffset", 0) + accessor.get("byteOffset", 0)
        stride = view.get("byteStride", np.dtype(kind).itemsize * width)
        shape, strides = (accessor["count"], width), (stride, np.dtype(kind).itemsize)
        return np.ndarray(shape, kind, binary, first, strides)

    found = []
    for primitive in document["meshes"][0]["primitives"]:
        kind = {5123: "<u2", 5125: "<u4"}[document["accessors"][primitive["indices"]]["componentType"]]
        corners = table(primitive["indices"], kind, 1).reshape(-1, 3)
        material = document.get("materials", [{}])[primitive["material"]] if "material" in primitive else {}
        light = np.ones((*corners.shape, 4))
        if "COLOR_0" in primitive["attributes"]:
            light = table(primitive["attributes"]["COLOR_0"], "<u2", 4)[corners] / 65_535
        found.append(light * material.get("pbrMetallicRoughness", {}).get("baseColorFactor", [1, 1, 1, 1]))
    light = np.concatenate(found)
    signal = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    signal[..., 3] = light[..., 3]
    return np.rint(signal * 255).astype(np.uint8)


def amf_by_lxml(data: bytes) -> Seen:
    """Return what a plain AMF without constellations holds, in millimetres."""
    root = etree.fromstring(data)
    factor = MILLIMETRES[root.get("unit", "millimeter")]
    parts = []
    for mesh in root.iterfind(".//mesh"):
        points = [[float(c.findtext(axis)) for axis in "xyz"] for c in mesh.iterfind("vertices/vertex/coordinates")]
        rows = [[int(t.findtext(f"v{corner}")) for corner in "123"] for t in mesh.iterfind("volume/triangle")]
        parts.append(np.array(points)[np.array(rows)])
    return Seen(corners=np.concatenate(parts) * factor)


#: Files whose polygons are not flat or not convex: libraries cut them along other diagonals, so volumes differ.
OTHER_DIAGONALS: Final = frozenset({"dae/assimp-ConcavePolygon.dae", "obj/trimesh-polygonfaces.obj"})
#: Files that trimesh shows without their geometry, or with instances of its own making.
BLIND: Final = frozenset({"dae/assimp-box_nested_animation.dae", "dae/assimp-earthCylindrical.dae"})


def source_judge(path: str) -> str:
    """Return which library judges what is read from a file of the shared data; empty where none can."""
    names = {"3mf": "lib3mf", "amf": "lxml", "x3d": ""}
    return "" if path in BLIND else names.get(path.partition("/")[0], "trimesh")


def source(path: str) -> Seen:
    """Return what the judge sees in a file of the shared data, in millimetres and z-up."""
    file, suffix = DATA / path, path.rpartition(".")[2].lower()
    if suffix == "3mf":
        return by_lib3mf(file.read_bytes(), strict=False)
    if suffix == "amf":
        return amf_by_lxml(file.read_bytes())
    if suffix in {"glb", "gltf"}:
        return by_trimesh(file, suffix).scaled(1000, y_up=True)
    if suffix in {"dae", "zae"}:
        about = collada.Collada(str(file), ignore=[collada.common.DaeError]).assetInfo
        return by_trimesh(file, suffix).scaled(about.unitmeter * 1000, y_up=about.upaxis == "Y_UP")
    return by_trimesh(file, suffix)


def judged(data: bytes, form: str, *, unitless: float = 1.0) -> Seen:
    """Return what a judge sees in a file that we wrote, in millimetres and z-up; a unitless number is that many."""
    if form == "3mf":
        return by_lib3mf(data)
    if form == "glb":
        seen = by_trimesh(data, "glb").scaled(1000, y_up=True)
        return Seen(corners=seen.corners, uvs=seen.uvs, colors=glb_colors(data))
    if form == "obj_zip":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            (name,) = [name for name in archive.namelist() if name.endswith(".obj")]
            return by_trimesh(archive.read(name), "obj").scaled(unitless)
    return by_trimesh(data, {"stl_ascii": "stl", "stl_binary": "stl"}.get(form, form)).scaled(unitless)


def complaints(mesh: Mesh, seen: Seen, form: str) -> list[str]:
    """Return what a judge sees otherwise than a mesh is, in a file that was written of it."""
    mine = corner_positions(mesh)
    if mine.shape != seen.corners.shape:
        return [f"{len(seen.corners)} triangles for {len(mine)}"]
    step = 8 * HALF_STEP * float(np.abs(mine).max())
    order = _order(mesh, mine, seen.corners, step)
    if order is None:
        return ["corners are elsewhere"]
    beside = form == "obj_zip"  # the library is not shown the materials: they lie beside the OBJ
    own = replace(mesh, materials=(), material_faces=None) if beside else mesh
    holds = WRITERS[form].holds
    channels = 4 if Trait.OPACITY in holds and not beside else 3
    said = _seen_otherwise(own, order, seen, channels=channels if Trait.COLORS in holds else 0)
    # What moving each corner by a step can do, also where the step is larger than the triangles.
    surface = max(seen.area, Seen(corners=mine).area) + len(mine) * step**2
    bound = 1e-6 * abs(seen.volume) + 4 * surface * step
    if abs(Seen(corners=mine).volume - seen.volume) > bound:
        said.append(f"volume {seen.volume}")
    return said


def _order(mesh: Mesh, mine: Any, theirs: Any, step: float) -> Any:
    """Return the order in which our faces are seen, as they were or grouped by material; None where they differ."""
    if np.abs(mine - theirs).max() <= step:
        return np.arange(len(mine))
    plain = {(item.name, item.color): row for row, item in reversed(list(enumerate(mesh.materials)))}
    # Materials that differ by their textures alone are one where these are lost.
    merged = np.array([*(plain[item.name, item.color] for item in mesh.materials), -1])
    rows = np.zeros(len(mine), dtype=np.int32) if mesh.material_faces is None else mesh.material_faces
    # A format may also keep faces apart whose corners have other things.
    has = sum(
        2**bit * (table >= 0).any(axis=1)
        for bit, table in enumerate([mesh.uv_faces, mesh.color_faces])
        if table is not None
    )
    orders = (_grouped(groups, mine, theirs, step) for groups in (rows, merged[rows], rows * 4 + has))
    return next((order for order in orders if order is not None), None)


def _grouped(rows: Any, mine: Any, theirs: Any, step: float) -> Any:
    groups = [np.flatnonzero(rows == row) for row in np.unique(rows)]
    taken: list[Any] = []
    while groups:
        first = sum(map(len, taken))
        fits = [np.abs(mine[group] - theirs[first : first + len(group)]).max() <= step for group in groups]
        if True not in fits:
            return None
        taken.append(groups.pop(fits.index(True)))
    return np.concatenate(taken)


def _seen_otherwise(mesh: Mesh, order: Any, seen: Seen, *, channels: int = 4) -> list[str]:
    """Return what a judge shows otherwise at the corners, of as many channels of their colours."""
    said = []
    if seen.colors is not None and not np.array_equal(
        corner_colors(mesh)[order][..., :channels], seen.colors[..., :channels]
    ):
        said.append("other colours")
    if seen.uvs is not None and mesh.uvs is not None:
        uvs = corner_uvs(mesh)[order]
        known = ~np.isnan(uvs)
        bound = UV_STEP * max(1, np.abs(uvs[known]).max(initial=1))
        if np.abs(uvs[known] - seen.uvs[known]).max(initial=0) > bound:
            said.append("other texture coordinates")
    return said


def source_complaints(path: str, mesh: Mesh) -> list[str]:
    """Return what a judge sees otherwise in a file of the shared data than it was read; nothing where none can."""
    if not source_judge(path):
        return []
    seen, mine = source(path), Seen(corners=corner_positions(mesh))
    if len(seen.corners) != len(mine.corners):
        return [f"{len(mine.corners)} triangles for {len(seen.corners)}"]
    step = 4 * HALF_STEP * float(np.abs(mine.corners).max())
    said = []
    if np.abs(seen.bounds - mine.bounds).max() > step:
        said.append(f"bounds {mine.bounds.tolist()} for {seen.bounds.tolist()}")
    if path not in OTHER_DIAGONALS and abs(seen.volume - mine.volume) > 1e-6 * abs(seen.volume) + 4 * seen.area * step:
        said.append(f"volume {mine.volume} for {seen.volume}")
    # Where the library cuts polygons as we do, corner by corner.
    order = _order(mesh, mine.corners, seen.corners, 2 * step)
    return said if order is None else [*said, *_seen_otherwise(mesh, order, seen)]
