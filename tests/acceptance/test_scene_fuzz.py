"""Damaged files as scenes: refused with a reason, or read as the mesh reader reads them."""

import pytest

from outfeed.errors import SourceError
from outfeed.mesh.formats.registry import read_source
from outfeed.mesh.formats.source import SourceFile
from outfeed.mesh.reporting import silent
from outfeed.mesh.units import Unit
from outfeed.scene.flatten import as_mesh
from outfeed.scene.model import check
from outfeed.scene.registry import SCENE_READERS
from unit.fuzzing import LIMITS, mutant
from unit.seeds import companion

#: Damaged files of each format.
COUNT = 150


def of_mesh(form: str, data: bytes) -> int | None:
    """Return how many triangles the mesh reader sees, None where it refuses."""
    source = SourceFile(content=data, companion=companion)
    try:
        return len(read_source(source, format=form, unitless=Unit.MILLIMETRE, limits=LIMITS).mesh.faces)
    except SourceError:
        return None


def of_scene(form: str, data: bytes) -> int | None:
    """Return how many triangles a scene and the mesh that it becomes show, None where it is refused."""
    source = SourceFile(content=data, companion=companion)
    read = SCENE_READERS[form].read
    try:
        scene = check(read(source, unitless=Unit.MILLIMETRE, limits=LIMITS, processes=1, report=silent))
        whole = as_mesh(scene)
    except SourceError as error:
        if type(error) is SourceError:
            raise
        return None
    assert scene.num_triangles == len(whole.faces)
    return len(whole.faces)


@pytest.mark.parametrize("form", ["glb", "gltf", "obj", "zip"])
def test_a_damaged_file_gives_as_many_triangles_as_its_mesh_or_none(form: str) -> None:
    """Nothing but refusals is raised, and both readers refuse the same files."""
    data = [mutant(form, number) for number in range(COUNT)]

    assert [of_mesh(form, one) for one in data] == [of_scene(form, one) for one in data]
