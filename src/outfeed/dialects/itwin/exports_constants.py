"""Words and numbers of Mesh Export, so that a typo is an error."""

from typing import Final

from outfeed.jobs.states import State
from outfeed.tiles.options import Compression

#: Scopes of older tokens, beside `itwin-platform`: to read, and to start and delete. Who may change may read.
READ_SCOPES: Final = ("mesh-export:read", "mesh-export:modify")
MODIFY_SCOPES: Final = ("mesh-export:modify",)

#: Code of a detail about a value that cannot be; other areas of the platform have another word.
INVALID: Final = "InvalidParameter"

#: Our states in the words of the API, which has none for "cancelled": `error` says it.
STATUS: Final = {
    State.QUEUED: "NotStarted",
    State.RUNNING: "InProgress",
    State.SUCCEEDED: "Complete",
    State.FAILED: "Invalid",
    State.CANCELLED: "Invalid",
}

TILES: Final = "3DTiles"
CESIUM: Final = "CESIUM"
IMODEL: Final = "IMODEL"
GLTF: Final = "GLTF"

#: Types that are made here, by their lower case spelling: clients write `3DTiles` and `3DTILES`.
TYPES: Final = {name.lower(): name for name in (TILES, CESIUM, IMODEL, GLTF)}

#: A closed format of an old plugin, which nothing here makes: a list of it is empty, a start of it is refused.
UNBUILT: Final = {"3dft": "3DFT"}

#: Numbers of `geometryOptions`, all lengths or angles. None has an effect: see the README.
GEOMETRY_NUMBERS: Final = (
    "chordTol",
    "angleTol",
    "decimationTol",
    "maxEdgeLength",
    "minBRepFeatureSize",
    "minLineStyleComponentSize",
)
GEOMETRY_TRUTHS: Final = ("includeLines",)

#: Lists of `viewDefinitionFilter`.
FILTER_LISTS: Final = ("models", "categories", "neverDrawn")

#: Keys of `tilerConfig`, which are ours: the documentation has no list of keys.
KEY_COMPRESSION: Final = "compression"
KEY_TRIANGLES: Final = "trianglesPerTile"
TILER_KEYS: Final = (KEY_COMPRESSION, KEY_TRIANGLES)
COMPRESSIONS: Final = tuple(item.value for item in Compression)

#: Triangles that may be asked for per tile: fewer make more files than a viewer can fetch, more stall it.
TRIANGLES_PER_TILE: Final = range(1_000, 1_000_001)
