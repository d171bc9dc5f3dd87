"""What becomes of each type of entity, and the count of what is not drawn."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from outfeed.sheets.model import Loss

Verdict: TypeAlias = Literal["drawn", "partly", "not"]

_SOLID: Final = "Bodies of a solid modeller are not drawn."
_FILE: Final = "It is in another file, and nothing outside of the drawing is read."

#: Type: whether it is drawn, and what is said of it. `docs/reference/dxf.md` has the same rows.
COVERAGE: Final[dict[str, tuple[Verdict, str]]] = {
    "3DFACE": ("drawn", "as its visible edges, seen from above"),
    "3DSOLID": ("not", _SOLID),
    "ACAD_PROXY_ENTITY": ("partly", "as the picture that the program which made it left behind; else not"),
    "ACAD_TABLE": ("drawn", "as the picture of it that the file has"),
    "ARC": ("drawn", "as curves"),
    "ARC_DIMENSION": ("drawn", "as the picture of it that the file has"),
    "ATTDEF": ("partly", "in model space and layouts, as its tag; in a block it is the form of its attributes"),
    "ATTRIB": ("drawn", "as text, or as text of several lines"),
    "BODY": ("not", _SOLID),
    "CIRCLE": ("drawn", "as curves"),
    "COORDINATION_MODEL": ("not", _FILE),
    "DGNUNDERLAY": ("not", _FILE),
    "DIMENSION": ("partly", "as the picture of it that the file has; without one it is not drawn"),
    "DWFUNDERLAY": ("not", _FILE),
    "ELLIPSE": ("drawn", "as curves"),
    "HATCH": ("partly", "solid, or with the lines of its pattern; a gradient as one colour between its own"),
    "HELIX": ("drawn", "as curves"),
    "IMAGE": ("not", _FILE),
    "INSERT": ("drawn", "with attributes, arrays, blocks in blocks, and what XCLIP cuts off"),
    "LARGE_RADIAL_DIMENSION": ("drawn", "as the picture of it that the file has"),
    "LEADER": ("drawn", "with its arrow; its text is an entity of its own"),
    "LIGHT": ("not", "It is seen in rendered pictures only."),
    "LINE": ("drawn", ""),
    "LWPOLYLINE": ("drawn", "with arcs and widths"),
    "MESH": ("drawn", "as the edges of its faces"),
    "MLINE": ("drawn", ""),
    "MPOLYGON": ("partly", "as HATCH"),
    "MTEXT": ("drawn", "with fonts, colours, fractions and columns"),
    "MULTILEADER": ("drawn", ""),
    "OLE2FRAME": ("not", "What another program put in is not drawn."),
    "PDFUNDERLAY": ("not", _FILE),
    "POINT": ("drawn", "by PDMODE and PDSIZE; on the layer Defpoints it is not drawn"),
    "POLYLINE": ("drawn", "with arcs and widths; meshes as their edges"),
    "RAY": ("drawn", "up to the edge of the sheet"),
    "REGION": ("not", _SOLID),
    "SHAPE": ("not", "Its form is in a font file that does not come with the drawing."),
    "SOLID": ("drawn", ""),
    "SPLINE": ("drawn", "as curves; one with weights or of a high degree as curves close to it"),
    "SUN": ("not", "It is seen in rendered pictures only."),
    "SURFACE": ("not", _SOLID),
    "TEXT": ("drawn", "in Roboto; not where it stands upright in space"),
    "TOLERANCE": ("not", "Frames of tolerances are not drawn."),
    "TRACE": ("drawn", ""),
    "VIEWPORT": ("partly", "the model seen from above, clipped, scaled and turned; other views are not drawn"),
    "WIPEOUT": ("drawn", "as white"),
    "XLINE": ("drawn", "up to the edge of the sheet"),
}

#: Types that say another word for the same.
_ALSO: Final = {
    "EXTRUDEDSURFACE": "SURFACE",
    "LOFTEDSURFACE": "SURFACE",
    "REVOLVEDSURFACE": "SURFACE",
    "SWEPTSURFACE": "SURFACE",
    "PLANESURFACE": "SURFACE",
    "NURBSURFACE": "SURFACE",
    "MLEADER": "MULTILEADER",
    "PDFREFERENCE": "PDFUNDERLAY",
}

UNKNOWN: Final = "Entities of this type are not drawn."
DAMAGED: Final = "It is damaged and was left out."


def reason(kind: str, *, other: str = UNKNOWN) -> str:
    """Return the sentence for a type of entity that is not drawn, another for one that mostly is."""
    verdict, why = COVERAGE.get(_ALSO.get(kind, kind), ("not", UNKNOWN))
    return why if verdict == "not" else other


@dataclass(slots=True)
class Losses:
    """What was not drawn, each kind with its count."""

    found: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, what: str, why: str, count: int = 1) -> None:
        """Count something that is missing."""
        self.found[what, why] += count

    def all(self, *, more: Iterable[Loss] = ()) -> tuple[Loss, ...]:
        """Return them by name."""
        mine = [Loss(what=what, why=why, count=count) for (what, why), count in sorted(self.found.items())]
        return (*mine, *more)
