"""Pieces of work that are measured, a module for each library.

A task prepares what is not counted (its inputs in memory), and returns the work itself. The work returns the arrays
that it made, where it made any: what a row calls memory "above the mesh" is the peak without them.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Arrays = list[NDArray[Any]]
Work = Callable[[], Arrays | None]


def size_of(arrays: Arrays | None) -> int:
    """Return the bytes of arrays; of views, those that they show."""
    return sum(int(np.asarray(array).nbytes) for array in arrays or [])
