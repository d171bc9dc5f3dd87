"""Meshes on disk, in our own format: safetensors, which maps to arrays and runs nothing."""

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
    """Write the mesh; the same mesh always gives the same bytes."""
    tensors: dict[str, Any] = {"vertices": mesh.vertices, "faces": mesh.faces}
    if mesh.uvs is not None and mesh.uv_faces is not None:
        tensors |= {"uvs": mesh.uvs, "uv_faces": mesh.uv_faces}
    save_file(tensors, path, metadata={UNIT: mesh.unit.value})


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
