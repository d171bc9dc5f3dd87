"""What runs in the child process for drawings: files in, sheets and PDF out."""

import json
import re
import shutil
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any, Final

from outfeed.errors import NoSheets, SourceError
from outfeed.jobs.work import Task
from outfeed.mesh.parallel import threads, using_threads
from outfeed.sheets.markups.model import MARKUPS_NAME, Markup, parse_markup
from outfeed.sheets.model import Loss, PageOptions, Sheet, SheetLimits, SheetSource
from outfeed.sheets.pdf.join import join_sheets
from outfeed.sheets.pdf.names import unique
from outfeed.sheets.pdf.page import export_page
from outfeed.sheets.pdf.sets import export_set
from outfeed.sheets.plans.options import PlanOptions
from outfeed.sheets.registry import read_drawing

#: What comes out of an export: one of the two.
PDF_NAME: Final = "artifact.pdf"
ZIP_NAME: Final = "artifact.zip"


#: Characters of a sheet's name.
LONGEST_NAME: Final = 250
#: What a sheet is called that has no name of its own.
_NAMELESS: Final = re.compile(r"Page \d+|Model")


@dataclass(frozen=True, slots=True)
class _Made:
    """A file of an export of files."""

    #: Without the end `.pdf`.
    name: str
    path: Path


def read_sheets(task: Task) -> dict[str, Any]:
    """Read `in/source` as sheets, write `out/drawing.pdf` unless it is a PDF that is whole, return the sheets."""
    with using_threads(task.threads):
        drawing = read_drawing(
            task.inputs / "source",
            task.outputs / "drawing.pdf",
            format=task.options["format"],
            limits=_limits(task),
            threads=threads(),
            plans=PlanOptions(**task.options["plans"]),
            report=task.report,
        )
    return {
        "sheets": [sheet.json() for sheet in _named_after(task.options["name"], drawing.sheets)],
        "lost": [loss.json() for loss in drawing.lost],
    }


def _named_after(file_name: str, sheets: Sequence[Sheet]) -> list[Sheet]:
    """Return sheets under names that tell them from those of other files: `Page 1` would be in each."""
    stem = PurePosixPath(file_name).stem
    if len(sheets) == 1 and _NAMELESS.fullmatch(sheets[0].name):
        return [replace(sheets[0], name=stem)]
    names = [f"{stem} - {sheet.name}" if _NAMELESS.fullmatch(sheet.name) else sheet.name for sheet in sheets]
    names = unique([name[-LONGEST_NAME:] for name in names])
    return [replace(sheet, name=name) for sheet, name in zip(sheets, names, strict=True)]


def export_sheets(task: Task) -> dict[str, Any]:
    """Write `out/artifact.pdf` or `out/artifact.zip`, and return what is not in it."""
    with using_threads(task.threads):
        return _EXPORTS[task.options["kind"]](task)


def _export_page(task: Task) -> dict[str, Any]:
    """Write one page of a PDF as a PDF."""
    [source] = _sources(task)
    lost = export_page(
        source, task.outputs / PDF_NAME, options=_options(task), limits=_limits(task), report=task.report
    )
    return _facts(lost)


def _export_joined(task: Task) -> dict[str, Any]:
    """Write sheets of any number of PDFs as one."""
    lost = join_sheets(
        _sources(task),
        task.outputs / PDF_NAME,
        options=_options(task),
        title=task.options["title"],
        limits=_limits(task),
        report=task.report,
    )
    return _facts(lost)


def _export_files(task: Task) -> dict[str, Any]:
    """
    Write whole files: a PDF as one, all else as a PDF of each sheet; several in a ZIP.

    A file that cannot be read is left out and said; if all are, the first one's error is the job's.
    """
    files, drawn = task.options["files"], _drawn(task, len(task.options["files"]))
    made: list[_Made] = []
    lost: list[Loss] = []
    failed: list[dict[str, Any]] = []
    errors: list[SourceError] = []
    with TemporaryDirectory() as scratch:
        for row, file in enumerate(files):
            folder = Path(scratch) / str(row)
            folder.mkdir()
            try:
                results, warnings = _whole_file(task, file, drawn[row], folder)
            except SourceError as error:
                errors.append(error)
                failed.append({"file": row, "code": error.code, "why": str(error)})
            else:
                made += results
                lost += warnings
            task.report((row + 1) / len(files))
        if not made:
            raise errors[0] if errors else NoSheets("None of the files is of a format that is read here.")
        _pack(made, task.outputs, alone=len(files) == 1 and files[0]["format"] == "pdf")
    return _facts(lost) | {"failed": failed}


