"""Ids that differ, for elements whose sources call several things alike."""


class Ids:
    """Gives an id as it is wanted, or with a number where something has it already."""

    def __init__(self, numbered: str) -> None:
        """Begin with none; `numbered` has `{id}` and `{number}`, such as `{id} ({number})`."""
        self._numbered = numbered
        self._taken: set[str] = set()
        #: The last number behind an id that was wanted again.
        self._numbers: dict[str, int] = {}

    def unique(self, wanted: str) -> str:
        """Return an id that nothing has yet."""
        found, number = wanted, self._numbers.get(wanted, 1)
        while found in self._taken:
            number += 1
            found = self._numbered.format(id=wanted, number=number)
        self._taken.add(found)
        self._numbers[wanted] = number
        return found
