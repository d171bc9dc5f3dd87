"""Who acts: the caller, or the user whom an app's own token names in `x-user-id` (specs/bim360.md, section 2.3)."""

from collections.abc import Sequence
from typing import Final

from outfeed.http.bearer import caller_of
from outfeed.http.context import Incoming, services
from outfeed.identity.caller import Caller

USER_HEADER: Final = "x-user-id"


async def acting_in(request: Incoming, project_id: str, *scopes: str, any_of: Sequence[str] = ()) -> Caller:
    """
    Return whom a call in a project acts for.

    With a user in the header an app does what both it and the user may: the header narrows, and never widens.

    Parameters
    ----------
    scopes
        What the token must carry.
    any_of
        Scopes of which one is enough; empty: no other is needed.

    Raises
    ------
    NotFound
        If the app, or the user, is no member of the project.
    NotAllowed
        If the header names nobody.
    """
    caller = await caller_of(request, *scopes)
    if any_of:
        caller.require_any(*any_of)
    parts = services(request)
    parts.projects.get(caller, project_id)
    user = acted_for(request, caller)
    if user.principal_id != caller.principal_id:
        parts.projects.get(user, project_id)
    return user


def acted_for(request: Incoming, caller: Caller) -> Caller:
    """Return the user whom an app acts for, or the caller: a user's own token acts for nobody else."""
    named = request.headers.get(USER_HEADER, "").strip()
    return services(request).identity.on_behalf(caller, named) if named else caller
