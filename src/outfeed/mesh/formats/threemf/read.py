"""
3MF: a package with objects that are built of triangles or of each other, in millimetres or another unit, z up.

Read are the core specification, the production extension (objects in other parts of the package) and the materials
extension (materials, colours, textures, mixtures, and layers of these). All model parts are in the unit of the first:
that is how other programs take them.

What is placed is what the build says, also objects that are only support for others or of any other type, and items
that are not to be printed. A file whose build is empty is one that was never arranged for a printer, such as a library
of parts: its objects are placed where they are, each that is not a component of another.
"""

from dataclasses import dataclass, field

from outfeed.errors import SourceDamaged
from outfeed.mesh.build import build
from outfeed.mesh.formats.images import ImageReader
from outfeed.mesh.formats.reading import Reading
from outfeed.mesh.formats.source import ReadLimits, SourceFile
from outfeed.mesh.formats.threemf.groups import PartLooks
from outfeed.mesh.formats.threemf.looks import Looks
from outfeed.mesh.formats.threemf.model import read_part
from outfeed.mesh.formats.threemf.package import find_part, model_part, shown, start_part
from outfeed.mesh.formats.threemf.placement import Node, place
from outfeed.mesh.formats.threemf.tables import Matrix, ObjectTables, Part, Reference
from outfeed.mesh.formats.zips import Archive, opened
from outfeed.mesh.model import Mesh
from outfeed.mesh.reporting import Report, silent
from outfeed.mesh.traits import Loss, Trait
from outfeed.mesh.units import Unit

ONE_MESH = Loss(what=Trait.STRUCTURE)


def read_3mf(source: SourceFile, *, unitless: Unit, limits: ReadLimits, report: Report = silent) -> Reading:
    """
    Read 3MF as float64. `unitless` changes nothing: a file has a unit, millimetres where it says none.

    A property, an image or a colour that is not there costs the look, never the mesh.

    Raises
    ------
    SourceEmpty, SourceDamaged, NotFinite, IndexOutOfRange, TooManyTriangles
    """
    del unitless
    with opened(source, limits) as archive:
        package = _read_package(archive, limits.max_triangles)
        report(0.6)
        looks = Looks()
        nodes = _nodes(package, archive, ImageReader(limits), looks)
    placed = place(nodes, package.build, limits.max_triangles)
    report(0.8)
    tables = {} if placed.looks is None else looks.tables(placed.looks)
    mesh = build(Mesh(vertices=placed.points, faces=placed.faces, unit=package.unit, **tables))
    lost = dict.fromkeys(loss for part in package.parts for loss in part.lost)
    if placed.objects > 1:
        lost.setdefault(ONE_MESH)
    report(1.0)
    return Reading(mesh=mesh, stored_triangles=sum(len(node.faces) for node in nodes), lost=(*lost, *looks.lost))


@dataclass(kw_only=True, slots=True)
class _Package:
    """All model parts that are named, and their objects under one numbering."""

    unit: Unit
    parts: list[Part]
    #: Number of each object, by its part and its number there.
    numbers: dict[tuple[str, int], int] = field(default_factory=dict)
    objects: list[tuple[Part, ObjectTables]] = field(default_factory=list)
    components: list[list[tuple[int, Matrix | None]]] = field(default_factory=list)
    build: list[tuple[int, Matrix | None]] = field(default_factory=list)


def _read_package(archive: Archive, max_triangles: int) -> _Package:
    name = start_part(archive)
    root = read_part(name, archive.pieces(name), max_triangles)
    package = _Package(unit=root.unit, parts=[])
    known = {root.name: root}
    waiting = [root]
    while waiting:
        part = waiting.pop(0)
        package.parts.append(part)
        for number, tables in part.objects.items():
            package.numbers[part.name, number] = len(package.objects)
            package.objects.append((part, tables))
        for name in _named_parts(part, archive):
            if name not in known:
                known[name] = read_part(name, archive.pieces(name), max_triangles)
                waiting.append(known[name])
    _resolve(package, archive)
    return package


def _named_parts(part: Part, archive: Archive) -> list[str]:
    """Return the other parts that a part's objects and build name, each once."""
    references = [*part.build, *(inner for tables in part.objects.values() for inner in tables.components)]
    paths = dict.fromkeys(reference.path for reference in references if reference.path is not None)
    return list(dict.fromkeys(model_part(archive, path) for path in paths))


def _resolve(package: _Package, archive: Archive) -> None:
    """Look up all references to objects."""

    def found(part: Part, reference: Reference) -> tuple[int, Matrix | None]:
        name = part.name if reference.path is None else find_part(archive, reference.path, beside=None)
        number = package.numbers.get((name or "", reference.object_id))
        if number is None:
            raise SourceDamaged(f"It names an object {shown(str(reference.object_id))} that is not there.")
        return number, reference.matrix

    for part, tables in package.objects:
        package.components.append([found(part, reference) for reference in tables.components])
    root = package.parts[0]
    if root.build:
        package.build = [found(root, reference) for reference in root.build]
    else:
        held = {number for components in package.components for number, _ in components}
        package.build = [(number, None) for number in range(len(package.objects)) if number not in held]


def _nodes(package: _Package, archive: Archive, images: ImageReader, looks: Looks) -> list[Node]:
    of_parts = {part.name: PartLooks(part, looks, archive, images) for part in package.parts}
    return [
        Node(
            points=tables.points,
            faces=tables.corners,
            looks=of_parts[part.name].of_corners(tables),
            children=components,
        )
        for (part, tables), components in zip(package.objects, package.components, strict=True)
    ]
