"""Every format that is read or written, and what each can hold: the docs, the API and the command line print it.

Formats load when they are first used: the command line starts with the one that it needs.
"""

from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final, Protocol

from outfeed.errors import FormatUnknown
from outfeed.lazy import Lazy
from outfeed.mesh.formats.losses import generic_losses
from outfeed.mesh.formats.reading import Reading
from outfeed.mesh.formats.source import Lookup, ReadLimits, SourceFile, nothing
from outfeed.mesh.model import Mesh
from outfeed.mesh.reporting import Report, silent
from outfeed.mesh.traits import Loss, Trait
from outfeed.mesh.units import Unit

#: Part of every export's key: raise it when any writer gives other bytes for the same mesh.
EXPORTER_VERSION: Final = "4"

#: Corners are counted with 32 bits, whatever the caller allows.
MOST_TRIANGLES: Final = (2**31 - 1) // 3


class Read(Protocol):
    """Makes a mesh of a file."""

    def __call__(self, source: SourceFile, *, unitless: Unit, limits: ReadLimits, report: Report) -> Reading:
        """Read the file; coordinates of a format without a unit are in `unitless`."""


class Write(Protocol):
    """Writes a mesh into a stream."""

    def __call__(self, mesh: Mesh, out: BinaryIO, *, unitless: Unit, report: Report) -> tuple[Loss, ...]:
        """
        Write the mesh; a format without a unit gets coordinates in `unitless`.

        Returns what is lost although the format could hold it; what it cannot is told from its traits.
        """


@dataclass(frozen=True, kw_only=True, slots=True)
class Reader:
    """A format that is read."""

    title: str
    read: Read
    #: Ends of file names, lower case, with the dot.
    extensions: tuple[str, ...]
    media_type: str
    #: What a mesh gets from it, where the file has it.
    holds: frozenset[Trait]


@dataclass(frozen=True, kw_only=True, slots=True)
class Writer:
    """A format that is written."""

    title: str
    write: Write
    #: End of the artifact's name, with the dot.
    suffix: str
    media_type: str
    #: What it keeps of a mesh.
    holds: frozenset[Trait]
    #: The reader that reads it back.
    reader: str


_at: Final = Lazy(__package__)

_UNIT, _DOUBLES, _UVS, _COLORS, _OPACITY, _MATERIALS, _TEXTURES = (
    Trait.UNIT,
    Trait.DOUBLES,
    Trait.UVS,
    Trait.COLORS,
    Trait.OPACITY,
    Trait.MATERIALS,
    Trait.TEXTURES,
)
_LOOKS = frozenset({_UVS, _COLORS, _OPACITY, _MATERIALS, _TEXTURES})

READERS: Final = {
    "stl": Reader(
        title="STL, binary or ASCII",
        read=_at("stl", "read_stl"),
        extensions=(".stl",),
        media_type="model/stl",
        holds=frozenset({_DOUBLES}),
    ),
    "obj": Reader(
        title="Wavefront OBJ",
        read=_at("obj.read", "read_obj"),
        extensions=(".obj",),
        media_type="model/obj",
        holds=frozenset({_DOUBLES, *_LOOKS}),
    ),
    "zip": Reader(
        title="ZIP with one model and its materials and textures",
        read=_at("models_in_zip", "read_zip"),
        extensions=(".zip",),
        media_type="application/zip",
        holds=frozenset({_UNIT, _DOUBLES, *_LOOKS}),
    ),
    "glb": Reader(
        title="glTF 2.0, binary",
        read=_at("gltf.read", "read_gltf"),
        extensions=(".glb",),
        media_type="model/gltf-binary",
        holds=frozenset({_UNIT, *_LOOKS}),
    ),
    "gltf": Reader(
        title="glTF 2.0, JSON",
        read=_at("gltf.read", "read_gltf"),
        extensions=(".gltf",),
        media_type="model/gltf+json",
        holds=frozenset({_UNIT, *_LOOKS}),
    ),
    "dae": Reader(
        title="COLLADA, plain or zipped",
        read=_at("collada.read", "read_dae"),
        extensions=(".dae", ".zae"),
        media_type="model/vnd.collada+xml",
        holds=frozenset({_UNIT, _DOUBLES, *_LOOKS}),
    ),
    "x3d": Reader(
        title="X3D, as XML",
        read=_at("x3d.read", "read_x3d"),
        extensions=(".x3d",),
        media_type="model/x3d+xml",
        holds=frozenset({_UNIT, _DOUBLES, *_LOOKS}),
    ),
    "amf": Reader(
        title="AMF, plain or zipped",
        read=_at("amf.read", "read_amf"),
        extensions=(".amf",),
        media_type="application/x-amf",
        holds=frozenset({_UNIT, _DOUBLES, *_LOOKS}),
    ),
    "ply": Reader(
        title="PLY, binary or text",
        read=_at("ply.read", "read_ply"),
        extensions=(".ply",),
        media_type="model/ply",
        holds=frozenset({_DOUBLES, *_LOOKS}),
    ),
    "3mf": Reader(
        title="3MF",
        read=_at("threemf.read", "read_3mf"),
        extensions=(".3mf",),
        media_type="model/3mf",
        holds=frozenset({_UNIT, _DOUBLES, *_LOOKS}),
    ),
    "off": Reader(
        title="OFF, text or binary",
        read=_at("off.read", "read_off"),
        extensions=(".off",),
        media_type="model/off",
        holds=frozenset({_DOUBLES, _UVS, _COLORS, _OPACITY}),
    ),
}

