"""AMF, plain or in an archive.

An object that a constellation shows is where constellations place it, every other one is where its coordinates say. An
instance is turned about x, then y, then z, then moved: so assimp quotes the standard, which we have not seen. Whether
the second axis turns with the object is open: here it does not, as in PrusaSlicer. Curved triangles are read as flat.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np

from outfeed.errors import IndexOutOfRange, NotFinite, SourceDamaged, TooManyTriangles
from outfeed.mesh.formats.amf.looks import Looks
from outfeed.mesh.formats.amf.text import Document, Thing
from outfeed.mesh.formats.matrices import Matrix, product, rotation, scaling, translation
from outfeed.mesh.formats.noting import Noted
from outfeed.mesh.formats.placing import Node, Part, body, placed, whole_of
from outfeed.mesh.formats.reading import Reading
from outfeed.mesh.formats.shelf import Shelf
from outfeed.mesh.formats.source import ReadLimits, SourceFile
from outfeed.mesh.formats.zips import opened
from outfeed.mesh.reporting import Report, silent
from outfeed.mesh.units import Unit

UNITS: Final = {
    "": Unit.MILLIMETRE,
    "millimeter": Unit.MILLIMETRE,
    "inch": Unit.INCH,
    "feet": Unit.FOOT,
    "foot": Unit.FOOT,
    "meter": Unit.METRE,
    "micron": Unit.MICROMETRE,
    "micrometer": Unit.MICROMETRE,
    # Not in the format, but written, and clear.
    "centimeter": Unit.CENTIMETRE,
}


def read_amf(source: SourceFile, *, unitless: Unit, limits: ReadLimits, report: Report = silent) -> Reading:
    """
    Read AMF as float64. `unitless` changes nothing: a file that states no unit is in millimetres.

    Raises
    ------
    SourceEmpty, SourceDamaged, NotFinite, IndexOutOfRange, TooManyTriangles
    """
    del unitless
    noted = Noted()
    document = Document(noted)
    document.hear(_text(source, limits))
    report(0.5)
    shelf = Shelf(source.companion, limits, noted)
    looks = Looks(document, shelf, limits, noted)
    scene = _Scene(document, looks, limits)
    root: _Key = scene.root
    found = placed(root, scene.opened, limits)
    scene.check_all_opened()
    unit = UNITS.get(document.unit.strip().lower())
    if unit is None:
        raise SourceDamaged(f"Its unit is {document.unit[:40]!r}.")
    reading = whole_of(
        found, unit=unit, materials=looks.materials, textures=shelf.textures, triangles=scene.triangles, noted=noted
    )
    report(1.0)
    return reading


def _text(source: SourceFile, limits: ReadLimits) -> bytes:
    with source.open() as file:
        if file.read(4) != b"PK\x03\x04":
            return source.read(limits.max_unpacked_bytes)
    with opened(source, limits) as archive:
        names = [name for name in archive.names if name.lower().endswith(".amf")] or archive.names
        if len(names) != 1:
            raise SourceDamaged(f"It is an archive of {len(names)} files, and none says which is the model.")
        return archive.read(names[0])


@dataclass(frozen=True, slots=True, eq=False)
class _Instance:
    """What a constellation shows, and where."""

    target: Thing
    matrix: Matrix


_Key: TypeAlias = Thing | _Instance


class _Scene:
    """The tree: its keys are things, instances, and the root."""

    def __init__(self, document: Document, looks: Looks, limits: ReadLimits) -> None:
        self._document = document
        self._looks = looks
        self._limits = limits
        self._things: dict[str, Thing] = {}
        for thing in (*document.objects, *document.constellations):
            self._things.setdefault(thing.id, thing)
        self._opened: set[_Key] = set()
        #: What shows everything that nothing else shows.
        self.root = Thing()
        #: Triangles of the objects, each counted once.
        self.triangles = 0

    def opened(self, key: _Key) -> Node[_Key]:
        """Return the node of an object, a constellation, an instance, or the root."""
        self._opened.add(key)
        if isinstance(key, _Instance):
            return Node(matrix=key.matrix, inside=[key.target])
        return Node(inside=self._roots() if key is self.root else [*self._parts(key), *self._instances(key)])

    def check_all_opened(self) -> None:
        """
        Check that each constellation was met.

        Raises
        ------
        SourceDamaged
            If one was not: then some show each other in a circle.
        """
        if not self._opened.issuperset(self._document.constellations):
            raise SourceDamaged("Its constellations show each other in a circle.")

    def _roots(self) -> list[_Key]:
        shown = {item for thing in self._document.constellations for item, _ in thing.instances}
        every = (*self._document.objects, *self._document.constellations)
        return [thing for thing in every if thing.id not in shown or self._things[thing.id] is not thing]

    def _instances(self, thing: Thing) -> Iterator[_Instance]:
        for name, place in thing.instances:
            if name not in self._things:
                raise SourceDamaged(f"A constellation shows {name[:100]!r}, which is not in it.")
            if not all(math.isfinite(value) for value in place):
                raise NotFinite("A constellation places something nowhere.")
            yield _Instance(self._things[name], _placing(place, in_radians=self._document.in_radians))

    def _parts(self, thing: Thing) -> Iterator[Part]:
        for source in thing.bodies:
            points = np.frombuffer(source.points, dtype=np.float64).reshape(-1, 3)
            if len(points) != len(source.colors):
                raise SourceDamaged("It has coordinates outside of vertices.")
            for volume in source.volumes:
                faces = np.frombuffer(volume.corners, dtype=np.int32).reshape(-1, 3)
                self.triangles += len(faces)
                if self.triangles > self._limits.max_triangles:
                    raise TooManyTriangles(f"The limit is {self._limits.max_triangles}.")
                if faces.size and int(faces.max()) >= len(points):
                    raise IndexOutOfRange(f"It has {len(points)} points, and a corner names another.")
                material, colors, uv_rows = self._looks.dressed(thing, source, volume)
                uvs = np.frombuffer(volume.uvs, dtype=np.float64).reshape(-1, 2)
                made = body(
                    points,
                    faces,
                    uvs=None if uv_rows is None else (uvs, uv_rows),
                    colors=None if colors is None else (self._looks.colors, colors),
                )
                yield Part(body=made, material=material)


def _placing(place: tuple[float, ...], *, in_radians: bool) -> Matrix:
    """Return where an instance is: made larger, turned about x, y and z, moved."""
    matrix = translation(np.array(place[:3]))
    for axis in (2, 1, 0):
        angle = place[3 + axis]
        if angle:
            degrees = math.degrees(angle) if in_radians else angle
            matrix = product(matrix, rotation(np.eye(3)[axis], degrees=degrees))
    return product(matrix, scaling(np.array(place[6:])))
