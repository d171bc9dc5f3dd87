"""The Khronos validator finds nothing to say of any GLB that we write."""

import csv
from pathlib import Path
from typing import Final

import pytest

from acceptance.harness import DATA
from acceptance.node import need_npm_clients, run_node
from outfeed.mesh.formats.registry import read_mesh, write_mesh
from outfeed.mesh.formats.source import ReadLimits
from outfeed.mesh.units import Unit

LIST: Final = DATA / "FILES.tsv"


def good_files() -> list[Path]:
    """Return the STL and OBJ files that must convert."""
    with LIST.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    return [DATA / row["path"] for row in rows if row["format"] in {"stl", "obj"} and row["state"] == "good"]


def write_glb(source: Path, target: Path) -> int:
    """Convert a file and return its number of triangles."""
    mesh = read_mesh(source, format=source.suffix[1:].lower(), unitless=Unit.CENTIMETRE, limits=ReadLimits()).mesh
    with target.open("wb") as out:
        write_mesh(mesh, out, format="glb", unitless=Unit.CENTIMETRE)
    return len(mesh.faces)


@pytest.mark.skipif(not LIST.exists(), reason="the shared test data is not beside the checkout")
def test_every_glb_is_valid(tmp_path: Path) -> None:
    need_npm_clients()
    triangles = {
        f"{number}.glb": write_glb(source, tmp_path / f"{number}.glb") for number, source in enumerate(good_files())
    }

    told = run_node("gltf_validator.cjs", str(tmp_path))

    assert len(triangles) >= 30
    assert {
        name: {"errors": 0, "warnings": 0, "messages": [], "triangles": count} for name, count in triangles.items()
    } == told
