"""The calls of simulated printers, and the printer that makes them, against a server that answers as the test says."""

import asyncio
import gzip
import hashlib
import json
from collections.abc import Callable, Sequence
from random import Random
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest

from outfeed.simulator.events import Commanded, PrintLocally, Registered
from outfeed.simulator.faults import Honest, Measure
from outfeed.simulator.firmware import CallRefused, DownloadFailed, Firmware, Maker, TokenDead, Unreachable
from outfeed.simulator.machine import Machine
from outfeed.simulator.printer import Printer, RegistrationRefused
from outfeed.simulator.wires import PollingWire
from outfeed.simulator.words import Style
from unit.printer_helpers import JOB, TOKEN, a_plan

MAKER = Maker(type_id="T", firmware="1.0", serial_number="S1")
KNOWN = {"printer_id": 58, "registration_code": "YKNRKT", "auth_token": TOKEN, "registered": False}
Answer = Callable[[httpx.Request], httpx.Response]


def call(answer: Answer, make: Callable[[Firmware], Any], style: Style = Style.EMBER) -> Any:
    """Return what a call of the firmware gives where the server answers so."""

    async def run() -> Any:
        async with httpx.AsyncClient(transport=httpx.MockTransport(answer), base_url="http://server") as client:
            return await make(Firmware(client, style))

    return asyncio.run(run())


def always(status: int, body: object = None, **headers: str) -> Answer:
    return lambda _: httpx.Response(status, json=body, headers=headers)


def test_a_registration_sends_what_the_printer_is_and_returns_what_it_gets() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json=KNOWN)

    found = call(answer, lambda firmware: firmware.register(MAKER, TOKEN))

    assert Registered(58, "YKNRKT", TOKEN, is_owned=False) == found
    assert "/v1/print/printers/registration_code" == seen[0].url.path
    assert TOKEN == seen[0].headers["X-Printer-Auth-Token"]
    assert {"type_id": "T", "firmware": "1.0", "serial_number": "S1"} == json.loads(seen[0].content)


def test_the_vendors_simulator_sends_forms() -> None:
    seen: list[bytes] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.content)
        return httpx.Response(204)

    call(answer, lambda one: one.acknowledge("t", {"progress": 0.5, "data": {"layer": 3}}, TOKEN), Style.SIMULATOR)

    assert [("progress", "0.5"), ("data[layer]", "3")] == parse_qsl(seen[0].decode())


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (403, TokenDead),
        (429, Unreachable),
        (500, Unreachable),
        (503, Unreachable),
        (400, CallRefused),
        (404, CallRefused),
    ],
)
def test_an_answer_says_whether_to_forget_the_token_to_come_again_or_to_give_up(
    status: int, error: type[Exception]
) -> None:
    with pytest.raises(error):
        call(always(status), lambda firmware: firmware.tell_status({"printer_status": "ready"}, TOKEN))


@pytest.mark.parametrize("body", [[], {}, {**KNOWN, "printer_id": "58"}, {**KNOWN, "auth_token": None}])
def test_a_registration_that_gives_no_printer_is_refused(body: object) -> None:
    with pytest.raises(CallRefused):
        call(always(200, body), lambda firmware: firmware.register(MAKER, None))


def test_a_file_is_compared_with_the_digest_that_the_server_tells() -> None:
    content = b"layers"
    digest = hashlib.sha256(content).hexdigest()

    def answer(request: httpx.Request) -> httpx.Response:
        tag = digest if request.url.path == "/good" else "0" * 64
        return httpx.Response(200, stream=httpx.ByteStream(content), headers={"ETag": f'"{tag}"'})

    found = call(answer, lambda firmware: firmware.fetch("http://files/good"))

    assert (6, digest) == (found.size, found.sha256)
    with pytest.raises(DownloadFailed, match="digest"):
        call(answer, lambda firmware: firmware.fetch("http://files/other"))


@pytest.mark.parametrize("url", ["http://files/gone", "ftp://files/x", "http://[", "nothing"])
def test_a_file_that_cannot_be_had_fails(url: str) -> None:
    with pytest.raises(DownloadFailed):
        call(always(404), lambda firmware: firmware.fetch(url))


