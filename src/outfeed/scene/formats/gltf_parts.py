"""The meshes of a glTF file as shapes, and their places as parts."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from outfeed.errors import NotFinite
from outfeed.mesh.build import build
from outfeed.mesh.formats.gltf.collecting import Collector
from outfeed.mesh.formats.gltf.looks import Looks
from outfeed.mesh.formats.gltf.opening import Opened
from outfeed.mesh.formats.gltf.primitives import Primitives
from outfeed.mesh.formats.gltf.scene import Matrices, Placement, matrices, mirrors
from outfeed.mesh.model import Mesh
from outfeed.mesh.transform import transform
from outfeed.scene.model import Part
from outfeed.scene.pieces import narrowed

#: Axes of y-up coordinates in z-up ones, and their signs: x, -z, y.
AXES, SIGNS = np.array([0, 2, 1, 3]), np.array([1.0, -1, 1, 1])
#: Times a matrix: what it does to something whose right and left are exchanged.
MIRROR: Final = np.array([-1.0, 1, 1, 1])
#: Exchanges right and left.
MIRRORED: Final = np.diag([-1.0, 1.0, 1.0, 1.0])[:3].tolist()
IDENTITY: Final = np.eye(4)
#: Parts that are looked at together; bounds the memory.
CHUNK: Final = 65_536


class Parts:
    """
    Collects shapes and their places.

    Meshes of the same primitives are one shape. No part mirrors: what a node mirrors is a shape of its own, so that
    its outside is outside for every program.
    """

    def __init__(self, opened: Opened, looks: Looks, *, y_up: bool) -> None:
        self._opened = opened
        self._looks = looks
        self._y_up = y_up
        self._primitives = Primitives(opened.document, opened.buffers, looks, opened.limits.max_triangles)
        self._totals = opened.totals
        self._same: dict[str, int] = {}
        self._meshes: dict[int, int] = {}
        self._collected: dict[int, Collector] = {}
        #: Mesh of each shape, and whether it is mirrored.
        self._rows: dict[tuple[int, bool], int] = {}

    def of(self, placement: Placement | None) -> tuple[Part, ...]:
        """Return what a node places."""
        if placement is None or not self._totals[placement.mesh]:
            return ()
        mesh = self._mesh(placement.mesh)
        turns = matrices(self._opened.document, self._opened.buffers, placement)
        return tuple(part for some in turns for part in self._parts(mesh, self._turned(some)))

    def _mesh(self, row: int) -> int:
        """Return the first mesh that is the same as this one."""
        if row not in self._meshes:
            primitives = self._opened.document.root.value["meshes"][row]["primitives"]
            mesh = self._same.setdefault(json.dumps(primitives, sort_keys=True), row)
            self._meshes[row] = mesh
            if mesh == row:
                collector = self._collected[row] = Collector(self._opened, self._primitives)
                collector.add(row, IDENTITY[None])
        return self._meshes[row]

    def _turned(self, turns: Matrices) -> Matrices:
        """Return matrices (k, 4, 4) of y-up coordinates for z-up ones."""
        if not self._y_up:
            return turns
        turned: Matrices = turns[:, AXES[:, None], AXES] * SIGNS[:, None] * SIGNS
        return turned

    def _parts(self, mesh: int, turns: Matrices) -> list[Part]:
        mirrored = mirrors(turns)
        turns = np.where(mirrored[:, None, None], turns * MIRROR, turns) + 0.0
        shapes = [self._rows.setdefault((mesh, one), len(self._rows)) for one in mirrored.tolist()]
        plain = (turns == IDENTITY).all(axis=(1, 2)).tolist()
        return [
            Part(shape=shape, transform=None if same else turn)
            for shape, turn, same in zip(shapes, turns, plain, strict=True)
        ]

    def shapes(self) -> tuple[Mesh, ...]:
        """Return the shapes that the parts name."""
        materials, textures = tuple(self._looks.materials), self._looks.textures
        built = {
            mesh: self._upright(narrowed(collector.mesh(materials, textures)))
            for mesh, collector in self._collected.items()
        }
        return tuple(transform(built[mesh], MIRRORED) if mirrored else built[mesh] for mesh, mirrored in self._rows)

    def _upright(self, mesh: Mesh) -> Mesh:
        """Return a mesh that was taken for y-up, z up in any case."""
        if self._y_up:
            return mesh
        return build(replace(mesh, vertices=mesh.vertices[:, [0, 2, 1]] * np.array([1, 1, -1], mesh.vertices.dtype)))


def check_reach(parts: Sequence[Part], shapes: Sequence[Mesh]) -> None:
    """
    Check that the parts move nothing beyond all numbers.

    Raises
    ------
    NotFinite
        If one may.
    """
    sizes = np.array([float(np.abs(shape.vertices).max()) for shape in shapes])
    moved = [(part.shape, part.transform) for part in parts if part.transform is not None]
    for first in range(0, len(moved), CHUNK):
        some = moved[first : first + CHUNK]
        turns = np.abs(np.stack([turn for _, turn in some]))
        reach = turns[:, :3, :3].sum(axis=2) * sizes[[shape for shape, _ in some], None] + turns[:, :3, 3]
        if not np.isfinite(reach).all():
            raise NotFinite
