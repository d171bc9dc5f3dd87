"""The checker of tilesets finds nothing in a good one, and every way to break it."""

import json
import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from outfeed.scene.model import Scene
from outfeed.tiles.build import build_tileset
from outfeed.tiles.options import TileOptions
from tilesets.check import check_tileset
from tilesets.making import MadeTile, a_scene, a_tree, joined, write_made
from unit.tiles_helpers import a_scene_of, a_tub

Document = dict[str, Any]
PACKINGS = ("none", "meshopt", "draco")


def change_json(folder: Path, change: Callable[[Document], object]) -> None:
    document = json.loads((folder / "tileset.json").read_text())
    change(document)
    (folder / "tileset.json").write_text(json.dumps(document))


def change_glb(folder: Path, change: Callable[[Document], object], name: str = "one.glb") -> None:
    data = (folder / name).read_bytes()
    length = struct.unpack_from("<I", data, 12)[0]
    document = json.loads(data[20 : 20 + length])
    change(document)
    (folder / name).write_bytes(joined(document, data[28 + length :]))


def complaint(found: list[str], words: str) -> None:
    """Assert that the checker has found what was broken."""
    assert [one for one in found if words in one], found


@pytest.mark.parametrize("packing", PACKINGS)
def test_a_good_tileset_has_nothing_wrong(packing: str, tmp_path: Path) -> None:
    write_made(tmp_path, a_tree(), packing=packing)

    assert [] == check_tileset(tmp_path, scene=a_scene())


def test_an_edge_of_three_triangles_is_not_open(tmp_path: Path) -> None:
    scene = a_scene_of(a_tub(32, rim=0.01))
    build_tileset(scene, tmp_path, TileOptions(triangles_per_tile=80))

    assert [] == check_tileset(tmp_path, scene=scene)


def no_refine(document: Document) -> None:
    del document["root"]["refine"]


def move_the_box(document: Document) -> None:
    document["root"]["children"][0]["content"]["boundingVolume"]["box"][0] += 0.5


def swell_the_box(document: Document) -> None:
    document["root"]["children"][0]["content"]["boundingVolume"]["box"][3] += 0.5
    document["root"]["children"][0]["boundingVolume"]["box"][3] += 0.5


JSON_DAMAGE: dict[str, tuple[Callable[[Document], object], str]] = {
    "version": (lambda d: d["asset"].update(version="1.0"), "version is not 1.1"),
    "member": (lambda d: d.update(colour=1), "has the members"),
    "no error": (lambda d: d.pop("geometricError"), "lacks"),
    "text error": (lambda d: d["root"].update(geometricError="1"), "no number"),
    "infinite error": (lambda d: d["root"].update(geometricError=float("inf")), "no JSON"),
    "negative error": (lambda d: d["root"]["children"][0].update(geometricError=-1), "below 0"),
    "no refine": (no_refine, "how it is refined"),
    "add": (lambda d: d["root"]["children"][0].update(refine="ADD"), "not refined by REPLACE"),
    "no content": (lambda d: d["root"].pop("content"), "no content"),
    "no box": (lambda d: d["root"].pop("boundingVolume"), "no bounding volume"),
    "sphere": (lambda d: d["root"].update(boundingVolume={"sphere": [0, 0, 0, 9]}), "is no box"),
    "short box": (lambda d: d["root"]["boundingVolume"]["box"].pop(), "12 finite numbers"),
    "askew box": (lambda d: d["root"]["boundingVolume"]["box"].__setitem__(4, 2.0), "right angles"),
    "transform below": (lambda d: d["root"]["children"][0].update(transform=[1] * 16), "only the root"),
    "undeclared extension": (lambda d: d["root"].update(extensions={"X_y": {}}), "extensionsUsed"),
    "unknown extension": (lambda d: d.update(extensionsUsed=["X_y"], extensions={"X_y": {}}), "unknown extension"),
    "lost file": (lambda d: d["root"]["content"].update(uri="else.glb"), "it is not there"),
    "file outside": (lambda d: d["root"]["content"].update(uri="../one.glb"), "it is not there"),
    "file twice": (lambda d: d["root"]["content"].update(uri="one.glb"), "of two tiles"),
    "left over": (lambda d: d["root"]["children"].pop(), "nothing names it"),
    "moved box": (move_the_box, "outside its box"),
    "moved content box": (move_the_box, "box of its content is not inside"),
    "small parent": (lambda d: d["root"]["boundingVolume"]["box"].__setitem__(3, 2.0), "box of a child"),
    "loose box": (swell_the_box, "larger than what it draws"),
    "leaf with an error": (lambda d: d["root"]["children"][1].update(geometricError=0.1), "a leaf has an error"),
    "rising error": (lambda d: d["root"].update(geometricError=0.25), "not above its children's"),
    "small tileset": (lambda d: d.update(geometricError=0.1), "below its root's"),
    "turned": (lambda d: d["root"].update(transform=[0, 1, 0, 0, -1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]), "on earth"),
}


