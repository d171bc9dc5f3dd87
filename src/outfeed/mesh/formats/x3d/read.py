"""X3D in its XML form.

The tree of groups and transformations is followed, with what it uses again and what it takes in from beside it. A
Switch shows its choice, an LOD its first level. What sensors, scripts and prototypes would change or make is not there.
"""

from functools import reduce
from typing import Final

import numpy as np

from outfeed.errors import TooManyTriangles
from outfeed.mesh.formats.matrices import FROM_Y_UP, Matrix, product, rotation, scaling, translation
from outfeed.mesh.formats.noting import Noted
from outfeed.mesh.formats.placing import Body, Node, Part, placed, whole_of
from outfeed.mesh.formats.reading import Reading
from outfeed.mesh.formats.shelf import Shelf
from outfeed.mesh.formats.source import ReadLimits, SourceFile
from outfeed.mesh.formats.x3d.bodies import BODIES, simple_body
from outfeed.mesh.formats.x3d.extrusion import extrusion
from outfeed.mesh.formats.x3d.fields import flag, rows, vector
from outfeed.mesh.formats.x3d.looks import Looks
from outfeed.mesh.formats.x3d.sets import SETS, set_body
from outfeed.mesh.formats.x3d.world import World
from outfeed.mesh.formats.xml_tree import Element
from outfeed.mesh.reporting import Report, silent
from outfeed.mesh.traits import Trait
from outfeed.mesh.units import Unit, unit_of

#: What shows all that stands in it.
GROUPS: Final = frozenset(
    {
        "Anchor",
        "Billboard",
        "CADAssembly",
        "CADFace",
        "CADLayer",
        "CADPart",
        "Collision",
        "Group",
        "Layer",
        "LayerSet",
        "Scene",
        "StaticGroup",
        "Transform",
    }
)
#: What moves what stands in it.
MOVING: Final = frozenset({"CADPart", "Transform"})
MOVES: Final = frozenset({"center", "rotation", "scale", "scaleOrientation", "translation"})
#: Elements that place something.
PLACING: Final = GROUPS | {"Inline", "LOD", "Shape", "Switch"}
LINES: Final = frozenset({"Arc2D", "Circle2D", "IndexedLineSet", "LineSet", "Polyline2D"})
POINTS: Final = frozenset({"PointSet", "Polypoint2D"})
#: What stands in a shape and is no geometry.
NO_GEOMETRY: Final = frozenset({"Appearance", "ProtoInstance"})
#: Groups of kinds that are not followed.
UNREAD: Final = ("Geo", "HAnim", "Espdu", "Particle", "Rigid", "Volume")
EMPTY: Final = Body(points=np.zeros((0, 3)), faces=np.zeros((0, 3), dtype=np.int32))


def read_x3d(source: SourceFile, *, unitless: Unit, limits: ReadLimits, report: Report = silent) -> Reading:
    """
    Read X3D as float64, z up. `unitless` changes nothing: a file that states no unit is in metres.

    Raises
    ------
    SourceEmpty, SourceDamaged, NotFinite, IndexOutOfRange, TooManyTriangles
    """
    del unitless
    noted = Noted()
    world = World(source.read(limits.max_unpacked_bytes), source.companion, limits, noted)
    report(0.5)
    shelf = Shelf(source.companion, limits, noted)
    looks = Looks(world, shelf)
    scene = _Scene(world, looks, limits)
    unit, metres = unit_of(world.metres(world.root))
    found = placed(world.root, scene.opened, limits, FROM_Y_UP * metres)
    reading = whole_of(
        found, unit=unit, materials=looks.materials, textures=shelf.textures, triangles=scene.triangles, noted=noted
    )
    report(1.0)
    return reading


