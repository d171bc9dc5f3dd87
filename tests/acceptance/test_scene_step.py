"""STEP as a scene: parts and assemblies, by Open CASCADE."""

import re
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import cascadio
import numpy as np
import pytest
import trimesh

from outfeed.errors import ReaderMissing, SourceDamaged, SourceEmpty, SourceError, SourceUnsupported
from outfeed.mesh.formats.gltf.opening import open_gltf
from outfeed.mesh.formats.source import ReadLimits, SourceFile
from outfeed.scene.flatten import as_mesh
from outfeed.scene.formats.step import Deflection, as_glb
from outfeed.scene.formats.step_text import checked
from unit.corpus import needs_data
from unit.mesh_helpers import DATA
from unit.scene_helpers import measured, scene_at, scene_of

#: Good files: solids and triangles at 0.1 mm and 0.5 rad, as `FILES.tsv` has them.
FACTS = {
    "build123d-M6-1x12-countersunk-screw.step": (1, 2810),
    "cadquery-red_cube_blue_cylinder.step": (2, 112),
    "stepcode-MAINBODY_FRONT.stp": (1, 12016),
    "stepcode-TAIL_MIDDLE_PART.stp": (1, 236),
    "stepcode-dm1-id-214.stp": (7, 1612),
    "trimesh-base_interface_AP203.step": (1, 1656),
    "trimesh-box_sides.step": (10, 2776),
}
BROKEN = ["ATS2Mod0-out.stp", "ATS3Mod0-out.stp", "ATS7-out.stp", "TAIL.stp", "select_segfault_2.stp"]
BLOCKS = "step/cadquery-red_cube_blue_cylinder.step"
#: An exchange file around what it holds.
FILE = b"ISO-10303-21;HEADER;FILE_SCHEMA(('X'));ENDSEC;DATA;%sENDSEC;END-ISO-10303-21;"


@needs_data
@pytest.mark.parametrize("name", FACTS)
def test_each_solid_is_a_part(name: str) -> None:
    """As many as Open CASCADE counts, each with triangles."""
    parts = [one for one in scene_at(f"step/{name}").elements if one.class_name == "Part"]

    assert len(parts) == FACTS[name][0]
    assert {len(one.parts) for one in parts} == {1}


@needs_data
@pytest.mark.parametrize("name", FACTS)
def test_as_many_triangles_as_the_list_says(name: str) -> None:
    """At the deflection of the list, which is not our own."""
    data = (DATA / "step" / name).read_bytes()

    glb = as_glb(data, Deflection(linear=0.1, relative=False, angular=0.5), parallel=False)

    opened = open_gltf(SourceFile(content=glb), ReadLimits())
    assert sum(opened.totals) == FACTS[name][1]


@needs_data
def test_products_are_named_and_the_tree_is_kept() -> None:
    """A part has the name of its product; what the assembly calls it is a property."""
    elements = scene_at("step/stepcode-dm1-id-214.stp").elements

    assert (elements[0].name, elements[0].class_name) == ("dm1", "Assembly")
    assert [one.parent for one in elements] == [-1, *[0] * 7]
    assert Counter(one.name for one in elements[1:]) == {"bolt": 3, "nut": 3, "l-bracket": 1}
    assert elements[2].properties == {"Instance": "bolt_3"}


@needs_data
def test_a_part_that_is_used_again_is_one_shape() -> None:
    """Three bolts, three nuts and a bracket are three shapes."""
    assert len(scene_at("step/stepcode-dm1-id-214.stp").shapes) == 3


@needs_data
def test_solids_have_their_colours() -> None:
    """In sRGB, as they were chosen in the program that wrote the file."""
    written = re.findall(r"COLOUR_RGB\([^,]*,([^)]*)\)", (DATA / BLOCKS).read_text(encoding="ascii"))
    scene = scene_at(BLOCKS)

    colors = [scene.shapes[one.parts[0].shape].materials[0].color[:3] for one in scene.elements]
    stated = {tuple(round(255 * float(share)) for share in one.split(",")) for one in written}
    assert len(colors) == 2
    assert set(colors) <= stated


@needs_data
def test_a_cube_is_exact_and_closed() -> None:
    """A cube of 10 mm is one of a hundredth of a metre, with z up as in the file."""
    scene = scene_at(BLOCKS)
    (cube,) = [scene.shapes[one.parts[0].shape] for one in scene.elements if one.name == "red_cube"]

    solid = trimesh.Trimesh(cube.vertices, cube.faces, process=False)
    assert solid.is_watertight
    assert solid.volume == pytest.approx(1e-6, rel=1e-6)
    assert (len(cube.vertices), len(cube.faces)) == (8, 12)


