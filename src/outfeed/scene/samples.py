"""A sample building, made by code: for the demo, the tutorial and the tests."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from outfeed.scene.step_text import DERIVED, IfcText, Point, Ref, Typed, Word

#: Outside of the walls along x and along y, in metres, as all lengths here.
LENGTH, DEPTH = 10.0, 8.0
WALL, CLEAR_HEIGHT, SLAB = 0.3, 2.8, 0.2
STOREY = CLEAR_HEIGHT + SLAB
RIDGE, OVERHANG, TILES = 2.6, 0.6, 0.25
WINDOW_WIDTH, WINDOW_HEIGHT, SILL = 1.5, 1.4, 0.9
DOOR_WIDTH, DOOR_HEIGHT = 1.0, 2.1

#: Red, green and blue, and how much light goes through; from 0 to 1.
COLORS: Final[dict[str, tuple[float, float, float, float]]] = {
    "plaster": (0.93, 0.87, 0.72, 0.0),
    "paint": (0.97, 0.97, 0.95, 0.0),
    "concrete": (0.62, 0.62, 0.60, 0.0),
    "roof tiles": (0.60, 0.22, 0.15, 0.0),
    "white wood": (0.98, 0.98, 0.98, 0.0),
    "glass": (0.45, 0.70, 0.85, 0.5),
    "oak": (0.47, 0.30, 0.16, 0.0),
    "steel": (0.35, 0.37, 0.40, 0.0),
}

#: A profile that lies in the xy plane stands upright in this frame: its y axis goes up, and it is extruded along -y.
_UPRIGHT: Final = {"z": (0.0, -1.0, 0.0), "x": (1.0, 0.0, 0.0)}
#: A profile in this frame lies in the yz plane, and is extruded along x.
_ACROSS: Final = {"z": (1.0, 0.0, 0.0), "x": (0.0, 1.0, 0.0)}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Wall:
    """A straight wall of a storey."""

    name: str
    start: Point
    #: The direction in which it goes, of length 1; its right side is outside.
    along: Point
    length: float
    #: How far along it the middles of its windows are.
    windows: tuple[float, ...] = ()
    doors: tuple[float, ...] = ()
    external: bool = True


def write_house(path: Path) -> Path:
    """Write the house as IFC, and return the file."""
    path.write_text(house(), encoding="ascii")
    return path


def house() -> str:
    """Return a house of two storeys and a gable roof as IFC4, in metres; it stands in Karlsruhe, by EPSG:25832."""
    made = _House()
    for number, name in enumerate(("Ground floor", "Upper floor")):
        storey = made.storey(name, number * STOREY)
        made.slab(storey, f"{name} slab")
        for wall in _walls(name, with_door=number == 0):
            made.wall(storey, wall)
        if number == 0:
            made.porch(storey)
    made.roof(made.storey("Attic", 2 * STOREY))
    return made.finished()


def _walls(storey: str, *, with_door: bool) -> tuple[_Wall, ...]:
    half, inside, far, near = WALL / 2, DEPTH - 2 * WALL, (2.0, 5.0, 8.0), (2.2, 5.2)
    south, doors = ((2.0, 8.0), (5.0,)) if with_door else (far, ())
    return (
        _Wall(name=f"{storey} south", start=(0.0, half), along=(1.0, 0.0), length=LENGTH, windows=south, doors=doors),
        _Wall(name=f"{storey} north", start=(LENGTH, DEPTH - half), along=(-1.0, 0.0), length=LENGTH, windows=far),
        _Wall(name=f"{storey} east", start=(LENGTH - half, WALL), along=(0.0, 1.0), length=inside, windows=near),
        _Wall(name=f"{storey} west", start=(half, DEPTH - WALL), along=(0.0, -1.0), length=inside, windows=near),
        _Wall(name=f"{storey} middle", start=(4.0, WALL), along=(0.0, 1.0), length=inside, external=False),
    )


class _House:
    """The file while it is written: what stands where, and what is to be said of it at the end."""

    def __init__(self) -> None:
        self.file = IfcText()
        #: Where a storey, a wall or an opening is, for what it holds.
        self._places: dict[Ref, Ref] = {}
        #: What a storey holds, what is of a type, and what is of a material.
        self._held: dict[Ref, list[Ref]] = defaultdict(list)
        self._typed: dict[str, list[Ref]] = defaultdict(list)
        self._made_of: dict[str, list[Ref]] = defaultdict(list)
        self._styles: dict[str, Ref] = {}
        #: Shapes that are shown several times.
        self._maps: dict[str, Ref] = {}
        self._context()
        self.building = self._tree()

    # --- What there is ------------------------------------------------------------------------------------------------

    def storey(self, name: str, height: float) -> Ref:
        """Add a storey at a height."""
        place = self._place((0.0, 0.0, height), inside=self._places[self.building])
        made = self.file.rooted(
            "IfcBuildingStorey", name, None, None, place, None, name, Word("ELEMENT"), float(height)
        )
        self._places[made] = place
        return made

    def slab(self, storey: Ref, name: str) -> None:
        """Add the floor of a storey, with its upper side at the storey's height."""
        solid = self.file.extrusion(self.file.rectangle(LENGTH, DEPTH, (LENGTH / 2, DEPTH / 2)), SLAB)
        made = self._element("IfcSlab", name, storey, (0.0, 0.0, -SLAB), [(solid, "concrete")], Word("FLOOR"))
        self._says(made, "Pset_SlabCommon", name, IsExternal=False, LoadBearing=True)

    def wall(self, storey: Ref, wall: _Wall) -> None:
        """Add a wall with its windows and doors."""
        color = "plaster" if wall.external else "paint"
        solid = self.file.extrusion(self.file.rectangle(wall.length, WALL, (wall.length / 2, 0.0)), CLEAR_HEIGHT)
        made = self._element(
            "IfcWall", wall.name, storey, (*wall.start, 0.0), [(solid, color)], Word("SOLIDWALL"), along=wall.along
        )
        self._made_of["Brick" if wall.external else "Gypsum block"].append(made)
        self._says(made, "Pset_WallCommon", wall.name, IsExternal=wall.external, LoadBearing=True, FireRating="F90")
        size = {"Length": wall.length, "Width": WALL, "Height": CLEAR_HEIGHT}
        self.file.lengths("Qto_WallBaseQuantities", size, made, wall.name)
        for number, middle in enumerate(wall.windows, start=1):
            self._window(storey, made, f"{wall.name} window {number}", middle)
        for number, middle in enumerate(wall.doors, start=1):
            self._door(storey, made, f"{wall.name} door {number}", middle)

    def porch(self, storey: Ref) -> None:
        """Add two columns and a roof before the door."""
        for name, x in (("West column", 4.1), ("East column", 5.9)):
            shown = self._repeated("column", self._column_parts)
            made = self._placed("IfcColumn", name, storey, (x, -1.1, 0.0), shown, Word("COLUMN"))
            self._says(made, "Pset_ColumnCommon", name, IsExternal=True, LoadBearing=True)
        cover = self.file.extrusion(self.file.rectangle(2.4, 1.4, (0.0, -0.7)), 0.12)
        place = (5.0, 0.0, DOOR_HEIGHT + 0.3)
        self._element("IfcSlab", "Porch roof", storey, place, [(cover, "concrete")], Word("ROOF"))

    def roof(self, storey: Ref) -> None:
        """Add the ceiling, two gables and a roof with its ridge along x."""
        self.slab(storey, "Attic slab")
        slope = RIDGE / (DEPTH / 2)
        for name, x in (("West gable", 0.0), ("East gable", LENGTH - WALL)):
            triangle = self.file.outline([(0.0, 0.0), (DEPTH, 0.0), (DEPTH / 2, RIDGE)])
            solid = self.file.extrusion(triangle, WALL, self.file.frame(**_ACROSS))
            made = self._element("IfcWall", name, storey, (x, 0.0, 0.0), [(solid, "plaster")], Word("SOLIDWALL"))
            self._made_of["Brick"].append(made)
            self._says(made, "Pset_WallCommon", name, IsExternal=True, LoadBearing=False, FireRating="F30")
        low = -OVERHANG * slope
        under = [(-OVERHANG, low), (DEPTH / 2, RIDGE), (DEPTH + OVERHANG, low)]
        over = [(y, z + TILES) for y, z in reversed(under)]
        solid = self.file.extrusion(
            self.file.outline([*under, *over]), LENGTH + 2 * OVERHANG, self.file.frame(**_ACROSS)
        )
        made = self._element(
            "IfcRoof", "Roof", storey, (-OVERHANG, 0.0, 0.0), [(solid, "roof tiles")], Word("GABLE_ROOF")
        )
        self._made_of["Clay tiles"].append(made)
        self._says(made, "Pset_RoofCommon", "Roof", IsExternal=True, ThermalTransmittance=0.18)

    def finished(self) -> str:
        """Say what belongs together, and return the file."""
        storeys = list(dict.fromkeys(self._held))
        self.file.rooted("IfcRelAggregates", "storeys", None, self.building, storeys)
        for number, (storey, things) in enumerate(self._held.items()):
            self.file.rooted("IfcRelContainedInSpatialStructure", f"storey {number}", None, things, storey)
        for name, things in self._made_of.items():
            material = self.file.add("IfcMaterial", name, None, None)
            self.file.rooted("IfcRelAssociatesMaterial", name, None, things, material)
        window = (Word("WINDOW"), Word("SINGLE_PANEL"), None, None)
        self._type("IfcWindow", "Window 1500 x 1400", self._maps["window"], *window)
        self._type("IfcColumn", "Column 160", self._maps["column"], Word("COLUMN"))
        return self.file.text()

    # --- How it is written --------------------------------------------------------------------------------------------

    def _type(self, of: str, name: str, shape: Ref, *rest: Any) -> None:
        """Add the type of all elements of a class."""
        made = self.file.rooted(f"{of}Type", name, None, None, None, [shape], None, None, *rest)
        self.file.rooted("IfcRelDefinesByType", name, None, self._typed[of], made)

    def _context(self) -> None:
        """Add units, and where on the earth the origin is."""
        add = self.file.add
        names = ("LENGTHUNIT", "METRE"), ("AREAUNIT", "SQUARE_METRE"), ("VOLUMEUNIT", "CUBIC_METRE")
        angle = ("PLANEANGLEUNIT", "RADIAN")
        units = [add("IfcSIUnit", DERIVED, Word(what), None, Word(unit)) for what, unit in (*names, angle)]
        whole = add("IfcGeometricRepresentationContext", None, "Model", 3, 1e-5, self.file.frame(), None)
        derived = [DERIVED] * 4
        self._body = add(
            "IfcGeometricRepresentationSubContext", "Body", "Model", *derived, whole, None, Word("MODEL_VIEW"), None
        )
        grid = add("IfcProjectedCRS", "EPSG:25832", "ETRS89 / UTM zone 32N", "ETRS89", None, "UTM", "32N", units[0])
        # Turned by 0.28 rad, so that a reader that forgets the direction is seen to be wrong.
        add("IfcMapConversion", whole, grid, 456_000.0, 5_428_000.0, 115.0, 0.96, 0.28, 1.0)
        self._project = self.file.rooted(
            "IfcProject", "Sample", None, None, "A sample house", None, [whole], add("IfcUnitAssignment", units)
        )

    def _tree(self) -> Ref:
        """Add project, site and building, and return the building."""
        site_place, building_place = self._place((0.0, 0.0, 0.0)), self._place((0.0, 0.0, 0.0))
        site = self.file.rooted(
            "IfcSite", "Site", None, None, site_place, None, None, Word("ELEMENT"), None, None, None, None, None
        )
        building = self.file.rooted(
            "IfcBuilding", "House", None, None, building_place, None, None, Word("ELEMENT"), None, None, None
        )
        self._places[building] = building_place
        self.file.rooted("IfcRelAggregates", "site", None, self._project, [site])
        self.file.rooted("IfcRelAggregates", "building", None, site, [building])
        return building

    def _window(self, storey: Ref, wall: Ref, name: str, middle: float) -> None:
        hole = self._opening(wall, name, (middle, 0.0, SILL), WINDOW_WIDTH, WINDOW_HEIGHT)
        shown = self._repeated("window", self._window_parts)
        rest = (WINDOW_HEIGHT, WINDOW_WIDTH, Word("WINDOW"), Word("SINGLE_PANEL"), None)
        made = self._placed("IfcWindow", name, storey, (0.0, 0.0, 0.0), shown, *rest, inside=hole)
        self.file.rooted("IfcRelFillsElement", name, None, hole, made)
        self._says(made, "Pset_WindowCommon", name, IsExternal=True, ThermalTransmittance=1.1)

    def _door(self, storey: Ref, wall: Ref, name: str, middle: float) -> None:
        hole = self._opening(wall, name, (middle, 0.0, 0.0), DOOR_WIDTH, DOOR_HEIGHT)
        leaf = self.file.rectangle(DOOR_WIDTH, DOOR_HEIGHT)
        solid = self.file.extrusion(leaf, 0.06, self.file.frame((0.0, 0.03, DOOR_HEIGHT / 2), **_UPRIGHT))
        rest = (DOOR_HEIGHT, DOOR_WIDTH, Word("DOOR"), Word("SINGLE_SWING_LEFT"), None)
        made = self._element("IfcDoor", name, storey, (0.0, 0.0, 0.0), [(solid, "oak")], *rest, inside=hole)
        self.file.rooted("IfcRelFillsElement", name, None, hole, made)
        self._says(made, "Pset_DoorCommon", name, IsExternal=True, FireExit=True)

    def _column_parts(self) -> list[tuple[Ref, str]]:
        """Return a round column that stands on the origin."""
        return [(self.file.extrusion(self.file.circle(0.08), DOOR_HEIGHT + 0.3), "steel")]

    def _window_parts(self) -> list[tuple[Ref, str]]:
        """Return a frame and a pane, with the middle of their lower side at the origin."""
        frame = self.file.frame_profile(WINDOW_WIDTH, WINDOW_HEIGHT, 0.08)
        pane = self.file.rectangle(WINDOW_WIDTH - 0.16, WINDOW_HEIGHT - 0.16)
        high = WINDOW_HEIGHT / 2
        return [
            (self.file.extrusion(frame, 0.1, self.file.frame((0.0, 0.05, high), **_UPRIGHT)), "white wood"),
            (self.file.extrusion(pane, 0.02, self.file.frame((0.0, 0.01, high), **_UPRIGHT)), "glass"),
        ]

    def _opening(self, wall: Ref, name: str, at: Point, width: float, height: float) -> Ref:
        """Cut a hole through a wall."""
        solid = self.file.extrusion(self.file.rectangle(width, 2 * WALL), height)
        place = self._place(at, inside=self._places[wall])
        shape = self._shape(self._representation([solid], "SweptSolid"))
        hole = self.file.rooted("IfcOpeningElement", name, None, None, place, shape, None, Word("OPENING"))
        self.file.rooted("IfcRelVoidsElement", name, None, wall, hole)
        self._places[hole] = place
        return hole

    def _element(
        self,
        type_name: str,
        name: str,
        storey: Ref,
        at: Point,
        parts: list[tuple[Ref, str]],
        *rest: Any,
        along: Point = (1.0, 0.0),
        inside: Ref | None = None,
    ) -> Ref:
        """Add an element of a storey with solids of its own, each in its colour."""
        items = [self._colored(*part) for part in parts]
        shown = self._representation(items, "SweptSolid")
        return self._placed(type_name, name, storey, at, shown, *rest, along=along, inside=inside)

    def _placed(
        self,
        type_name: str,
        name: str,
        storey: Ref,
        at: Point,
        shown: Ref,
        *rest: Any,
        along: Point = (1.0, 0.0),
        inside: Ref | None = None,
    ) -> Ref:
        """Add an element of a storey that shows something; its place counts from the storey or from what it is in."""
        place = self._place(at, along=along, inside=self._places[inside or storey])
        made = self.file.rooted(type_name, name, None, None, place, self._shape(shown), None, *rest)
        self._places[made] = place
        self._held[storey].append(made)
        self._typed[type_name].append(made)
        return made

    def _place(self, at: Point, *, along: Point = (1.0, 0.0), inside: Ref | None = None) -> Ref:
        return self.file.add("IfcLocalPlacement", inside, self.file.frame(at, (0.0, 0.0, 1.0), (*along, 0.0)))

    def _repeated(self, name: str, parts: Callable[[], list[tuple[Ref, str]]]) -> Ref:
        """Return a shape as shown once more; it is made when it is first asked for."""
        if name not in self._maps:
            items = [self._colored(*part) for part in parts()]
            shape = self._representation(items, "SweptSolid")
            self._maps[name] = self.file.add("IfcRepresentationMap", self.file.frame(), shape)
        origin = self.file.add("IfcCartesianPoint", (0.0, 0.0, 0.0))
        move = self.file.add("IfcCartesianTransformationOperator3D", None, None, origin, None, None)
        return self._representation([self.file.add("IfcMappedItem", self._maps[name], move)], "MappedRepresentation")

    def _representation(self, items: list[Ref], kind: str) -> Ref:
        return self.file.add("IfcShapeRepresentation", self._body, "Body", kind, items)

    def _shape(self, representation: Ref) -> Ref:
        return self.file.add("IfcProductDefinitionShape", None, None, [representation])

    def _colored(self, item: Ref, color: str) -> Ref:
        """Give an item its colour, and return it."""
        if color not in self._styles:
            *rgb, transparency = COLORS[color]
            shade = self.file.add("IfcSurfaceStyleShading", self.file.add("IfcColourRgb", None, *rgb), transparency)
            self._styles[color] = self.file.add("IfcSurfaceStyle", color, Word("BOTH"), [shade])
        self.file.add("IfcStyledItem", item, [self._styles[color]], None)
        return item

    def _says(self, thing: Ref, set_name: str, whose: str, **values: bool | str | float) -> None:
        """Give a thing a property set; a number is a heat transfer coefficient."""
        types = {bool: "IfcBoolean", str: "IfcLabel", float: "IfcThermalTransmittanceMeasure"}
        typed = {name: Typed(types[type(value)], value) for name, value in values.items()}
        self.file.properties(set_name, typed, thing, whose)
