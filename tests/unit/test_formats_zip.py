"""A ZIP with one model: which file it is, what it may name, and what is refused."""

import io
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from outfeed.errors import SourceDamaged, SourceEmpty, SourceError, SourceUnsupported
from outfeed.mesh.appearance import Material
from outfeed.mesh.formats.reading import Reading
from outfeed.mesh.formats.registry import read_mesh, read_source
from outfeed.mesh.formats.source import ReadLimits, SourceFile, beside
from outfeed.mesh.traits import Trait
from outfeed.mesh.units import Unit
from unit.mesh_helpers import DATA, a_cube, an_image, assert_same, written

MODEL = "v 0 0 0\nv 1 0 0\nv 0 1 0\nvt 0 0\nmtllib a.mtl\nusemtl a\nf 1/1 2/1 3/1\n"
LIBRARY = "newmtl a\nKd 1 0 0\nmap_Kd x.png\n"


def zipped(files: Mapping[str, Any], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def read_zip(data: bytes, **limits: int) -> Reading:
    source = SourceFile(content=data)
    return read_source(source, format="zip", unitless=Unit.CENTIMETRE, limits=ReadLimits(**limits))


@pytest.mark.parametrize(
    "names",
    [
        ("m.obj", "a.mtl", "x.png"),
        ("M.OBJ", "A.MTL", "X.Png"),
        ("deep/down/m.obj", "deep/down/a.mtl", "deep/down/x.png"),
        ("deep/m.obj", "a.mtl", "images/x.png"),
        ("m.obj", "lib/a.mtl", "lib/x.png"),
        ("a\\m.obj", "a\\a.mtl", "b\\X.PNG"),
    ],
)
def test_a_model_finds_its_files_wherever_they_are(names: tuple[str, str, str]) -> None:
    reading = read_zip(zipped(dict(zip(names, (MODEL, LIBRARY, an_image()), strict=True))))

    assert (Material(name="a", color=(255, 0, 0, 255), texture=0),) == reading.mesh.materials
    assert [an_image()] == [texture.image for texture in reading.mesh.textures]
    assert (Unit.CENTIMETRE, 1, ()) == (reading.mesh.unit, reading.stored_triangles, reading.lost)


def test_of_two_images_of_one_name_the_one_in_the_models_folder_counts() -> None:
    files = {"1/x.png": an_image(1), "2/x.png": an_image(2), "2/m.obj": MODEL, "2/a.mtl": LIBRARY}
    elsewhere = {"1/x.png": an_image(1), "2/x.png": an_image(2), "m.obj": MODEL, "a.mtl": LIBRARY}

    assert [an_image(2)] == [texture.image for texture in read_zip(zipped(files)).mesh.textures]
    assert ((), [Trait.TEXTURES]) == (
        read_zip(zipped(elsewhere)).mesh.textures,
        [loss.what for loss in read_zip(zipped(elsewhere)).lost],
    )


def test_hidden_files_folders_and_others_do_not_count() -> None:
    files = {
        "__MACOSX/._cube.obj": "x",
        "__MACOSX/cube.obj": "x",
        ".hidden.obj": "x",
        ".git/a.obj": "x",
        "folder.obj/": "",
        "readme.txt": "x",
        "inner.zip": zipped({"a.obj": MODEL}),
        "cube.stl": written(a_cube(), "stl_binary"),
    }

    reading = read_zip(zipped(files))

    assert 12 == len(reading.mesh.faces)
    assert np.float32 == reading.mesh.vertices.dtype


@pytest.mark.parametrize(
    ("files", "detail"),
    [
        ({}, "It has no model: no file whose name ends with one of .stl, .obj"),
        ({"a.txt": "x", "inner.zip": zipped({"a.obj": MODEL})}, "It has no model"),
        ({"a.obj": MODEL, "b/a.stl": "x"}, "It has more than one model: 'a.obj', 'b/a.stl'."),
        ({f"{n}.obj": MODEL for n in range(8)}, "'3.obj', '4.obj' and 3 more."),
        ({"../a.obj": MODEL}, "leads out of it"),
        ({"a.obj": MODEL, "A.OBJ": MODEL}, "two entries of the name"),
    ],
)
def test_what_is_not_one_model_is_refused(files: dict[str, bytes | str], detail: str) -> None:
    with pytest.raises((SourceDamaged, SourceEmpty, SourceUnsupported)) as caught:
        read_zip(zipped(files))

    assert detail in caught.value.detail


def test_the_models_own_errors_come_through() -> None:
    with pytest.raises(SourceEmpty):
        read_zip(zipped({"a.obj": "v 0 0 0\n"}))
    with pytest.raises(SourceDamaged, match="no ZIP archive"):
        read_zip(MODEL.encode())


def test_a_damaged_image_costs_the_texture_and_a_damaged_model_the_mesh() -> None:
    files: dict[str, bytes | str] = {"m.obj": MODEL, "a.mtl": LIBRARY, "x.png": an_image()}
    whole = zipped(files, zipfile.ZIP_STORED)

    without = read_zip(whole.replace(an_image(), an_image()[:-1] + b"?"))

    assert ((), [Trait.TEXTURES]) == (without.mesh.textures, [loss.what for loss in without.lost])
    with pytest.raises(SourceDamaged, match=r"'m\.obj' is damaged"):
        read_zip(whole.replace(MODEL.encode(), MODEL.replace("1 0 0", "2 0 0").encode()))


def test_all_files_together_stay_within_the_limit() -> None:
    files: dict[str, bytes | str] = {"m.obj": MODEL, "a.mtl": LIBRARY, "x.png": an_image()}
    size = sum(len(data) for data in files.values())

    assert 1 == len(read_zip(zipped(files), max_unpacked_bytes=size).mesh.textures)
    assert () == read_zip(zipped(files), max_unpacked_bytes=size - 1).mesh.textures
    with pytest.raises(SourceDamaged, match="unpack to more"):
        read_zip(zipped(files), max_unpacked_bytes=len(MODEL) - 1)


def test_no_reference_leads_out_of_the_archive() -> None:
    library = "newmtl a\nmap_Kd ../x.jpg\nnewmtl b\nmap_Kd http://localhost/y.jpg\n"
    files = {"deep/m.obj": MODEL.replace("a.mtl", "/a.mtl"), "deep/b.mtl": library, "x.png": an_image()}

    assert [Trait.MATERIALS] == [loss.what for loss in read_zip(zipped(files)).lost]


@pytest.mark.skipif(not DATA.is_dir(), reason="no test data: set OUTFEED_TEST_DATA")
@pytest.mark.parametrize("path", ["print/made-bear_8.zip", "hostile/print/good_3_slices.zip"])
def test_archives_of_other_kinds_have_no_model(path: str) -> None:
    with pytest.raises(SourceEmpty, match="no model"):
        read_zip((DATA / path).read_bytes())


#: Models with files beside them.
FOLDERS = sorted({path.parent for end in ("gltf", "dae", "obj") for path in DATA.glob(f"{end}/*/*.{end}")})


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: f"{folder.parent.name}-{folder.name}")
@pytest.mark.parametrize("prefix", ["", "one/two/"])
def test_a_zipped_folder_reads_as_the_folder_does(folder: Path, prefix: str) -> None:
    (model,) = (path for path in folder.iterdir() if path.suffix in {".gltf", ".dae", ".obj"})
    files = {f"{prefix}{path.relative_to(folder)}": path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    expected, found = outcome(lambda: read_here(model)), outcome(lambda: read_zip(zipped(files)))

    if isinstance(expected, Reading) and isinstance(found, Reading):
        assert_same(expected.mesh, found.mesh)
        assert (expected.lost, expected.stored_triangles) == (found.lost, found.stored_triangles)
    else:
        assert expected == found


def read_here(model: Path) -> Reading:
    limits = ReadLimits()
    form, beside_it = model.suffix[1:], beside(model, limits)
    return read_mesh(model, format=form, unitless=Unit.CENTIMETRE, limits=limits, companion=beside_it)


def outcome(call: Callable[[], Reading]) -> Reading | tuple[str, str]:
    """Return a reading, or code and detail of its refusal."""
    try:
        return call()
    except SourceError as error:
        return error.code, error.detail
