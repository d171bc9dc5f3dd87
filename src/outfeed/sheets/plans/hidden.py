"""Which parts of edges are seen: those with nothing nearer before them, judged on a raster finer than a pen."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from outfeed import _kernels
from outfeed.errors import DrawingTooLarge
from outfeed.sheets.plans.edges import Edges
from outfeed.sheets.plans.model import Points
from outfeed.sheets.plans.soup import Soup

#: Samples of a raster, and how wide one is on paper where there are not too many, in millimetres.
MOST_SAMPLES: Final = 1 << 24
SAMPLE_MM: Final = 0.18
#: How much work a raster may be (`_kernels.visible`).
BUDGET: Final = 1_000_000_000
#: How often samples are made twice as wide, where that is too little.
COARSER: Final = 4
#: Places along edges that are looked at together; bounds the memory.
CHUNK: Final = 1 << 20
#: Places along one edge, at most.
MOST_PLACES: Final = 1 << 14
#: A surface hides what lies so much deeper, in metres.
DEEPER_M: Final = 0.004
#: Samples from an edge to the places beside it where it is looked whether something is nearer.
ASIDE: Final = 0.8
#: Steeper surfaces are taken to be this steep: they have hardly any room on paper.
STEEPEST: Final = 4.0


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Lines:
    """Straight lines on paper."""

    #: (n, 2, 2) float64, in metres: right and up.
    ends: Points
    #: (n,) int32: row of the products.
    owners: NDArray[np.int32]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Depths:
    """How near the nearest surface is, over a rectangle."""

    #: (rows, columns) float64, the lowest row first; minus infinity where there is none.
    near: Points
    #: The rectangle's lower left corner (2,), and the width of a sample, in metres.
    corner: Points
    sample: float

    def at(self, points: Points) -> Points:
        """Return how near the surface is at points (n, 2); there is none outside of the rectangle."""
        rows, columns = self.near.shape
        x, y = np.floor((points - self.corner) / self.sample).T
        inside = (x >= 0) & (x < columns) & (y >= 0) & (y < rows)
        near = np.full(len(points), -np.inf)
        near[inside] = self.near[y[inside].astype(np.int64), x[inside].astype(np.int64)]
        return near


def depths_of(soup: Soup, box: Points, sample: float) -> Depths:
    """
    Return how near surfaces are over a rectangle (2, 2), with samples of a width in metres, or wider ones.

    Raises
    ------
    DrawingTooLarge
        If the triangles cover it too often.
    """
    size = np.maximum(box[1] - box[0], sample)
    sample = max(sample, float(np.sqrt(size.prod() / MOST_SAMPLES)), float(size.max()) / (1 << 16))
    centre = np.array([box[0, 0], box[0, 1], 0.0])
    for wider in range(COARSER):
        width = sample * 2**wider
        columns, rows = (int(count) for count in np.ceil(size / width))
        matrix = np.array([[1 / width, 0, 0, 0], [0, 1 / width, 0, 0], [0, 0, -1, 0]], dtype=np.float64)
        made = _kernels.visible(soup.vertices, soup.faces, centre, matrix, columns, rows, None, BUDGET)
        if made is not None:
            return Depths(near=-made[1], corner=box[0], sample=width)
    raise DrawingTooLarge("Its surfaces lie too often over each other.")


def seen_of(edges: Edges, depths: Depths) -> Lines:
    """Return the parts of edges that nothing hides."""
    flat = edges.ends[:, :, :2]
    lengths = np.hypot(*(flat[:, 1] - flat[:, 0]).T)
    counts = np.clip(np.ceil(lengths / depths.sample), 2, MOST_PLACES).astype(np.int64)
    chunks = np.cumsum(counts) // CHUNK
    pieces = [_seen(edges, counts, rows, depths) for rows in _groups(chunks)]
    return Lines(
        ends=np.concatenate([np.zeros((0, 2, 2)), *(ends for ends, _ in pieces)]),
        owners=np.concatenate([np.zeros(0, dtype=np.int32), *(owners for _, owners in pieces)]),
    )


def _groups(keys: NDArray[np.int64]) -> list[NDArray[np.intp]]:
    """Return the rows of each run of equal keys."""
    if not len(keys):
        return []
    return np.split(np.arange(len(keys)), np.flatnonzero(np.diff(keys)) + 1)


def _seen(
    edges: Edges, counts: NDArray[np.int64], rows: NDArray[np.intp], depths: Depths
) -> tuple[Points, NDArray[np.int32]]:
    """Return the parts of some edges that are seen, and whose they are."""
    counts = counts[rows]
    starts = np.cumsum(counts) - counts
    edge = np.repeat(np.arange(len(rows)), counts)
    share = (np.arange(len(edge)) - starts[edge] + 0.5) / counts[edge]
    ends = edges.ends[rows]
    shown = _shown(
        ends[edge, 0] + share[:, None] * (ends[edge, 1] - ends[edge, 0]), ends, edge, edges.slopes[rows], depths
    )
    before = np.concatenate([[False], shown[:-1]]) & (np.arange(len(edge)) != starts[edge])
    after = np.concatenate([shown[1:], [False]]) & (np.arange(len(edge)) != (starts + counts - 1)[edge])
    first, last = np.flatnonzero(shown & ~before), np.flatnonzero(shown & ~after)
    whole = (last - first + 1) == counts[edge[first]]
    kept = whole | (last > first)  # a single place in the middle of a hidden edge is chance
    first, last = first[kept], last[kept]
    of, half = edge[first], 0.5 / counts[edge[first]]
    along = (ends[of, 1] - ends[of, 0])[:, :2]
    start = ends[of, 0, :2] + (share[first] - half)[:, None] * along
    end = ends[of, 0, :2] + (share[last] + half)[:, None] * along
    return np.stack([start, end], axis=1), edges.owners[rows[of]]


def _shown(places: Points, ends: Points, edge: NDArray[np.intp], slopes: Points, depths: Depths) -> NDArray[np.bool]:
    """Tell which places (n, 3) along edges are seen: where at one side at least nothing is nearer."""
    along = (ends[:, 1] - ends[:, 0])[:, :2]
    aside = np.column_stack([-along[:, 1], along[:, 0]]) / np.hypot(*along.T)[:, None] * ASIDE * depths.sample
    allowed = DEEPER_M + np.minimum(slopes, STEEPEST) * (ASIDE + 1.0) * depths.sample
    least = places[:, 2] + allowed[edge]
    left, right = (depths.at(places[:, :2] + sign * aside[edge]) for sign in (1, -1))
    shown: NDArray[np.bool] = (left <= least) | (right <= least)
    return shown
