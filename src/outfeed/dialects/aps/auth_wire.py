"""The words of `/authentication` that are Autodesk's own."""

from typing import Any

from outfeed.identity.apps import App
from outfeed.identity.service import Grant
from outfeed.identity.tokens import Claims


def token_v1_json(grant: Grant) -> dict[str, Any]:
    """Return the answer of `v1/authenticate`."""
    return {"token_type": "Bearer", "expires_in": grant.expires_in_s, "access_token": grant.access_token}


def token_v2_json(grant: Grant) -> dict[str, Any]:
    """Return the answer of `v2/token`."""
    return {"access_token": grant.access_token, "token_type": "Bearer", "expires_in": grant.expires_in_s}


def introspection_json(claims: Claims | None, app: App) -> dict[str, Any]:
    """Return what a token says; `userid` only if it acts for a user. A token that does not work says nothing."""
    if claims is None:
        return {"active": False}
    said = {
        "active": True,
        "scope": " ".join(claims.scopes),
        "client_id": claims.app_id,
        "exp": claims.expires_at_s,
    }
    return said if claims.principal_id == app.service_id else said | {"userid": claims.principal_id}
