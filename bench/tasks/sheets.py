"""Sheets out of a PDF: ours, and what one would write with pikepdf, or run, without Outfeed."""

import subprocess
from pathlib import Path
from typing import Any

from outfeed.sheets.model import PageOptions, SheetLimits, SheetSource
from outfeed.sheets.pdf.join import join_sheets
from outfeed.sheets.pdf.page import export_page
from outfeed.sheets.pdf.sets import export_set
from tasks import Work

ALL = PageOptions(markups=True, hyperlinks=True)


def single_pages(source: Path, target: Path) -> Work:
    """Export each page as a request of its own does: the source is opened for it."""

    def work() -> None:
        target.mkdir()
        for index in range(_count(source)):
            wanted = SheetSource(pdf=source, index=index, name=f"Sheet {index}")
            export_page(wanted, target / f"{index}.pdf", options=ALL, limits=SheetLimits())

    return work


def pages(source: Path, target: Path) -> Work:
    """Export each page, in one process."""
    return lambda: _export(source, target, processes=1)


def pages_on_two(source: Path, target: Path) -> Work:
    """Export each page, in two processes."""
    return lambda: _export(source, target, processes=2)


def _export(source: Path, target: Path, *, processes: int) -> None:
    target.mkdir()
    wanted = [SheetSource(pdf=source, index=index, name=f"Sheet {index}") for index in range(_count(source))]
    made = export_set(wanted, target, options=ALL, limits=SheetLimits(), processes=processes)
    if any(one.error for one in made):
        raise SystemExit(f"A page of {source} was refused.")


def joined(source: Path, target: Path) -> Work:
    """Join all pages into one PDF, with bookmarks and labels."""

    def work() -> None:
        wanted = [SheetSource(pdf=source, index=index, name=f"Sheet {index}") for index in range(_count(source))]
        join_sheets(wanted, target, options=ALL, title="Set", limits=SheetLimits())

    return work


def with_pikepdf(source: Path, target: Path) -> Work:
    """
    Do the same work as we with pikepdf alone.

    The links to other pages go, and so do resources that the page does not use; the file is linearised.
    """
    import pikepdf

    def work() -> None:
        target.mkdir()
        with pikepdf.open(source) as pdf:
            for index, page in enumerate(pdf.pages):
                _with_pikepdf(page, target / f"{index}.pdf")

    return work


def single_with_pikepdf(source: Path, target: Path) -> Work:
    """Do the same work as we with pikepdf alone, page by page: the source is opened for each."""
    import pikepdf

    def work() -> None:
        target.mkdir()
        for index in range(_count(source)):
            with pikepdf.open(source) as pdf:
                _with_pikepdf(pdf.pages[index], target / f"{index}.pdf")

    return work


def _with_pikepdf(page: Any, out: Path) -> None:
    import pikepdf

    with pikepdf.new() as alone:
        alone.pages.append(page)
        notes = alone.pages[0].obj.get("/Annots", pikepdf.Array())
        kept = [note for note in notes if note.get("/Subtype") != "/Link" or "/URI" in note.get("/A", {})]
        alone.pages[0].obj.Annots = pikepdf.Array(kept)
        alone.remove_unreferenced_resources()
        alone.save(out, linearize=True, deterministic_id=True)


def copied_with_pikepdf(source: Path, target: Path) -> Work:
    """Copy each page with pikepdf as it is."""
    import pikepdf

    def work() -> None:
        target.mkdir()
        with pikepdf.open(source) as pdf:
            for index, page in enumerate(pdf.pages):
                with pikepdf.new() as alone:
                    alone.pages.append(page)
                    alone.save(target / f"{index}.pdf")

    return work


def joined_with_pikepdf(source: Path, target: Path) -> Work:
    """Copy all pages with pikepdf into one file as they are."""
    import pikepdf

    def work() -> None:
        with pikepdf.open(source) as pdf, pikepdf.new() as together:
            together.pages.extend(pdf.pages)
            together.save(target)

    return work


def with_qpdf(source: Path, target: Path) -> Work:
    """Split the file with the program."""

    def work() -> None:
        target.mkdir()
        subprocess.run(["qpdf", "--split-pages", str(source), str(target / "page.pdf")], check=True)

    return work


def _count(source: Path) -> int:
    import pikepdf

    with pikepdf.open(source) as pdf:
        return len(pdf.pages)
