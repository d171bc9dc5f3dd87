"""Who looks at exports: somebody with a token, or with a key to one model."""

import re
from typing import Final

from outfeed.dialects.itwin.callers import caller_for
from outfeed.errors import Unauthenticated
from outfeed.exports.models import Reader
from outfeed.http.bearer import client_host
from outfeed.http.context import Incoming, services
from outfeed.library.shares import SharedModel

#: A share key, as CesiumJS sends it: as it is, not encoded once more (specs/itwin.md, section 2).
_KEY: Final = re.compile(r"basic +([A-Za-z0-9]{1,128})", re.IGNORECASE)


async def reader_of(request: Incoming, *older: str) -> Reader:
    """
    Return who looks: with a token as `caller_for` has it, or with a share key, which opens one model for reading.

    Raises
    ------
    Unauthenticated
        If there is neither a token nor a key of ours that still works.
    ScopeMissing
        If the token allows something else only.
    RateLimited
        If the principal, or the holder of the key, calls too often.
    """
    sent = request.headers.getall("authorization", [])
    key = _KEY.fullmatch(sent[0]) if len(sent) == 1 else None
    if key is None or services(request).settings.open:
        return await caller_for(request, *older)
    return _opened(request, key[1])


def _opened(request: Incoming, key: str) -> SharedModel:
    parts = services(request)
    try:
        shared = parts.shares.open(key)
    except Unauthenticated:
        parts.identity.count("refused", client_host(request))
        raise
    parts.identity.count("share", shared.model_id)
    return shared
