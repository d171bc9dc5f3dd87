"""The calls by which a printer's firmware talks to the server (specs/spark.md, section 8)."""

import gzip
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx

from outfeed.simulator.events import Registered
from outfeed.simulator.printables import Gathering, Printable
from outfeed.simulator.words import Style

TOKEN_HEADER: Final = "X-Printer-Auth-Token"  # noqa: S105 - the name of a header
#: Characters of an answer that are shown.
MAX_SHOWN: Final = 200
#: Hex digits of a SHA-256.
_DIGEST: Final = 64


class TokenDead(Exception):
    """No printer has this token."""


class Unreachable(Exception):
    """The server cannot be reached, or asks to come again later."""


class CallRefused(Exception):
    """The server refuses what a call says; saying it again does not help."""


class DownloadFailed(Exception):
    """A file did not come as it was promised, or was not taken."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Maker:
    """What a printer says of itself when it registers."""

    type_id: str
    firmware: str
    serial_number: str


class Firmware:
    """
    The calls, for any number of printers.

    Parameters
    ----------
    client
        Sends them; knows the server's address.
    style
        How bodies are sent: as JSON, or as forms.
    """

    def __init__(self, client: httpx.AsyncClient, style: Style) -> None:
        self._client = client
        self._style = style

    async def register(self, maker: Maker, token: str | None) -> Registered:
        """
        Make a printer known, or ask how a known one stands.

        Raises
        ------
        TokenDead, Unreachable, CallRefused
            If the token is dead; if it is to be tried again; if it is not.
        """
        body = {"type_id": maker.type_id, "firmware": maker.firmware, "serial_number": maker.serial_number}
        found = _object(await self._post("/v1/print/printers/registration_code", body, token))
        printer_id, code, given = found.get("printer_id"), found.get("registration_code"), found.get("auth_token")
        if not isinstance(printer_id, int) or not isinstance(given, str):
            raise CallRefused("The answer lacks printer_id or auth_token.")
        is_owned = found.get("registered") is True
        return Registered(printer_id, code if isinstance(code, str) and not is_owned else None, given, is_owned)

    async def tell_status(self, body: Mapping[str, Any], token: str) -> None:
        """Send a status ping; raises as `register` does."""
        await self._post("/v1/print/printers/status", body, token)

    async def acknowledge(self, task_id: str, body: Mapping[str, Any], token: str) -> None:
        """Send an acknowledgement; raises as `register` does."""
        await self._post(f"/v1/print/printers/command/{task_id}", body, token)

    async def fetch(self, url: str) -> Printable:
        """Download a file; raise `DownloadFailed` if it is not the one that the server tells the digest of."""
        gathering = Gathering()
        try:
            # The log of a refused address could show its signature: the errors here name none.
            headers = {"Accept-Encoding": "identity"}
            async with self._client.stream("GET", url, headers=headers, follow_redirects=True) as response:
                if response.status_code != httpx.codes.OK:
                    raise DownloadFailed(f"The file's address answers {response.status_code}.")
                async for piece in response.aiter_raw():
                    gathering.add(piece)
        except (httpx.TransportError, httpx.InvalidURL, httpx.TooManyRedirects) as error:
            raise DownloadFailed(f"The file did not come: {type(error).__name__}.") from error
        found = gathering.printable()
        tag = response.headers.get("etag", "").strip('"')
        if len(tag) == _DIGEST and tag != found.sha256:
            raise DownloadFailed("The file is not the one that the server tells the digest of.")
        return found

    async def store(self, url: str, text: str) -> None:
        """Send a text, compressed; raise `DownloadFailed` if it is not taken."""
        headers = {"Content-Type": "application/gzip"}
        try:
            response = await self._client.put(url, content=gzip.compress(text.encode()), headers=headers)
        except (httpx.TransportError, httpx.InvalidURL) as error:
            raise DownloadFailed(f"The file was not taken: {type(error).__name__}.") from error
        if not response.is_success:
            raise DownloadFailed(f"The file's address answers {response.status_code}.")

    async def _post(self, path: str, body: Mapping[str, Any], token: str | None) -> httpx.Response:
        headers = {TOKEN_HEADER: token} if token else {}
        try:
            if self._style is Style.EMBER:
                response = await self._client.post(path, json=body, headers=headers)
            else:
                response = await self._client.post(path, data=dict(form_fields(body)), headers=headers)
        except httpx.TransportError as error:
            raise Unreachable(type(error).__name__) from error
        if response.status_code == httpx.codes.FORBIDDEN and token:
            raise TokenDead
        if response.status_code == httpx.codes.TOO_MANY_REQUESTS or response.is_server_error:
            raise Unreachable(f"The server answers {response.status_code}.")
        if not response.is_success:
            raise CallRefused(f"{response.status_code}: {response.text[:MAX_SHOWN]}")
        return response


def form_fields(body: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield the fields of a body as a form has them: `data[layer]=3`; what is None has none."""
    for key, value in body.items():
        name = f"{prefix}[{key}]" if prefix else key
        if isinstance(value, Mapping):
            yield from form_fields(value, name)
        elif value is not None:
            yield name, str(value).lower() if isinstance(value, bool) else str(value)


def _object(response: httpx.Response) -> Mapping[str, Any]:
    try:
        found = response.json()
    except ValueError as error:
        raise CallRefused("The answer is not JSON.") from error
    return found if isinstance(found, dict) else {}
