"""
One tile as GLB.

The numbers of vertices are whole steps of the grid, z up as in the scene; the matrix of their node makes metres with y
up of them. All its factors are powers of two, so that a point of the grid is the same in every tile.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from outfeed.errors import IndexOutOfRange, SourceEmpty
from outfeed.mesh.formats.gltf.document import GENERATOR
from outfeed.scene.model import Element
from outfeed.tiles.content import draco, meshopt
from outfeed.tiles.content.binary import Binary, glb_of
from outfeed.tiles.content.instances import instanced
from outfeed.tiles.content.looks import Looks
from outfeed.tiles.content.primitives import Primitive, primitives_of
from outfeed.tiles.content.schema import Schema
from outfeed.tiles.content.tables import metadata_of
from outfeed.tiles.model import Content, Grid, Surface
from outfeed.tiles.options import Compression, TileOptions

Rows = NDArray[np.int32]

#: The extensions that a program must know to draw a file.
NEEDED: Final = frozenset(
    {draco.NAME, meshopt.NAME, "KHR_mesh_quantization", "EXT_mesh_gpu_instancing"},
)


def write_content(
    content: Content,
    elements: Sequence[Element],
    grid: Grid,
    options: TileOptions,
    *,
    offset: tuple[int, int, int],
    schema: Schema,
) -> bytes:
    """
    Return the GLB file of a tile: the same content always gives the same bytes.

    Parameters
    ----------
    content
        What it shows.
    elements
        Those of the scene, which the content names by row.
    grid
        The tileset's.
    offset
        The point of the grid that numbers are counted from: near the lowest corner, so that they are small. Where a
        tile has more than 65,535 steps along an axis, they are float32.
    schema
        The scene's, from `schema_of`.

    Raises
    ------
    SourceEmpty
        If there is nothing to draw.
    IndexOutOfRange
        If a face names no vertex, or a vertex no element.
    NotFinite
        If a texture coordinate is not finite.
    TargetTooSmall
        If a point is too far from the offset, or the file larger than 4 GiB.
    """
    return _Tile(content, elements, options).write(grid, offset, schema)


class _Tile:
    """A file in the making."""

    def __init__(self, content: Content, elements: Sequence[Element], options: TileOptions) -> None:
        self._content = content
        self._elements = elements
        self._draco = options.compression is Compression.DRACO
        self._parts: list[bytes] = []
        self._binary = Binary(self._parts.append, packs=options.compression is Compression.MESHOPT)
        self._looks = Looks(self._binary)
        #: Rows of the scene's elements that the tile shows: their places are the features' ids.
        self._shown = _shown(content, len(elements))
        self._meshes: list[dict[str, Any]] = []
        self._nodes: list[dict[str, Any]] = []
        self._used: set[str] = {"EXT_structural_metadata"}

    def write(self, grid: Grid, offset: tuple[int, int, int], schema: Schema) -> bytes:
        self._add_surfaces(self._content.surfaces, grid, offset)
        self._add_repeated(grid, offset)
        if not self._meshes:
            raise SourceEmpty("A tile has nothing to draw.")
        metadata = metadata_of([self._elements[row] for row in self._shown.tolist()], schema, self._binary)
        document = {
            "asset": {"version": "2.0", "generator": GENERATOR},
            "extensionsUsed": sorted(self._used),
            **({"extensionsRequired": sorted(self._used & NEEDED)} if self._used & NEEDED else {}),
            "scene": 0,
            "scenes": [{"nodes": list(range(len(self._nodes)))}],
            "nodes": self._nodes,
            "meshes": self._meshes,
            **self._looks.json(),
            **self._binary.tables(),
            "extensions": {"EXT_structural_metadata": metadata},
        }
        return glb_of(document, self._parts)

    def _add_surfaces(self, surfaces: Iterable[Surface], grid: Grid, offset: tuple[int, int, int]) -> None:
        """Add a mesh of surfaces of the tileset's grid."""
        described = [
            self._described(primitive, features=True)
            for surface in surfaces
            for primitive in primitives_of(surface, offset, self._looks)
        ]
        if described:
            self._nodes.append({"mesh": len(self._meshes), "matrix": matrix_of(grid.step, _point(grid, offset))})
            self._meshes.append({"primitives": described})

    def _add_repeated(self, grid: Grid, offset: tuple[int, int, int]) -> None:
        anchor = _point(grid, offset)
        for repeated in self._content.repeated:
            surfaces = [surface for surface in repeated.surfaces if len(surface.faces)]
            if not surfaces or not len(repeated.transforms):
                continue
            low = tuple(np.min([surface.points.min(axis=0) for surface in surfaces], axis=0).tolist())
            described = [
                self._described(primitive, features=False)
                for surface in surfaces
                for primitive in primitives_of(surface, low, self._looks)
            ]
            features = np.searchsorted(self._shown, repeated.elements)
            placed = instanced(repeated, _point(repeated.grid, low), anchor, features, self._binary)
            self._nodes.append({"mesh": len(self._meshes), "matrix": matrix_of(1.0, anchor), "extensions": placed})
            self._meshes.append({"primitives": described})
            self._used |= placed.keys()

    def _described(self, primitive: Primitive, *, features: bool) -> dict[str, Any]:
        """Add a primitive's numbers, and return its object; its vertices say whose they are where it has features."""
        ids: NDArray[Any] | None = None
        extensions: dict[str, Any] = {}
        if features:
            rows = np.searchsorted(self._shown, primitive.elements)
            ids, count = as_feature_ids(rows), int(np.count_nonzero(np.bincount(rows)))
            feature = {"featureCount": count, "attribute": 0, "propertyTable": 0}
            extensions["EXT_mesh_features"] = {"featureIds": [feature]}
        if self._draco:
            drawn, packed = draco.packed(primitive, ids, self._binary)
            extensions[draco.NAME] = packed
        else:
            drawn = _plain(primitive, ids, self._binary)
            self._used.add("KHR_mesh_quantization")
            self._used |= {meshopt.NAME} if self._binary.packs else set()
        self._used |= extensions.keys()
        return {**drawn, "material": primitive.material, **({"extensions": extensions} if extensions else {})}


