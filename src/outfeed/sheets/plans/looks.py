"""How things look on a plan: layers, pens and fills, by class."""

from dataclasses import dataclass
from typing import Final

from outfeed.sheets.canvas import MM, Rgb

#: Widths of pens in points: around what is cut, around what is cut and thin, and of what is only seen.
HEAVY, MIDDLE, THIN, FINE = 0.5 * MM, 0.25 * MM, 0.18 * MM, 0.13 * MM
WHITE: Final[Rgb] = (1.0, 1.0, 1.0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """How a class of things is drawn."""

    #: Of the PDF.
    layer: str
    #: What is cut is filled with it.
    fill: Rgb
    #: In points, around what is cut, and of what is seen below.
    cut: float
    seen: float
    #: Of lines that are seen.
    color: Rgb = (0.25, 0.25, 0.25)


def _grey(share: float) -> Rgb:
    return (share, share, share)


#: In the order in which they are drawn: what is built in comes after what it is built into.
LOOKS: Final = (
    Look(layer="Site", fill=(0.90, 0.88, 0.84), cut=THIN, seen=FINE, color=(0.45, 0.42, 0.36)),
    Look(layer="Other", fill=_grey(0.93), cut=MIDDLE, seen=FINE),
    Look(layer="Coverings", fill=_grey(0.95), cut=THIN, seen=FINE, color=_grey(0.45)),
    Look(layer="Roofs", fill=_grey(0.80), cut=HEAVY, seen=THIN),
    Look(layer="Slabs", fill=_grey(0.70), cut=HEAVY, seen=THIN),
    Look(layer="Walls", fill=_grey(0.70), cut=HEAVY, seen=THIN),
    Look(layer="Beams", fill=_grey(0.55), cut=HEAVY, seen=THIN),
    Look(layer="Columns", fill=_grey(0.35), cut=HEAVY, seen=THIN),
    Look(layer="Stairs", fill=WHITE, cut=THIN, seen=THIN, color=_grey(0.1)),
    Look(layer="Railings", fill=WHITE, cut=THIN, seen=FINE),
    Look(layer="Doors", fill=WHITE, cut=THIN, seen=FINE, color=_grey(0.1)),
    Look(layer="Windows", fill=WHITE, cut=THIN, seen=FINE, color=_grey(0.1)),
    Look(layer="Furniture", fill=WHITE, cut=FINE, seen=FINE, color=_grey(0.4)),
    Look(layer="Services", fill=WHITE, cut=FINE, seen=FINE, color=(0.15, 0.3, 0.5)),
)
BY_LAYER: Final = {look.layer: row for row, look in enumerate(LOOKS)}

#: Beginnings of names of classes; the first that fits counts.
_CLASSES: Final = (
    ("IfcWall", "Walls"),
    ("IfcCurtainWall", "Walls"),
    ("IfcColumn", "Columns"),
    ("IfcPile", "Columns"),
    ("IfcBeam", "Beams"),
    ("IfcMember", "Beams"),
    ("IfcPlate", "Beams"),
    ("IfcSlab", "Slabs"),
    ("IfcFooting", "Slabs"),
    ("IfcRoof", "Roofs"),
    ("IfcStair", "Stairs"),
    ("IfcRamp", "Stairs"),
    ("IfcRailing", "Railings"),
    ("IfcDoor", "Doors"),
    ("IfcWindow", "Windows"),
    ("IfcCovering", "Coverings"),
    ("IfcFurni", "Furniture"),
    ("IfcSystemFurniture", "Furniture"),
    ("IfcFlow", "Services"),
    ("IfcDistribution", "Services"),
    ("IfcEnergyConversion", "Services"),
    ("IfcSanitaryTerminal", "Services"),
    ("IfcPipe", "Services"),
    ("IfcDuct", "Services"),
    ("IfcCable", "Services"),
    ("IfcLight", "Services"),
    ("IfcSite", "Site"),
    ("IfcGeographic", "Site"),
    ("IfcCivil", "Site"),
)
#: Classes of wholes whose parts look as they do.
WHOLES: Final = ("IfcStair", "IfcRamp", "IfcCurtainWall", "IfcRoof", "IfcRailing", "IfcDoor", "IfcWindow")


def look_of(class_name: str) -> int:
    """Return the row of `LOOKS` for a class."""
    return BY_LAYER[next((layer for start, layer in _CLASSES if class_name.startswith(start)), "Other")]
