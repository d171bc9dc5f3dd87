"""Calls to clients: to the very address that was checked, with nothing followed and nothing believed for long."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, Protocol

import httpcore

from outfeed.fleet.hosts import Address, check_address, check_numbers, resolved
from outfeed.settings import Settings

#: Longest time to a connection, in seconds.
CONNECT_S: Final = 5.0
#: Longest time of a whole call, in seconds: its name's resolution, its connection, its answer.
CALL_S: Final = 10.0
#: What is read of an answer, in bytes.
MAX_ANSWER_BYTES: Final = 64 * 1024
#: Names that are resolved at the same time: the system's resolver cannot be interrupted.
RESOLVERS: Final = 16

#: Finds the numbers of a host; `OSError` if it cannot.
Resolve = Callable[[str, int], Awaitable[list[str]]]

#: How a call can fail without being refused; `TimeoutError` and `socket.gaierror` are kinds of `OSError`.
_FAILED: Final = (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, OSError)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a client has answered."""

    status: int
    #: The first 64 KiB of it, as it came: a packed one is not unpacked.
    body: bytes


class Caller(Protocol):
    """Calls clients."""

    async def post(self, address: str, below: str, body: bytes, *, event: int) -> Answer | None:
        """
        Send JSON to an address, or to the segment `below` it; None: nobody has answered in time.

        `event` is the number of what is told: it is the same when it is told again.

        Raises
        ------
        AddressRefused
            If such an address is not called.
        """

    async def aclose(self) -> None:
        """Let go of connections."""


class GuardedCaller:
    """Calls clients that the settings allow. It asks no proxy, follows no redirect and keeps no cookie."""

    def __init__(
        self,
        settings: Settings,
        *,
        resolve: Resolve | None = None,
        network: httpcore.AsyncNetworkBackend | None = None,
        trusted: Callable[[], ssl.SSLContext] = httpcore.default_ssl_context,
    ) -> None:
        self._settings = settings
        self._guard = _Guard(settings, resolve or self._resolved, network or httpcore.AnyIOBackend())
        self._trusted = trusted
        self._pool: httpcore.AsyncConnectionPool | None = None
        self._resolvers: ThreadPoolExecutor | None = None

    async def post(self, address: str, below: str, body: bytes, *, event: int) -> Answer | None:
        """Send JSON to an address, or to the segment `below` it; None: nobody has answered in time."""
        checked = check_address(address, self._settings)
        try:
            async with asyncio.timeout(CALL_S):
                return await self._posted(checked.below(below) if below else checked, body, event)
        except _FAILED:
            return None

    async def aclose(self) -> None:
        """Let go of connections and of names that are not resolved yet; the next call begins anew."""
        pool, self._pool = self._pool, None
        resolvers, self._resolvers = self._resolvers, None
        if pool:
            await pool.aclose()
        if resolvers:
            resolvers.shutdown(wait=False, cancel_futures=True)

    async def _posted(self, address: Address, body: bytes, event: int) -> Answer:
        url = httpcore.URL(scheme=address.scheme, host=address.host, port=address.port, target=address.target)
        headers: dict[bytes | str, bytes | str] = {
            "Host": address.named,
            "Content-Type": "application/json",
            "User-Agent": "outfeed",
            "X-Outfeed-Event": str(event),
        }
        limits = {"timeout": {"connect": CONNECT_S, "read": CALL_S, "write": CALL_S, "pool": CALL_S}}
        async with self._connections().stream(
            "POST", url, headers=headers, content=body, extensions=limits
        ) as response:
            return Answer(response.status, await _beginning(response))

    def _connections(self) -> httpcore.AsyncConnectionPool:
        """Return the pool; its certificates are read with the first call. No connection is kept for a next one."""
        if self._pool is None:
            self._pool = httpcore.AsyncConnectionPool(
                ssl_context=self._trusted(),
                max_connections=None,
                max_keepalive_connections=0,
                network_backend=self._guard,
            )
        return self._pool

    async def _resolved(self, host: str, port: int) -> list[str]:
        if self._resolvers is None:
            self._resolvers = ThreadPoolExecutor(RESOLVERS, thread_name_prefix="resolver")
        return await asyncio.get_running_loop().run_in_executor(self._resolvers, resolved, host, port)


class _Guard(httpcore.AsyncNetworkBackend):
    """Connects to what a name resolves to, once all of that is found to be allowed."""

    def __init__(self, settings: Settings, resolve: Resolve, network: httpcore.AsyncNetworkBackend) -> None:
        self._settings = settings
        self._resolve = resolve
        self._network = network

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the library's own signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first of a host's numbers that can be reached."""
        numbers = check_numbers(await self._resolve(host, port), self._settings)
        for number in numbers[:-1]:
            try:
                return await self._network.connect_tcp(number, port, timeout, local_address, socket_options)
            except (httpcore.NetworkError, httpcore.TimeoutException):
                continue
        return await self._network.connect_tcp(numbers[-1], port, timeout, local_address, socket_options)


async def _beginning(response: httpcore.Response) -> bytes:
    """Return the first bytes of an answer, and leave the rest."""
    read = bytearray()
    async for piece in response.aiter_stream():
        read += piece
        if len(read) >= MAX_ANSWER_BYTES:
            break
    return bytes(read[:MAX_ANSWER_BYTES])
