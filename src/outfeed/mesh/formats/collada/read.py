"""COLLADA 1.4 and 1.5, plain (.dae) or in an archive (.zae).

What the scene places is read, once for each instance; a file without a scene shows all its geometries once. What is
skinned or morphed is as it was modelled: a skin stands where its bind shape matrix puts it, and the node that shows it
does not move it. That is where the format has it while its joints are as they were bound; where a scene has them is not
looked at. Instances of geometry in other files refuse the file; images that are not there cost the texture.
"""

import posixpath
from typing import Final
from urllib.parse import unquote

from outfeed.errors import SourceDamaged, TooManyTriangles
from outfeed.mesh.formats.collada.looks import Looks
from outfeed.mesh.formats.collada.nodes import Ids, matrix_of, placing_matrix, unit_of
from outfeed.mesh.formats.collada.shapes import Shapes
from outfeed.mesh.formats.matrices import Matrix
from outfeed.mesh.formats.noting import Noted
from outfeed.mesh.formats.placing import Node, Part, placed, whole_of
from outfeed.mesh.formats.reading import Reading
from outfeed.mesh.formats.shelf import Shelf
from outfeed.mesh.formats.source import Lookup, ReadLimits, SourceFile
from outfeed.mesh.formats.xml_tree import Element, tree
from outfeed.mesh.formats.zips import Archive, opened
from outfeed.mesh.reporting import Report, silent
from outfeed.mesh.traits import Trait
from outfeed.mesh.units import Unit

#: What no mesh needs: kept out of the memory.
SKIPPED: Final = frozenset(
    {
        "extra",
        "library_animations",
        "library_animation_clips",
        "library_articulated_systems",
        "library_cameras",
        "library_force_fields",
        "library_formulas",
        "library_joints",
        "library_kinematics_models",
        "library_kinematics_scenes",
        "library_lights",
        "library_physics_materials",
        "library_physics_models",
        "library_physics_scenes",
        "contributor",
        "vertex_weights",
    }
)
#: What a file may have one of for each polygon.
LISTS: Final = frozenset({"p"})

#: Lists of faces that nodes may show: each node that does makes a part of each.
MOST_PARTS: Final = 500_000


def read_dae(source: SourceFile, *, unitless: Unit, limits: ReadLimits, report: Report = silent) -> Reading:
    """
    Read COLLADA as float64, z up. `unitless` changes nothing: a file that states no unit is in metres.

    Raises
    ------
    SourceEmpty, SourceDamaged, NotFinite, IndexOutOfRange, TooManyTriangles
    """
    del unitless
    with source.open() as file:
        zipped = file.read(4) == b"PK\x03\x04"
    if not zipped:
        return _read(source.read(limits.max_unpacked_bytes), source.companion, limits, report)
    with opened(source, limits) as archive:
        name = _document_name(archive)
        return _read(archive.read(name), _inside(archive, name), limits, report)


def _document_name(archive: Archive) -> str:
    """Return the name of an archive's document: what its manifest says, else the only one that there is."""
    manifest = archive.find("manifest.xml")
    if manifest is not None:
        stated = tree(archive.read(manifest)).root.text.strip().partition("#")[0]
        name = archive.find(posixpath.normpath(unquote(stated).replace("\\", "/"))) if stated else None
        if name is None:
            raise SourceDamaged(f"Its manifest names {stated[:100]!r}, which is not in the archive.")
        return name
    names = [name for name in archive.names if name.lower().endswith(".dae")]
    if len(names) != 1:
        raise SourceDamaged(f"It has {len(names)} documents and no manifest that names one.")
    return names[0]


def _inside(archive: Archive, document: str) -> Lookup:
    """Return the lookup of what an archive's document names, which may be in a folder beside its own."""
    folder = posixpath.dirname(document)

    def read(reference: str) -> bytes | None:
        name = archive.find(posixpath.normpath(posixpath.join(folder, unquote(reference.strip()).replace("\\", "/"))))
        try:
            return None if name is None else archive.read(name)
        except SourceDamaged:  # an image that cannot be unpacked costs its texture
            return None

    return read


