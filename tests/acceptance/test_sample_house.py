"""The sample house, as other people's libraries see it."""

import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from outfeed.scene.samples import house, write_house

ifcopenshell = pytest.importorskip("ifcopenshell")
geom = pytest.importorskip("ifcopenshell.geom")


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the house."""
    return write_house(tmp_path_factory.mktemp("house") / "house.ifc")


@pytest.fixture(scope="module")
def model(path: Path) -> Any:
    """Return the house, opened by ifcopenshell."""
    return ifcopenshell.open(str(path))


def test_the_house_is_valid_ifc(path: Path) -> None:
    """By the schema and all of its rules."""
    command = [sys.executable, "-m", "ifcopenshell.validate", "--rules", "--json", str(path)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (0, "No validation issues found.") == (ran.returncode, ran.stdout.strip())


def test_the_house_has_what_a_house_has(model: Any) -> None:
    found = Counter(element.is_a() for element in model.by_type("IfcElement") if not element.is_a("IfcOpeningElement"))

    assert {"IfcWall": 12, "IfcWindow": 19, "IfcDoor": 1, "IfcSlab": 4, "IfcColumn": 2, "IfcRoof": 1} == found
    assert ["Ground floor", "Upper floor", "Attic"] == [one.Name for one in model.by_type("IfcBuildingStorey")]
    assert 2 == len(model.by_type("IfcRepresentationMap"))


def test_the_house_stands_upright_and_has_its_size(model: Any) -> None:
    """From the ground slab to the ridge, with the roof over the walls and the porch before them."""
    settings = geom.settings()
    settings.set("use-world-coords", True)  # noqa: FBT003 - the library's way
    shapes = list(geom.iterator(settings, model, 1, exclude=model.by_type("IfcOpeningElement")))
    points = np.concatenate([np.reshape(shape.geometry.verts, (-1, 3)) for shape in shapes])

    assert 39 == len(shapes)
    assert pytest.approx([-0.6, -1.4, -0.2]) == points.min(axis=0)
    assert pytest.approx([10.6, 8.6, 6.0 + 2.6 + 0.25]) == points.max(axis=0)


def test_the_house_is_the_same_each_time(tmp_path: Path) -> None:
    assert write_house(tmp_path / "house.ifc").read_text() == house()
