"""What a tile shows, as an independent reader finds it in its GLB."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from outfeed.errors import IndexOutOfRange, NotFinite, SourceEmpty, TargetTooSmall
from outfeed.mesh.appearance import WHITE
from outfeed.mesh.formats.source import ReadLimits
from outfeed.mesh.shown import from_linear
from outfeed.mesh.units import Unit
from outfeed.scene.flatten import as_mesh
from outfeed.scene.registry import read_scene
from outfeed.tiles.model import Content, Look, Surface
from outfeed.tiles.options import Compression
from unit.test_creases import CUBE, CUBE_FACES
from unit.tile_contents import (
    GRID,
    PLAIN,
    a_repeated,
    a_scene,
    a_surface,
    a_texture,
    an_element,
    read_again,
    turned_about_z,
    written,
)

ALL = pytest.mark.parametrize("compression", list(Compression))


def triangles(points: Any, faces: Any) -> list[Any]:
    """Return triangles as sorted corners, each turned so that its lowest corner comes first."""
    corners = [[tuple(point) for point in three] for three in points[faces].tolist()]
    return sorted(tuple(three[n:] + three[:n]) for three in corners for n in [three.index(min(three))])


def in_metres(surface: Surface) -> Any:
    """Return the points of a surface in metres, y up."""
    x, y, z = (np.array(GRID.origin) + GRID.step * surface.points.astype(np.float64)).T
    return np.stack([x, z, -y], axis=1)


@ALL
@pytest.mark.parametrize("size", [1, 1000, 65_535, 65_536, 2**24])
def test_triangles_are_where_the_grid_says_to_the_bit(compression: Compression, size: int) -> None:
    """Whatever packs them, and however many steps a tile has."""
    surface = a_surface(size=size)

    (drawn,) = read_again(Content(surfaces=(surface,)), compression=compression).drawn()

    assert triangles(in_metres(surface), CUBE_FACES) == triangles(drawn.points, drawn.faces)


@ALL
@pytest.mark.parametrize("offset", [(0, 0, 0), (1000, -7, 400), (-(2**20), 0, 3)])
def test_neighbours_meet_whatever_they_count_from(compression: Compression, offset: tuple[int, int, int]) -> None:
    """The offset of a tile changes no point."""
    surface = a_surface(size=999, at=123_456)

    (drawn,) = read_again(Content(surfaces=(surface,)), compression=compression, offset=offset).drawn()

    assert triangles(in_metres(surface), CUBE_FACES) == triangles(drawn.points, drawn.faces)


@ALL
def test_each_vertex_says_whose_it_is(compression: Compression) -> None:
    """Features are numbered in the order of the scene's elements, and a tile has those that it shows."""
    surfaces = (a_surface(4), a_surface(1, at=2000))

    tile = read_again(Content(surfaces=surfaces), compression=compression)

    rows = tile.rows()
    assert ["id 1", "id 4"] == [row["Id"] for row in rows]
    for drawn, name in zip(tile.drawn(), ("id 4", "id 1"), strict=True):
        assert {name} == {rows[int(one)]["Id"] for one in drawn.attributes["_FEATURE_ID_0"][:, 0]}


@ALL
def test_more_elements_than_a_byte_counts(compression: Compression) -> None:
    """Each of 300 triangles is an element of its own, and stays that."""
    points = np.random.default_rng(5).permutation(2700).astype(np.int32).reshape(900, 3)
    faces = np.arange(900, dtype=np.int32).reshape(300, 3)
    elements = np.repeat(np.arange(300, dtype=np.int32), 3)
    surface = Surface(points=points, faces=faces, elements=elements, look=PLAIN)
    scene = a_scene(*(an_element(number) for number in range(300)))

    (drawn,) = read_again(Content(surfaces=(surface,)), scene, compression=compression).drawn()

    features = drawn.attributes["_FEATURE_ID_0"][:, 0].astype(int).tolist()
    assert dict(zip(map(tuple, in_metres(surface).tolist()), elements.tolist(), strict=True)) == dict(
        zip(map(tuple, drawn.points.tolist()), features, strict=True)
    )


