"""Access tokens: JWTs that only this server signs and only this server's keys verify."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import Key, RSAKey

from outfeed.clock import Clock
from outfeed.errors import Unauthenticated

#: `iss` and `aud` of every token. A fixed name: the address may differ between the command line and the server.
ISSUER: Final = "urn:outfeed"
ALGORITHM: Final = "RS256"

#: Longest token that is looked at. Ours with the longest list of scopes has under 4,000 characters.
MAX_LENGTH: Final = 8192
#: How far ahead of us the clock may have been that a token was made by, in seconds.
_CLOCK_STEP_S: Final = 60


@dataclass(frozen=True, kw_only=True, slots=True)
class Claims:
    """What a verified token says."""

    #: The principal that it acts as.
    principal_id: str
    #: The app that it was given to.
    app_id: str
    #: In the order asked for.
    scopes: tuple[str, ...]
    #: First moment at which it no longer works, in seconds since 1970-01-01 UTC.
    expires_at_s: int


class Tokens:
    """Signs and verifies; knows no database."""

    def __init__(self, keys: Sequence[RSAKey], clock: Clock) -> None:
        self._signing = keys[0]
        self._by_kid: dict[str, RSAKey] = {str(key.kid): key for key in keys}
        self._clock = clock

    def issue(
        self, *, principal_id: str, app_id: str, scopes: Sequence[str], ttl_s: int, person: Mapping[str, str]
    ) -> str:
        """
        Return a token that lives for `ttl_s` seconds, rounded up to a whole second.

        `scope` is a list, as in the tokens of Autodesk Platform Services and of the iTwin platform. `person` are more
        claims, by which clients greet who is signed in; we do not read them.
        """
        now_s = self._clock() / 1000
        claims = {
            **person,
            "iss": ISSUER,
            "aud": ISSUER,
            "sub": principal_id,
            "client_id": app_id,
            "scope": list(scopes),
            "iat": math.floor(now_s),
            "nbf": math.floor(now_s) - _CLOCK_STEP_S,  # the client's clock may be behind
            "exp": math.ceil(now_s + ttl_s),
            "jti": str(uuid4()),
        }
        return jwt.encode({"alg": ALGORITHM, "kid": self._signing.kid}, claims, self._signing, [ALGORITHM])

    def verify(self, token: str) -> Claims:
        """
        Return what a token says if it is ours and its time has not run out, else raise `Unauthenticated`.

        There is no leeway at its end.
        """
        if len(token) > MAX_LENGTH or not token.isascii():
            raise Unauthenticated
        try:
            found = jwt.decode(token, self._key_of, [ALGORITHM]).claims
        # A header of 512 bytes at most is parsed before the signature is looked at, so it may be any JSON at all.
        except (JoseError, ValueError, TypeError) as error:
            raise Unauthenticated from error
        self._check(found)
        return Claims(
            principal_id=found["sub"],
            app_id=found["client_id"],
            scopes=tuple(found["scope"]),
            expires_at_s=found["exp"],
        )

    def jwks(self) -> list[dict[str, Any]]:
        """Return the public keys, newest first, as JSON Web Keys."""
        names = ("kid", "kty", "use", "alg", "n", "e")
        public = [dict(key.as_dict(private=False)) for key in self._by_kid.values()]
        return [{name: key[name] for name in names} for key in public]

    def _key_of(self, signed: Any) -> Key:
        """Return our key that the header names; keys that a token brings along are never looked at."""
        kid = signed.headers().get("kid")
        if not isinstance(kid, str) or kid not in self._by_kid:
            raise Unauthenticated
        return self._by_kid[kid]

    def _check(self, claims: dict[str, Any]) -> None:
        """Refuse a token that is signed by us but out of its time, for somebody else, or of another kind."""
        now_s = self._clock() / 1000
        ours = claims.get("iss") == claims.get("aud") == ISSUER
        whole = all(isinstance(claims.get(name), str) for name in ("sub", "client_id"))
        timely = (
            _number(claims, "exp", missing=0) > now_s
            and _number(claims, "nbf", missing=0) <= now_s
            and _number(claims, "iat", missing=math.inf) <= now_s + _CLOCK_STEP_S
        )
        if not (ours and whole and timely and isinstance(claims.get("scope"), list)):
            raise Unauthenticated


def _number(claims: dict[str, Any], name: str, *, missing: float) -> float:
    """Return a time among the claims; NaN, which no comparison lets pass, if it is no number."""
    value = claims.get(name, missing)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else math.nan
