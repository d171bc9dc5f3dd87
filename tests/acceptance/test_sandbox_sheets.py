"""Drawings are read in children, some by a program that these start."""

from collections.abc import Iterator
from pathlib import Path

import pikepdf
import pytest

from acceptance.children import HELPERS, LIMITS, a_folder, run
from outfeed import errors
from outfeed.jobs.sandbox import Limits, Sandbox
from outfeed.sheets.registry import MODULES
from unit.corpus import needs_data
from unit.mesh_helpers import DATA


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    wanted = [name for name in MODULES if name.endswith((".svg", ".images"))]
    with Sandbox(preload=[*wanted, "acceptance.reading_sheets"]) as running:
        yield running


@needs_data
@pytest.mark.parametrize(("limits", "by"), [(HELPERS, "rsvg"), (LIMITS, "library")])
def test_svg_is_drawn_with_and_without_the_right_to_start_a_program(
    sandbox: Sandbox, tmp_path: Path, limits: Limits, by: str
) -> None:
    folder = a_folder(tmp_path, by)
    (folder / "in" / "source").write_bytes((DATA / "svg" / "qpdf-qpdf.svg").read_bytes())
    outcome = run(sandbox, "reading_sheets:convert", folder, limits=limits, format="svg")

    assert [{"name": "Page 1", "title": "", "width_pt": 128.0, "height_pt": 105.0}] == outcome.facts["sheets"]
    with pikepdf.open(outcome.outputs["sheets.pdf"]) as pdf:
        assert 1 == len(pdf.pages)


@needs_data
@pytest.mark.parametrize("path", sorted((DATA / "hostile" / "svg").glob("*.svg")), ids=lambda path: path.stem)
def test_hostile_svg_is_drawn_or_refused_with_a_reason(sandbox: Sandbox, tmp_path: Path, path: Path) -> None:
    folder = a_folder(tmp_path)
    (folder / "in" / "source").write_bytes(path.read_bytes())
    try:
        outcome = run(sandbox, "reading_sheets:convert", folder, limits=HELPERS, format="svg")
    except errors.SourceError:
        assert path.stem in {"billion_laughs", "path_numbers", "use_bomb", "use_self", "xxe_file"}
    else:
        assert 1 == len(outcome.facts["sheets"])


@needs_data
def test_a_picture_is_read_in_a_child(sandbox: Sandbox, tmp_path: Path) -> None:
    folder = a_folder(tmp_path)
    textures = sorted((DATA / "gltf").rglob("*.png")) + sorted((DATA / "gltf").rglob("*.jpg"))
    (folder / "in" / "source").write_bytes(textures[0].read_bytes())
    outcome = run(sandbox, "reading_sheets:convert", folder, limits=LIMITS, format="image")

    assert ["Page 1"] == [sheet["name"] for sheet in outcome.facts["sheets"]]