def _whole_file(
    task: Task, file: Mapping[str, Any], drawn: Mapping[int, Sequence[Markup]], folder: Path
) -> tuple[list[_Made], list[Loss]]:
    """Write all sheets of a file into a folder."""
    source, written = task.inputs / file["input"], folder / "drawing.pdf"
    drawing = read_drawing(
        source,
        written,
        format=file["format"],
        limits=_limits(task),
        threads=threads(),
        plans=PlanOptions(**task.options["plans"]),
    )
    pdf = written if drawing.written else source
    sheets = [
        SheetSource(pdf=pdf, index=index, name=sheet.name, markups=tuple(drawn.get(index, ())))
        for index, sheet in enumerate(drawing.sheets)
    ]
    if file["page"] is not None:
        sheets = [replace(sheets[file["page"]], markups=tuple(drawn.get(0, ())))]
    stem = PurePosixPath(file["name"]).stem
    if file["format"] == "pdf":
        made = [_Made(stem, folder / "whole.pdf")]
        lost = join_sheets(sheets, made[0].path, options=_options(task), title=stem, limits=_limits(task))
        return made, [*drawing.lost, *lost]
    done = export_set(sheets, folder, options=_options(task), limits=_limits(task), processes=threads())
    for one in done:
        if one.error is not None:
            raise one.error
    made = [_Made(f"Sheets - {sheet.name}", one.path) for sheet, one in zip(sheets, done, strict=True)]
    return made, [*drawing.lost, *(loss for one in done for loss in one.lost)]


def _pack(made: Sequence[_Made], out: Path, *, alone: bool) -> None:
    """Write the results to a folder: one PDF that came alone as it is, all else as an archive."""
    if alone:
        shutil.move(made[0].path, out / PDF_NAME)
        return
    names = [f"{name}.pdf" for name in unique([re.sub(r"[/\\]", "_", result.name) for result in made])]
    with zipfile.ZipFile(out / ZIP_NAME, "w") as archive:
        for name, result in zip(names, made, strict=True):
            # Without a date of now, so that the same request is the same bytes; PDF is compressed already.
            entry = zipfile.ZipInfo(name)
            with archive.open(entry, "w", force_zip64=True) as file, result.path.open("rb") as content:
                shutil.copyfileobj(content, file)


def _sources(task: Task) -> list[SheetSource]:
    sheets = task.options["sheets"]
    return [
        SheetSource(
            pdf=task.inputs / sheet["input"], index=sheet["index"], name=sheet["name"], markups=tuple(drawn.get(0, ()))
        )
        for sheet, drawn in zip(sheets, _drawn(task, len(sheets)), strict=True)
    ]


def _drawn(task: Task, number: int) -> list[dict[int, list[Markup]]]:
    """Return what is drawn on so many sheets or files, by page."""
    told = task.inputs / MARKUPS_NAME
    if not told.exists():
        return [{} for _ in range(number)]
    found: list[dict[int, list[Markup]]] = []
    for of_one in json.loads(told.read_bytes()):
        found.append({})
        for page, markup in of_one:
            found[-1].setdefault(page, []).append(parse_markup(markup))
    return found


def _options(task: Task) -> PageOptions:
    return PageOptions(**task.options["options"])


def _limits(task: Task) -> SheetLimits:
    return SheetLimits(**task.options["limits"])


def _facts(lost: Iterable[Loss]) -> dict[str, Any]:
    return {"lost": [loss.json() for loss in lost]}


#: By the words of `outfeed.exports.sheet_requests.SheetExportKind`.
_EXPORTS: Final = {"page": _export_page, "files": _export_files, "sheets": _export_joined}
