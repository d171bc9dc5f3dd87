"""Calls of a service that this server does not have: each answers 501 and says so."""

import re
from collections.abc import Iterable
from typing import Any, Final, NoReturn

from litestar import HttpMethod, route
from litestar.handlers import HTTPRouteHandler

from outfeed.errors import NotBuilt
from outfeed.http.bearer import caller_of
from outfeed.http.context import Incoming

_NAME: Final = re.compile(r"\{(\w+)\}")


def unbuilt_handlers(prefix: str, calls: Iterable[tuple[str, str]]) -> list[HTTPRouteHandler]:
    """Return one handler per path, for all of its methods; `calls` are methods, and paths behind the prefix."""
    paths: dict[str, list[HttpMethod]] = {}
    for method, path in calls:
        paths.setdefault(prefix + path, []).append(HttpMethod(method))
    return [_handler(path, methods) for path, methods in paths.items()]


def _handler(path: str, methods: list[HttpMethod]) -> HTTPRouteHandler:
    async def not_built(request: Incoming) -> NoReturn:
        await caller_of(request)
        raise NotBuilt(f"{request.method} {path}.")

    with_heads: list[Any] = [*methods, *([HttpMethod.HEAD] if HttpMethod.GET in methods else [])]
    spelled = _NAME.sub(r"{\1:str}", path)
    return route(spelled, http_method=with_heads, status_code=501, include_in_schema=False)(not_built)