@needs_data
@pytest.mark.parametrize(
    ("name", "metres"),
    [("stepcode-TAIL_MIDDLE_PART.stp", 0.0254), ("cadquery-red_cube_blue_cylinder.step", 1.0)],
)
def test_the_extents_are_those_of_the_points_in_the_text(name: str, metres: float) -> None:
    """The corners of the solids, in the unit that the text names, are where the triangles are."""
    points = _corners((DATA / "step" / name).read_text(encoding="ascii")) * metres

    bounds = measured(as_mesh(scene_at(f"step/{name}")))[0]
    assert bounds == pytest.approx(np.stack([points.min(axis=0), points.max(axis=0)]), abs=1e-6)


def _corners(text: str) -> Any:
    """Return the points of the vertices of a text, (n, 3)."""
    points = dict(re.findall(r"(#\d+)\s*=\s*CARTESIAN_POINT\s*\(\s*'[^']*'\s*,\s*\(([^)]*)\)", text))
    named = re.findall(r"VERTEX_POINT\s*\(\s*'[^']*'\s*,\s*(#\d+)\s*\)", text)
    return np.array([[float(value) for value in points[one].split(",")] for one in named])


@needs_data
@pytest.mark.parametrize("name", FACTS)
def test_volume_and_surface_are_those_of_finer_triangles(name: str) -> None:
    """Within two in a hundred of what another library reads, at a tenth of the deflection."""
    data = (DATA / "step" / name).read_bytes()
    fine = trimesh.load_mesh(SourceFile(content=cascadio.load(data, tol_linear=0.02, tol_angular=0.1)).open(), "glb")

    _, surface, volume = measured(as_mesh(scene_at(f"step/{name}")))
    assert surface == pytest.approx(fine.area, rel=0.02)
    assert volume == pytest.approx(fine.volume, rel=0.02)


@needs_data
@pytest.mark.parametrize("name", BROKEN)
def test_a_file_without_faces_is_empty(name: str) -> None:
    """Analyses and assemblies whose parts are elsewhere show nothing."""
    with pytest.raises(SourceEmpty):
        scene_at(f"step/stepcode-{name}")


@needs_data
@pytest.mark.parametrize("path", sorted((DATA / "hostile" / "step").glob("*")), ids=lambda path: path.name)
def test_hostile_files_are_refused(path: Path) -> None:
    """Each with a reason; the deepest of them kills the library, which does not see it."""
    with pytest.raises(SourceError):
        scene_of(path.read_bytes(), "step")


@needs_data
def test_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    """The library prints what it thinks; a program that prints JSON must not."""
    with pytest.raises(SourceError):
        scene_at("step/stepcode-ATS3Mod0-out.stp")

    assert capfd.readouterr() == ("", "")


@needs_data
def test_letters_that_the_format_has_not_are_taken_for_latin_ones() -> None:
    """The library would cut the name off."""
    data = (DATA / BLOCKS).read_bytes().replace(b"'red_cube'", b"'r\xf6d_cube'")

    assert {one.name for one in scene_of(data, "step").elements} == {"röd_cube", "blue_cylinder"}


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", SourceEmpty),
        (FILE % b"#1=CARTESIAN_POINT('FACE',(0.));", SourceEmpty),
        (b"solid x", SourceDamaged),
        (FILE.replace(b"'X'", b"'IFC4'") % b"", SourceUnsupported),
        (FILE % (b"#1=FACE(" + b"(" * 64 + b")" * 65 + b";"), SourceDamaged),
        (FILE % b"#1=FACE(();", SourceDamaged),
        (FILE % b"#1=FACE(');", SourceDamaged),
        (FILE % b"/* FACE", SourceDamaged),
        (FILE % b"#2147483648=FACE();", SourceDamaged),
        (FILE.replace(b"DATA;", b"") % b"#1=FACE();", SourceDamaged),
    ],
)
def test_a_text_that_is_no_exchange_file_is_refused(data: bytes, error: type[SourceError]) -> None:
    """Before any library sees it."""
    with pytest.raises(error):
        checked(data)


def test_strings_and_comments_may_hold_anything() -> None:
    """Quotes are doubled in strings; brackets in strings and comments close nothing."""
    text = FILE % b"#2147483647=FACE('it''s (/*',(1.));/* ' ( */"

    assert checked(text) == FILE.replace(b"'X'", b"") % b"#2147483647=FACE(,(1.));"


def test_checking_takes_as_long_as_the_text_is() -> None:
    """Beginnings of comments and strings that never end are read over once: 8 MB would else take hours."""
    with pytest.raises(SourceDamaged):
        checked(b"ISO-10303-21;" + b"/*" * 4_000_000)


def test_without_the_library_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence says what to install."""
    monkeypatch.setitem(sys.modules, "cascadio", None)

    with pytest.raises(ReaderMissing, match=re.escape("Install outfeed[cad].")):
        scene_of(FILE % b"#1=FACE();", "step")
