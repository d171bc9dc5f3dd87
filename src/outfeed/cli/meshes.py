"""What the commands on mesh files share: reading a file, a bar for progress, exit codes."""

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from outfeed.errors import InvalidField, OutfeedError, RequestError

if TYPE_CHECKING:
    from outfeed.mesh.formats.reading import Reading
    from outfeed.mesh.units import Unit
    from outfeed.scene.model import Scene
    from outfeed.tiles.of_file import TileSource

Report = Callable[[float], None]

#: Exit codes, besides 0.
REFUSED, USAGE = 1, 2


def parser_of(
    program: str, description: str, options: Callable[[argparse.ArgumentParser], None] = lambda _made: None
) -> argparse.ArgumentParser:
    """Return the parser of a command on one mesh file, with its own options before those that all have."""
    made = argparse.ArgumentParser(
        prog=program,
        description=description,
        epilog="Exit code 0: done; 1: refused, with the reason; 2: wrong usage.",
        allow_abbrev=False,
        formatter_class=_narrow,
    )
    made.add_argument(
        "source",
        metavar="FILE",
        type=Path,
        help="a mesh in a format that `outfeed formats` lists, a model such as STEP, or a drawing such as DXF",
    )
    options(made)
    made.add_argument(
        "--unitless", metavar="UNIT", default="mm", help="unit of formats that have none: um, mm, cm, m, in or ft"
    )
    made.add_argument("--json", action="store_true", help="print JSON")
    return made


def _narrow(prog: str) -> argparse.HelpFormatter:
    """Return a formatter that does not ask for the terminal's width: that would load compression libraries."""
    return argparse.HelpFormatter(prog, width=100)


def answer(program: str, source: Path, work: Callable[[Report], str]) -> int:
    """Print what the work returns, or why it was refused, and return the exit code."""
    from outfeed.mesh.parallel import using_threads
    from outfeed.settings import Settings

    try:
        with _progress(source.name) as report, using_threads(Settings.from_env().threads):
            shown = work(report)
    except RequestError as error:
        return _fail(program, USAGE, str(error))
    except OutfeedError as error:
        return _fail(program, REFUSED, f"{source}: {error}")
    except OSError as error:
        return _fail(program, REFUSED, f"{error.filename or source}: {error.strerror or error}")
    sys.stdout.write(shown + "\n")
    return 0


def read_file(source: Path, *, unit: "Unit", report: Report) -> "Reading":
    """
    Return what a file holds, within the limits of the settings; formats without a unit are in this one.

    Raises
    ------
    SourceError
        One of its kinds, if the source is refused.
    OSError
        If it cannot be read.
    """
    from outfeed.exports.limits import read_limits
    from outfeed.mesh.formats.registry import read_mesh, reader_for
    from outfeed.mesh.formats.source import beside
    from outfeed.settings import Settings

    source_format = reader_for(source.name)
    if source_format is None:
        return _as_one_mesh(read_model(source, unit=unit, processes=1, report=report))
    limits = read_limits(Settings.from_env())
    return read_mesh(
        source,
        format=source_format,
        unitless=unit,
        limits=limits,
        companion=beside(source, limits),
        report=report,
    )


def read_model(source: Path, *, unit: "Unit", processes: int, report: Report) -> "Scene":
    """Return the scene of a file, with so many processes at most; limits, units and errors are those of `read_file`."""
    from outfeed.exports.limits import read_limits
    from outfeed.mesh.formats.source import beside
    from outfeed.scene.registry import read_scene, scene_reader_for
    from outfeed.settings import Settings

    limits = read_limits(Settings.from_env())
    return read_scene(
        source,
        format=scene_reader_for(source.name) or "",
        unitless=unit,
        limits=limits,
        companion=beside(source, limits),
        processes=processes,
        report=report,
    )


def model_source(source: Path, *, unit: "Unit", processes: int) -> "TileSource":
    """Return a file as tiles are made of it, read as by `read_model`."""
    from outfeed.exports.limits import read_limits
    from outfeed.scene.registry import scene_reader_for
    from outfeed.settings import Settings
    from outfeed.tiles.of_file import TileSource

    return TileSource(
        path=source,
        format=scene_reader_for(source.name) or "",
        unitless=unit,
        max_triangles=read_limits(Settings.from_env()).max_triangles,
        read=lambda report: read_model(source, unit=unit, processes=processes, report=report),
    )


def _as_one_mesh(scene: "Scene") -> "Reading":
    """Return all that a model shows as one mesh."""
    from outfeed.mesh.formats.reading import Reading
    from outfeed.mesh.traits import Loss, Trait
    from outfeed.scene.flatten import as_mesh

    structure = (Loss(what=Trait.STRUCTURE),) if len(scene.elements) > 1 else ()
    stored = sum(len(shape.faces) for shape in scene.shapes)
    return Reading(mesh=as_mesh(scene), stored_triangles=stored, lost=(*scene.lost, *structure))


def unit_named(name: str) -> "Unit":
    """
    Return a unit by its symbol.

    Raises
    ------
    InvalidField
        If there is none.
    """
    from outfeed.mesh.units import Unit

    return Unit(one_of(name, [unit.value for unit in Unit], "unit"))


def one_of(given: str, known: Any, what: str) -> str:
    """
    Return a word that is known.

    Raises
    ------
    InvalidField
        If it is not.
    """
    if given not in known:
        raise InvalidField(f"{given!r} is no {what}; there are {', '.join(known)}.")
    return given


def _fail(program: str, code: int, sentence: str) -> int:
    sys.stderr.write(f"{program}: {sentence}\n")
    return code


@contextmanager
def _progress(what: str) -> Iterator[Report]:
    """Show a bar on a terminal, and nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda _share: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        step = bar.add_task(what, total=1.0)
        yield lambda share: bar.update(step, completed=share)
