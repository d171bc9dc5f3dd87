"""One measured piece of work in a process of its own: `python tasks.py TASK INPUT OUTPUT` prints its figures as JSON.

Runs in our environment and in the peers', so it imports only what its task needs, and that before the clock starts.
"""

import json
import resource
import struct
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Work = Callable[[Path, Path], None]


def read_bytes() -> Work:
    """Floor: all bytes of the file come into memory."""
    return lambda source, _target: _use(source.read_bytes())


def copy_bytes() -> Work:
    """Floor: all bytes come into memory, and as many as a GLB of the mesh has go out."""

    def work(source: Path, target: Path) -> None:
        data = memoryview(source.read_bytes())
        # 6 bytes of positions and 12 of indices for the 50 of each triangle.
        target.write_bytes(data[: len(data) * 18 // 50])

    return work


def ours_weld() -> Work:
    """Outfeed: binary STL into a welded mesh."""
    from outfeed.mesh.formats.registry import read_mesh
    from outfeed.mesh.formats.source import ReadLimits
    from outfeed.mesh.units import Unit

    def work(source: Path, _target: Path) -> None:
        read_mesh(source, format="stl", unitless=Unit.MILLIMETRE, limits=ReadLimits(max_triangles=10**9))

    return work


def ours_glb() -> Work:
    """Outfeed: binary STL into GLB."""
    from outfeed.mesh.formats.registry import read_mesh, write_mesh
    from outfeed.mesh.formats.source import ReadLimits
    from outfeed.mesh.units import Unit

    def work(source: Path, target: Path) -> None:
        mesh = read_mesh(source, format="stl", unitless=Unit.MILLIMETRE, limits=ReadLimits(max_triangles=10**9)).mesh
        with target.open("wb") as out:
            write_mesh(mesh, out, format="glb", unitless=Unit.MILLIMETRE)

    return work


def trimesh_weld() -> Work:
    """Peer trimesh: binary STL into a welded mesh."""
    import trimesh

    return lambda source, _target: _use(trimesh.load_mesh(source))


def trimesh_glb() -> Work:
    """Peer trimesh: binary STL into GLB."""
    import trimesh

    return lambda source, target: _use(trimesh.load_mesh(source).export(target))


def stl_reader_weld() -> Work:
    """Peer stl-reader: binary STL into a welded mesh."""
    import stl_reader  # type: ignore[import-not-found]  # it is in the peers' environment

    return lambda source, _target: _use(stl_reader.read(str(source)))


def stl_reader_glb() -> Work:
    """Peer stl-reader with numpy: binary STL into the smallest GLB that is valid."""
    import numpy as np
    import stl_reader

    def work(source: Path, target: Path) -> None:
        vertices, faces = stl_reader.read(str(source))
        points = np.ascontiguousarray(vertices[:, [0, 2, 1]] * np.array([1e-3, 1e-3, -1e-3]), dtype=np.float32)
        low, high = points.min(axis=0).tolist(), points.max(axis=0).tolist()
        with target.open("wb") as out:
            out.write(_glb_head(len(points), faces.size, low, high))
            out.write(points.data)
            out.write(np.ascontiguousarray(faces, dtype=np.uint32).data)

    return work


def _glb_head(vertices: int, indices: int, low: list[float], high: list[float]) -> bytes:
    size = vertices * 12 + indices * 4
    position = {"bufferView": 0, "componentType": 5126, "count": vertices, "type": "VEC3", "min": low, "max": high}
    document = {
        "asset": {"version": "2.0"},
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1}]}],
        "buffers": [{"byteLength": size}],
        "bufferViews": [
            {"buffer": 0, "byteLength": vertices * 12},
            {"buffer": 0, "byteOffset": vertices * 12, "byteLength": indices * 4},
        ],
        "accessors": [position, {"bufferView": 1, "componentType": 5125, "count": indices, "type": "SCALAR"}],
    }
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    total = 28 + len(text) + size
    return struct.pack("<4sIII4s", b"glTF", 2, total, len(text), b"JSON") + text + struct.pack("<I4s", size, b"BIN\0")


def _use(_result: Any) -> None:
    """Take a result, so that a task is a piece of work without one."""


TASKS = {
    task.__name__: task
    for task in (
        read_bytes,
        copy_bytes,
        ours_weld,
        ours_glb,
        trimesh_weld,
        trimesh_glb,
        stl_reader_weld,
        stl_reader_glb,
    )
}


def main(task: str, source: str, target: str) -> None:
    """Do the task once, and print CPU seconds, wall seconds and the peak of memory above the start."""
    work = TASKS[task]()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    wall, cpu = time.perf_counter(), time.process_time()
    work(Path(source), Path(target))
    figures = {"cpu_s": time.process_time() - cpu, "wall_s": time.perf_counter() - wall}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps(figures | {"peak_bytes": (peak - before) * 1024}))


if __name__ == "__main__":
    main(*sys.argv[1:])
