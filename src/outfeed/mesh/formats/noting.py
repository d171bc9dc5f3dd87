"""What a reader says of a file besides its mesh: each loss once."""

from outfeed.mesh.traits import Loss, Trait


class Noted:
    """Losses in the order in which they were met."""

    def __init__(self) -> None:
        self._lost: dict[Loss, None] = {}

    def add(self, what: Trait, why: str = "") -> None:
        """Note a loss, if it is not noted yet."""
        self._lost[Loss(what=what, why=why)] = None

    @property
    def lost(self) -> tuple[Loss, ...]:
        """Return them."""
        return tuple(self._lost)
