"""Reads IFC files: docs/reference/ifc.md says what is kept."""

from typing import Final

from outfeed.errors import SourceEmpty
from outfeed.mesh.formats.noting import Noted
from outfeed.mesh.formats.source import ReadLimits, SourceFile
from outfeed.mesh.reporting import Report
from outfeed.mesh.traits import Trait
from outfeed.mesh.units import Unit
from outfeed.scene.formats.ifc.attributes import Entity, Model, instances, is_entity, number_of, value
from outfeed.scene.formats.ifc.earth import to_earth
from outfeed.scene.formats.ifc.elements import NOBODY, Known, kept, known_elements
from outfeed.scene.formats.ifc.opening import opened_model
from outfeed.scene.formats.ifc.placing import Shelf, centre_of
from outfeed.scene.formats.ifc.roundness import sides_of
from outfeed.scene.formats.ifc.shapes import Batch, unit_metres
from outfeed.scene.formats.ifc.sharing import shared_shapes
from outfeed.scene.formats.ifc.soundness import check_sound
from outfeed.scene.formats.ifc.tree import OPENING, Tree, spatial
from outfeed.scene.model import NO_PARENT, Element, Part, Scene, Value

#: Products whose shape is not shown: what is cut out, the air in a room, and borders that nobody builds.
HIDDEN: Final = (OPENING, "IfcSpace", "IfcSpatialZone", "IfcExternalSpatialStructureElement", "IfcVirtualElement")


def read_ifc(
    source: SourceFile,
    *,
    unitless: Unit,  # noqa: ARG001 every reader's form; the format has a unit
    limits: ReadLimits,
    processes: int,
    report: Report,
) -> Scene:
    """
    Read an IFC file (2x3, 4 or 4x3, STEP text), also in an archive; the scene is the same for any number of processes.

    Raises
    ------
    ReaderMissing
        If the package's extra `bim` is not installed.
    SourceUnsupported
        If it is XML or of another schema.
    SourceDamaged
        If it is no IFC file, is damaged, or has things that are made of themselves.
    SourceEmpty
        If no product has a shape with triangles.
    TooManyTriangles
        If it has more than the limits allow, placed.
    NotFinite
        If a shape is not finite.
    """
    with opened_model(source, limits) as model:
        products = [item for item in instances(model, "IfcProduct") if is_entity(value(item, "Representation"))]
        shown = [item for item in products if not any(map(item.is_a, HIDDEN))]
        tree = Tree(model)
        made = check_sound(model, tree, products, limits.max_triangles)
        if not shown:
            raise SourceEmpty
        unit_m = unit_metres(model, shown)
        sides = sides_of(model, shown, made.links, made.order, unit_m=unit_m)
        noted = Noted()
        known: dict[int, Known] = {}
        batches = shared_shapes(
            model,
            sides,
            shown,
            most=limits.max_triangles,
            processes=processes,
            meanwhile=lambda: known.update(known_elements(model, tree, shown, noted)),
            report=report,
        )
        scene = _scene(model, known, batches, unit_m=unit_m)
    _note(noted, model, products, shown, scene)
    return Scene(elements=scene.elements, shapes=scene.shapes, to_earth=scene.to_earth, lost=noted.lost)


def _scene(model: Model, known: dict[int, Known], batches: list[Batch], *, unit_m: float) -> Scene:
    shelf = Shelf()
    parts: dict[int, list[Part]] = {}
    placed = [(item, batch.shapes[item.shape]) for batch in batches for item in batch.placed]
    for item, shape in sorted(placed, key=lambda pair: pair[0].product):
        parts.setdefault(item.product, []).append(Part(shape=shelf.row(shape), transform=item.matrix))
    if not parts:
        raise SourceEmpty
    always = {number_of(item) for item in spatial(model)}
    elements = _elements(known, parts, always)
    described = _described(model, known)
    centre = centre_of(elements, shelf.shapes)
    earth = to_earth(model, unit_m=unit_m, centre=centre, described=described)
    return Scene(elements=elements, shapes=tuple(shelf.shapes), to_earth=earth)


def _elements(known: dict[int, Known], parts: dict[int, list[Part]], always: set[int]) -> tuple[Element, ...]:
    numbers = kept(known, set(parts), always)
    rows = {NOBODY: NO_PARENT} | {number: row for row, number in enumerate(numbers)}
    return tuple(
        Element(
            id=known[number].id,
            class_name=known[number].class_name,
            name=known[number].name,
            parent=rows[known[number].holder],
            properties=known[number].properties,
            parts=tuple(parts.get(number, ())),
        )
        for number in numbers
    )


def _described(model: Model, known: dict[int, Known]) -> dict[str, Value]:
    """Return the properties of the project and the sites."""
    items = [*instances(model, "IfcSite"), *instances(model, "IfcProject")]
    return {name: said for item in items for name, said in known[number_of(item)].properties.items()}


def _note(noted: Noted, model: Model, products: list[Entity], shown: list[Entity], scene: Scene) -> None:
    """Note what is left out."""
    if instances(model, "IfcSurfaceTexture"):
        noted.add(Trait.TEXTURES, "Textures of IFC files are not read.")
    if any(not item.is_a(OPENING) for item in products if any(map(item.is_a, HIDDEN))):
        noted.add(Trait.OTHER, "The shapes of spaces, zones and virtual elements are left out.")
    missing = len(shown) - sum(1 for element in scene.elements if element.parts)
    if missing:
        noted.add(Trait.LINES, f"{missing} products whose shape has no triangles are left out, such as axes and grids.")
