"""`outfeed export --to pdf`: what it writes, prints and refuses."""

import json
from pathlib import Path

import pikepdf
import pytest

from outfeed.cli.export import main
from unit.drawing_site import a_pdf


def test_a_drawing_becomes_a_pdf_of_its_sheets(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "set.pdf"
    source.write_bytes(a_pdf(["ground floor", "first floor"], labels=["A-101", "A-102"]))
    (tmp_path / "out").mkdir()

    code = main([str(source), "--to", "pdf", "-o", str(tmp_path / "out"), "--json"])

    done = json.loads(capsys.readouterr().out)
    assert (0, ["A-101", "A-102"]) == (code, [sheet["name"] for sheet in done["sheets"]])
    with pikepdf.open(tmp_path / "out" / "set.pdf") as pdf:
        assert 2 == len(pdf.pages)


def test_what_is_no_drawing_is_refused_and_leaves_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "letter.txt"
    source.write_text("Dear Ann")

    code = main([str(source), "--to", "pdf"])

    assert (1, [source]) == (code, list(tmp_path.iterdir()))
    assert "Formats that are read as sheets: pdf" in capsys.readouterr().err


def test_options_of_meshes_are_not_for_drawings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "set.pdf"
    source.write_bytes(a_pdf(["ground floor"]))

    assert 2 == main([str(source), "--to", "pdf", "--reduce", "0.5"])
    assert "--reduce does not go with --to pdf" in capsys.readouterr().err
