"""What a handler takes from its request: the services, and the address that the client reached us by."""

from typing import Any

from litestar import Request

from outfeed.services import Services

Incoming = Request[Any, Any, Any]


def services(request: Incoming) -> Services:
    """Return the parts that this request works with."""
    found: Services = request.app.state.services
    return found


def base_url(request: Incoming) -> str:
    """Return the address of this server for links in answers, without a slash at the end."""
    configured = services(request).settings.public_url
    return configured.rstrip("/") or f"{request.url.scheme}://{request.url.netloc}"
