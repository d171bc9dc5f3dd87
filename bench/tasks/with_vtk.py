"""vtk."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from vtkmodules.util.numpy_support import (  # type: ignore[import-not-found]  # it is in the peers' environment
    numpy_to_vtk,
    numpy_to_vtkIdTypeArray,
)
from vtkmodules.vtkCommonCore import vtkPoints  # type: ignore[import-not-found]  # as above
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData  # type: ignore[import-not-found]  # as above
from vtkmodules.vtkFiltersCore import (  # type: ignore[import-not-found]  # as above
    vtkCleanPolyData,
    vtkFeatureEdges,
    vtkMassProperties,
    vtkOrientPolyData,
    vtkPolyDataConnectivityFilter,
    vtkRemoveDuplicatePolys,
)
from vtkmodules.vtkIOGeometry import vtkOBJReader  # type: ignore[import-not-found]  # as above

from tasks import Work


def read_obj(source: Path, _target: Path) -> Work:
    """OBJ into vtk's own tables."""

    def work() -> None:
        reader = vtkOBJReader()
        reader.SetFileName(str(source))
        reader.Update()

    return work


def analysis(source: Path, _target: Path) -> Work:
    """Open and non-manifold edges, winding, degenerate and duplicate faces, parts, volume."""
    return _steps(source, [_edges, _clean, _oriented, _parts, _mass, _duplicates])


def analysis_without_duplicates(source: Path, _target: Path) -> Work:
    """Do the same but for duplicate faces, which take vtk as long as all the rest."""
    return _steps(source, [_edges, _clean, _oriented, _parts, _mass])


def _steps(source: Path, steps: list[Callable[[Any], Any]]) -> Work:
    mesh = _loaded(source)

    def work() -> None:
        for step in steps:
            step(mesh).Update()

    return work


def _edges(mesh: Any) -> Any:
    step = vtkFeatureEdges()
    step.SetInputData(mesh)
    step.BoundaryEdgesOn()
    step.NonManifoldEdgesOn()
    step.FeatureEdgesOff()
    step.ManifoldEdgesOff()
    step.ColoringOff()
    return step


def _clean(mesh: Any) -> Any:
    """Return the step that finds degenerate faces; the vertices are welded already."""
    step = vtkCleanPolyData()
    step.SetInputData(mesh)
    step.PointMergingOff()
    return step


def _oriented(mesh: Any) -> Any:
    step = vtkOrientPolyData()
    step.SetInputData(mesh)
    step.ConsistencyOn()
    step.AutoOrientNormalsOff()
    return step


def _parts(mesh: Any) -> Any:
    step = vtkPolyDataConnectivityFilter()
    step.SetInputData(mesh)
    step.SetExtractionModeToAllRegions()
    return step


def _mass(mesh: Any) -> Any:
    step = vtkMassProperties()
    step.SetInputData(mesh)
    return step


def _duplicates(mesh: Any) -> Any:
    step = vtkRemoveDuplicatePolys()
    step.SetInputData(mesh)
    return step


def _loaded(source: Path) -> Any:
    arrays = np.load(source)
    points, cells, mesh = vtkPoints(), vtkCellArray(), vtkPolyData()
    points.SetData(numpy_to_vtk(arrays["vertices"], deep=True))
    cells.SetData(3, numpy_to_vtkIdTypeArray(arrays["faces"].astype(np.int64).ravel(), deep=True))
    mesh.SetPoints(points)
    mesh.SetPolys(cells)
    return mesh
