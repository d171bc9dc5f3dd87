"""Markups on the first page of every good PDF of the shared data: they are where they belong, and the file is sound.

Judges: PDFium for where they are, the qpdf program for soundness.
"""

import csv
import subprocess
from pathlib import Path
from typing import Final

import pikepdf
import pypdfium2  # type: ignore[import-untyped]  # it has no types
import pytest

from outfeed.sheets.markups.shapes import SHAPES
from outfeed.sheets.model import PageOptions, SheetLimits, SheetSource
from outfeed.sheets.pdf.page import export_page
from unit.corpus import needs_data
from unit.markup_helpers import a_markup, a_shape
from unit.mesh_helpers import DATA

TEAL: Final = (0, 128, 129)


def good_files() -> list[str]:
    """Return the paths of the good PDFs."""
    if not (DATA / "FILES.tsv").is_file():
        return []
    with (DATA / "FILES.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return sorted(row["path"] for row in rows if row["path"].endswith(".pdf") and row["state"] == "good")


def middle_of(source: Path) -> tuple[float, float]:
    """Return the middle of what is seen of the first page, in the page's own space."""
    with pikepdf.open(source) as pdf:
        boxes = [[float(side) for side in box.as_list()] for box in (pdf.pages[0].cropbox, pdf.pages[0].mediabox)]
    crop, media = ([min(a, c), min(b, d), max(a, c), max(b, d)] for a, b, c, d in boxes)
    lower, upper = map(max, crop[:2], media[:2]), map(min, crop[2:], media[2:])
    x, y = ((low + high) / 2 for low, high in zip(lower, upper, strict=True))
    return x, y


@needs_data
@pytest.mark.parametrize("name", good_files())
def test_markups_are_where_they_belong(name: str, tmp_path: Path) -> None:
    """Whatever its rotation, boxes and unit, the middle of the page is the middle of its picture."""
    x, y = middle_of(DATA / name)
    plate = a_shape("rectangle", rect=[x - 2, y - 2, x + 2, y + 2], stroke=None, fill="#008081")
    markup = a_markup(*map(a_shape, SHAPES), plate)
    out = tmp_path / "out.pdf"
    source = SheetSource(pdf=DATA / name, index=0, name="A-101", markups=(markup,))
    options = PageOptions(markups=False, hyperlinks=False, markup_links=True)

    lost = export_page(source, out, options=options, limits=SheetLimits())

    with pypdfium2.PdfDocument(out) as pdf:
        picture = pdf[0].render(scale=1.0, may_draw_forms=False).to_pil().convert("RGB")
    checked = subprocess.run(["qpdf", "--check", out], capture_output=True, text=True, check=False)
    assert {"Encrypt"} >= {loss.what for loss in lost}
    assert picture.getpixel((picture.width // 2, picture.height // 2)) == TEAL
    assert (0, "") == (checked.returncode, checked.stderr)
