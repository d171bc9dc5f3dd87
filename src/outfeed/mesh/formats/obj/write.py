"""Wavefront OBJ in one file. Apart from the reader, which needs a library of images that takes long to load."""

from typing import BinaryIO

from outfeed.mesh.formats.numbers import in_unit
from outfeed.mesh.formats.obj.rows import opaque, write_lines
from outfeed.mesh.model import Mesh
from outfeed.mesh.reporting import Report, silent
from outfeed.mesh.shown import shown_colors
from outfeed.mesh.traits import Loss
from outfeed.mesh.units import Unit


def write_obj(mesh: Mesh, out: BinaryIO, *, unitless: Unit, report: Report = silent) -> tuple[Loss, ...]:
    """
    Write one file of OBJ, with the fewest digits that read back as the same numbers.

    Texture coordinates stay. The colours that corners show, those of their materials among them, become colours of
    vertices, with the digits that read back as the same of 256 values.
    """
    mesh = in_unit(mesh, unitless)
    shown = shown_colors(mesh)
    write_lines(mesh, out, colors=None if shown is None else opaque(*shown), report=report)
    return ()
