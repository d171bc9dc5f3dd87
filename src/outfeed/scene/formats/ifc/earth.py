"""Where on the earth a model is: from its own coordinates to the earth's (ECEF, WGS 84).

A file says it by a conversion to a map, or by the latitude and longitude of its site. A map is bent onto the earth by
one matrix that touches it at the middle of the model: it turns by the convergence of the grid's north and stretches by
the scale of the map there. What the earth curves away from it is distance² / 12,742 km: 0.8 mm at 100 m, 8 cm at 1 km.

Heights are taken as heights above the ellipsoid. A height above the sea differs from that by the geoid's, which is
-107 m to 86 m, and needs tables that are not at hand without a network.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from outfeed.scene.formats.ifc.attributes import Entity, Model, entity, instances, number, numbers, text
from outfeed.scene.formats.ifc.units import metres_named, metres_of
from outfeed.scene.model import Matrix, Value

#: Half the step in metres over which the map's bend is measured: rounding and curvature are both far below 1 mm/km.
STEP_M: Final = 10.0
#: Scales beyond are no one's: that of a map is near 1.
MOST_SCALE: Final = 1e6
#: How `IfcProjectedCRS` names a code of the EPSG registry.
EPSG: Final = re.compile(r"(?:EPSG\D{0,3})?(\d{4,6})", re.IGNORECASE)
#: WGS 84: half of the longer axis in metres, and the flattening.
SEMI_MAJOR_M: Final = 6_378_137.0
FLATTENING: Final = 1 / 298.257223563

Points = NDArray[np.float64]

#: What the library raises for placements of damaged files.
_UNREADABLE: Final = (AssertionError, AttributeError, IndexError, RuntimeError, TypeError, ValueError)


@dataclass(frozen=True, kw_only=True, slots=True)
class MapConversion:
    """How a file says that its coordinates become those of a map."""

    #: Code of the map's coordinate system in the EPSG registry.
    epsg: int
    #: Easting, northing and height of the file's origin, in the map's unit.
    origin: tuple[float, float, float]
    #: Length of the map's unit in metres; None: that of the coordinate system.
    unit_m: float | None
    #: East and north of the file's x axis.
    x_axis: tuple[float, float] = (1.0, 0.0)
    #: What the file calls the scale; None: it does not say.
    scale: float | None = None
    #: Along x, y and z, besides the scale.
    factors: tuple[float, float, float] = (1.0, 1.0, 1.0)
    #: Where the context that is converted lies in the file's coordinates, in the file's unit; None: at their origin.
    context: Matrix | None = None


def to_earth(model: Model, *, unit_m: float, centre: Points, described: Mapping[str, Value]) -> Matrix | None:
    """
    Return the matrix from the scene's coordinates to the earth's, None where the file does not say where it is.

    Parameters
    ----------
    model
        The file.
    unit_m
        Its unit of length in metres.
    centre
        (3,) metres: the middle of the model.
    described
        Properties of the project and the sites: where IFC 2x3 files have their conversion.
    """
    conversion = _conversion(model) or described_conversion(described)
    if conversion is not None and (found := by_map(conversion, unit_m=unit_m, centre=centre)) is not None:
        return found
    return by_site(model, unit_m=unit_m)


def _conversion(model: Model) -> MapConversion | None:
    """Return the first conversion to a map that can be followed."""
    for item in instances(model, "IfcCoordinateOperation"):
        crs = entity(item, "TargetCRS")
        found = EPSG.fullmatch(text(crs, "Name").strip())
        if crs is None or not found:
            continue
        names = ("FirstCoordinate", "SecondCoordinate", "Height")
        if item.is_a("IfcMapConversion"):
            names = ("Eastings", "Northings", "OrthogonalHeight")
        east, north, height = (number(item, name) or 0.0 for name in names)
        axis = number(item, "XAxisAbscissa") or 0.0, number(item, "XAxisOrdinate") or 0.0
        factor_x, factor_y, factor_z = (number(item, f"Factor{name}") or 1.0 for name in "XYZ")
        return MapConversion(
            epsg=int(found[1]),
            origin=(east, north, height),
            unit_m=metres_of(entity(crs, "MapUnit")),
            x_axis=axis if any(axis) else (1.0, 0.0),
            scale=number(item, "Scale"),
            factors=(factor_x, factor_y, factor_z),
            context=placement(entity(entity(item, "SourceCRS"), "WorldCoordinateSystem")),
        )
    return None


def described_conversion(described: Mapping[str, Value]) -> MapConversion | None:
    """Return the conversion that the property sets `ePSet_MapConversion` and `ePSet_ProjectedCRS` describe."""
    said = {name.lower(): value for name, value in described.items()}
    found = EPSG.fullmatch(str(said.get("epset_projectedcrs.name", "")).strip())
    if not found or not any(name.startswith("epset_mapconversion.") for name in said):
        return None

    def read(name: str) -> float | None:
        value = said.get(f"epset_mapconversion.{name}")
        return float(value) if isinstance(value, int | float) else None

    axis = read("xaxisabscissa") or 0.0, read("xaxisordinate") or 0.0
    return MapConversion(
        epsg=int(found[1]),
        origin=(read("eastings") or 0.0, read("northings") or 0.0, read("orthogonalheight") or 0.0),
        unit_m=metres_named(str(said.get("epset_projectedcrs.mapunit", ""))),
        x_axis=axis if any(axis) else (1.0, 0.0),
        scale=read("scale"),
    )


# Numbers of a damaged file overflow, which numpy warns of.
@np.errstate(over="ignore", invalid="ignore")
def by_map(conversion: MapConversion, *, unit_m: float, centre: Points) -> Matrix | None:
    """Return the matrix of a conversion; None where its map is not known or does not reach there."""
    import pyproj  # noqa: PLC0415 heavy, and an extra

    try:
        crs = pyproj.CRS.from_epsg(conversion.epsg)
        crs = crs.sub_crs_list[0] if crs.is_compound else crs
        if not crs.is_projected:
            return None
        map_unit_m = crs.axis_info[0].unit_conversion_factor
        onto = pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
        conversion = replace(conversion, unit_m=conversion.unit_m or map_unit_m)
        return _bent(onto, map_matrix(conversion, unit_m=unit_m), map_unit_m=map_unit_m, centre=centre)
    except (pyproj.exceptions.ProjError, np.linalg.LinAlgError):
        return None


def map_matrix(conversion: MapConversion, *, unit_m: float) -> Matrix:
    """Return the matrix from the scene to the map: easting, northing and height in metres."""
    map_m = conversion.unit_m or 1.0
    scale = _true_scale(conversion.scale, map_m / unit_m)
    angle = math.atan2(conversion.x_axis[1], conversion.x_axis[0])
    cos, sin = math.cos(angle), math.sin(angle)
    matrix = np.eye(4)
    turn = np.array([[cos, -sin, 0.0], [sin, cos, 0.0], [0.0, 0.0, 1.0]])
    matrix[:3, :3] = scale * turn * np.array(conversion.factors)
    matrix[:3, 3] = np.array(conversion.origin) * map_m
    if conversion.context is not None:
        context = conversion.context.copy()
        context[:3, 3] *= unit_m
        matrix = matrix @ np.linalg.inv(context)
    return matrix


def _true_scale(said: float | None, units: float) -> float:
    """
    Return by how much lengths grow from the model to the map, where both are in metres.

    The scale of a file turns its unit into the map's: 0.001 from millimetres to metres. Many files leave it out or say
    1 instead; so the nearer one to 1 is taken of what it says and of that in metres.
    """
    said_of = () if said is None else (said * units, said)
    scales = (scale for scale in said_of if 1 / MOST_SCALE < scale < MOST_SCALE)
    return min(scales, key=lambda scale: abs(math.log(scale)), default=1.0)


def _bent(onto: Any, matrix: Matrix, *, map_unit_m: float, centre: Points) -> Matrix | None:
    """Return the matrix from the scene to the earth that touches a map at the centre."""
    middle = matrix[:3, :3] @ centre + matrix[:3, 3]
    steps = np.vstack([np.zeros((1, 3)), STEP_M * np.eye(3), -STEP_M * np.eye(3)]) + middle
    longitudes, latitudes = onto.transform(steps[:, 0] / map_unit_m, steps[:, 1] / map_unit_m)
    if not np.isfinite([latitudes, longitudes]).all():  # beyond what the map shows
        return None
    points = on_earth(np.asarray(latitudes), np.asarray(longitudes), steps[:, 2])
    slopes = (points[1:4] - points[4:7]).T / (2 * STEP_M)
    turned = np.eye(4)
    turned[:3, :3] = slopes @ matrix[:3, :3]
    turned[:3, 3] = points[0] - turned[:3, :3] @ centre
    return turned if np.isfinite(turned).all() else None


def on_earth(latitudes: Points, longitudes: Points, heights: Points) -> Points:
    """Return points (n, 3) of the earth (ECEF) of latitudes and longitudes (n,) in degrees and heights in metres."""
    phi, lam = np.radians(latitudes), np.radians(longitudes)
    squared = FLATTENING * (2 - FLATTENING)
    across = SEMI_MAJOR_M / np.sqrt(1 - squared * np.sin(phi) ** 2)
    x, y = (across + heights) * np.cos(phi) * np.cos(lam), (across + heights) * np.cos(phi) * np.sin(lam)
    return np.stack([x, y, ((1 - squared) * across + heights) * np.sin(phi)], axis=1)


def by_site(model: Model, *, unit_m: float) -> Matrix | None:
    """Return the matrix of the first site that says where it is; 0, 0 is what programs write for none."""
    for item in instances(model, "IfcSite"):
        latitude, longitude = _degrees(item, "RefLatitude", 90.0), _degrees(item, "RefLongitude", 180.0)
        if latitude is None or longitude is None or not (latitude or longitude):
            continue
        origin = placement(entity(item, "ObjectPlacement"))[:3, 3] * unit_m
        height = (number(item, "RefElevation") or 0.0) * unit_m
        return _upright(latitude, longitude, height, origin=origin, north=true_north(model))
    return None


def placement(item: Entity | None) -> Matrix:
    """Return the matrix of a placement, in the file's unit; that of nothing where it is damaged."""
    import ifcopenshell.util.placement as placements  # noqa: PLC0415 an extra

    try:
        if item is not None and item.is_a("IfcObjectPlacement"):
            matrix = np.asarray(placements.get_local_placement(item), dtype=np.float64)
        else:
            matrix = np.asarray(placements.get_axis2placement(item) if item is not None else np.eye(4))
    except _UNREADABLE:
        return np.eye(4)
    return matrix if np.isfinite(matrix).all() else np.eye(4)


