"""fast-simplification."""

from pathlib import Path

import fast_simplification  # type: ignore[import-not-found]  # it is in the peers' environment
import numpy as np

from tasks import Arrays, Work


def simplify(source: Path, _target: Path) -> Work:
    """Simplify to a tenth of the triangles."""
    arrays = np.load(source)
    vertices, faces = arrays["vertices"], arrays["faces"]

    def work() -> Arrays:
        return list(fast_simplification.simplify(vertices, faces, target_reduction=0.9))

    return work
