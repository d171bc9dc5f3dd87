"""meshoptimizer."""

from pathlib import Path

import meshoptimizer  # type: ignore[import-untyped]  # the package ships no types
import numpy as np

from tasks import Arrays, Work


def simplify(source: Path, _target: Path) -> Work:
    """Simplify to a tenth of the triangles, as far off as that takes."""
    arrays = np.load(source)
    vertices, index = arrays["vertices"], arrays["faces"].astype(np.uint32).ravel()

    def work() -> Arrays:
        kept = np.zeros_like(index)
        count = meshoptimizer.simplify(kept, index, vertices, target_index_count=len(index) // 30 * 3, target_error=1.0)
        return [vertices, kept[:count].reshape(-1, 3)]

    return work