def _degrees(site: Entity, name: str, most: float) -> float | None:
    """Return an angle of degrees, minutes, seconds and millionths of seconds, in degrees."""
    parts = numbers(site, name)
    if len(parts) not in {3, 4}:
        return None
    angle = sum(part / by for part, by in zip(parts, (1, 60, 3600, 3.6e9), strict=False))
    return angle if abs(angle) <= most else None


def true_north(model: Model) -> tuple[float, float]:
    """Return the direction of true north in the file's x and y: y where it does not say."""
    for context in instances(model, "IfcGeometricRepresentationContext"):
        found = numbers(entity(context, "TrueNorth"), "DirectionRatios")[:2]
        if len(found) == 2 and (length := math.hypot(*found)) > 0:  # noqa: PLR2004 a plane
            return found[0] / length, found[1] / length
    return 0.0, 1.0


def _upright(latitude: float, longitude: float, height: float, *, origin: Points, north: tuple[float, float]) -> Matrix:
    """Return the matrix that puts the origin at a place, its z upwards, and north towards the pole."""
    phi, lam = math.radians(latitude), math.radians(longitude)
    to_east = np.array([-math.sin(lam), math.cos(lam), 0.0])
    to_north = np.array([-math.sin(phi) * math.cos(lam), -math.sin(phi) * math.sin(lam), math.cos(phi)])
    to_up = np.array([math.cos(phi) * math.cos(lam), math.cos(phi) * math.sin(lam), math.sin(phi)])
    x, y = north
    turn = np.array([[y, -x, 0.0], [x, y, 0.0], [0.0, 0.0, 1.0]])  # rows: east, north and up in the file's axes
    matrix = np.eye(4)
    matrix[:3, :3] = np.stack([to_east, to_north, to_up], axis=1) @ turn
    place = on_earth(np.array([latitude]), np.array([longitude]), np.array([height]))[0]
    matrix[:3, 3] = place - matrix[:3, :3] @ origin
    return matrix
