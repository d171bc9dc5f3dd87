"""The kernel that collapses edges equals its slow twin to the last bit, on surfaces and on soups."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from outfeed import _kernels
from outfeed.mesh.reduce import frame_of
from outfeed.mesh.samples import gear, terrain, torus
from unit import twins_simplify as twins
from unit.mesh_helpers import a_ball
from unit.properties import examples

Points = NDArray[np.float64]
Rows = NDArray[np.int32]

RULES = st.fixed_dictionaries(
    {
        "target": st.sampled_from([0, 4, 12, 30]),
        "most_error": st.sampled_from([math.inf, math.inf, 0.3, 0.02, 0.0, math.nan]),
        "lock_borders": st.booleans(),
        "keep_positions": st.booleans(),
    }
)
ANY: dict[str, Any] = {"target": 40, "most_error": math.inf, "lock_borders": False, "keep_positions": False}
SEEDS = st.integers(0, 2**32 - 1)
#: How many values wedges have; None for no wedges.
LOOKS = st.sampled_from([None, 0, 1, 2, 6])


def damaged(faces: Rows, kept: float, dice: np.random.Generator) -> Rows:
    """Return some of the faces, in any order from any corner; now and then one is doubled, or two vertices touch."""
    faces = faces[dice.permutation(len(faces))[: max(1, int(len(faces) * kept))]]
    faces = np.stack([np.roll(face, dice.integers(3)) for face in faces])
    if dice.random() < 0.2:
        faces = np.concatenate([faces, faces[:1], faces[:1, ::-1]])
    if dice.random() < 0.3:
        faces[faces == faces[0, 0]] = faces[-1, 0]
    return np.ascontiguousarray(faces, dtype=np.int32)


def looks_of(points: Points, faces: Rows, each: int | None, dice: np.random.Generator) -> dict[str, Any]:
    """Return wedges by chance: faces to the left, or any, have others than the rest, but not at all vertices."""
    if each is None:
        return {}
    patch = np.where(points[faces][:, :, 0].mean(axis=1) < dice.uniform(-0.6, 0.6), 0, 1)
    patch = np.where(dice.random(len(faces)) < dice.choice([0, 0.05]), 2, patch)
    if dice.random() < 0.4:
        patch = np.where(points[faces][:, :, 1].mean(axis=1) < 0, patch, 1)
    whole = dice.random(len(points)) < dice.choice([0, 0.3, 0.6])
    kinds, rows = np.unique(faces * 3 + np.where(whole[faces], 0, patch[:, None]), return_inverse=True)
    values = points[kinds // 3][:, np.arange(each) % 3] + (kinds % 3)[:, None] + dice.normal(0, 0.1, (len(kinds), each))
    classes = kinds % 3 * dice.choice([0, 1])
    wedges = rows.reshape(faces.shape).astype(np.int32)
    return {"wedges": wedges, "values": np.ascontiguousarray(values), "classes": classes.astype(np.int32)}


def assert_equals_twin(points: Points, faces: Rows, rules: dict[str, Any]) -> None:
    """Compare all arrays to the last bit, a zero's sign too."""
    made = _kernels.simplify(points, faces, **rules)
    expected = twins.simplify(points, faces, **rules)

    for one, other in zip(expected, made, strict=True):
        table = np.asarray(other)
        assert np.array(one, dtype=table.dtype).reshape(table.shape).tobytes() == table.tobytes()


@given(seed=SEEDS, rules=RULES, each=LOOKS, kept=st.sampled_from([1.0, 1.0, 0.9, 0.6]), locked=st.booleans())
@examples(120)
def test_property_it_equals_its_twin_on_open_surfaces(
    seed: int, rules: dict[str, Any], each: int | None, kept: float, *, locked: bool
) -> None:
    """Flat, so that all costs are the same, or rough; with holes, and with seams that end inside."""
    dice = np.random.default_rng(seed)
    mesh = terrain(cells=int(dice.integers(2, 7)))
    points = frame_of(mesh).points(mesh)
    points[:, 2] = np.round(dice.normal(0, dice.choice([0, 0.01, 0.3]), len(points)), 2)
    faces = damaged(mesh.faces, kept, dice)

    looks = looks_of(points, faces, each, dice)
    locks = (dice.random(len(points)) < 0.2).astype(np.uint8) if locked else None
    assert_equals_twin(points, faces, rules | looks | {"locked": locks})


