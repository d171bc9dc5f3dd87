"""The table of formats that scenes are read from, what bytes tell of a format, and a scene as one mesh."""

import csv

import numpy as np
import pytest

from outfeed.errors import SourceEmpty, SourceUnsupported
from outfeed.mesh.appearance import Material, Texture
from outfeed.mesh.build import build
from outfeed.mesh.model import Mesh
from outfeed.mesh.units import Unit
from outfeed.scene.flatten import as_mesh
from outfeed.scene.model import Element, Part, Scene
from outfeed.scene.registry import HEAD_BYTES, scene_reader_for, sniffed
from unit.corpus import needs_data
from unit.mesh_helpers import DATA, a_cube, an_image, binary_stl, triangles_of
from unit.scene_helpers import measured, scene_of

#: Folders of the data whose files are models, and those of other things.
MODELS = ("ifc", "step", "glb", "gltf", "obj", "stl", "ply", "3mf", "dae", "x3d", "amf", "off", "bim")
OTHERS = ("pdf", "dwg", "dxf", "svg", "b3dm", "i3dm", "iges", "brep", "wrl")


def files(folders: tuple[str, ...], state: str) -> list[str]:
    """Return the files in a state in some folders of the data."""
    if not (DATA / "FILES.tsv").is_file():
        return []
    with (DATA / "FILES.tsv").open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [row["path"] for row in rows if row["format"] in folders and row["state"] == state]


def head_of(path: str) -> bytes:
    """Return the first bytes of a file."""
    with (DATA / path).open("rb") as file:
        return file.read(HEAD_BYTES)


@needs_data
@pytest.mark.parametrize("path", files(MODELS, "good"))
def test_a_good_file_is_known_by_its_first_bytes(path: str) -> None:
    """What is uploaded has no name. Zipped COLLADA is an archive with a model, which is read alike."""
    expected = "zip" if path.endswith(".zae") else path.partition("/")[0]

    assert sniffed(head_of(path)) == expected


@needs_data
@pytest.mark.parametrize("folder", OTHERS)
def test_what_is_no_model_is_not_taken_for_one(folder: str) -> None:
    """Drawings and documents have bytes that could be facets."""
    found = {path: sniffed(head_of(path)) for path in files((folder,), "good")}

    assert {path: told for path, told in found.items() if told} == {}


def test_small_files_are_known_too() -> None:
    """One facet is enough."""
    stl = binary_stl(triangles_of(a_cube())[:1])

    assert [sniffed(data) for data in (stl, b"", b"v 0 0 0", b"{}", b"hello", b"solid x")] == [
        "stl",
        None,
        "obj",
        None,
        None,
        "stl",
    ]


def test_an_imodel_is_known_and_refused() -> None:
    """It is a database; the sentence says what it is."""
    data = b"SQLite format 3\0" + bytes(100)

    assert (sniffed(data), scene_reader_for("House.bim")) == ("bim", "bim")
    with pytest.raises(SourceUnsupported, match="iModel files"):
        scene_of(data, "bim")


def a_scene(*parts: Part, shapes: tuple[Mesh, ...]) -> Scene:
    """Return a scene of one element."""
    return Scene(elements=(Element(id="1", class_name="x", parts=parts),), shapes=shapes)


def a_moved(matrix: list[list[float]], shape: int = 0) -> Part:
    """Return a part in its place; the last row of the matrix is known."""
    return Part(shape=shape, transform=np.array([*matrix, [0.0, 0, 0, 1]]))


def test_parts_stand_where_their_transforms_say() -> None:
    """Also turned inside out, when their outside stays outside."""
    mirrored = a_moved([[-1.0, 0, 0, 9], [0, 1, 0, 0], [0, 0, 1, 0]])
    scene = a_scene(Part(shape=0), mirrored, shapes=(a_cube(1, unit=Unit.METRE),))

    bounds, surface, volume = measured(as_mesh(scene))

    assert bounds.tolist() == [[0, 0, 0], [9, 1, 1]]
    assert (surface, volume) == pytest.approx((12, 2))


def test_tables_of_shapes_are_joined() -> None:
    """Each corner keeps its colour, its texture coordinate and its material with the texture."""
    image = Texture(image=an_image(), media_type="image/png")
    rows = np.zeros((12, 3), dtype=np.int32)
    plain = a_cube(1, unit=Unit.METRE)
    looks = Mesh(
        vertices=plain.vertices,
        faces=plain.faces,
        unit=Unit.METRE,
        uvs=np.array([[0.5, 0.25]]),
        uv_faces=rows,
        colors=np.array([[1, 2, 3, 255]], dtype=np.uint8),
        color_faces=rows,
        materials=(Material(name="m", texture=0),),
        material_faces=rows[:, 0],
        textures=(image,),
    )
    aside = a_moved([[1.0, 0, 0, 5], [0, 1, 0, 0], [0, 0, 1, 0]], shape=1)

    mesh = as_mesh(a_scene(Part(shape=0), aside, shapes=(plain, build(looks))))

    assert (mesh.materials, mesh.textures) == ((Material(name="m", texture=0),), (image,))
    assert mesh.material_faces is not None
    assert mesh.material_faces.tolist() == [-1] * 12 + [0] * 12
    assert mesh.color_faces is not None
    assert mesh.color_faces[:, 0].tolist() == [-1] * 12 + [0] * 12
    assert mesh.uv_faces is not None
    assert mesh.uv_faces[:, 0].tolist() == [-1] * 12 + [0] * 12


def test_coordinates_stay_short_where_nothing_moves() -> None:
    """A file of float32 gives one again."""
    short = a_cube(1, dtype=np.float32, unit=Unit.METRE)

    assert as_mesh(a_scene(Part(shape=0), shapes=(short,))).vertices.dtype == np.float32


def test_a_scene_without_parts_has_no_mesh() -> None:
    """Spaces and storeys alone show nothing."""
    with pytest.raises(SourceEmpty):
        as_mesh(a_scene(shapes=()))
