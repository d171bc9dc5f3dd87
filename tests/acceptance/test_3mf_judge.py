"""The reference library of the 3MF consortium reads every 3MF that we write, in strict mode and without a warning."""

import pytest

from acceptance.written_meshes import meshes
from unit import judges
from unit.corpus import needs_data
from unit.mesh_helpers import written

pytestmark = needs_data


@pytest.mark.parametrize("part", range(4))
def test_every_3mf_is_read_without_a_warning_and_as_it_was(part: int) -> None:
    """Of all good and odd files of the shared data, and of made meshes with colours, textures and opacity."""
    wrong: list[str] = []
    for name, mesh in list(meshes())[part::4]:
        seen = judges.by_lib3mf(written(mesh, "3mf"))
        wrong += [f"{name}: {what}" for what in [*seen.warnings, *judges.complaints(mesh, seen, "3mf")]]

    assert [] == wrong
