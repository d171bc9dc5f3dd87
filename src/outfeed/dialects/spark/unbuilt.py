"""Calls of the API that this server does not have yet: each answers 501 and says so. The README's table lists them."""

from typing import Any, Final, NoReturn

from litestar import HttpMethod, route
from litestar.handlers import HTTPRouteHandler

from outfeed.errors import NotBuilt
from outfeed.http.bearer import caller_of
from outfeed.http.context import Incoming

#: Method and path, as the API spells them; both spellings where clients use two (specs/spark.md, section 1).
UNBUILT: Final = (
    ("POST", "/geom/meshes/repair"),
    ("POST", "/print/trays"),
    ("GET", "/print/trays/{id}"),
    ("POST", "/print/trays/prepare"),
    ("POST", "/print/trays/generatePrintable"),
    ("POST", "/print/trays/generate-printable"),
    ("POST", "/print/trays/exportSupport"),
    ("POST", "/print/trays/exportSupports"),
    ("POST", "/print/trays/export-support"),
)


def unbuilt_handlers() -> list[HTTPRouteHandler]:
    """Return one handler per path, for all of its methods."""
    paths: dict[str, list[HttpMethod]] = {}
    for method, path in UNBUILT:
        paths.setdefault(path, []).append(HttpMethod(method))
    return [_handler(path, methods) for path, methods in paths.items()]


def _handler(path: str, methods: list[HttpMethod]) -> HTTPRouteHandler:
    needs_token = path.startswith(("/geom", "/print/trays"))

    async def not_built(request: Incoming) -> NoReturn:
        if needs_token:
            await caller_of(request)
        raise NotBuilt(f"{request.method} {path}.")

    with_heads: list[Any] = [*methods, *([HttpMethod.HEAD] if HttpMethod.GET in methods else [])]
    decorate = route(path.replace("{id}", "{id:str}"), http_method=with_heads, status_code=501, include_in_schema=False)
    return decorate(not_built)
