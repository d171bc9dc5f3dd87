"""Who calls the platform, and what the token must allow."""

from outfeed.dialects.itwin.constants import PLATFORM_SCOPE
from outfeed.http.bearer import caller_of
from outfeed.http.context import Incoming
from outfeed.identity.caller import Caller


async def caller_for(request: Incoming, *older: str) -> Caller:
    """
    Return whom a request acts for, whose token has `itwin-platform` or one of the `older` scopes, as `imodels:read`.

    Raises
    ------
    Unauthenticated
        If there is no token of ours that still works.
    ScopeMissing
        If it allows something else only.
    RateLimited
        If the principal calls too often.
    """
    caller = await caller_of(request)
    caller.require_any(PLATFORM_SCOPE, *older)
    return caller
