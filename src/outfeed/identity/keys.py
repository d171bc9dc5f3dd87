"""The server's own secrets: the keys that sign tokens and links, made once and kept in the database."""

import secrets
from collections.abc import Callable
from functools import lru_cache

import sqlalchemy as sa
from joserfc.jwk import RSAKey

from outfeed.clock import Clock
from outfeed.database import reading, writing
from outfeed.identity import queries

#: Makes a key: its id, and the private part as it is stored.
Make = Callable[[], tuple[str, str]]


def token_keys(engine: sa.Engine, clock: Clock) -> list[RSAKey]:
    """Return the keys of access tokens, newest first: the first signs, all verify."""
    stored = _ensure(engine, clock, "token", _new_rsa)
    return [_imported(row["kid"], row["private"]) for row in stored]


def link_secret(engine: sa.Engine, clock: Clock) -> bytes:
    """Return the secret that signs download addresses."""
    return bytes.fromhex(_ensure(engine, clock, "link", _new_secret)[0]["private"])


@lru_cache(maxsize=8)
def _imported(kid: str, private: str) -> RSAKey:
    """Return a stored key; its numbers are checked once per process, for that takes 40 ms."""
    return RSAKey.import_key(private, {"kid": kid, "use": "sig", "alg": "RS256"})


def _ensure(engine: sa.Engine, clock: Clock, purpose: str, make: Make) -> list[queries.Row]:
    """Return the keys of a purpose, newest first; if there are none, make the first one."""
    with reading(engine) as connection:
        found = queries.keys_for(connection, purpose)
    if found:
        return list(found)
    # Made before the lock is taken: an RSA key can take a second.
    kid, private = make()
    with writing(engine) as connection:
        if not queries.keys_for(connection, purpose):
            queries.insert_key(connection, kid=kid, purpose=purpose, private=private, now=clock())
        return list(queries.keys_for(connection, purpose))


def _new_rsa() -> tuple[str, str]:
    """Make a 2048-bit RSA key; its id is its thumbprint (RFC 7638)."""
    key = RSAKey.generate_key(2048)
    return key.thumbprint(), key.as_pem(private=True).decode("ascii")


def _new_secret() -> tuple[str, str]:
    """Make 32 random bytes as hex."""
    return secrets.token_hex(8), secrets.token_hex(32)
