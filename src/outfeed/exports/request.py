"""What a dialect asks for, in our words, and the keys that make equal requests one."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any, Final

from outfeed.library.meshes import IDENTITY, Door, MeshRecord, Transform
from outfeed.mesh.drawing import DRAWING_VERSION
from outfeed.mesh.formats.registry import EXPORTER_VERSION
from outfeed.mesh.units import Unit
from outfeed.sheets.model import SHEETS_VERSION
from outfeed.tiles.options import TILES_VERSION

#: Name of a mesh whose caller gave it none.
UNNAMED: Final = "unknown"

#: Columns and rows of the picture that every import makes.
THUMBNAIL_PX: Final = 512
#: What a visual is written in, and what stands as the format of a picture among the exports.
VISUAL_FORMAT: Final = "glb"
THUMBNAIL_FORMAT: Final = "png"
#: What an analysis is written in.
ANALYSIS_FORMAT: Final = "json"


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """A file that the caller may read: an object, or a file under an id."""

    door: Door
    #: The object's bucket; empty for a file.
    bucket: str = ""
    #: The object's name, or the file's id.
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportRequest:
    """Make a mesh of a file."""

    source: Source
    #: Format of the file; empty: by the file's name.
    format: str = ""
    name: str = UNNAMED
    transform: Transform
    #: The caller's unit: of files that do not say theirs, and of what a transform moves by.
    unitless: Unit
    #: Whether its visual is made in the same job.
    visual: bool = False
    #: Share of the triangles that is kept; None: all.
    reduce: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ExportRequest:
    """Write a mesh as a file."""

    mesh_id: str
    format: str
    #: The caller's unit: numbers are written in it where the format has none, and a transform moves by it.
    unitless: Unit


@dataclass(frozen=True, kw_only=True, slots=True)
class ReduceRequest:
    """Make a mesh of fewer triangles of a mesh."""

    mesh_id: str
    #: Share of the triangles that is kept.
    share: float
    #: Transform of the new mesh; None: that of the old one.
    transform: Transform | None = None
    #: The caller's unit, which a transform moves by.
    unitless: Unit


def export_key(mesh: MeshRecord, request: ExportRequest) -> str:
    """
    Return what two requests share if and only if they ask for the same bytes at the same door.

    The mesh's name is not in it, for it is not in the bytes.
    """
    return _digest(
        kind="mesh",
        source=mesh.blob,
        transform=_placing(mesh.transform, request.unitless),
        format=request.format,
        unitless=request.unitless.value,
        door=mesh.door.value,
        exporter=EXPORTER_VERSION,
    )


def visual_key(mesh: MeshRecord) -> str:
    """Return what the requests for the visual of one mesh share; its transform plays no part."""
    return _digest(kind="visual", mesh=mesh.id, source=mesh.blob, door=mesh.door.value, exporter=EXPORTER_VERSION)


def model_export_key(version_id: str, target: str, tiles: dict[str, Any]) -> str:
    """Return what two exports of a version share if and only if they ask for the same files."""
    return _digest(kind="model", version=version_id, target=target, tiles=tiles, exporter=TILES_VERSION)


def sheet_export_key(**asked: Any) -> str:
    """Return what two exports of sheets share if and only if they ask for the same file."""
    return _digest(**asked, exporter=SHEETS_VERSION)


def analysis_key(mesh: MeshRecord) -> str:
    """Return what the requests for the analysis of one mesh share; its transform plays no part."""
    return _digest(kind="analysis", mesh=mesh.id)


def thumbnail_key(blob: str, transform: Transform, size_px: int, unitless: Unit) -> str:
    """Return what two requests share if and only if they ask for the same picture."""
    return _digest(
        kind="thumbnail",
        source=blob,
        transform=_placing(transform, unitless),
        size=size_px,
        drawing=DRAWING_VERSION,
    )


def _placing(transform: Transform, unit: Unit) -> dict[str, Any] | None:
    """Return what places a mesh; what is not moved is the same in all units."""
    return {"columns": transform, "unit": unit.value} if transform != IDENTITY else None


def _digest(**parts: Any) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
