"""The formats that scenes are read from: a table that can be printed."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any, Final, Protocol

import numpy as np

from outfeed.errors import FormatUnknown, SourceUnsupported
from outfeed.lazy import Lazy
from outfeed.mesh.formats.registry import MOST_TRIANGLES
from outfeed.mesh.formats.registry import READERS as MESH_READERS
from outfeed.mesh.formats.source import Lookup, ReadLimits, SourceFile, nothing
from outfeed.mesh.reporting import Report, silent
from outfeed.mesh.units import Unit
from outfeed.scene.formats.step_text import SCHEMA
from outfeed.scene.model import Scene, check


class Read(Protocol):
    """Makes a scene of a file."""

    def __call__(
        self, source: SourceFile, *, unitless: Unit, limits: ReadLimits, processes: int, report: Report
    ) -> Scene:
        """Read the file, with so many processes at most; coordinates of a format without a unit are in `unitless`."""


#: What becomes an element of most formats.
WHOLE: Final = "the whole file is one"


@dataclass(frozen=True, kw_only=True, slots=True)
class SceneReader:
    """A format that is read as a scene."""

    title: str
    read: Read
    #: Ends of file names, lower case, with the dot.
    extensions: tuple[str, ...]
    media_type: str
    #: What becomes an element, for the docs; empty: the format is known by name and not read.
    elements: str = WHOLE
    #: The extra of the package that it needs, such as `bim`; empty: none.
    extra: str = ""


_at: Final = Lazy(f"{__package__}.formats")


def _refuse(why: str) -> Read:
    """Return a reader for a format that is known by name only."""

    def read(source: SourceFile, **options: Any) -> Scene:
        del source, options
        raise SourceUnsupported(why)

    return read


def _of_mesh(format_name: str) -> SceneReader:
    """Return the reader that makes one element of a mesh file."""
    mesh = MESH_READERS[format_name]
    return SceneReader(
        title=mesh.title,
        read=_at("meshes", "read_mesh_as_scene", format=format_name),
        extensions=mesh.extensions,
        media_type=mesh.media_type,
    )


def _as_mesh(format_name: str, read: Read, elements: str) -> SceneReader:
    """Return a reader of its own for a format that is read as a mesh too."""
    return replace(_of_mesh(format_name), read=read, elements=elements)


#: Formats that hold more than one mesh have readers of their own; each other one is one element.
SCENE_READERS: Final[dict[str, SceneReader]] = {
    **{name: _of_mesh(name) for name in MESH_READERS},
    "obj": _as_mesh("obj", _at("obj", "read_obj_scene"), "each object, and each group in an object or in none"),
    "zip": _as_mesh("zip", _at("in_zip", "read_zip_scene"), "those of the one model in it"),
    "glb": _as_mesh("glb", _at("gltf", "read_gltf_scene"), "each node"),
    "gltf": _as_mesh("gltf", _at("gltf", "read_gltf_scene"), "each node"),
    "step": SceneReader(
        title="STEP: AP203, AP214, AP242",
        read=_at("step", "read_step"),
        extensions=(".step", ".stp", ".p21"),
        media_type="model/step",
        elements="each part and assembly of the product tree",
        extra="cad",
    ),
    "ifc": SceneReader(
        title="IFC 2x3, 4 and 4x3",
        read=_at("ifc.reader", "read_ifc"),
        extensions=(".ifc", ".ifczip", ".ifcxml"),
        media_type="application/x-step",
        elements="each product with a shape, and what holds it",
        extra="bim",
    ),
    "bim": SceneReader(
        title="iModel",
        read=_refuse("iModel files (.bim) are not read."),
        extensions=(".bim",),
        media_type="application/vnd.sqlite3",
        elements="",
    ),
}


def scene_reader_for(file_name: str) -> str | None:
    """Return the format that a file's name says, None if its end says nothing that is read."""
    suffix = PurePosixPath(file_name).suffix.lower()
    return next((name for name, reader in SCENE_READERS.items() if suffix in reader.extensions), None)


