import json
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from outfeed.cli import export, start
from outfeed.cli.main import app
from outfeed.mesh.facts import facts, volume
from unit.corpus import needs_data
from unit.mesh_helpers import DATA, a_ball, a_cube, read, written


def a_source(folder: Path, *, form: str = "stl_binary") -> Path:
    path = folder / f"part.{form[:3]}"
    path.write_bytes(written(a_cube(), form))
    return path


@pytest.mark.parametrize("to", ["obj", "stl_ascii", "glb"])
def test_a_file_is_converted_and_described(to: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, out = a_source(tmp_path), tmp_path / "result"

    code = export.main([str(source), "--to", to, "-o", str(out), "--json"])

    mesh = read(source.read_bytes(), tmp_path, form="stl")
    assert code == 0
    assert written(mesh, to) == out.read_bytes()
    assert {"out": str(out), "bytes": out.stat().st_size, "format": to, "lost": []} | facts(mesh) == json.loads(
        capsys.readouterr().out
    )


def test_a_mesh_is_reduced_on_its_way(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, out = tmp_path / "ball.obj", tmp_path / "ball.stl"
    source.write_bytes(written(a_ball(), "obj"))

    assert 0 == export.main([str(source), "--to", "stl_binary", "--reduce", "0.25", "-o", str(out), "--json"])

    answer = json.loads(capsys.readouterr().out)
    assert (2048, 512) == (answer["reduced_from"], answer["num_triangles"])
    assert len(read(out.read_bytes(), tmp_path, form="stl").faces) == 512


def test_the_result_lies_beside_its_source_or_in_a_folder(tmp_path: Path) -> None:
    source, folder = a_source(tmp_path), tmp_path / "out"
    folder.mkdir()

    assert export.main([str(source), "--to", "glb"]) == 0
    assert export.main([str(source), "--to", "obj", "-o", str(folder)]) == 0

    assert ["out", "part.glb", "part.stl"] == sorted(path.name for path in tmp_path.iterdir())
    assert volume(read((folder / "part.obj").read_bytes(), tmp_path, form="obj")) == 1000.0


def test_a_result_in_a_folder_that_is_not_there_is_wrong_usage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The answer names the folder, and not a file that nobody has asked for."""
    folder = tmp_path / "none"

    assert 2 == export.main([str(a_source(tmp_path)), "--to", "glb", "-o", str(folder / "part.glb")])

    assert capsys.readouterr().err.endswith(f"There is no folder '{folder}' for the result.\n")


def test_a_source_is_replaced_only_by_its_name(tmp_path: Path) -> None:
    source = a_source(tmp_path)

    assert export.main([str(source), "--to", "stl_ascii"]) == 2
    assert source.read_bytes()[:5] != b"solid"
    assert export.main([str(source), "--to", "stl_ascii", "-o", str(source)]) == 0
    assert source.read_bytes()[:5] == b"solid"


@pytest.mark.parametrize(
    ("code", "name", "arguments", "sentence"),
    [
        (1, "broken.stl", ["--to", "glb"], "shorter than the header"),
        (1, "part.doc", ["--to", "glb"], "Formats that are read: stl, obj,"),
        (1, "absent.stl", ["--to", "glb"], "No such file"),
        (2, "broken.stl", ["--to", "step"], "'step' is no format"),
        (2, "broken.stl", ["--to", "glb", "--unitless", "mile"], "'mile' is no unit"),
        (2, "broken.stl", ["--to", "glb", "--reduce", "0"], "above 0 and at most 1"),
        (2, "broken.stl", ["--to", "glb", "--reduce", "nan"], "above 0 and at most 1"),
    ],
)
def test_refusals_and_wrong_usage_have_their_codes(
    code: int, name: str, arguments: list[str], sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "broken.stl").write_bytes(b"not a mesh")

    assert code == export.main([str(tmp_path / name), *arguments])

    shown = capsys.readouterr()
    assert sentence in shown.err
    assert (shown.out, ["broken.stl"]) == ("", [path.name for path in tmp_path.iterdir()])


def test_arguments_that_make_no_sense_are_wrong_usage() -> None:
    with pytest.raises(SystemExit) as caught:
        export.main(["--to", "glb"])

    assert caught.value.code == 2


def test_a_failed_export_leaves_the_old_result_and_nothing_else(tmp_path: Path) -> None:
    source, out = tmp_path / "huge.obj", tmp_path / "result.stl"
    source.write_bytes(written(a_cube(1e39), "obj"))
    out.write_text("the old one")

    assert export.main([str(source), "--to", "stl_binary", "-o", str(out)]) == 1

    assert out.read_text() == "the old one"
    assert ["huge.obj", "result.stl"] == sorted(path.name for path in tmp_path.iterdir())


def test_the_result_has_the_rights_of_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "new").touch()

    export.main([str(a_source(tmp_path)), "--to", "glb"])

    rights = {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("new", "part.glb")}
    assert len(rights) == 1


def test_the_command_line_knows_export_beside_its_other_commands(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["export", str(a_source(tmp_path)), "--to", "glb"])

    assert (0, True) == (done.exit_code, (tmp_path / "part.glb").exists())


def test_export_starts_without_the_library_of_the_other_commands(tmp_path: Path) -> None:
    program = [sys.executable, "-X", "importtime", "-c", "from outfeed.cli.start import run; run()"]
    command = [*program, "export", str(a_source(tmp_path)), "--to", "glb"]

    done = subprocess.run(command, capture_output=True, text=True, check=True)

    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert start.__name__ in loaded
    assert not loaded & {"typer", "rich", "sqlalchemy", "litestar", "pydantic", "safetensors"}


@pytest.mark.parametrize(
    ("deed", "code", "told"),
    [
        ("os._exit(2)", 2, ""),
        ("os.kill(os.getpid(), signal.SIGSEGV)", 1, "The conversion crashed on this file. (SIGSEGV)"),
        ("os.abort()", 1, "The conversion crashed on this file. (SIGABRT)"),
        ("os.kill(os.getpid(), signal.SIGKILL)", 1, "The conversion was ended from outside. (SIGKILL)"),
        ("os.kill(os.getpid(), signal.SIGINT)", -signal.SIGINT, ""),
        ("os.kill(os.getppid(), signal.SIGTERM); signal.pause()", -signal.SIGTERM, ""),
    ],
)
def test_what_kills_the_conversion_is_told_in_a_sentence(deed: str, code: int, told: str) -> None:
    """A library of others dies of some damaged files; what is meant for the command ends it as ever."""
    start = (
        "import os, signal, sys; from outfeed.cli.start import survive; signal.signal(signal.SIGINT, signal.SIG_DFL)"
    )
    program = f"{start}\nsurvive('outfeed export', lambda _: exec({deed!r}))"

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert (code, f"outfeed export: {told}\n" if told else "") == (done.returncode, done.stderr)


#: Forks so that the child has long begun before the parent goes on.
SLOW_FORK = """
import os, signal, time
from outfeed.cli.start import survive
fork = os.fork
def slowly():
    child = fork()
    time.sleep(0.5 if child else 0)
    return child
os.fork = slowly
def work(_words):
    os.kill(os.getppid(), signal.SIGTERM)
    time.sleep(60)
    print("left alone", flush=True)
survive("outfeed export", work)
"""


def test_what_ends_the_command_at_its_start_does_not_leave_the_conversion_alone() -> None:
    done = subprocess.run([sys.executable, "-c", SLOW_FORK], capture_output=True, text=True, check=False)

    assert (-signal.SIGTERM, "") == (done.returncode, done.stdout)


@needs_data
def test_a_model_becomes_a_mesh_file(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """What is no mesh format is read as a scene, and what the library prints does not come between."""
    source = DATA / "step" / "cadquery-red_cube_blue_cylinder.step"

    assert 0 == export.main([str(source), "--to", "3mf", "-o", str(tmp_path / "blocks.3mf"), "--json"])

    done = json.loads(capfd.readouterr().out)
    assert {"triangles": 292, "lost": {"other", "structure"}} == {
        "triangles": done["num_triangles"],
        "lost": {loss["what"] for loss in done["lost"]},
    }
