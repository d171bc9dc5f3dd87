import re
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

import outfeed.migrations
from outfeed.database import open_database, reading, rebuilding, writing
from outfeed.library.meshes import find_mesh
from outfeed.migrations import HEAD, migrate
from outfeed.schema import metadata

#: A column that was added later stands on the line of the one before it. Commas in brackets separate something else.
PARTS = re.compile(r", (?![^()]*\))")
#: SQLite quotes the name of a table that was made anew under another one.
MADE_ANEW = re.compile(r'(?<=^CREATE TABLE )"(\w+)"')


def made_of(engine: sa.Engine) -> set[tuple[str, frozenset[str]]]:
    """Return every table and index with its columns and constraints as SQLite keeps them, in any order."""
    with reading(engine) as connection:
        found = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
        return {
            (name, frozenset(part.strip(" \t,") for line in sql.splitlines() for part in PARTS.split(line)))
            for name, sql in ((name, MADE_ANEW.sub(r"\1", sql)) for name, sql in found)
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


def test_who_opens_a_new_database_waits_for_another_that_does(tmp_path: Path) -> None:
    """SQLite itself does not wait where the write-ahead log is turned on."""
    engine = open_database(tmp_path)
    other = sqlite3.connect(tmp_path / "outfeed.sqlite", check_same_thread=False, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    done = threading.Timer(0.1, lambda: other.execute("COMMIT"))
    done.start()

    with reading(engine) as connection:
        mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar()

    done.join()
    other.close()
    assert mode == "wal"


def test_objects_of_the_first_state_stay_what_they_were(tmp_path: Path) -> None:
    """Their buckets' policies deleted nothing then, so they do not expire now."""
    engine = open_database(tmp_path)
    stepped(engine, "0001")
    with writing(engine) as connection:
        for statement in FIRST_STATE:
            connection.exec_driver_sql(statement)

    migrate(engine)

    with reading(engine) as connection:
        stored = connection.execute(metadata.tables["objects"].select()).mappings().one()
        buckets = connection.execute(metadata.tables["buckets"].select()).mappings().one()
    told = {name: value for name, value in stored.items() if value is not None}
    assert {
        "bucket_key": "parts",
        "name": "gear",
        "blob": "ab",
        "sha1": "cd",
        "size": 5,
        "content_type": "model/stl",
        "created_at": 7,
        "modified_at": 7,
    } == told
    assert ("transient", None) == (buckets["policy"], buckets["region"])


def test_meshes_of_the_first_state_have_no_visual_yet(tmp_path: Path) -> None:
    engine = open_database(tmp_path)
    stepped(engine, "0001")
    with writing(engine) as connection:
        connection.exec_driver_sql("INSERT INTO principals VALUES ('ann', 'user', NULL, 'Ann', 0)")
        connection.exec_driver_sql("INSERT INTO meshes VALUES ('m', 'ann', 'gear', 'ab', 'oss', '[]', '{}', 7)")

    migrate(engine)

    with reading(engine) as connection:
        mesh = find_mesh(connection, "m", principal_id="ann")
    assert ("gear", 7, None) == (mesh.name, mesh.created_at, mesh.visual)


def test_the_second_state_can_be_left_again(tmp_path: Path) -> None:
    engine, first = open_database(tmp_path / "back"), open_database(tmp_path / "first")
    stepped(first, "0001")
    migrate(engine)
    stepped(engine, "0001")

    with reading(engine) as back, reading(first) as old:
        assert tables_of(old) == tables_of(back)


def stepped(engine: sa.Engine, revision: str) -> None:
    """Bring a database to a step, forward or back."""
    with rebuilding(engine) as connection:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(Path(outfeed.migrations.__file__).parent))
        here = MigrationContext.configure(connection).get_current_revision() or ""
        (command.upgrade if here < revision else command.downgrade)(config, revision)


def tables_of(connection: sa.Connection) -> dict[str, set[str]]:
    """Return the columns of each table."""
    inspector = sa.inspect(connection)
    return {name: {column["name"] for column in inspector.get_columns(name)} for name in inspector.get_table_names()}


#: A user, an app, a bucket and an object as the first state had them.
FIRST_STATE = (
    "INSERT INTO principals (id, kind, name, created_at) VALUES ('p', 'user', 'ann', 1)",
    "INSERT INTO apps (id, name, service_id, created_at) VALUES ('a', 'lathe', 'p', 1)",
    "INSERT INTO buckets (\"key\", app_id, policy, created_at) VALUES ('parts', 'a', 'transient', 1)",
    "INSERT INTO objects VALUES ('parts', 'gear', 'ab', 'cd', 5, 'model/stl', 7)",
)


#: A project with a model of one version and its export, as the fourth state had them.
FOURTH_STATE = (
    "INSERT INTO principals (id, kind, name, created_at) VALUES ('p', 'user', 'ann', 1)",
    "INSERT INTO apps (id, name, service_id, created_at) VALUES ('cli', 'cli', 'p', 1)",
    "INSERT INTO projects VALUES ('t', 'Tower', '1', 'Endeavor', 'Project', 'Active', '{}', 'p', 2, 'p', 2)",
    "INSERT INTO models VALUES ('m', 't', 'house', NULL, NULL, 'ready', 'p', 3, 3)",
    "INSERT INTO versions VALUES ('v', 'm', 0, 'c0', 'ab', 'cd', 5, 'ifc', 'house.IFC', '', 'p', 4)",
    (
        "INSERT INTO jobs (id, principal_id, kind, state, turn, progress, spec, attempts, created_at, updated_at) "
        "VALUES ('j', 'p', 'model_export', 'succeeded', 1, 1, '{}', 1, 5, 5)"
    ),
    "INSERT INTO model_exports VALUES ('e', 'k', 'v', 'CESIUM', '{}', 'j', 0, 'p', 6)",
)


def test_models_of_the_fourth_state_keep_their_versions_and_lie_in_a_folder(tmp_path: Path) -> None:
    engine = open_database(tmp_path)
    stepped(engine, "0004")
    with writing(engine) as connection:
        for line in FOURTH_STATE:
            connection.exec_driver_sql(line)

    migrate(engine)

    with reading(engine) as connection:
        found = connection.exec_driver_sql(
            "SELECT models.kind, models.hidden, folders.name, model_exports.id, objects.blob, storages.name "
            "FROM models JOIN folders ON folders.id = folder_id JOIN versions ON versions.model_id = models.id "
            "JOIN model_exports ON model_exports.version_id = versions.id "
            "JOIN storages ON storages.version_id = versions.id JOIN objects ON objects.name = storages.name"
        ).one()
        folders = list(map(tuple, connection.exec_driver_sql("SELECT kind, name FROM folders ORDER BY kind")))
    assert ("file", 0, "Project Files", "e", "ab") == tuple(found[:5])
    assert found[5].endswith(".ifc")
    assert [("files", "Project Files"), ("plans", "Plans"), ("root", "Project Root Folder")] == list(
        map(tuple, folders)
    )


def test_the_fifth_state_can_be_left_again_with_what_the_fourth_had(tmp_path: Path) -> None:
    engine = open_database(tmp_path)
    stepped(engine, "0004")
    with writing(engine) as connection:
        for line in FOURTH_STATE:
            connection.exec_driver_sql(line)
    with reading(engine) as connection:
        before = connection.exec_driver_sql("SELECT * FROM models, versions, model_exports").all()
    migrate(engine)

    stepped(engine, "0004")
    migrate(engine)
    stepped(engine, "0004")

    with reading(engine) as connection:
        assert [] == connection.exec_driver_sql("SELECT * FROM buckets").all()
        assert before == connection.exec_driver_sql("SELECT * FROM models, versions, model_exports").all()


def test_a_clients_bucket_that_is_called_as_the_shared_one_gets_another_name(tmp_path: Path) -> None:
    engine = open_database(tmp_path)
    stepped(engine, "0001")
    with writing(engine) as connection:
        for statement in FIRST_STATE:
            connection.exec_driver_sql(statement.replace("'parts'", "'wip.dm.prod'"))

    migrate(engine)

    with reading(engine) as connection:
        told = connection.exec_driver_sql("SELECT key, name, blob FROM buckets JOIN objects ON bucket_key = key").one()
    assert ("wip.dm.prod-before", "gear", "ab") == tuple(told)


def test_the_newest_step_is_the_one_that_starts_look_for() -> None:
    assert ScriptDirectory(str(Path(outfeed.migrations.__file__).parent)).get_heads() == [HEAD]
