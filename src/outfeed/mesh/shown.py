"""The colour that each corner shows: its own, times its material's. Textures play no part."""

import numpy as np
from numpy.typing import NDArray

from outfeed.mesh.appearance import WHITE
from outfeed.mesh.model import Mesh

Shares = NDArray[np.float64]


def shown_colors(mesh: Mesh) -> tuple[NDArray[np.uint8], NDArray[np.int32]] | None:
    """
    Return colours (c, 4) uint8 and the row of each corner (m, 3), -1 for corners that nothing colours.

    None where nothing colours any. Products are taken of light, as glTF does, and not of the numbers of sRGB.
    """
    if mesh.material_faces is None:
        return None if mesh.colors is None or mesh.color_faces is None else (mesh.colors, mesh.color_faces)
    of_faces = np.array([material.color for material in mesh.materials], dtype=np.uint8)
    if mesh.colors is None or mesh.color_faces is None:
        return of_faces, np.repeat(mesh.material_faces[:, None], 3, axis=1)
    wide = len(mesh.colors) + 1
    corners = (mesh.material_faces[:, None].astype(np.int64) + 1) * wide + mesh.color_faces + 1
    pairs, rows = np.unique(corners, return_inverse=True)
    material_rows, color_rows = np.divmod(pairs, wide)
    none = np.array([WHITE], dtype=np.uint8)
    colors = multiplied(np.vstack([none, of_faces])[material_rows], np.vstack([none, mesh.colors])[color_rows])
    named = pairs > 0
    numbers = np.where(named, np.cumsum(named) - 1, -1).astype(np.int32)
    return np.ascontiguousarray(colors[named]), numbers[rows.reshape(mesh.faces.shape)]


def multiplied(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the products of colours (n, 4): a colour times white is that colour, to the last bit."""
    product = to_linear(one) * to_linear(other)
    return from_linear(product)


def to_linear(colors: NDArray[np.uint8]) -> Shares:
    """Return colours (n, 4) as shares of light, 0 to 1; opacity is a share already."""
    shares = colors / 255.0
    light = np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)  # noqa: PLR2004 IEC 61966-2-1
    light[:, 3] = shares[:, 3]
    return light


def from_linear(shares: Shares) -> NDArray[np.uint8]:
    """Return shares of light (n, 4) as colours; what lies outside 0 to 1 is cut off."""
    light = np.clip(shares, 0.0, 1.0)
    signal = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)  # noqa: PLR2004 as above
    signal[:, 3] = light[:, 3]
    return np.rint(signal * 255.0).astype(np.uint8)
