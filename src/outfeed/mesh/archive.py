"""Meshes on disk, in our own format: safetensors, which maps to arrays and runs nothing."""

import re
from pathlib import Path
from typing import Any, Final

from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from outfeed.errors import SourceDamaged
from outfeed.mesh.model import Mesh, check
from outfeed.mesh.units import Unit

#: The only entry of the header's metadata: the library writes several in no fixed order.
UNIT: Final = "unit"


def save(mesh: Mesh, path: Path) -> None:
    """Write the mesh; the same mesh always gives the same bytes. Raise `OSError` where there is no room for it."""
    tensors: dict[str, Any] = {"vertices": mesh.vertices, "faces": mesh.faces}
    if mesh.uvs is not None and mesh.uv_faces is not None:
        tensors |= {"uvs": mesh.uvs, "uv_faces": mesh.uv_faces}
    try:
        save_file(tensors, path, metadata={UNIT: mesh.unit.value})
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
            unit = Unit((file.metadata() or {}).get(UNIT, ""))
        mesh = Mesh(unit=unit, **tensors)
    except (SafetensorError, ValueError, TypeError) as error:
        raise SourceDamaged("The stored mesh cannot be read.") from error
    return check(mesh)


def _of_system(error: SafetensorError) -> Exception:
    """Return the system's own error: the library keeps its number in the text only."""
    found = re.search(r"\(os error (\d+)\)", str(error))
    return OSError(int(found[1]), str(error)) if found else error