@ALL
def test_shapes_that_are_shown_often_are_there_once(compression: Compression) -> None:
    """Each instance is where its transform puts it, and has its element."""
    transforms = [turned_about_z(30, scale=2, move=(20, 25, 30)), turned_about_z(0, move=(-7, 0, 100))]
    mirrored = turned_about_z(190, scale=0.5, move=(1, 2, 3)) @ np.diag([1.0, -1.0, 1.0, 1.0])
    repeated = a_repeated([*transforms, mirrored], [4, 5, 2])

    tile = read_again(Content(surfaces=(), repeated=(repeated,)), compression=compression)

    (drawn,) = tile.drawn()
    assert ["id 4", "id 5", "id 2"] == [tile.rows()[row]["Id"] for row in drawn.instance_features.tolist()]
    corners = np.concatenate([CUBE - 0.5, np.ones((8, 1))], axis=1)
    for matrix, found in zip(repeated.transforms, np.split(drawn.points, 3), strict=True):
        x, y, z = (corners @ matrix.T).T[:3]
        wanted = np.stack([x, z, -y], axis=1)
        distances = np.linalg.norm(wanted[:, None] - found[None], axis=2)
        assert distances.min(axis=1).max() < 1e-5
        assert distances.min(axis=0).max() < 1e-5


@ALL
def test_colours_are_light_and_keep_what_is_dark(compression: Compression) -> None:
    """Colours of vertices come back to the same numbers of sRGB; a colour that all share is the material's."""
    colors = np.array([[n * 3, 2, 255 - n, 255] for n in range(8)], dtype=np.uint8)
    mixed = a_surface(colors=colors, look=Look(color=(128, 255, 255, 255)))
    same = a_surface(1, at=2000, colors=np.full((8, 4), 10, dtype=np.uint8) | np.array([0, 0, 0, 255], dtype=np.uint8))

    first, second = read_again(Content(surfaces=(mixed, same)), compression=compression).drawn()

    light = first.attributes["COLOR_0"].astype(np.float64) / 65_535
    assert sorted(map(list, np.unique(from_linear(light), axis=0))) == sorted(map(list, colors))
    assert "COLOR_0" not in second.attributes
    factors = [one.material["pbrMetallicRoughness"]["baseColorFactor"] for one in (first, second)]
    assert [(128, 255, 255, 255), (10, 10, 10, 255)] == list(map(tuple, from_linear(np.array(factors)).tolist()))


def test_what_is_seen_through_is_drawn_apart() -> None:
    """A material that blends is for triangles with a corner that lets something through, and for no other."""
    colors = np.full((8, 4), 255, dtype=np.uint8)
    colors[7, 3] = 100
    glass = Look(color=(255, 255, 255, 40))
    faded = Look(color=WHITE, texture=a_texture((1, 2, 3, 4)))
    uvs = np.zeros((8, 2), dtype=np.float32)

    tile = read_again(
        Content(surfaces=(a_surface(colors=colors), a_surface(look=glass), a_surface(look=faded, uvs=uvs)))
    )

    kinds = [(one.material.get("alphaMode", "OPAQUE"), len(one.faces)) for one in tile.drawn()]
    assert [("OPAQUE", 6), ("BLEND", 6), ("BLEND", 12), ("BLEND", 12)] == kinds


@ALL
def test_a_texture_is_there_once_and_the_right_way_up(compression: Compression) -> None:
    """In glTF v counts downwards."""
    texture = a_texture()
    uvs = np.random.default_rng(3).random((8, 2), dtype=np.float32)
    look = Look(color=WHITE, texture=texture)
    surfaces = (a_surface(look=look, uvs=uvs), a_surface(at=5000, look=look, uvs=uvs))

    tile = read_again(Content(surfaces=surfaces), compression=compression)

    assert (1, 1) == (len(tile.json["textures"]), len(tile.json["images"]))
    assert texture.image == tile.view(tile.json["images"][0]["bufferView"])
    found = {tuple(row) for one in tile.drawn() for row in one.attributes["TEXCOORD_0"].tolist()}
    assert {(u, float(np.float32(1) - v)) for u, v in uvs} == found


