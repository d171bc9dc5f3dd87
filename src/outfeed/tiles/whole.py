"""
A whole scene as one glTF file and its numbers: `Export.gltf` and `Export.bin`.

Metres, y up, in the scene's own place: nothing is said of the earth. Each element is a node, as the scene holds them;
each shape is stored once.
"""

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from outfeed import _kernels
from outfeed.errors import SourceEmpty, TargetTooSmall
from outfeed.mesh.appearance import WHITE
from outfeed.mesh.formats.gltf.document import GENERATOR, translucent
from outfeed.mesh.formats.gltf.fit import Fitted, Group, fitted, seen_through
from outfeed.mesh.formats.gltf.write import Corners
from outfeed.mesh.formats.matrices import moved_points
from outfeed.mesh.model import Mesh
from outfeed.mesh.reporting import Report, silent
from outfeed.mesh.transform import transform
from outfeed.scene.model import NO_PARENT, Element, Matrix, Part, Scene
from outfeed.tiles.content.binary import Binary, as_json, extremes_of
from outfeed.tiles.content.instances import parted, quaternions
from outfeed.tiles.content.looks import Looks
from outfeed.tiles.content.tables import for_json

DOCUMENT: Final = "Export.gltf"
NUMBERS: Final = "Export.bin"
#: Cosine of the angle between axes that a turn and a scale may leave: what is further from a right angle is sheared.
MOST_LEAN: Final = 1e-9


@dataclass(frozen=True, kw_only=True, slots=True)
class WholeFacts:
    """What was written, in numbers."""

    elements: int
    #: Meshes that are stored.
    shapes: int
    #: Triangles that are shown: those of a shape as often as it is placed.
    triangles: int
    #: Size of both files, in bytes.
    bytes: int

    def json(self) -> dict[str, Any]:
        """Return it as it stands in a result."""
        return asdict(self)


# Places near the end of all numbers overflow, which numpy warns of; they are refused.
@np.errstate(over="ignore", invalid="ignore")
def write_whole(scene: Scene, out: Path, *, report: Report = silent) -> WholeFacts:
    """
    Write a scene to a folder that is there; the same scene always gives the same bytes.

    Raises
    ------
    SourceEmpty
        If nothing is shown.
    TargetTooSmall
        If a number does not fit into float32, or all of them into 4 GiB.
    """
    with (out / NUMBERS).open("wb") as numbers:
        whole = _Whole(scene, numbers)
        document = as_json(whole.document(report))
    (out / DOCUMENT).write_bytes(document)
    report(1.0)
    return WholeFacts(
        elements=len(scene.elements),
        shapes=len(whole.meshes),
        triangles=scene.num_triangles,
        bytes=len(document) + whole.binary.size,
    )


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Stored:
    """Where a shape is stored, and the point that its numbers are counted from."""

    mesh: int
    middle: NDArray[np.float64]


