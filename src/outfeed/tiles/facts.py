"""What a tileset is, in numbers."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True, slots=True)
class TilesetFacts:
    """What a tileset is, in numbers."""

    tiles: int
    #: Triangles that all tiles of a level show together, from the root down; those of a repeated shape as often as it
    #: is shown. A leaf that ends above the last level counts where it is.
    triangles_by_level: tuple[int, ...]
    #: Triangles that the leaves show.
    triangles: int
    #: Triangles that were left out because two corners fall on one point of the grid.
    collapsed: int
    #: Elements that the leaves show.
    elements: int
    #: Size of all files, in bytes.
    bytes: int
    #: Distance of two points of the grid, in metres.
    grid_step_m: float
    #: Geometric error of the root, in metres.
    root_error_m: float
    #: Lowest and highest corner, in metres, in the scene's coordinates.
    low: tuple[float, float, float]
    high: tuple[float, float, float]

    def json(self) -> dict[str, Any]:
        """Return it as it stands in a result."""
        return asdict(self)
