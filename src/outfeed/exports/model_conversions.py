"""What runs in the child process for a model: a source in, a tree of files out."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from outfeed.errors import TooManyTriangles
from outfeed.jobs.work import Task
from outfeed.mesh.formats.source import ReadLimits
from outfeed.mesh.parallel import using_threads
from outfeed.mesh.reporting import Report
from outfeed.mesh.units import Unit
from outfeed.scene.model import Scene
from outfeed.scene.registry import read_scene
from outfeed.tiles.buckets import StlFile
from outfeed.tiles.build import build_tileset
from outfeed.tiles.large import build_large_tileset, large_stl
from outfeed.tiles.options import Compression, TileOptions
from outfeed.tiles.whole import write_whole

#: Share of the work that reading is.
READING = 0.4


def export_model(task: Task) -> dict[str, Any]:
    """Read `in/source`, write its tiles, or the whole of it as glTF, to `out/`, and return what was made."""
    large = _large(task)
    if large is not None:
        return _write_large(task, large)
    with using_threads(task.threads):
        scene = _scene(task)
        made = _WRITERS[task.options["target"]](task, scene, lambda share: task.report(READING + share * (1 - READING)))
    return made | {"lost": [loss.json() for loss in scene.lost]}


def _scene(task: Task) -> Scene:
    return read_scene(
        task.inputs / "source",
        format=task.options["format"],
        unitless=Unit(task.options["unitless"]),
        limits=ReadLimits(**task.options["limits"]),
        processes=task.threads or os.cpu_count() or 1,
        report=lambda share: task.report(share * READING),
    )


def _large(task: Task) -> StlFile | None:
    """Return a source that does not fit into memory, and of which tiles are made without that."""
    if task.options["target"] != "tiles" or task.options["format"] != "stl":
        return None
    source = large_stl(task.inputs / "source", unit=Unit(task.options["unitless"]))
    most = task.options["limits"]["max_triangles"]
    if source is not None and source.triangles > most:
        raise TooManyTriangles(f"It has {source.triangles}; the limit is {most}.")
    return source


def _write_large(task: Task, source: StlFile) -> dict[str, Any]:
    scratch = Path(tempfile.gettempdir())
    facts = build_large_tileset(
        source, task.outputs, _tile_options(task), scratch=scratch, threads=task.threads, report=task.report
    )
    return facts.json() | {"lost": []}


def _tile_options(task: Task) -> TileOptions:
    wanted = task.options["tiles"]
    return TileOptions(**wanted | {"compression": Compression(wanted["compression"])})


def _write_tiles(task: Task, scene: Scene, report: Report) -> dict[str, Any]:
    return build_tileset(scene, task.outputs, _tile_options(task), threads=task.threads, report=report).json()


def _write_whole(task: Task, scene: Scene, report: Report) -> dict[str, Any]:
    return write_whole(scene, task.outputs, report=report).json()


#: By the words of `outfeed.exports.models.Target`.
_WRITERS: dict[str, Callable[[Task, Scene, Report], dict[str, Any]]] = {
    "tiles": _write_tiles,
    "gltf": _write_whole,
}
