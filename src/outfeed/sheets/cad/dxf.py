"""Reads DXF, text and binary, as sheets."""

import logging
from pathlib import Path
from typing import Final

from ezdxf import recover
from ezdxf.document import Drawing as Document
from ezdxf.filemanagement import readfile
from ezdxf.lldxf.const import DXFError

from outfeed.errors import SourceDamaged
from outfeed.mesh.reporting import Report
from outfeed.sheets.cad.frontend import DAMAGE
from outfeed.sheets.cad.lost import Losses
from outfeed.sheets.cad.reading import draw_document
from outfeed.sheets.model import Drawing, SheetLimits

_MENDED: Final = "The file is damaged; what could be read of it is drawn."

# The library logs each thing that it meets; what matters to users is in the result.
logging.getLogger("ezdxf").setLevel(logging.CRITICAL)


def read_dxf(source: Path, out: Path, *, limits: SheetLimits, threads: int, report: Report) -> Drawing:  # noqa: ARG001 - the call of all readers; this one has no use for threads
    """
    Read a DXF file and draw its layouts, or its model space, as pages of a PDF.

    See `registry.Read`; the same file gives the same bytes.

    Raises
    ------
    SourceDamaged
        If it is no DXF, or nothing can be made of it.
    NoSheets
        If it shows nothing.
    DrawingTooLarge
        If it shows more than `limits.max_entities`.
    """
    losses = Losses()
    document = load(source, losses)
    report(0.25)
    return draw_document(document, out, limits=limits, losses=losses, report=report)


def load(source: Path, losses: Losses) -> Document:
    """Return the file as the library reads it, mended where it has to be."""
    try:
        return readfile(source)
    except (DXFError, OSError, *DAMAGE):  # `OSError` also says that the file is no DXF; a real one is met again below
        losses.add("file", _MENDED)
    try:
        document, _ = recover.readfile(source)
    except (DXFError, *DAMAGE) as error:
        raise SourceDamaged("It cannot be read as DXF.") from error
    return document
