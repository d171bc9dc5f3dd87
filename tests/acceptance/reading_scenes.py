"""A conversion that reads a scene, for tests that read hostile files where they can do no harm."""

from hashlib import sha256
from typing import Any

from outfeed.jobs.work import Task
from outfeed.mesh.formats.source import ReadLimits
from outfeed.mesh.units import Unit
from outfeed.scene.registry import read_scene


def convert(task: Task) -> dict[str, Any]:
    """Read the input; tell how many elements and triangles there are, and what all numbers come to."""
    scene = read_scene(
        task.inputs / "source",
        format=task.options["format"],
        unitless=Unit.MILLIMETRE,
        limits=ReadLimits(),
        processes=task.options["processes"],
        report=task.report,
    )
    total = sha256()
    for shape in scene.shapes:
        total.update(shape.vertices.tobytes() + shape.faces.tobytes() + repr(shape.materials).encode())
    for element in scene.elements:
        total.update(repr((element.id, element.parent, dict(element.properties))).encode("utf-8", "surrogatepass"))
        for part in element.parts:
            total.update(repr((part.shape, None if part.transform is None else part.transform.tolist())).encode())
    return {"elements": len(scene.elements), "triangles": scene.num_triangles, "total": total.hexdigest()}
