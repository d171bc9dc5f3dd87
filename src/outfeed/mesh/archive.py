"""Meshes on disk, in our own format: safetensors, which maps to arrays and runs nothing."""

import json
import re
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from outfeed.errors import SourceDamaged
from outfeed.mesh.appearance import Material, Texture, Wrap
from outfeed.mesh.model import Mesh, check
from outfeed.mesh.units import Unit

#: The only entry of the header's metadata: the library writes several in no fixed order.
ABOUT: Final = "mesh"
#: The tables of a mesh, by name.
TABLES: Final = ("vertices", "faces", "uvs", "uv_faces", "colors", "color_faces", "material_faces")


def save(mesh: Mesh, path: Path) -> None:
    """Write the mesh; the same mesh always gives the same bytes. Raise `OSError` where there is no room for it."""
    tensors = {name: table for name in TABLES if (table := getattr(mesh, name)) is not None}
    tensors |= {_image(row): np.frombuffer(item.image, np.uint8) for row, item in enumerate(mesh.textures)}
    about = {
        "unit": mesh.unit.value,
        "materials": [asdict(material) for material in mesh.materials],
        "textures": [[item.media_type, item.wrap_u.value, item.wrap_v.value] for item in mesh.textures],
    }
    try:
        save_file(tensors, path, metadata={ABOUT: json.dumps(about, sort_keys=True)})
    except SafetensorError as error:
        raise _of_system(error) from error


def load(path: Path) -> Mesh:
    """
    Read a mesh that `save` wrote. The file is ours, but a disk may have hurt it, so everything is checked.

    Raises
    ------
    SourceDamaged, IndexOutOfRange, NotFinite
        If the file is not what `save` writes.
    """
    try:
        with safe_open(path, framework="numpy") as file:
            tensors: dict[str, Any] = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 no mapping
            mesh = _loaded(tensors, file.metadata() or {})
    except (SafetensorError, ValueError, TypeError, KeyError) as error:
        raise SourceDamaged("The stored mesh cannot be read.") from error
    return check(mesh)


def _loaded(tensors: dict[str, Any], metadata: dict[str, str]) -> Mesh:
    if "unit" in metadata:  # as version 0.1 wrote it: a mesh was its tables and its unit
        about: dict[str, Any] = {"unit": metadata["unit"], "materials": [], "textures": []}
    else:
        about = json.loads(metadata[ABOUT])
    textures = [
        Texture(image=tensors.pop(_image(row)).tobytes(), media_type=kind, wrap_u=Wrap(wrap_u), wrap_v=Wrap(wrap_v))
        for row, (kind, wrap_u, wrap_v) in enumerate(about["textures"])
    ]
    materials = [Material(**item | {"color": tuple(item["color"])}) for item in about["materials"]]
    return Mesh(unit=Unit(about["unit"]), materials=tuple(materials), textures=tuple(textures), **tensors)


def _image(row: int) -> str:
    return f"image_{row}"


def _of_system(error: SafetensorError) -> Exception:
    """Return the system's own error: the library keeps its number in the text only."""
    found = re.search(r"\(os error (\d+)\)", str(error))
    return OSError(int(found[1]), str(error)) if found else error
