"""DWG drawings become sheets: those that the library writes, and real ones."""

from pathlib import Path
from typing import Any

import ezdwg  # type: ignore[import-untyped]  # the library has no types
import pytest

from outfeed.errors import NoSheets, SourceDamaged, SourceUnsupported
from outfeed.mesh.reporting import silent
from outfeed.sheets.cad.dwg import read_dwg
from outfeed.sheets.model import SheetLimits
from unit.cad_helpers import MM, Shown
from unit.mesh_helpers import DATA


def read(source: Path, folder: Path) -> Shown:
    """Return a DWG file as sheets."""
    out = folder / "drawing.pdf"
    return Shown(read_dwg(source, out, limits=SheetLimits(), threads=1, report=silent), out)


def shown(drawing: Any, folder: Path) -> Shown:
    """Return a drawing of the library as sheets, by way of a file."""
    drawing.save(str(folder / "drawing.dwg"))
    return read(folder / "drawing.dwg", folder)


def test_the_model_is_a_sheet_and_keeps_its_texts(tmp_path: Path) -> None:
    drawing = ezdwg.new()
    model = drawing.modelspace()
    model.add_lwpolyline([(0, 0), (100, 0), (100, 50), (0, 50)], closed=True)
    model.add_text("Ground floor", (10, 20), height=5)
    sheets = shown(drawing, tmp_path)

    left, bottom, right, top = sheets.box_mm()
    assert ["1:1 on A4"] == [sheet.title for sheet in sheets.drawing.sheets]
    assert pytest.approx([100.25, 50.25], abs=0.2) == [right - left, top - bottom]
    assert pytest.approx([left + 10, bottom + 20], abs=1.0) == (sheets.found("Ground floor") or [])[:2]


def test_a_layout_is_a_sheet_with_its_viewports(tmp_path: Path) -> None:
    """A circle of 1 m at 1:50 is 40 mm wide, and what was right of it is above it after a quarter turn."""
    drawing = ezdwg.new()
    drawing.set_paper(200, 100)
    drawing.modelspace().add_circle((0, 0, 0), 1000)
    drawing.modelspace().add_line((1500, 0, 0), (9000, 0, 0))
    paper = drawing.paperspace()
    paper.add_viewport((100, 50, 0), 80, 90, view_center=(0, 0), view_height=90 * 50, twist=90)
    sheets = shown(drawing, tmp_path)

    (sheet,) = sheets.drawing.sheets
    assert ("Layout1", 200, 100) == (sheet.name, round(sheet.width_pt / MM), round(sheet.height_pt / MM))
    assert pytest.approx([80, 30, 120, 95], abs=0.5) == sheets.box_mm()


def test_all_that_the_library_writes_is_drawn(tmp_path: Path) -> None:
    """Nothing is lost of the types of which it can make entities."""
    drawing = ezdwg.new()
    model = drawing.modelspace()
    corners = [(0, 0, 0), (10, 0, 0), (10, 10, 0), (0, 10, 0)]
    model.add_3dface(corners)
    model.add_arc((0, 0, 0), 50, 10, 80)
    model.add_ellipse((0, 0, 0), (50, 0, 0), 0.5, 0, 3.0)
    model.add_mtext("a\\Pb", (30, 0, 0), char_height=2.0)
    model.add_point((1, 2, 3))
    model.add_polyline2d([(0, 0), (10, 0), (10, 10)])
    model.add_polyline3d([(0, 0, 0), (10, 0, 0), (10, 10, 2)])
    model.add_ray((0, 0, 0), (1, 0, 0))
    model.add_solid(corners)
    model.add_spline([(0, 0, 0), (10, 10, 0), (20, 0, 0), (30, 10, 0)])
    model.add_hatch([[(60, 0), (70, 0), (70, 10)]])
    model.add_trace(corners)
    model.add_xline((0, 0, 0), (0, 1, 0))

    assert () == shown(drawing, tmp_path).drawing.lost


def test_dimensions_of_a_real_drawing_are_drawn(tmp_path: Path) -> None:
    sheets = read(DATA / "dwg" / "ezdxf-dimtad-dimjust.dwg", tmp_path)

    assert all(sheets.found(text) for text in ("2000", "600", "dimjust = 4"))
    assert "DIMENSION" not in {loss.what for loss in sheets.drawing.lost}


def test_versions_that_are_not_read_are_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "old.dwg").write_bytes(b"AC1009" + bytes(100))

    with pytest.raises(SourceUnsupported, match="AC1009"):
        read(tmp_path / "old.dwg", tmp_path)


@pytest.mark.parametrize("name", ["garbage.dwg", "version_only.dwg"])
def test_damaged_files_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(SourceDamaged):
        read(DATA / "hostile" / "dwg" / name, tmp_path)


def test_an_empty_drawing_has_no_sheets(tmp_path: Path) -> None:
    with pytest.raises(NoSheets):
        shown(ezdwg.new(), tmp_path)
