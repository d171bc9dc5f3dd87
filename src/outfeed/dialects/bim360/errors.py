"""Our errors in the words of BIM 360 Docs: the gateway's for who you are, else `{"errors": [{"code", …}]}`."""

from http import HTTPStatus
from typing import Any

from litestar import Response

from outfeed.dialects.autodesk.gateway import gateway_response
from outfeed.dialects.autodesk.statuses import told
from outfeed.errors import OutfeedError
from outfeed.http.context import Incoming


def respond(request: Incoming, error: Exception) -> Response[Any]:
    """Return the answer to an error; one that nobody foresaw shows nothing of its text."""
    of_gateway = gateway_response(error) if isinstance(error, OutfeedError) else None
    if of_gateway is not None:
        return of_gateway
    said = told(request, error)
    entry = error_json(said.code, HTTPStatus(said.status).phrase, said.sentence)
    return Response({"errors": [entry]}, status_code=said.status, headers=said.headers)


def error_json(code: str, title: str, detail: str) -> dict[str, str]:
    """Return one error; a failed export carries one too."""
    return {"code": code, "title": title, "detail": detail}
