"""From the bytes of a file to the library's model."""

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from types import ModuleType
from typing import Final

from outfeed.errors import ReaderMissing, SourceDamaged, SourceEmpty, SourceUnsupported
from outfeed.mesh.formats.source import ReadLimits, SourceFile
from outfeed.mesh.formats.zips import Archive, opened
from outfeed.scene.formats.ifc.attributes import Model

#: What a STEP file begins with, and what its last lines hold.
START: Final = b"ISO-10303-21;"
END: Final = b"END-ISO-10303-21"
SCHEMA: Final = b"FILE_SCHEMA"
SCHEMA_NAMED: Final = re.compile(rb"FILE_SCHEMA[^;']*'")
#: Bytes at each end of a file that are looked at: a header may come after comments, a signature after the end.
ENDS: Final = 1 << 16


def library() -> ModuleType:
    """
    Return the library.

    Raises
    ------
    ReaderMissing
        If it is not installed.
    """
    try:
        import ifcopenshell  # noqa: PLC0415 heavy, and an extra
    except ImportError as error:
        raise ReaderMissing("Install outfeed[bim].") from error
    return ifcopenshell


@contextmanager
def opened_model(source: SourceFile, limits: ReadLimits) -> Iterator[Model]:
    """
    Open an IFC file, or an archive with one.

    Raises
    ------
    ReaderMissing
        If the library is not installed.
    SourceDamaged
        If it is no IFC file, or a damaged one.
    SourceUnsupported
        If it is of another schema, XML, or an archive with more than one model.
    SourceEmpty
        If it is an archive without a model.
    """
    with _plain_file(source, limits) as path:
        _check_ends(path)
        yield _opened(library(), path)


@contextmanager
def _plain_file(source: SourceFile, limits: ReadLimits) -> Iterator[Path]:
    """Give the path of the file, unpacked where it is in an archive."""
    if isinstance(source.content, Path) and not _is_archive(source):
        yield source.content
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.ifc")
        if _is_archive(source):
            _unpack(source, limits, path)
        else:
            path.write_bytes(source.read(limits.max_unpacked_bytes))
        yield path


def _is_archive(source: SourceFile) -> bool:
    with source.open() as file:
        return file.read(2) == b"PK"


def _unpack(source: SourceFile, limits: ReadLimits, path: Path) -> None:
    with opened(source, limits) as archive:
        name = _only_model(archive)
        if name.lower().endswith(".ifcxml"):
            raise SourceUnsupported("It is IFC as XML. Send it as STEP text: .ifc.")
        with path.open("wb") as file:
            file.writelines(archive.pieces(name))


def _only_model(archive: Archive) -> str:
    names = [name for name in archive.names if PurePosixPath(name).suffix.lower() in {".ifc", ".ifcxml"}]
    shown = [name for name in names if not any(part.startswith((".", "__MACOSX")) for part in name.split("/"))]
    if not shown:
        raise SourceEmpty("It has no model: no file whose name ends with .ifc.")
    if len(shown) > 1:
        raise SourceUnsupported(f"It has {len(shown)} models. Send one at a time.")
    return shown[0]


def _check_ends(path: Path) -> None:
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(ENDS)
        file.seek(max(0, size - ENDS))
        tail = file.read()
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        raise SourceUnsupported("It is XML, or a page of the web. Send IFC as STEP text: .ifc.")
    if START not in head:
        raise SourceDamaged("It does not begin as a STEP file does.")
    if SCHEMA in head and not SCHEMA_NAMED.search(head):  # the library dies of what is no text
        raise SourceDamaged("It does not say its schema.")
    if END not in tail:
        raise SourceDamaged("It ends before its end mark: was it cut off?")


def _opened(ifcopenshell: ModuleType, path: Path) -> Model:
    try:
        model: Model = ifcopenshell.open(path, format=".ifc")
    except ifcopenshell.SchemaError as error:
        raise SourceUnsupported(f"{error}. IFC 2x3, 4 and 4x3 are read.") from error
    except (ifcopenshell.Error, RuntimeError, UnicodeDecodeError) as error:
        raise SourceDamaged(f"{error}.") from error
    return model
