"""Who sees which printer, and what members may do with it. What a member may not see is not there."""

from collections.abc import Mapping
from typing import Any, Final

import sqlalchemy as sa

from outfeed.errors import NotAllowed, NotFound
from outfeed.fleet.records import Member, Printer, Role
from outfeed.schema import principals, printer_members, printers
from outfeed.statements import Prepared

#: A printer, with a membership of it and who that is.
_WITH_MEMBER = sa.select(
    printers,
    printer_members.c.principal_id,
    printer_members.c.role,
    printer_members.c.is_printer_scoped,
    printer_members.c.is_job_scoped,
    printer_members.c.joined_at,
    principals.c.email,
    principals.c.name.label("member_name"),
).select_from(printers.join(printer_members).join(principals, principals.c.id == printer_members.c.principal_id))

#: Questions that each command asks are put together once: that takes longer than their answers.
_SEEN: Final = Prepared(
    _WITH_MEMBER.where(
        printers.c.id == sa.bindparam("printer_id"), printer_members.c.principal_id == sa.bindparam("principal_id")
    )
)
_OWNER: Final = Prepared(
    sa.select(printer_members.c.principal_id).where(
        printer_members.c.printer_id == sa.bindparam("printer_id"), printer_members.c.role == Role.PRIMARY.value
    )
)


def find_printer(
    connection: sa.Connection, principal_id: str, printer_id: int, *, heard_since: int
) -> tuple[Printer, Member]:
    """
    Return a printer and the principal's membership of it.

    `heard_since` is the time of the last sign of life that still counts as being online.

    Raises
    ------
    NotFound
        If there is no such printer, or the principal is no member of it.
    """
    row = _SEEN.row(connection, printer_id=printer_id, principal_id=principal_id)
    if row is None:
        raise NotFound(f"Printer {printer_id}.")
    member = member_of(row)
    return printer_of(row, heard_since=heard_since, member=member), member


def is_member(connection: sa.Connection, principal_id: str, printer_id: int) -> bool:
    """Tell whether a principal uses a printer."""
    return _SEEN.row(connection, printer_id=printer_id, principal_id=principal_id) is not None


def seen_printers(principal_id: str) -> sa.Select[Any]:
    """Return the query for all printers of a principal, with the memberships; in the order of their numbers."""
    return _WITH_MEMBER.where(printer_members.c.principal_id == principal_id).order_by(printers.c.id)


def members_of(connection: sa.Connection, printer_id: int) -> list[Member]:
    """Return the members of a printer: its owner first, then as they came."""
    rows = connection.execute(
        _WITH_MEMBER.where(printers.c.id == printer_id).order_by(
            printer_members.c.role != Role.PRIMARY.value, printer_members.c.joined_at, printer_members.c.principal_id
        )
    )
    return [member_of(row) for row in rows.mappings()]


def owner_of(connection: sa.Connection, printer_id: int) -> str | None:
    """Return who owns a printer, or None if nobody has claimed it."""
    found = _OWNER.row(connection, printer_id=printer_id)
    return found["principal_id"] if found else None


def require_owner(member: Member) -> None:
    """Raise `NotAllowed` unless the member owns the printer."""
    if member.role is not Role.PRIMARY:
        raise NotAllowed("Only the owner of the printer may.")


def require_printer_scope(member: Member) -> None:
    """Raise `NotAllowed` unless the member may send commands to the machine."""
    if member.role is not Role.PRIMARY and not member.is_printer_scoped:
        raise NotAllowed("The owner of the printer has not let you send it commands.")


def has_say(member: Member, owner_id: str) -> bool:
    """Tell whether a member sees a job of `owner_id` on the printer, and may command it."""
    return owner_id == member.principal_id or member.role is Role.PRIMARY or member.is_job_scoped


def require_job_scope(member: Member, owner_id: str) -> None:
    """Raise `NotAllowed` unless the member may send commands to a job of `owner_id`."""
    if not has_say(member, owner_id):
        raise NotAllowed("It is another member's job.")


def printer_of(row: Mapping[Any, Any], *, heard_since: int, member: Member | None = None) -> Printer:
    """Return a row of the table as a printer."""
    return Printer(
        id=row["id"],
        type_id=row["type_id"],
        firmware=row["firmware"],
        serial_number=row["serial_number"],
        name=row["name"],
        created_at=row["created_at"],
        seen_at=row["seen_at"],
        report=row["report"],
        base_url=row["base_url"],
        online=row["seen_at"] is not None and row["seen_at"] >= heard_since,
        member=member,
    )


def member_of(row: Mapping[Any, Any]) -> Member:
    """Return the membership in a row."""
    return Member(
        principal_id=row["principal_id"],
        email=row["email"] or "",
        name=row["member_name"],
        role=Role(row["role"]),
        is_printer_scoped=row["is_printer_scoped"],
        is_job_scoped=row["is_job_scoped"],
        joined_at=row["joined_at"],
    )
