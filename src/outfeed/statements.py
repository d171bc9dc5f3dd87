"""
Statements that hot calls run, put into SQL once.

SQLAlchemy takes a statement anew each time: it looks for the compiled one by a key, makes a context for the execution
and a result that knows its columns by name. That is five times the work of SQLite for a row found by its index.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

import sqlalchemy as sa

#: Turns one value into what the driver takes, or back; None: it stays as it is.
_Turn = Callable[[Any], Any] | None


def run(connection: sa.Connection, sql: str, values: Sequence[Any] = ()) -> Any:
    """Run SQL on the driver, and return its cursor; what goes wrong is told as the library tells it."""
    dialect = connection.dialect
    cursor = connection.connection.cursor()
    try:
        return cursor.execute(sql, values)
    except dialect.loaded_dbapi.Error as error:
        raise sa.exc.DBAPIError.instance(
            sql, None, error, dialect.loaded_dbapi.Error, hide_parameters=True, dialect=dialect
        ) from error


class Prepared:
    """A statement whose words are always the same: no list of values whose length changes."""

    def __init__(self, statement: sa.Select[Any] | sa.Insert | sa.Update) -> None:
        self._statement: Final = statement
        #: By the names of the values that it is run with: an update sets one column, or another.
        self._compiled: dict[tuple[str, ...], _Compiled] = {}

    def rows(self, connection: sa.Connection, **values: Any) -> list[dict[str, Any]]:
        """Run it, and return what it finds: each row by the names of its columns."""
        compiled = self._compiled_for(connection, tuple(values))
        found = run(connection, compiled.sql, compiled.bound(values))
        return [compiled.row(row) for row in found.fetchall()]

    def row(self, connection: sa.Connection, **values: Any) -> dict[str, Any] | None:
        """Return the only row that it finds, or None."""
        found = self.rows(connection, **values)
        return found[0] if found else None

    def _compiled_for(self, connection: sa.Connection, names: tuple[str, ...]) -> "_Compiled":
        found = self._compiled.get(names)
        if found is None:
            found = self._compiled[names] = _Compiled(self._statement, connection.dialect, names)
        return found


class _Compiled:
    """SQL, and how values go in and come out."""

    def __init__(
        self, statement: sa.Select[Any] | sa.Insert | sa.Update, dialect: sa.Dialect, names: tuple[str, ...]
    ) -> None:
        made: Any = statement.compile(dialect=dialect, column_keys=list(names))
        self.sql = str(made)
        self._known: dict[str, Any] = made.construct_params(dict.fromkeys(names))
        self._takes: list[tuple[str, _Turn]] = [
            (name, made.binds[name].type.dialect_impl(dialect).bind_processor(dialect)) for name in made.positiontup
        ]
        self._gives: list[tuple[str, _Turn]] = [
            (column.name, column.type.dialect_impl(dialect).result_processor(dialect, None))
            for column in statement.exported_columns
        ]

    def bound(self, values: dict[str, Any]) -> list[Any]:
        """Return the values as the driver takes them, in the order in which they stand in the SQL."""
        given = self._known | values
        return [turn(given[name]) if turn else given[name] for name, turn in self._takes]

    def row(self, row: tuple[Any, ...]) -> dict[str, Any]:
        """Return a row by its names."""
        return {name: turn(it) if turn else it for (name, turn), it in zip(self._gives, row, strict=True)}
