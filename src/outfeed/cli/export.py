"""`outfeed export`: the same engine without a server.

Made to start at once: it imports no more than it needs and parses its own arguments. `outfeed.cli.start` calls it
before the library of the other commands is loaded, which takes longer than a small file.
"""

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from outfeed.cli.drawing import PDF, export_drawing, plan_options
from outfeed.cli.meshes import Report, answer, one_of, parser_of, read_file, unit_named
from outfeed.cli.tileset import TILESET, export_tileset
from outfeed.errors import InvalidField

if TYPE_CHECKING:
    from outfeed.mesh.model import Mesh
    from outfeed.sheets.plans.options import PlanOptions

#: Options of plans alone.
_OF_PLANS: Final = ("sections", "scale", "paper")


def export(arguments: list[str]) -> None:
    """Make a mesh, a tileset or a PDF of a file. Exit code 0: done; 1: refused, with the reason; 2: wrong usage."""
    sys.exit(main(arguments))


def main(arguments: Sequence[str]) -> int:
    """Run the command, and return its exit code."""
    given = parser().parse_args(arguments)

    def work(report: Report) -> str:
        return _shown(_done(given, report), json=given.json)

    return answer("outfeed export", given.source, work)


def _done(given: argparse.Namespace, report: Report) -> dict[str, Any]:
    """Do what the options say; those of tilesets are for tilesets only, and `--reduce` is not for them."""
    from outfeed.mesh.formats.registry import WRITERS

    one_of(given.to, [*WRITERS, TILESET, PDF], "format")
    if given.to == TILESET:
        _refuse(given, "reduce", *_OF_PLANS)
        return export_tileset(
            given.source,
            out=given.out,
            unitless=given.unitless,
            compression=given.compression,
            triangles_per_tile=given.triangles_per_tile,
            report=report,
        )
    _refuse(given, "compression", "triangles_per_tile")
    if given.to == PDF:
        _refuse(given, "reduce")
        plans = plan_options(sections=bool(given.sections), scale=given.scale, paper=given.paper)
        return _as_pdf(given.source, given.out, plans, report)
    _refuse(given, *_OF_PLANS)
    return export_file(
        given.source, to=given.to, out=given.out, unitless=given.unitless, share=given.reduce, report=report
    )


def _refuse(given: argparse.Namespace, *names: str) -> None:
    """
    Check that options which mean nothing here were not given.

    Raises
    ------
    InvalidField
        If one was.
    """
    for name in names:
        if getattr(given, name) is not None:
            raise InvalidField(f"--{name.replace('_', '-')} does not go with --to {given.to}.")


def parser() -> argparse.ArgumentParser:
    """Return the command's parser of arguments."""
    return parser_of(
        "outfeed export", "Convert a mesh, make a tileset of a model, or a PDF of a drawing.", _add_options
    )


def _add_options(made: argparse.ArgumentParser) -> None:
    made.add_argument(
        "--to",
        metavar="FORMAT",
        required=True,
        help=(
            f"one of the formats that it lists as written, such as glb; {TILESET}: a folder with a tileset; "
            f"{PDF}: the sheets of a drawing, or the plans of a building"
        ),
    )
    made.add_argument("-o", "--out", metavar="FILE-OR-DIR", type=Path, help="default: beside the source")
    made.add_argument(
        "--reduce",
        metavar="SHARE",
        type=float,
        help="keep about this share of the triangles: above 0, at most 1, such as 0.1; not for a tileset",
    )
    made.add_argument("--compression", metavar="KIND", help="of a tileset: meshopt, draco or none; default: meshopt")
    made.add_argument(
        "--triangles-per-tile", metavar="N", type=int, help="most triangles of a tile of a tileset; default: 40000"
    )
    made.add_argument(
        "--sections", action="store_const", const=True, help="of a building as PDF: two sections after its plans"
    )
    made.add_argument(
        "--scale", metavar="N", type=int, help="of a building as PDF: 1:N, such as 100; default: what fits"
    )
    made.add_argument("--paper", metavar="SIZE", help="of a building as PDF: A4 to A0; default: the smallest that fits")


