"""Outfeed's tilesets."""

from pathlib import Path

from outfeed.mesh.units import Unit
from outfeed.scene.registry import read_scene, scene_reader_for
from outfeed.tiles.build import build_tileset
from outfeed.tiles.options import TileOptions
from tasks import Work
from tasks.ours import LIMITS


def tileset(source: Path, target: Path) -> Work:
    """Read a file and make a tileset of it, on all cores."""

    def work() -> None:
        name = scene_reader_for(source.name) or ""
        scene = read_scene(source, format=name, unitless=Unit.MILLIMETRE, limits=LIMITS)
        target.mkdir()
        build_tileset(scene, target, TileOptions())

    return work
