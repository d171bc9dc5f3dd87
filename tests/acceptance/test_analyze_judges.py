"""An analysis beside what trimesh, manifold3d and lib3mf say of the same surface."""

from typing import Any

import pytest

from outfeed.mesh.analyze import analyze
from outfeed.mesh.build import build
from unit.corpus import good_and_odd, imported, needs_data
from unit.judges_of_surfaces import complaints
from unit.test_defects import SMALL

#: Larger files are in the acceptance tests.
SMALL_BYTES = 12_000


@needs_data
@pytest.mark.parametrize("path", good_and_odd(most_bytes=SMALL_BYTES))
def test_every_file_is_what_other_libraries_say_that_it_is(path: str) -> None:
    mesh = imported(path).mesh

    assert [] == complaints(mesh, analyze(mesh))


@pytest.mark.parametrize("defect", [defect for defect in SMALL if not defect.refused], ids=lambda defect: defect.name)
def test_other_libraries_see_the_same_defects(defect: Any) -> None:
    mesh = build(defect.tables)

    assert [] == complaints(mesh, analyze(mesh))
