"""Sign-in for programs, under `/authentication`: two-legged tokens, the keys that verify them, and the closed doors."""

from typing import Any, Final

from litestar import HttpMethod, Response, post, route

from outfeed.dialects.aps import auth_wire as wire
from outfeed.errors import NotBuilt
from outfeed.http import oauth
from outfeed.http.bodies import text_of
from outfeed.http.context import Incoming, services

_READ: Final = [HttpMethod.GET, HttpMethod.HEAD]


@post("/authentication/v1/authenticate", status_code=200)
async def authenticate(request: Incoming) -> Response[Any]:
    """Give a two-legged token, with the client's id and secret in the body."""
    params = await oauth.sign_in_params(request)
    oauth.parse_grant_type(params)
    app = oauth.app_of(request, oauth.parse_body_client(params))
    grant = services(request).identity.grant(app, oauth.parse_requested_scopes(params))
    return Response(wire.token_v1_json(grant), headers=oauth.SECRET)


@post("/authentication/v2/token", status_code=200)
async def token(request: Incoming) -> Response[Any]:
    """Give a two-legged token, with the client's id and secret in a Basic header or in the body."""
    return Response(wire.token_v2_json(await oauth.two_legged(request)), headers=oauth.SECRET)


@post("/authentication/v2/introspect", status_code=200)
async def introspect(request: Incoming) -> Response[Any]:
    """Tell an app what one of its own tokens says, and whether it still works."""
    params = await oauth.sign_in_params(request)
    app = oauth.app_of(request, oauth.parse_client(request.headers.get("authorization"), params))
    claims = services(request).identity.introspect(text_of(params, "token"), app=app)
    return Response(wire.introspection_json(claims, app), headers=oauth.SECRET)


@route("/authentication/v2/keys", http_method=_READ)
async def keys(request: Incoming) -> Response[Any]:
    """Give the public keys that verify our tokens."""
    return Response({"keys": services(request).identity.jwks()})


@post("/authentication/v2/revoke")
async def revoke() -> Response[Any]:
    """Refuse: a token ends with its time, or with its app."""
    raise NotBuilt("An access token ends by itself; `outfeed app delete` ends all of an app's.")


@route(
    [
        "/authentication/v1/authorize",
        "/authentication/v2/authorize",
        "/authentication/v2/logout",
        "/userinfo",
        "/userprofile/v1/users/@me",
    ],
    http_method=_READ,
)
async def login_pages() -> Response[Any]:
    """Refuse the pages and answers of a user's login."""
    raise NotBuilt("It comes with the login of users.")


@post(["/authentication/v1/gettoken", "/authentication/v1/refreshtoken"])
async def login_tokens() -> Response[Any]:
    """Refuse the tokens of a user's login."""
    raise NotBuilt("It comes with the login of users.")


#: What the application mounts.
HANDLERS: Final = [
    authenticate,
    token,
    introspect,
    revoke,
    keys,
    login_pages,
    login_tokens,
]