@pytest.mark.parametrize("name", JSON_DAMAGE)
def test_damage_of_the_json_is_found(name: str, tmp_path: Path) -> None:
    change, words = JSON_DAMAGE[name]
    write_made(tmp_path, a_tree())

    change_json(tmp_path, change)

    complaint(check_tileset(tmp_path, scene=a_scene()), words)


def primitive_of(document: Document) -> Document:
    primitive: Document = document["meshes"][0]["primitives"][0]
    return primitive


def accessor_of(document: Document, name: str) -> Document:
    accessor: Document = document["accessors"][primitive_of(document)["attributes"][name]]
    return accessor


def feature_set(document: Document) -> Document:
    told: Document = primitive_of(document)["extensions"]["EXT_mesh_features"]["featureIds"][0]
    return told


def columns_of(document: Document) -> Document:
    columns: Document = document["extensions"]["EXT_structural_metadata"]["propertyTables"][0]["properties"]
    return columns


GLB_DAMAGE: dict[str, tuple[Callable[[Document], object], str]] = {
    "undeclared": (lambda d: d["extensionsUsed"].remove("EXT_mesh_features"), "extensionsUsed is not"),
    "unused": (lambda d: d["extensionsUsed"].append("KHR_materials_unlit"), "extensionsUsed is not"),
    "not required": (lambda d: d["extensionsRequired"].remove("KHR_mesh_quantization"), "does not require"),
    "false extreme": (lambda d: accessor_of(d, "POSITION")["max"].__setitem__(0, 1), "another max"),
    "long accessor": (lambda d: accessor_of(d, "POSITION").update(count=10**6), "beyond its view"),
    "long view": (lambda d: d["bufferViews"][0].update(byteLength=10**7), "beyond the buffer"),
    "lines": (lambda d: primitive_of(d).update(mode=1), "not of triangles"),
    "no normals": (lambda d: primitive_of(d)["attributes"].pop("NORMAL"), "no normals"),
    "no features": (lambda d: primitive_of(d).pop("extensions"), "extensionsUsed is not"),
    "no ids": (lambda d: feature_set(d).pop("attribute"), "no feature ids"),
    "no table": (lambda d: feature_set(d).update(propertyTable=1), "name no table"),
    "feature count": (lambda d: feature_set(d).update(featureCount=9), "featureCount"),
    "scaled": (lambda d: d["nodes"][0].update(scale=[2.0**-9] * 3), "of another step"),
    "beside": (lambda d: d["nodes"][0]["translation"].__setitem__(0, 0.0003), "beside the grid"),
    "no required column": (lambda d: columns_of(d).pop("count"), "required column count"),
    "foreign column": (lambda d: columns_of(d).update(x={"values": 0}), "that its class has not"),
    "string offsets": (lambda d: columns_of(d)["id"].update(values=columns_of(d)["name"]["values"]), "offsets of"),
}


@pytest.mark.parametrize("name", GLB_DAMAGE)
def test_damage_of_a_glb_is_found(name: str, tmp_path: Path) -> None:
    change, words = GLB_DAMAGE[name]
    write_made(tmp_path, a_tree())

    change_glb(tmp_path, change)

    complaint(check_tileset(tmp_path), words)


def tiles_of(root: MadeTile) -> dict[str, MadeTile]:
    found, waiting = {}, [root]
    while waiting:
        tile = waiting.pop()
        found[tile.name] = tile
        waiting += tile.children
    return found


def move_a_rim(tiles: dict[str, MadeTile], name: str) -> None:
    """Move one corner of the cut between the halves of the ball by one step, in one tile."""
    other = {tuple(point) for point in tiles["two"].corners.reshape(-1, 3).tolist()}
    corners = tiles[name].corners.reshape(-1, 3)
    row = next(row for row, point in enumerate(corners.tolist()) if tuple(point) in other)
    corners[(corners == corners[row]).all(axis=1)] += [0, 1, 0]


