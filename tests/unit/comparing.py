"""What a mesh that was written and read again has lost: found by looking at both, and not by asking the writer."""

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from outfeed.mesh.appearance import WHITE, Material
from outfeed.mesh.model import Mesh
from outfeed.mesh.shown import shown_colors
from outfeed.mesh.traits import Trait
from outfeed.mesh.units import Unit

#: Half a step of float32 at 1.0.
HALF_STEP: Final = 2.0**-24
#: How far a texture coordinate from -1 to 2 may be off.
UV_STEP: Final = 2 * HALF_STEP


def corner_positions(mesh: Mesh, unit: Unit = Unit.MILLIMETRE) -> Any:
    """Return where each corner of each face is (m, 3, 3), in a unit."""
    return mesh.vertices.astype(np.float64)[mesh.faces] * mesh.unit.to(unit)


def corner_colors(mesh: Mesh) -> Any:
    """Return the colour that each corner shows (m, 3, 4), white where it has none."""
    shown = shown_colors(mesh)
    if shown is None:
        return np.full((*mesh.faces.shape, 4), 255, dtype=np.uint8)
    return np.vstack([shown[0], [WHITE]]).astype(np.uint8)[shown[1]]


def corner_uvs(mesh: Mesh) -> Any:
    """Return the texture coordinate of each corner (m, 3, 2), not a number where it has none."""
    if mesh.uvs is None or mesh.uv_faces is None:
        return np.full((*mesh.faces.shape, 2), np.nan)
    return np.vstack([mesh.uvs, [[np.nan, np.nan]]])[mesh.uv_faces]


def face_materials(mesh: Mesh) -> list[Material | None]:
    """Return the material of each face without its texture, None where it has none."""
    if mesh.material_faces is None:
        return [None] * len(mesh.faces)
    plain = [Material(name=item.name, color=item.color) for item in mesh.materials]
    return [plain[row] if row >= 0 else None for row in mesh.material_faces.tolist()]


def face_textures(mesh: Mesh) -> list[Any]:
    """Return the texture of each face, None where it has none."""
    if mesh.material_faces is None:
        return [None] * len(mesh.faces)
    rows = [item.texture for item in mesh.materials]
    textures = [None if row is None else mesh.textures[row] for row in rows]
    return [textures[row] if row >= 0 else None for row in mesh.material_faces.tolist()]


def sameness(mesh: Mesh, again: Mesh) -> Any:
    """
    Return for each face of `mesh` the face of `again` that it became: writers may group faces by their material.

    Every writer keeps the order within a material, so the faces at the same place are taken in their order.
    """
    places: dict[bytes, list[int]] = {}
    scale = np.abs(corner_positions(mesh)).max(initial=1e-300)
    for row, corners in enumerate(_rounded(again, scale)):
        places.setdefault(corners.tobytes(), []).append(row)
    found = [places.get(corners.tobytes(), []) for corners in _rounded(mesh, scale)]
    taken: Counter[int] = Counter()
    return np.array([_next(rows, taken) for rows in found])


def _next(rows: list[int], taken: Counter[int]) -> int:
    row = next((row for row in rows if not taken[row]), -1)
    taken[row] += 1
    return row


def _rounded(mesh: Mesh, scale: float) -> Any:
    return np.rint(corner_positions(mesh) / scale * 2**18).astype(np.int64)


def differences(mesh: Mesh, again: Mesh) -> Iterator[Trait]:
    """Yield what the second mesh has not, or has otherwise; its faces are those of the first, in the same order."""
    colors, others = corner_colors(mesh), corner_colors(again)
    if not np.array_equal(colors[..., :3], others[..., :3]):
        yield Trait.COLORS
    if not np.array_equal(colors[..., 3], others[..., 3]):
        yield Trait.OPACITY
    uvs, kept = corner_uvs(mesh), corner_uvs(again)
    known = ~np.isnan(uvs)
    # Some formats count v downwards, in float32: 1 - v is rounded.
    if np.isnan(kept[known]).any() or np.abs(uvs[known] - kept[known]).max(initial=0) > UV_STEP:
        yield Trait.UVS
    pairs = zip(face_materials(mesh), face_materials(again), strict=True)
    # Some formats cannot say "no material any more": a white one is no loss.
    if any(one != other and (one or (other and other.color != WHITE)) for one, other in pairs):
        yield Trait.MATERIALS
    if face_textures(mesh) != face_textures(again):
        yield Trait.TEXTURES
    if not np.array_equal(corner_positions(mesh), corner_positions(again)):
        yield Trait.DOUBLES