def test_a_log_is_sent_compressed() -> None:
    seen: list[bytes] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.content)
        return httpx.Response(201)

    call(answer, lambda firmware: firmware.store("http://logs/1", "a line\n"))

    assert b"a line\n" == gzip.decompress(seen[0])
    with pytest.raises(DownloadFailed, match="507"):
        call(always(507), lambda firmware: firmware.store("http://logs/1", "a line\n"))


class Server:
    """Answers a printer's calls, in order, with what the test has for each path; then well."""

    def __init__(self, **answers: list[int]) -> None:
        self.answers = answers
        self.seen: list[tuple[str, dict[str, Any]]] = []
        self.said: list[str] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(404)
        name = "command" if "/command/" in request.url.path else request.url.path.rpartition("/")[2]
        body = json.loads(request.content)
        if name != "faye":
            self.seen.append((name, body))
        status = self.answers.get(name, []).pop(0) if self.answers.get(name) else 200
        if name == "faye":
            return httpx.Response(503)
        return httpx.Response(status, json=KNOWN | {"registered": True, "auth_token": TOKEN})

    def live(self, until: str, *happens: Any, times: int = 1, token: str | None = None) -> None:
        """Let a printer live until something is said so often, and all reports are out."""
        asyncio.run(self._live(lambda: self.said.count(until) >= times, happens, token))

    async def _live(self, is_over: Callable[[], bool], happens: Sequence[Any], token: str | None) -> None:
        transport = httpx.MockTransport(self.answer)
        async with httpx.AsyncClient(transport=transport, base_url="http://server") as client:
            printer = self._printer(client, token)
            living = asyncio.create_task(printer.run())
            await wait_for(lambda: "registered" in self.said or living.done())
            for event in happens:
                printer.happens(event)
            await wait_for(lambda: (is_over() and printer.has_told) or living.done())
            living.cancel()
            await asyncio.gather(living, return_exceptions=True)
            if not living.cancelled():
                living.result()

    def _printer(self, client: httpx.AsyncClient, token: str | None) -> Printer:
        random = Random(1)  # noqa: S311 - pauses are no secrets
        return Printer(
            Machine(a_plan(), token=token),
            faults=Honest(Measure(), random),
            maker=MAKER,
            firmware=Firmware(client, Style.EMBER),
            wire=lambda hear: PollingWire(client, "http://server/faye", hear),
            tell=lambda what, _: self.said.append(what),
            random=random,
        )


async def wait_for(condition: Callable[[], bool]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 - what a printer does has no event
            await asyncio.sleep(0.005)


@pytest.mark.slow
def test_reports_go_out_in_order_and_again_until_the_server_takes_them() -> None:
    server = Server(command=[503, 503])
    server.live("command", Commanded({"command": "settings", "task_id": "t"}))

    assert [0, 0, 0, 1] == [body["progress"] for name, body in server.seen if name == "command"]
    assert 2 <= server.said.count("unreachable")


def test_a_report_that_the_server_refuses_is_not_sent_again() -> None:
    server = Server(command=[422])
    server.live("command", Commanded({"command": "settings", "task_id": "t"}))

    assert [0, 1] == [body["progress"] for name, body in server.seen if name == "command"]


def test_a_printer_whose_token_dies_registers_afresh() -> None:
    """The firmware's only way home: 403, forget the token, register anew."""
    server = Server(status=[200, 403])
    server.live("registered", PrintLocally("local_1", "mine"), times=2)

    assert ["registered", "token_dead", "registered"] == [
        one for one in server.said if one in {"registered", "token_dead"}
    ]


def test_a_printer_with_a_dead_token_registers_without_it() -> None:
    server = Server(registration_code=[403])
    server.live("registered", token="d" * 43)

    assert 2 == sum(name == "registration_code" for name, _ in server.seen)
    assert "token_dead" in server.said


def test_a_printer_that_the_server_does_not_take_gives_up() -> None:
    with pytest.raises(ExceptionGroup) as caught:
        Server(registration_code=[422]).live("never")

    assert caught.value.subgroup(RegistrationRefused)


def test_a_print_whose_address_is_none_fails() -> None:
    server = Server()
    server.live("failed", Commanded({"command": "print_data", "task_id": JOB, "job_id": JOB, "file_url": "nothing"}))

    assert ["received", "failed"] == [body["job_status"] for name, body in server.seen if name == "command"]
