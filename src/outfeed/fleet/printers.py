"""Printers: they register, say how they are and are claimed; members look at them, share them and let them go."""

from collections.abc import Callable, Collection
from typing import Any, Final

import sqlalchemy as sa
import structlog

from outfeed.clock import Clock
from outfeed.database import reading, writing
from outfeed.errors import AlreadyExists, InvalidField, MissingField, NotFound, NotMeaningful, PrinterTokenDead
from outfeed.fleet import printer_queries as queries
from outfeed.fleet.access import (
    find_printer,
    member_of,
    members_of,
    owner_of,
    printer_of,
    require_owner,
    seen_printers,
)
from outfeed.fleet.notes import Note, Relay, What
from outfeed.fleet.pages import page_of
from outfeed.fleet.records import Member, Printer, Report, Role
from outfeed.fleet.registration import (
    Registration,
    digest_of,
    give_code,
    make_room,
    new_code,
    new_token,
    sign_in,
    take_code,
)
from outfeed.fleet.reports import PrintReports
from outfeed.identity.caller import Caller
from outfeed.identity.principals import normal_email
from outfeed.schema import printers
from outfeed.settings import Settings

log: structlog.stdlib.BoundLogger = structlog.get_logger()

#: Invitations to one printer that nobody has taken yet.
MOST_INVITATIONS: Final = 100
#: Letters of the address by which a printer calls this server.
_LONGEST_URL: Final = 512


