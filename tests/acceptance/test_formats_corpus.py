"""The small files of the shared data, in process: other libraries judge what is read and what is written.

All files, in every format and over HTTP: `acceptance/test_corpus.py`.
"""

from typing import Final

import numpy as np
import pytest

from outfeed.errors import SourceError
from outfeed.mesh.facts import bounds, volume
from outfeed.mesh.formats.registry import WRITERS
from outfeed.mesh.units import Unit
from unit import judges
from unit.corpus import NOT_FINITE, hostile, imported, needs_data, rows, stated_triangles
from unit.decisions import BOUNDED, DECISIONS
from unit.mesh_helpers import DATA, written

pytestmark = needs_data

#: Larger files are in the acceptance tests, with all that is done here.
SMALL_BYTES: Final = 12_000


def small(*states: str) -> list[tuple[str, str]]:
    """Return path and facts of the small files in these states."""
    found = [row for state in states for row in rows(state) if row[0] != NOT_FINITE]
    return [(path, facts) for path, facts in found if (DATA / path).stat().st_size <= SMALL_BYTES]


def outcome(path: str) -> int | str:
    """Return the stored triangles, or the code of the refusal."""
    try:
        return imported(path).stored_triangles
    except SourceError as error:
        return error.code


@pytest.mark.parametrize(("path", "facts"), small("good", "odd", "broken"))
def test_each_file_has_the_triangles_that_are_stated_or_those_that_we_decided_on(path: str, facts: str) -> None:
    expected = DECISIONS[path][0] if path in DECISIONS else stated_triangles(facts)

    assert expected == outcome(path)


def test_a_decision_is_only_taken_where_it_is_needed_and_has_its_reason() -> None:
    known = {path: facts for state in ("good", "odd", "broken") for path, facts in rows(state)}
    undecided = {path for state in ("odd", "broken") for path, _ in rows(state)} - set(DECISIONS)

    assert set() == undecided
    assert set() == set(DECISIONS) - set(known)
    assert all(len(reason) > 15 for _, reason in DECISIONS.values())


@pytest.mark.parametrize("path", [path for path, _ in small("good") if judges.source_judge(path)])
def test_each_good_file_is_read_as_another_library_sees_it(path: str) -> None:
    assert [] == judges.source_complaints(path, imported(path).mesh)


@pytest.mark.parametrize("path", [path for path, _ in small("good", "odd")])
def test_each_file_is_seen_by_another_library_as_it_was_in_each_format(path: str) -> None:
    """Where the corners are, their colours and texture coordinates, the volume."""
    mesh = imported(path).mesh

    seen = {form: judges.judged(written(mesh, form), form) for form in WRITERS}

    wrong = {form: [*judges.complaints(mesh, what, form), *what.warnings] for form, what in seen.items()}
    assert {form: [] for form in WRITERS} == wrong


@pytest.mark.parametrize(("path", "facts"), small("good", "odd"))
def test_what_a_file_has_and_the_mesh_has_not_is_said_once_and_in_a_sentence(path: str, facts: str) -> None:
    said = [(loss["what"], loss["why"]) for loss in (loss.json() for loss in imported(path).lost)]

    assert len(said) == len(set(said)), facts
    assert [] == [why for _, why in said if not why.endswith(".") or len(why) > 200]


def test_the_vendors_own_numbers() -> None:
    """From the acceptance suite of the original service: vertices, triangles, texture coordinates."""
    chimney, hud = imported("stl/sparkpm-Chimney.stl").mesh, imported("obj/sparkpm-HudTest.obj").mesh

    assert (49, 94, False) == (len(chimney.vertices), len(chimney.faces), chimney.has_uvs)
    assert (4, 2, True) == (len(hud.vertices), len(hud.faces), hud.has_uvs)


@pytest.mark.parametrize(("path", "facts"), [row for row in rows("good") if "extents" in row[1]])
def test_each_good_file_has_the_extents_that_were_measured(path: str, facts: str) -> None:
    low, high = bounds(imported(path).mesh)

    stated = [float(word) for word in facts.split("extents ")[1].split(";", maxsplit=1)[0].split(" x ")]
    # Four decimals, three from 100 on, rounded from float32.
    assert [0, 0, 0] == [int(abs(a - b) / (6e-5 if a < 100 else 6e-4)) for a, b in zip(stated, high - low, strict=True)]


@pytest.mark.parametrize("path", hostile("ok"))
def test_hostile_files_that_are_fine_give_their_cube(path: str) -> None:
    mesh = imported(f"hostile/{path}").mesh

    if path.startswith("x3d"):
        assert (3, 1) == (len(mesh.vertices), len(mesh.faces))
        return
    sides = (bounds(mesh)[1] - bounds(mesh)[0]) * mesh.unit.to(Unit.MILLIMETRE)
    assert (8, 12) == (len(mesh.vertices), len(mesh.faces))
    assert float(np.prod(sides)) == pytest.approx(volume(mesh) * mesh.unit.to(Unit.MILLIMETRE) ** 3)


@pytest.mark.parametrize("path", hostile("reject"))
def test_hostile_files_are_refused_with_a_reason(path: str) -> None:
    with pytest.raises(SourceError) as caught:
        imported(f"hostile/{path}")

    assert caught.value.code not in {"source_refused", "target_too_small"}
    assert len(str(caught.value)) > 20


@pytest.mark.parametrize("path", hostile("bounded"))
def test_files_that_may_go_either_way_go_the_way_we_chose(path: str) -> None:
    try:
        found: int | str = len(imported(f"hostile/{path}").mesh.faces)
    except SourceError as error:
        found = error.code

    assert BOUNDED[path][0] == found
