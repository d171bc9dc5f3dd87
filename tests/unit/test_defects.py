"""The injected defects, on a smaller mesh: an analysis finds exactly as many as there are, and nothing else."""

import runpy
from pathlib import Path
from typing import Any

import pytest

SCRIPT: dict[str, Any] = runpy.run_path(str(Path(__file__).parents[2] / "bench" / "defects.py"))
SMALL = list(SCRIPT["defects"](around=64, along=48))


@pytest.mark.parametrize("defect", SMALL, ids=[defect.name for defect in SMALL])
def test_an_analysis_finds_exactly_what_was_injected(defect: Any) -> None:
    expected = f"refused, {defect.refused.code}" if defect.refused else str(defect.injected)

    assert expected == SCRIPT["found"](defect)


def test_a_wrong_count_is_seen() -> None:
    """The table would say so, and the script would fail."""
    holes = next(defect for defect in SMALL if defect.name == "holes")
    clean = next(defect for defect in SMALL if defect.name == "clean")
    swapped = SCRIPT["replace"](holes, tables=clean.tables)

    assert not SCRIPT["is_right"](swapped, SCRIPT["found"](swapped))


def test_the_mesh_has_as_many_triangles_as_the_table_of_repairs_says() -> None:
    assert 268_686 == 2 * SCRIPT["AROUND"] * SCRIPT["ALONG"]
