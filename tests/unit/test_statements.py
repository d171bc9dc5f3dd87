"""Statements that are put into SQL once: they say what SQLAlchemy's own way says, and fail as it does."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from outfeed.database import is_passing, open_database, reading, writing
from outfeed.statements import Prepared

TABLE = sa.Table(
    "t",
    sa.MetaData(),
    sa.Column("key", sa.Integer, primary_key=True),
    sa.Column("name", sa.String, unique=True),
    sa.Column("is_on", sa.Boolean),
    sa.Column("told", sa.JSON),
)
INSERT = Prepared(sa.insert(TABLE))
UPDATE = Prepared(sa.update(TABLE).where(TABLE.c.name == sa.bindparam("of")))
UPDATE_BACK = Prepared(sa.update(TABLE).where(TABLE.c.name == sa.bindparam("of")).returning(TABLE.c.key, TABLE.c.told))
BY_NAME = sa.select(TABLE).where(TABLE.c.name == sa.bindparam("of"), TABLE.c.key < 100)
TOLD: dict[str, Any] = {"share": 0.5, "text": "ü", "list": [1, None]}


@pytest.fixture
def database(tmp_path: Path) -> Iterator[sa.Engine]:
    """Return a database with one row."""
    engine = open_database(tmp_path)
    with writing(engine) as connection:
        TABLE.create(connection)
        INSERT.rows(connection, name="a", is_on=True, told=TOLD)
    yield engine
    engine.dispose()


def test_a_row_is_what_the_library_finds(database: sa.Engine) -> None:
    with reading(database) as connection:
        expected = dict(connection.execute(BY_NAME, {"of": "a"}).mappings().one())

        assert {"key": 1, "name": "a", "is_on": True, "told": TOLD} == expected
        assert expected == Prepared(BY_NAME).row(connection, of="a")


def test_what_is_not_there_is_none(database: sa.Engine) -> None:
    with reading(database) as connection:
        assert None is Prepared(BY_NAME).row(connection, of="b")


def test_an_update_sets_what_it_is_told_and_nothing_else(database: sa.Engine) -> None:
    with writing(database) as connection:
        UPDATE.rows(connection, of="a", is_on=False)
        UPDATE.rows(connection, of="a", told=[1])
        UPDATE.rows(connection, of="b", told=[2])

    with reading(database) as connection:
        assert [(1, "a", False, [1])] == connection.execute(sa.select(TABLE)).all()


def test_an_update_gives_back_what_it_has_changed(database: sa.Engine) -> None:
    with writing(database) as connection:
        assert [{"key": 1, "told": [3]}] == UPDATE_BACK.rows(connection, of="a", told=[3])
        assert [] == UPDATE_BACK.rows(connection, of="b", told=[3])


def test_a_value_that_lacks_is_a_mistake_and_no_null(database: sa.Engine) -> None:
    with reading(database) as connection, pytest.raises(sa.exc.InvalidRequestError):
        Prepared(BY_NAME).row(connection)


def test_an_error_is_the_librarys_and_shows_no_values(database: sa.Engine) -> None:
    with pytest.raises(sa.exc.IntegrityError) as caught, writing(database) as connection:
        INSERT.rows(connection, name="a", told="secret")

    assert isinstance(caught.value.orig, sqlite3.IntegrityError)
    assert "secret" not in str(caught.value)


def test_a_busy_database_is_told_from_a_broken_one(database: sa.Engine, tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "outfeed.sqlite")
    other.execute("BEGIN IMMEDIATE")
    with reading(database) as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout=0")
        with pytest.raises(sa.exc.OperationalError) as caught:
            UPDATE.rows(connection, of="a", is_on=False)
    other.close()

    assert is_passing(caught.value)