def _shown(content: Content, elements: int) -> Rows:
    """Return the rows of elements that are shown, in their order."""
    named = [surface.elements for surface in content.surfaces if len(surface.faces)]
    named += [repeated.elements for repeated in content.repeated]
    rows = np.unique(np.concatenate(named)) if named else np.zeros(0, dtype=np.int32)
    if len(rows) and not 0 <= int(rows[0]) <= int(rows[-1]) < elements:
        raise IndexOutOfRange("A vertex names no element.")
    return rows


def _plain(primitive: Primitive, features: NDArray[Any] | None, binary: Binary) -> dict[str, Any]:
    """Return the attributes and indices of a primitive whose numbers are added as they are, or packed."""
    attributes = {
        "POSITION": binary.attribute(primitive.points, columns=3, extremes=primitive.box),
        "NORMAL": binary.attribute(primitive.normals, columns=3, normalized=True),
    }
    if primitive.uvs is not None:
        attributes["TEXCOORD_0"] = binary.attribute(primitive.uvs)
    if primitive.colors is not None:
        attributes["COLOR_0"] = binary.attribute(primitive.colors, normalized=True)
    if features is not None:
        attributes["_FEATURE_ID_0"] = binary.attribute(features)
    return {"attributes": attributes, "indices": binary.indices(primitive.indices, len(primitive.points))}


def as_feature_ids(features: NDArray[np.intp]) -> NDArray[Any]:
    """Return the ids of features (n, 1) in a type that vertices may have."""
    highest = int(features.max(initial=0))
    kind = (
        np.uint8
        if highest <= np.iinfo(np.uint8).max
        else np.uint16
        if highest <= np.iinfo(np.uint16).max
        else np.float32
    )
    return features.astype(kind)[:, None]


def _point(grid: Grid, steps: tuple[int, ...]) -> tuple[float, ...]:
    return tuple(start + grid.step * step for start, step in zip(grid.origin, steps, strict=True))


def matrix_of(scale: float, place: tuple[float, ...]) -> list[float]:
    """Return the matrix, column by column, that scales what is z up, moves it to its place, and turns it to y up."""
    x, y, z = place
    return [scale, 0, 0, 0, 0, 0, 0.0 - scale, 0, 0, scale, 0, 0, x, z, 0.0 - y, 1]
