"""Real, broken and hostile IFC files: judged by the library's plain kernel and utilities, and read in the sandbox."""

import csv
import random
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, Final

import ifcopenshell
import ifcopenshell.geom
import ifcopenshell.util.element
import numpy as np
import pytest

from acceptance.children import MIB, a_folder, run
from outfeed.errors import SourceEmpty, SourceError
from outfeed.jobs.sandbox import Limits, Outcome, Sandbox
from outfeed.mesh.formats.source import ReadLimits
from outfeed.mesh.units import Unit
from outfeed.scene.model import Scene
from outfeed.scene.registry import read_scene
from unit.mesh_helpers import DATA

LIMITS: Final = Limits(wall_s=120.0, memory_bytes=2048 * MIB, output_bytes=256 * MIB)
WITH_PROCESSES: Final = Limits(wall_s=120.0, memory_bytes=2048 * MIB, output_bytes=256 * MIB, processes=True)

#: Whose shapes are not shown: `docs/reference/ifc.md`.
HIDDEN: Final = ("IfcFeatureElementSubtraction", "IfcSpace", "IfcVirtualElement")

#: A plate whose surface is closed as we have it; the plain kernel leaves 6 of its 20 triangles out.
OPEN_IN_THE_PLAIN_KERNEL: Final = "3FFzjDwffeIeDCv3vF4TGX"


def files(*states: str) -> list[str]:
    """Return the IFC files in some states."""
    return [row["path"] for row in table("FILES.tsv") if row["format"] == "ifc" and row["state"] in states]


def hostile() -> list[tuple[str, str]]:
    """Return the hostile IFC files with their verdicts."""
    rows = table("hostile/INDEX.tsv")
    return [(row["path"], row["expect"]) for row in rows if row["path"].startswith("ifc/")]


def table(name: str) -> Iterator[dict[str, str]]:
    """Yield the rows of a list of the data."""
    if (DATA / name).is_file():
        with (DATA / name).open(encoding="utf-8", newline="") as file:
            yield from csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)


@cache
def scene_of(path: str) -> Scene | None:
    """Return the scene of a file, None where it holds no triangles."""
    try:
        return read_scene(DATA / path, format="ifc", unitless=Unit.METRE, limits=ReadLimits())
    except SourceEmpty:
        return None


@cache
def plain(path: str, folder: Path) -> Any:
    """Open a file with the library alone."""
    file = DATA / path
    if path.endswith(".ifczip"):
        with zipfile.ZipFile(file) as archive:
            (name,) = archive.namelist()
            file = Path(archive.extract(name, folder))
    return ifcopenshell.open(file, format=".ifc")


def surfaces(model: Any) -> dict[str, tuple[float, list[list[float]]]]:
    """Return area and box of each product that is shown, in metres, as the plain kernel makes them."""
    settings: Any = ifcopenshell.geom.settings()  # type: ignore[no-untyped-call]  # the library has no types here
    settings.set("use-world-coords", True)  # noqa: FBT003 the library's own form
    found = {}
    for shape in ifcopenshell.geom.iterator(settings, model):
        one: Any = shape
        faces = np.array(one.geometry.faces).reshape(-1, 3)
        if len(faces) and not any(model.by_id(one.id).is_a(kind) for kind in HIDDEN):
            found[one.guid] = measured(np.array(one.geometry.verts).reshape(-1, 3)[faces])
    return found


def measured(corners: Any) -> tuple[float, list[list[float]]]:
    """Return the area and the box of triangles (n, 3, 3)."""
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1).sum() / 2
    return float(area), [corners.min(axis=(0, 1)).tolist(), corners.max(axis=(0, 1)).tolist()]


def shown(scene: Scene) -> dict[str, tuple[float, list[list[float]]]]:
    """Return area and box of each element with a shape."""
    found = {}
    for element in scene.elements:
        corners = [
            (shape.vertices @ part.transform[:3, :3].T + part.transform[:3, 3])[shape.faces]
            for part in element.parts
            for shape in (scene.shapes[part.shape],)
            if part.transform is not None
        ]
        if corners:
            found[element.id] = measured(np.concatenate(corners))
    return found


