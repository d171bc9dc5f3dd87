"""`outfeed export --to 3dtiles`: a folder with a tileset instead of a file."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from outfeed.cli.meshes import Report, model_source, one_of, unit_named
from outfeed.errors import InvalidField

if TYPE_CHECKING:
    from outfeed.tiles.options import TileOptions

#: What `--to` calls a tileset.
TILESET: Final = "3dtiles"


def export_tileset(
    source: Path,
    *,
    out: Path | None,
    unitless: str,
    compression: str | None,
    triangles_per_tile: int | None,
    report: Report,
) -> dict[str, Any]:
    """
    Make a tileset of a file in a new folder, and return its facts with `out`, `format` and `lost`.

    Raises
    ------
    InvalidField
        If an option makes no sense, or the folder holds something.
    SourceError
        One of its kinds, if the source is refused; nothing is left behind then.
    OSError
        If a file cannot be read or written.
    """
    from outfeed.mesh.parallel import threads
    from outfeed.tiles.of_file import tileset_of_file

    options = _options(compression, triangles_per_tile)
    target = _target(source, out)
    model = model_source(source, unit=unit_named(unitless), processes=threads())
    with _made(target) as folder:
        made = tileset_of_file(model, folder, options, scratch=target.parent, threads=threads(), report=report)
    return {"out": str(target), "format": TILESET, "lost": [loss.json() for loss in made.lost]} | made.facts.json()


def _options(compression: str | None, triangles_per_tile: int | None) -> "TileOptions":
    from outfeed.tiles.options import Compression, TileOptions

    given: dict[str, Any] = {}
    if compression is not None:
        given["compression"] = Compression(one_of(compression, [kind.value for kind in Compression], "compression"))
    if triangles_per_tile is not None:
        if triangles_per_tile < 1:
            raise InvalidField("A tile has at least one triangle.")
        given["triangles_per_tile"] = triangles_per_tile
    return TileOptions(**given)


def _target(source: Path, out: Path | None) -> Path:
    """Return the folder to make: one that is not there yet, or is empty."""
    target = out or source.with_name(f"{source.stem}-{TILESET}")
    if not target.parent.is_dir():
        raise InvalidField(f"There is no folder {str(target.parent)!r} for the result.")
    if target.exists() and not (target.is_dir() and not any(target.iterdir())):
        raise InvalidField(f"{str(target)!r} is there and is no empty folder: name a new one with -o.")
    return target


@contextmanager
def _made(target: Path) -> Iterator[Path]:
    """Give a new folder beside the target that takes its name at the end, or disappears where that fails."""
    beside = target.with_name(f".{target.name[:100]}.{os.getpid()}-{os.urandom(4).hex()}")
    beside.mkdir()
    try:
        yield beside
        beside.replace(target)
    except BaseException:
        shutil.rmtree(beside)
        raise
