"""The table of formats of drawings: what a file is told by, and what a missing package leads to."""

import sys
from pathlib import Path

import pytest

from outfeed.errors import FormatUnknown, ReaderMissing
from outfeed.sheets.model import SheetLimits
from outfeed.sheets.registry import SHEET_READERS, read_drawing, sheet_reader_for, sniffed
from unit.mesh_helpers import DATA


@pytest.mark.parametrize("folder", ["pdf", "dxf", "dwg", "svg"])
def test_the_first_bytes_of_every_drawing_tell_its_format(folder: str) -> None:
    told = {path.name: sniffed(path.read_bytes()[:65_536]) for path in sorted((DATA / folder).iterdir())}

    assert {folder} == set(told.values()), told


def test_what_is_no_drawing_is_told_as_none() -> None:
    kinds = ("stl", "obj", "ply", "3mf", "step", "glb", "ifc")
    models = [path for kind in kinds for path in DATA.glob(f"{kind}/*.{kind}")]

    assert [] == [path.name for path in models if sniffed(path.read_bytes()[:65_536])]
    assert len(models) > 100


def test_a_name_tells_a_format_in_any_case() -> None:
    assert ["pdf", "image", "dxf", None] == [sheet_reader_for(name) for name in ("A.PDF", "b.Jpeg", "c.dxf", "d.txt")]


def test_every_format_has_ends_of_its_own() -> None:
    ends = [end for reader in SHEET_READERS.values() for end in reader.extensions]

    assert len(ends) == len(set(ends))


def test_a_format_that_nothing_reads_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatUnknown):
        read_drawing(tmp_path / "a", tmp_path / "b", format="doc", limits=SheetLimits())


def test_a_missing_package_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ezdwg", None)
    monkeypatch.delitem(sys.modules, "outfeed.sheets.cad.dwg", raising=False)

    with pytest.raises(ReaderMissing, match=r"outfeed\[dwg\]"):
        read_drawing(tmp_path / "a", tmp_path / "b", format="dwg", limits=SheetLimits())