@given(seed=SEEDS, rules=RULES, each=LOOKS, kind=st.sampled_from(["torus", "ball", "gear"]))
@example(
    seed=665600858, rules=ANY | {"target": 0, "lock_borders": True}, each=2, kind="ball"
)  # a stale side waits again
@examples(60)
def test_property_it_equals_its_twin_on_closed_surfaces(
    seed: int, rules: dict[str, Any], each: int | None, kind: str
) -> None:
    dice = np.random.default_rng(seed)
    mesh = {"torus": lambda: torus(around=8, along=5), "ball": lambda: a_ball(2), "gear": lambda: gear(teeth=3)}[kind]()
    points, faces = frame_of(mesh).points(mesh), damaged(mesh.faces, 1.0, dice)

    assert_equals_twin(points, faces, rules | looks_of(points, faces, each, dice))


@given(seed=SEEDS, rules=RULES, each=LOOKS, vertices=st.integers(1, 9), scale=st.sampled_from([1.0, 1e-4, 1e-80]))
@examples(150)
def test_property_it_equals_its_twin_on_soups(
    seed: int, rules: dict[str, Any], each: int | None, vertices: int, scale: float
) -> None:
    """Few places and few vertices: faces without area, doubled and collapsed, crowded edges, fans that touch."""
    dice = np.random.default_rng(seed)
    points = dice.integers(-2, 3, (vertices, 3)) / 2 * scale
    faces = dice.integers(0, vertices, (int(dice.integers(0, 20)), 3), dtype=np.int32)

    assert_equals_twin(points, faces, rules | looks_of(points, faces, each, dice))


@pytest.mark.parametrize("around", [60, 61, 64, 65])
@pytest.mark.parametrize("most_locked", [False, True])
def test_it_equals_its_twin_where_many_triangles_meet(around: int, *, most_locked: bool) -> None:
    """Two cones on one rim: a vertex that has more than 64 triangles takes no part, nor does one come to have more."""
    turn = np.arange(around)
    angle = turn * 2 * math.pi / around
    rim = np.stack([np.cos(angle), np.sin(angle), np.zeros(around)], axis=1)
    points = np.concatenate([rim, [[0, 0, 1], [0, 0, -1]]])
    points[0] = [1e-3, 0, 0.99]
    following = (turn + 1) % around
    upper = np.stack([turn, following, np.full(around, around)], axis=1)
    lower = np.stack([following, turn, np.full(around, around + 1)], axis=1)

    faces = np.concatenate([upper, lower]).astype(np.int32)
    locked = np.full(len(points), most_locked, dtype=np.uint8)
    locked[0] = 0
    assert_equals_twin(points, faces, ANY | {"target": 0, "locked": locked})


def test_a_value_that_is_the_same_everywhere_plays_no_part() -> None:
    """Not at the ends of a seam either, where two wedges pass into one."""
    mesh = terrain(cells=10)
    points, dice = frame_of(mesh).points(mesh), np.random.default_rng(1)
    slit = (points[:, 0] == 0) & (np.abs(points[:, 1]) < 0.5)
    left = points[mesh.faces][:, :, 0].mean(axis=1) < 0
    points[:, 2] = dice.normal(0, 0.1, len(points))
    kinds, rows = np.unique(mesh.faces * 2 + (slit[mesh.faces] & left[:, None]), return_inverse=True)
    looks: dict[str, Any] = {
        "wedges": rows.reshape(mesh.faces.shape).astype(np.int32),
        "classes": np.zeros(len(kinds), dtype=np.int32),
    }

    plain, valued = (
        _kernels.simplify(points, mesh.faces, **ANY, **looks, values=np.full((len(kinds), 1), value))
        for value in (0.0, 4.0)
    )

    assert slit.sum() == 5
    assert plain[3].tolist() == valued[3].tolist()
    assert plain[6] == pytest.approx(valued[6], rel=1e-6)
