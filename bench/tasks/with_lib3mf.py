"""lib3mf, the reference of 3MF."""

import ctypes
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lib3mf  # type: ignore[import-untyped]  # the package ships no types
import numpy as np

from tasks import Work

WRAPPER = lib3mf.get_wrapper()


def read(source: Path, _target: Path) -> Work:
    """3MF into lib3mf's own model: no arrays, which would cost its Python seconds."""
    model = WRAPPER.CreateModel()

    def work() -> None:
        model.QueryReader("3mf").ReadFromFile(str(source))

    return work


def write(source: Path, target: Path) -> Work:
    """Arrays into 3MF: through lib3mf's public functions, which take an object for each row, or a view of them."""
    vertices, faces = _loaded(source)

    def work() -> None:
        points = (lib3mf.Position * len(vertices)).from_buffer(vertices)
        corners = (lib3mf.Triangle * len(faces)).from_buffer(faces)
        _write(_modelled(lambda mesh: mesh.SetGeometry(points, corners)), target)

    return work


def write_model(source: Path, target: Path) -> Work:
    """Write the mesh that is in lib3mf's own model already."""
    vertices, faces = _loaded(source)
    points = vertices.ctypes.data_as(ctypes.POINTER(lib3mf.Position))
    corners = faces.ctypes.data_as(ctypes.POINTER(lib3mf.Triangle))
    sizes = ctypes.c_uint64(len(vertices)), ctypes.c_uint64(len(faces))

    def fill(mesh: Any) -> None:
        set_geometry = WRAPPER.lib.lib3mf_meshobject_setgeometry
        code = set_geometry(mesh._handle, sizes[0], points, sizes[1], corners)  # noqa: SLF001 no public way is fast
        WRAPPER.checkError(mesh, code)

    model = _modelled(fill)
    return lambda: _write(model, target)


def _modelled(fill: Callable[[Any], None]) -> Any:
    model = WRAPPER.CreateModel()
    mesh = model.AddMeshObject()
    fill(mesh)
    model.AddBuildItem(mesh, WRAPPER.GetIdentityTransform())
    return model


def _write(model: Any, target: Path) -> None:
    model.QueryWriter("3mf").WriteToFile(str(target))


def _loaded(source: Path) -> tuple[Any, Any]:
    arrays = np.load(source)
    return arrays["vertices"].astype(np.float32), arrays["faces"].astype(np.uint32)
