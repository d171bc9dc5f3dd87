"""Wavefront OBJ as a scene: its objects, and the groups in them, are elements."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from outfeed.mesh.formats.obj.read import NOWHERE, read_grouped_obj
from outfeed.mesh.formats.source import ReadLimits, SourceFile
from outfeed.mesh.reporting import Report
from outfeed.mesh.traits import Trait
from outfeed.mesh.units import Unit
from outfeed.scene.formats.meshes import in_metres
from outfeed.scene.ids import Ids
from outfeed.scene.model import NO_PARENT, Element, Part, Scene
from outfeed.scene.pieces import narrowed

OBJECT: Final = "Object"
GROUP: Final = "Group"
#: The group of faces that come before any.
DEFAULT: Final = "default"
#: Letters of a name that an id has.
LONGEST: Final = 100


def read_obj_scene(source: SourceFile, *, unitless: Unit, limits: ReadLimits, processes: int, report: Report) -> Scene:
    """
    Read OBJ. A name that comes again means the same object or group; a new object begins without a group.

    Raises
    ------
    SourceEmpty, SourceDamaged, NotFinite, IndexOutOfRange, TooManyTriangles
    """
    del processes
    reading, groups = read_grouped_obj(source, unitless=unitless, limits=limits, report=lambda done: report(0.7 * done))
    elements, divided = _Elements(), list(_divided(groups.faces))
    for shape, (row, _) in enumerate(divided):
        elements.add(*(NOWHERE if row < 0 else groups.names[row]), shape=shape)
    mesh = in_metres(reading.mesh)
    report(0.8)
    return Scene(
        elements=tuple(elements.rows),
        shapes=tuple(narrowed(mesh, faces) for _, faces in divided),
        lost=tuple(loss for loss in reading.lost if loss.what != Trait.STRUCTURE),
    )


def _divided(groups: NDArray[np.int32]) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """Yield each group that has faces, and those in the order of the file."""
    order = np.argsort(groups, kind="stable").astype(np.int64)
    ends = np.flatnonzero(np.diff(groups[order])) + 1
    for faces in np.split(order, ends):
        yield int(groups[faces[0]]), faces


class _Elements:
    """Collects elements with ids that differ."""

    def __init__(self) -> None:
        self.rows: list[Element] = []
        self._ids = Ids("{id} ({number})")
        self._objects: dict[str, int] = {}

    def add(self, holder: str, name: str, *, shape: int) -> None:
        """Add what shows a shape: a group in an object or in none, or an object itself."""
        parts = (Part(shape=shape),)
        if holder and not name:
            row = self._object(holder)
            self.rows[row] = replace(self.rows[row], parts=parts)
        elif holder:
            row = self._object(holder)
            self._append(f"{self.rows[row].id}/{name[:LONGEST]}", GROUP, name, row, parts)
        else:
            self._append(name[:LONGEST] or DEFAULT, GROUP, name or DEFAULT, NO_PARENT, parts)

    def _object(self, name: str) -> int:
        if name not in self._objects:
            self._objects[name] = self._append(name[:LONGEST], OBJECT, name, NO_PARENT, ())
        return self._objects[name]

    def _append(self, wanted: str, class_name: str, name: str, parent: int, parts: tuple[Part, ...]) -> int:
        self.rows.append(
            Element(id=self._ids.unique(wanted), class_name=class_name, name=name, parent=parent, parts=parts)
        )
        return len(self.rows) - 1
