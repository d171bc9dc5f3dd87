"""Calls of clients: where the connection goes, and what is believed of the answer."""

import asyncio
import ssl
from collections.abc import Awaitable, Iterable
from typing import Any, TypeVar

import httpcore
import pytest

from outfeed.errors import AddressRefused
from outfeed.fleet.calls import MAX_ANSWER_BYTES, Answer, GuardedCaller
from outfeed.settings import Settings

T = TypeVar("T")
SETTINGS = Settings(callback_hosts="*")
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Stream(httpcore.AsyncMockStream):
    """A connection that answers, and notes what it was sent and which name its certificate must have."""

    def __init__(self, answer: bytes, network: "Network") -> None:
        super().__init__([answer])
        self._network = network

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109 - the library's
        self._network.sent += buffer
        await super().write(buffer, timeout)

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109, ARG002 - the library's
    ) -> httpcore.AsyncNetworkStream:
        self._network.names.append((server_hostname, ssl_context.verify_mode))
        return self


class Network(httpcore.AsyncNetworkBackend):
    """Connects to nothing, and notes to what."""

    def __init__(self, answer: bytes = OK, unreachable: Iterable[str] = ()) -> None:
        self.answer = answer
        self.unreachable = set(unreachable)
        self.dialled: list[tuple[str, int]] = []
        self.names: list[Any] = []
        self.sent = b""

    async def connect_tcp(self, host: str, port: int, *_: Any, **__: Any) -> httpcore.AsyncNetworkStream:
        self.dialled.append((host, port))
        if host in self.unreachable:
            raise httpcore.ConnectError("nobody")
        return Stream(self.answer, self)


def resolving(*numbers: str) -> Any:
    async def resolve(_host: str, _port: int) -> list[str]:
        return list(numbers)

    return resolve


def run(work: Awaitable[T]) -> T:
    async def whole() -> T:
        return await work

    return asyncio.run(whole())


def posted(
    network: Network, address: str, *numbers: str, below: str = "", settings: Settings = SETTINGS
) -> Answer | None:
    caller = GuardedCaller(settings, resolve=resolving(*numbers), network=network)
    return run(caller.post(address, below, b'{"a":1}', event=7))


def test_a_call_goes_to_the_number_that_was_checked_under_its_own_name() -> None:
    network = Network()

    answer = posted(network, "http://example.com:8080/cb?k=1", "93.184.216.34", below="support")

    assert Answer(200, b"ok") == answer
    assert [("93.184.216.34", 8080)] == network.dialled
    head, _, body = network.sent.partition(b"\r\n\r\n")
    assert head.startswith(b"POST /cb/support?k=1 HTTP/1.1\r\n")
    assert b"Host: example.com:8080\r\n" in head
    assert b"X-Outfeed-Event: 7" in head
    assert b'{"a":1}' == body


def test_a_certificate_must_have_the_name_and_not_the_number() -> None:
    network = Network()

    posted(network, "https://example.com/cb", "93.184.216.34")

    assert [("93.184.216.34", 443)] == network.dialled
    assert [("example.com", ssl.CERT_REQUIRED)] == network.names
    assert b"Host: example.com\r\n" in network.sent


def test_a_name_that_resolves_to_this_machine_is_not_connected_to() -> None:
    network = Network()

    with pytest.raises(AddressRefused):
        posted(network, "http://rebound.example/", "93.184.216.34", "127.0.0.1")

    assert [] == network.dialled


def test_a_name_is_resolved_anew_for_each_call() -> None:
    """It was public when the job was created, and is private now."""
    network, numbers = Network(), [["93.184.216.34"], ["127.0.0.1"]]

    async def resolve(_host: str, _port: int) -> list[str]:
        return numbers.pop(0)

    async def twice() -> None:
        caller = GuardedCaller(SETTINGS, resolve=resolve, network=network)
        assert await caller.post("http://example.com/", "", b"{}", event=1)
        with pytest.raises(AddressRefused):
            await caller.post("http://example.com/", "", b"{}", event=1)

    asyncio.run(twice())
    assert [("93.184.216.34", 80)] == network.dialled


def test_a_host_that_is_not_on_the_list_is_not_even_resolved() -> None:
    async def resolve(_host: str, _port: int) -> list[str]:
        raise AssertionError

    caller = GuardedCaller(Settings(callback_hosts="example.com"), resolve=resolve, network=Network())

    with pytest.raises(AddressRefused):
        run(caller.post("http://other.example/", "", b"{}", event=1))


def test_the_next_number_is_tried_where_one_is_out_of_reach() -> None:
    network = Network(unreachable={"2606:4700::1"})

    assert posted(network, "http://example.com/", "2606:4700::1", "93.184.216.34")
    assert [("2606:4700::1", 80), ("93.184.216.34", 80)] == network.dialled


def test_nobody_there_is_no_answer() -> None:
    assert posted(Network(unreachable={"93.184.216.34"}), "http://example.com/", "93.184.216.34") is None


def test_a_name_that_nobody_knows_is_no_answer() -> None:
    async def resolve(_host: str, _port: int) -> list[str]:
        raise OSError("unknown")

    caller = GuardedCaller(SETTINGS, resolve=resolve, network=Network())

    assert run(caller.post("http://example.com/", "", b"{}", event=1)) is None


@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/9 what\r\n\r\n", b"\x00" * 200_000, b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 50_000]
)
def test_what_is_no_http_is_no_answer(answer: bytes) -> None:
    assert posted(Network(answer), "http://example.com/", "93.184.216.34") is None


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    network = Network(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n")

    assert Answer(302, b"") == posted(network, "http://example.com/", "93.184.216.34")
    assert [("93.184.216.34", 80)] == network.dialled


def test_only_the_beginning_of_a_long_answer_is_read() -> None:
    network = Network(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 1_000_000)

    answer = posted(network, "http://example.com/", "93.184.216.34")

    assert Answer(200, b"x" * MAX_ANSWER_BYTES) == answer


def test_no_proxy_of_the_environment_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    network = Network()

    posted(network, "http://example.com/", "93.184.216.34")

    assert [("93.184.216.34", 80)] == network.dialled


def test_a_real_server_on_this_machine_is_called_where_that_is_allowed_also_after_a_pause() -> None:
    async def serve_and_call() -> tuple[Answer | None, bytes]:
        got = bytearray()

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            got.extend(await reader.readuntil(b"{}"))
            writer.write(OK)
            writer.close()
            await writer.wait_closed()

        async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            caller = GuardedCaller(Settings(callback_hosts=f"localhost:{port}", callback_private=True))
            await caller.post(f"http://localhost:{port}/cb", "", b"{}", event=1)
            await caller.aclose()
            told = await caller.post(f"http://localhost:{port}/cb", "", b"{}", event=1)
            await caller.aclose()
            return told, bytes(got)

    told, got = asyncio.run(serve_and_call())

    assert Answer(200, b"ok") == told
    assert got.startswith(b"POST /cb HTTP/1.1\r\nHost: localhost:")
