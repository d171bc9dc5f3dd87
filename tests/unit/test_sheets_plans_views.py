"""How plans are cut and seen: rings, edges, and what hides what."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from outfeed.sheets.plans.cut import area_of, sections
from outfeed.sheets.plans.edges import edges_of
from outfeed.sheets.plans.hidden import Lines, depths_of, seen_of
from outfeed.sheets.plans.inside import point_inside
from outfeed.sheets.plans.sides import main_angle
from outfeed.sheets.plans.soup import Soup, below, welded
from unit.mesh_helpers import a_ball
from unit.plan_helpers import boxes


def seen(soup: Soup, level: float) -> Lines:
    """Return what is seen of some triangles from above, below a level."""
    low, high = soup.vertices[:, :2].min(axis=0), soup.vertices[:, :2].max(axis=0)
    return seen_of(edges_of(soup, level), depths_of(below(soup, level), np.array([low, high]), 0.01))


def lengths(lines: Lines, owner: int) -> float:
    ends = lines.ends[lines.owners == owner]
    return float(np.hypot(*(ends[:, 1] - ends[:, 0]).T).sum())


def test_a_stool_under_a_table_is_not_drawn() -> None:
    stool, table = ((0.4, 0.4, 0.0), (0.3, 0.3, 0.4)), ((0.0, 0.0, 0.7), (1.2, 1.2, 0.05))

    assert (0.0, True) == (lengths(seen(boxes(stool, table), 1.2), 0), lengths(seen(boxes(stool, table), 1.2), 1) > 4)


def test_a_stool_half_under_a_table_is_drawn_as_far_as_it_is_seen() -> None:
    stool, table = ((-0.3, 0.4, 0.0), (0.6, 0.4, 0.4)), ((0.0, 0.0, 0.7), (1.2, 1.2, 0.05))
    lines = seen(boxes(stool, table), 1.2)

    ends = lines.ends[lines.owners == 0]
    assert 0.0 == pytest.approx(float(ends[..., 0].max()), abs=0.02)


def test_what_is_above_the_cut_hides_nothing() -> None:
    stool, lamp = ((0.4, 0.4, 0.0), (0.3, 0.3, 0.4)), ((0.0, 0.0, 1.7), (1.2, 1.2, 0.05))

    assert (True, 0.0) == (lengths(seen(boxes(stool, lamp), 1.2), 0) > 1.1, lengths(seen(boxes(stool, lamp), 1.2), 1))


def test_steps_of_a_stair_are_all_drawn() -> None:
    steps = [((0.0, 0.3 * row, 0.0), (1.0, 0.3, 0.17 * (row + 1))) for row in range(5)]
    lines = seen(boxes(*steps), 1.2)

    noses = {round(float(y), 3) for y in lines.ends[np.ptp(lines.ends[..., 1], axis=1) < 1e-6][:, 0, 1]}
    assert {round(0.3 * row, 3) for row in range(6)} == noses


def test_a_cut_box_is_a_ring_around_its_area() -> None:
    (part,) = sections(boxes(((1.0, 2.0, 0.0), (2.0, 3.0, 4.0))), 1.0)

    assert (6.0, 4, 0) == (round(area_of(part.rings[0]), 9), len(part.rings[0]), len(part.lines))


def test_a_cut_through_a_plane_of_corners_is_closed() -> None:
    (part,) = sections(boxes(((0.0, 0.0, 0.0), (1.0, 1.0, 1.0)), ((0.0, 0.0, 1.0), (1.0, 1.0, 1.0))), 1.0)

    assert (0, 1.0, 0) == (part.owner, round(area_of(part.rings[0]), 9), len(part.lines))


def inside_out(soup: Soup) -> Soup:
    return Soup(vertices=soup.vertices, faces=soup.faces[:, ::-1], owners=soup.owners)


def one_face_turned(soup: Soup) -> Soup:
    faces = soup.faces.copy()
    faces[4] = faces[4, ::-1]
    return Soup(vertices=soup.vertices, faces=faces, owners=soup.owners)


def nearly_welded(soup: Soup) -> Soup:
    apart = soup.vertices[soup.faces].reshape(-1, 3) * (1 + 1e-15)
    apart[::2] *= 1 - 2e-15
    return Soup(vertices=apart, faces=np.arange(len(apart), dtype=np.int32).reshape(-1, 3), owners=soup.owners)


@pytest.mark.parametrize("spoil", [inside_out, one_face_turned, nearly_welded])
def test_surfaces_that_are_not_quite_right_are_cut_as_well(spoil: Callable[[Soup], Soup]) -> None:
    (part,) = sections(spoil(boxes(((1.0, 2.0, 0.0), (2.0, 3.0, 4.0)))), 1.0)

    assert (6.0, 0) == (round(abs(sum(map(area_of, part.rings))), 9), len(part.lines))


def test_an_open_surface_is_cut_to_a_line() -> None:
    box = boxes(((0.0, 0.0, 0.0), (1.0, 1.0, 1.0)))
    (part,) = sections(Soup(vertices=box.vertices, faces=box.faces[4:6], owners=box.owners[4:6]), 0.5)

    assert ((), [2]) == (part.rings, [len(line) for line in part.lines])


def test_a_ball_is_drawn_by_its_outline() -> None:
    ball = a_ball(5, size=1.0)
    soup = Soup(
        vertices=ball.vertices.astype(np.float64), faces=ball.faces, owners=np.zeros(len(ball.faces), dtype=np.int32)
    )

    assert 2 * math.pi == pytest.approx(lengths(seen(soup, 2.0), 0), rel=0.02)


def test_a_label_stands_inside_of_a_bent_room() -> None:
    ring = np.array([[0, 0], [10, 0], [10, 10], [8, 10], [8, 2], [0, 2]], dtype=np.float64)
    x, y = point_inside([ring])

    assert (True, True) == (8 < x < 10 or 0 < y < 2, min(x, y, 10 - x, 10 - y) > 0.7)


def test_sections_run_along_the_walls() -> None:
    turned = boxes(((0.0, 0.0, 0.0), (10.0, 6.0, 3.0)))
    cos, sin = math.cos(0.3), math.sin(0.3)
    matrix = np.array([[cos, sin, 0.0], [-sin, cos, 0.0], [0.0, 0.0, 1.0]])

    assert 0.3 == pytest.approx(
        main_angle(Soup(vertices=turned.vertices @ matrix, faces=turned.faces, owners=turned.owners))
    )


def test_solids_of_one_thing_that_touch_have_no_line_between_them() -> None:
    both = boxes(((0.0, 0.0, 0.0), (1.0, 1.0, 0.5)), ((1.0, 0.0, 0.0), (1.0, 1.0, 0.5)))
    kept, numbers = welded(both.vertices, np.zeros(len(both.vertices), dtype=np.int32))
    one = Soup(vertices=both.vertices[kept], faces=numbers[both.faces], owners=np.zeros(24, dtype=np.int32))

    assert [] == [ends for ends in seen(one, 1.2).ends.tolist() if all(0.9 < x < 1.1 for x, _ in ends)]
