"""What a token can allow."""

import re
from typing import Final

from outfeed.errors import ScopeUnknown

#: The scopes of Autodesk Platform Services, in the order of its list; then those of the iTwin platform.
SCOPES: Final = (
    "user:read",
    "user:write",
    "user-profile:read",
    "viewables:read",
    "data:read",
    "data:write",
    "data:create",
    "data:search",
    "bucket:create",
    "bucket:read",
    "bucket:update",
    "bucket:delete",
    "code:all",
    "account:read",
    "account:write",
    "openid",
    "itwin-platform",
    "itwins:read",
    "itwins:modify",
    "imodels:read",
    "imodels:modify",
    "mesh-export:read",
    "mesh-export:modify",
)

#: Asked for by clients that want a token which renews others. Nothing is given for it.
IGNORED: Final = frozenset({"offline_access"})

#: `data:read` for one resource: kept in the token, and allows nothing until a call looks for it.
_ONE_RESOURCE: Final = re.compile(r"data:read:urn:adsk\.[^\s*\\\"]+")

#: Longest list, in characters, and most scopes in it (APS, `authorize`).
MAX_LENGTH: Final = 2000
MAX_SCOPES: Final = 50


def parse_scopes(text: str) -> tuple[str, ...]:
    """
    Return the scopes of a list with spaces between, each once, in the order given.

    An empty list is a token that allows nothing: never more than was asked for.

    Raises
    ------
    ScopeUnknown
        If one of them is not a scope, or there are too many.
    """
    found = tuple(scope for scope in dict.fromkeys(text.split()) if scope not in IGNORED)
    if len(text) > MAX_LENGTH or len(found) > MAX_SCOPES:
        raise ScopeUnknown(f"At most {MAX_SCOPES} scopes and {MAX_LENGTH} characters.")
    unknown = [scope for scope in found if scope not in SCOPES and not _ONE_RESOURCE.fullmatch(scope)]
    if unknown:
        raise ScopeUnknown(f"Unknown: {' '.join(unknown)[:200]}.")
    return found