class Printers:
    """All printers of this server."""

    def __init__(
        self,
        database: sa.Engine,
        clock: Clock,
        settings: Settings,
        relay: Relay,
        reports: PrintReports,
        *,
        known_type: Callable[[str], bool],
        new_token: Callable[[], str] = new_token,
        new_code: Callable[[], str] = new_code,
    ) -> None:
        self._database = database
        self._clock = clock
        self._settings = settings
        self._relay = relay
        self._reports = reports
        self._known_type = known_type
        self._new_token = new_token
        self._new_code = new_code

    # --- What printers do ---------------------------------------------------------------------------------------------

    def register(
        self,
        *,
        firmware: str,
        type_id: str | None,
        serial_number: str | None,
        token: str | None,
        base_url: str,
    ) -> Registration:
        """
        Take a printer in, or, by its token, the same one again; a code that it was given before stops working.

        Raises
        ------
        PrinterTokenDead
            If no printer has the token.
        MissingField, NotMeaningful
            If a new printer does not say its type, or the type is not known.
        RateLimited
            If too many printers wait for an owner.
        """
        now = self._clock()
        about = {"type_id": type_id, "serial_number": serial_number}
        told = {"firmware": firmware, "base_url": _checked(base_url)} | {name: it for name, it in about.items() if it}
        with writing(self._database) as connection:
            if token is None:
                self._check_type(type_id, is_needed=True)
                make_room(connection, self._settings, now)
                token = self._new_token()
                printer_id = queries.insert_printer(
                    connection, name="", token_digest=digest_of(token), created_at=now, **told
                )
            else:
                printer_id = sign_in(connection, token)["id"]
                self._check_type(type_id, is_needed=False)
                queries.update_printer(connection, printer_id, seen_at=now, began_at=now, **told)
            registered = owner_of(connection, printer_id) is not None
            code = None if registered else self._code(connection, printer_id, Role.PRIMARY, now=now)
        log.info("printer_registered", printer=printer_id, owned=registered)
        return Registration(printer_id=printer_id, code=code, token=token, registered=registered)

    def identify(self, token: str | None) -> Printer:
        """
        Return the printer that has a token, by one quick read.

        Raises
        ------
        PrinterTokenMissing, PrinterTokenDead
            If there is no token; if no printer has it.
        """
        with reading(self._database) as connection:
            return printer_of(sign_in(connection, token), heard_since=self._heard_since())

    def report(self, printer_id: int, report: Report, *, base_url: str) -> None:
        """
        Keep what a printer says of itself, and of its job; it is online from then on.

        Raises
        ------
        PrinterTokenDead
            If it is gone.
        """
        now, url = self._clock(), _checked(base_url)
        with writing(self._database) as connection:
            told = {"seen_at": now, "report": dict(report.fields), "base_url": url}
            if not queries.update_if_there(connection, printer_id, **told):
                raise PrinterTokenDead
            self._reports.reported(connection, printer_id, report, now=now)
            has_lost = self._reports.lost(connection, printer_id, report, now=now)
        if report.job_id or has_lost:
            self._reports.committed()

    # --- What their channel asks --------------------------------------------------------------------------------------

    def existing(self, printer_ids: Collection[int]) -> set[int]:
        """Return those of some numbers that are printers'."""
        with reading(self._database) as connection:
            return queries.existing(connection, list(printer_ids))

    def is_claimed(self, printer_id: int) -> bool:
        """Tell whether a printer has an owner, by one quick read."""
        with reading(self._database) as connection:
            return owner_of(connection, printer_id) is not None

    def all_members(self, printer_id: int) -> list[Member]:
        """Return the members of a printer, whoever asks."""
        with reading(self._database) as connection:
            return members_of(connection, printer_id)

    def new_members(self, printer_id: int) -> list[Member]:
        """Return those who have joined a printer since it was last heard of: it may not know of them."""
        with reading(self._database) as connection:
            heard_at = queries.last_heard(connection, printer_id) or 0
            return [member for member in members_of(connection, printer_id) if member.joined_at > heard_at]

    # --- What members do ----------------------------------------------------------------------------------------------

    def claim(self, caller: Caller, code: str, name: str) -> Printer:
        """
        Return the printer that a code is of; the caller owns it from now on, or uses it where its owner has invited.

        `name` is what its owner calls it; the empty one becomes its number's.

        Raises
        ------
        CodeUnknown
            If the code was used, is too old, for somebody else, or none.
        """
        now = self._clock()
        with writing(self._database) as connection:
            printer_id, role = take_code(connection, code, principal_id=caller.principal_id, now=now)
            is_owner = role is Role.PRIMARY
            queries.insert_member(
                connection,
                printer_id=printer_id,
                principal_id=caller.principal_id,
                role=role.value,
                is_printer_scoped=is_owner,
                is_job_scoped=is_owner,
                joined_at=now,
            )
            if is_owner:
                queries.update_printer(connection, printer_id, name=name or f"Printer {printer_id}")
            found, _ = self._find(connection, caller, printer_id)
        log.info("printer_claimed", printer=printer_id, member=caller.principal_id, role=role.value)
        self._relay.tell(Note(What.CLAIMED, printer_id, caller.principal_id))
        return found

    def get(self, caller: Caller, printer_id: int) -> Printer:
        """Return a printer of the caller's, or raise `NotFound`."""
        with reading(self._database) as connection:
            return self._find(connection, caller, printer_id)[0]

    def members(
        self, caller: Caller, printer_id: int, *, limit: int | None = None, offset: int = 0
    ) -> tuple[list[Member], int]:
        """Return a part of the members of a printer of the caller's, its owner first, and how many there are."""
        with reading(self._database) as connection:
            self._find(connection, caller, printer_id)
            found = members_of(connection, printer_id)
        return found[offset:][:limit], len(found)

    def list(self, caller: Caller, *, limit: int | None = None, offset: int = 0) -> tuple[list[Printer], int]:
        """Return a part of the printers that the caller is a member of, in the order of their numbers, and how many."""
        wanted, written = seen_printers(caller.principal_id), (printers.c.report,)
        with reading(self._database) as connection:
            rows = page_of(connection, wanted, written=written, limit=limit, offset=offset)
            total = queries.count_seen(connection, caller.principal_id)
        return [printer_of(row, heard_since=self._heard_since(), member=member_of(row)) for row in rows], total

    def invite(self, caller: Caller, printer_id: int, email: str) -> str:
        """
        Return a code by which one user may join those who use a printer of the caller's.

        Raises
        ------
        NotFound, NotAllowed
            If the caller has no such printer; if somebody else owns it.
        InvalidField, AlreadyExists, NotMeaningful
            If it is no address; if that user is a member; if too many are invited already.
        """
        now, address = self._clock(), normal_email(email)
        with writing(self._database) as connection:
            require_owner(self._find(connection, caller, printer_id)[1])
            if any(member.email == address for member in members_of(connection, printer_id)):
                raise AlreadyExists(f"{address} is a member already.")
            queries.delete_expired_codes(connection, now=now)
            if queries.count_invitations(connection, printer_id) >= MOST_INVITATIONS:
                raise NotMeaningful(f"{MOST_INVITATIONS} are invited and have not come yet.")
            return self._code(connection, printer_id, Role.SECONDARY, now=now, email=address)

    def set_scopes(
        self,
        caller: Caller,
        printer_id: int,
        principal_id: str,
        *,
        is_printer_scoped: bool | None,
        is_job_scoped: bool | None,
    ) -> Member:
        """
        Say what a member may do with a printer that the caller owns; None leaves it as it is.

        Raises
        ------
        NotFound, NotAllowed
            If the caller has no such printer, or it no such member; if somebody else owns it.
        NotMeaningful
            If the member is the owner, who may do everything.
        """
        wanted = {"is_printer_scoped": is_printer_scoped, "is_job_scoped": is_job_scoped}
        changes = {name: value for name, value in wanted.items() if value is not None}
        with writing(self._database) as connection:
            require_owner(self._find(connection, caller, printer_id)[1])
            if changes and principal_id == caller.principal_id:
                raise NotMeaningful("The owner of a printer may do everything with it.")
            if changes and not queries.update_member(connection, printer_id, principal_id, **changes):
                raise NotFound(f"Member {principal_id}.")
            _, member = find_printer(connection, principal_id, printer_id, heard_since=0)
        return member

    def remove(self, caller: Caller, printer_id: int, principal_id: str | None = None) -> None:
        """
        Take somebody off a printer: the caller, or, for its owner, anybody.

        Without its owner the printer is gone, its token is dead, and its jobs that are not over fail. Another
        member's jobs that it has not seen leave it.

        Raises
        ------
        NotFound, NotAllowed
            If the caller has no such printer, or it no such member; if the caller does not own it.
        """
        now, leaving = self._clock(), principal_id or caller.principal_id
        with writing(self._database) as connection:
            _, member = self._find(connection, caller, printer_id)
            if leaving != caller.principal_id:
                require_owner(member)
            is_gone = leaving == caller.principal_id and member.role is Role.PRIMARY
            if is_gone:
                self._reports.printer_gone(connection, printer_id, now=now)
                queries.delete_printer(connection, printer_id)
            elif not queries.delete_member(connection, printer_id, leaving):
                raise NotFound(f"Member {leaving}.")
            else:
                self._reports.member_gone(connection, printer_id, leaving, now=now)
        log.info("printer_left", printer=printer_id, member=leaving, gone=is_gone)
        self._reports.committed()
        if is_gone:
            self._relay.tell(Note(What.GONE, printer_id))

    # --- Inside -------------------------------------------------------------------------------------------------------

    def _check_type(self, type_id: str | None, *, is_needed: bool) -> None:
        if type_id is None and is_needed:
            raise MissingField("A printer that has no token names its type_id.")
        if type_id is not None and not self._known_type(type_id):
            raise NotMeaningful(
                f"There is no printer type {type_id}: GET /printdb/printerTypes lists those that there are."
            )

    def _code(self, connection: sa.Connection, printer_id: int, role: Role, *, now: int, **whose: Any) -> str:
        ttl_s = self._settings.registration_code_ttl_s
        return give_code(connection, printer_id, role, new_code=self._new_code, now=now, ttl_s=ttl_s, **whose)

    def _find(self, connection: sa.Connection, caller: Caller, printer_id: int) -> tuple[Printer, Member]:
        return find_printer(connection, caller.principal_id, printer_id, heard_since=self._heard_since())

    def _heard_since(self) -> int:
        return self._clock() - self._settings.printer_offline_s * 1000


def _checked(base_url: str) -> str:
    """Return the address by which a printer calls this server, or raise `InvalidField` if nobody could want it."""
    if len(base_url) > _LONGEST_URL:
        raise InvalidField("The name of the server is too long.")
    return base_url
