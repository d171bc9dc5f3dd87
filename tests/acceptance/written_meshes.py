"""What the judges of single formats look at: every file of the shared data that gives a mesh, and made ones."""

from collections.abc import Iterator
from dataclasses import replace

from outfeed.mesh.model import Mesh
from unit.corpus import good_and_odd, imported
from unit.mesh_helpers import a_mesh, every_kind


def meshes() -> Iterator[tuple[str, Mesh]]:
    """Yield a name and a mesh: all that a mesh can have in every combination, in every unit, and the real ones."""
    for number, kind in enumerate(every_kind()):
        units = list(type(kind.unit))
        kind = replace(kind, unit=units[number % len(units)])  # noqa: PLW2901 the same but for its unit
        yield f"{number}-{kind}", a_mesh(number, kind)
    for path in good_and_odd():
        yield path, imported(path).mesh
