"""The parts of a server over a folder of a test, without what takes long and is the same each time."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from a_library import Time, in_a_hurry
from outfeed.database import open_database
from outfeed.printdb.book import PrintDb
from outfeed.services import Services
from outfeed.settings import Settings
from unit.helpers import NOW


@cache
def new_database() -> bytes:
    """Return the database of a new server: made once, for its tables and keys take a second."""
    with TemporaryDirectory() as folder:
        Services.build(Settings(data=Path(folder)), clock=Time(NOW)).close()
        return (Path(folder) / "outfeed.sqlite").read_bytes()


def parts_over(folder: Path, clock: Time, **changes: Any) -> Services:
    """
    Return the parts over a folder, with these settings changed; where it has no database, it gets a new one.

    As `Services.build`, but that the folder is not brought up to date, and what is built in is read once.
    """
    if not (folder / "outfeed.sqlite").exists():
        (folder / "outfeed.sqlite").write_bytes(new_database())
    settings = Settings(data=folder, **changes)
    printdb = PrintDb.load(settings.printdb) if settings.printdb else _built_in()
    return Services.over(in_a_hurry(open_database(folder)), settings, clock=clock, printdb=printdb)


@cache
def _built_in() -> PrintDb:
    return PrintDb.load()
