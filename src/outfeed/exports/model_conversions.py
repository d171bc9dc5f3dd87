"""What runs in the child process for a model: a source in, a tree of files out."""

import os
from collections.abc import Callable
from typing import Any

from outfeed.jobs.work import Task
from outfeed.mesh.formats.source import ReadLimits
from outfeed.mesh.parallel import using_threads
from outfeed.mesh.reporting import Report
from outfeed.mesh.units import Unit
from outfeed.scene.model import Scene
from outfeed.scene.registry import read_scene
from outfeed.tiles.build import build_tileset
from outfeed.tiles.options import Compression, TileOptions
from outfeed.tiles.whole import write_whole

#: Share of the work that reading is.
READING = 0.4


def export_model(task: Task) -> dict[str, Any]:
    """Read `in/source`, write its tiles, or the whole of it as glTF, to `out/`, and return what was made."""
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


def _write_tiles(task: Task, scene: Scene, report: Report) -> dict[str, Any]:
    wanted = task.options["tiles"]
    options = TileOptions(**wanted | {"compression": Compression(wanted["compression"])})
    return build_tileset(scene, task.outputs, options, threads=task.threads, report=report).json()


def _write_whole(task: Task, scene: Scene, report: Report) -> dict[str, Any]:
    return write_whole(scene, task.outputs, report=report).json()


#: By the words of `outfeed.exports.models.Target`.
_WRITERS: dict[str, Callable[[Task, Scene, Report], dict[str, Any]]] = {
    "tiles": _write_tiles,
    "gltf": _write_whole,
}
