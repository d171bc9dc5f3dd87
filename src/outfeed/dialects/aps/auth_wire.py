"""The words of `/authentication`, in and out."""

import base64
import binascii
from typing import Any, Final
from urllib.parse import unquote_plus

from outfeed.errors import ClientUnknown, GrantUnknown, InvalidField, NotBuilt
from outfeed.http.bodies import Params, text_of
from outfeed.identity.apps import App
from outfeed.identity.scopes import SCOPES, parse_scopes
from outfeed.identity.service import Grant
from outfeed.identity.tokens import ISSUER, Claims

#: The grants of a user's login, which a later version brings.
_LATER_GRANTS: Final = {"authorization_code", "refresh_token"}

Pair = tuple[str, str]


def parse_grant_type(params: Params) -> None:
    """Refuse every grant but `client_credentials`; the user's ones as not built, others as unknown."""
    grant = text_of(params, "grant_type")
    if grant in _LATER_GRANTS:
        raise NotBuilt(f"The grant {grant} comes with the login of users.")
    if grant != "client_credentials":
        raise GrantUnknown("Use client_credentials.")


def parse_requested_scopes(params: Params) -> tuple[str, ...]:
    """Return the scopes asked for: text with spaces, or a list; none asked for, none given."""
    given = params.get("scope", "")
    if isinstance(given, list) and all(isinstance(scope, str) for scope in given):
        given = " ".join(given)
    if not isinstance(given, str):
        raise InvalidField("scope is text with spaces between the scopes.")
    return parse_scopes(given)


def parse_client(authorization: str | None, params: Params) -> Pair:
    """
    Return the client id and secret of a v2 call: from the Basic header, or from the body if there is none.

    Raises
    ------
    ClientUnknown
        If there are none, or the header cannot be read.
    """
    if authorization:
        return parse_basic(authorization)
    if "client_id" not in params or "client_secret" not in params:
        raise ClientUnknown("Send both, as a Basic header or in the form.")
    return parse_body_client(params)


def parse_body_client(params: Params) -> Pair:
    """Return the client id and secret of a body; `MissingField` names the one that is not there."""
    return text_of(params, "client_id"), text_of(params, "client_secret")


def parse_basic(authorization: str) -> Pair:
    """Return the two parts of a Basic header; percent encoding (RFC 6749, section 2.3.1) is undone."""
    scheme, _, encoded = authorization.partition(" ")
    try:
        decoded = base64.b64decode(encoded.strip(), validate=True).decode("utf-8")
        name, colon, secret = decoded.partition(":")
        pair = (unquote_plus(name, errors="strict"), unquote_plus(secret, errors="strict"))
    except (binascii.Error, ValueError) as error:
        raise ClientUnknown("The Basic header cannot be read.") from error
    if scheme.lower() != "basic" or not colon:
        raise ClientUnknown("The Authorization header is not a Basic one.")
    return pair


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


def configuration_json(base: str) -> dict[str, Any]:
    """Return the metadata of RFC 8414, as far as it is true here: no login yet, so no response types."""
    methods = ["client_secret_basic", "client_secret_post"]
    return {
        "issuer": ISSUER,
        "token_endpoint": f"{base}/authentication/v2/token",
        "introspection_endpoint": f"{base}/authentication/v2/introspect",
        "jwks_uri": f"{base}/authentication/v2/keys",
        "scopes_supported": list(SCOPES),
        "response_types_supported": [],
        "grant_types_supported": ["client_credentials"],
        "token_endpoint_auth_methods_supported": methods,
        "introspection_endpoint_auth_methods_supported": methods,
    }