def drop(tile: MadeTile, row: int) -> None:
    tile.corners, tile.elements = (
        np.delete(tile.corners, row, axis=0),
        [*tile.elements[:row], *tile.elements[row + 1 :]],
    )


def rename(tile: MadeTile, name: str) -> None:
    tile.elements = [name] * len(tile.elements)


def flip(tile: MadeTile) -> None:
    tile.corners[:] = tile.corners[:, ::-1]


TREE_DAMAGE: dict[str, tuple[Callable[[dict[str, MadeTile]], object], str]] = {
    "crack between levels": (lambda t: move_a_rim(t, "one"), "not where its neighbours have them"),
    "crack between leaves": (lambda t: drop(t["upper"], 0), "triangles are missing"),
    "hole in a coarse tile": (lambda t: drop(t["root"], 100), "edges are open"),
    "moved leaf corner": (lambda t: move_a_rim(t, "lower"), "are not the scene's"),
    "turned triangles": (lambda t: flip(t["two"]), "are not the scene's"),
    "far coarse tile": (lambda t: t["one"].corners.__imul__(2), "m off"),
    "missing part": (lambda t: setattr(t["root"], "instances", ()), "what it stands for is"),
    "other element": (lambda t: rename(t["two"], "cube"), "triangles are missing"),
    "lost instance": (lambda t: setattr(t["two"], "instances", ("left",)), "element right: no leaf draws it"),
    "instance only above": (lambda t: setattr(t["two"], "instances", ()), "that its leaves do not"),
}


@pytest.mark.parametrize("name", TREE_DAMAGE)
def test_damage_of_surfaces_is_found(name: str, tmp_path: Path) -> None:
    change, words = TREE_DAMAGE[name]
    tree = a_tree()

    change(tiles_of(tree))
    write_made(tmp_path, tree)

    complaint(check_tileset(tmp_path, scene=a_scene()), words)


def with_first(scene: Scene, **changes: Any) -> Scene:
    return replace(scene, elements=(replace(scene.elements[0], **changes), *scene.elements[1:]))


def with_shape(scene: Scene, factor: float) -> Scene:
    shape = scene.shapes[2]
    return replace(scene, shapes=(*scene.shapes[:2], replace(shape, vertices=shape.vertices * factor)))


SCENE_DAMAGE: dict[str, tuple[Callable[[Scene], Scene], str]] = {
    "id": (lambda s: with_first(s, id="other"), "the scene has none"),
    "class": (lambda s: with_first(s, class_name="Wall"), "another class"),
    "name": (lambda s: with_first(s, name="x"), "another class or name"),
    "number": (lambda s: with_first(s, properties={**s.elements[0].properties, "Load": 12.75}), "'Load', 12.5, 12.75"),
    "missing": (lambda s: with_first(s, properties={**s.elements[0].properties, "More": 1}), "'More', None, 1"),
    "too many": (lambda s: with_first(s, properties={}), "other properties"),
    "kind": (lambda s: with_first(s, properties={**s.elements[0].properties, "Note": 5}), "'Note', 'räum', 5"),
    "instance": (lambda s: with_shape(s, 1.1), "element left: its area"),
    "flat instance": (lambda s: with_first(s, parts=()), "no such element with a shape"),
}


@pytest.mark.parametrize("name", SCENE_DAMAGE)
def test_a_tileset_of_another_scene_is_found(name: str, tmp_path: Path) -> None:
    change, words = SCENE_DAMAGE[name]
    write_made(tmp_path, a_tree())

    complaint(check_tileset(tmp_path, scene=change(a_scene())), words)


@pytest.mark.parametrize("damage", [b"", b"glTF", bytes(100)])
def test_what_is_no_glb_is_found(damage: bytes, tmp_path: Path) -> None:
    write_made(tmp_path, a_tree())

    (tmp_path / "two.glb").write_bytes(damage)

    complaint(check_tileset(tmp_path), "two.glb: Wrong: it is no GLB")


@pytest.mark.parametrize("packing", ["meshopt", "draco"])
def test_damage_of_packed_bytes_is_found(packing: str, tmp_path: Path) -> None:
    write_made(tmp_path, a_tree(), packing=packing)
    data = bytearray((tmp_path / "two.glb").read_bytes())
    start = 28 + struct.unpack_from("<I", data, 12)[0]
    data[start : start + 64] = bytes(64)

    (tmp_path / "two.glb").write_bytes(data)

    complaint(check_tileset(tmp_path), "two.glb: ")
