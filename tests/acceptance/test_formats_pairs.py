"""From each format that is written to each other: what both hold survives, what one does not hold is said."""

import io
from dataclasses import replace

import numpy as np
import pytest

from outfeed.mesh.build import build
from outfeed.mesh.facts import bounds, volume
from outfeed.mesh.formats.registry import READERS, WRITERS, write_mesh
from outfeed.mesh.model import Mesh
from outfeed.mesh.traits import Trait
from outfeed.mesh.units import Unit
from unit.comparing import HALF_STEP, corner_positions, differences, sameness
from unit.mesh_helpers import Kind, a_cube, a_mesh, every_kind, read_back, written

DOORS = (Unit.MILLIMETRE, Unit.CENTIMETRE)
KINDS = [kind for kind in every_kind() if not kind.far]


def ordered(again: Mesh, rows: list[int]) -> Mesh:
    """Return the mesh with its faces in another order."""
    return build(
        replace(
            again,
            faces=again.faces[rows],
            uv_faces=None if again.uv_faces is None else again.uv_faces[rows],
            color_faces=None if again.color_faces is None else again.color_faces[rows],
            material_faces=None if again.material_faces is None else again.material_faces[rows],
        )
    )


def distinct(mesh: Mesh) -> Mesh:
    """Return the mesh without its faces at a place where there is one already, so that places tell faces apart."""
    corners = corner_positions(mesh).reshape(len(mesh.faces), -1)
    _, first = np.unique(corners, axis=0, return_index=True)
    return ordered(mesh, sorted(first.tolist()))


@pytest.mark.parametrize("form", WRITERS)
@pytest.mark.parametrize("part", range(4))
def test_what_a_format_does_not_keep_of_a_mesh_is_what_it_says(form: str, part: int) -> None:
    """In both directions: nothing is lost in silence, and nothing is said to be lost that is there."""
    for number, kind in list(enumerate(KINDS))[part::4]:
        mesh = distinct(a_mesh(number, kind))
        out = io.BytesIO()
        told = {loss.what for loss in write_mesh(mesh, out, format=form, unitless=mesh.unit)}

        again = read_back(out.getvalue(), form, unit=mesh.unit).mesh
        rows = sameness(mesh, again)

        assert sorted(rows.tolist()) == list(range(len(again.faces))), (form, str(kind))
        lost = set(differences(mesh, ordered(again, rows)))
        assert lost - {Trait.DOUBLES} == seen(told, mesh), (form, str(kind))


def seen(told: set[Trait], mesh: Mesh) -> set[Trait]:
    """Return what can be seen to be lost of what is told: a white colour and a name of nothing cannot."""
    whole = mesh.materials and mesh.material_faces is not None
    return {trait for trait in told if trait is not Trait.DOUBLES and (whole or trait is not Trait.MATERIALS)}


@pytest.mark.parametrize("form", WRITERS)
def test_formats_of_seven_digits_round_and_say_so_and_the_others_do_not(form: str) -> None:
    for seed in range(30):
        mesh = a_mesh(seed, Kind(double=seed % 2 == 0))
        out = io.BytesIO()
        told = {loss.what for loss in write_mesh(mesh, out, format=form, unitless=mesh.unit)}

        far = np.abs(corner_positions(read_back(out.getvalue(), form, unit=mesh.unit).mesh) - corner_positions(mesh))
        size = float(np.abs(corner_positions(mesh)).max())
        exact = Trait.DOUBLES in WRITERS[form].holds
        assert far.max() <= (0.0 if exact and mesh.vertices.dtype == np.float64 else 4 * HALF_STEP * size)
        assert (Trait.DOUBLES in told) <= (not exact)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("target", WRITERS)
@pytest.mark.parametrize("source", WRITERS)
def test_a_cube_of_ten_millimetres_stays_one_through_every_pair_at_both_doors(
    source: str, target: str, door: Unit
) -> None:
    cube = a_cube(10, dtype=np.float32 if source == "stl_binary" else np.float64)

    first = read_back(written(cube, source, unit=door), source, unit=door).mesh
    again = read_back(written(first, target, unit=door), target, unit=door).mesh

    factor = again.unit.to(Unit.MILLIMETRE)
    low, high = (side * factor for side in bounds(again))
    assert [0, 0, 0, 10, 10, 10] == pytest.approx([*low, *high], rel=2.0**-22, abs=1e-9)
    assert 1000 == pytest.approx(volume(again) * factor**3, rel=1e-6)
    assert (8, 12) == (len(again.vertices), len(again.faces))


@pytest.mark.parametrize("form", WRITERS)
def test_a_format_with_a_unit_keeps_it_and_one_without_is_in_that_of_the_door(form: str) -> None:
    for unit in Unit:
        back = read_back(written(a_cube(10, unit=unit), form, unit=Unit.CENTIMETRE), form, unit=Unit.CENTIMETRE).mesh
        metres = bounds(back)[1][0] * back.unit.metres

        assert 10 * unit.metres == pytest.approx(metres, rel=1e-6)
        own = Trait.UNIT in READERS[WRITERS[form].reader].holds
        assert own or back.unit is Unit.CENTIMETRE


@pytest.mark.parametrize("target", ["stl_ascii", "stl_binary"])
@pytest.mark.parametrize("source", ["stl_ascii", "stl_binary"])
@pytest.mark.parametrize("door", Unit)
def test_stl_to_stl_never_changes_a_number(source: str, target: str, door: Unit) -> None:
    mesh = a_mesh(7, Kind(double=False, far=True))
    first = read_back(written(mesh, source, unit=mesh.unit), source, unit=door).mesh

    again = read_back(written(first, target, unit=door), target, unit=door).mesh

    assert np.array_equal(mesh.vertices[mesh.faces], again.vertices.astype(np.float32)[again.faces])
    assert door is again.unit