def read_scene(
    path: Path,
    *,
    format: str,  # noqa: A002 the word of the whole house
    unitless: Unit,
    limits: ReadLimits,
    companion: Lookup = nothing,
    processes: int = 1,
    report: Report = silent,
) -> Scene:
    """
    Read a file in a format of `SCENE_READERS`; other files that it names are seen through `companion` only.

    Raises
    ------
    FormatUnknown
        If nothing here reads this format.
    ReaderMissing
        If it is read with an extra that is not installed.
    SourceError
        Another of its kinds, if the file cannot be read.
    """
    reader = SCENE_READERS.get(format)
    if reader is None:
        known = [name for name, reader in SCENE_READERS.items() if reader.elements]
        raise FormatUnknown(f"Formats that are read: {', '.join(known)}.")
    source = SourceFile(content=path, companion=companion)
    limits = replace(limits, max_triangles=min(limits.max_triangles, MOST_TRIANGLES))
    return check(reader.read(source, unitless=unitless, limits=limits, processes=processes, report=report))


#: First bytes of a file that tell its format: the head of an exchange file may name many authors.
HEAD_BYTES: Final = 65_536


def sniffed(head: bytes) -> str | None:
    """Return the format that a file's first `HEAD_BYTES`, or all of it, tell; None where they tell nothing."""
    return next((name for name, told in _SNIFFERS if told(head)), None)


def _starts(*starts: bytes) -> Callable[[bytes], bool]:
    return lambda head: head.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(starts)


def _holds(*words: bytes) -> Callable[[bytes], bool]:
    return lambda head: all(word in head for word in words)


def _is_ifc(head: bytes) -> bool:
    """Tell whether an exchange file is of a building: by its schema, or where that is cut off by what else it says."""
    schema = SCHEMA.search(head)
    return schema[1].upper().startswith(b"IFC") if schema else b"IFC" in head


def _is_binary_stl(head: bytes) -> bool:
    """Tell whether a head has a count of facets behind 80 bytes, and then corners of facets and no other numbers."""
    facets = np.frombuffer(head[_STL_HEADER:], dtype=np.uint8)
    facets = facets[: len(facets) // _FACET * _FACET].reshape(-1, _FACET)
    if not len(facets) or int.from_bytes(head[_STL_HEADER - 4 : _STL_HEADER], "little") > _MOST_FACETS:
        return False
    size = np.abs(np.ascontiguousarray(facets[:, 12:48]).view("<f4"))
    return bool(((size == 0) | ((size > 1 / _FAR) & (size < _FAR))).all())


def _is_3mf(head: bytes) -> bool:
    return any(name in head for name in (b"[Content_Types].xml", b"_rels/.rels", b"3D/"))


def _has_lines_of_obj(head: bytes) -> bool:
    return any(line.lstrip().startswith(_OBJ_WORDS) for line in head.splitlines())


_OBJ_WORDS: Final = (b"v ", b"mtllib ", b"o ", b"g ", b"usemtl ")
#: Bytes before the first facet of a binary STL file, and of each facet; facets that such a file may have.
_STL_HEADER, _FACET, _MOST_FACETS = 84, 50, 10**8
#: No coordinate of a real file is so far away, or so near to zero and not zero.
_FAR: Final = np.float32(1e15)

#: The first that fits counts. STL and OBJ have no mark of their own: `solid` is ASCII STL, what is left is asked last.
_SNIFFERS: Final[tuple[tuple[str, Callable[[bytes], bool]], ...]] = (
    ("glb", _starts(b"gltf")),
    ("ply", _starts(b"ply")),
    ("bim", _starts(b"sqlite format 3\0")),
    ("ifc", lambda head: _starts(b"iso-10303-21")(head) and _is_ifc(head)),
    ("step", _starts(b"iso-10303-21")),
    ("3mf", lambda head: _starts(b"pk")(head) and _is_3mf(head)),
    ("ifc", lambda head: _starts(b"pk")(head) and b".ifc" in head[:512].lower()),
    ("zip", _starts(b"pk")),
    ("off", _starts(b"off", b"coff", b"noff", b"stoff")),
    ("ifc", lambda head: _starts(b"<")(head) and b"ifcXML" in head),
    ("dae", _holds(b"<COLLADA")),
    ("x3d", _holds(b"<X3D")),
    ("amf", _holds(b"<amf")),
    ("gltf", lambda head: _starts(b"{")(head) and b'"' in head),
    ("stl", lambda head: _starts(b"solid")(head) and not _has_lines_of_obj(head)),
    ("obj", lambda head: b"\0" not in head and _has_lines_of_obj(head)),
    ("stl", _is_binary_stl),
)
