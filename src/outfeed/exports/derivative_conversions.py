"""What runs in the child process for derivatives: a model or a drawing in; pictures, PDF or a mesh out."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from PIL import Image

from outfeed.errors import SourceUnsupported
from outfeed.jobs.work import Task
from outfeed.mesh.formats.registry import READERS, WRITERS, read_mesh, write_mesh
from outfeed.mesh.formats.source import ReadLimits
from outfeed.mesh.model import Mesh
from outfeed.mesh.parallel import threads, using_threads
from outfeed.mesh.thumbnail import thumbnail
from outfeed.mesh.units import Unit
from outfeed.scene.flatten import as_mesh
from outfeed.scene.registry import SCENE_READERS, read_scene
from outfeed.sheets.model import Drawing, PageOptions, SheetLimits, SheetSource
from outfeed.sheets.pdf.pictures import draw_page
from outfeed.sheets.pdf.sets import export_set
from outfeed.sheets.plans.options import PlanOptions
from outfeed.sheets.registry import SHEET_READERS, read_drawing

#: Sides of the pictures, in pixels.
PICTURE_SIDES: Final = (100, 200, 400)


def derive(task: Task) -> dict[str, Any]:
    """Read `in/source` and write what the options want to `out/`; return what it is made of, and what it lacks."""
    with using_threads(task.threads):
        return _MAKERS.get(task.options["target"], _make_mesh)(task)


def _make_pictures(task: Task) -> dict[str, Any]:
    """Write `out/thumbnail/<side>.png`: of the first sheet of a drawing, or of a model."""
    (task.outputs / "thumbnail").mkdir()
    if task.options["format"] in SHEET_READERS and task.options["format"] not in SCENE_READERS:
        return _picture_sheet(task)
    mesh, lost = _mesh(task)
    for side in PICTURE_SIDES:
        (task.outputs / "thumbnail" / f"{side}.png").write_bytes(thumbnail(mesh, size=(side, side)))
    return {"lost": lost}


def _picture_sheet(task: Task) -> dict[str, Any]:
    with TemporaryDirectory() as scratch:
        pdf, drawing = _drawing(task, Path(scratch))
        for side in PICTURE_SIDES:
            out = task.outputs / "thumbnail" / f"{side}.png"
            draw_page(pdf, task.options["page"] or 0, out, width=side, height=side, limits=_sheet_limits(task))
            _make_square(out, side)
    return {"lost": [loss.json() for loss in drawing.lost]}


def _make_square(picture: Path, side: int) -> None:
    """Put a picture that is not square into the middle of one that is, with nothing around it."""
    with Image.open(picture) as drawn:
        square = Image.new("RGBA", (side, side))
        square.paste(drawn, ((side - drawn.width) // 2, (side - drawn.height) // 2))
    square.save(picture)


def _make_pdf(task: Task) -> dict[str, Any]:
    """Write `out/sheets/<number>.pdf`, one for each sheet."""
    (task.outputs / "sheets").mkdir()
    with TemporaryDirectory() as scratch:
        pdf, drawing = _drawing(task, Path(scratch))
        wanted = range(len(drawing.sheets)) if task.options["page"] is None else [task.options["page"]]
        made = export_set(
            [SheetSource(pdf=pdf, index=index, name=drawing.sheets[index].name) for index in wanted],
            task.outputs / "sheets",
            options=PageOptions(markups=True, hyperlinks=True),
            limits=_sheet_limits(task),
            processes=threads(),
            report=lambda done: task.report(0.5 + 0.5 * done),
        )
    for row, one in enumerate(made):
        if one.error is not None:
            raise one.error
        one.path.rename(task.outputs / "sheets" / f"{row + 1}.pdf")
    return {
        "sheets": [drawing.sheets[index].json() for index in wanted],
        "lost": [loss.json() for loss in [*drawing.lost, *(loss for one in made for loss in one.lost)]],
    }


def _make_mesh(task: Task) -> dict[str, Any]:
    """Write `out/model.<suffix>`: all that a model shows, as one mesh."""
    target = _WRITERS[task.options["target"], bool(task.options["ascii"])]
    mesh, lost = _mesh(task)
    with (task.outputs / f"model{WRITERS[target].suffix}").open("wb") as out:
        unit = Unit(task.options["unit"])
        losses = write_mesh(mesh, out, format=target, unitless=unit, report=lambda done: task.report(0.6 + 0.4 * done))
    return {"lost": [*lost, *(loss.json() for loss in losses)], "num_triangles": len(mesh.faces)}


def _mesh(task: Task) -> tuple[Mesh, list[dict[str, Any]]]:
    """Return a model as one mesh, and what it lacks."""
    source, format_name = task.inputs / "source", task.options["format"]
    limits = ReadLimits(**task.options["limits"])

    def report(done: float) -> None:
        task.report(0.6 * done)

    if format_name in READERS:
        reading = read_mesh(source, format=format_name, unitless=Unit.MILLIMETRE, limits=limits, report=report)
        return reading.mesh, [loss.json() for loss in reading.lost]
    scene = read_scene(
        source, format=format_name, unitless=Unit.MILLIMETRE, limits=limits, processes=threads(), report=report
    )
    return as_mesh(scene), [loss.json() for loss in scene.lost]


def _drawing(task: Task, scratch: Path) -> tuple[Path, Drawing]:
    """Return a drawing and the PDF that its sheets are pages of."""
    source, written = task.inputs / "source", scratch / "drawing.pdf"
    if task.options["format"] not in SHEET_READERS:
        raise SourceUnsupported(f"It is no drawing: {', '.join(SHEET_READERS)} are.")
    drawing = read_drawing(
        source,
        written,
        format=task.options["format"],
        limits=_sheet_limits(task),
        threads=threads(),
        plans=PlanOptions(**task.options["plans"]),
        report=lambda done: task.report(0.5 * done),
    )
    return (written if drawing.written else source), drawing


def _sheet_limits(task: Task) -> SheetLimits:
    return SheetLimits(**task.options["sheet_limits"])


#: What a mesh format is written with, and whether as text.
_WRITERS: Final = {
    ("stl", False): "stl_binary",
    ("stl", True): "stl_ascii",
    ("obj", False): "obj",
    ("obj", True): "obj",
    ("glb", False): "glb",
    ("glb", True): "glb",
}

#: By the words of `outfeed.exports.derivatives.DerivativeFormat`; each other one is a mesh format.
_MAKERS: Final[dict[str, Callable[[Task], dict[str, Any]]]] = {"thumbnail": _make_pictures, "pdf": _make_pdf}
