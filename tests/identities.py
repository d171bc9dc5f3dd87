"""Identities for tests: a database with a ready-made key, and a clock that stands still."""

import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from joserfc.jwk import RSAKey

from outfeed.clock import Clock
from outfeed.database import open_database, writing
from outfeed.identity import queries
from outfeed.identity.service import Identity
from outfeed.migrations import migrate
from outfeed.schema import metadata
from outfeed.settings import Settings

#: 2026-01-01T00:00:00Z.
NEW_YEAR_MS = 1_767_225_600_000


@dataclass
class StandingClock:
    """A clock that moves when a test says so."""

    ms: int = NEW_YEAR_MS

    def __call__(self) -> int:
        return self.ms

    def pass_s(self, seconds: float) -> None:
        """Move on."""
        self.ms += round(seconds * 1000)


@cache
def a_key() -> RSAKey:
    """Return a key; making one takes long, so each test process makes it once."""
    return RSAKey.generate_key(2048)


@cache
def new_database_with_a_key() -> bytes:
    """Return a database with nothing but a ready-made key; every test gets a copy, since making one takes long."""
    with tempfile.TemporaryDirectory() as folder:
        engine = open_database(Path(folder))
        migrate(engine)
        _insert_key(engine, now=0)
        engine.dispose()
        return (Path(folder) / "outfeed.sqlite").read_bytes()


def _insert_key(engine: sa.Engine, *, now: int) -> None:
    private = a_key().as_pem(private=True).decode()
    with writing(engine) as connection:
        queries.insert_key(connection, kid="key-1", purpose="token", private=private, now=now)


@cache
def _first_start() -> bytes:
    """Return a new database after its first start; every test gets a copy, since making one takes long."""
    with tempfile.TemporaryDirectory() as folder:
        engine = open_database(Path(folder))
        metadata.create_all(engine)
        _insert_key(engine, now=NEW_YEAR_MS)
        Identity(engine, Settings(), StandingClock())
        engine.dispose()
        return (Path(folder) / "outfeed.sqlite").read_bytes()


def an_identity(folder: Path, clock: StandingClock | None = None, **changes: Any) -> Identity:
    """Return the identity of a new database, with these settings changed."""
    (folder / "outfeed.sqlite").write_bytes(_first_start())
    return Identity(open_database(folder), Settings(data=folder).but(**changes), clock or StandingClock())


def an_identity_on(folder: Path, clock: Clock) -> Identity:
    """Return another process's identity on the same database: it has no token in memory."""
    return Identity(open_database(folder), Settings(data=folder), clock)


def a_token(identity: Identity, *scopes: str, email: str = "ann@example.org", ttl_s: int = 3600) -> str:
    """Return an access token of a user."""
    return identity.token_for_user(email, scopes, ttl_s=ttl_s).access_token
