"""How readers and writers tell how far they are."""

from collections.abc import Callable
from typing import TypeAlias

#: Called with the share that is done, 0.0 to 1.0.
Report: TypeAlias = Callable[[float], None]


def silent(_share: float) -> None:
    """Tell nobody."""
