"""
A mesh as GLB holds it: float32 in metres, a primitive for each kind of face.

What is written must be written again when it was read, byte for byte. So everything that the format cannot say is
settled here, before vertices are numbered: numbers are rounded and welded again, and faces are in groups.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from outfeed.errors import TargetTooSmall
from outfeed.mesh.appearance import WHITE, Material
from outfeed.mesh.build import build, first_use, welded
from outfeed.mesh.facts import bounds
from outfeed.mesh.formats.gltf.images import without_profile
from outfeed.mesh.formats.numbers import scaled_single
from outfeed.mesh.model import Mesh, Positions
from outfeed.mesh.units import Unit

Rows = NDArray[np.int32]
Doubles = NDArray[np.float64]

#: Distance from the origin, as a multiple of the extent, above which positions are stored around the middle.
FAR: Final = 8.0
#: Bits of float32, and the exponent of half of the smallest step between two of its numbers, doubled.
BITS: Final = 24
LEAST_EXPONENT: Final = -148
#: From here on, every float64 is a whole number.
WHOLE: Final = 2.0**52


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """Faces that one primitive holds."""

    first: int
    last: int
    #: Row of the materials, -1 for none.
    material: int
    has_uvs: bool
    has_colors: bool


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Fitted:
    """A mesh that GLB holds as it is."""

    #: Vertices are float32, in metres around the middle, z up.
    mesh: Mesh
    #: (3,) metres, z up; zeros where nothing was moved.
    middle: Doubles
    groups: tuple[Group, ...]
    #: Whether faces lost a texture, for want of texture coordinates.
    untextured: bool


def fitted(mesh: Mesh) -> Fitted:
    """
    Return the mesh as GLB holds it.

    Faces are grouped by material, and by whether any of their corners has a texture coordinate or a colour. In a face
    that has some, the other corners get 0, 0 at the upper left, and white.

    Raises
    ------
    TargetTooSmall
        If a number does not fit into float32.
    """
    vertices, middle = _positions(mesh)
    if vertices is not mesh.vertices:
        mesh = welded(replace(mesh, vertices=vertices, unit=Unit.METRE))
    if mesh.uvs is None and mesh.colors is None and mesh.material_faces is None:
        only = Group(first=0, last=len(mesh.faces), material=-1, has_uvs=False, has_colors=False)
        return Fitted(mesh=mesh, middle=middle, groups=(only,), untextured=False)
    kinds, untextured = _with_kinds(_filled(mesh))
    # What was welded and numbered stays so as long as nothing of it is another.
    grouped, groups = _grouped(mesh if kinds is mesh else build(kinds))
    return Fitted(mesh=grouped, middle=middle, groups=groups, untextured=untextured)


# --- Positions --------------------------------------------------------------------------------------------------------


def _positions(mesh: Mesh) -> tuple[Positions, Doubles]:
    """Return float32 positions in metres around a middle, and that middle."""
    none = np.zeros(3)
    if mesh.vertices.dtype == np.float32 and mesh.unit is Unit.METRE:
        return mesh.vertices, none
    low, high = (corner * mesh.unit.metres for corner in bounds(mesh))
    if not (high - low).max() <= np.finfo(np.float32).max:
        raise TargetTooSmall("Its extent in metres is larger than glTF's numbers can be.")
    low, high, step = _stepped(low, high)
    if not max(np.abs(low).max(), np.abs(high).max()) > FAR * (high - low).max():
        return scaled_single(mesh.vertices, mesh.unit.metres), none
    middle = low + (high - low) / 2
    return finite32(on_steps(mesh.vertices * np.float64(mesh.unit.metres), step) - middle), middle


def _stepped(low: Doubles, high: Doubles) -> tuple[Doubles, Doubles, float]:
    """
    Return two corners on a grid of steps, and the step: a power of two, of which float32 can count all that lie inside.

    What is far from the origin is written on this grid. Read again, it lies on the grid, the corners are the same, the
    step is the same or a part of it, and so is everything that is computed of them: whether it is far, and its middle.
    """
    exponent = _exponent(low, high)
    while True:
        step = 2.0**exponent
        one, other = on_steps(low, step), on_steps(high, step)
        # Rounding may widen it beyond what 24 bits count, by one step at most.
        if (other - one).max() <= step * 2.0**BITS:
            return one, other, step
        exponent += 1


def _exponent(low: Doubles, high: Doubles) -> int:
    extent = (high - low).max()
    if not extent:
        return LEAST_EXPONENT
    part, exponent = np.frexp(extent)
    # `frexp` counts powers of two one too high.
    return max(int(exponent) - int(part == 0.5) - BITS, LEAST_EXPONENT)  # noqa: PLR2004 the part of a power of two


def on_steps(points: Doubles, step: float) -> Doubles:
    """Return the multiples of a power of two that lie next to the points; far enough out, all numbers are some."""
    with np.errstate(over="ignore"):
        steps = points / step
    return np.where(np.abs(steps) < WHOLE, np.rint(steps) * step, points)


def finite32(values: Doubles) -> NDArray[np.float32]:
    """
    Return numbers as float32.

    Raises
    ------
    TargetTooSmall
        If one does not fit.
    """
    with np.errstate(over="ignore"):
        result = np.ascontiguousarray(values, dtype=np.float32)
    if result.size and not (np.isfinite(result.min()) and np.isfinite(result.max())):
        raise TargetTooSmall("A number is larger than glTF's numbers can be.")
    return result


# --- What corners carry -----------------------------------------------------------------------------------------------


def _filled(mesh: Mesh) -> Mesh:
    """Return the mesh with rounded coordinates, plain images, and no face that has some coordinates or colours only."""
    if mesh.uvs is not None and mesh.uv_faces is not None:
        rounded, rows = _rounded(mesh.uvs), _completed(mesh.uv_faces, len(mesh.uvs))
        if rows is not mesh.uv_faces or not np.array_equal(rounded, mesh.uvs):
            # The last row is for corners that have none: the upper left one, where the format begins to count.
            mesh = replace(mesh, uvs=np.vstack([rounded, [[0.0, 1.0]]]), uv_faces=rows)
    if mesh.colors is not None and mesh.color_faces is not None:
        rows = _completed(mesh.color_faces, len(mesh.colors))
        if rows is not mesh.color_faces:
            white = np.array([WHITE], dtype=np.uint8)
            mesh = replace(mesh, colors=np.vstack([mesh.colors, white]), color_faces=rows)
    textures = tuple(replace(one, image=without_profile(one.image)) for one in mesh.textures)
    return mesh if textures == mesh.textures else replace(mesh, textures=textures)


def _rounded(uvs: Doubles) -> Doubles:
    """Return texture coordinates that are the same after they were written and read."""
    with np.errstate(over="ignore"):
        down = finite32(np.stack([uvs[:, 0], 1.0 - uvs[:, 1]], axis=1)).astype(np.float64)
    # `1 - v` of a number near 0 drops digits that float32 would keep: what was dropped once is not there to be kept.
    down[:, 1] = finite32(1.0 - (1.0 - down[:, 1]))
    return np.stack([down[:, 0], 1.0 - down[:, 1]], axis=1)


def _completed(rows: Rows, last: int) -> Rows:
    """Return the rows of corners with the last row of the table where a face has no row but at another corner."""
    none = rows < 0
    some = np.asarray(none.any(axis=1) & ~none.all(axis=1))
    if not some.any():
        return rows
    return np.where(none & some[:, None], np.int32(last), rows)


# --- Materials --------------------------------------------------------------------------------------------------------


def _with_kinds(mesh: Mesh) -> tuple[Mesh, bool]:
    """
    Return the mesh with materials that say all, and whether faces lost a texture for that.

    glTF has opacity only where a material says so, so there is a plain one where only corners are seen through; and a
    textured material is only for faces with texture coordinates. A material that says nothing is none, as it is read.
    """
    materials = list(mesh.materials)
    faces = np.full(len(mesh.faces), -1, dtype=np.int32) if mesh.material_faces is None else mesh.material_faces
    bare = np.ones(len(faces), dtype=np.bool_) if mesh.uv_faces is None else np.all(mesh.uv_faces < 0, axis=1)
    swaps = [*range(len(materials)), -1]
    for row, material in enumerate(mesh.materials):
        if material.texture is not None:
            swaps[row] = len(materials)
            materials.append(replace(material, texture=None))
    bared = np.where(bare, np.array(swaps, dtype=np.int32)[faces], faces)
    untextured = not np.array_equal(bared, faces)
    mute = np.array([*(material == Material() for material in materials), False])
    if mute.any():
        bared = np.where(mute[bared], np.int32(-1), bared)
    if not np.array_equal(bared, faces):
        faces = bared
    if (seen_through(mesh) & (faces < 0)).any():
        faces = np.where(faces < 0, np.int32(len(materials)), faces)
        materials.append(Material())
    if faces is mesh.material_faces or not materials:
        return mesh, untextured
    return replace(mesh, materials=tuple(materials), material_faces=faces), untextured


def seen_through(mesh: Mesh) -> NDArray[np.bool_]:
    """Tell which faces have a corner whose own colour lets something through."""
    if mesh.colors is None or mesh.color_faces is None:
        return np.zeros(len(mesh.faces), dtype=np.bool_)
    # The last entry is for corners without a colour.
    through = np.append(mesh.colors[:, 3] < WHITE[3], False)
    return np.asarray(through[mesh.color_faces].any(axis=1))


# --- Groups -----------------------------------------------------------------------------------------------------------


def _grouped(mesh: Mesh) -> tuple[Mesh, tuple[Group, ...]]:
    """Return the mesh with the faces of a kind together, kinds in the order of their first faces."""
    kinds = np.zeros(len(mesh.faces), dtype=np.int64) if mesh.material_faces is None else mesh.material_faces + 1
    for table in (mesh.uv_faces, mesh.color_faces):
        kinds = kinds * 2 + (0 if table is None else table[:, 0] >= 0)
    different, same = np.unique(kinds, return_inverse=True)
    order, numbers = first_use(same.astype(np.int32), len(different))
    if (numbers[1:] < numbers[:-1]).any():
        mesh = build(_permuted(mesh, np.argsort(numbers, kind="stable")))
        numbers = np.sort(numbers)
    ends = np.searchsorted(numbers, np.arange(len(different)), side="right").tolist()
    starts = [0, *ends[:-1]]
    # Materials were numbered anew with the faces, in the same order.
    rows = [-1 if mesh.material_faces is None else int(mesh.material_faces[start]) for start in starts]
    groups = (
        Group(first=start, last=end, material=row, has_uvs=bool(kind & 2), has_colors=bool(kind & 1))
        for start, end, row, kind in zip(starts, ends, rows, different[order].tolist(), strict=True)
    )
    return mesh, tuple(groups)


def _permuted(mesh: Mesh, order: NDArray[np.intp]) -> Mesh:
    return replace(
        mesh,
        faces=mesh.faces[order],
        uv_faces=None if mesh.uv_faces is None else mesh.uv_faces[order],
        color_faces=None if mesh.color_faces is None else mesh.color_faces[order],
        material_faces=None if mesh.material_faces is None else mesh.material_faces[order],
    )
