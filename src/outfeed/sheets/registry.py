"""The formats that drawings are read from: a table that can be printed."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final, Protocol

from outfeed.errors import FormatUnknown
from outfeed.lazy import Lazy
from outfeed.mesh.reporting import Report, silent
from outfeed.sheets.model import Drawing, SheetLimits
from outfeed.sheets.plans.options import PlanOptions

_USUAL_PLANS: Final = PlanOptions()


class Read(Protocol):
    """Reads a file as sheets."""

    def __call__(
        self, source: Path, out: Path, *, limits: SheetLimits, threads: int, report: Report, **options: PlanOptions
    ) -> Drawing:
        """
        Read a file as sheets, and write them to `out` as one PDF unless the source is one that is whole.

        Parameters
        ----------
        source
            The file; nothing else is read, whatever it names.
        out
            Where the PDF goes; not there yet. Written only if the result says so.
        threads
            Threads or processes that may be used.
        options
            Of a reader that draws plans, `options`: how.

        Raises
        ------
        SourceError
            One of its kinds, if it cannot be read; what was written is then worth nothing.
        """


@dataclass(frozen=True, kw_only=True, slots=True)
class SheetReader:
    """A format that is read as sheets."""

    title: str
    read: Read
    #: Ends of file names, lower case, with the dot.
    extensions: tuple[str, ...]
    media_type: str
    #: What becomes a sheet, for the docs.
    sheets: str
    #: The extra of the package that it needs, such as `bim`; empty: none.
    extra: str = ""
    #: Whether it draws plans of a building.
    draws_plans: bool = False


_at: Final = Lazy(__package__)

SHEET_READERS: Final[dict[str, SheetReader]] = {
    "pdf": SheetReader(
        title="PDF",
        read=_at("pdf.reading", "read_pdf"),
        extensions=(".pdf",),
        media_type="application/pdf",
        sheets="each page",
    ),
    "dxf": SheetReader(
        title="DXF: R12 to R2018, text and binary",
        read=_at("cad.dxf", "read_dxf"),
        extensions=(".dxf",),
        media_type="image/vnd.dxf",
        sheets="each layout with something on it; else the model space",
    ),
    "dwg": SheetReader(
        title="DWG: R2000 to R2018",
        read=_at("cad.dwg", "read_dwg", needs="ezdwg", extra="dwg"),
        extensions=(".dwg",),
        media_type="image/vnd.dwg",
        sheets="each layout with something on it; else the model space",
        extra="dwg",
    ),
    "svg": SheetReader(
        title="SVG",
        read=_at("svg", "read_svg"),
        extensions=(".svg",),
        media_type="image/svg+xml",
        sheets="the whole file is one",
    ),
    "image": SheetReader(
        title="PNG, JPEG, TIFF, BMP, GIF, WebP",
        read=_at("images", "read_image"),
        extensions=(".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".gif", ".webp"),
        media_type="image/*",
        sheets="each picture; of a TIFF each of its pages",
    ),
    "ifc": SheetReader(
        title="IFC 2x3, 4 and 4x3",
        read=_at("plans.reading", "read_ifc_plans"),
        extensions=(".ifc", ".ifczip", ".ifcxml"),
        media_type="application/x-step",
        sheets="a plan of each storey; two sections where they are wanted",
        extra="bim",
        draws_plans=True,
    ),
}

#: Modules of formats, for processes that load everything before they fork.
MODULES: Final = _at.modules

#: First bytes of a file that tell its format.
HEAD_BYTES: Final = 65_536


def sheet_reader_for(file_name: str) -> str | None:
    """Return the format that a file's name says, None if its end says nothing that is read as sheets."""
    suffix = PurePosixPath(file_name).suffix.lower()
    return next((name for name, reader in SHEET_READERS.items() if suffix in reader.extensions), None)


def sniffed(head: bytes) -> str | None:
    """Return the format that a file's first `HEAD_BYTES`, or all of it, tell; None where they tell nothing."""
    return next((name for name, told in _SNIFFERS if told(head)), None)


def _starts(*starts: bytes) -> Callable[[bytes], bool]:
    return lambda head: head.startswith(starts)


def _is_pdf(head: bytes) -> bool:
    """Tell whether the mark of PDF stands where readers look for it: within the first kilobyte."""
    return b"%PDF-" in head[:1024]


def _is_dxf(head: bytes) -> bool:
    return head.startswith(b"AutoCAD Binary DXF") or bool(_DXF.match(head))


def _is_webp(head: bytes) -> bool:
    return head.startswith(b"RIFF") and head[8:12] == b"WEBP"


#: Comments, then the first section: a group code, then its value, each on a line of its own.
_DXF: Final = re.compile(rb"(?:\xef\xbb\xbf)?(?:[ \t]*999\r?\n[^\n]*\n)*[ \t]*0[ \t]*\r?\n[ \t]*SECTION[ \t]*\r?\n")

#: The first that fits counts.
_SNIFFERS: Final[tuple[tuple[str, Callable[[bytes], bool]], ...]] = (
    ("dwg", _starts(b"AC10")),
    ("image", _starts(b"\x89PNG\r\n", b"\xff\xd8\xff", b"II*\0", b"MM\0*", b"GIF8")),
    ("image", _is_webp),
    ("pdf", _is_pdf),
    ("dxf", _is_dxf),
    ("svg", lambda head: head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") and b"<svg" in head),
)


def read_drawing(
    source: Path,
    out: Path,
    *,
    format: str,  # noqa: A002 the word of the whole house
    limits: SheetLimits,
    threads: int = 1,
    plans: PlanOptions = _USUAL_PLANS,
    report: Report = silent,
) -> Drawing:
    """
    Read a file in a format of `SHEET_READERS` as sheets; see `Read`.

    Parameters
    ----------
    plans
        How buildings are drawn; without effect on other formats.

    Raises
    ------
    FormatUnknown
        If nothing here reads this format.
    ReaderMissing
        If it is read with an extra that is not installed.
    SourceError
        Another of its kinds, if the file cannot be read.
    """
    reader = SHEET_READERS.get(format)
    if reader is None:
        raise FormatUnknown(f"Formats that are read as sheets: {', '.join(SHEET_READERS)}.")
    of_buildings = {"options": plans} if reader.draws_plans else {}
    return reader.read(source, out, limits=limits, threads=threads, report=report, **of_buildings)