class _Scene:
    """The tree: its keys are the elements of the documents."""

    def __init__(self, world: World, looks: Looks, limits: ReadLimits) -> None:
        self._world = world
        self._looks = looks
        self._limits = limits
        self._bodies: dict[Element, tuple[Body, Matrix | None, bool]] = {}
        #: Triangles of the geometries, each counted once.
        self.triangles = 0

    def opened(self, element: Element) -> Node[Element]:
        """Return the node of an element."""
        if not flag(element, "visible", default=True):
            return Node()
        if element.tag == "Shape":
            return Node(inside=self._parts(element))
        if element.tag == "Inline":
            return self._inlined(element)
        matrix = _moved(element) if element.tag in MOVING else None
        return Node(matrix=matrix, inside=[item for item in self._shown(element) if item.tag in PLACING])

    def _shown(self, element: Element) -> list[Element]:
        """Return what a group shows of what stands in it."""
        if element.tag == "X3D":
            return list(self._world.inside(element, "Scene"))
        if element.tag == "Switch":
            choice = [int(number) for number in rows(element, "whichChoice")][:1]
            return [self._world.meant(item) for number, item in enumerate(element.inside) if [number] == choice]
        if element.tag == "LOD":
            return list(self._world.inside(element, *PLACING))[:1]
        if any(item.tag.startswith(UNREAD) for item in element.inside):
            self._world.noted.add(Trait.OTHER, "Groups on the globe, of bodies or of physics are not read.")
        return [
            self._world.meant(item)
            for item in element.inside
            if item.tag in PLACING and item.get("containerField") != "proxy"
        ]

    def _inlined(self, element: Element) -> Node[Element]:
        if not flag(element, "load", default=True):
            return Node()
        root = self._world.inlined(element)
        factor = self._world.metres(root) / self._world.metres(self._world.root)
        return Node(matrix=scaling(np.full(3, factor)), inside=[root])

    def _parts(self, shape: Element) -> list[Part]:
        geometry = next((item for item in self._world.inside(shape) if item.tag not in NO_GEOMETRY), None)
        if geometry is None:
            return []
        if geometry not in self._bodies:
            self._bodies[geometry] = self._body(geometry)
        body, matrix, own_opacity = self._bodies[geometry]
        row = self._looks.row(shape, body, own_opacity=own_opacity) if len(body.faces) else -1
        return [Part(body=body, material=row, matrix=matrix)]

    def _body(self, geometry: Element) -> tuple[Body, Matrix | None, bool]:
        """Return a body, its matrix, and whether its colours have an opacity of their own."""
        matrix: Matrix | None = None
        if geometry.tag in SETS:
            body = set_body(self._world, geometry)
        elif geometry.tag in BODIES:
            body, matrix = simple_body(geometry)
        elif geometry.tag == "Extrusion":
            body = extrusion(geometry, self._limits)
        else:
            self._note_unread(geometry.tag)
            body = EMPTY
        self.triangles += len(body.faces)
        if self.triangles > self._limits.max_triangles:
            raise TooManyTriangles(f"The limit is {self._limits.max_triangles}.")
        return body, matrix, self._world.first(geometry, "ColorRGBA") is not None

    def _note_unread(self, tag: str) -> None:
        if tag in LINES:
            self._world.noted.add(Trait.LINES)
        elif tag in POINTS:
            self._world.noted.add(Trait.POINTS)
        else:
            self._world.noted.add(Trait.OTHER, f"Geometry of the kind {tag[:40]} is not made into triangles.")


def _moved(element: Element) -> Matrix | None:
    """Return where a Transform puts what is in it; None where it says nothing."""
    if not MOVES & element.attributes.keys():
        return None
    center = vector(element, "center", (0.0, 0.0, 0.0))
    turned = _turn(element, "scaleOrientation")
    steps = [
        translation(vector(element, "translation", (0.0, 0.0, 0.0)) + center),
        _turn(element, "rotation"),
        turned,
        scaling(vector(element, "scale", (1.0, 1.0, 1.0))),
        # The inverse of a rotation has its rows as columns.
        np.column_stack([turned[:, :3].T, np.zeros(3)]),
        translation(-center),
    ]
    return reduce(product, steps)


def _turn(element: Element, name: str) -> Matrix:
    values = vector(element, name, (0.0, 0.0, 1.0, 0.0))
    return rotation(values[:3], degrees=float(np.degrees(values[3])))
