"""All of identity behind one door: who is calling, and what the operator's commands do."""

import re
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import urlsplit

import sqlalchemy as sa

from outfeed.clock import Clock, now_ms
from outfeed.database import reading, writing
from outfeed.errors import InvalidField, NotAllowed, TokenMissing, Unauthenticated
from outfeed.identity import apps, principals, queries
from outfeed.identity.apps import CLI, App, Credentials
from outfeed.identity.caller import Caller
from outfeed.identity.keys import token_keys
from outfeed.identity.limits import Limits
from outfeed.identity.principals import LOCAL_USER, Person, User, person_of
from outfeed.identity.scopes import SCOPES
from outfeed.identity.tokens import Claims, Tokens
from outfeed.settings import Settings

#: Longest life of a token made by hand, in seconds.
MAX_TTL_S: Final = 30 * 24 * 3600
#: Verified tokens that are remembered.
_REMEMBERED: Final = 4096
#: For so long a remembered token is not looked up again: a deleted app's tokens stop within it, in milliseconds.
_RECHECK_MS: Final = 1000

_BEARER: Final = re.compile(r"bearer +([!-~]+)", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Grant:
    """A new access token."""

    access_token: str
    expires_in_s: int
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Known:
    """A token that was verified."""

    caller: Caller
    expires_at_ms: int
    checked_at_ms: int


class Identity:
    """Users, apps and tokens of one database; made once per process, it makes what a new database lacks."""

    def __init__(self, engine: sa.Engine, settings: Settings, clock: Clock = now_ms) -> None:
        self._engine = engine
        self._settings = settings
        self._clock = clock
        self._tokens = Tokens(token_keys(engine, clock), clock)
        self._limits = Limits(settings, clock)
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._host = urlsplit(settings.public_url).hostname or "localhost"
        self._local = Caller(principal_id=self._built_in().id, app_id=CLI, scopes=frozenset(SCOPES))

    def _built_in(self) -> User:
        """Return the local user; make that user and the built-in app in a new database."""
        with reading(self._engine) as connection:
            local = principals.find_user(connection, LOCAL_USER)
        if local:
            return local
        with writing(self._engine) as connection:
            apps.ensure_cli(connection, now=self._clock())
            return principals.ensure_user(connection, LOCAL_USER, now=self._clock())

    # --- Who is calling -----------------------------------------------------------------------------------------------

    def caller(self, authorization: str | None, *, client_host: str) -> Caller:
        """
        Return whom a request acts for: in open mode always the local user.

        Raises
        ------
        TokenMissing
            If there is no Authorization header.
        Unauthenticated
            If there is one, but no token of ours in it that still works.
        RateLimited
            If the principal calls too often, or the address fails too often. A good token is never held up by the
            failures of others behind the same address.
        """
        try:
            caller = self._local if self._settings.open else self._verified(_bearer(authorization))
        except Unauthenticated:
            self._limits.hit("refused", client_host)
            raise
        self._limits.hit("principal", caller.principal_id)
        return caller

    def is_service(self, caller: Caller) -> bool:
        """Tell whether an app calls as itself, and no user through it."""
        with reading(self._engine) as connection:
            return any(row["app_id"] is not None for row in queries.people(connection, [caller.principal_id]))

    def on_behalf(self, caller: Caller, user_id: str) -> Caller:
        """
        Return an app's caller acting for a user; a user's own token acts for nobody else and stays what it is.

        What the user may see and the app may not is for whoever asks to refuse.

        Raises
        ------
        NotAllowed
            If there is no such user.
        """
        if self._settings.open or not self.is_service(caller):
            return caller
        with reading(self._engine) as connection:
            found = [row for row in queries.people(connection, [user_id]) if row["app_id"] is None]
        if not found:
            raise NotAllowed("The user to act for is not known here.")
        return replace(caller, principal_id=user_id)

    def count(self, what: str, name: str) -> None:
        """Count a call by somebody who needs no token, such as the holder of a key; raise `RateLimited` if too many."""
        self._limits.hit(what, name)

    def lets_arrive(self, address: str) -> bool:
        """Count somebody who comes to the channel from an address; tell whether that is not too often."""
        return self._limits.lets_arrive(address)

    def guessing(self, what: str, *names: str) -> AbstractContextManager[None]:
        """Count inside, for all names, a wrong guess of a short secret (`NotFound`); `RateLimited` if too many were."""
        return self._limits.guessing(what, *names)

    def _verified(self, token: str) -> Caller:
        """Return the caller behind a token, from memory if it was verified before."""
        now = self._clock()
        known = self._known.get(token) or self._remember(token)
        if known.expires_at_ms <= now:
            del self._known[token]
            raise Unauthenticated
        if now - known.checked_at_ms >= _RECHECK_MS:
            self._check_alive(known.caller.app_id, known.caller.principal_id)
            self._known[token] = replace(known, checked_at_ms=now)
        return known.caller

    def _remember(self, token: str) -> _Known:
        """Verify a token, and keep what it says."""
        claims = self._tokens.verify(token)
        self._check_alive(claims.app_id, claims.principal_id)
        caller = Caller(principal_id=claims.principal_id, app_id=claims.app_id, scopes=frozenset(claims.scopes))
        self._known[token] = _Known(caller, claims.expires_at_s * 1000, self._clock())
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return self._known[token]

    def _check_alive(self, app_id: str, principal_id: str) -> None:
        """Refuse a token whose app or principal was deleted."""
        with reading(self._engine) as connection:
            if not queries.both_exist(connection, app_id, principal_id):
                raise Unauthenticated

    # --- Signing in ---------------------------------------------------------------------------------------------------

    def client(self, client_id: str, client_secret: str, *, client_host: str) -> App:
        """
        Return the app that these credentials belong to; in open mode the built-in one, whatever they are.

        Raises
        ------
        ClientUnknown
            If no app has them.
        RateLimited
            If this address asks too often.
        """
        self._limits.hit("sign-in", client_host)
        with reading(self._engine) as connection:
            if self._settings.open:
                return apps.find_app(connection, CLI)
            return apps.check_secret(connection, client_id, client_secret)

    def grant(self, app: App, scopes: Sequence[str]) -> Grant:
        """Return a token with which an app acts as its service user; in open mode as the local user."""
        principal_id = self._local.principal_id if self._settings.open else app.service_id
        return self._issue(principal_id, app.id, scopes, self._settings.token_ttl_s)

    def introspect(self, token: str, *, app: App) -> Claims | None:
        """Return what a working token of this app says, else None."""
        try:
            claims = self._tokens.verify(token)
            self._check_alive(claims.app_id, claims.principal_id)
        except Unauthenticated:
            return None
        return claims if claims.app_id == app.id else None

    def jwks(self) -> list[dict[str, Any]]:
        """Return the public keys that verify our tokens."""
        return self._tokens.jwks()

    def _issue(self, principal_id: str, app_id: str, scopes: Sequence[str], ttl_s: int) -> Grant:
        """Sign a token."""
        known = self.people([principal_id])
        names = {"name": known[0].name, "preferred_username": known[0].email, "email": known[0].email} if known else {}
        token = self._tokens.issue(principal_id=principal_id, app_id=app_id, scopes=scopes, ttl_s=ttl_s, person=names)
        return Grant(access_token=token, expires_in_s=ttl_s, scopes=tuple(scopes))

    # --- Who else is here ---------------------------------------------------------------------------------------------

    def people(self, ids: Sequence[str]) -> list[Person]:
        """Return the users and service users with these ids; an id that is nobody's is left out."""
        with reading(self._engine) as connection:
            return [person_of(row, host=self._host) for row in queries.people(connection, ids)]

    def people_like(self, text: str, *, limit: int) -> list[Person]:
        """Return the first people whose name or address holds a text, in any case."""
        with reading(self._engine) as connection:
            return [person_of(row, host=self._host) for row in queries.people_like(connection, text, limit=limit)]

    # --- What the operator does ---------------------------------------------------------------------------------------

    def create_user(self, email: str) -> User:
        """Make a user, or raise `AlreadyExists`."""
        with writing(self._engine) as connection:
            return principals.create_user(connection, email, now=self._clock())

    def operator_as(self, email: str) -> Caller:
        """Return the command line acting as a user, who is made if new; without scopes, for it asks no API."""
        with writing(self._engine) as connection:
            user = principals.ensure_user(connection, email, now=self._clock())
        return Caller(principal_id=user.id, app_id=CLI, scopes=frozenset())

    def principal_of(self, who: str) -> str:
        """Return the id of a user, by the email, who is made if new, or of an app's service user, by the client id."""
        if "@" in who:
            return self.operator_as(who).principal_id
        with reading(self._engine) as connection:
            return apps.find_app(connection, who).service_id

    def users(self) -> list[User]:
        """Return all users, oldest first."""
        with reading(self._engine) as connection:
            return [User(**row) for row in queries.users(connection)]

    def create_app(self, name: str, owner_email: str | None = None) -> Credentials:
        """Make an app; the secret in the answer can be had only now."""
        with writing(self._engine) as connection:
            return apps.create_app(connection, name, owner_email=owner_email, now=self._clock())

    def apps(self) -> list[App]:
        """Return all apps, oldest first."""
        with reading(self._engine) as connection:
            return [App(**row) for row in queries.every_app(connection)]

    def delete_app(self, client_id: str) -> None:
        """Remove an app; its tokens stop working within a second."""
        with writing(self._engine) as connection:
            apps.delete_app(connection, client_id)

    def token_for_user(self, email: str, scopes: Sequence[str], *, ttl_s: int | None = None) -> Grant:
        """Return a token with which the command line's app acts as a user, who is made if new."""
        life_s = self._settings.token_ttl_s if ttl_s is None else ttl_s
        if not 1 <= life_s <= MAX_TTL_S:
            raise InvalidField(f"A token lives 1 to {MAX_TTL_S} seconds.")
        with writing(self._engine) as connection:
            user = principals.ensure_user(connection, email, now=self._clock())
        return self._issue(user.id, CLI, scopes, life_s)


def _bearer(authorization: str | None) -> str:
    """Return the token in an Authorization header; the scheme's case does not matter (RFC 9110)."""
    if not authorization:
        raise TokenMissing
    found = _BEARER.fullmatch(authorization)
    if not found:
        raise Unauthenticated
    return found[1]
