"""
How a printer comes in: a token that it signs in with, and a code that it shows and a member types to claim it.

A token is 32 random bytes; the database has its SHA-256 only, which is enough for what cannot be guessed. A code is
short, because people type it: it works once, not for long, and who tries too many is stopped at the door.
"""

import hashlib
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

import sqlalchemy as sa

from outfeed.clock import Clock
from outfeed.database import writing
from outfeed.errors import CodeUnknown, PrinterTokenDead, PrinterTokenMissing, RateLimited
from outfeed.fleet import printer_queries as queries
from outfeed.fleet.records import Role
from outfeed.settings import Settings

#: Letters of codes: no vowels and no Y, so that no code is a word; no L and no Q, which look like I and O, or 1 and 0.
#: Six of these 18 make 34 million codes.
LETTERS: Final = "BCDFGHJKMNPRSTVWXZ"
CODE_LENGTH: Final = 6

#: What is no token of this form was never given to a printer: 32 bytes as base64url.
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{43}")
#: Codes that are tried until one is free: of 34 million, nearly all are.
_TRIES: Final = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Registration:
    """What a printer is told when it registers."""

    printer_id: int
    #: For its owner to be; None: it has an owner.
    code: str | None
    token: str
    #: Whether it has an owner.
    registered: bool


def new_token() -> str:
    """Return a printer's token: 43 characters."""
    return secrets.token_urlsafe(32)


def new_code() -> str:
    """Return a code that may be in use already."""
    return "".join(secrets.choice(LETTERS) for _ in range(CODE_LENGTH))


def digest_of(token: str) -> str:
    """Return what the database knows of a token."""
    return hashlib.sha256(token.encode("ascii")).hexdigest()


def normal_code(text: str) -> str:
    """Return a code as it was given out, however somebody has typed it."""
    return re.sub(r"[\s-]", "", text).upper()


def sign_in(connection: sa.Connection, token: str | None) -> dict[str, Any]:
    """
    Return the row of the printer that has a token.

    Whether a token is one is decided by one look into an index of digests, which takes as long for any token.

    Raises
    ------
    PrinterTokenMissing
        If there is none.
    PrinterTokenDead
        If no printer has it.
    """
    if token is None:
        raise PrinterTokenMissing
    found = queries.printer_with_token(connection, digest_of(token)) if _TOKEN.fullmatch(token) else None
    if found is None:
        raise PrinterTokenDead
    return found


def give_code(
    connection: sa.Connection,
    printer_id: int,
    role: Role,
    *,
    new_code: Callable[[], str],
    now: int,
    ttl_s: int,
    email: str | None = None,
) -> str:
    """
    Return a new code of a printer, for one user or whoever has it; the one that it replaces stops working.

    Raises
    ------
    RateLimited
        If nearly all codes are in use.
    """
    queries.delete_codes(connection, printer_id, role, email)
    tried = (code for code in islice(iter(new_code, None), _TRIES) if not queries.code_exists(connection, code))
    code = next(tried, None)
    if code is None:
        raise RateLimited(ttl_s)
    queries.insert_code(
        connection,
        code=code,
        printer_id=printer_id,
        role=role.value,
        email=email,
        created_at=now,
        expires_at=now + ttl_s * 1000,
    )
    return code


def take_code(connection: sa.Connection, text: str, *, principal_id: str, now: int) -> tuple[int, Role]:
    """
    Return the printer of a code, and what its taker becomes there. No code is taken twice.

    Raises
    ------
    CodeUnknown
        If there is none, or it is too old, or for somebody else.
    """
    email = queries.email_of(connection, principal_id)
    taken = queries.take_code(connection, normal_code(text), email=email, now=now)
    if taken is None:
        raise CodeUnknown
    return taken["printer_id"], Role(taken["role"])


def make_room(connection: sa.Connection, settings: Settings, now: int) -> None:
    """
    See to it that one more printer may stand here without an owner.

    Where there is no room, those go that were silent for as long as a code works: nobody can claim them as they are,
    and one that is still there registers anew when it is told that its token is dead.

    Raises
    ------
    RateLimited
        If none can go.
    """
    if queries.count_unclaimed(connection) < settings.max_unclaimed_printers:
        return
    ttl_ms = settings.registration_code_ttl_s * 1000
    if queries.delete_unclaimed(connection, silent_since=now - ttl_ms) == 0:
        oldest = queries.oldest_unclaimed(connection) or now
        raise RateLimited(max(1, -(-(oldest + ttl_ms - now) // 1000)))


def forget_unclaimed(database: sa.Engine, clock: Clock, settings: Settings) -> int:
    """Remove codes whose time is over, and printers that nobody has claimed and that are silent; return how many."""
    now = clock()
    with writing(database) as connection:
        queries.delete_expired_codes(connection, now=now)
        return queries.delete_unclaimed(connection, silent_since=now - settings.unclaimed_printer_ttl_s * 1000)
