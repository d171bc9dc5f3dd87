"""A small picture of a mesh, drawn by the processor alone: the same mesh always gives the same bytes."""

import io
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from outfeed import _kernels
from outfeed.mesh.drawing.light import SUN, blurred, hollows, to_picture
from outfeed.mesh.drawing.looks import Looks
from outfeed.mesh.drawing.views import VIEWS, Camera, View, coarser, fitted, shadow_of
from outfeed.mesh.model import Mesh

#: Columns and rows of the picture that every import makes.
DEFAULT_SIZE: Final = (512, 512)

#: Samples along each side of a pixel, and by how much the picture is drawn smaller and enlarged afterwards.
FINENESS: Final = ((3, 1), (2, 1), (1, 1), (1, 2), (1, 4), (1, 8), (1, 16))
#: Most samples of a picture: no finer grid is used.
MOST_SAMPLES: Final = 1 << 22
#: Work for one look at the mesh, in the kernel's units: a few seconds. Only meshes whose triangles hide each other
#: hundreds of times reach it; they are drawn coarser. The coarsest picture is drawn whatever it takes.
BUDGET: Final = 1 << 31
UNBOUNDED: Final = 1 << 62
#: Surfaces behind each other that are seen where the nearer ones let light through.
LAYERS: Final = 5
#: Less light than this is not followed any further.
DARK: Final = 0.02
#: Samples whose colours are worked out together; bounds the memory.
CHUNK: Final = 1 << 16
#: A view that shows less than this share of the picture is taken only if no other shows more.
FULL_ENOUGH: Final = 0.01

#: Light of the background, and the share of it that the ground loses below a mesh.
BACKGROUND: Final = np.array((0.896, 0.905, 0.920))
SHADOW: Final = 0.50
#: Radius of the shadow's soft edge, and of what is darker for lying deep, as shares of the picture.
SOFT: Final = 0.016
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
    for samples, smaller in FINENESS:
        width, height = (samples * max(side // smaller, 1) for side in size)
        last = smaller == FINENESS[-1][1]
        if width * height > MOST_SAMPLES and not last:
            continue
        camera = fitted(mesh, view, width, height)
        found = _visible(mesh, camera, width, height, budget=UNBOUNDED if last else BUDGET)
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
    budget: int,
) -> tuple[NDArray[np.int32], NDArray[np.float64]] | None:
    """Return the face and the depth of each sample; None where that takes more than the budget."""
    return _kernels.visible(mesh.vertices, mesh.faces, camera.centre, camera.matrix, width, height, behind, budget)


def _surfaces(mesh: Mesh, seen: _Seen) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the light of each pixel (h, w, 3), and the share that passes it by (h, w), front to back."""
    height, width = seen.faces.shape
    light, through = np.zeros((height * width, 3), np.float32), np.ones(height * width, np.float32)
    looks = Looks(mesh, seen.camera, detail=2 * max(width, height) // seen.samples)
    faces, depths = seen.faces, seen.depths
    for _ in range(LAYERS):
        _add(looks, faces.reshape(-1), width, light, through)
        open_still = (through > DARK).reshape(height, width) & (faces >= 0)
        if not open_still.any():
            break
        behind = np.where(open_still, depths, np.inf)
        found = _visible(mesh, seen.camera, width, height, behind=behind, budget=BUDGET)
        if not found:
            break
        faces, depths = found
    return _pixels(light.reshape(height, width, 3), seen.samples), _pixels(through.reshape(height, width), seen.samples)


def _add(
    looks: Looks,
    faces: NDArray[np.int32],
    width: int,
    light: NDArray[np.float32],
    through: NDArray[np.float32],
) -> None:
    """Add the light of one layer to the samples that show it, and take away what it hides."""
    shown = np.flatnonzero((faces >= 0) & (through > DARK))
    for first in range(0, len(shown), CHUNK):
        which = shown[first : first + CHUNK]
        rows, columns = np.divmod(which, width)
        colors, opacity = looks.at(faces[which], columns, rows)
        light[which] += (through[which] * opacity)[:, None] * colors
        through[which] *= 1.0 - opacity


def _pixels(samples: NDArray[np.float32], each: int) -> NDArray[np.float64]:
    """Return the means of the samples (h * each, w * each, …) of each pixel (h, w, …)."""
    height, width = samples.shape[0] // each, samples.shape[1] // each
    squares = samples.reshape(height, each, width, each, *samples.shape[2:])
    means: NDArray[np.float64] = squares.mean(axis=(1, 3), dtype=np.float64)
    return means


def _depth_cue(seen: _Seen) -> NDArray[np.float64]:
    """Return how dark each pixel (h, w) is for lying deep between others, 0 to 1."""
    each = seen.samples
    height, width = (side // each for side in seen.faces.shape)
    nearest = seen.depths.reshape(height, each, width, each).min(axis=(1, 3)) / each
    radii = [max(round(share * max(height, width)), 1) for share in DEEP]
    deep: NDArray[np.float64] = np.maximum.reduce([hollows(nearest, radius) for radius in radii])
    return deep


def _ground(mesh: Mesh, seen: _Seen) -> NDArray[np.float64]:
    """Return the light of the background (h, w, 3), with the mesh's soft shadow on the ground that it stands on."""
    height, width = (side // seen.samples for side in seen.faces.shape)
    right, down, away = seen.camera.axes
    sun = SUN[0] * right - SUN[1] * down - SUN[2] * away
    camera = coarser(shadow_of(seen.camera, mesh, sun), seen.samples)
    found = _visible(mesh, camera, width, height, budget=BUDGET)
    shadow = np.zeros((height, width)) if found is None else blurred(found[0] >= 0, round(SOFT * width) + 1)
    return BACKGROUND * (1.0 - SHADOW * shadow)[..., None]
