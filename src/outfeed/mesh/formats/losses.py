"""What a mesh has and a format cannot hold."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from outfeed.mesh.appearance import WHITE
from outfeed.mesh.formats.numbers import as_written
from outfeed.mesh.model import Mesh
from outfeed.mesh.traits import Loss, Trait

#: Vertices that are looked at together; bounds the memory.
CHUNK = 65_536


def generic_losses(mesh: Mesh, holds: frozenset[Trait]) -> tuple[Loss, ...]:
    """Return what the mesh has of what a format with these traits does not hold; the unit is nobody's loss."""
    return tuple(Loss(what=trait) for trait in _present(mesh) if trait not in holds)


def _present(mesh: Mesh) -> Iterator[Trait]:
    """Yield what the mesh has."""
    if _needs_doubles(mesh):
        yield Trait.DOUBLES
    if mesh.has_uvs:
        yield Trait.UVS
    colored = mesh.colors is not None or any(material.color[:3] != WHITE[:3] for material in mesh.materials)
    if colored:
        yield Trait.COLORS
    if _is_seen_through(mesh):
        yield Trait.OPACITY
    if mesh.materials:
        yield Trait.MATERIALS
    if mesh.textures:
        yield Trait.TEXTURES


def _needs_doubles(mesh: Mesh) -> bool:
    """Tell whether any coordinate has more digits than float32 keeps: 0.1 has not, although its float32 differs."""
    if mesh.vertices.dtype == np.float32:
        return False
    pieces = (mesh.vertices[first : first + CHUNK] for first in range(0, len(mesh.vertices), CHUNK))
    return any(_is_rounded(piece.astype(np.float64, copy=False)) for piece in pieces)


def _is_rounded(points: NDArray[np.float64]) -> bool:
    with np.errstate(over="ignore"):
        short = points.astype(np.float32)
    return not np.isfinite(short).all() or bool((as_written(short) != points).any())


def _is_seen_through(mesh: Mesh) -> bool:
    of_corners = mesh.colors is not None and bool((mesh.colors[:, 3] != WHITE[3]).any())
    return of_corners or any(material.color[3] != WHITE[3] for material in mesh.materials)
