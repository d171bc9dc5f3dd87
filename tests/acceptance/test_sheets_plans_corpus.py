"""Plans of real buildings: every good file gives sheets, and what is cut is what independent libraries cut."""

import csv
import subprocess
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import pikepdf
import pytest
import shapely  # type: ignore[import-untyped]  # the library has no types
import trimesh

from outfeed.errors import NoSheets, SourceError
from outfeed.scene.model import Scene
from outfeed.sheets.plans.building import Building
from outfeed.sheets.plans.cut import Section, area_of, sections
from outfeed.sheets.plans.figure import Shown, shown_on
from outfeed.sheets.plans.looks import LOOKS, look_of
from outfeed.sheets.plans.options import PlanOptions
from outfeed.sheets.plans.soup import placed, soup_of
from unit.mesh_helpers import DATA
from unit.plan_helpers import building_in, drawn, pixels_of

pytestmark = pytest.mark.skipif(not (DATA / "FILES.tsv").is_file(), reason="no test data: set OUTFEED_TEST_DATA")

#: Good files with products that have a shape, and how many of their storeys have some.
BUILDINGS: Final = {
    "assimp-AC14-FZK-Haus.ifc": 2,
    "bimwhale-LargeBuilding.ifc": 2,
    "bimwhale-SimpleWall.ifc": 1,
    "bimwhale-TallBuilding.ifc": 5,
    "bscommunity-ROOT-Vebo.ifczip": 3,
    "bscommunity-ROOT-kanaalplaatvloer.ifczip": 1,
    "bscommunity-ROOT-kapconstructie_dakkapellen_platdak.ifczip": 4,
    "bscommunity-ROOT-prefab_balkons.ifczip": 3,
    "bscommunity-ROOT-traphekken.ifczip": 4,
    "speckle-railing.ifc": 1,
    "speckle-steelplates.ifc": 1,
}
#: Those whose walls are judged, and how many of their storeys have some.
WALLED: Final = {"assimp-AC14-FZK-Haus.ifc": 2, "bimwhale-LargeBuilding.ifc": 2, "bimwhale-TallBuilding.ifc": 4}
STRUCTURE: Final = ("Walls", "Slabs", "Columns", "Roofs")


def ifc_files(table: str, *states: str) -> list[Path]:
    """Return the IFC files of a list of the data, in some states of the column that has them."""
    folder = (DATA / table).parent
    with (DATA / table).open(newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    kept = [row for row in rows if row["path"].startswith("ifc/") and row.get("state", row.get("expect")) in states]
    return [folder / row["path"] for row in kept]


@cache
def building(name: str) -> tuple[Scene, Building]:
    return building_in(DATA / "ifc" / name)


def cut_on(name: str, storey: int) -> tuple[Shown, list[Section]]:
    """Return what a plan of a storey cuts."""
    scene, made = building(name)
    shown = shown_on(made, storey, 1.2)
    return shown, sections(soup_of(scene, made.products, shown.rows, shown.view), shown.level)


def judged_area(scene: Scene, element: Any, level: float) -> float:
    """Return the area that a plane cuts out of an element: trimesh cuts, shapely makes polygons of the lines."""
    total = 0.0
    for vertices, faces in placed(scene, element):
        # As the engine does, what lies on the plane counts as above it.
        solid, origin = trimesh.Trimesh(vertices, faces, process=False), np.array([0.0, 0.0, level - 1e-9])
        cut: Any = trimesh.intersections.mesh_plane
        lines = cut(solid, np.array([0.0, 0.0, 1.0]), origin)
        flat = shapely.set_precision(shapely.multilinestrings(shapely.linestrings(lines[:, :, :2])), 1e-6)
        total += float(shapely.build_area(flat).area) if len(lines) else 0.0
    return total


def test_the_list_of_buildings_is_whole() -> None:
    """Every good file with a storey that has something to show is in the list above."""
    found = {}
    for path in ifc_files("FILES.tsv", "good"):
        try:
            _, made = building(path.name)
        except NoSheets:
            continue
        except SourceError:
            continue
        if made.storeys:
            found[path.name] = len({product.storey for product in made.products})

    assert BUILDINGS == found


@pytest.mark.parametrize("name", BUILDINGS)
def test_a_good_file_gives_a_sheet_for_each_storey_and_sections(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes((DATA / "ifc" / name).read_bytes())
    drawing, out = drawn(tmp_path / name, options=PlanOptions(sections=True))

    checked = subprocess.run(["qpdf", "--check", out], check=False, capture_output=True, text=True)
    with pikepdf.open(out) as pdf:
        assert (BUILDINGS[name] + 2, 0) == (len(pdf.pages), checked.returncode), checked.stderr
    assert len(drawing.sheets) == len({sheet.name for sheet in drawing.sheets}) == BUILDINGS[name] + 2
    # The frame alone is 0.2 % of a sheet.
    assert all((pixels_of(out, page) < 200).mean() > 0.002 for page in range(len(drawing.sheets)))


@pytest.mark.parametrize(("name", "storey"), [(name, row) for name in WALLED for row in range(WALLED[name])])
def test_what_is_cut_is_as_large_as_an_independent_cut(name: str, storey: int) -> None:
    scene, made = building(name)
    shown, cut = cut_on(name, storey)
    ours: dict[str, float] = dict.fromkeys(STRUCTURE, 0.0)
    judged: dict[str, float] = dict.fromkeys(STRUCTURE, 0.0)
    for part in cut:
        layer = LOOKS[look_of(made.products[part.owner].class_name)].layer
        if layer in STRUCTURE:
            ours[layer] += sum(map(area_of, part.rings))
    for row in shown.rows:
        layer = LOOKS[look_of(made.products[row].class_name)].layer
        if layer in STRUCTURE:
            judged[layer] += judged_area(scene, made.products[row].element, shown.level)

    assert judged == pytest.approx(ours, rel=0.01, abs=1e-6)
    assert judged["Walls"] > 1.0


@pytest.mark.parametrize(
    "path",
    [*ifc_files("FILES.tsv", "broken", "odd"), *ifc_files("hostile/INDEX.tsv", "reject", "bounded", "ok")],
    ids=lambda path: path.name,
)
def test_a_damaged_file_gives_sheets_or_a_clear_error(path: Path, tmp_path: Path) -> None:
    (tmp_path / path.name).write_bytes(path.read_bytes())
    try:
        drawing, out = drawn(tmp_path / path.name)
    except SourceError:
        return
    with pikepdf.open(out) as pdf:
        assert 1 <= len(drawing.sheets) == len(pdf.pages)
