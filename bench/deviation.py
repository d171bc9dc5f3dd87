"""How far two surfaces are from each other: `python deviation.py ONE TWO` prints it as JSON. Judged by VTK.

Points are sampled evenly on the area of each surface, with a fixed seed, and their distance to the other's triangles is
exact. Runs in the peers' environment; reads STL and PLY.
"""

import json
import sys
from pathlib import Path
from typing import Any

#: Points on each surface: the root mean square then repeats to about a hundredth.
SAMPLES = 200_000


def deviation(one: Path, two: Path, *, samples: int = SAMPLES) -> dict[str, float]:
    """
    Return the distance between two surfaces, as shares of the diagonal of the first one's bounding box.

    `rms` is the root mean square over the samples of both, `max` the largest, `one_to_two` and `two_to_one` the root
    mean square of each way.
    """
    import numpy as np

    first, second = _surface(one), _surface(two)
    there = _distances(_sampled(first, samples), second)
    back = _distances(_sampled(second, samples), first)
    figures = {
        "rms": np.sqrt(np.mean(np.concatenate([there, back]) ** 2)),
        "max": max(there.max(), back.max()),
        "one_to_two": np.sqrt(np.mean(there**2)),
        "two_to_one": np.sqrt(np.mean(back**2)),
    }
    return {name: float(value / first.GetLength()) for name, value in figures.items()}


def _surface(path: Path) -> Any:
    """Return the triangles of a file as VTK's data."""
    from vtkmodules.vtkIOGeometry import vtkSTLReader  # type: ignore[import-not-found]  # it is the peers'
    from vtkmodules.vtkIOPLY import vtkPLYReader  # type: ignore[import-not-found]  # as above

    reader = vtkPLYReader() if path.suffix == ".ply" else vtkSTLReader()
    reader.SetFileName(str(path))
    reader.Update()
    surface = reader.GetOutput()
    if not surface.GetNumberOfPolys():
        sys.exit(f"{path} has no triangles.")
    return surface


def _sampled(surface: Any, samples: int) -> Any:
    """Return points (n, 3) on the surface, as many on equal areas."""
    import numpy as np
    from vtkmodules.util.numpy_support import vtk_to_numpy  # type: ignore[import-not-found]  # as above

    points = vtk_to_numpy(surface.GetPoints().GetData()).astype(np.float64)
    faces = vtk_to_numpy(surface.GetPolys().GetConnectivityArray()).reshape(-1, 3)
    corners = points[faces]
    sides = corners[:, 1:] - corners[:, :1]
    reach = np.linalg.norm(np.cross(sides[:, 0], sides[:, 1]), axis=1).cumsum()
    dice = np.random.default_rng(0)
    rows = np.searchsorted(reach, dice.uniform(0, reach[-1], samples)).clip(max=len(faces) - 1)
    along = dice.uniform(0, 1, (samples, 2))
    # What falls beyond the triangle's third side is turned back into it.
    along = np.where(along.sum(axis=1, keepdims=True) > 1, 1 - along, along)
    return corners[rows, 0] + np.einsum("ij,ijk->ik", along, sides[rows])


def _distances(points: Any, surface: Any) -> Any:
    import numpy as np
    from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
    from vtkmodules.vtkCommonCore import vtkDoubleArray  # type: ignore[import-not-found]  # as above
    from vtkmodules.vtkFiltersCore import vtkImplicitPolyDataDistance  # type: ignore[import-not-found]  # as above

    measure, found = vtkImplicitPolyDataDistance(), vtkDoubleArray()
    measure.SetInput(surface)
    measure.FunctionValue(numpy_to_vtk(points), found)
    return np.abs(vtk_to_numpy(found))


if __name__ == "__main__":
    print(json.dumps(deviation(Path(sys.argv[1]), Path(sys.argv[2]))))
