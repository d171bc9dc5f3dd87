"""Users, and the service users that act for apps."""

import re
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

import sqlalchemy as sa

from outfeed.errors import AlreadyExists, InvalidField
from outfeed.identity import queries

#: Whom every request acts as in open mode.
LOCAL_USER: Final = "local@localhost"

#: Loose on purpose: one `@`, no white space, nothing that could break a line or a header.
_EMAIL: Final = re.compile(r"[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]+")
_LONGEST_EMAIL: Final = 320


@dataclass(frozen=True, kw_only=True, slots=True)
class User:
    """A person, known by an email address."""

    #: The principal's id.
    id: str
    #: Lower case.
    email: str
    #: Milliseconds since 1970-01-01 UTC.
    created_at: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """A user or a service user, as others see them."""

    #: The principal's id.
    id: str
    #: A service user's is made of its app's client id, and takes no mail.
    email: str
    name: str
    #: Milliseconds since 1970-01-01 UTC.
    created_at: int


def person_of(row: queries.Row, *, host: str) -> Person:
    """Return a principal as others see it; `host` is the name of this server."""
    email = row["email"] or f"{row['app_id'] or row['id']}@apps.{host}"
    return Person(id=row["id"], email=email, name=row["name"], created_at=row["created_at"])


def normal_email(text: str) -> str:
    """Return an address in lower case, or raise `InvalidField` if it is none."""
    email = text.strip().lower()
    if len(email) > _LONGEST_EMAIL or not _EMAIL.fullmatch(email):
        raise InvalidField("That is no email address.")
    return email


def find_user(connection: sa.Connection, email: str) -> User | None:
    """Return the user with this address, or None."""
    row = queries.user_by_email(connection, normal_email(email))
    return User(**row) if row else None


def create_user(connection: sa.Connection, email: str, *, now: int) -> User:
    """Make a user; `AlreadyExists` if the address has one."""
    if find_user(connection, email):
        raise AlreadyExists(f"{normal_email(email)} is a user already.")
    user = User(id=str(uuid4()), email=normal_email(email), created_at=now)
    queries.insert_principal(connection, id_=user.id, kind="user", email=user.email, name=user.email, now=now)
    return user


def ensure_user(connection: sa.Connection, email: str, *, now: int) -> User:
    """Return the user with this address, made now if there was none."""
    return find_user(connection, email) or create_user(connection, email, now=now)
