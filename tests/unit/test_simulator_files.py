"""What simulated printers download, send and keep."""

import gzip
import hashlib
import io
import tarfile
from pathlib import Path

import pytest

from outfeed.simulator.firmware import form_fields
from outfeed.simulator.machine import Machine
from outfeed.simulator.memory import Kept, Memory
from outfeed.simulator.printables import Gathering, layers_in
from unit.printer_helpers import JOB, TOKEN, a_plan, a_printing_machine


def an_archive(*names: str) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name in names:
            entry = tarfile.TarInfo(name)
            entry.size = 3
            archive.addfile(entry, io.BytesIO(b"abc"))
    return out.getvalue()


def test_the_layers_of_an_archive_are_its_images() -> None:
    assert 3 == layers_in(an_archive("slice_1.png", "slice_2.PNG", "a/slice_3.png", "settings.json"))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"G1 X0 Y0\n",
        b"\x1f\x8b",
        gzip.compress(b"no archive", mtime=0),
        gzip.compress(b"\xff" * 2048, mtime=0),
        an_archive("slice_1.png")[:-20],
        an_archive("readme.txt"),
    ],
)
def test_what_is_no_archive_of_images_has_no_layers(content: bytes) -> None:
    assert None is layers_in(content)


def test_a_download_is_counted_and_hashed_whole() -> None:
    gathering, content = Gathering(), an_archive("1.png")
    for start in range(0, len(content), 7):
        gathering.add(content[start : start + 7])
    found = gathering.printable()

    assert (len(content), 1) == (found.size, found.layers)
    assert found.sha256 == hashlib.sha256(content).hexdigest()


def test_a_body_becomes_the_fields_that_the_vendors_simulator_sends() -> None:
    body = {"progress": 0.5, "error_message": None, "done": True, "data": {"layer": 3, "job": {"id": "x"}}}

    assert [("progress", "0.5"), ("done", "true"), ("data[layer]", "3"), ("data[job][id]", "x")] == list(
        form_fields(body)
    )


def test_what_a_printer_knows_outlives_it(tmp_path: Path) -> None:
    machine = a_printing_machine()
    Memory(tmp_path / "printer").keep(machine)

    kept = Memory(tmp_path / "printer").kept

    assert Kept(token=TOKEN, executed=(JOB,), interrupted=JOB) == kept
    assert 0o600 == (tmp_path / "printer").stat().st_mode & 0o777


def test_a_printer_without_a_file_knows_nothing(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "printer")
    memory.keep(Machine(a_plan()))

    assert Kept() == memory.kept
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"token": null, "executed": 3, "interrupted": null}'])
def test_a_file_that_holds_something_else_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "printer").write_text(text)

    with pytest.raises(ValueError, match="no state of a simulated printer"):
        Memory(tmp_path / "printer")
