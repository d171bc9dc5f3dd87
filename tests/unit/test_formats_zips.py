"""Archives that nobody vouches for are refused in time, and ours depend on their content alone."""

import io
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from outfeed.errors import SourceDamaged
from outfeed.mesh.formats.source import MIB, ReadLimits, SourceFile
from outfeed.mesh.formats.zip_writer import ArchiveWriter
from outfeed.mesh.formats.zips import MOST_RATIO, RATIO_FREE_BYTES, opened
from unit.mesh_helpers import chance

LIMITS: Final = ReadLimits()


def packed(*names: str, method: int = zipfile.ZIP_DEFLATED, data: bytes = b"hello " * 50) -> bytes:
    """Return an archive whose files have the same content."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name in names:
            archive.writestr(name, data)
    return out.getvalue()


def unpacked(data: bytes | Path, limits: ReadLimits = LIMITS) -> dict[str, bytes]:
    """Return all files of an archive."""
    with opened(SourceFile(content=data), limits) as archive:
        return {name: archive.read(name) for name in archive.names}


def patched(data: bytes, *, at: int, value: bytes) -> bytes:
    """Return an archive of one file with other bytes in its entry of the directory."""
    start = data.rindex(b"PK\1\2") + at
    return data[:start] + value + data[start + len(value) :]


def test_files_are_read_by_name_and_folders_are_no_files(tmp_path: Path) -> None:
    data = packed("a.txt", "folder/", "folder/B.txt")
    (tmp_path / "a.zip").write_bytes(data)

    assert {"a.txt": b"hello " * 50, "folder/B.txt": b"hello " * 50} == unpacked(data)
    assert unpacked(data) == unpacked(tmp_path / "a.zip")


def test_names_are_found_in_any_case_and_told_as_the_archive_spells_them() -> None:
    with opened(SourceFile(content=packed("Textures/Wood.PNG", "b\\c.txt")), LIMITS) as archive:
        found = [archive.find(name) for name in ("textures/wood.png", "Textures/Wood.PNG", "B/C.TXT", "wood.png")]

    assert ["Textures/Wood.PNG", "Textures/Wood.PNG", "b/c.txt", None] == found


REFUSED: dict[str, tuple[bytes, str]] = {
    "no archive": (b"PK no archive", "no ZIP archive"),
    "nothing": (b"", "no ZIP archive"),
    "cut": (packed("a")[:-30], "no ZIP archive"),
    "same case": (packed("a.txt", "A.TXT"), "two entries"),
    "slash and backslash": (packed("a/b", "a\\b"), "two entries"),
    "upwards": (packed("a/../../b"), "leads out"),
    "upwards with backslashes": (packed("..\\b"), "leads out"),
    "absolute": (packed("/etc/passwd"), "leads out"),
    "absolute with backslashes": (packed("\\\\host\\share"), "leads out"),
    "drive": (packed("C:x"), "leads out"),
    "no name": (patched(packed("x"), at=46, value=b"\0"), "without a name"),
    "link": (patched(packed("x"), at=38, value=struct.pack("<I", (stat.S_IFLNK | 0o777) << 16)), "symbolic link"),
    "password": (patched(packed("x"), at=8, value=b"\1\0"), "encrypted"),
    "bzip2": (packed("x", method=zipfile.ZIP_BZIP2), "only deflate"),
    "lzma": (packed("x", method=zipfile.ZIP_LZMA), "only deflate"),
    "wrong sum": (patched(packed("x"), at=16, value=b"\1\2\3\4"), "part 'x' is damaged"),
    "too short a size": (patched(packed("x"), at=24, value=b"\1\0\0\0"), "part 'x' is damaged"),
    "not there": (patched(packed("x"), at=42, value=b"\xff\xff\xff\x7f"), "damaged"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_no_archive_should_be_is_refused(case: str, tmp_path: Path) -> None:
    data, why = REFUSED[case]
    (tmp_path / "a.zip").write_bytes(data)

    with pytest.raises(SourceDamaged, match=why):
        unpacked(data)
    with pytest.raises(SourceDamaged, match=why):
        unpacked(tmp_path / "a.zip")


def test_too_many_entries_are_refused() -> None:
    names = [f"{number}" for number in range(11)]

    assert 10 == len(unpacked(packed(*names[:10]), ReadLimits(max_entries=10)))
    with pytest.raises(SourceDamaged, match="11 entries; the limit is 10"):
        unpacked(packed(*names), ReadLimits(max_entries=10))


def test_what_unpacks_to_too_much_is_refused_before_it_is_unpacked() -> None:
    """Files are counted together, and a file that is read twice counts twice."""
    data = packed("a", "b", data=bytes(1000))

    assert 2 == len(unpacked(data, ReadLimits(max_unpacked_bytes=2000)))
    with pytest.raises(SourceDamaged, match="unpack to more"):
        unpacked(data, ReadLimits(max_unpacked_bytes=1999))


def test_a_size_that_lies_unpacks_no_more_than_it_says() -> None:
    bomb = patched(packed("x", data=bytes(64 * MIB)), at=24, value=struct.pack("<I", 100))

    with pytest.raises(SourceDamaged, match="part 'x' is damaged"):
        unpacked(bomb, ReadLimits(max_unpacked_bytes=100))


def test_a_ratio_that_no_real_file_has_is_refused_from_a_size_on() -> None:
    small, large = packed("x", data=bytes(RATIO_FREE_BYTES)), packed("x", data=bytes(RATIO_FREE_BYTES + 1))

    assert len(large) * MOST_RATIO < RATIO_FREE_BYTES
    assert RATIO_FREE_BYTES == len(unpacked(small)["x"])
    with pytest.raises(SourceDamaged, match="unpack to more"):
        unpacked(large)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("form", [bytes, Path])
def test_fuzz_damaged_archives_are_read_or_refused(method: int, form: Any, tmp_path: Path) -> None:
    whole = packed("a.txt", "dir/b.txt", "c", method=method)
    path = tmp_path / "a.zip"
    dice = chance(f"zip-{method}")
    refused = 0
    for _ in range(400):
        data = bytearray(whole)
        for _ in range(dice.randint(1, 4)):
            data[dice.randrange(len(data))] = dice.choice([0, 255, dice.randrange(256)])
        path.write_bytes(data)
        try:
            unpacked(bytes(data) if form is bytes else path)
        except SourceDamaged:
            refused += 1

    assert 200 < refused < 400


def ours(*files: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    archive = ArchiveWriter(out)
    for name, data in files:
        archive.add(name, data)
    archive.close()
    return out.getvalue()


def in_parts(*files: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    archive = ArchiveWriter(out)
    for name, data in files:
        with archive.part(name) as part:
            for first in range(0, len(data), 7):
                part.write(data[first : first + 7])
    archive.close()
    return out.getvalue()


@pytest.mark.parametrize("write", [ours, in_parts])
def test_our_archives_hold_what_was_added_and_nothing_of_the_day_or_the_machine(
    write: Callable[..., bytes],
) -> None:
    files = [("3D/model.xml", b"<a/>" * 100), ("naïve.txt", b""), ("b.png", bytes(range(256)))]

    data = write(*files)

    assert data == write(*files)
    assert dict(files) == unpacked(data)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert {((1980, 1, 1, 0, 0, 0), 3, (stat.S_IFREG | 0o644) << 16)} == {
            (item.date_time, item.create_system, item.external_attr) for item in archive.infolist()
        }


def test_images_are_not_packed_again() -> None:
    out = io.BytesIO()
    archive = ArchiveWriter(out)
    archive.add("a.png", bytes(1000), packed=False)
    archive.add("a.txt", bytes(1000))
    archive.close()

    with zipfile.ZipFile(out) as read:
        assert [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED] == [item.compress_type for item in read.infolist()]
