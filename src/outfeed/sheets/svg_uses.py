"""How often the parts of an SVG are drawn, by what refers to what: found out before a renderer follows it."""

from collections.abc import Iterable
from itertools import chain
from typing import Final

from outfeed.errors import DrawingTooLarge, SourceDamaged

#: Elements within elements, references followed: renderers go down as deep as that.
MOST_NESTED: Final = 512


class Uses:
    """The elements of a document, added in the order in which they begin."""

    def __init__(self) -> None:
        #: Of each element: the one around it, -1 for the outermost; and what it refers to.
        self._parents: list[int] = []
        self._references: dict[int, list[str]] = {}
        self._ids: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._parents)

    def add(self, parent: int, name: str, references: Iterable[str]) -> int:
        """Add an element: the one around it, its id, and the ids that it refers to. Return its number."""
        number = len(self._parents)
        self._parents.append(parent)
        if name:
            self._ids.setdefault(name, number)
        wanted = list(references)
        if wanted:
            self._references[number] = wanted
        return number

    def check(self, most: int) -> None:
        """
        Check how much is drawn.

        Raises
        ------
        SourceDamaged
            If something contains itself, or is nested deeper than 512.
        DrawingTooLarge
            If more than `most` elements are drawn, each as often as it is used.
        """
        if not self._references:
            return
        around = self._around()
        waits = [0] * len(around)
        for user in chain.from_iterable(around):
            waits[user] += 1
        drawn, depth = [1] * len(around), [1] * len(around)
        # What contains nothing first: an element is ready when all that it contains is known.
        ready = [number for number, left in enumerate(waits) if not left]
        for number in ready:
            if drawn[number] > most:
                raise DrawingTooLarge(f"More than {most} elements are drawn, each as often as it is used.")
            for user in around[number]:
                drawn[user] += drawn[number]
                depth[user] = max(depth[user], depth[number] + 1)
                waits[user] -= 1
                if not waits[user]:
                    ready.append(user)
        if len(ready) < len(around):
            raise SourceDamaged("Something in it contains itself.")
        if max(depth) > MOST_NESTED:
            raise SourceDamaged(f"Its elements use each other more than {MOST_NESTED} deep.")

    def _around(self) -> list[list[int]]:
        """Return for each element what it is a part of: the one around it, and each that refers to it."""
        around: list[list[int]] = [[parent] if parent >= 0 else [] for parent in self._parents]
        for user, names in self._references.items():
            for target in (self._ids[name] for name in names if name in self._ids):
                around[target].append(user)
        return around
