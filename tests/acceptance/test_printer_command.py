"""`outfeed printer simulate` as people run it."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from acceptance.harness import PATIENCE_S, Server
from outfeed.simulator.words import Style, Transport


def simulate(server: Server, *arguments: str) -> subprocess.Popen[str]:
    """Start printers that are claimed by a user of the server."""
    command = [sys.executable, "-m", "outfeed", "printer", "simulate", "--server", server.address, *arguments]
    environment = server.variables({"OUTFEED_USER_TOKEN": server.token()})
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)


def events(process: subprocess.Popen[str]) -> list[dict[str, Any]]:
    """Return what printers told until they ended; they end with patience."""
    try:
        told, _ = process.communicate(timeout=PATIENCE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        told, _ = process.communicate()
    return [json.loads(line) for line in told.splitlines()]


def first_of(process: subprocess.Popen[str], what: str) -> dict[str, Any]:
    """Read what printers tell until something has happened, and return it; else their time ends this."""
    assert process.stdout
    return next(event for line in process.stdout if (event := json.loads(line))["event"] == what)


@pytest.mark.parametrize(
    ("transport", "style"), [(Transport.WEBSOCKET, Style.EMBER), (Transport.LONG_POLLING, Style.SIMULATOR)]
)
def test_printers_are_claimed_print_and_end_with_0(server: Server, transport: Transport, style: Style) -> None:
    process = simulate(
        server, "--claim", "--count", "3", "--local-print", "--prints", "3", "--layers", "5", "--speed", "20", "--json",
        "--transport", transport.value, "--style", style.value,
    )  # fmt: skip
    told = events(process)

    assert 0 == process.returncode
    for what in ("registered", "claimed", "printing", "completed"):
        assert {1, 2, 3} == {one["printer"] for one in told if one["event"] == what}, what


def test_a_printer_that_is_told_to_stop_ends_in_order(server: Server) -> None:
    process = simulate(server, "--claim", "--json", "--seconds", "100")
    first_of(process, "claimed")
    process.send_signal(signal.SIGTERM)

    _, said = process.communicate(timeout=PATIENCE_S)
    assert (0, "") == (process.returncode, said)


def test_a_printer_that_is_started_again_is_the_same_printer(server: Server, tmp_path: Path) -> None:
    arguments = (
        "--claim",
        "--json",
        "--state",
        str(tmp_path),
        "--local-print",
        "--prints",
        "1",
        "--layers",
        "2",
        "--speed",
        "20",
    )

    first, second = (events(simulate(server, *arguments)) for _ in range(2))

    ids = [{one["printer_id"] for one in told if one["event"] == "registered"} for told in (first, second)]
    assert ids[0] == ids[1]
    assert [] == [one for one in second if one["event"] == "claimed"]
    assert "completed" in {one["event"] for one in second}


def test_a_printer_of_a_type_that_is_not_there_ends_with_1(server: Server) -> None:
    process = simulate(server, "--type", "nonsense")
    _, said = process.communicate(timeout=PATIENCE_S)

    assert 1 == process.returncode
    assert "The server refuses the printer: 422" in said
    assert "Traceback" not in said


def test_a_server_that_is_not_there_is_told_and_ends_with_1() -> None:
    nowhere = ("--server", "http://127.0.0.1:9", "--seconds", "100", "--json")
    command = [sys.executable, "-m", "outfeed", "printer", "simulate", *nowhere]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    first_of(process, "unreachable")
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=PATIENCE_S)

    assert 1 == process.returncode
    assert "1 of 1 printers could not be registered." in said


def test_a_member_whose_token_is_wrong_is_told(server: Server) -> None:
    process = simulate(server, "--claim", "--json", "--user-token", "wrong", "--seconds", "100")
    told = first_of(process, "not_claimed")
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=PATIENCE_S)

    assert "401" == told["reason"][:3]
