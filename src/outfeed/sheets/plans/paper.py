"""Paper and scales: where on a sheet there is room, and how large things are drawn there."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final

from outfeed.sheets.canvas import MM

#: Millimetres between the paper's edges and the frame: a wider one to the left, for a binder (ISO 5457).
EDGE_MM, BINDER_MM = 10.0, 20.0
#: Height of the strip along the frame's lower side, with the title block at its right end; and the block's width.
STRIP_MM, BLOCK_MM = 36.0, 180.0
#: Millimetres that are kept free around what is drawn, for bubbles of the grid and marks of levels.
AROUND_MM: Final = 16.0


class Paper(Enum):
    """Sheets of ISO 216, by their longer and shorter side in millimetres; all lie on the longer one."""

    A4 = (297.0, 210.0)
    A3 = (420.0, 297.0)
    A2 = (594.0, 420.0)
    A1 = (841.0, 594.0)
    A0 = (1189.0, 841.0)

    @property
    def room_mm(self) -> tuple[float, float]:
        """Return the width and the height in which a building can be drawn."""
        width, height = self.value
        return width - BINDER_MM - EDGE_MM - 2 * AROUND_MM, height - 2 * EDGE_MM - STRIP_MM - 2 * AROUND_MM


#: What draughtsmen take, best first: a building at 1:50 or 1:100, what is smaller than a room larger, a site smaller.
_USUAL: Final = (
    *((scale, Paper.A4) for scale in (1, 2, 5, 10, 20)),
    *((50, paper) for paper in (Paper.A4, Paper.A3, Paper.A2)),
    *((100, paper) for paper in (Paper.A3, Paper.A2, Paper.A1)),
    *((200, paper) for paper in (Paper.A2, Paper.A1, Paper.A0)),
    *((500, paper) for paper in (Paper.A1, Paper.A0)),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Format:
    """A paper and a scale."""

    paper: Paper
    #: Metres of the building to a metre of paper.
    scale: int

    @property
    def pt_per_m(self) -> float:
        """Return how many points of paper a metre is."""
        return 1000 * MM / self.scale


def best_format(width_m: float, height_m: float, *, scale: int | None, paper: Paper | None) -> Format:
    """Return the best paper and scale for something of a size, of those that are wanted; it fits, if anything does."""
    chosen = Format(paper=Paper.A0, scale=1)
    for chosen in _formats(scale, paper):
        room_width, room_height = chosen.paper.room_mm
        if width_m * 1000 <= room_width * chosen.scale and height_m * 1000 <= room_height * chosen.scale:
            break
    return chosen


def _formats(scale: int | None, paper: Paper | None) -> Iterator[Format]:
    """Yield what may be taken, best first; the last is taken whether it fits or not."""
    scales = [1, 2, 5, 10, 20, 50, 100, 200, 500] if scale is None else [scale]
    if scale is None and paper is None:
        yield from (Format(paper=size, scale=usual) for usual, size in _USUAL)
    else:
        papers = list(Paper) if paper is None else [paper]
        yield from (Format(paper=size, scale=wanted) for wanted in scales for size in papers)
    if scale is None:
        for power in range(3, 12):
            for step in (1, 2, 5):
                yield Format(paper=paper or Paper.A0, scale=step * 10**power)
