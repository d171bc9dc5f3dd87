"""A few at a time: statements take so many values and no more, and others work between two batches."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

_T = TypeVar("_T")


def batches(items: Iterable[_T], size: int) -> Iterator[list[_T]]:
    """Yield items in lists of `size`, and the rest in a shorter one; Python 3.12 has it as `itertools.batched`."""
    left = iter(items)
    while batch := list(islice(left, size)):
        yield batch
