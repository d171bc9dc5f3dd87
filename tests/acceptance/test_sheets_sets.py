"""Many sheets at once, and pictures of them."""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from outfeed.errors import DrawingTooLarge, NoSheets, SourceDamaged, SourceLocked
from outfeed.sheets.model import PageOptions, SheetLimits, SheetSource
from outfeed.sheets.pdf.page import export_page
from outfeed.sheets.pdf.pictures import draw_page
from outfeed.sheets.pdf.sets import Exported, export_set
from unit.corpus import needs_data
from unit.mesh_helpers import DATA
from unit.sheet_files import a_pdf, shown, text_at

pytestmark = needs_data

ALL = PageOptions(markups=True, hyperlinks=True)
LIMITS = SheetLimits()
SET = DATA / "pdf" / "made-sheetset_12.pdf"
TEXTS = DATA / "pdf" / "gotenberg-pages_12.pdf"


def sources(*items: tuple[Path, int]) -> list[SheetSource]:
    return [SheetSource(pdf=pdf, index=index, name=f"S-{number}") for number, (pdf, index) in enumerate(items)]


def export(folder: Path, wanted: list[SheetSource], processes: int) -> tuple[Exported, ...]:
    folder.mkdir()
    return export_set(wanted, folder, options=ALL, limits=LIMITS, processes=processes)


@pytest.mark.parametrize("processes", [1, 2, 3])
def test_each_sheet_is_what_it_is_alone_for_any_number_of_processes(tmp_path: Path, processes: int) -> None:
    wanted = sources(*((path, index) for index in range(12) for path in (SET, TEXTS)))
    made = export(tmp_path / "set", wanted, processes)
    for source, one in zip(wanted, made, strict=True):
        lost = export_page(source, tmp_path / "one.pdf", options=ALL, limits=LIMITS)

        assert (lost, (tmp_path / "one.pdf").read_bytes()) == (one.lost, one.path.read_bytes())


@pytest.mark.parametrize("processes", [1, 2])
def test_a_sheet_that_cannot_be_written_does_not_stop_the_others(tmp_path: Path, processes: int) -> None:
    locked, damaged = DATA / "pdf" / "qpdf-c-r2.pdf", DATA / "hostile" / "pdf" / "text_not_pdf.pdf"
    made = export(tmp_path / "set", sources((locked, 0), (SET, 0), (damaged, 0), (SET, 99)) * 3, processes)

    assert [SourceLocked, None, SourceDamaged, NoSheets] * 3 == [one.error and type(one.error) for one in made]
    assert [False, True, False, False] * 3 == [one.path.exists() for one in made]
    assert "It has 12 pages, and none at place 100." == (made[3].error.detail if made[3].error else "")


def test_without_other_processes_this_one_does_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> int:
        raise PermissionError

    monkeypatch.setattr(os, "fork", refuse)

    assert 12 == len(export(tmp_path / "set", sources(*((SET, index) for index in range(12))), 4))


def test_a_set_of_none_is_none(tmp_path: Path) -> None:
    assert () == export(tmp_path / "set", [], 2)


@pytest.mark.parametrize(
    ("size", "rotate", "box", "expected"),
    [
        ((1190, 842), 0, (400, 400), (400, 284)),
        ((1190, 842), 90, (400, 400), (284, 400)),
        ((842, 1190), 0, (200, 100), (71, 100)),
        ((3, 14_400), 0, (100, 100), (1, 100)),
    ],
)
def test_a_picture_fits_into_its_box(
    tmp_path: Path, size: tuple[int, int], rotate: int, box: tuple[int, int], expected: tuple[int, int]
) -> None:
    path = a_pdf(tmp_path / "a.pdf", [""], size=size, rotate=rotate)
    draw_page(path, 0, tmp_path / "a.png", width=box[0], height=box[1], limits=LIMITS)

    with Image.open(tmp_path / "a.png") as picture:
        assert expected == picture.size


def test_a_picture_shows_the_page_and_its_annotations(tmp_path: Path) -> None:
    path = DATA / "pdf" / "qpdf-annotations.pdf"
    draw_page(path, 0, tmp_path / "a.png", width=612, height=792, limits=LIMITS)
    with Image.open(tmp_path / "a.png") as picture:
        ours = np.asarray(picture, dtype=int)

    assert 0.005 > (np.abs(ours - shown(path, 0)[: ours.shape[0], : ours.shape[1]]).max(axis=2) > 32).mean()


def test_equal_pages_give_equal_pictures(tmp_path: Path) -> None:
    path = a_pdf(tmp_path / "a.pdf", [text_at(50, 50, "x", size=40)])
    for name in ("a.png", "b.png"):
        draw_page(path, 0, tmp_path / name, width=100, height=100, limits=LIMITS)

    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_what_cannot_be_drawn_is_refused(tmp_path: Path) -> None:
    hostile = DATA / "hostile" / "pdf"
    for path, index, error in [
        (SET, 12, NoSheets),
        (hostile / "form_fanout.pdf", 0, DrawingTooLarge),
        (hostile / "form_recursion.pdf", 0, DrawingTooLarge),
        (hostile / "text_not_pdf.pdf", 0, SourceDamaged),
        (DATA / "pdf" / "qpdf-c-r2.pdf", 0, SourceLocked),
    ]:
        with pytest.raises(error):
            draw_page(path, index, tmp_path / "a.png", width=100, height=100, limits=LIMITS)
    with pytest.raises(DrawingTooLarge):
        draw_page(SET, 0, tmp_path / "a.png", width=10_000, height=10_000, limits=LIMITS)
