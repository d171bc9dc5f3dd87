"""What analyses have found, kept as blobs that name their meshes' geometry and nothing of their owners."""

import json
from typing import Any

from outfeed.blobs.store import Blobs


def read_analysis(blobs: Blobs, digest: str) -> dict[str, Any]:
    """Return `report` and `problems` of an analysis, as `outfeed.mesh.analyze` writes them. Blocks."""
    found: dict[str, Any] = json.loads(b"".join(blobs.read(digest)))
    return found
