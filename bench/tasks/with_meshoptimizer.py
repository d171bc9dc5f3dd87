"""meshoptimizer."""

from pathlib import Path
from typing import Any

import meshoptimizer  # type: ignore[import-untyped]  # the package ships no types
import numpy as np
from numpy.typing import NDArray

from tasks import Arrays, Work


def simplify(source: Path, _target: Path) -> Work:
    """Simplify to a tenth of the triangles, as far off as that takes."""
    arrays = np.load(source)
    vertices, index = arrays["vertices"], arrays["faces"].astype(np.uint32).ravel()

    def work() -> Arrays:
        return [vertices, _simplified(vertices, index, len(index) // 30 * 3).reshape(-1, 3)]

    return work


def half(source: Path, target: Path) -> Work:
    """Read and weld an STL by stl-reader, simplify it to a half, optimise and pack that: one level of a tileset."""
    import stl_reader  # type: ignore[import-not-found]  # it is in the peers' environment

    def work() -> None:
        vertices, faces = stl_reader.read(str(source))
        index = np.ascontiguousarray(faces, dtype=np.uint32).reshape(-1)
        kept = _simplified(vertices, index, len(index) // 6 * 3)
        ordered = np.zeros_like(kept)
        meshoptimizer.optimize_vertex_cache(ordered, kept, len(kept), len(vertices))
        points = _on_a_grid(vertices)
        rows = np.zeros_like(points)
        used = meshoptimizer.optimize_vertex_fetch(rows, ordered, points)
        with target.open("wb") as out:
            out.write(meshoptimizer.encode_vertex_buffer(rows[:used], used, rows.itemsize * rows.shape[1]))
            out.write(meshoptimizer.encode_index_buffer(ordered, len(ordered), used))

    return work


def _simplified(vertices: NDArray[Any], index: NDArray[Any], count: int) -> NDArray[Any]:
    kept = np.zeros_like(index)
    left = meshoptimizer.simplify(kept, index, vertices, target_index_count=count, target_error=1.0)
    return kept[:left]


def _on_a_grid(vertices: NDArray[Any]) -> NDArray[Any]:
    """Return points of 16 bits, four numbers for each as packing wants it."""
    low = vertices.min(axis=0)
    points = np.zeros((len(vertices), 4), dtype=np.uint16)
    points[:, :3] = np.rint((vertices - low) * (np.iinfo(np.uint16).max / np.ptp(vertices, axis=0).max()))
    return points
