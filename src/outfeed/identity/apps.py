"""Apps: what programs sign in as, each with a service user that its two-legged tokens act as."""

import hashlib
import hmac
import secrets
import string
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

import sqlalchemy as sa

from outfeed.errors import ClientUnknown, InvalidField, NotFound, NotMeaningful
from outfeed.identity import queries
from outfeed.identity.principals import find_user
from outfeed.names import is_name

#: The built-in app of the command line and of open mode. It has no secret, so nobody signs in as it.
CLI: Final = "cli"

_ALPHABET: Final = string.ascii_letters + string.digits
#: 43 of 62 characters hold 256 bits. Letters and digits only: Basic and form encoding leave them as they are.
_LENGTH: Final = 43
_LONGEST_NAME: Final = 256


@dataclass(frozen=True, kw_only=True, slots=True)
class App:
    """A program that may sign in."""

    #: The client id.
    id: str
    name: str
    #: The principal that its two-legged tokens act as.
    service_id: str
    #: Who answers for it, if anybody.
    owner_email: str | None
    #: Milliseconds since 1970-01-01 UTC.
    created_at: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Credentials:
    """A new app's client id and secret; the secret is nowhere else."""

    app: App
    client_secret: str


def create_app(connection: sa.Connection, name: str, *, owner_email: str | None, now: int) -> Credentials:
    """
    Make an app with a service user of its own.

    Raises
    ------
    InvalidField
        If the name is empty or too long.
    NotFound
        If `owner_email` is given and no user has it.
    """
    owner_id = _owner_id(connection, owner_email)
    client_id, secret = random_text(), random_text()
    insert_app(connection, client_id, name, owner_id=owner_id, secret_digest=digest(secret), now=now)
    return Credentials(app=find_app(connection, client_id), client_secret=secret)


def ensure_cli(connection: sa.Connection, *, now: int) -> None:
    """Make the built-in app if it is not there."""
    if queries.app_by_id(connection, CLI) is None:
        insert_app(connection, CLI, "command line", owner_id=None, secret_digest=None, now=now)


def insert_app(
    connection: sa.Connection, client_id: str, name: str, *, owner_id: str | None, secret_digest: str | None, now: int
) -> None:
    """Add an app and its service user."""
    label = _name(name)
    service_id = str(uuid4())
    queries.insert_principal(connection, id_=service_id, kind="service", email=None, name=label, now=now)
    row = {"id": client_id, "name": label, "owner_id": owner_id, "service_id": service_id}
    queries.insert_app(connection, row | {"secret_digest": secret_digest, "created_at": now})


def find_app(connection: sa.Connection, client_id: str) -> App:
    """Return the app with this client id, or raise `NotFound`."""
    row = queries.app_by_id(connection, client_id)
    if row is None:
        raise NotFound(f"No app has the client id {client_id[:64]}.")
    return App(**row)


def check_secret(connection: sa.Connection, client_id: str, client_secret: str) -> App:
    """Return the app that this id and secret belong to, or raise `ClientUnknown`."""
    stored = queries.secret_digest(connection, client_id)
    # An unknown id takes as long as a wrong secret.
    if not hmac.compare_digest(digest(client_secret), stored or digest("")) or stored is None:
        raise ClientUnknown
    return find_app(connection, client_id)


def delete_app(connection: sa.Connection, client_id: str) -> None:
    """
    Remove an app, so that its secret and its tokens stop working; what they made stays.

    Raises
    ------
    NotFound
        If there is no such app.
    NotMeaningful
        If it is the built-in one, or buckets still belong to it.
    """
    if client_id == CLI:
        raise NotMeaningful("The command line needs this app.")
    try:
        deleted = queries.delete_app(connection, client_id)
    except sa.exc.IntegrityError as error:
        raise NotMeaningful("Buckets still belong to this app: delete them first.") from error
    if not deleted:
        raise NotFound(f"No app has the client id {client_id[:64]}.")


def random_text() -> str:
    """Return 256 random bits as letters and digits."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))


def digest(secret: str) -> str:
    """Return what is stored of a secret: it is random and long, so one SHA-256 protects it."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _owner_id(connection: sa.Connection, email: str | None) -> str | None:
    """Return the id of the user that shall own an app."""
    if email is None:
        return None
    owner = find_user(connection, email)
    if owner is None:
        raise NotFound(f"No user has the email {email[:64]}: create the user first.")
    return owner.id


def _name(text: str) -> str:
    """Return an app's name without blanks around it."""
    name = text.strip()
    if not is_name(name, longest=_LONGEST_NAME):
        raise InvalidField(f"A name has 1 to {_LONGEST_NAME} printable characters.")
    return name
