"""SVG as a sheet: a PDF of lines and curves, drawn by the program `rsvg-convert`, or else by the library CairoSVG."""

import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Final

import pikepdf

from outfeed.errors import ChildCrashed, ReaderMissing, SourceDamaged
from outfeed.mesh.reporting import Report
from outfeed.sheets.model import Drawing, Sheet, SheetLimits
from outfeed.sheets.svg_text import SafeSvg, safe_svg

#: Where the program may stand; no other is started.
PROGRAMS: Final = (Path("/usr/bin/rsvg-convert"), Path("/usr/local/bin/rsvg-convert"))
#: Time that the program has where nobody else ends it, in seconds.
MOST_S: Final = 600.0
#: What the library raises for what it cannot draw.
_COMPLAINTS: Final = (ArithmeticError, AttributeError, LookupError, OSError, RuntimeError, TypeError, ValueError)


def read_svg(source: Path, out: Path, *, limits: SheetLimits, threads: int, report: Report) -> Drawing:  # noqa: ARG001 there is one page
    """
    Read an SVG, and write a PDF with one page; see `Read`.

    Raises
    ------
    SourceError
        What `safe_svg` raises, and `SourceDamaged` if it cannot be drawn.
    ReaderMissing
        If neither the program nor the library is there.
    """
    svg = safe_svg(source.read_bytes(), limits=limits)
    report(0.2)
    with tempfile.TemporaryDirectory(prefix="outfeed-svg-") as folder:
        tamed, drawn = Path(folder, "tamed.svg"), Path(folder, "drawn.pdf")
        tamed.write_bytes(svg.data)
        _draw(tamed, drawn)
        report(0.9)
        sheet = _finish(svg, drawn, out)
    report(1.0)
    return Drawing(sheets=(sheet,), written=True, lost=svg.lost)


def _draw(tamed: Path, out: Path) -> None:
    """Draw with what there is."""
    for program in PROGRAMS:
        with suppress(OSError):  # it is not there, or a sandbox forbids to start it
            draw_by_program(program, tamed, out)
            return
    draw_by_library(tamed, out)


def draw_by_program(program: Path, tamed: Path, out: Path) -> None:
    """
    Draw a document that `safe_svg` wrote.

    Raises
    ------
    OSError
        If the program is not there, or may not be started.
    SourceDamaged
        If it refuses the document, or takes too long.
    ChildCrashed
        If it crashes.
    """
    # From its input, so that the document has no folder that names could be looked up in.
    with tamed.open("rb") as file:
        command = [str(program), "--format", "pdf", "--unlimited", "--output", str(out)]
        environment = {"LANG": "C.UTF-8", "HOME": str(out.parent), "PATH": "/usr/bin:/bin"}
        try:
            done = subprocess.run(  # noqa: S603 a program of our own list, no shell
                command,
                stdin=file,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=environment,
                timeout=MOST_S,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise SourceDamaged("It takes too long to draw.") from error
    if done.returncode < 0:
        raise ChildCrashed(f"(rsvg-convert, signal {-done.returncode})")
    if done.returncode or not out.exists():
        raise SourceDamaged("It cannot be drawn.")


def draw_by_library(tamed: Path, out: Path) -> None:
    """
    Draw a document that `safe_svg` wrote with CairoSVG, which knows less of SVG.

    Raises
    ------
    ReaderMissing
        If it is not installed.
    SourceDamaged
        If it does not understand the document.
    """
    try:
        import cairosvg  # type: ignore[import-untyped]  # noqa: PLC0415 it has no types; an extra that may not be there
    except (ImportError, OSError) as error:
        raise ReaderMissing("SVG needs the program rsvg-convert (librsvg2-bin), or the extra `svg`.") from error
    try:
        cairosvg.svg2pdf(bytestring=tamed.read_bytes(), write_to=str(out))
    except _COMPLAINTS as error:
        raise SourceDamaged("It cannot be drawn.") from error


def _finish(svg: SafeSvg, drawn: Path, out: Path) -> Sheet:
    """Write the page without what changes from run to run, and return what it is."""
    try:
        with pikepdf.open(drawn) as pdf:
            page = pdf.pages[0]
            left, bottom, right, top = (float(side) for side in page.mediabox)
            del pdf.docinfo
            pdf.docinfo["/Producer"] = "Outfeed"
            if svg.title:
                pdf.docinfo["/Title"] = svg.title
            pdf.save(out, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    except (pikepdf.PdfError, IndexError) as error:
        raise SourceDamaged("It cannot be drawn.") from error
    return Sheet(name="Page 1", title=svg.title, width_pt=right - left, height_pt=top - bottom)
