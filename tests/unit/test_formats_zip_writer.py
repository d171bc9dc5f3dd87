"""Archives that we write: their headers, their pieces, and how many threads pack them."""

import io
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from outfeed.mesh.formats import zip_writer
from outfeed.mesh.formats.source import ReadLimits, SourceFile
from outfeed.mesh.formats.zip_headers import DEFLATED, Entry, central_header, end_of_directory, local_header
from outfeed.mesh.formats.zip_writer import ArchiveWriter
from outfeed.mesh.formats.zips import opened
from outfeed.mesh.parallel import using_threads


def made(pieces: list[bytes], *, before: bytes = b"", after: bytes = b"") -> bytes:
    """Return an archive of one file, whose pieces are made on several threads."""
    out = io.BytesIO()
    archive = ArchiveWriter(out)
    with archive.part("a") as part:
        part.write(before)
        assert pieces == list(part.write_made(memoryview, pieces))
        part.write(after)
    archive.close()
    return out.getvalue()


def test_the_bytes_do_not_depend_on_the_number_of_threads() -> None:
    pieces = [bytes([row % 251]) * 50_000 + b"%d" % row for row in range(40)]
    found = []
    for count in (1, 2, 7):
        with using_threads(count):
            found.append(made(pieces, before=b"x" * 100, after=b"y"))

    assert [found[0]] * 3 == found
    with zipfile.ZipFile(io.BytesIO(found[0])) as archive:
        assert b"x" * 100 + b"".join(pieces) + b"y" == archive.read("a")


@pytest.mark.parametrize("size", [0, 1, zip_writer.PIECE - 1, zip_writer.PIECE, 3 * zip_writer.PIECE + 1])
def test_files_of_any_size_come_back(size: int) -> None:
    data = (b"0123456789" * (size // 10 + 1))[:size]

    packed = made([], before=data)

    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert data == archive.read("a")
        assert archive.testzip() is None
    with opened(SourceFile(content=packed), ReadLimits()) as ours:
        assert data == ours.read("a")


@pytest.mark.skipif(shutil.which("unzip") is None, reason="unzip is not installed")
def test_other_programs_find_nothing_wrong(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(made([b"abc" * 100_000, b"", b"d"], before=b"naive"))

    told = subprocess.run(["unzip", "-t", str(tmp_path / "a.zip")], capture_output=True, text=True, check=True)

    assert "No errors detected" in told.stdout


def test_an_archive_may_begin_behind_other_bytes() -> None:
    out = io.BytesIO()
    out.write(b"before")
    archive = ArchiveWriter(out)
    archive.add("a", b"1")
    archive.close()

    with zipfile.ZipFile(out) as read:
        assert b"1" == read.read("a")
        assert 6 == read.infolist()[0].header_offset


@pytest.mark.parametrize("most", [0, 10, 29, 1000])
def test_sizes_and_positions_of_64_bits_are_read_by_others(most: int) -> None:
    """As if 32 bits held no more than `most`: a file with 5 GB takes too long to write here."""
    one, two = (
        Entry(name=name, method=0, position=0, is_large=True, size=3, packed_size=3, crc=891568578) for name in "ab"
    )
    two.position = len(local_header(one)) + 3
    files = b"".join(local_header(entry) + b"abc" for entry in (one, two))
    directory = central_header(one, most) + central_header(two, most)
    whole = files + directory + end_of_directory(2, len(files), len(directory), most)

    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        assert [b"abc", b"abc"] == [archive.read(name) for name in "ab"]
        assert [0, two.position] == [info.header_offset for info in archive.infolist()]
    assert (most < len(files)) == (b"PK\6\6" in whole)


def test_a_size_beyond_32_bits_is_said_in_64() -> None:
    entry = Entry(name="a", method=DEFLATED, position=1 << 33, is_large=True, size=10**11, packed_size=5 * 10**9)
    header = central_header(entry)
    out = io.BytesIO(header + end_of_directory(1, 0, len(header)))

    with zipfile.ZipFile(out) as archive:
        (info,) = archive.infolist()
    assert (10**11, 5 * 10**9, 1 << 33) == (info.file_size, info.compress_size, info.header_offset)


def test_more_files_than_16_bits_count_are_listed() -> None:
    directory = central_header(Entry(name="a", method=DEFLATED, position=0, is_large=False)) * 65_536
    out = io.BytesIO(directory + end_of_directory(65_536, 0, len(directory)))

    with zipfile.ZipFile(out) as archive:
        assert 65_536 == len(archive.infolist())
