"""`outfeed export --to pdf`: what it writes, prints and refuses."""

import json
from pathlib import Path

import pikepdf
import pytest

from outfeed.cli.export import main
from outfeed.scene.samples import write_house
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


@pytest.mark.slow
def test_a_building_becomes_plans_and_sections_as_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    house = write_house(tmp_path / "house.ifc")
    options = ["--sections", "--scale", "100", "--paper", "a3", "--json"]

    code = main([str(house), "--to", "pdf", *options])

    sheets = json.loads(capsys.readouterr().out)["sheets"]
    assert (0, {(1190.55, 841.89)}) == (
        code,
        {(round(sheet["width_pt"], 2), round(sheet["height_pt"], 2)) for sheet in sheets},
    )
    assert 2 == sum("Section" in f"{sheet['name']} {sheet['title']}" for sheet in sheets)


def test_paper_and_scale_are_ones_that_there_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "set.pdf"
    source.write_bytes(a_pdf(["ground floor"]))

    codes = [main([str(source), "--to", "pdf", *wrong]) for wrong in (["--paper", "letter"], ["--scale", "0"])]

    assert [2, 2] == codes
    assert "A4" in capsys.readouterr().err
