"""Brings a database to the state that `outfeed.schema` describes, whatever state it is in."""

from pathlib import Path
from typing import Final

import sqlalchemy as sa

from outfeed.database import reading, rebuilding

#: The newest step in `versions/`; a test compares the two.
HEAD: Final = "0007"


def migrate(engine: sa.Engine) -> None:
    """
    Run the steps that the database lacks, all or none.

    Safe from several processes at once: one holds the write lock and migrates, and Alembic then finds
    nothing to do for the others.
    """
    with reading(engine) as connection:
        if _revision(connection) == HEAD:
            return
    with rebuilding(engine) as connection:
        _upgrade(connection)


def _revision(connection: sa.Connection) -> str | None:
    """Return the last step that was run, or None for an empty database."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return found


def _upgrade(connection: sa.Connection) -> None:
    """Let Alembic run the missing steps inside the caller's transaction."""
    # Imported here: it takes a tenth of a second, and nearly every start finds an up-to-date database.
    from alembic import command  # noqa: PLC0415 - see above
    from alembic.config import Config  # noqa: PLC0415 - see above

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    command.upgrade(config, "head")
