"""What runs in the child process: files in, files and facts out. It sees its own folder and nothing else."""

from typing import Any

from outfeed.jobs.work import Task
from outfeed.mesh.archive import load, save
from outfeed.mesh.facts import facts
from outfeed.mesh.formats.registry import read_mesh, write_mesh
from outfeed.mesh.formats.source import ReadLimits
from outfeed.mesh.transform import transform
from outfeed.mesh.units import Unit


def import_mesh(task: Task) -> dict[str, Any]:
    """Read `in/source` in the format of the options, write `out/mesh`, return the mesh's facts."""
    reading = read_mesh(
        task.inputs / "source",
        format=task.options["format"],
        unitless=Unit(task.options["unitless"]),
        limits=ReadLimits(**task.options["limits"]),
        report=lambda share: task.report(share * 0.9),
    )
    save(reading.mesh, task.outputs / "mesh")
    return facts(reading.mesh) | {
        "num_stored_triangles": reading.stored_triangles,
        "lost": [loss.json() for loss in reading.lost],
    }


def export_mesh(task: Task) -> dict[str, Any]:
    """Read `in/mesh`, place it, write `out/artifact` in the format of the options."""
    mesh = transform(load(task.inputs / "mesh"), task.options["transform"])
    task.report(0.1)
    with (task.outputs / "artifact").open("wb") as out:
        lost = write_mesh(
            mesh,
            out,
            format=task.options["format"],
            unitless=Unit(task.options["unitless"]),
            report=lambda share: task.report(0.1 + share * 0.9),
        )
    return {"num_triangles": len(mesh.faces), "lost": [loss.json() for loss in lost]}
