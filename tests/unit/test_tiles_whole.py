"""A scene as `Export.gltf` and `Export.bin`, as trimesh and our own reader find it."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh

from outfeed.errors import SourceEmpty, TargetTooSmall
from outfeed.mesh.appearance import Material
from outfeed.mesh.formats.source import ReadLimits, beside
from outfeed.mesh.model import Mesh
from outfeed.mesh.units import Unit
from outfeed.scene.model import Element, Part, Scene
from outfeed.scene.registry import read_scene
from outfeed.tiles.whole import write_whole
from unit.test_creases import CUBE, CUBE_FACES
from unit.tile_contents import a_texture, turned_about_z


def a_cube(*materials: Material, far: float = 0.0, textured: bool = False) -> Mesh:
    """Return a cube of a metre; of two materials, the first is that of half of its faces."""
    faces = np.arange(12, dtype=np.int32) // 6
    return Mesh(
        vertices=CUBE.astype(np.float64) + np.array([far, 0, 0]),
        faces=CUBE_FACES,
        unit=Unit.METRE,
        materials=materials,
        material_faces=faces % len(materials) if materials else None,
        textures=(a_texture(),) if textured else (),
        uvs=CUBE[:, :2].astype(np.float64) if textured else None,
        uv_faces=CUBE_FACES if textured else None,
    )


def a_building(transform: Any) -> Scene:
    """Return a storey that holds two walls of one shape, and shows a shape itself."""
    glass = Material(name="glass", color=(0, 100, 200, 90))
    shapes = (a_cube(Material(name="brick", texture=0), glass, textured=True), a_cube(far=5e5))
    elements = (
        Element(id="s", class_name="IfcBuildingStorey", name="Ground", parts=(Part(shape=1),)),
        Element(id="w1", class_name="IfcWall", parent=0, parts=(Part(shape=0),), properties={"a.b": 1.5, "c": True}),
        Element(id="w2", class_name="IfcWall", parent=0, parts=(Part(shape=0, transform=transform),)),
        Element(id="e", class_name="IfcSpace", parent=1),
    )
    return Scene(elements=elements, shapes=shapes)


def document(folder: Path) -> Any:
    """Return the JSON."""
    return json.loads((folder / "Export.gltf").read_text(encoding="utf-8"))


def placed(scene: Scene) -> list[list[float]]:
    """Return the corners of all triangles of a scene, y up, sorted."""
    points = []
    for element in scene.elements:
        for part in element.parts:
            mesh = scene.shapes[part.shape]
            matrix = np.eye(4) if part.transform is None else part.transform
            x, y, z = (mesh.vertices[mesh.faces].reshape(-1, 3) @ matrix[:3, :3].T + matrix[:3, 3]).T
            points.append(np.stack([x, z, -y], axis=1))
    return sorted(np.round(np.concatenate(points), 4).tolist())


TRANSFORMS = {
    "moved": turned_about_z(0, move=(3, 4, 5)),
    "turned": turned_about_z(33, scale=0.25, move=(3, 4, 5)),
    "mirrored": turned_about_z(120) @ np.diag([1.0, -2.0, 3.0, 1.0]),
    "sheared": np.array([[1.0, 0.5, 0, 0], [0, 1, 0, 0], [0, 0.25, -2, 7], [0, 0, 0, 1]]),
    "flat": np.diag([1.0, 1.0, 0.0, 1.0]),
}


@pytest.mark.parametrize("kind", TRANSFORMS)
def test_everything_is_in_its_place(tmp_path: Path, kind: str) -> None:
    """As trimesh sees it, whatever a transform does."""
    scene = a_building(TRANSFORMS[kind])

    write_whole(scene, tmp_path)

    loaded = trimesh.load_scene(tmp_path / "Export.gltf")
    found = loaded.to_mesh().triangles.reshape(-1, 3)
    assert np.allclose(placed(scene), sorted(np.round(found, 4).tolist()), atol=2e-4)


def test_nodes_are_the_elements_with_what_they_are(tmp_path: Path) -> None:
    """In the order of the scene, each inside the one that holds it; nothing above them moves them."""
    facts = write_whole(a_building(TRANSFORMS["moved"]), tmp_path)

    told = document(tmp_path)
    named = [(row, node) for row, node in enumerate(told["nodes"]) if "extras" in node]
    assert ["s", "w1", "w2", "e"] == [node["extras"]["id"] for _, node in named]
    assert {"id": "w1", "class": "IfcWall", "properties": {"a.b": 1.5, "c": True}} == named[1][1]["extras"]
    rows = {node["extras"]["id"]: row for row, node in named}
    assert [rows["s"]] == told["scenes"][0]["nodes"]
    children = told["nodes"][rows["s"]]["children"]
    assert {rows["w1"], rows["w2"]} < set(children)
    assert "translation" not in told["nodes"][rows["s"]]
    assert (4, 2, 36) == (facts.elements, facts.shapes, facts.triangles)
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) == facts.bytes


def test_shapes_materials_and_images_are_there_once(tmp_path: Path) -> None:
    """And keep their names."""
    write_whole(a_building(TRANSFORMS["turned"]), tmp_path)

    told = document(tmp_path)
    assert (2, 1, 1) == (len(told["meshes"]), len(told["images"]), len(told["textures"]))
    assert ["glass", "brick"] == sorted((one["name"] for one in told["materials"] if "name" in one), reverse=True)
    assert ["BLEND"] == [one["alphaMode"] for one in told["materials"] if "alphaMode" in one]
    assert [{"uri": "Export.bin", "byteLength": (tmp_path / "Export.bin").stat().st_size}] == told["buffers"]


def test_it_is_read_again_as_the_same_scene(tmp_path: Path) -> None:
    """By our own reader, with the properties of elements."""
    scene = a_building(TRANSFORMS["mirrored"])
    write_whole(scene, tmp_path)

    path, limits = tmp_path / "Export.gltf", ReadLimits()
    again = read_scene(path, format="gltf", unitless=Unit.METRE, limits=limits, companion=beside(path, limits))
    told = {element.properties.get("id"): element.properties.get("class") for element in again.elements}
    assert scene.num_triangles == again.num_triangles
    assert {element.id: element.class_name for element in scene.elements}.items() <= told.items()


def test_equal_scenes_give_equal_bytes(tmp_path: Path) -> None:
    """Both files."""
    written = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        write_whole(a_building(TRANSFORMS["sheared"]), tmp_path / name)
        written.append([(tmp_path / name / file).read_bytes() for file in ("Export.gltf", "Export.bin")])

    assert written[0] == written[1]


def test_a_scene_that_shows_nothing_is_refused(tmp_path: Path) -> None:
    """There is no file of nothing."""
    with pytest.raises(SourceEmpty):
        write_whole(Scene(elements=(Element(id="a", class_name="b"),), shapes=()), tmp_path)


@pytest.mark.parametrize("scale", [1e39, 1e308])
@pytest.mark.parametrize("axis", [0, 1])
def test_a_place_beyond_single_precision_is_refused(tmp_path: Path, scale: float, axis: int) -> None:
    """JSON has no other numbers than finite ones, and programs read these as float32."""
    matrix = np.eye(4)
    matrix[axis, axis] = scale

    with pytest.raises(TargetTooSmall):
        write_whole(a_building(matrix), tmp_path)
