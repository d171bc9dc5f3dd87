"""Wavefront OBJ with its materials and textures, in a ZIP."""

from dataclasses import replace
from typing import BinaryIO, Final

import numpy as np

from outfeed.mesh.appearance import WHITE, Material, Texture, Wrap
from outfeed.mesh.build import build
from outfeed.mesh.formats.numbers import in_unit
from outfeed.mesh.formats.obj.mtl import library, plain_name, written_names
from outfeed.mesh.formats.obj.rows import opaque, write_lines
from outfeed.mesh.formats.zip_writer import ArchiveWriter
from outfeed.mesh.model import Mesh
from outfeed.mesh.reporting import Report, silent
from outfeed.mesh.traits import Loss, Trait
from outfeed.mesh.units import Unit

MODEL: Final = "model.obj"
LIBRARY: Final = "model.mtl"
#: Ends of images' names by media type.
_ENDS: Final = {"image/png": "png", "image/jpeg": "jpg"}


def write_obj_zip(mesh: Mesh, out: BinaryIO, *, unitless: Unit, report: Report = silent) -> tuple[Loss, ...]:
    """
    Write `model.obj`, and where there are materials `model.mtl` and a file for each image in `textures/`.

    Names of materials stay if each is one line and no two are alike. Faces without a material get a white one, except
    before all others.
    """
    fitted = _fitted(in_unit(mesh, unitless))
    names = written_names(material.name for material in fitted.materials)
    named = tuple(replace(one, name=name) for one, name in zip(fitted.materials, names, strict=True))
    colors = None if fitted.colors is None or fitted.color_faces is None else opaque(fitted.colors, fitted.color_faces)
    images: dict[bytes, str] = {}
    for texture in fitted.textures:
        images.setdefault(texture.image, f"textures/{len(images) + 1}.{_ENDS[texture.media_type]}")
    archive = ArchiveWriter(out)
    with archive.part(MODEL) as part:
        write_lines(fitted, part, colors=colors, names=names, library=LIBRARY if names else "", report=report)
    if names:
        files = [_option(texture) + images[texture.image] for texture in fitted.textures]
        archive.add(LIBRARY, library(named, files))
    for image, name in images.items():
        archive.add(name, image, packed=False)
    archive.close()
    return tuple(_losses(mesh, names))


def _option(texture: Texture) -> str:
    return "-clamp on " if texture.wrap_u is Wrap.CLAMP else ""


def _fitted(mesh: Mesh) -> Mesh:
    """Return the mesh with what OBJ can say of its materials and textures."""
    textures = tuple(_both_ways(texture) for texture in mesh.textures)
    materials = tuple(replace(material, name=plain_name(material.name)) for material in mesh.materials)
    rows = mesh.material_faces
    if rows is not None and _has_late_gap(rows):
        rows, materials = np.where(rows < 0, np.int32(len(materials)), rows), (*materials, Material())
    if (textures, materials) == (mesh.textures, mesh.materials):
        return mesh
    return build(replace(mesh, textures=textures, materials=materials, material_faces=rows))


def _both_ways(texture: Texture) -> Texture:
    """Return a texture that is clamped in both directions or repeated in both."""
    wrap = Wrap.CLAMP if texture.wrap_u is texture.wrap_v is Wrap.CLAMP else Wrap.REPEAT
    return replace(texture, wrap_u=wrap, wrap_v=wrap)


def _has_late_gap(rows: np.ndarray[tuple[int, ...], np.dtype[np.int32]]) -> bool:
    """Tell whether a face without a material follows one that has some."""
    return bool((np.diff((rows < 0).astype(np.int8)) > 0).any())


def _losses(mesh: Mesh, names: list[str]) -> list[Loss]:
    losses = []
    kept = {material.name for material in mesh.materials}.intersection(names)
    if mesh.colors is not None and (mesh.colors[:, 3] != WHITE[3]).any():
        losses.append(Loss(what=Trait.OPACITY, why="Corners have no opacity in OBJ, only materials."))
    if len(kept) < len(mesh.materials):
        losses.append(Loss(what=Trait.MATERIALS, why="Names of materials were changed: each is a line of its own."))
    if any(_both_ways(texture) != texture for texture in mesh.textures):
        losses.append(Loss(what=Trait.TEXTURES, why="Beyond their edges, textures repeat or are clamped both ways."))
    return losses