def _read(data: bytes, companion: Lookup, limits: ReadLimits, report: Report) -> Reading:
    document = tree(data, skip=SKIPPED, lists=LISTS)
    if document.root.tag != "COLLADA":
        raise SourceDamaged("Its outermost element is not COLLADA.")
    report(0.3)
    noted = Noted()
    if "animation" in document.skipped:
        noted.add(Trait.ANIMATION)
    ids = Ids(document)
    shelf = Shelf(companion, limits, noted)
    scene = _Scene(ids, Shapes(ids, limits, noted), Looks(ids, shelf, noted), noted)
    unit, metres = unit_of(document.root)
    found = placed(scene.root(), scene.opened, limits, placing_matrix(document.root, metres))
    report(0.6)
    reading = whole_of(
        found,
        unit=unit,
        materials=scene.looks.materials,
        textures=shelf.textures,
        triangles=scene.shapes.triangles,
        noted=noted,
    )
    report(1.0)
    return reading


class _Scene:
    """The tree of nodes: its keys are the elements of the document."""

    def __init__(self, ids: Ids, shapes: Shapes, looks: Looks, noted: Noted) -> None:
        self._ids = ids
        self.shapes = shapes
        self.looks = looks
        self._noted = noted
        self._parts_made = 0

    def root(self) -> Element:
        """Return the scene; where none is named, the first one, and the geometries where there is none."""
        document = self._ids.root
        named = document.first("scene", "instance_visual_scene")
        if named is not None:
            return self._ids.needed("visual_scene", named.get("url"))
        first = document.first("library_visual_scenes", "visual_scene")
        return first if first is not None else document

    def opened(self, element: Element) -> Node[Element]:
        """Return the node of an element."""
        if element.tag == "COLLADA":
            geometries = [item for library in element.every("library_geometries") for item in library.inside]
            parts = [part for item in geometries if item.tag == "geometry" for part in self._parts(item, None)]
            return Node(inside=parts)
        inside: list[Element | Part] = []
        for item in element.inside:
            if item.tag == "node" and item.inside:
                inside.append(item)
            elif item.tag == "instance_node":
                inside.append(self._ids.needed("node", item.get("url")))
            elif item.tag == "instance_geometry":
                inside += self._parts(self._ids.needed("geometry", item.get("url")), item)
            elif item.tag == "instance_controller":
                inside += self._skinned(item)
        return Node(matrix=matrix_of(element), inside=inside)

    def _skinned(self, instance: Element) -> list[Part]:
        """Return what a controller changes, unchanged; controllers may change each other's results."""
        self._noted.add(Trait.ANIMATION)
        matrix: Matrix | None = None
        seen: set[Element] = set()
        url = instance.get("url")
        while True:
            controller = self._ids.find("controller", url)
            if controller is None:
                return self._parts(self._ids.needed("geometry", url), instance, matrix)
            change = controller.first("skin") or controller.first("morph")
            if controller in seen or change is None:
                raise SourceDamaged("A controller has nothing that it changes.")
            seen.add(controller)
            url = change.get("source")
            if change.tag == "skin" and matrix is None:
                matrix = matrix_of(change, "bind_shape_matrix")

    def _parts(self, geometry: Element, instance: Element | None, fixed: Matrix | None = None) -> list[Part]:
        bound = self.looks.bound(instance)
        primitives = self.shapes.primitives(geometry)
        self._parts_made += len(primitives)
        if self._parts_made > MOST_PARTS:
            raise TooManyTriangles(f"Its nodes place more than {MOST_PARTS} lists of faces.")
        parts = []
        for primitive in primitives:
            look = self.looks.look(primitive.get("material"), bound)
            body = self.shapes.body(primitive, look.uv_set)
            material = look.material if body.uvs is not None else look.plain_material
            parts.append(Part(body=body, material=material, matrix=fixed, fixed=fixed is not None))
        return parts
