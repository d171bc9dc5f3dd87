"""The writer of PDF pages, judged by PDFium and qpdf."""

import subprocess
from pathlib import Path

import numpy as np
import pikepdf
import pypdfium2  # type: ignore[import-untyped]  # the library has no types
import pytest

from outfeed.errors import NotFinite
from outfeed.sheets.canvas import Canvas, TextLook
from outfeed.sheets.fonts import text_width


def a_drawing(out: Path) -> Path:
    """Write a page with one thing of each kind."""
    canvas = Canvas(title="A set")
    with canvas.page(200, 100, name="A-101") as page:
        with page.layer("Walls"), page.saved():
            page.opacity(0.5)
            page.polyline([(10, 10), (60, 10), (60, 60), (10, 60)], closed=True)
            page.paint(2, (1, 0, 0), fill=(0, 0, 1))
        with page.layer("Hidden", shown=False):
            page.circle(150, 50, 20)
            page.fill((0, 1, 0))
        page.text(100, 80, 10, "Küche 木", anchor="center")
        page.image(100, 10, 20, 20, np.full((2, 2, 4), (255, 0, 255, 255), dtype=np.uint8))
    canvas.save(out)
    return out


def seen(path: Path, x: int, y: int) -> tuple[int, ...]:
    """Return the colour at a point of the first page."""
    with pypdfium2.PdfDocument(path) as pdf:
        image = pdf[0].render(scale=1).to_numpy()
    return tuple(int(part) for part in image[image.shape[0] - 1 - y, x][::-1])


def test_pdfium_sees_fills_pictures_and_no_hidden_layers(tmp_path: Path) -> None:
    path = a_drawing(tmp_path / "a.pdf")

    points = ((35, 35), (110, 20), (150, 50))
    assert [(128, 128, 255), (255, 0, 255), (255, 255, 255)] == [seen(path, *at) for at in points]


def test_text_is_found_also_where_the_font_has_only_a_box(tmp_path: Path) -> None:
    with pypdfium2.PdfDocument(a_drawing(tmp_path / "a.pdf")) as pdf:
        text = pdf[0].get_textpage()

        assert "Küche 木" == text.get_text_bounded()


def test_text_is_as_wide_as_it_is_measured_and_stands_where_its_anchor_says(tmp_path: Path) -> None:
    canvas = Canvas()
    with canvas.page(200, 100) as page:
        widths = [
            page.text(100, 50, 20, "HHH", anchor="right"),
            page.text(100, 20, 20, "HHH", look=TextLook(width_factor=0.5)),
        ]
    canvas.save(tmp_path / "a.pdf")

    with pypdfium2.PdfDocument(tmp_path / "a.pdf") as pdf:
        boxes = [item.get_bounds() for item in pdf[0].get_objects()]
    expected = text_width("HHH", 20)
    assert [expected, expected / 2] == pytest.approx(widths)
    assert [100 - expected, 100] == pytest.approx([boxes[0][0], boxes[1][0]], abs=2)


def test_missing_characters_are_counted() -> None:
    canvas = Canvas()
    with canvas.page(100, 100) as page:
        page.text(0, 0, 10, "木a木\ud800")

    assert {"木": 2} == canvas.missing


def test_qpdf_finds_nothing_to_say_and_two_runs_give_the_same_bytes(tmp_path: Path) -> None:
    one, two = a_drawing(tmp_path / "1.pdf"), a_drawing(tmp_path / "2.pdf")

    checked = subprocess.run(["qpdf", "--check", one], check=False, capture_output=True, text=True)
    assert (0, one.read_bytes()) == (checked.returncode, two.read_bytes()), checked.stderr


def test_layers_and_names_of_pages_are_in_the_file(tmp_path: Path) -> None:
    with pikepdf.open(a_drawing(tmp_path / "a.pdf")) as pdf:
        layers = pdf.Root.OCProperties

        assert ["Walls", "Hidden"] == [str(group.Name) for group in layers.OCGs]
        assert ["Hidden"] == [str(group.Name) for group in layers.D.OFF]
        assert "A-101" == str(pdf.Root.PageLabels.Nums[1].P)


def a_line_to(x: float) -> None:
    with Canvas().page(100, 100) as page:
        page.move(0, 0)
        page.line(x, 0)


@pytest.mark.parametrize("x", [float("nan"), float("inf"), float("-inf")])
def test_a_coordinate_that_is_no_number_is_refused(x: float) -> None:
    with pytest.raises(NotFinite):
        a_line_to(x)
