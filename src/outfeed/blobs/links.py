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

    def _signature(self, method: str, path: str, fields: Mapping[str, str]) -> str:
        text = f"{method}\n{path}\n{_query(dict(sorted(fields.items())))}"
        return hmac.new(self._secret, text.encode("utf-8", "surrogateescape"), hashlib.sha256).hexdigest()


def _query(fields: Mapping[str, str]) -> str:
    return urlencode(fields, quote_via=quote)
