"""`outfeed analyze`."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from outfeed.cli import analyze
from outfeed.cli.main import app
from outfeed.mesh.analyze import analyze as analysis
from outfeed.mesh.analyze import report
from outfeed.mesh.model import Mesh
from outfeed.mesh.units import Unit
from unit.mesh_helpers import a_cube, written

SOUND = """
problems:       none
closed:         yes
oriented:       yes
triangles:      12
vertices:       8
edges:          18
parts:          1
genus:          0
volume:         1000 mm³
area:           600 mm²
bounds:         0, 0, 0 mm to 10, 10, 10 mm
centre of mass: 5, 5, 5 mm
"""

OPEN = """
problems:
  holes:        1
  open edges:   4
closed:         no
oriented:       yes
triangles:      10
vertices:       8
edges:          17
parts:          1
genus:          not known of open meshes
volume:         none is enclosed
area:           500 in²
bounds:         0, 0, 0 in to 10, 10, 10 in
centre of mass: 5, 5, 6 in
"""


def a_file(folder: Path, mesh: Mesh) -> Path:
    path = folder / "part.stl"
    path.write_bytes(written(mesh, "stl_binary"))
    return path


def test_people_read_problems_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = a_file(tmp_path, a_cube())

    assert 0 == analyze.main([str(source)])

    assert f"{source}{SOUND}" == capsys.readouterr().out


def test_what_is_wrong_is_counted_in_the_unit_that_was_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = a_file(tmp_path, replace(a_cube(), faces=a_cube().faces[2:]))

    assert 0 == analyze.main([str(source), "--unitless", "in"])

    assert f"{source}{OPEN}" == capsys.readouterr().out


def test_programs_read_the_report_of_the_library(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = a_file(tmp_path, a_cube())

    assert 0 == analyze.main([str(source), "--json"])

    told = json.loads(capsys.readouterr().out)
    assert report(analysis(a_cube()), Unit.MILLIMETRE) | {"open_edges": {"count": 0, "places": []}} == told


@pytest.mark.parametrize(
    ("name", "content", "arguments", "code", "sentence"),
    [
        ("part.stl", b"solid x\nvertex", [], 1, "part.stl: The source file"),
        ("part.doc", b"", [], 1, "Formats that are read: "),
        ("part.stl", None, [], 1, "part.stl: No such file or directory"),
        ("part.stl", b"", ["--unitless", "mile"], 2, "'mile' is no unit; there are um, mm,"),
    ],
)
def test_a_refusal_has_its_reason_and_its_exit_code(
    name: str,
    content: bytes | None,
    arguments: list[str],
    code: int,
    sentence: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    source = tmp_path / name
    if content is not None:
        source.write_bytes(content)

    assert code == analyze.main([str(source), *arguments])

    shown = capsys.readouterr()
    assert ("", True) == (shown.out, shown.err.startswith("outfeed analyze: "))
    assert sentence in shown.err


def test_the_other_way_in_is_the_same_command(tmp_path: Path) -> None:
    """`outfeed --help` lists it, and typer hands its arguments on."""
    source = a_file(tmp_path, a_cube())

    ran = CliRunner().invoke(app, ["analyze", str(source)])

    assert (0, f"{source}{SOUND}") == (ran.exit_code, ran.output)


def test_it_starts_without_the_library_of_the_other_commands(tmp_path: Path) -> None:
    source = a_file(tmp_path, a_cube())
    program = [sys.executable, "-X", "importtime", "-c", "from outfeed.cli.start import run; run()"]

    ran = subprocess.run([*program, "analyze", str(source)], capture_output=True, text=True, check=True)

    assert f"{source}{SOUND}" == ran.stdout
    assert (True, False) == ("outfeed.mesh.analyze" in ran.stderr, "typer" in ran.stderr)
