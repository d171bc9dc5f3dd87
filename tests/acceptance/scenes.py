"""Reading scenes in real children, for the tests of the sandbox."""

from typing import Any

from outfeed.jobs.work import Task
from outfeed.mesh.formats.source import ReadLimits
from outfeed.mesh.units import Unit
from outfeed.scene.registry import read_scene


def read_source(task: Task) -> dict[str, Any]:
    """Read the input, and return what is in it."""
    scene = read_scene(
        task.inputs / "source",
        format=task.options["format"],
        unitless=Unit.MILLIMETRE,
        limits=ReadLimits(),
        report=task.report,
    )
    return {"elements": len(scene.elements), "triangles": scene.num_triangles}
