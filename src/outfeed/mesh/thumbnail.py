"""A small picture of a mesh, drawn by the processor alone: the same mesh always gives the same bytes."""

import io
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from outfeed import _kernels
from outfeed.mesh.drawing.canvas import Canvas
from outfeed.mesh.drawing.light import SUN, blurred, hollows, to_picture
from outfeed.mesh.drawing.looks import Looks
from outfeed.mesh.drawing.views import VIEWS, Camera, View, coarser, fitted, moved, shadow_of
from outfeed.mesh.model import Mesh

#: Columns and rows of the picture that every import makes.
DEFAULT_SIZE: Final = (512, 512)

#: Samples along each side of a pixel, by how much the picture is drawn smaller and enlarged afterwards, and how many
#: samples it may have: nine for each pixel of a small picture, four of a large one.
FINENESS: Final = ((3, 1, 1 << 21), (2, 1, 1 << 22), (1, 1, 1 << 22), (1, 4, 1 << 22), (1, 16, 1 << 22))
#: Work for one look at the mesh, in the units of the kernel: so much, and so much for each triangle; a second, and a
#: second for ten million. Only meshes whose triangles hide each other a hundred times reach it; they are drawn coarser.
#: The coarsest picture is drawn whatever it takes.
BUDGET: Final = 1 << 28
BUDGET_PER_TRIANGLE: Final = 64
UNBOUNDED: Final = 1 << 62
#: Surfaces behind each other that are seen where the nearer ones let light through.
LAYERS: Final = 5
#: A view that shows less than this share of the picture is taken only if no other shows more.
FULL_ENOUGH: Final = 0.01

#: Light of the background, and the share of it that the ground loses below a mesh.
BACKGROUND: Final = np.array((0.896, 0.905, 0.920))
SHADOW: Final = 0.40
#: Radius of the shadow's soft edge, and of what is darker for lying deep, as shares of the picture.
SOFT: Final = 0.022
DEEP: Final = (0.012, 0.040)
#: Share of its light that the deepest pixel loses.
DARKEST: Final = 0.55


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Seen:
    """What one look at the mesh shows."""

    camera: Camera
    #: (h, w): the face at each sample, -1 for none.
    faces: NDArray[np.int32]
    #: (h, w): how far away it is, in samples; infinite for none.
    depths: NDArray[np.float64]
    #: Samples along each side of a pixel.
    samples: int


def thumbnail(mesh: Mesh, *, size: tuple[int, int] = DEFAULT_SIZE) -> bytes:
    """
    Return a picture of the mesh from its front, from the right and above, as PNG without metadata.

    Faces are shown from both sides, in the colours of their corners, materials and textures; a mesh without any is
    grey. What is seen through shows what lies behind it. A mesh without any area gives the empty background.

    Parameters
    ----------
    size
        Columns and rows, 1 to 4,096 each.
    """
    vertices: Any = np.ascontiguousarray(mesh.vertices)
    mesh = replace(mesh, vertices=vertices, faces=np.ascontiguousarray(mesh.faces))
    seen = _best_view(mesh, size)
    light, through = _surfaces(mesh, seen)
    shaded = light * (1.0 - DARKEST * _depth_cue(seen))[..., None] + _ground(mesh, seen) * through[..., None]
    picture = Image.fromarray(to_picture(shaded))
    out = io.BytesIO()
    (picture if picture.size == size else picture.resize(size, Image.Resampling.BICUBIC)).save(out, "PNG")
    return out.getvalue()


def _best_view(mesh: Mesh, size: tuple[int, int]) -> _Seen:
    """Return the first view that shows the mesh well, or else the one that shows most of it."""
    seen = []
    for view in VIEWS:
        seen.append(_look(mesh, view, size))
        if _coverage(seen[-1]) >= FULL_ENOUGH:
            return seen[-1]
    return max(seen, key=_coverage)


def _coverage(seen: _Seen) -> float:
    return float((seen.faces >= 0).mean())


def _look(mesh: Mesh, view: View, size: tuple[int, int]) -> _Seen:
    """Draw the mesh as finely as the budget allows."""
    for samples, smaller, most in FINENESS:
        width, height = (samples * max(side // smaller, 1) for side in size)
        last = smaller == FINENESS[-1][1]
        if width * height > most and not last:
            continue
        camera = fitted(mesh, view, width, height)
        found = _visible(mesh, camera, width, height, bounded=not last)
        if found:
            break
    faces, depths = found or (np.full((1, 1), -1, np.int32), np.full((1, 1), np.inf))
    return _Seen(camera=camera, faces=faces, depths=depths, samples=samples)


def _visible(
    mesh: Mesh,
    camera: Camera,
    width: int,
    height: int,
    *,
    behind: NDArray[np.float64] | None = None,
    bounded: bool = True,
) -> tuple[NDArray[np.int32], NDArray[np.float64]] | None:
    """Return the face and the depth of each sample; None where that takes more than the budget."""
    budget = BUDGET + BUDGET_PER_TRIANGLE * len(mesh.faces) if bounded else UNBOUNDED
    return _kernels.visible(mesh.vertices, mesh.faces, camera.centre, camera.matrix, width, height, behind, budget)


def _surfaces(mesh: Mesh, seen: _Seen) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the light of each pixel (h, w, 3), and the share that passes it by (h, w), front to back."""
    height, width = seen.faces.shape
    pixels = height // seen.samples, width // seen.samples
    canvas = Canvas(*pixels, each=seen.samples)
    looks = Looks(mesh, seen.camera, detail=2 * max(pixels))
    faces, depths = seen.faces, seen.depths
    for _ in range(LAYERS):
        canvas.add(faces, looks)
        open_still = canvas.open_samples() & (faces >= 0)
        if not open_still.any():
            break
        found = _visible(mesh, seen.camera, width, height, behind=np.where(open_still, depths, np.inf))
        if not found:
            break
        faces, depths = found
    return canvas.light.reshape(*pixels, 3), canvas.through().reshape(pixels)


def _depth_cue(seen: _Seen) -> NDArray[np.float64]:
    """Return how dark each pixel (h, w) is for lying deep between others, 0 to 1."""
    each = seen.samples
    height, width = (side // each for side in seen.faces.shape)
    nearest = seen.depths.reshape(height, each, width, each).min(axis=1).min(axis=2) / each
    return hollows(nearest, [max(round(share * max(height, width)), 1) for share in DEEP])


def _ground(mesh: Mesh, seen: _Seen) -> NDArray[np.float64]:
    """Return the light of the background (h, w, 3), with the mesh's soft shadow on the ground that it stands on."""
    height, width = (side // seen.samples for side in seen.faces.shape)
    # Drawn beyond the edge of the picture, so that what is cut off there does not look like the shadow's own edge.
    radius, margin = round(SOFT * width) + 1, width // 8
    right, down, away = seen.camera.axes
    sun = SUN[0] * right - SUN[1] * down - SUN[2] * away
    camera = moved(coarser(shadow_of(seen.camera, mesh, sun), seen.samples), margin)
    found = _visible(mesh, camera, width + 2 * margin, height + 2 * margin)
    shadow = np.zeros((height, width))
    if found:
        shadow = blurred(found[0] >= 0, radius)[margin : margin + height, margin : margin + width]
    return BACKGROUND * (1.0 - SHADOW * shadow)[..., None]
