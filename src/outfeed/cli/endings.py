"""How commands end that could not do their work: with a sentence on standard error and 1, not with a trace."""

import errno
from typing import Any, Final

import typer
from typer.core import TyperGroup

from outfeed.errors import OutfeedError

#: What the system says where a disk, or somebody's share of it, is full.
_FULL: Final = {errno.ENOSPC, errno.EDQUOT}
_DISK_FULL: Final = "The disk is full."
_BUSY: Final = "Another program holds the database, and did for as long as was waited. Try again later."


class Commands(TyperGroup):
    """The commands of the program."""

    def invoke(self, ctx: Any) -> object:
        """Run a command, and end it as is right for what it meets. What nobody foresaw keeps its trace."""
        try:
            return super().invoke(ctx)
        except typer.Exit:
            raise
        except _expected() as error:  # asked for when something goes wrong: most commands need no database
            reason = _sentence(error)
            if not reason:
                raise
            typer.echo(reason, err=True)
            raise typer.Exit(1) from error


def _expected() -> tuple[type[Exception], ...]:
    """Return the kinds of error that a machine, a disk or a caller is to blame for."""
    from outfeed.database import NOT_NOW

    return OutfeedError, OSError, *NOT_NOW


def _sentence(error: BaseException) -> str:
    """Return what to say of an error; nothing of one that is ours to mend."""
    from outfeed.database import is_full, is_passing, unusable

    if isinstance(error, OutfeedError):
        return str(error)
    if is_full(error) or (isinstance(error, OSError) and error.errno in _FULL):
        return _DISK_FULL
    if is_passing(error):
        return _BUSY
    if reason := unusable(error):
        return f"The database cannot be used: {reason}."
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}."
    return ""
