"""What the database is asked about printers, their members and their codes; each query has a name and a sentence."""

from collections.abc import Sequence
from typing import Any, Final

import sqlalchemy as sa

from outfeed.batches import batches
from outfeed.fleet.records import Role
from outfeed.schema import principals, printer_members, printers, registration_codes
from outfeed.statements import Prepared

#: Values of one statement.
_AT_ONCE: Final = 10_000
#: Printers that nobody has claimed.
_UNCLAIMED = ~sa.exists().where(printer_members.c.printer_id == printers.c.id)
#: When a printer was last heard of; its registration counts.
_LAST_SIGN = sa.func.coalesce(printers.c.seen_at, printers.c.created_at)

#: Questions that each call of a printer asks are put together once: that takes longer than their answers.
_WITH_TOKEN: Final = Prepared(sa.select(printers).where(printers.c.token_digest == sa.bindparam("digest")))
_UPDATE: Final = Prepared(sa.update(printers).where(printers.c.id == sa.bindparam("of")))
_UPDATE_IF_THERE: Final = Prepared(
    sa.update(printers).where(printers.c.id == sa.bindparam("of")).returning(printers.c.id)
)


def printer_with_token(connection: sa.Connection, token_digest: str) -> dict[str, Any] | None:
    """Return the printer whose token has this digest."""
    return _WITH_TOKEN.row(connection, digest=token_digest)


def insert_printer(connection: sa.Connection, **columns: Any) -> int:
    """Add a printer, and return its number."""
    return int(connection.execute(sa.insert(printers).values(**columns).returning(printers.c.id)).scalar_one())


def update_printer(connection: sa.Connection, printer_id: int, **columns: Any) -> None:
    """Change a printer."""
    _UPDATE.rows(connection, of=printer_id, **columns)


def update_if_there(connection: sa.Connection, printer_id: int, **columns: Any) -> bool:
    """Change a printer, and tell whether it is there."""
    return _UPDATE_IF_THERE.row(connection, of=printer_id, **columns) is not None


def report_of(connection: sa.Connection, printer_id: int) -> dict[str, Any] | None:
    """Return what a printer last said of itself; None: nothing, or there is no such printer."""
    found: dict[str, Any] | None = connection.scalar(sa.select(printers.c.report).where(printers.c.id == printer_id))
    return found


def existing(connection: sa.Connection, printer_ids: Sequence[int]) -> set[int]:
    """Return those of some numbers that are printers'; SQLite takes so many values in one statement and no more."""
    asked = [sa.select(printers.c.id).where(printers.c.id.in_(some)) for some in batches(printer_ids, _AT_ONCE)]
    return {found for one in asked for found in connection.scalars(one)}


def last_heard(connection: sa.Connection, printer_id: int) -> int | None:
    """Return when a printer last called, its registration counts; None if there is no such printer."""
    found: int | None = connection.scalar(sa.select(_LAST_SIGN).where(printers.c.id == printer_id))
    return found


def delete_printer(connection: sa.Connection, printer_id: int) -> None:
    """Remove a printer with its members, codes and commands; its print jobs have no printer from then on."""
    connection.execute(sa.delete(printers).where(printers.c.id == printer_id))


def count_seen(connection: sa.Connection, principal_id: str) -> int:
    """Return of how many printers a principal is a member."""
    return _count(connection, printer_members, printer_members.c.principal_id == principal_id)


def count_unclaimed(connection: sa.Connection) -> int:
    """Return how many printers nobody has claimed: each that somebody has, has one owner."""
    owners = _count(connection, printer_members, printer_members.c.role == Role.PRIMARY.value)
    return _count(connection, printers) - owners


def oldest_unclaimed(connection: sa.Connection) -> int | None:
    """Return when the printer that was silent for longest, of those that nobody has claimed, was last heard of."""
    return connection.scalar(sa.select(sa.func.min(_LAST_SIGN)).where(_UNCLAIMED))


def delete_unclaimed(connection: sa.Connection, *, silent_since: int) -> int:
    """Remove the printers that nobody has claimed and that were not heard of after a time; return how many."""
    return connection.execute(sa.delete(printers).where(_UNCLAIMED, silent_since >= _LAST_SIGN)).rowcount


def insert_member(connection: sa.Connection, **columns: Any) -> None:
    """Add a member of a printer."""
    connection.execute(sa.insert(printer_members).values(**columns))


def update_member(connection: sa.Connection, printer_id: int, principal_id: str, **columns: Any) -> int:
    """Change a secondary member; return 1, or 0 if the printer has no such one."""
    changed = sa.update(printer_members).where(_secondary(printer_id, principal_id)).values(**columns)
    return connection.execute(changed).rowcount


def delete_member(connection: sa.Connection, printer_id: int, principal_id: str) -> int:
    """Remove a secondary member; return 1, or 0 if the printer has no such one."""
    return connection.execute(sa.delete(printer_members).where(_secondary(printer_id, principal_id))).rowcount


def _secondary(printer_id: int, principal_id: str) -> sa.ColumnElement[bool]:
    return sa.and_(
        printer_members.c.printer_id == printer_id,
        printer_members.c.principal_id == principal_id,
        printer_members.c.role == Role.SECONDARY.value,
    )


def email_of(connection: sa.Connection, principal_id: str) -> str | None:
    """Return the address of a user; None for an app."""
    return connection.scalar(sa.select(principals.c.email).where(principals.c.id == principal_id))


def insert_code(connection: sa.Connection, **columns: Any) -> None:
    """Add a code."""
    connection.execute(sa.insert(registration_codes).values(**columns))


def code_exists(connection: sa.Connection, code: str) -> bool:
    """Tell whether a code stands, though its time may be over."""
    return connection.scalar(sa.select(registration_codes.c.code).where(registration_codes.c.code == code)) is not None


def count_invitations(connection: sa.Connection, printer_id: int) -> int:
    """Return how many codes stand for people whom a printer's owner has invited."""
    table = registration_codes
    return _count(connection, table, table.c.printer_id == printer_id, table.c.role == Role.SECONDARY.value)


def take_code(connection: sa.Connection, code: str, *, email: str | None, now: int) -> sa.RowMapping | None:
    """Return a code that still works for a user, and remove it; None if there is none."""
    table = registration_codes
    is_theirs = table.c.email.is_(None) | (table.c.email == email)
    taken = connection.execute(
        sa.delete(table).where(table.c.code == code, table.c.expires_at > now, is_theirs).returning(*table.c)
    )
    return taken.mappings().one_or_none()


def delete_codes(connection: sa.Connection, printer_id: int, role: Role, email: str | None) -> None:
    """Remove the codes of a printer for one role, and one user where it is for one."""
    table = registration_codes
    connection.execute(
        sa.delete(table).where(
            table.c.printer_id == printer_id, table.c.role == role.value, table.c.email.is_not_distinct_from(email)
        )
    )


def delete_expired_codes(connection: sa.Connection, *, now: int) -> int:
    """Remove the codes whose time is over; return how many."""
    return connection.execute(sa.delete(registration_codes).where(registration_codes.c.expires_at <= now)).rowcount


def _count(connection: sa.Connection, table: sa.Table, *conditions: sa.ColumnElement[bool]) -> int:
    return int(connection.scalar(sa.select(sa.func.count()).select_from(table).where(*conditions)) or 0)
