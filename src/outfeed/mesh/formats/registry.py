"""Every format that is read or written, as two dicts that can be printed."""

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final, Protocol

from outfeed.errors import FormatUnknown
from outfeed.mesh.formats.glb import write_glb
from outfeed.mesh.formats.obj import read_obj, write_obj
from outfeed.mesh.formats.stl import read_stl, write_stl_ascii, write_stl_binary
from outfeed.mesh.model import Mesh
from outfeed.mesh.reporting import Report, silent
from outfeed.mesh.units import Unit

#: Part of every export's key: raise it when any writer gives other bytes for the same mesh.
EXPORTER_VERSION: Final = "1"

#: Corners are counted with 32 bits, whatever the caller allows.
MOST_TRIANGLES: Final = (2**31 - 1) // 3


class Read(Protocol):
    """Makes a mesh of a file."""

    def __call__(self, path: Path, *, unitless: Unit, max_triangles: int, report: Report) -> Mesh:
        """Read the file; coordinates of a format without a unit are in `unitless`."""


class Write(Protocol):
    """Writes a mesh into a stream."""

    def __call__(self, mesh: Mesh, out: BinaryIO, *, unitless: Unit, report: Report) -> None:
        """Write the mesh; a format without a unit gets coordinates in `unitless`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reader:
    """A format that is read."""

    read: Read
    #: Ends of file names, lower case, with the dot.
    extensions: tuple[str, ...]
    media_type: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Writer:
    """A format that is written."""

    write: Write
    #: End of the artifact's name, with the dot.
    suffix: str
    media_type: str


READERS: Final = {
    "stl": Reader(read=read_stl, extensions=(".stl",), media_type="model/stl"),
    "obj": Reader(read=read_obj, extensions=(".obj",), media_type="model/obj"),
}

WRITERS: Final = {
    "obj": Writer(write=write_obj, suffix=".obj", media_type="model/obj"),
    "stl_ascii": Writer(write=write_stl_ascii, suffix=".stl", media_type="model/stl"),
    "stl_binary": Writer(write=write_stl_binary, suffix=".stl", media_type="model/stl"),
    "glb": Writer(write=write_glb, suffix=".glb", media_type="model/gltf-binary"),
}

#: Formats that this server knows by name and does not read.
KNOWN_UNREAD: Final = frozenset({"3mf", "ply", "glb", "gltf", "off", "amf", "dae", "x3d", "zip"})
#: Formats that this server knows by name and does not write.
KNOWN_UNWRITTEN: Final = KNOWN_UNREAD - WRITERS.keys()


def reader_for(file_name: str) -> str | None:
    """Return the format that a file's name says, None if its end says nothing that is read."""
    suffix = PurePosixPath(file_name).suffix.lower()
    return next((name for name, reader in READERS.items() if suffix in reader.extensions), None)


def read_mesh(path: Path, *, format: str, unitless: Unit, max_triangles: int, report: Report = silent) -> Mesh:  # noqa: A002 the word of the whole house
    """
    Read a file in a format of `READERS`.

    Raises
    ------
    FormatUnknown
        If nothing here reads this format.
    SourceError
        One of its kinds, if the file cannot be converted.
    """
    reader = READERS.get(format)
    if reader is None:
        raise FormatUnknown(f"Formats that are read: {', '.join(READERS)}.")
    return reader.read(path, unitless=unitless, max_triangles=min(max_triangles, MOST_TRIANGLES), report=report)


def write_mesh(mesh: Mesh, out: BinaryIO, *, format: str, unitless: Unit, report: Report = silent) -> None:  # noqa: A002 the word of the whole house
    """
    Write a mesh in a format of `WRITERS`.

    Raises
    ------
    FormatUnknown
        If nothing here writes this format.
    TargetTooSmall
        If the mesh does not fit into it.
    """
    writer = WRITERS.get(format)
    if writer is None:
        raise FormatUnknown(f"Formats that are written: {', '.join(WRITERS)}.")
    writer.write(mesh, out, unitless=unitless, report=report)
