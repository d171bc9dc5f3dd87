"""What links of a list of exports begin with, where a proxy in front of the server says it."""

import re
from typing import Final

from outfeed.http.bearer import client_host
from outfeed.http.context import Incoming, services

#: Set by a proxy: the address that clients reach it by, up to the API's own path or with it.
HEADER: Final = "x-api-host-and-root"

#: A host, perhaps with a scheme, a port and a path: nothing that a link could be broken out of.
_ROOT: Final = re.compile(r"(https?://)?([\w.-]+|\[[0-9a-fA-F:.]+\])(:[0-9]{1,5})?(/[\w.~%/-]*)?", re.ASCII)
_OWN_PATH: Final = "/mesh-export"


def list_root(request: Incoming) -> str:
    """
    Return what the links begin with; empty: the server's own address.

    Clients send their token to the next page's address, so only the operator's proxies are believed.
    """
    sent = request.headers.getall(HEADER, [])
    if len(sent) != 1 or not services(request).settings.trusts(client_host(request)):
        return ""
    return parse_root(sent[0])


def parse_root(text: str) -> str:
    """Return an address without a slash, and without the API's path, at its end; empty if it is none."""
    found = _ROOT.fullmatch(text.strip())
    if not found:
        return ""
    address = text.strip() if found[1] else f"https://{text.strip()}"
    return address.rstrip("/").removesuffix(_OWN_PATH)
