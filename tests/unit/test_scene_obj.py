"""OBJ as a scene: objects and groups are elements. And archives, which give the scene of what is in them."""

import re
from collections import Counter

import pytest

from outfeed.errors import SourceEmpty
from outfeed.mesh.traits import Trait
from outfeed.scene.flatten import as_mesh
from outfeed.scene.model import Scene
from unit.corpus import good_and_odd, imported, needs_data
from unit.gltf_files import a_square
from unit.mesh_helpers import DATA, an_image, chance
from unit.scene_helpers import assert_same_body, scene_at, scene_of
from unit.seeds import zipped

FILES = [path for path in good_and_odd() if path.startswith("obj/")]
CORNERS = "v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nvt 0 0\nvt 1 1\n"


def a_scene(lines: str) -> Scene:
    """Return the scene of some lines behind a few vertices."""
    return scene_of((CORNERS + lines).encode(), "obj")


def shown(scene: Scene) -> list[tuple[str, str, int, int]]:
    """Return id, class, parent and triangles of each element."""
    sizes = [len(shape.faces) for shape in scene.shapes]
    return [
        (one.id, one.class_name, one.parent, sum(sizes[part.shape] for part in one.parts)) for one in scene.elements
    ]


def test_objects_and_groups_are_elements() -> None:
    """In the order of the file; faces before any group are the default one's."""
    scene = a_scene("f 1 2 3\no car\nf 1 2 4\ng wheel\nf 1 3 4\nf 2 3 4\no bus\ng wheel\nf 1 2 3\n")

    assert shown(scene) == [
        ("default", "Group", -1, 1),
        ("car", "Object", -1, 1),
        ("car/wheel", "Group", 1, 2),
        ("bus", "Object", -1, 0),
        ("bus/wheel", "Group", 3, 1),
    ]
    assert [one.name for one in scene.elements] == ["default", "car", "wheel", "bus", "wheel"]


def test_a_name_that_comes_again_is_the_same_group() -> None:
    """Programs close and open groups at each change of material."""
    assert shown(a_scene("g a\nf 1 2 3\ng b\nf 1 2 4\ng a\nf 1 3 4\n")) == [
        ("a", "Group", -1, 2),
        ("b", "Group", -1, 1),
    ]


def test_groups_without_faces_are_no_elements() -> None:
    """Some programs name each thing twice."""
    assert shown(a_scene("g nothing\ng all\nf 1 2 3\ng rest\n")) == [("all", "Group", -1, 1)]


def test_ids_differ_where_names_meet() -> None:
    """An object's group may be called as another object is; long names end alike."""
    long = "x" * 200
    scene = a_scene(f"o a/b\nf 1 2 3\no a\ng b\nf 1 2 3\no {long}1\nf 1 2 3\no {long}2\nf 1 2 3\n")

    assert [one.id for one in scene.elements] == ["a/b", "a", "a/b (2)", long[:100], f"{long[:100]} (2)"]


def test_each_shape_has_its_own_tables_and_materials() -> None:
    """What another group uses is not in it."""
    libraries = {"a.mtl": b"newmtl red\nKd 1 0 0\nnewmtl shown\nmap_Kd a.png\n", "a.png": an_image()}
    text = f"mtllib a.mtl\n{CORNERS}g a\nusemtl red\nf 1 2 3\ng b\nusemtl shown\nf 1/1 2/2 4/1\n"

    first, second = scene_of(text.encode(), "obj", companion=libraries.get).shapes

    assert ([one.name for one in first.materials], first.textures, first.uvs) == (["red"], (), None)
    assert ([one.name for one in second.materials], len(second.textures)) == (["shown"], 1)
    assert second.uvs is not None
    assert second.uvs.tolist() == [[0, 0], [1, 1]]
    assert second.vertices.tolist() == [[0, 0, 0], [0.001, 0, 0], [0, 0, 0.001]]


@needs_data
@pytest.mark.parametrize("path", FILES)
def test_the_scene_shows_what_the_mesh_reader_reads(path: str) -> None:
    """Every good file gives the same triangles, extents, surface, volume and looks in both ways."""
    assert_same_body(imported(path).mesh, as_mesh(scene_at(path)))


@needs_data
def test_each_group_has_the_faces_that_the_text_gives_it() -> None:
    """Counted in the text: a polygon of n corners is n - 2 triangles."""
    path = "obj/vtkdata-trumpet.obj"
    counted: Counter[str] = Counter()
    group = ""
    for line in (DATA / path).read_text(encoding="ascii").splitlines():
        group = line[2:].strip() if line.startswith("g ") else group
        if re.match(r"fo? ", line):
            counted[group] += len(line.split()) - 3

    assert {one[0]: one[3] for one in shown(scene_at(path))} == counted


def test_structure_is_no_loss_of_a_scene() -> None:
    """The mesh reader says that objects and groups are lost; here they are not."""
    assert Trait.STRUCTURE not in {loss.what for loss in a_scene("g a\nf 1 2 3\ng b\nf 1 2 4\n").lost}


def test_an_archive_gives_the_elements_of_the_model_in_it() -> None:
    """With the files that the model names."""
    data = zipped(
        a_obj=f"mtllib a.mtl\n{CORNERS}o one\nusemtl m\nf 1 2 3\no two\nf 1 2 4\n", a_mtl="newmtl m\nKd 1 0 0"
    )

    scene = scene_of(data, "zip")

    assert shown(scene) == [("one", "Object", -1, 1), ("two", "Object", -1, 1)]
    assert scene.shapes[0].materials[0].color == (255, 0, 0, 255)


def test_an_archive_may_hold_a_tree_of_nodes() -> None:
    """The inner format is that of the name."""
    assert [one.class_name for one in scene_of(zipped(a_glb=a_square().glb()), "zip").elements] == ["Node"]


def test_an_archive_without_a_model_is_empty() -> None:
    """An archive in an archive is none."""
    with pytest.raises(SourceEmpty):
        scene_of(zipped(a_zip=zipped(a_obj=CORNERS)), "zip")


@pytest.mark.parametrize("seed", range(20))
def test_groups_are_those_of_a_plain_reading_of_the_lines(seed: int) -> None:
    """Objects, groups and polygons by chance, read line by line by a twin that knows nothing of pieces of text."""
    dice = chance(f"groups-{seed}")
    words = ("o top", "o", "g a", "g b\\\n c", "g", "f 1 2 3", "f 1 2 3 4", "f 1 2")
    lines = [dice.choice(words) for _ in range(200)] + ["f 1 2 3"]

    scene = a_scene("\n".join(lines))

    assert Counter({one[0]: one[3] for one in shown(scene) if one[3]}) == twin_of_groups(lines)


def twin_of_groups(lines: list[str]) -> Counter[str]:
    """Return the triangles of each element, by id."""
    found: Counter[str] = Counter()
    holder = group = ""
    for line in lines:
        word, _, rest = line.replace("\\\n", "").partition(" ")
        if word == "o":
            holder, group = rest, ""
        elif word == "g":
            group = rest
        elif len(rest.split()) > 2:
            found["/".join(name for name in (holder, group) if name) or "default"] += len(rest.split()) - 2
    return found
