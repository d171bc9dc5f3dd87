"""From a file to a tileset: through memory, or out of core where the file is too large for that."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from outfeed.errors import TooManyTriangles
from outfeed.mesh.reporting import Report, silent
from outfeed.mesh.traits import Loss
from outfeed.mesh.units import Unit
from outfeed.scene.model import Scene
from outfeed.tiles.build import build_tileset
from outfeed.tiles.facts import TilesetFacts
from outfeed.tiles.large import MOST_IN_MEMORY, build_large_tileset, large_stl
from outfeed.tiles.options import TileOptions

#: The format that is read in pieces where it is large.
_IN_PIECES: Final = "stl"
#: Share of the work that reading is.
READING: Final = 0.4


@dataclass(frozen=True, kw_only=True, slots=True)
class Tiled:
    """A tileset that was made."""

    facts: TilesetFacts
    #: What the file has and the tileset has not.
    lost: tuple[Loss, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class TileSource:
    """A file, and how it is read."""

    path: Path
    #: Name in `outfeed.scene.registry.SCENE_READERS`.
    format: str
    #: Unit of coordinates that say none.
    unitless: Unit
    max_triangles: int
    #: Reads the whole of it.
    read: Callable[[Report], Scene]


def tileset_of_file(
    source: TileSource,
    out: Path,
    options: TileOptions,
    *,
    scratch: Path,
    threads: int = 0,
    most_in_memory: int = MOST_IN_MEMORY,
    report: Report = silent,
) -> Tiled:
    """
    Write a file as a tileset into a folder that is there and empty, as `build_tileset` does.

    Parameters
    ----------
    scratch
        Folder for what does not fit into memory: about 60 bytes for each triangle.
    most_in_memory
        Triangles; a binary STL of more is never read whole.

    Raises
    ------
    SourceError
        One of its kinds, if the file cannot be read or shows nothing.
    """
    large = large_stl(source.path, unit=source.unitless, more_than=most_in_memory) if _may_be_large(source) else None
    if large is None:
        scene = source.read(lambda share: report(share * READING))
        facts = build_tileset(
            scene, out, options, threads=threads, report=lambda share: report(READING + share * (1 - READING))
        )
        return Tiled(facts=facts, lost=scene.lost)
    if large.triangles > source.max_triangles:
        raise TooManyTriangles(f"It has {large.triangles}; the limit is {source.max_triangles}.")
    facts = build_large_tileset(large, out, options, scratch=scratch, threads=threads, report=report)
    return Tiled(facts=facts, lost=())


def _may_be_large(source: TileSource) -> bool:
    return source.format == _IN_PIECES
