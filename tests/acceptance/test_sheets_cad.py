"""DXF drawings become sheets: looked at in pixels, in text and in layers, as PDFium and pikepdf see them."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ezdxf.enums import TextEntityAlignment
from ezdxf.xclip import XClip

from outfeed.errors import DrawingTooLarge, NoSheets
from outfeed.sheets.model import Loss, SheetLimits
from unit.cad_helpers import MM, a_document, a_layout, shown

RED, BLACK, WHITE = (255, 0, 0), (0, 0, 0), (255, 255, 255)


def near(wanted: list[float], tolerance: float = 0.4) -> Any:
    """Return numbers that are as these are, in millimetres."""
    return pytest.approx(wanted, abs=tolerance)


def test_a_line_of_the_model_is_as_long_on_paper(tmp_path: Path) -> None:
    """Without layouts the model is one sheet, at a scale that its title says."""
    document = a_document()
    document.modelspace().add_line((0, 0), (100, 0), dxfattribs={"lineweight": 9})
    sheets = shown(document, tmp_path)

    left, _, right, _ = sheets.box_mm()
    assert [("Model", "1:1 on A4")] == [(sheet.name, sheet.title) for sheet in sheets.drawing.sheets]
    assert near([283.46], 0.6) == [(right - left) * MM]


@pytest.mark.parametrize(
    ("units", "length", "title"),
    [(4, 20_000, "1:50 on A3"), (6, 20, "1:50 on A3"), (4, 20, "20:1 on A3"), (1, 39.37, "1:5 on A4")],
)
def test_the_scale_is_one_that_people_use(tmp_path: Path, units: int, length: float, title: str) -> None:
    document = a_document(INSUNITS=units)
    document.modelspace().add_line((5, 5), (5 + length, 5))

    assert title == shown(document, tmp_path).drawing.sheets[0].title


def test_each_layout_with_something_on_it_is_a_sheet_at_its_size(tmp_path: Path) -> None:
    """In the order of the tabs; empty ones are none."""
    document = a_document()
    a_layout(document, size=(420, 297)).add_line((10, 10), (20, 20))
    document.layouts.new("Empty")
    a_layout(document, size=(210, 297), name="A-102").add_circle((50, 50), 10)
    sheets = shown(document, tmp_path)

    found = [(sheet.name, round(sheet.width_pt / MM), round(sheet.height_pt / MM)) for sheet in sheets.drawing.sheets]
    assert [("Layout1", 420, 297), ("A-102", 210, 297)] == found
    assert near([39.87, 39.87, 60.13, 60.13]) == sheets.box_mm(1)


def test_margins_and_turned_paper_move_the_drawing(tmp_path: Path) -> None:
    document = a_document()
    layout = document.layouts.get("Layout1")
    layout.page_setup(size=(297, 420), margins=(5, 6, 7, 8), units="mm", rotation=1)
    layout.add_lwpolyline([(0, 0), (50, 0), (50, 30), (0, 30)], close=True, dxfattribs={"lineweight": 0})
    sheets = shown(document, tmp_path)

    (sheet,) = sheets.drawing.sheets
    assert (420, 297) == (round(sheet.width_pt / MM), round(sheet.height_pt / MM))
    left, bottom, right, top = sheets.box_mm()
    assert near([50, 30]) == [right - left, top - bottom]
    assert near([5, 8]) == [left, bottom]


def test_a_viewport_shows_the_model_scaled_turned_and_clipped(tmp_path: Path) -> None:
    """A circle of 1 m at 1:50 is 40 mm wide; a quarter turn takes what is right of it above it."""
    document = a_document()
    model = document.modelspace()
    model.add_circle((0, 0), 1000)
    model.add_line((1500, 0), (9000, 0))
    layout = a_layout(document)
    viewport = layout.add_viewport((100, 50), (80, 90), (0, 0), 90 * 50)
    viewport.dxf.view_twist_angle = 90
    viewport.dxf.layer = "VIEWPORTS"
    document.layers.add("VIEWPORTS").dxf.plot = 0
    sheets = shown(document, tmp_path)

    assert near([80, 30, 120, 95]) == sheets.box_mm()
    assert BLACK == sheets.color(100, 90)


def test_a_layer_frozen_in_a_viewport_is_not_seen_in_it(tmp_path: Path) -> None:
    document = a_document()
    document.layers.add("Furniture")
    model = document.modelspace()
    model.add_line((-20, 0), (20, 0), dxfattribs={"layer": "Furniture", "lineweight": 50})
    model.add_line((-20, 10), (20, 10), dxfattribs={"lineweight": 50})
    layout = a_layout(document)
    layout.add_viewport((50, 50), (60, 60), (0, 0), 60)
    layout.add_viewport((150, 50), (60, 60), (0, 0), 60).freeze("Furniture")
    sheets = shown(document, tmp_path)

    assert [BLACK, BLACK, WHITE, BLACK] == [sheets.color(x, y) for x in (50, 150) for y in (50, 60)]


def test_a_layer_has_another_colour_in_one_viewport(tmp_path: Path) -> None:
    document = a_document()
    layer = document.layers.add("Walls", color=7)
    document.modelspace().add_line((-20, 0), (20, 0), dxfattribs={"layer": "Walls", "lineweight": 100})
    layout = a_layout(document)
    layout.add_viewport((50, 50), (60, 60), (0, 0), 60)
    other = layout.add_viewport((150, 50), (60, 60), (0, 0), 60)
    overrides = layer.get_vp_overrides()
    overrides.set_color(other.dxf.handle, 1)
    overrides.commit()
    sheets = shown(document, tmp_path)

    assert [BLACK, RED] == [sheets.color(x, 50) for x in (50, 150)]


def test_a_viewport_can_have_any_outline(tmp_path: Path) -> None:
    document = a_document()
    document.modelspace().add_line((-90, 0), (90, 0), dxfattribs={"lineweight": 100})
    document.layers.add("Outline").dxf.plot = 0
    layout = a_layout(document)
    circle = layout.add_circle((100, 50), 20, dxfattribs={"layer": "Outline"})
    viewport = layout.add_viewport((100, 50), (80, 80), (0, 0), 80)
    viewport.dxf.clipping_boundary_handle = circle.dxf.handle
    viewport.dxf.flags |= 0x10000

    assert near([80, 49.5, 120, 50.5]) == shown(document, tmp_path).box_mm()


def test_points_are_drawn_as_the_drawing_says(tmp_path: Path) -> None:
    """PDMODE 34: a circle with a cross in it, PDSIZE across."""
    document = a_document(PDMODE=34, PDSIZE=20.0)
    layout = a_layout(document)
    layout.add_point((100, 50))
    layout.add_point((20, 20), dxfattribs={"layer": "Defpoints"})
    left, bottom, right, top = shown(document, tmp_path).box_mm()

    assert near([100, 50]) == [(left + right) / 2, (bottom + top) / 2]
    assert near([right - left]) == [top - bottom]
    assert 19 < right - left < 41


def test_layers_that_are_off_can_be_switched_on_and_frozen_ones_are_gone(tmp_path: Path) -> None:
    document = a_document()
    layout = a_layout(document)
    for row, name in enumerate(("On", "Off", "Frozen", "Unprinted")):
        document.layers.add(name)
        layout.add_line((0, 20 * row + 10), (200, 20 * row + 10), dxfattribs={"layer": name, "lineweight": 100})
    document.layers.get("Off").off()
    document.layers.get("Frozen").freeze()
    document.layers.get("Unprinted").dxf.plot = 0
    sheets = shown(document, tmp_path)

    assert {"On": True, "Off": False} == sheets.layers()
    assert [BLACK, WHITE, WHITE, WHITE] == [sheets.color(100, 20 * row + 10) for row in range(4)]


def test_colours_are_those_of_the_drawing_on_white_paper(tmp_path: Path) -> None:
    """Colour 7 is black, by entity, by layer and by block; half-transparent red is pale."""
    document = a_document()
    document.layers.add("Red", color=1)
    block = document.blocks.new("B")
    block.add_line((0, 0), (200, 0), dxfattribs={"color": 0, "lineweight": 100})
    layout = a_layout(document)
    looks: list[dict[str, Any]] = [
        {"color": 7},
        {"layer": "Red"},
        {"true_color": 0x00FF00},
        {"color": 1, "transparency": 0x0200007F},
    ]
    for row, look in enumerate(looks):
        layout.add_line((0, 10 * row + 10), (200, 10 * row + 10), dxfattribs={"lineweight": 100, **look})
    layout.add_blockref("B", (0, 50), dxfattribs={"color": 5})
    sheets = shown(document, tmp_path)

    found = [sheets.color(100, 10 * row + 10) for row in range(5)]
    assert [BLACK, RED, (0, 255, 0), (0, 0, 255)] == [found[0], found[1], found[2], found[4]]
    assert np.allclose((255, 127, 127), found[3], atol=3)


def test_line_weights_are_millimetres_of_paper(tmp_path: Path) -> None:
    document = a_document()
    layout = a_layout(document)
    for row, weight in enumerate((25, 100, 200)):
        layout.add_line((10, 20 * row + 20), (190, 20 * row + 20), dxfattribs={"lineweight": weight})
    ink = shown(document, tmp_path).ink(per_pt=12)

    column = ink[:, round(100 * MM * 12)]
    widths = [column[round((y - 5) * MM * 12) : round((y + 5) * MM * 12)].sum() / MM / 12 for y in (20, 40, 60)]
    assert near([0.25, 1.0, 2.0], 0.03) == widths


def test_dashes_are_as_long_as_the_linetype_says(tmp_path: Path) -> None:
    """In a viewport as well, whatever its scale, unless PSLTSCALE is off."""
    document = a_document(LTSCALE=2.0)
    document.linetypes.add("MINE", [15.0, 10.0, -5.0])
    look = {"linetype": "MINE", "lineweight": 0}
    layout = a_layout(document)
    layout.add_line((0, 20), (200, 20), dxfattribs=look)
    document.modelspace().add_line((0, 0), (2000, 0), dxfattribs=look)
    layout.add_viewport((100, 70), (200, 20), (1000, 0), 200)
    ink = shown(document, tmp_path).ink(per_pt=10)

    for y in (20, 70):
        row = np.logical_or.reduce(ink[round(y * MM * 10) - 3 : round(y * MM * 10) + 3], axis=0)
        begins = [float(place) / MM / 10 for place in np.nonzero(row[1:] & ~row[:-1])[0]]
        assert near([30.0] * 5) == [after - before for before, after in pairwise(begins)][:5]
        assert near([2 / 3], 0.05) == [float(row.mean())]


def test_a_solid_hatch_has_its_holes(tmp_path: Path) -> None:
    document = a_document()
    hatch = a_layout(document).add_hatch(color=1)
    hatch.paths.add_polyline_path([(10, 10), (90, 10), (90, 90), (10, 90)], flags=1)
    hatch.paths.add_polyline_path([(30, 30), (70, 30), (70, 70), (30, 70)], flags=16)
    sheets = shown(document, tmp_path)

    assert [RED, WHITE, RED, WHITE] == [sheets.color(x, 50) for x in (20, 50, 80, 100)]


def test_the_lines_of_a_pattern_lie_where_it_says_and_only_inside(tmp_path: Path) -> None:
    document = a_document()
    hatch = a_layout(document).add_hatch(color=7, dxfattribs={"lineweight": 0})
    hatch.set_pattern_fill("MINE", definition=[[0, (0, 5), (0, 10), []]])
    hatch.paths.add_polyline_path([(50, 0), (150, 0), (150, 100), (50, 100)], flags=1)
    ink = shown(document, tmp_path).ink(per_pt=10)

    column = ink[:, round(100 * MM * 10)]
    begins = np.nonzero(column[1:] & ~column[:-1])[0] / MM / 10
    assert near([5.0 + 10 * row for row in range(10)], 0.1) == begins.tolist()
    assert not ink[:, : round(49 * MM * 10)].any()


def test_a_gradient_is_one_colour_and_said(tmp_path: Path) -> None:
    document = a_document()
    hatch = a_layout(document).add_hatch()
    hatch.set_gradient((255, 0, 0), (0, 0, 255))
    hatch.paths.add_polyline_path([(10, 10), (90, 10), (90, 90), (10, 90)], flags=1)
    sheets = shown(document, tmp_path)

    assert (Loss(what="HATCH", why="A gradient is drawn as one colour."),) == sheets.drawing.lost
    assert (127, 0, 127) == sheets.color(50, 50)


def test_text_is_found_where_it_is_drawn(tmp_path: Path) -> None:
    """Turned, stretched and aligned; also in several lines, and letters that the font has not."""
    document = a_document()
    layout = a_layout(document)
    layout.add_text("Ground floor", height=5, dxfattribs={"insert": (20, 20)})
    layout.add_text("upwards", height=4, rotation=90, dxfattribs={"insert": (150, 20)})
    layout.add_mtext("{\\C1;Red} and\\Pgreen \\A1;{\\H0.7x;\\S1/2;}", dxfattribs={"insert": (20, 80), "char_height": 4})
    layout.add_text("図面", height=5, dxfattribs={"insert": (100, 80)})
    sheets = shown(document, tmp_path)

    left, bottom, _, top = sheets.found("Ground floor") or [0.0] * 4
    assert near([20, 20, 25], 1.0) == [left, bottom, top]
    left, bottom, right, top = sheets.found("upwards") or [0.0] * 4
    assert near([150, 20], 2.0) == [right, bottom]
    assert top - bottom > 3 * (right - left)
    assert all(sheets.found(word) for word in ("Red", "green", "図面"))
    assert [("characters", 2)] == [(loss.what, loss.count) for loss in sheets.drawing.lost]


def test_a_text_that_has_to_fit_is_as_wide_as_the_drawing_says(tmp_path: Path) -> None:
    document = a_document()
    text = a_layout(document).add_text("I FIT INTO IT", height=5)
    text.set_placement((20, 20), (180, 20), align=TextEntityAlignment.FIT)
    left, _, right, top = shown(document, tmp_path).box_mm()

    assert near([20, 180, 25], 3.0) == [left, right, top]


def test_blocks_are_drawn_with_arrays_attributes_and_what_is_in_them(tmp_path: Path) -> None:
    document = a_document()
    inner = document.blocks.new("INNER")
    inner.add_circle((0, 0), 2)
    outer = document.blocks.new("OUTER", base_point=(1, 1))
    outer.add_blockref("INNER", (1, 1), dxfattribs={"xscale": 2})
    outer.add_attdef("TAG", (0, 0), "unseen")
    insert = a_layout(document).add_blockref("OUTER", (20, 20))
    insert.grid(size=(3, 4), spacing=(20, 30))
    insert.add_attrib("TAG", "seen", (150, 80), dxfattribs={"height": 5})
    sheets = shown(document, tmp_path)

    assert (None, True) == (sheets.found("unseen"), sheets.found("seen") is not None)
    boxes = sheets.ink(per_pt=4)[: round(65 * MM * 4)]
    rows, columns = np.nonzero(boxes)
    assert near([16, 114]) == [columns.min() / 4 / MM, columns.max() / 4 / MM]
    assert near([18, 62]) == [rows.min() / 4 / MM, rows.max() / 4 / MM]


@pytest.mark.parametrize(("frame", "box"), [(2, [90, 49.75, 120, 50.25]), (1, [89.87, 39.87, 120.13, 60.13])])
def test_what_xclip_cuts_off_is_not_drawn(tmp_path: Path, frame: int, box: list[float]) -> None:
    """Its frame is drawn only if it is to be printed."""
    document = a_document(XCLIPFRAME=frame)
    document.blocks.new("B").add_line((-50, 0), (50, 0), dxfattribs={"lineweight": 50})
    insert = a_layout(document).add_blockref("B", (100, 50))
    XClip(insert).set_block_clipping_path([(-10, -10), (20, 10)])

    assert near(box) == shown(document, tmp_path).box_mm()


def test_a_wipeout_hides_what_is_below_it(tmp_path: Path) -> None:
    document = a_document()
    layout = a_layout(document)
    layout.add_line((0, 50), (200, 50), dxfattribs={"lineweight": 100})
    layout.add_wipeout([(80, 40), (120, 60)])
    layout.add_line((0, 55), (200, 55), dxfattribs={"lineweight": 100})
    sheets = shown(document, tmp_path)

    assert [BLACK, WHITE, BLACK, BLACK] == [sheets.color(x, y) for x, y in ((50, 50), (100, 50), (50, 55), (100, 55))]


def test_a_dimension_is_drawn_with_its_number(tmp_path: Path) -> None:
    document = a_document(setup=("styles", "dimstyles"))
    layout = a_layout(document)
    layout.add_linear_dim(base=(20, 60), p1=(20, 20), p2=(140, 20), dimstyle="EZDXF").render()
    sheets = shown(document, tmp_path)

    assert sheets.found("12000") is not None
    left, _, right, _ = sheets.box_mm()
    assert near([20, 140], 4.0) == [left, right]


def test_endless_lines_end_at_the_edge_of_the_paper(tmp_path: Path) -> None:
    document = a_document()
    layout = a_layout(document)
    layout.add_xline((50, 50), (1, 0))
    layout.add_ray((100, 20), (1, 0))
    sheets = shown(document, tmp_path)

    assert near([0, 200]) == [sheets.box_mm()[0], sheets.box_mm()[2]]
    assert [BLACK, WHITE, BLACK] == [sheets.color(x, y) for x, y in ((20, 50), (50, 20), (190, 20))]


def test_the_title_of_a_sheet_is_that_of_its_title_block(tmp_path: Path) -> None:
    document = a_document()
    document.blocks.new("FRAME").add_line((0, 0), (10, 0))
    insert = a_layout(document).add_blockref("FRAME", (10, 10))
    insert.add_attrib("DRAWING_TITLE", "Ground floor", (20, 20))
    insert.add_attrib("NUMBER", "A-101", (20, 30))

    assert ["Ground floor"] == [sheet.title for sheet in shown(document, tmp_path).drawing.sheets]


def test_what_is_not_drawn_is_counted_by_its_type(tmp_path: Path) -> None:
    document = a_document()
    layout = a_layout(document)
    layout.add_line((0, 0), (10, 10))
    layout.add_3dsolid().sab = layout.add_3dsolid().sab = b"ACIS BinaryFile"
    layout.add_image(document.add_image_def("/etc/passwd", (10, 10)), (10, 10), (20, 20))
    lost = {loss.what: loss.count for loss in shown(document, tmp_path).drawing.lost}

    assert {"3DSOLID": 2, "IMAGE": 1} == lost


def test_blocks_in_each_other_are_drawn_once_and_said(tmp_path: Path) -> None:
    document = a_document()
    a, b = document.blocks.new("A"), document.blocks.new("B")
    a.add_blockref("B", (10, 0))
    b.add_blockref("A", (10, 0))
    b.add_line((0, 0), (5, 0))
    a_layout(document).add_blockref("A", (10, 10))
    sheets = shown(document, tmp_path)

    assert [("INSERT", 1)] == [(loss.what, loss.count) for loss in sheets.drawing.lost]
    assert near([20, 10, 25, 10]) == sheets.box_mm()


def test_too_much_is_refused_before_it_is_drawn(tmp_path: Path) -> None:
    """Ten times ten times ten lines by blocks in blocks."""
    document = a_document()
    document.blocks.new("B0").add_line((0, 0), (1, 1))
    for level in (1, 2, 3):
        block = document.blocks.new(f"B{level}")
        for row in range(10):
            block.add_blockref(f"B{level - 1}", (row, 0))
    a_layout(document).add_blockref("B3", (10, 10))

    with pytest.raises(DrawingTooLarge):
        shown(document, tmp_path, limits=SheetLimits(max_entities=1000))


def test_too_many_layouts_are_refused(tmp_path: Path) -> None:
    document = a_document()
    for name in ("A", "B", "C"):
        a_layout(document, name=name).add_line((0, 0), (1, 1))

    with pytest.raises(DrawingTooLarge):
        shown(document, tmp_path, limits=SheetLimits(max_pages=2))


def test_an_empty_drawing_has_no_sheets(tmp_path: Path) -> None:
    with pytest.raises(NoSheets):
        shown(a_document(), tmp_path)


def test_the_same_drawing_gives_the_same_bytes(tmp_path: Path) -> None:
    document = a_document()
    a_layout(document).add_mtext("Twice", dxfattribs={"insert": (10, 50)})
    first = shown(document, tmp_path).path.read_bytes()
    (tmp_path / "drawing.pdf").unlink()

    assert first == shown(document, tmp_path).path.read_bytes()
