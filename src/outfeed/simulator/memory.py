"""What a simulated printer keeps while it is switched off: a file in a folder."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from outfeed.simulator.machine import Machine


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """What a printer knew when it was switched off."""

    token: str | None = None
    #: Tasks that it has executed, oldest first.
    executed: tuple[str, ...] = ()
    #: The print that it worked on.
    interrupted: str | None = None


class Memory:
    """
    The file of one printer.

    Raises
    ------
    ValueError
        If the file holds something else.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._last = self._read()

    @property
    def kept(self) -> Kept:
        """Return what is kept."""
        return self._last

    def keep(self, machine: Machine) -> None:
        """Write down what the printer knows, if it is something new; the file is never half written."""
        now = Kept(token=machine.token, executed=tuple(machine.executed), interrupted=machine.job_id)
        if now == self._last:
            return
        self._last = now
        fresh = self._path.with_suffix(".new")
        # The token is the printer's secret: nobody else reads the file.
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            json.dump({"token": now.token, "executed": now.executed, "interrupted": now.interrupted}, file)
        fresh.replace(self._path)

    def _read(self) -> Kept:
        if not self._path.exists():
            return Kept()
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))
            return Kept(token=found["token"], executed=tuple(found["executed"]), interrupted=found["interrupted"])
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"{self._path} is no state of a simulated printer") from error
