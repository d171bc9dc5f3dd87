"""What runs in the child process for a model: a source in, a tree of files out."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from outfeed.jobs.work import Task
from outfeed.mesh.formats.source import ReadLimits
from outfeed.mesh.parallel import threads, using_threads
from outfeed.mesh.reporting import Report
from outfeed.mesh.units import Unit
from outfeed.scene.model import Scene
from outfeed.scene.registry import read_scene
from outfeed.tiles.of_file import READING, TileSource, tileset_of_file
from outfeed.tiles.options import Compression, TileOptions
from outfeed.tiles.whole import write_whole


def export_model(task: Task) -> dict[str, Any]:
    """Read `in/source`, write its tiles, or the whole of it as glTF, to `out/`, and return what was made."""
    with using_threads(task.threads):
        return _WRITERS[task.options["target"]](task)


def _write_tiles(task: Task) -> dict[str, Any]:
    wanted = task.options["tiles"]
    source = TileSource(
        path=task.inputs / "source",
        format=task.options["format"],
        unitless=Unit(task.options["unitless"]),
        max_triangles=task.options["limits"]["max_triangles"],
        read=lambda report: _scene(task, report),
    )
    made = tileset_of_file(
        source,
        task.outputs,
        TileOptions(**wanted | {"compression": Compression(wanted["compression"])}),
        scratch=Path(tempfile.gettempdir()),
        threads=task.threads,
        report=task.report,
    )
    return made.facts.json() | {"lost": [loss.json() for loss in made.lost]}


def _write_whole(task: Task) -> dict[str, Any]:
    scene = _scene(task, lambda share: task.report(share * READING))
    made = write_whole(scene, task.outputs, report=lambda share: task.report(READING + share * (1 - READING)))
    return made.json() | {"lost": [loss.json() for loss in scene.lost]}


def _scene(task: Task, report: Report) -> Scene:
    return read_scene(
        task.inputs / "source",
        format=task.options["format"],
        unitless=Unit(task.options["unitless"]),
        limits=ReadLimits(**task.options["limits"]),
        processes=threads(),
        report=report,
    )


#: By the words of `outfeed.exports.models.Target`.
_WRITERS: Final[dict[str, Callable[[Task], dict[str, Any]]]] = {"tiles": _write_tiles, "gltf": _write_whole}
