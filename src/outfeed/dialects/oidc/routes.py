"""Sign-in for programs as OpenID Connect has it: discovery, tokens and keys."""

from typing import Any, Final

from litestar import Response, post

from outfeed.dialects.oidc import wire
from outfeed.errors import NotBuilt
from outfeed.http import oauth
from outfeed.http.context import Incoming, base_url, services
from outfeed.http.routing import get_and_head


@post("/connect/token", status_code=200)
async def connect_token(request: Incoming) -> Response[Any]:
    """Give a two-legged token, with the client's id and secret in a Basic header or in the body."""
    return Response(wire.token_json(await oauth.two_legged(request)), headers=oauth.SECRET)


@get_and_head("/connect/jwks", "/.well-known/jwks.json")
async def connect_keys(request: Incoming) -> Response[Any]:
    """Give the public keys that verify our tokens."""
    return Response({"keys": services(request).identity.jwks()})


@get_and_head("/.well-known/openid-configuration")
async def configuration(request: Incoming) -> Response[Any]:
    """Say where the calls are and what they can do."""
    return Response(wire.configuration_json(base_url(request)))


@get_and_head("/connect/authorize", "/connect/userinfo", "/connect/endsession")
async def login_pages() -> Response[Any]:
    """Refuse the pages and answers of a user's login."""
    raise NotBuilt("It comes with the login of users.")


#: What the application mounts.
HANDLERS: Final = [connect_token, connect_keys, configuration, login_pages]
