"""Pieces of work that are measured, a module for each library.

A task prepares what is not counted (its inputs in memory), and returns the work itself. The work returns the arrays
that it made, where it made any: what a row calls memory "above the mesh" is the peak without them.
"""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Arrays = list[NDArray[Any]]
Work = Callable[[], Arrays | None]


def cleared(target: Path) -> None:
    """Remove a file or a folder, if it is there."""
    if target.is_dir():
        shutil.rmtree(target)
    target.unlink(missing_ok=True)


def size_of(arrays: Arrays | None) -> int:
    """Return the bytes of arrays; of views, those that they show."""
    return sum(int(np.asarray(array).nbytes) for array in arrays or [])
