import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

import outfeed.migrations
from outfeed.database import open_database, reading, writing
from outfeed.migrations import HEAD, migrate
from outfeed.schema import metadata

#: A column that was added later stands on the line of the one before it. Commas in brackets separate something else.
PARTS = re.compile(r", (?![^()]*\))")


def made_of(engine: sa.Engine) -> set[tuple[str, frozenset[str]]]:
    """Return every table and index with its columns and constraints as SQLite keeps them, in any order."""
    with reading(engine) as connection:
        found = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
        return {
            (name, frozenset(part.strip(" \t,") for line in sql.splitlines() for part in PARTS.split(line)))
            for name, sql in found
            if name != "alembic_version"
        }


def test_a_migrated_database_is_what_the_schema_says(tmp_path: Path) -> None:
    engine = open_database(tmp_path)
    migrate(engine)

    with reading(engine) as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)

    assert differences == []


def test_migrations_and_schema_make_the_same_tables_to_the_letter(tmp_path: Path) -> None:
    migrated = open_database(tmp_path / "migrated")
    made = open_database(tmp_path / "made")

    migrate(migrated)
    metadata.create_all(made)

    assert made_of(made) == made_of(migrated)


def test_migrating_again_keeps_what_is_stored(tmp_path: Path) -> None:
    engine = open_database(tmp_path)
    migrate(engine)
    row = {"kid": "k", "purpose": "link", "private": "00", "created_at": 1}
    with writing(engine) as connection:
        connection.execute(metadata.tables["signing_keys"].insert(), row)

    migrate(engine)

    with reading(engine) as connection:
        stored = connection.execute(metadata.tables["signing_keys"].select()).mappings().all()

    assert [row] == [dict(found) for found in stored]


def test_several_processes_may_migrate_at_once(tmp_path: Path) -> None:
    engines = [open_database(tmp_path) for _ in range(4)]

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(migrate, engines))

    with reading(engines[0]) as connection:
        assert list(connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalars()) == [HEAD]


def test_the_newest_step_is_the_one_that_starts_look_for() -> None:
    assert ScriptDirectory(str(Path(outfeed.migrations.__file__).parent)).get_heads() == [HEAD]