@pytest.mark.parametrize("path", files("good"))
def test_what_is_shown_is_what_the_plain_kernel_shows(path: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The same products, each with the same surface and box up to how round a circle is."""
    scene = scene_of(path)
    expected = surfaces(plain(path, tmp_path_factory.getbasetemp()))

    actual = {} if scene is None else shown(scene)

    assert expected.keys() == actual.keys()
    for guid, (area, box) in expected.items():
        assert guid == OPEN_IN_THE_PLAIN_KERNEL or pytest.approx(area, rel=0.02) == actual[guid][0]
        size = float(np.ptp(box, axis=0).max())
        assert np.allclose(box, actual[guid][1], rtol=0, atol=0.02 * size)


@pytest.mark.parametrize("path", files("good"))
def test_properties_are_those_of_the_library(path: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """For a hundred elements by chance: sets, quantities, type and materials."""
    scene = scene_of(path)
    if scene is None:
        pytest.skip("It holds no triangles.")
    model = plain(path, tmp_path_factory.getbasetemp())
    elements = random.Random(path).sample(scene.elements, min(100, len(scene.elements)))  # noqa: S311 no secret
    for element in elements:
        item = model.by_guid(element.id)

        assert element.class_name == item.is_a()
        assert element.name == (item.Name or "")
        sets = {name: said for name, said in element.properties.items() if "." in name and not name.startswith("Ifc")}
        assert sets == flat(ifcopenshell.util.element.get_psets(item))
        kind = ifcopenshell.util.element.get_type(item)
        assert element.properties.get("Type") == (kind.Name if kind is not None else None)
        names = {one.Name for one in ifcopenshell.util.element.get_materials(item)}
        assert set(filter(None, str(element.properties.get("Material", "")).split(", "))) == split(names)


def split(names: set[str]) -> set[str]:
    """Return what is between the commas of names."""
    return {part for name in names for part in (name or "").split(", ") if part}


def flat(sets: dict[str, Any]) -> dict[str, Any]:
    """Return what `get_psets` says, as we name it. It mixes up sets without a name, so they are not compared."""
    found: dict[str, Any] = {}
    for name, said in sets.items():
        for key, one in said.items() if name is not None else ():
            if isinstance(one, dict):
                found |= flat({f"{name}.{key}": one["properties"]})
            elif key != "id" and one is not None:
                found[f"{name}.{key}"] = ", ".join(map(str, one)) if isinstance(one, list | tuple) else one
    return found


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(preload=["numpy", "acceptance.reading_scenes"]) as running:
        yield running


def converted(sandbox: Sandbox, path: str, folder: Path, *, processes: int) -> Outcome:
    """Read a file in a child."""
    place = a_folder(folder, f"work{processes}")
    (place / "in" / "source").write_bytes((DATA / path).read_bytes())
    limits = WITH_PROCESSES if processes > 1 else LIMITS
    return run(sandbox, "reading_scenes:convert", place, limits=limits, format="ifc", processes=processes)


@pytest.mark.parametrize("path", ["ifc/assimp-AC14-FZK-Haus.ifc", "ifc/bscommunity-ROOT-Vebo.ifczip"])
def test_the_sandbox_allows_one_process_and_several(sandbox: Sandbox, tmp_path: Path, path: str) -> None:
    """The scene does not tell how many there were."""
    facts = [converted(sandbox, path, tmp_path, processes=count).facts for count in (1, 2, 3)]

    assert facts[0] == facts[1] == facts[2]
    assert facts[0]["triangles"] > 0


@pytest.mark.parametrize("path", files("broken"))
def test_a_broken_file_is_read_or_refused(sandbox: Sandbox, tmp_path: Path, path: str) -> None:
    """With an error that is about the file, or with triangles: any other error fails the test."""
    triangles = 1
    with suppress(SourceError):
        triangles = converted(sandbox, path, tmp_path, processes=2).facts["triangles"]

    assert triangles > 0


@pytest.mark.parametrize(("path", "verdict"), hostile())
@pytest.mark.parametrize("processes", [1, 2])
def test_a_hostile_file_ends_as_it_should(
    sandbox: Sandbox, tmp_path: Path, path: str, verdict: str, processes: int
) -> None:
    """`ok` is read, `reject` is refused, `bounded` is either: never a crash, never a time-out."""
    refused = False
    try:
        converted(sandbox, f"hostile/{path}", tmp_path, processes=processes)
    except SourceError:
        refused = True

    assert verdict in ({"reject", "bounded"} if refused else {"ok", "bounded"})