class _Whole:
    """A document in the making."""

    def __init__(self, scene: Scene, numbers: BinaryIO) -> None:
        self._scene = scene
        self.binary = Binary(numbers.write, packs=False)
        self._looks = Looks(self.binary)
        self._stored: dict[int, _Stored] = {}
        self.meshes: list[dict[str, Any]] = []
        self._nodes: list[dict[str, Any]] = []

    def document(self, report: Report) -> dict[str, Any]:
        """Return the document; `report` hears up to how many of the elements are done."""
        elements = self._scene.elements
        holders = {element.parent for element in elements}
        rows = []
        for number, element in enumerate(elements):
            rows.append(self._add_element(element, holds=number in holders))
            if element.parent != NO_PARENT:
                self._nodes[rows[element.parent]].setdefault("children", []).append(rows[number])
            report(0.95 * (number + 1) / len(elements))
        if not self.meshes:
            raise SourceEmpty("Nothing of it is shown.")
        roots = [row for row, element in zip(rows, elements, strict=True) if element.parent == NO_PARENT]
        return {
            "asset": {"version": "2.0", "generator": GENERATOR},
            "scene": 0,
            "scenes": [{"nodes": roots}],
            "nodes": self._nodes,
            "meshes": self.meshes,
            **self._looks.json(),
            **self.binary.tables(NUMBERS),
        }

    def _add_element(self, element: Element, *, holds: bool) -> int:
        """Add the node of an element, and nodes for what it shows where it holds others; return its row."""
        row = len(self._nodes)
        node = _described(element)
        self._nodes.append(node)
        if len(element.parts) == 1 and not holds:
            node |= self._shown(element.parts[0])
            return row
        for part in element.parts:
            node.setdefault("children", []).append(len(self._nodes))
            self._nodes.append(self._shown(part))
        return row

    def _shown(self, part: Part) -> dict[str, Any]:
        """Return the members of a node that shows a part."""
        shape = self._scene.shapes[part.shape]
        if part.transform is not None and _is_sheared(part.transform):
            exact = replace(shape, vertices=shape.vertices.astype(np.float64))
            stored, placed = self._store(transform(exact, part.transform[:3].tolist())), None
        else:
            if part.shape not in self._stored:
                self._stored[part.shape] = self._store(shape)
            stored, placed = self._stored[part.shape], part.transform
        return {"mesh": stored.mesh, **_placed(stored.middle, placed)}

    def _store(self, shape: Mesh) -> _Stored:
        fit = fitted(shape)
        corners = Corners(fit)
        through = translucent(fit.mesh, seen_through(fit.mesh))
        groups = zip(fit.groups, corners.parts, strict=True)
        primitives = [self._primitive(fit, corners, group, part, through) for group, part in groups]
        self.meshes.append({"primitives": primitives})
        return _Stored(mesh=len(self.meshes) - 1, middle=fit.middle)

    def _primitive(self, fit: Fitted, corners: Corners, group: Group, part: slice, through: set[int]) -> dict[str, Any]:
        points = _kernels.y_up(corners.points(part))
        attributes = {"POSITION": self.binary.attribute(points, extremes=extremes_of(points))}
        if group.has_uvs:
            attributes["TEXCOORD_0"] = self.binary.attribute(corners.uvs(part))
        if group.has_colors:
            attributes["COLOR_0"] = self.binary.attribute(corners.colors(part), normalized=True)
        faces = corners.faces[group.first : group.last].reshape(-1) - np.int32(part.start)
        return {
            "attributes": attributes,
            "indices": self.binary.indices(faces.view(np.uint32), len(points)),
            "material": self._material(fit.mesh, group.material, blended=group.material in through),
        }

    def _material(self, mesh: Mesh, row: int, *, blended: bool) -> int:
        if row < 0:
            return self._looks.material(WHITE, None, blended=False)
        material = mesh.materials[row]
        texture = None if material.texture is None else mesh.textures[material.texture]
        return self._looks.material(material.color, texture, blended=blended, name=material.name)


def _described(element: Element) -> dict[str, Any]:
    """Return a node that says what an element is."""
    extras: dict[str, Any] = {"id": element.id, "class": element.class_name}
    if element.properties:
        extras["properties"] = for_json(element.properties)
    return ({"name": element.name} if element.name else {}) | {"extras": extras}


def _is_sheared(matrix: Matrix) -> bool:
    """Tell whether a matrix is more than a move, a turn and a scale of each axis."""
    turn = matrix[:3, :3]
    lengths = np.sqrt((turn * turn).sum(axis=0))
    products = [abs(float((turn[:, a] * turn[:, b]).sum())) - MOST_LEAN * lengths[a] * lengths[b] for a, b in _AXES]
    return bool(max(products) > 0)


_AXES: Final = ((0, 1), (0, 2), (1, 2))


def _placed(middle: NDArray[np.float64], matrix: Matrix | None) -> dict[str, Any]:
    """
    Return how a node moves, turns and scales what is counted from a middle; y up; what it does not is no member.

    Raises
    ------
    TargetTooSmall
        If a number does not fit into float32.
    """
    if matrix is None:
        x, y, z = middle.tolist()
        return {"translation": [x, z, 0.0 - y]} if middle.any() else {}
    x, y, z = moved_points(middle[None], matrix[None, :3])[0, 0].tolist()
    rotations, scales = parted(matrix[None, :3])
    u, v, w, real = quaternions(rotations)[0].tolist()
    along, across, up = scales[0].tolist()
    told = {"translation": [x, z, 0.0 - y], "rotation": [u, w, 0.0 - v, real], "scale": [along, up, across]}
    if not np.isfinite(np.concatenate(list(told.values())).astype(np.float32)).all():
        raise TargetTooSmall("A shape is placed beyond what single precision holds.")
    plain = {"translation": [0, 0, 0], "rotation": [0, 0, 0, 1], "scale": [1, 1, 1]}
    return {name: values for name, values in told.items() if values != plain[name]}
