"""What runs in the child process: files in, files and facts out. It sees its own folder and nothing else."""

import json
from typing import Any, Final

from outfeed.errors import NotMeaningful, TargetTooSmall
from outfeed.jobs.work import Task
from outfeed.mesh.analyze import Problem, analyze, problems, report
from outfeed.mesh.archive import load, save
from outfeed.mesh.facts import facts
from outfeed.mesh.formats.registry import read_mesh, write_mesh
from outfeed.mesh.formats.source import ReadLimits
from outfeed.mesh.model import Mesh
from outfeed.mesh.parallel import using_threads
from outfeed.mesh.reduce import reduce
from outfeed.mesh.thumbnail import thumbnail
from outfeed.mesh.transform import transform
from outfeed.mesh.units import Unit

#: What drawing raises where it meets something that it cannot draw; the mesh is sound all the same.
UNDRAWN: Final = (ArithmeticError, LookupError, MemoryError, NotMeaningful, ValueError)


def import_mesh(task: Task) -> dict[str, Any]:
    """Read `in/source` in the format of the options, write `out/mesh` and its previews, return the mesh's facts."""
    reading = read_mesh(
        task.inputs / "source",
        format=task.options["format"],
        unitless=Unit(task.options["unitless"]),
        limits=ReadLimits(**task.options["limits"]),
        report=lambda share: task.report(share * 0.8),
    )
    kept = _kept(task, reading.mesh)
    return kept | {"num_stored_triangles": reading.stored_triangles, "lost": [loss.json() for loss in reading.lost]}


def reduce_mesh(task: Task) -> dict[str, Any]:
    """Read `in/mesh`, write `out/mesh` of fewer triangles and its thumbnail, return the new mesh's facts."""
    mesh = load(task.inputs / "mesh")
    task.report(0.1)
    return _kept(task, mesh)


def _kept(task: Task, mesh: Mesh) -> dict[str, Any]:
    """Reduce a mesh as the options want it, keep it with its previews, and return its facts."""
    before = len(mesh.faces)
    share = task.options.get("reduce")
    if share is not None:
        mesh = reduce(mesh, share)
    save(mesh, task.outputs / "mesh")
    if task.options.get("visual"):
        with using_threads(task.threads):
            _add_visual(task, mesh)
    _add_thumbnail(task, mesh)
    return facts(mesh) | ({} if share is None else {"reduced_from": before})


def analyze_mesh(task: Task) -> dict[str, Any]:
    """Read `in/mesh`, write `out/analysis`: the report, and the problems with their places."""
    mesh = load(task.inputs / "mesh")
    found = analyze(mesh, report=lambda share: task.report(share * 0.9))
    told = {"report": report(found, mesh.unit), "problems": [_told(problem) for problem in problems(mesh, found)]}
    (task.outputs / "analysis").write_text(json.dumps(told))
    return {}


def export_mesh(task: Task) -> dict[str, Any]:
    """Read `in/mesh`, place it, write `out/artifact` in the format of the options."""
    mesh = _placed(load(task.inputs / "mesh"), task)
    task.report(0.1)
    with (task.outputs / "artifact").open("wb") as out, using_threads(task.threads):
        lost = write_mesh(
            mesh,
            out,
            format=task.options["format"],
            unitless=Unit(task.options["unitless"]),
            report=lambda share: task.report(0.1 + share * 0.9),
        )
    return {"num_triangles": len(mesh.faces), "lost": [loss.json() for loss in lost]}


def draw_mesh(task: Task) -> dict[str, Any]:
    """Read `in/mesh`, place it, draw `out/thumbnail` in the size of the options."""
    mesh = _placed(load(task.inputs / "mesh"), task)
    task.report(0.2)
    (task.outputs / "thumbnail").write_bytes(_picture(mesh, task))
    return {}


def _told(problem: Problem) -> dict[str, Any]:
    return {"type": problem.type.value, "count": problem.count, "places": [at.tolist() for at in problem.places]}


def _placed(mesh: Mesh, task: Task) -> Mesh:
    """Return the mesh as its transform places it: what that moves by is in the caller's unit, the mesh in its own."""
    scale = Unit(task.options["unitless"]).to(mesh.unit)
    return transform(mesh, [[*linear, moved * scale] for *linear, moved in task.options["transform"]])


def _picture(mesh: Mesh, task: Task) -> bytes:
    side = task.options["size_px"]
    return thumbnail(mesh, size=(side, side))


def _add_visual(task: Task, mesh: Mesh) -> None:
    """Write `out/visual`, unless the mesh does not fit into its format: then the mesh has none."""
    path = task.outputs / "visual"
    try:
        with path.open("wb") as out:
            write_mesh(mesh, out, format=task.options["visual"], unitless=mesh.unit)
    except TargetTooSmall:
        path.unlink()


def _add_thumbnail(task: Task, mesh: Mesh) -> None:
    """Draw `out/thumbnail`; an import never fails for want of it, and who asks for it hears why there is none."""
    try:
        picture = _picture(_placed(mesh, task), task)
    except UNDRAWN:
        return
    (task.outputs / "thumbnail").write_bytes(picture)
