"""`outfeed --version`: what runs here, to be put at the top of a report."""

import platform
import sqlite3
from hashlib import sha256
from pathlib import Path
from typing import Annotated

import typer

from outfeed import __version__


def described() -> str:
    """Return this version, and of what it is made that differs from machine to machine."""
    try:
        from outfeed import _kernels
    except ImportError as error:
        kernels = f"not built: {error}"
    else:
        built = Path(_kernels.__file__)
        kernels = f"{built.name}, SHA-256 {sha256(built.read_bytes()).hexdigest()[:12]}"
    return "\n".join(
        [
            f"outfeed {__version__}",
            f"Python {platform.python_version()} on {platform.machine()}",
            f"SQLite {sqlite3.sqlite_version}",
            f"kernels {kernels}",
        ]
    )


def _show(is_wanted: bool) -> None:  # noqa: FBT001 - as the library calls it
    if is_wanted:
        typer.echo(described())
        raise typer.Exit


Version = Annotated[
    bool, typer.Option("--version", is_eager=True, callback=_show, help="Print the version of it and of its parts.")
]