@ALL
def test_our_own_reader_reads_tiles(compression: Compression, tmp_path: Path) -> None:
    """With their instances: the corners of all triangles are where they are in the tile's content."""
    repeated = a_repeated([turned_about_z(30, scale=2, move=(20, 25, 30)), np.eye(4)], [4, 5])
    surfaces = (a_surface(), a_surface(1, at=70_000))
    path = tmp_path / "tile.glb"
    path.write_bytes(written(Content(surfaces=surfaces, repeated=(repeated,)), compression=compression))

    mesh = as_mesh(read_scene(path, format="glb", unitless=Unit.METRE, limits=ReadLimits()))

    grid = [np.array(GRID.origin) + GRID.step * surface.points[surface.faces] for surface in surfaces]
    corners = [(CUBE - 0.5)[CUBE_FACES] @ matrix[:3, :3].T + matrix[:3, 3] for matrix in repeated.transforms]
    wanted = np.concatenate([*grid, *corners]).reshape(-1, 3)
    found = mesh.vertices[mesh.faces].reshape(-1, 3)
    assert len(wanted) == len(found)
    assert np.abs(np.sort(np.round(wanted, 3), axis=0) - np.sort(np.round(found, 3), axis=0)).max() < 2e-3


def test_a_texture_without_coordinates_is_left_out() -> None:
    """Its colour stays."""
    look = Look(color=(10, 20, 30, 255), texture=a_texture())

    tile = read_again(Content(surfaces=(a_surface(look=look),)))

    (drawn,) = tile.drawn()
    assert "textures" not in tile.json
    assert "baseColorTexture" not in drawn.material["pbrMetallicRoughness"]


@pytest.mark.parametrize("compression", [Compression.NONE, Compression.MESHOPT])
def test_sides_of_a_cube_have_the_normals_of_its_sides(compression: Compression) -> None:
    """To the bit; Draco rounds them."""
    (drawn,) = read_again(Content(surfaces=(a_surface(),)), compression=compression).drawn()

    points, normals = drawn.attributes["POSITION"].astype(int), drawn.attributes["NORMAL"].astype(int)
    a, b, c = (points[drawn.faces[:, corner]] for corner in range(3))
    across = np.cross(b - a, c - a)
    assert (normals[drawn.faces] == (127 * across // np.abs(across).max(axis=1, keepdims=True))[:, None]).all()


def test_the_same_content_gives_the_same_bytes() -> None:
    """Whatever packs it."""
    content = Content(surfaces=(a_surface(2), a_surface(at=3)), repeated=(a_repeated([np.eye(4)], [1]),))

    for compression in Compression:
        assert written(content, compression=compression) == written(content, compression=compression)


def test_a_tile_without_triangles_is_refused() -> None:
    """There is no file of nothing."""
    nothing = replace(a_surface(), faces=np.zeros((0, 3), dtype=np.int32))

    with pytest.raises(SourceEmpty):
        written(Content(surfaces=(nothing,), repeated=(a_repeated([], []),)))


@pytest.mark.parametrize(
    ("error", "surface"),
    [
        (IndexOutOfRange, replace(a_surface(), faces=CUBE_FACES + np.int32(1))),
        (IndexOutOfRange, replace(a_surface(), faces=CUBE_FACES - np.int32(1))),
        (IndexOutOfRange, a_surface(6)),
        (IndexOutOfRange, a_surface(-1)),
        (TargetTooSmall, a_surface(at=2**30)),
        (NotFinite, a_surface(uvs=np.full((8, 2), np.nan, dtype=np.float32))),
    ],
)
def test_contents_that_do_not_fit_together_are_refused(error: type[Exception], surface: Surface) -> None:
    """Before native code sees a number."""
    with pytest.raises(error):
        written(Content(surfaces=(surface,)))
