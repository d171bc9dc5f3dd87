"""The shared data: which files there are, and what its lists say of them."""

import csv
import re
from collections.abc import Iterator
from typing import Final

import pytest

from outfeed.mesh.formats.reading import Reading
from outfeed.mesh.formats.registry import READERS, read_mesh, reader_for
from outfeed.mesh.formats.source import ReadLimits, beside, nothing
from outfeed.mesh.units import Unit
from unit.mesh_helpers import DATA

#: Mesh formats by their folder in the data.
FOLDERS: Final = ("3mf", "amf", "dae", "glb", "gltf", "obj", "off", "ply", "stl", "x3d")

needs_data = pytest.mark.skipif(
    not (DATA / "FILES.tsv").is_file(), reason=f"no test data at {DATA.name}: set OUTFEED_TEST_DATA"
)


def rows(state: str) -> list[tuple[str, str]]:
    """Return path and facts of the files in a state, of the formats that are read."""
    return [
        (row["path"], row["facts"])
        for row in _table("FILES.tsv")
        if row["format"] in FOLDERS and row["state"] == state and reader_for(row["path"])
    ]


def hostile(verdict: str) -> list[str]:
    """Return the hostile files with a verdict, of the formats that are read."""
    table = _table("hostile/INDEX.tsv")
    return [
        row["path"]
        for row in table
        if row["expect"] == verdict and row["path"].partition("/")[0] in FOLDERS and reader_for(row["path"])
    ]


def _table(name: str) -> Iterator[dict[str, str]]:
    if not (DATA / name).is_file():
        return
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)


#: Called good by the list and refused by us, as the design says: it has infinite coordinates.
NOT_FINITE: Final = "glb/assimp-BoxWithInfinites.glb"


def good_and_odd(*, most_bytes: int = 1 << 40) -> list[str]:
    """Return the files of at most a size that give a mesh."""
    paths = [path for state in ("good", "odd") for path, _ in rows(state) if path != NOT_FINITE]
    return [path for path in paths if (DATA / path).stat().st_size <= most_bytes]


def imported(path: str, *, unit: Unit = Unit.MILLIMETRE, alone: bool = False) -> Reading:
    """Read a file of the data, with what lies beside it or alone."""
    limits = ReadLimits()
    companion = nothing if alone else beside(DATA / path, limits)
    form = reader_for(path)
    assert form in READERS
    return read_mesh(DATA / path, format=form, unitless=unit, limits=limits, companion=companion)


def stated_triangles(facts: str) -> int:
    """Return the stored triangles that the facts state: the one number, or what most libraries saw."""
    found = re.search(r"(\d+) triangles", facts) or re.search(r"trimesh (\d+)", facts)
    assert found is not None
    return int(found[1])
