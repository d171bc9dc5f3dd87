"""Tiles meet without cracks, at every mix of levels; and they are as far off as they say."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from outfeed.mesh.model import Mesh
from outfeed.tiles.coarse import coarser
from outfeed.tiles.flat import Flat, flatten
from outfeed.tiles.leaves import leaves_of, pieces_of
from outfeed.tiles.piece import Piece, merged
from outfeed.tiles.store import FolderStore
from outfeed.tiles.tree import Node, tree_of, upwards
from unit.mesh_helpers import a_ball
from unit.tiles_helpers import a_scene_of, a_terrain, a_tub, corners_of

PER_TILE = 300


def pieces(flat: Flat) -> tuple[Node, dict[Node, Piece]]:
    """Return the tree of a scene and what each node shows."""
    leaves = leaves_of(flat, np.zeros(0, dtype=np.int32), PER_TILE)
    made = dict(pieces_of(flat, leaves))
    root = tree_of(set(made), leaves.depth)
    shown = {Node(depth=leaves.depth, number=number): piece for number, piece in made.items()}
    for row in upwards(root):
        for node in row:
            whole = merged([shown[child] for child in node.children], [child.depth for child in node.children])
            shown[node] = coarser(whole, flat.baked.skins, depth=node.depth, triangles=PER_TILE)
    return root, shown


def a_mix(node: Node, which: int) -> Iterator[Node]:
    """Yield nodes of several levels that together stand for all below a node."""
    if not node.children or (node.depth > 0 and (node.number + which) % 3 == 0):
        yield node
        return
    for child in node.children:
        yield from a_mix(child, which)


def open_edges(shown: list[Piece]) -> set[tuple[int, ...]]:
    """Return the edges of the pieces, as points, that have no face on their other side."""
    edges: set[tuple[int, ...]] = set()
    for piece in shown:
        for one, two in zip(piece.faces.T, np.roll(piece.faces, -1, axis=1).T, strict=True):
            edges |= {tuple(edge) for edge in np.hstack([piece.points[one], piece.points[two]]).tolist()}
    return {edge for edge in edges if edge[3:] + edge[:3] not in edges}


@pytest.mark.parametrize("which", range(3))
def test_a_closed_surface_is_closed_at_every_mix_of_levels(which: int) -> None:
    """Every edge along a border has the very same edge on its other side."""
    root, shown = pieces(flatten(a_scene_of(a_ball(5))))
    mix = list(a_mix(root, which))

    assert len({node.depth for node in mix}) > 1
    assert set() == open_edges([shown[node] for node in mix])


def test_leaves_have_the_triangles_of_the_source() -> None:
    """Each triangle is in one leaf, on the points of the grid that are nearest to its corners."""
    mesh = a_terrain(40)
    flat = flatten(a_scene_of(mesh))
    root, shown = pieces(flat)
    wanted = np.rint((mesh.vertices - np.array(flat.grid.origin)) / flat.grid.step).astype(np.int32)
    leaves = [piece for node, piece in shown.items() if not node.children]

    found = [face for piece in leaves for face in corners_of(piece.points, piece.faces)]

    assert len(leaves) > 8
    assert root.children
    assert corners_of(wanted, mesh.faces) == sorted(found)


def distances(points: NDArray[np.float64], corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how far each point is from the nearest of triangles (m, 3, 3), by their planes, edges and corners."""
    best = np.full(len(points), np.inf)
    for a, b, c in corners:
        best = np.minimum(best, _to_triangle(points, a, b, c))
    return best


def _to_triangle(points: NDArray[np.float64], *corners: NDArray[np.float64]) -> NDArray[np.float64]:
    a, b, c = corners
    normal = np.cross(b - a, c - a)
    length = np.linalg.norm(normal)
    inside = np.full(len(points), fill_value=length > 0)
    best = np.full(len(points), np.inf)
    for one, two in ((a, b), (b, c), (c, a)):
        side = two - one
        along = ((points - one) @ side / max(float(side @ side), 1e-300)).clip(0, 1)
        best = np.minimum(best, np.linalg.norm(points - one - along[:, None] * side, axis=1))
        inside &= np.cross(side, points - one) @ normal >= 0
    over = np.abs((points - a) @ normal) / max(length, 1e-300)
    return np.where(inside, np.minimum(best, over), best)


@pytest.mark.parametrize("mesh", [a_ball(4), a_terrain(30)], ids=["ball", "terrain"])
def test_a_tile_is_about_as_far_from_the_source_as_its_error_says(mesh: Mesh) -> None:
    """The simplifier's figure is an estimate: no point of the source is more than twice as far away."""
    flat = flatten(a_scene_of(mesh))
    root, shown = pieces(flat)
    coarse = shown[root]
    dice = np.random.default_rng(0)
    rows = dice.choice(len(flat.baked.points), 300, replace=False)

    far = distances(flat.baked.points[rows].astype(np.float64), coarse.points[coarse.faces].astype(np.float64)).max()

    assert 0 < far <= 2 * coarse.error


def test_elements_that_touch_are_not_tied_together() -> None:
    """Two balls in the same place are each as simple as one alone."""
    _, alone = pieces(flatten(a_scene_of(a_ball(3))))
    root, both = pieces(flatten(a_scene_of(a_ball(3), a_ball(3))))

    assert len(alone[tree_of({0, 1}, 1)].faces) <= PER_TILE
    assert len(both[root].faces) <= PER_TILE
    assert set() == open_edges([both[root]])


def edge_uses(piece: Piece) -> dict[tuple[int, int], int]:
    """Return how many faces each edge has; its ends are rows of the piece's points."""
    edges = np.sort(np.concatenate([piece.faces[:, [0, 1]], piece.faces[:, [1, 2]], piece.faces[:, [2, 0]]]), axis=1)
    return {(one, two): uses for (one, two), uses in Counter(map(tuple, edges.tolist())).items()}


def test_three_sheets_that_meet_stay_together_when_something_thin_goes_flat() -> None:
    """The edge where they meet passes from one side of it to the other; the border below is all that is open."""
    flat = flatten(a_scene_of(a_tub(100, rim=0.01)))
    root, shown = pieces(flat)
    made = shown[root]
    heights = made.points[:, 2] * flat.grid.step + flat.grid.origin[2]
    uses = edge_uses(made)

    assert len(made.faces) <= PER_TILE
    assert {-1.0} == {round(float(heights[end]), 3) for edge, used in uses.items() if used == 1 for end in edge}
    assert 0.01 in {round(float(heights[end]), 3) for edge, used in uses.items() if used == 3 for end in edge}


@pytest.mark.parametrize("uvs", [False, True])
def test_a_piece_comes_back_from_a_folder_as_it_was(uvs: bool, tmp_path: Path) -> None:  # noqa: FBT001 a case of the table
    """Where there are too many pieces for memory; a piece that was taken is gone from there."""
    _, shown = pieces(flatten(a_scene_of(a_ball(3))))
    piece = next(iter(shown.values()))
    piece = replace(piece, uvs=np.ones((len(piece.points), 2), dtype=np.float32) if uvs else None, error=1.5)
    store = FolderStore(tmp_path)

    store.put("1-0.glb", piece)
    taken = store.take("1-0.glb")

    for name in ("points", "faces", "skins", "meet", "placements") + (("uvs",) if uvs else ()):
        assert np.array_equal(getattr(piece, name), getattr(taken, name))
    assert (1.5, uvs) == (taken.error, taken.uvs is not None)
    assert [] == list(tmp_path.iterdir())