def _shown(done: dict[str, Any], *, json: bool) -> str:
    if json:
        from json import dumps

        return dumps(done)
    losses = "".join(f"\nlost: {loss['what']}: {loss['why']}" for loss in done["lost"])
    if done["format"] == TILESET:
        what = f"{done['elements']} elements, {done['triangles']} triangles, {done['tiles']} tiles"
    elif done["format"] == PDF:
        what = f"{len(done['sheets'])} sheets"
    else:
        before = f" of {done['reduced_from']}" if "reduced_from" in done else ""
        what = f"{done['num_triangles']}{before} triangles"
    return f"{done['out']}: {what}, {done['bytes']} bytes{losses}"


def _as_pdf(source: Path, out: Path | None, plans: "PlanOptions", report: Report) -> dict[str, Any]:
    """Make a PDF of a drawing, and return what was made: `out`, `bytes`, `format`, `sheets` and `lost`."""
    target = _target(source, out, ".pdf")
    with _replacing(target) as file:
        done = export_drawing(source, file, plans=plans, report=report)
        size = file.tell()
    return {"out": str(target), "bytes": size, "format": PDF} | done


def export_file(
    source: Path, *, to: str, out: Path | None, unitless: str, report: Report, share: float | None = None
) -> dict[str, Any]:
    """
    Convert a file and return what was made: `out`, `bytes`, `format`, and the facts of the mesh.

    With a share, only about so many of the triangles are kept, and `reduced_from` says how many there were.

    Raises
    ------
    NotMeaningful
        If the share is none.
    InvalidField
        If the format, the unit or the target make no sense.
    SourceError
        One of its kinds, if the source is refused or does not fit the target; the target is then as it was.
    OSError
        If a file cannot be read or written.
    """
    from outfeed.mesh.facts import facts
    from outfeed.mesh.formats.registry import WRITERS, write_mesh

    writer = WRITERS[one_of(to, WRITERS, "format")]
    unit = unit_named(unitless)
    target = _target(source, out, writer.suffix)
    reduced = _reduction(share)
    reading = read_file(source, unit=unit, report=lambda done: report(done / 3))
    mesh = reduced(reading.mesh, lambda done: report((1 + done) / 3))
    with _replacing(target) as file:
        lost = write_mesh(mesh, file, format=to, unitless=unit, report=lambda done: report((2 + done) / 3))
        size = file.tell()
    losses = [loss.json() for loss in (*reading.lost, *lost)]
    before = {} if share is None else {"reduced_from": len(reading.mesh.faces)}
    return {"out": str(target), "bytes": size, "format": to, "lost": losses} | before | facts(mesh)


def _reduction(share: float | None) -> "Callable[[Mesh, Report], Mesh]":
    """Return what keeps the share of a mesh's triangles; without one it keeps all."""
    if share is None:
        return lambda mesh, _report: mesh
    from outfeed.mesh.reduce import check_share, reduce

    check_share(share)
    return lambda mesh, report: reduce(mesh, share, report=report)


def _target(source: Path, out: Path | None, suffix: str) -> Path:
    """Return where the result goes: a file as it was named, or one with the source's name in a folder."""
    if out is not None and not out.is_dir():
        if not out.parent.is_dir():
            raise InvalidField(f"There is no folder {str(out.parent)!r} for the result.")
        return out
    target = (out or source.parent) / (source.stem + suffix)
    if target.exists() and source.exists() and target.samefile(source):
        raise InvalidField("The result would replace the source: name a file with -o.")
    return target


@contextmanager
def _replacing(target: Path) -> Iterator[BinaryIO]:
    """Give a new file beside the target that takes its name at the end, or disappears where that fails."""
    beside = target.with_name(f".{target.name[:100]}.{os.getpid()}-{os.urandom(4).hex()}")
    with beside.open("xb") as file:
        try:
            yield file
            file.close()
            beside.replace(target)
        except BaseException:
            beside.unlink()
            raise
