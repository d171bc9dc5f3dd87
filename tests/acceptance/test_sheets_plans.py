"""Plans of IFC files: their sheets, what is written on them, their scale, what is not drawn."""

import subprocess
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
import pikepdf
import pytest

from outfeed.errors import DrawingTooLarge, NoSheets, SourceDamaged, TooManyTriangles
from outfeed.scene.samples import write_house
from outfeed.sheets.model import Drawing, Loss, SheetLimits
from outfeed.sheets.plans.cut import area_of, sections
from outfeed.sheets.plans.figure import shown_on
from outfeed.sheets.plans.options import PlanOptions
from outfeed.sheets.plans.paper import Format, Paper, best_format
from outfeed.sheets.plans.soup import soup_of
from outfeed.sheets.registry import read_drawing
from unit.ifc_files import a_product, an_ifc
from unit.plan_helpers import a_hall, building_in, drawn, pixels_of, texts_of


@cache
def house() -> tuple[Drawing, Path]:
    """Return the plans and sections of the sample house."""
    return drawn(write_house(Path(mkdtemp(), "house.ifc")), options=PlanOptions(sections=True))


@cache
def hall() -> tuple[Drawing, Path]:
    """Return the plans of the hall at 1:100 on A3."""
    return drawn(a_hall(Path(mkdtemp())), options=PlanOptions(scale=100, paper="A3"))


def test_each_storey_is_a_sheet_named_like_it_lowest_first_and_sections_follow() -> None:
    drawing, _ = house()

    names = ["Ground floor", "Upper floor", "Attic", "Section A–A", "Section B–B"]
    assert (names, True) == ([sheet.name for sheet in drawing.sheets], drawing.written)


def test_sheets_are_as_large_as_their_pages_and_their_paper(tmp_path: Path) -> None:
    drawing, path = drawn(write_house(tmp_path / "house.ifc"))

    with pikepdf.open(path) as pdf:
        sizes = [tuple(float(side) for side in page.mediabox[2:]) for page in pdf.pages]
    assert [pytest.approx((420 / 25.4 * 72, 297 / 25.4 * 72), abs=1e-3)] * 3 == sizes
    assert sizes == [pytest.approx((sheet.width_pt, sheet.height_pt), abs=1e-3) for sheet in drawing.sheets]


def test_storeys_of_one_name_get_names_of_their_own() -> None:
    drawing, _ = hall()

    assert ["Hall – Level", "Hall – Level (2)"] == [sheet.name for sheet in drawing.sheets]


def test_names_are_at_most_255_characters_and_still_unique(tmp_path: Path) -> None:
    path = a_hall(tmp_path)
    path.write_text(path.read_text().replace("'Level'", f"'{'L' * 300}'").replace("'Hall'", f"'{'H' * 300}'"))
    names = [sheet.name for sheet in drawn(path)[0].sheets]

    assert (2, True) == (len(set(names)), max(map(len, names)) <= 255)


def test_titles_scale_rooms_and_grids_are_texts() -> None:
    first, second = texts_of(hall()[1])

    assert all(word in first for word in ("Hall – Level", "1:100", "1.07", "Küche", "2.00 m²", "Q1", "R7", "A3"))
    assert ("Küche" in second, "Q1" in second) == (False, True)


def test_a_metre_at_1_to_100_is_28_35_points() -> None:
    """A box of 1 by 2 m is cut: its fill is as wide and as high on paper as it must be."""
    drawn = pixels_of(hall()[1], page=1, dpi=720)
    dark = (drawn > 87) & (drawn < 91)
    rows, columns = np.flatnonzero(dark.sum(axis=1) > 200), np.flatnonzero(dark.sum(axis=0) > 200)

    metre = 1000 * 72 / 25.4 / 100
    sizes = [len(places) / 10 for places in (columns, rows)]
    assert [pytest.approx(metre, abs=0.2), pytest.approx(2 * metre, abs=0.2)] == sizes


def test_cut_walls_have_the_area_that_walls_without_their_openings_have() -> None:
    scene, building = building_in(house()[1].with_suffix(".ifc"))
    shown = shown_on(building, 0, 1.2)
    cut = sections(soup_of(scene, building.products, shown.rows, shown.view), shown.level)

    walls = [part for part in cut if building.products[part.owner].class_name.startswith("IfcWall")]
    outside, middle, windows, door = 10 * 8 - 9.4 * 7.4, 0.3 * 7.4, 9 * 1.5 * 0.3, 1.0 * 0.3
    assert outside + middle - windows - door == pytest.approx(
        sum(area_of(ring) for part in walls for ring in part.rings)
    )
    assert [] == [line for part in walls for line in part.lines]


