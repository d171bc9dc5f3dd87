"""What was left out, counted."""

from collections import Counter

from outfeed.sheets.model import Loss


class Losses:
    """Counts losses of a kind as one."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()

    def add(self, what: str, why: str, count: int = 1) -> None:
        """Count something that is not carried over."""
        self._counts[what, why] += count

    def all(self) -> tuple[Loss, ...]:
        """Return them in the order in which they were first met."""
        return tuple(Loss(what=what, why=why, count=count) for (what, why), count in self._counts.items())