WRITERS: Final = {
    "obj": Writer(
        title="Wavefront OBJ, one file",
        write=_at("obj.write", "write_obj"),
        suffix=".obj",
        media_type="model/obj",
        holds=frozenset({_DOUBLES, _UVS, _COLORS}),
        reader="obj",
    ),
    "obj_zip": Writer(
        title="Wavefront OBJ with materials and textures, in a ZIP",
        write=_at("obj.write_zip", "write_obj_zip"),
        suffix=".zip",
        media_type="application/zip",
        holds=frozenset({_DOUBLES, *_LOOKS}),
        reader="zip",
    ),
    "stl_ascii": Writer(
        title="STL, ASCII",
        write=_at("stl", "write_stl_ascii"),
        suffix=".stl",
        media_type="model/stl",
        holds=frozenset({_DOUBLES}),
        reader="stl",
    ),
    "stl_binary": Writer(
        title="STL, binary",
        write=_at("stl", "write_stl_binary"),
        suffix=".stl",
        media_type="model/stl",
        holds=frozenset(),
        reader="stl",
    ),
    "glb": Writer(
        title="glTF 2.0, binary",
        write=_at("gltf.write", "write_glb"),
        suffix=".glb",
        media_type="model/gltf-binary",
        holds=frozenset({_UNIT, *_LOOKS}),
        reader="glb",
    ),
    "ply": Writer(
        title="PLY, binary",
        write=_at("ply.write", "write_ply"),
        suffix=".ply",
        media_type="model/ply",
        holds=frozenset({_DOUBLES, _UVS, _COLORS, _OPACITY}),
        reader="ply",
    ),
    "3mf": Writer(
        title="3MF",
        write=_at("threemf.write", "write_3mf"),
        suffix=".3mf",
        media_type="model/3mf",
        holds=frozenset({_UNIT, _DOUBLES, *_LOOKS}),
        reader="3mf",
    ),
    "off": Writer(
        title="OFF, text",
        write=_at("off.write", "write_off"),
        suffix=".off",
        media_type="model/off",
        holds=frozenset({_DOUBLES, _COLORS, _OPACITY}),
        reader="off",
    ),
}

#: Formats that this server knows by name and does not read.
KNOWN_UNREAD: Final = frozenset({"step", "ifc"})
#: Formats that this server knows by name and does not write.
KNOWN_UNWRITTEN: Final = frozenset({*KNOWN_UNREAD, "amf", "dae", "x3d", "gltf"}) - WRITERS.keys()

#: Modules of formats, for processes that load everything before they fork.
MODULES: Final = _at.modules


def reader_for(file_name: str) -> str | None:
    """Return the format that a file's name says, None if its end says nothing that is read."""
    suffix = PurePosixPath(file_name).suffix.lower()
    return next((name for name, reader in READERS.items() if suffix in reader.extensions), None)


def reader_named(word: str) -> str | None:
    """Return the format that a caller's word stands for: a format's name, or an extension without its dot."""
    return word if word in READERS else reader_for(f"x.{word}")


def read_mesh(
    path: Path,
    *,
    format: str,  # noqa: A002 the word of the whole house
    unitless: Unit,
    limits: ReadLimits,
    companion: Lookup = nothing,
    report: Report = silent,
) -> Reading:
    """
    Read a file in a format of `READERS`; other files that it names are seen through `companion` only.

    Raises
    ------
    FormatUnknown
        If nothing here reads this format.
    SourceError
        One of its kinds, if the file cannot be converted.
    """
    return read_source(
        SourceFile(content=path, companion=companion), format=format, unitless=unitless, limits=limits, report=report
    )


def read_source(
    source: SourceFile,
    *,
    format: str,  # noqa: A002 the word of the whole house
    unitless: Unit,
    limits: ReadLimits,
    report: Report = silent,
) -> Reading:
    """Read a source; see `read_mesh`."""
    reader = READERS.get(format)
    if reader is None:
        raise FormatUnknown(f"Formats that are read: {', '.join(READERS)}.")
    most = min(limits.max_triangles, MOST_TRIANGLES)
    return reader.read(source, unitless=unitless, limits=replace(limits, max_triangles=most), report=report)


def write_mesh(
    mesh: Mesh,
    out: BinaryIO,
    *,
    format: str,  # noqa: A002 the word of the whole house
    unitless: Unit,
    report: Report = silent,
) -> tuple[Loss, ...]:
    """
    Write a mesh in a format of `WRITERS`, and return what the file does not have of it.

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
    special = writer.write(mesh, out, unitless=unitless, report=report)
    return (*generic_losses(mesh, writer.holds), *special)
