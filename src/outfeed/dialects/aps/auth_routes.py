"""Sign-in for programs, under `/authentication`: two-legged tokens, the keys that verify them, and the closed doors."""

from typing import Any, Final

from litestar import HttpMethod, Response, post, route

from outfeed.dialects.aps import auth_wire as wire
from outfeed.errors import NotBuilt
from outfeed.http.bearer import client_host
from outfeed.http.bodies import Params, read_params, text_of
from outfeed.http.context import Incoming, base_url, services
from outfeed.identity.apps import App

#: RFC 6749, section 5.1: nobody on the way keeps a token.
_SECRET: Final = {"Cache-Control": "no-store", "Pragma": "no-cache"}

_READ: Final = [HttpMethod.GET, HttpMethod.HEAD]


@post("/authentication/v1/authenticate", status_code=200)
async def authenticate(request: Incoming) -> Response[Any]:
    """Give a two-legged token, with the client's id and secret in the body."""
    params = await _params(request)
    wire.parse_grant_type(params)
    app = _app(request, wire.parse_body_client(params))
    grant = services(request).identity.grant(app, wire.parse_requested_scopes(params))
    return Response(wire.token_v1_json(grant), headers=_SECRET)


@post("/authentication/v2/token", status_code=200)
async def token(request: Incoming) -> Response[Any]:
    """Give a two-legged token, with the client's id and secret in a Basic header or in the body."""
    params = await _params(request)
    wire.parse_grant_type(params)
    app = _app(request, wire.parse_client(request.headers.get("authorization"), params))
    grant = services(request).identity.grant(app, wire.parse_requested_scopes(params))
    return Response(wire.token_v2_json(grant), headers=_SECRET)


@post("/authentication/v2/introspect", status_code=200)
async def introspect(request: Incoming) -> Response[Any]:
    """Tell an app what one of its own tokens says, and whether it still works."""
    params = await _params(request)
    app = _app(request, wire.parse_client(request.headers.get("authorization"), params))
    claims = services(request).identity.introspect(text_of(params, "token"), app=app)
    return Response(wire.introspection_json(claims, app), headers=_SECRET)


@route(["/authentication/v2/keys", "/.well-known/jwks.json"], http_method=_READ)
async def keys(request: Incoming) -> Response[Any]:
    """Give the public keys that verify our tokens."""
    return Response({"keys": services(request).identity.jwks()})


@route("/.well-known/openid-configuration", http_method=_READ)
async def configuration(request: Incoming) -> Response[Any]:
    """Say where the calls are and what they can do."""
    return Response(wire.configuration_json(base_url(request)))


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


async def _params(request: Incoming) -> Params:
    """Return the fields of the body."""
    return await read_params(request, max_bytes=services(request).settings.max_body_bytes)


def _app(request: Incoming, pair: wire.Pair) -> App:
    """Return the app that a client id and secret belong to."""
    return services(request).identity.client(*pair, client_host=client_host(request))


#: What the application mounts.
HANDLERS: Final = [
    authenticate,
    token,
    introspect,
    revoke,
    keys,
    configuration,
    login_pages,
    login_tokens,
]
