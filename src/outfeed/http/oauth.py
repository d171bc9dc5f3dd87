"""Two-legged OAuth 2 (RFC 6749), in the words that all dialects share: who a program is, and what it asks for."""

import base64
import binascii
from typing import Final
from urllib.parse import unquote_plus

from outfeed.errors import ClientUnknown, GrantUnknown, InvalidField, NotBuilt
from outfeed.http.bearer import client_host
from outfeed.http.bodies import Params, read_params, text_of
from outfeed.http.context import Incoming, services
from outfeed.identity.apps import App
from outfeed.identity.scopes import parse_scopes
from outfeed.identity.service import Grant

#: RFC 6749, section 5.1: nobody on the way keeps a token.
SECRET: Final = {"Cache-Control": "no-store", "Pragma": "no-cache"}

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


async def sign_in_params(request: Incoming) -> Params:
    """Return the fields of the body."""
    return await read_params(request, max_bytes=services(request).settings.max_body_bytes)


def app_of(request: Incoming, pair: Pair) -> App:
    """Return the app that a client id and secret belong to."""
    return services(request).identity.client(*pair, client_host=client_host(request))


async def two_legged(request: Incoming) -> Grant:
    """Give a token to the program whose id and secret stand in a Basic header or in the body."""
    params = await sign_in_params(request)
    parse_grant_type(params)
    app = app_of(request, parse_client(request.headers.get("authorization"), params))
    return services(request).identity.grant(app, parse_requested_scopes(params))
