"""X3D's Extrusion: a cross-section that is pulled along a spine, turned and scaled at each of its points."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from outfeed.errors import TooManyTriangles
from outfeed.mesh.build import as_rows
from outfeed.mesh.formats import runs
from outfeed.mesh.formats.matrices import rotation
from outfeed.mesh.formats.placing import Body, Rows, body
from outfeed.mesh.formats.source import ReadLimits
from outfeed.mesh.formats.x3d.fields import flag, table
from outfeed.mesh.formats.xml_tree import Element

Table = NDArray[np.float64]

#: What the fields are where the file says nothing.
SECTION: Final = np.array([(1.0, 1.0), (1.0, -1.0), (-1.0, -1.0), (-1.0, 1.0), (1.0, 1.0)])
SPINE: Final = np.array([(0.0, 0.0, 0.0), (0.0, 1.0, 0.0)])
SCALE: Final = np.ones((1, 2))
ORIENTATION: Final = np.array([(0.0, 0.0, 1.0, 0.0)])
#: Sine of the angle below which three points of the spine are in line.
IN_LINE: Final = 1e-6


def extrusion(element: Element, limits: ReadLimits) -> Body:
    """
    Return the body of an extrusion.

    Raises
    ------
    TooManyTriangles
        If cross-section and spine have more corners together than the limits allow.
    """
    section, spine = _field(element, "crossSection", SECTION), _field(element, "spine", SPINE)
    wide, long = len(section), len(spine)
    if 2 * wide * long > limits.max_triangles:
        raise TooManyTriangles(f"An extrusion has {2 * wide * long}; the limit is {limits.max_triangles}.")
    if wide < 2 or long < 2:  # noqa: PLR2004 a piece of a line has two ends
        return body(np.zeros((0, 3)), np.zeros((0, 3), dtype=np.int32))
    scale = _for_each(_field(element, "scale", SCALE), SCALE, long)
    turns = _for_each(_turns(_field(element, "orientation", ORIENTATION)), _turns(ORIENTATION), long)
    with np.errstate(all="ignore"):
        frames = _frames(spine)
        axes = frames[:, :, 0, None] * turns[:, 0, None, :]
        for k in (1, 2):
            axes = axes + frames[:, :, k, None] * turns[:, k, None, :]
        across = section[None] * scale[:, None]
        points = axes[:, None, :, 0] * across[:, :, :1] + axes[:, None, :, 2] * across[:, :, 1:] + spine[:, None]
    # VRML97, and X_ITE, cap a closed spine too; where its ends meet, the caps would lie back to back inside the body.
    caps = [] if _closed(spine) and bool((points[0] == points[-1]).all()) else _caps(element, section, long)
    faces = np.vstack([_sides(wide, long), *caps])
    ordered = faces if flag(element, "ccw", default=True) else faces[:, [0, 2, 1]]
    return body(points.reshape(-1, 3), ordered)


def _field(element: Element, name: str, default: Table) -> Table:
    if name not in element.attributes:
        return default
    return table(element, name, default.shape[1])


def _for_each(values: Table, default: Table, count: int) -> Table:
    """Return a value for each point of the spine; the last one serves for those that are missing."""
    found = values if len(values) else default
    return found[np.minimum(np.arange(count), len(found) - 1)]


def _turns(orientation: Table) -> Table:
    """Return the rotations (k, 3, 3) of axes and angles in radians."""
    if not len(orientation):
        return np.zeros((0, 3, 3))
    finite = np.where(np.isfinite(orientation), orientation, 0.0)
    return np.stack([rotation(row[:3], degrees=float(np.degrees(row[3])))[:, :3] for row in finite])


def _frames(spine: Table) -> Table:
    """
    Return the axes x, y, z of the cross-section at each point of the spine, as columns (n, 3, 3).

    y goes along the spine, z stands on the plane of the point and its neighbours; where those are in line, z is that of
    the point before. Where the whole spine is in line, y is turned to it the short way, and z with it; the text of
    VRML97 does not say about which axis when it points straight down: here about z, as in X_ITE.
    """
    closed = _closed(spine)
    ahead = np.vstack([spine[1:], spine[1 if closed else -1]])
    behind = np.vstack([spine[-2 if closed else 0], spine[:-1]])
    y = _filled(_units(ahead - behind), np.array([0.0, 1.0, 0.0]))
    normals = np.cross(_units(ahead - spine), _units(behind - spine))
    normals[np.abs(normals).max(axis=1) <= IN_LINE] = 0.0
    z = _filled(_units(normals), _straight_z(y[0]))
    # Where the spine bends the other way, z would jump to the other side.
    turned = np.cumprod(np.where((z[1:] * z[:-1]).sum(axis=1) < 0, -1.0, 1.0))
    z[1:] *= turned[:, None]
    if closed:
        # Both ends are one point, which has one plane, even where the flips above leave the last one upside down.
        z[-1] = z[0]
    return np.stack([np.cross(y, z), y, z], axis=2)


def _closed(points: Table) -> bool:
    return len(points) > 2 and bool((points[0] == points[-1]).all())  # noqa: PLR2004 there and back is no ring


def _units(vectors: Table) -> Table:
    """Return vectors (n, 3) of the length 1; zero for those that have no length, or none that is finite."""
    largest = np.abs(vectors).max(axis=1, keepdims=True)
    sound = (largest > 0) & (largest < np.inf)
    near = np.where(sound, vectors, 0.0) / np.where(sound, largest, 1.0)
    length = np.sqrt((near * near).sum(axis=1, keepdims=True))
    return near / np.where(sound, length, 1.0)


def _filled(vectors: Table, default: Table) -> Table:
    """Return the vectors with those of no length replaced by the one before them, or else by the first that has one."""
    known = vectors.any(axis=1)
    if not known.any():
        return np.repeat(default[None], len(vectors), axis=0)
    last = np.maximum.accumulate(np.where(known, np.arange(len(vectors)), -1))
    return vectors[np.where(last < 0, int(np.argmax(known)), last)]


def _straight_z(direction: Table) -> Table:
    """Return where z goes when the y axis is turned to a direction the short way; about z for the opposite one."""
    x, y, z = direction.tolist()
    if y < -1.0 + IN_LINE * IN_LINE:
        return np.array([0.0, 0.0, 1.0])
    return np.array([-x * z / (1.0 + y), -z, 1.0 - z * z / (1.0 + y)])


def _sides(wide: int, long: int) -> Rows:
    firsts = np.arange(long - 1)[:, None] * wide + np.arange(wide - 1)
    a = firsts.reshape(-1)
    quads = np.stack([a, a + 1, a + wide + 1, a, a + wide + 1, a + wide], axis=1)
    return as_rows(quads.reshape(-1, 3))


def _caps(element: Element, section: Table, long: int) -> list[Rows]:
    """Return the faces that close the ends of what has `long` sections."""
    corners = np.arange(len(section) - int(_closed(section)), dtype=np.int32)
    flat = np.column_stack([section[:, 0], np.zeros(len(section)), section[:, 1]])
    faces = runs.polygons(flat, np.array([len(corners)], dtype=np.int32), corners)[0]
    begin, end = flag(element, "beginCap", default=True), flag(element, "endCap", default=True)
    return [*([faces[:, ::-1]] if begin else []), *([faces + np.int32((long - 1) * len(section))] if end else [])]
