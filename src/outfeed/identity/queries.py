"""What identity asks of the database, one sentence each."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from outfeed.schema import apps, principals, signing_keys

Row = sa.RowMapping

_USER = (principals.c.id, principals.c.email, principals.c.created_at)
_OWNER = principals.alias("owner")
_APP = sa.select(apps.c.id, apps.c.name, apps.c.service_id, _OWNER.c.email.label("owner_email"), apps.c.created_at)
_APP_WITH_OWNER = _APP.join_from(apps, _OWNER, apps.c.owner_id == _OWNER.c.id, isouter=True)
_PERSON = sa.select(
    principals.c.id, principals.c.email, principals.c.name, principals.c.created_at, apps.c.id.label("app_id")
).join_from(
    principals, apps, sa.and_(apps.c.service_id == principals.c.id, principals.c.kind == "service"), isouter=True
)
_APP_EXISTS = sa.exists().where(apps.c.id == sa.bindparam("app_id"))
_PRINCIPAL_EXISTS = sa.exists().where(principals.c.id == sa.bindparam("principal_id"))
_BOTH_EXIST = sa.select(_APP_EXISTS & _PRINCIPAL_EXISTS)


def insert_principal(connection: sa.Connection, *, id_: str, kind: str, email: str | None, name: str, now: int) -> None:
    """Add a user or a service user."""
    row = {"id": id_, "kind": kind, "email": email, "name": name, "created_at": now}
    connection.execute(principals.insert(), row)


def user_by_email(connection: sa.Connection, email: str) -> Row | None:
    """Return the user with this address in lower case."""
    return connection.execute(sa.select(*_USER).where(principals.c.email == email)).mappings().one_or_none()


def users(connection: sa.Connection) -> Sequence[Row]:
    """Return all users, oldest first."""
    of_users = sa.select(*_USER).where(principals.c.kind == "user")
    return connection.execute(of_users.order_by(principals.c.created_at, principals.c.email)).mappings().all()


def people(connection: sa.Connection, ids: Sequence[str]) -> Sequence[Row]:
    """Return the principals with these ids; a service user comes with its app."""
    return connection.execute(_PERSON.where(principals.c.id.in_(ids)).order_by(principals.c.id)).mappings().all()


def people_like(connection: sa.Connection, text: str, *, limit: int) -> Sequence[Row]:
    """Return the first principals whose name or address holds a text, in any case, sorted by name."""
    columns = (principals.c.email, principals.c.name, apps.c.id)
    like = sa.or_(*(column.icontains(text, autoescape=True) for column in columns))
    return (
        connection.execute(_PERSON.where(like).order_by(principals.c.name, principals.c.id).limit(limit))
        .mappings()
        .all()
    )


def insert_app(connection: sa.Connection, row: Mapping[str, Any]) -> None:
    """Add an app."""
    connection.execute(apps.insert(), dict(row))


def app_by_id(connection: sa.Connection, client_id: str) -> Row | None:
    """Return the app with this client id."""
    return connection.execute(_APP_WITH_OWNER.where(apps.c.id == client_id)).mappings().one_or_none()


def every_app(connection: sa.Connection) -> Sequence[Row]:
    """Return all apps, oldest first."""
    return connection.execute(_APP_WITH_OWNER.order_by(apps.c.created_at, apps.c.id)).mappings().all()


def secret_digest(connection: sa.Connection, client_id: str) -> str | None:
    """Return the digest of an app's secret; None if there is no such app or it has no secret."""
    return connection.execute(sa.select(apps.c.secret_digest).where(apps.c.id == client_id)).scalar()


def delete_app(connection: sa.Connection, client_id: str) -> int:
    """Remove an app, and return how many there were."""
    return connection.execute(apps.delete().where(apps.c.id == client_id)).rowcount


def both_exist(connection: sa.Connection, app_id: str, principal_id: str) -> bool:
    """Tell whether a token's app and principal are both still there."""
    return bool(connection.execute(_BOTH_EXIST, {"app_id": app_id, "principal_id": principal_id}).scalar())


def keys_for(connection: sa.Connection, purpose: str) -> Sequence[Row]:
    """Return the signing keys of a purpose, newest first."""
    of_purpose = sa.select(signing_keys.c.kid, signing_keys.c.private).where(signing_keys.c.purpose == purpose)
    newest_first = of_purpose.order_by(signing_keys.c.created_at.desc(), signing_keys.c.kid)
    return connection.execute(newest_first).mappings().all()


def insert_key(connection: sa.Connection, *, kid: str, purpose: str, private: str, now: int) -> None:
    """Add a signing key."""
    row = {"kid": kid, "purpose": purpose, "private": private, "created_at": now}
    connection.execute(signing_keys.insert(), row)
