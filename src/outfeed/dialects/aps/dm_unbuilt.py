"""Calls of Data Management that this server does not have: each answers 501 and says so. The README lists them."""

from typing import Final, NoReturn

from litestar import HttpMethod, route
from litestar.handlers import HTTPRouteHandler

from outfeed.errors import NotBuilt
from outfeed.http.bearer import caller_of
from outfeed.http.context import Incoming

_PROJECT: Final = "/data/v1/projects/{project_id:str}"

#: Methods, path, and what to do instead.
UNBUILT: Final = (
    (["POST"], "/downloads", "Files are downloaded as they are: their storage says where."),
    (["GET"], "/downloads/{download_id:str}", "Files are downloaded as they are: their storage says where."),
    (["GET"], "/jobs/{job_id:str}", "No download is made in a job."),
    (["POST"], "/folders/{folder_id:str}/relationships/refs", "References are made by the server alone."),
    (["POST"], "/items/{item_id:str}/relationships/refs", "References are made by the server alone."),
    (["POST"], "/versions/{version_id:str}/relationships/refs", "References are made by the server alone."),
)


def handlers() -> list[HTTPRouteHandler]:
    """Return one handler per path."""
    return [_handler(methods, _PROJECT + path, reason) for methods, path, reason in UNBUILT]


def _handler(methods: list[str], path: str, reason: str) -> HTTPRouteHandler:
    async def not_built(request: Incoming) -> NoReturn:
        await caller_of(request)
        raise NotBuilt(reason)

    with_heads = [HttpMethod(name) for name in [*methods, *(["HEAD"] if "GET" in methods else [])]]
    return route(path, http_method=with_heads, status_code=501, include_in_schema=False)(not_built)
