import csv
import io
import re
import zipfile
from pathlib import Path
from typing import Any

import collada as judge  # type: ignore[import-untyped]  # it has no types
import numpy as np
import pytest

from outfeed.errors import (
    IndexOutOfRange,
    SourceDamaged,
    SourceEmpty,
    TooManyTriangles,
)
from outfeed.mesh.facts import bounds
from outfeed.mesh.formats.reading import Reading
from outfeed.mesh.formats.registry import read_source
from outfeed.mesh.formats.source import ReadLimits, SourceFile, beside
from outfeed.mesh.model import check
from outfeed.mesh.units import Unit
from unit.collada_helpers import (
    DIFFUSE,
    ONE_UV,
    SAMPLED,
    a_dressed_file,
    a_file,
    library_of,
    read,
)
from unit.mesh_helpers import DATA, an_image

# --- Archives --------------------------------------------------------------------------------------------------------


def an_archive(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


MANIFEST = b'<?xml version="1.0"?><dae_root>./scenes/a%20b.dae#s</dae_root>'
TEXTURED = a_dressed_file(DIFFUSE, params=SAMPLED, images=library_of("../maps/x.png"), uvs=ONE_UV)


def test_an_archive_has_its_document_and_its_images() -> None:
    files = {"manifest.xml": MANIFEST, "other.dae": b"", "scenes/a b.dae": TEXTURED, "maps/x.png": an_image()}

    reading = read(an_archive(files), {"../maps/x.png": b"not this"})

    assert (an_image(), ()) == (reading.mesh.textures[0].image, reading.lost)


@pytest.mark.parametrize(
    "files",
    [
        {"a.dae": a_file(), "b.dae": a_file()},
        {"a.txt": a_file()},
        {"manifest.xml": MANIFEST, "b.dae": a_file()},
        {"manifest.xml": b"<dae_root/>", "b.dae": a_file()},
        {"../b.dae": a_file()},
        {"b.dae": a_file() + b" " * 30_000_000},
    ],
)
def test_an_archive_without_one_document_is_refused(files: dict[str, bytes]) -> None:
    with pytest.raises(SourceDamaged):
        read(an_archive(files))


# --- What is no COLLADA ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<",
        b"<COLLADA>",
        b"<x/>",
        b"<extra/>",
        b"PK\x03\x04",
        b"<COLLADA><a/></COLLADA><b/>",
        b"<!DOCTYPE COLLADA><COLLADA/>",
        b"<COLLADA>" + b"<node>" * 300 + b"</node>" * 300 + b"</COLLADA>",
    ],
)
def test_what_is_no_document_is_refused(data: bytes) -> None:
    with pytest.raises(SourceDamaged):
        read(data)


def test_a_document_without_geometry_is_empty() -> None:
    with pytest.raises(SourceEmpty):
        read(b"<COLLADA/>")


def test_more_triangles_than_allowed_are_refused() -> None:
    with pytest.raises(TooManyTriangles):
        read(a_file(), most=11)


# --- The test data ---------------------------------------------------------------------------------------------------

#: Triangles where the libraries disagree: one polygon of 66 corners, 2 skinned cubes, decimal commas, 2 instances.
STORED = {
    "assimp-ConcavePolygon.dae": (64, 64),
    "assimp-box_nested_animation.dae": (12, 12),
    "assimp-earthCylindrical.dae": (1920, 1920),
    "assimp-teapot_instancenodes.dae": (1024, 2048),
}


def rows(*states: str) -> list[tuple[str, str]]:
    """Return path and facts of the files in some states."""
    if not DATA.is_dir():
        return []
    with (DATA / "FILES.tsv").open(encoding="utf-8", newline="") as file:
        table = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [(row["path"], row["facts"]) for row in table if row["format"] == "dae" and row["state"] in states]


def read_file(path: Path) -> Reading:
    source = SourceFile(content=path, companion=beside(path, ReadLimits()))
    reading = read_source(source, format="dae", unitless=Unit.MILLIMETRE, limits=ReadLimits())
    check(reading.mesh)
    return reading


@pytest.mark.parametrize(("path", "facts"), rows("good", "odd"))
def test_each_file_of_the_data_has_its_triangles(path: str, facts: str) -> None:
    stated = re.match(r"(\d+) triangles", facts)
    count = int(stated[1]) if stated else 0
    expected = STORED.get(Path(path).name, (count, count))

    reading = read_file(DATA / path)

    assert expected == (reading.stored_triangles, len(reading.mesh.faces))


@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")  # of numpy's matrices, which the judge uses
@pytest.mark.parametrize("path", [path for path, _ in rows("good")])
def test_each_good_file_is_where_an_independent_library_puts_it(path: str) -> None:
    found: Any = judge.Collada(str(DATA / path))
    axes = {"Y_UP": [[1, 0, 0], [0, 0, -1], [0, 1, 0]], "Z_UP": np.eye(3)}[found.assetInfo.upaxis]
    pieces = [
        primitive.triangleset() if hasattr(primitive, "triangleset") else primitive
        for geometry in found.scene.objects("geometry")
        for primitive in geometry.primitives()
    ]
    corners = np.vstack([np.asarray(piece.vertex)[np.asarray(piece.vertex_index)].reshape(-1, 3) for piece in pieces])

    low, high = bounds(read_file(DATA / path).mesh)

    turned = corners @ np.array(axes, dtype=float).T
    np.testing.assert_allclose([low, high], [turned.min(axis=0), turned.max(axis=0)], rtol=1e-6)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of numpy's matrices, which the judge uses
def test_a_skin_is_where_its_joints_at_rest_put_it() -> None:
    """All its vertices hang on one joint: bind shape, inverse bind matrix, joint and the joint's parent, multiplied."""
    path = DATA / "dae" / "assimp-box_nested_animation.dae"
    if not path.is_file():
        pytest.skip("no test data")
    found: Any = judge.Collada(str(path))
    skin, parent = found.controllers[0], found.scene.nodes[0]
    (inverse_bind,) = skin.joint_matrices.values()
    matrix = parent.matrix @ parent.children[0].matrix @ inverse_bind @ skin.bind_shape_matrix
    points = np.asarray(skin.geometry.sourceById["Cube-mesh-positions"].data) @ matrix[:3, :3].T + matrix[:3, 3]

    low, high = bounds(read_file(path).mesh)

    np.testing.assert_allclose([low, high], [points.min(axis=0), points.max(axis=0)], atol=1e-6)


def test_the_duck_has_its_texture_plain_and_zipped() -> None:
    if not DATA.is_dir():
        pytest.skip("no test data")
    plain, zipped = (read_file(DATA / "dae" / name).mesh for name in ("assimp-duck/duck.dae", "assimp-duck.zae"))

    np.testing.assert_array_equal(plain.faces, zipped.faces)
    np.testing.assert_array_equal(plain.vertices, zipped.vertices)
    assert [1, 1] == [len(plain.textures), len(zipped.textures)]


@pytest.mark.parametrize(("path", "_facts"), rows("broken"))
def test_a_broken_file_is_empty(path: str, _facts: str) -> None:
    with pytest.raises(SourceEmpty):
        read_file(DATA / path)


HOSTILE = sorted((DATA / "hostile" / "dae").iterdir()) if DATA.is_dir() else []


@pytest.mark.parametrize("path", HOSTILE, ids=[path.name for path in HOSTILE])
def test_each_hostile_file_is_refused(path: Path) -> None:
    """A list that is shorter than it announces (`count_lies`) may be read or refused: here it is refused."""
    with pytest.raises((SourceDamaged, IndexOutOfRange)):
        read_file(path)
