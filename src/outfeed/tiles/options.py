"""What a caller can choose about a tileset."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

#: Goes up whenever the tileset of a file has other bytes with the same options: also when its scene is read otherwise.
TILES_VERSION: Final = "1"


class Compression(StrEnum):
    """How the geometry of a tile is packed."""

    MESHOPT = "meshopt"
    DRACO = "draco"
    NONE = "none"


@dataclass(frozen=True, kw_only=True, slots=True)
class TileOptions:
    """How a tileset is made. Equal options and an equal scene give the same bytes."""

    compression: Compression = Compression.MESHOPT
    #: Triangles that a tile has at most, but for borders and for parts that are shown often.
    triangles_per_tile: int = 40_000
    #: Whether the tileset says what Bentley's viewer library asks for: the extension `BENTLEY_BatchedTileSet`.
    bentley: bool = False
