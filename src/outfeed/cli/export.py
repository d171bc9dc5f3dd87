"""`outfeed export`: the same engine without a server. It imports late, so that a small file takes no time."""

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO

import typer

from outfeed.cli.options import Json
from outfeed.errors import FormatUnknown, OutfeedError

if TYPE_CHECKING:
    from outfeed.mesh.formats.registry import Writer
    from outfeed.mesh.units import Unit

Report = Callable[[float], None]


def export(
    source: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="The file to convert.")],
    to: Annotated[str, typer.Option("--to", metavar="FORMAT", help="obj, stl_ascii, stl_binary or glb.")],
    out: Annotated[
        Path | None, typer.Option("-o", "--out", metavar="FILE-OR-DIR", help="Default: beside the source.")
    ] = None,
    unitless: Annotated[str, typer.Option(help="Unit of formats that have none: um, mm, cm, m, in or ft.")] = "mm",
    json: Json = False,  # noqa: FBT002 - a flag
) -> None:
    """Convert a mesh file. Exit code 0: done; 1: refused, with the reason; 2: wrong usage."""
    try:
        with _progress(source.name) as report:
            done = export_file(source, to=to, out=out, unitless=unitless, report=report)
    except OutfeedError as error:
        typer.echo(f"{source}: {error}", err=True)
        raise typer.Exit(1) from error
    except OSError as error:
        typer.echo(f"{error.filename or source}: {error.strerror or error}", err=True)
        raise typer.Exit(1) from error
    if json:
        from json import dumps

        typer.echo(dumps(done))
    else:
        typer.echo(f"{done['out']}: {done['num_triangles']} triangles, {done['bytes']} bytes")


def export_file(source: Path, *, to: str, out: Path | None, unitless: str, report: Report) -> dict[str, Any]:
    """
    Convert a file and return what was made: `out`, `bytes`, `format`, and the facts of the mesh.

    Raises
    ------
    OutfeedError
        If the source is refused or does not fit the target; nothing is written then.
    typer.BadParameter
        If the format, the unit or the target make no sense.
    """
    from outfeed.mesh.facts import facts
    from outfeed.mesh.formats.registry import READERS, read_mesh, reader_for
    from outfeed.settings import Settings

    writer, unit = _writer(to), _unit(unitless)
    target = _target(source, out, writer.suffix)
    source_format = reader_for(source.name)
    if source_format is None:
        raise FormatUnknown(f"Formats that are read: {', '.join(READERS)}.")
    mesh = read_mesh(
        source,
        format=source_format,
        unitless=unit,
        max_triangles=Settings.from_env().max_triangles,
        report=lambda share: report(share / 2),
    )
    with _replacing(target) as file:
        writer.write(mesh, file, unitless=unit, report=lambda share: report(0.5 + share / 2))
        size = file.tell()
    return {"out": str(target), "bytes": size, "format": to} | facts(mesh)


def _writer(to: str) -> "Writer":
    from outfeed.mesh.formats.registry import WRITERS

    if to not in WRITERS:
        raise typer.BadParameter(f"{to!r} is not one of {', '.join(WRITERS)}", param_hint="--to")
    return WRITERS[to]


def _unit(unitless: str) -> "Unit":
    from outfeed.mesh.units import Unit

    try:
        return Unit(unitless)
    except ValueError as error:
        units = ", ".join(unit.value for unit in Unit)
        raise typer.BadParameter(f"{unitless!r} is not one of {units}", param_hint="--unitless") from error


def _target(source: Path, out: Path | None, suffix: str) -> Path:
    """Return where the result goes: a file as it was named, or one with the source's name in a folder."""
    if out is not None and not out.is_dir():
        return out
    target = (out or source.parent) / (source.stem + suffix)
    if target.exists() and target.samefile(source):
        raise typer.BadParameter("the result would replace the source; name a file", param_hint="-o")
    return target


@contextmanager
def _replacing(target: Path) -> Iterator[BinaryIO]:
    """Give a file beside the target that takes its name at the end, or disappears where that fails."""
    handle, name = tempfile.mkstemp(prefix=f".{target.name[:100]}.", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
        # What `open` would have given it: mkstemp makes files that only their owner reads.
        mask = os.umask(0)
        os.umask(mask)
        Path(name).chmod(0o666 & ~mask)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


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
