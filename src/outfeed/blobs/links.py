"""Addresses that work without a token until they expire: an HMAC over method, path and everything in the query."""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl, quote, urlencode

from outfeed.errors import LinkExpired

#: When the link stops working, in milliseconds since 1970-01-01 UTC.
EXPIRES: Final = "expires"
SIGNATURE: Final = "signature"

#: What stands for the method in the signature of a link to everything below a path.
_TREE: Final = "TREE"


class Links:
    """Signs addresses of this server and checks them. The query it makes is a secret: never log it."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def sign(self, method: str, path: str, *, expires_at_ms: int, scope: Mapping[str, str]) -> str:
        """
        Return the query that lets whoever has it do `method` on `path`, which is as sent: still encoded.

        `scope` narrows what the link is good for and comes back from `verify`; a link for GET is one for HEAD too.
        """
        fields = {**scope, EXPIRES: str(expires_at_ms)}
        return _query({**fields, SIGNATURE: self._signature(method, path, fields)})

    def verify(self, method: str, path: str, query: str, *, now_ms: int) -> dict[str, str]:
        """
        Return the scope of a link that still works.

        Raises
        ------
        LinkExpired
            If it is too old, or anything in it is not as it was signed.
        """
        pairs = parse_qsl(query, keep_blank_values=True)
        fields = dict(pairs)
        given = fields.pop(SIGNATURE, "")
        expected = self._signature("GET" if method == "HEAD" else method, path, fields)
        # A name that stands twice would be signed once: two readers could see different values.
        genuine = hmac.compare_digest(expected.encode(), given.encode()) and len(pairs) == len(fields) + 1
        if not genuine or now_ms >= int(fields.pop(EXPIRES)):
            raise LinkExpired
        return fields

    def sign_tree(self, prefix: str, *, expires_at_ms: int) -> str:
        """Return the query that lets whoever has it read everything below a path, which has no slash at its end."""
        fields = {EXPIRES: str(expires_at_ms)}
        return _query({**fields, SIGNATURE: self._signature(_TREE, prefix, fields)})

    def verify_tree(self, prefix: str, query: str, *, now_ms: int) -> None:
        """
        Return if the query of a request below a path is from a link to that path that still works.

        Viewers add names of their own to the query, and encode it anew: only the two names of the link count, as they
        are decoded.

        Raises
        ------
        LinkExpired
            If it is too old, one of the two was changed, or is there with two values.
        """
        pairs = set(parse_qsl(query, keep_blank_values=True))
        expires, given = (_only(pairs, name) for name in (EXPIRES, SIGNATURE))
        expected = self._signature(_TREE, prefix, {EXPIRES: expires})
        if not hmac.compare_digest(expected.encode(), given.encode("utf-8", "surrogateescape")):
            raise LinkExpired
        if now_ms >= int(expires):
            raise LinkExpired

    def _signature(self, method: str, path: str, fields: Mapping[str, str]) -> str:
        text = f"{method}\n{path}\n{_query(dict(sorted(fields.items())))}"
        return hmac.new(self._secret, text.encode("utf-8", "surrogateescape"), hashlib.sha256).hexdigest()


def _only(pairs: set[tuple[str, str]], name: str) -> str:
    """Return the value of a name; empty where it has none or two."""
    values = [value for key, value in pairs if key == name]
    return values[0] if len(values) == 1 else ""


def _query(fields: Mapping[str, str]) -> str:
    return urlencode(fields, quote_via=quote)
