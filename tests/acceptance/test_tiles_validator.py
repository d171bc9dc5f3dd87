"""The Khronos validator finds nothing wrong with tiles and whole scenes that we write, however they are packed."""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from acceptance.node import need_npm_clients, run_node
from outfeed.mesh.appearance import WHITE
from outfeed.mesh.formats.source import ReadLimits, beside
from outfeed.mesh.units import Unit
from outfeed.scene.model import Scene
from outfeed.scene.registry import read_scene
from outfeed.tiles.model import Content, Look, Surface
from outfeed.tiles.options import Compression
from outfeed.tiles.whole import write_whole
from unit.corpus import NOT_FINITE, needs_data, rows
from unit.mesh_helpers import DATA
from unit.test_tiles_whole import TRANSFORMS, a_building
from unit.tile_contents import a_repeated, a_scene, a_surface, a_texture, an_element, turned_about_z, written

#: Files of the shared data that are small enough for a test.
MOST_BYTES = 1_500_000


def every_surface() -> Iterator[Surface]:
    """Yield cubes with all that vertices and looks may have, in every combination."""
    random = np.random.default_rng(7)
    uvs = random.random((8, 2), dtype=np.float32) * 3 - 1
    for texture, opacity, tint, size in itertools.product(
        (None, a_texture(), a_texture((9, 8, 7, 6))), (255, 90), (0, 1, 2), (1, 60_000, 2_000_000)
    ):
        look = Look(color=(255, 120, 0, opacity) if tint == 1 else (*WHITE[:3], opacity), texture=texture)
        colors = random.integers(0, 256, (8, 4), dtype=np.uint8) if tint == 2 else None
        yield a_surface(3, size=size, look=look, colors=colors, uvs=None if texture is None else uvs)


def contents() -> Iterator[Content]:
    """Yield what tiles may have to hold."""
    surfaces = tuple(every_surface())
    yield from (Content(surfaces=(surface,)) for surface in surfaces)
    transforms = [turned_about_z(17, scale=3, move=(1, 2, 3)), np.eye(4), np.diag([-1.0, 1.0, 2.0, 1.0])]
    repeated = a_repeated(transforms, [5, 5, 4])
    yield Content(surfaces=(), repeated=(repeated,))
    yield Content(surfaces=surfaces[::5], repeated=(repeated, repeated))


def judged(folder: Path) -> dict[str, tuple[int, int, list[str]]]:
    """Return the errors and warnings of each file that has some."""
    told: dict[str, dict[str, Any]] = run_node("gltf_validator.cjs", str(folder))
    return {
        name: (one["errors"], one["warnings"], one["messages"])
        for name, one in told.items()
        if one["errors"] or one["warnings"]
    }


def test_every_kind_of_tile_is_valid(tmp_path: Path) -> None:
    """Whatever packs it."""
    need_npm_clients()
    properties = {"a": 1, "Set.b": "ü", "c": 2.5, "d": True}
    scene = a_scene(*(an_element(number, **properties) for number in range(6)))
    tiles = list(itertools.product(enumerate(contents()), Compression))
    for (number, content), compression in tiles:
        data = written(content, scene, compression=compression)
        (tmp_path / f"{number}-{compression}.glb").write_bytes(data)

    assert {} == judged(tmp_path)
    assert len(tiles) == len(list(tmp_path.iterdir())) == 3 * 56


def whole_scenes() -> Iterator[Scene]:
    """Yield made scenes, and those of small files of the shared data."""
    yield from map(a_building, TRANSFORMS.values())
    for path, _ in rows("good"):
        folder, suffix = path.partition("/")[0], Path(path).suffix.lower()[1:]
        if path == NOT_FINITE or folder != suffix or (DATA / path).stat().st_size > MOST_BYTES:
            continue
        limits = ReadLimits()
        file = DATA / path
        yield read_scene(file, format=folder, unitless=Unit.METRE, limits=limits, companion=beside(file, limits))


@needs_data
def test_every_whole_scene_is_valid(tmp_path: Path) -> None:
    """Made ones, and every format of the shared data that is read as a scene."""
    need_npm_clients()
    bad: dict[str, Any] = {}
    count = 0
    for count, scene in enumerate(whole_scenes(), start=1):
        write_whole(scene, tmp_path)
        bad |= {f"{count} {name}": told for name, told in judged(tmp_path).items()}

    assert {} == bad
    assert count > 100
