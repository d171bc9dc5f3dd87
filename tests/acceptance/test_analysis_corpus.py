"""An analysis of every good mesh file of the shared data, beside trimesh, manifold3d and lib3mf."""

import pytest

from outfeed.mesh.analyze import analyze
from unit.corpus import good_and_odd, imported, needs_data
from unit.judges_of_surfaces import complaints


@needs_data
@pytest.mark.parametrize("path", good_and_odd())
def test_every_file_is_what_other_libraries_say_that_it_is(path: str) -> None:
    mesh = imported(path).mesh

    assert [] == complaints(mesh, analyze(mesh))