def test_a_door_interrupts_its_wall() -> None:
    scene, building = building_in(house()[1].with_suffix(".ifc"))
    shown = shown_on(building, 0, 1.2)
    cut = sections(soup_of(scene, building.products, shown.rows, shown.view), shown.level)

    south = next(part for part in cut if building.products[part.owner].element.name == "Ground floor south")
    spans = sorted((float(ring[:, 0].min()), float(ring[:, 0].max())) for ring in south.rings)
    assert [pytest.approx(span) for span in ((0, 1.25), (2.75, 4.5), (5.5, 7.25), (8.75, 10))] == spans


def test_a_door_that_turns_is_drawn_open_at_its_opening() -> None:
    _, building = building_in(house()[1].with_suffix(".ifc"))

    leaf = building.leaves[0]
    assert [pytest.approx(4.5), pytest.approx(5.5), pytest.approx(4.5)] == [
        leaf.hinge[0],
        leaf.closed[0],
        leaf.opened[0],
    ]
    assert 1.0 == pytest.approx(abs(leaf.opened[1] - leaf.hinge[1]))


def test_classes_are_layers_of_the_file() -> None:
    with pikepdf.open(house()[1]) as pdf:
        names = {str(group.Name) for group in pdf.Root.OCProperties.OCGs}

    assert names >= {"Walls", "Windows", "Doors", "Columns", "Roofs", "Grid", "Rooms", "Levels", "Title"}


def test_qpdf_finds_nothing_to_say_and_two_runs_give_the_same_bytes(tmp_path: Path) -> None:
    first = house()[1]
    _, second = drawn(write_house(tmp_path / "house.ifc"), options=PlanOptions(sections=True))

    checked = subprocess.run(["qpdf", "--check", first], check=False, capture_output=True, text=True)
    assert (0, first.read_bytes()) == (checked.returncode, second.read_bytes()), checked.stderr


def test_the_registry_reads_ifc_as_sheets(tmp_path: Path) -> None:
    drawing = read_drawing(a_hall(tmp_path), tmp_path / "out.pdf", format="ifc", limits=SheetLimits())

    assert (2, "Plan, 1:50") == (len(drawing.sheets), drawing.sheets[0].title)


def test_a_file_without_storeys_is_one_sheet_seen_from_above(tmp_path: Path) -> None:
    (tmp_path / "box.ifc").write_bytes(an_ifc(a_product(100)))
    drawing, _ = drawn(tmp_path / "box.ifc")

    assert (["Plan"], ()) == ([sheet.name for sheet in drawing.sheets], drawing.lost)


def test_what_is_not_drawn_is_said(tmp_path: Path) -> None:
    empty = "#140=IFCBUILDINGSTOREY('1000000000000000000140',#9,'Roof',$,$,$,$,$,.ELEMENT.,9000.);\n"
    hall_text = a_hall(tmp_path).read_text().replace("ENDSEC;\nEND-", f"{empty}{a_product(141)}ENDSEC;\nEND-")
    (tmp_path / "hall.ifc").write_text(hall_text)
    drawing, _ = drawn(tmp_path / "hall.ifc")

    assert (
        Loss(what="IfcBuildingStorey", why="Storeys without anything to show have no sheet."),
        Loss(what="IfcProduct", why="Products of no storey are drawn on one by their height."),
    ) == drawing.lost


@pytest.mark.parametrize(
    ("limits", "error"),
    [
        (SheetLimits(max_pages=1), DrawingTooLarge),
        (SheetLimits(max_entities=5), DrawingTooLarge),
        (SheetLimits(max_triangles=13), TooManyTriangles),
    ],
)
def test_limits_are_kept(tmp_path: Path, limits: SheetLimits, error: type[Exception]) -> None:
    with pytest.raises(error):
        drawn(a_hall(tmp_path), limits=limits)


@pytest.mark.parametrize(("content", "error"), [(an_ifc(""), NoSheets), (b"ISO-10303-21;", SourceDamaged)])
def test_what_has_nothing_to_draw_is_refused(tmp_path: Path, content: bytes, error: type[Exception]) -> None:
    (tmp_path / "a.ifc").write_bytes(content)

    with pytest.raises(error):
        drawn(tmp_path / "a.ifc")


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((0.1, 0.1), Format(paper=Paper.A4, scale=1)),
        ((10, 8), Format(paper=Paper.A3, scale=50)),
        ((30, 15), Format(paper=Paper.A3, scale=100)),
        ((70, 40), Format(paper=Paper.A1, scale=100)),
        ((300, 100), Format(paper=Paper.A1, scale=500)),
        ((1e9, 1e9), Format(paper=Paper.A0, scale=2 * 10**9)),
    ],
)
def test_paper_and_scale_are_what_draughtsmen_take(size: tuple[float, float], expected: Format) -> None:
    assert expected == best_format(*size, scale=None, paper=None)


def test_paper_and_scale_that_are_asked_for_are_taken_though_nothing_fits() -> None:
    assert Format(paper=Paper.A4, scale=50) == best_format(1e3, 1e3, scale=50, paper=Paper.A4)
