"""glTF as a scene: nodes are elements, meshes are shapes."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import trimesh

from outfeed.errors import NotFinite
from outfeed.mesh.formats.matrices import mirrored
from outfeed.mesh.traits import Trait
from outfeed.scene.flatten import as_mesh
from unit.corpus import good_and_odd, imported, needs_data
from unit.gltf_files import Maker, a_square
from unit.mesh_helpers import DATA
from unit.scene_helpers import assert_same_body, scene_at, scene_of

FILES = [path for path in good_and_odd() if path.startswith(("glb/", "gltf/"))]


def a_file(nodes: list[dict[str, Any]], roots: list[int]) -> Maker:
    """Return a document of nodes that may place a square."""
    maker = a_square()
    maker.document["nodes"] = nodes
    maker.document["scenes"] = [{"nodes": roots}]
    return maker


def test_nodes_are_elements_with_the_path_of_child_numbers_as_id() -> None:
    """The same node has the same id each time, and its parent comes before it."""
    nodes: list[dict[str, Any]] = [
        {"name": "top", "children": [2, 1]},
        {"name": "b", "mesh": 0},
        {"name": "a", "mesh": 0},
        {"name": "alone"},
    ]

    elements = scene_of(a_file(nodes, [3, 0]).glb(), "glb").elements

    assert [(one.id, one.name, one.parent, len(one.parts)) for one in elements] == [
        ("0", "alone", -1, 0),
        ("1", "top", -1, 0),
        ("1/0", "a", 1, 1),
        ("1/1", "b", 1, 1),
    ]
    assert {one.class_name for one in elements} == {"Node"}


def test_a_node_without_a_name_has_the_name_of_its_mesh() -> None:
    """Many programs name meshes only."""
    maker = a_file([{"mesh": 0}], [0])
    maker.document["meshes"][0]["name"] = "chair"

    assert [one.name for one in scene_of(maker.glb(), "glb").elements] == ["chair"]


def test_a_file_without_nodes_gives_an_element_for_each_mesh() -> None:
    """Such a file is a library."""
    maker = a_square()
    del maker.document["nodes"], maker.document["scenes"], maker.document["scene"]

    assert [one.id for one in scene_of(maker.glb(), "glb").elements] == ["meshes/0"]


def test_extras_are_properties() -> None:
    """Values inside others have names with dots; those of the node come before those of its mesh, and count first."""
    maker = a_file([{"mesh": 0, "extras": {"fire": {"rated": True, "minutes": [30, 60]}, "n": None}}], [0])
    maker.document["meshes"][0]["extras"] = {"maker": "x", "fire": {"rated": False}}

    (element,) = scene_of(maker.glb(), "glb").elements

    expected = {"fire.rated": True, "fire.minutes.0": 30, "fire.minutes.1": 60, "maker": "x"}
    assert list(expected.items()) == list(element.properties.items())


def test_too_many_extras_are_said_to_be_lost() -> None:
    """An element has at most a thousand properties."""
    scene = scene_of(a_file([{"mesh": 0, "extras": list(range(1_001))}], [0]).glb(), "glb")

    assert len(scene.elements[0].properties) == 1_000
    assert Trait.METADATA in {loss.what for loss in scene.lost}


def test_a_mesh_of_several_nodes_is_one_shape() -> None:
    """Also where the file repeats the mesh with other words, as programs do that name each copy."""
    maker = a_file([{"mesh": 0}, {"mesh": 0, "translation": [1, 2, 3]}, {"mesh": 1}], [0, 1, 2])
    maker.document["meshes"].append({**maker.document["meshes"][0], "name": "again"})

    scene = scene_of(maker.glb(), "glb")

    assert [part.shape for one in scene.elements for part in one.parts] == [0, 0, 0]
    assert len(scene.shapes) == 1
    moved = scene.elements[1].parts[0].transform
    assert moved is not None
    assert moved[:3, 3].tolist() == [1, -3, 2]
    assert scene.elements[0].parts[0].transform is None


def test_instances_are_parts_of_one_element() -> None:
    """What `EXT_mesh_gpu_instancing` places belongs to its node."""
    maker = a_file([{"mesh": 0, "scale": [2, 2, 2]}], [0])
    moves = maker.accessor(np.array([(0, 0, 0), (1, 0, 0), (0, 5, 0)], dtype=np.float32))
    extension = {"EXT_mesh_gpu_instancing": {"attributes": {"TRANSLATION": moves}}}
    maker.document["nodes"][0]["extensions"] = extension

    (element,) = scene_of(maker.glb(), "glb").elements

    placed = [part.transform[:3, 3].tolist() for part in element.parts if part.transform is not None]
    assert placed == [[0, 0, 0], [2, 0, 0], [0, 0, 10]]


def test_a_mirrored_node_shows_its_outside_and_no_part_mirrors() -> None:
    """A box that its node turns inside out is as large as before, with its outside outside."""
    twin = trimesh.Scene(trimesh.creation.box())
    twin.add_geometry(trimesh.creation.box(), transform=np.array([[-1.0, 0, 0, 5], *np.eye(4)[1:]]))

    scene = scene_of(twin.export(file_type="glb"), "glb")  # type: ignore[no-untyped-call] # trimesh has few types

    turns = [part.transform for one in scene.elements for part in one.parts if part.transform is not None]
    assert [bool(mirrored(turn[None, :3])[0]) for turn in turns] == [False] * len(turns)
    whole = as_mesh(scene)
    assert trimesh.Trimesh(whole.vertices, whole.faces, process=False).volume == pytest.approx(2.0, abs=1e-9)


def test_a_long_chain_of_nodes_has_short_ids() -> None:
    """The ids of a deep tree would else be many times as large as the file."""
    nodes: list[dict[str, Any]] = [{"children": [row + 1]} for row in range(2_000)]

    elements = scene_of(a_file([*nodes, {"mesh": 0}], [0]).glb(), "glb").elements

    assert len({one.id for one in elements}) == 2_001
    assert max(len(one.id) for one in elements) <= 60


def test_what_is_moved_beyond_all_numbers_is_refused() -> None:
    """A place can be finite and what stands there not."""
    maker = a_file([{"mesh": 0, "scale": [1e308, 1, 1], "translation": [1e308, 0, 0]}], [0])

    with pytest.raises(NotFinite):
        scene_of(maker.glb(), "glb")


@needs_data
@pytest.mark.parametrize("path", FILES)
def test_the_scene_shows_what_the_mesh_reader_reads(path: str) -> None:
    """Every good file gives the same triangles, extents, surface, volume and looks in both ways."""
    assert_same_body(imported(path).mesh, as_mesh(scene_at(path)))


@needs_data
def test_another_library_sees_the_same_nodes() -> None:
    """Each node that shows something is as large as in trimesh's graph of the scene, and where it is there."""
    name = "glb/trimesh-simple_pole.glb"
    scene = scene_at(name)

    pieces: list[Any] = trimesh.load_scene(DATA / name).dump()
    theirs = [piece.vertices[:, [0, 2, 1]] * [1, -1, 1] for piece in pieces]
    ours = [as_mesh(replace(scene, elements=(one,))).vertices for one in scene.elements if one.parts]
    assert _boxes(theirs) == pytest.approx(_boxes(ours), abs=2e-5)


def _boxes(tables: list[Any]) -> Any:
    """Return the extents of points in an order of their own."""
    return np.array(sorted(np.round([*points.min(axis=0), *points.max(axis=0)], 4).tolist() for points in tables))
