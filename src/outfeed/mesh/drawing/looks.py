"""What colour and light each place of a picture has, given the face that it shows."""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from outfeed import _kernels
from outfeed.mesh.appearance import WHITE
from outfeed.mesh.drawing.light import of_normals, unit
from outfeed.mesh.drawing.texels import LIGHT, Texels, pixels_of
from outfeed.mesh.drawing.views import Camera
from outfeed.mesh.model import Mesh

Shares = NDArray[np.float64]
Rows = NDArray[np.int32]

#: Light of a mesh without any colour, of 1.
GREY: Final = np.array((0.62, 0.64, 0.68))
#: Share of its light that a coloured surface scatters: nothing is as white as paper in full sun.
SCATTERED: Final = 0.92
#: Faces that lean from each other by less are drawn as one round surface: the cosine of the angle.
CREASE: Final = math.cos(math.radians(32))
#: Faces of meshes that are drawn round; those of finer ones are about as small as a picture's pixels.
MOST_ROUNDED: Final = 1 << 18
#: Nothing vanishes because of its colour: some programs write an opacity of 0 and mean nothing by it.
LEAST_OPACITY: Final = 0.12
#: Pixels of textures that are decoded for one picture; those of more textures are white.
MOST_PIXELS: Final = 1 << 28


class Looks:
    """
    Colours what is seen of a mesh.

    Parameters
    ----------
    detail
        Columns and rows of a texture that a picture can show.
    """

    def __init__(self, mesh: Mesh, camera: Camera, *, detail: int) -> None:
        self._mesh = mesh
        self._camera = camera
        self._detail = detail
        self._texels: dict[int, Texels | None] = {}
        self._left = MOST_PIXELS
        self._materials = LIGHT[np.array([WHITE, *(item.color for item in mesh.materials)], np.uint8), np.arange(4)]
        self._textures = np.array([-1, *(-1 if item.texture is None else item.texture for item in mesh.materials)])
        self._plain = _is_plain(mesh)
        self._normals = (
            _kernels.corner_normals(mesh.vertices, mesh.faces, camera.centre, camera.matrix, CREASE)
            if len(mesh.faces) <= MOST_ROUNDED
            else None
        )

    def at(self, faces: Rows, places: Shares) -> tuple[Shares, Shares]:
        """Return light (n, 3) and opacity (n,) where these faces (n,) are seen, at columns and rows (n, 2)."""
        different, which = np.unique(faces, return_inverse=True)
        seen = self._camera.project(self._mesh.vertices[self._mesh.faces[different]])
        shares = None if self._plain and self._normals is None else _shares(seen[which][:, :, :2], places)
        scattered, mirrored = self._lit(different, which, seen, shares)
        if self._plain or shares is None:
            return GREY * scattered[:, None] + mirrored[:, None], np.ones(len(faces))
        colors = self._colors(different, which, shares)
        return colors[:, :3] * SCATTERED * scattered[:, None] + mirrored[:, None], colors[:, 3]

    def _lit(self, faces: Rows, which: NDArray[np.intp], seen: Shares, shares: Shares | None) -> tuple[Shares, Shares]:
        """Return the light that is scattered and mirrored at each place (n,)."""
        if self._normals is not None and shares is not None:
            return of_normals(unit(_mixed(self._normals[faces][which], shares)), self._camera.axes)
        normals = unit(np.cross(seen[:, 1] - seen[:, 0], seen[:, 2] - seen[:, 0]))
        scattered, mirrored = of_normals(normals, self._camera.axes)
        return scattered[which], mirrored[which]

    def _colors(self, faces: Rows, which: NDArray[np.intp], shares: Shares) -> Shares:
        """Return what the material, the corners and the texture make of each place (n, 4)."""
        materials = self._material_rows(faces)
        colors = self._materials[materials][which]
        if self._mesh.colors is not None and self._mesh.color_faces is not None:
            colors *= _mixed(_lights(self._mesh.colors, self._mesh.color_faces[faces])[which], shares)
        colors[:, 3] = np.maximum(colors[:, 3], LEAST_OPACITY)
        if self._mesh.uvs is None or self._mesh.uv_faces is None:
            return colors
        textures = self._textures[materials]
        corners = self._mesh.uv_faces[faces]
        textures = np.where((corners >= 0).all(axis=1), textures, -1)[which]
        uvs = _mixed(self._mesh.uvs[corners][which], shares)
        for texture in np.unique(textures[textures >= 0]).tolist():
            texels = self._decoded(texture)
            if texels:
                here = textures == texture
                colors[here] *= texels.at(uvs[here])
        return colors

    def _material_rows(self, faces: Rows) -> NDArray[np.intp]:
        """Return rows of the tables of materials, which begin with the one of faces that have none."""
        if self._mesh.material_faces is None:
            return np.zeros(len(faces), dtype=np.intp)
        return self._mesh.material_faces[faces].astype(np.intp) + 1

    def _decoded(self, texture: int) -> Texels | None:
        """Return a texture, decoded when it is first seen; None for those that are too many."""
        if texture not in self._texels:
            image = self._mesh.textures[texture]
            self._left -= pixels_of(image)
            self._texels[texture] = Texels(image, side=self._detail) if self._left >= 0 else None
        return self._texels[texture]


def _is_plain(mesh: Mesh) -> bool:
    """Tell whether nothing gives the mesh a colour."""
    textured = mesh.uvs is not None and any(material.texture is not None for material in mesh.materials)
    return mesh.colors is None and not textured and all(material.color == WHITE for material in mesh.materials)


def _lights(colors: NDArray[np.uint8], corners: Rows) -> Shares:
    """Return light and opacity (n, 3, 4) of corners (n, 3); those without a colour are white."""
    found: Shares = LIGHT[colors[corners], np.arange(4)]
    found[corners < 0] = 1.0
    return found


def _shares(triangles: Shares, places: Shares) -> Shares:
    """Return the shares (n, 3) of the corners (n, 3, 2) at places (n, 2); places beside a triangle move onto it."""
    a, b, c = triangles[:, 0], triangles[:, 1], triangles[:, 2]
    whole = _area(b - a, c - a)
    sound = np.where(whole != 0, whole, 1.0)
    of_b = np.where(whole != 0, _area(places - a, c - a), 0.0) / sound
    of_c = np.where(whole != 0, _area(b - a, places - a), 0.0) / sound
    shares: Shares = np.clip(np.column_stack([1.0 - of_b - of_c, of_b, of_c]), 0.0, 1.0)
    shares /= shares.sum(axis=1, keepdims=True)
    return shares


def _area(one: Shares, other: Shares) -> Shares:
    return one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]


def _mixed(corners: NDArray[np.floating], shares: Shares) -> Shares:
    """Return what the corners (n, 3, k) come to (n, k)."""
    mixed: Shares = (corners * shares[:, :, None]).sum(axis=1)
    return mixed
