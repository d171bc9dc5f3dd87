"""Every STL and OBJ of the test data: good, odd, broken and hostile; trimesh is the judge of what comes out."""

import csv
import io
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh
from trimesh.exchange.obj import load_obj

from outfeed.errors import SourceError
from outfeed.mesh.facts import bounds, volume
from outfeed.mesh.formats.registry import WRITERS, read_mesh, reader_for
from outfeed.mesh.formats.source import ReadLimits
from outfeed.mesh.model import Mesh
from outfeed.mesh.units import Unit
from unit.mesh_helpers import DATA, written

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"no test data at {DATA.name}: set OUTFEED_TEST_DATA")


def rows(state: str) -> list[tuple[str, str]]:
    """Return path and facts of the STL and OBJ files in a state."""
    if not DATA.is_dir():
        return []
    with (DATA / "FILES.tsv").open(encoding="utf-8", newline="") as file:
        table = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [
            (row["path"], row["facts"]) for row in table if row["format"] in {"stl", "obj"} and row["state"] == state
        ]


def hostile(verdict: str) -> list[str]:
    """Return the hostile STL and OBJ files with a verdict."""
    if not DATA.is_dir():
        return []
    lines = (DATA / "hostile" / "INDEX.tsv").read_text(encoding="utf-8").splitlines()
    found = (line.split("\t") for line in lines)
    return [row[0] for row in found if row[0].endswith((".stl", ".obj")) and row[2] == verdict]


def imported(path: Path) -> Mesh:
    return read_mesh(path, format=reader_for(path.name) or "", unitless=Unit.MILLIMETRE, limits=ReadLimits()).mesh


def stated_triangles(facts: str) -> int:
    """Return the stored triangles that the facts state: the one number, or what most libraries saw."""
    found = re.search(r"(\d+) triangles", facts) or re.search(r"trimesh (\d+)", facts)
    assert found is not None
    return int(found[1])


def judged(data: bytes, form: str) -> Any:
    """Return what trimesh reads, in our axes and in millimetres."""
    loaded: Any
    if form == "obj":
        # Not `load`: where there are texture coordinates, it asks for a library of images.
        (loaded,) = load_obj(io.BytesIO(data), skip_materials=True)["geometry"].values()
        return trimesh.Trimesh(loaded["vertices"], loaded["faces"], process=False)
    loaded = trimesh.load(io.BytesIO(data), file_type=WRITERS[form].suffix[1:], process=False, force="mesh")
    if form == "glb":
        loaded.apply_transform([[1000, 0, 0, 0], [0, 0, -1000, 0], [0, 1000, 0, 0], [0, 0, 0, 1]])
    return loaded


@pytest.mark.parametrize("form", WRITERS)
@pytest.mark.parametrize(("path", "facts"), [*rows("good"), *rows("odd")])
def test_each_file_has_its_triangles_and_its_shape_in_each_format(path: str, facts: str, form: str) -> None:
    mesh = imported(DATA / path)

    other = judged(written(mesh, form), form)

    low, high = bounds(mesh)
    # The shortest text of a float64 reads back as the same number; float32, as a number or as the shortest text of one,
    # is off by 2^-24 of itself, and twice that after scaling to metres.
    exact = form in {"obj", "stl_ascii"} and mesh.vertices.dtype == np.float64
    slack = 0.0 if exact else 4 * 2.0**-24 * float(max(abs(low).max(), abs(high).max()))
    assert stated_triangles(facts) == len(mesh.faces) == len(other.faces)
    assert np.abs(other.bounds - [low, high]).max() <= slack
    judge = trimesh.Trimesh(mesh.vertices, mesh.faces, process=False)
    if judge.is_watertight:
        rounding = float(other.area) * slack
        assert other.volume == pytest.approx(judge.volume, rel=1e-6, abs=rounding)
        # Where faces are wound against each other, a volume depends on the point that it is measured from.
        assert volume(mesh) == pytest.approx(judge.volume, rel=1e-6) or not judge.is_winding_consistent


@pytest.mark.parametrize(("path", "facts"), [row for row in rows("good") if "extents" in row[1]])
def test_each_good_file_has_the_extents_that_were_measured(path: str, facts: str) -> None:
    low, high = bounds(imported(DATA / path))

    stated = facts.split("extents ")[1].split(";", maxsplit=1)[0].split(" x ")
    assert [f"{extent:.6g}" for extent in map(float, stated)] == [
        f"{round(extent, 4 if extent < 100 else 3):.6g}" for extent in high - low
    ]


@pytest.mark.parametrize(("path", "facts"), rows("broken"))
def test_each_broken_file_gives_the_stated_number_or_a_reason(path: str, facts: str) -> None:
    try:
        mesh = imported(DATA / path)
    except SourceError as error:
        assert type(error) is not SourceError  # noqa: PT017 - either outcome is right
    else:
        assert stated_triangles(facts) == len(mesh.faces)


def test_the_vendors_own_numbers() -> None:
    """From the acceptance suite of the original service: vertices, triangles, texture coordinates."""
    chimney, hud = imported(DATA / "stl/sparkpm-Chimney.stl"), imported(DATA / "obj/sparkpm-HudTest.obj")

    assert (49, 94, False) == (len(chimney.vertices), len(chimney.faces), chimney.has_uvs)
    assert (4, 2, True) == (len(hud.vertices), len(hud.faces), hud.has_uvs)


@pytest.mark.parametrize("path", hostile("ok"))
def test_hostile_files_that_are_fine_give_their_cube(path: str) -> None:
    mesh = imported(DATA / "hostile" / path)

    assert (8, 12, 1000.0) == (len(mesh.vertices), len(mesh.faces), volume(mesh))


@pytest.mark.parametrize("path", hostile("reject"))
def test_hostile_files_are_refused_with_a_reason(path: str) -> None:
    with pytest.raises(SourceError) as caught:
        imported(DATA / "hostile" / path)

    assert "source_refused" != caught.value.code


#: What we chose where either was allowed: triangles, or the error's code.
BOUNDED: dict[str, int | str] = {
    "obj/million_groups.obj": 20_000,
    "obj/no_final_newline_backslash.obj": 12,
    "obj/nul_bytes.obj": 12,
    "obj/polygon_50000.obj": 49_998,
    "stl/all_degenerate.stl": 500,
    "stl/ascii_comma_decimals.stl": "source_damaged",
    "stl/ascii_cut_mid_number.stl": "source_damaged",
    "stl/ascii_one_line.stl": 4_800,
    "stl/ascii_utf16.stl": "source_damaged",
    "stl/elf_not_stl.stl": "source_empty",
    "stl/huge_coordinates.stl": 12,
    "stl/trailing_bytes.stl": 12,
}


@pytest.mark.parametrize("path", hostile("bounded"))
def test_files_that_may_go_either_way_go_the_way_we_chose(path: str) -> None:
    try:
        outcome: int | str = len(imported(DATA / "hostile" / path).faces)
    except SourceError as error:
        outcome = error.code

    assert BOUNDED[path] == outcome
