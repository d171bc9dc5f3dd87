"""What printers call: registration, status, acknowledgements."""

from pathlib import Path
from typing import Any

import pytest

from outfeed.fleet.states import PrintState
from unit.printer_door import NEW, PrinterDoor, a_printer_door, golden, refusal

PREFIXES = ("/ps/v1", "/v1", "/api/v1", "")
CODE = "/print/printers/registration_code"
STATUS = "/print/printers/status"
TASK = "/print/printers/command/"


def a_task(door: PrinterDoor, printer_id: int) -> str:
    """Return the task of a command that Ann has sent a printer."""
    return str(door.call("POST", f"/print/printers/{printer_id}/command", json={"command": "home"}).json()["task_id"])


# --- Registration -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_printer_registers_under_every_prefix(tmp_path: Path, prefix: str) -> None:
    with a_printer_door(tmp_path) as door:
        answer = door.printer_calls(prefix + CODE, token=None, json=NEW)
        body = answer.json()

    assert 200 == answer.status_code
    assert 43 == len(body.pop("auth_token"))
    assert {
        "printer_id": 3,
        "registered": False,
        "registration_code": "CODEAA",
        "registration_url": "http://testserver.local/docs",
    } == body


def test_a_form_does_as_well(tmp_path: Path) -> None:
    with a_printer_door(tmp_path) as door:
        answer = door.printer_calls(CODE, token=None, data=NEW)
        found = door.site.printers.identify(answer.json()["auth_token"])

    assert ("1.0", "S-1", "http://testserver.local") == (found.firmware, found.serial_number, found.base_url)


@pytest.mark.parametrize("header", ["X-Printer-Auth-Token", "Printer-Auth-Token", "x-printer-auth-token"])
def test_an_owned_printer_is_told_so_and_gets_no_code(tmp_path: Path, header: str) -> None:
    with a_printer_door(tmp_path) as door:
        printer, token = door.owned()
        body = door.printer_calls(CODE, token=token, header=header, json={"firmware": 2.5}).json()

        assert {"printer_id": printer.id, "auth_token": token, "registered": True} == body
        assert "2.5" == door.site.printers.identify(token).firmware


def test_an_empty_token_is_none_where_a_printer_registers(tmp_path: Path) -> None:
    with a_printer_door(tmp_path) as door:
        assert 200 == door.printer_calls(CODE, token="", json=NEW).status_code


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ({"type_id": "x"}, (400, 125100)),
        ({"firmware": "1.0"}, (400, 125100)),
        ({"firmware": {}, "type_id": "x"}, (400, 125101)),
        ({"firmware": "1" * 257, "type_id": "x"}, (400, 125101)),
        ({"firmware": "1.0", "type_id": "unknown"}, (422, 125109)),
    ],
)
def test_a_printer_that_says_too_little_is_not_taken_in(
    tmp_path: Path, said: dict[str, Any], answer: tuple[int, int]
) -> None:
    with a_printer_door(tmp_path) as door:
        assert answer == refusal(door.printer_calls(CODE, token=None, json=said))


def test_too_many_printers_that_nobody_claims_are_told_when_to_come_again(tmp_path: Path) -> None:
    with a_printer_door(tmp_path, max_unclaimed_printers=1) as door:
        door.printer_calls(CODE, token=None, json=NEW)
        answer = door.printer_calls(CODE, token=None, json=NEW)

    assert (429, 100007) == refusal(answer)
    assert "3600" == answer.headers["retry-after"]


def test_an_address_registers_only_so_often(tmp_path: Path) -> None:
    with a_printer_door(tmp_path, rate_per_s=1, rate_burst_s=2) as door:
        statuses = [door.printer_calls(CODE, token=None, json=NEW).status_code for _ in range(3)]

    assert [200, 200, 429] == statuses


# --- Tokens -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [STATUS, TASK + "x"])
def test_without_a_token_a_printer_is_asked_for_it(tmp_path: Path, path: str) -> None:
    with a_printer_door(tmp_path) as door:
        answer = door.printer_calls(path, token=None, json={})

    assert (401, 100003) == refusal(answer)
    assert "X-Printer-Auth-Token" == answer.headers["www-authenticate"]


@pytest.mark.parametrize("path", [CODE, STATUS, TASK + "x"])
@pytest.mark.parametrize("token", ["x" * 43, "x", "Bearer y", "a, b"])
def test_a_dead_token_is_403_whatever_is_sent_with_it(tmp_path: Path, path: str, token: str) -> None:
    with a_printer_door(tmp_path) as door:
        assert (403, 100010) == refusal(door.printer_calls(path, token=token, content=b"{"))


def test_the_token_of_a_printer_that_is_gone_is_dead(tmp_path: Path) -> None:
    with a_printer_door(tmp_path) as door:
        printer, token = door.owned()
        door.call("DELETE", f"/print/printers/{printer.id}")
        statuses = [door.printer_calls(path, token=token, json=NEW).status_code for path in (CODE, STATUS, TASK + "x")]

    assert [403, 403, 403] == statuses


# --- Status -----------------------------------------------------------------------------------------------------------


def test_a_status_in_a_form_is_shown_as_it_came(tmp_path: Path) -> None:
    with a_printer_door(tmp_path) as door:
        printer, token = door.owned()
        form = {"printer_status": "ready", "error_code": "0", "job_status": "", "data[temprature]": "71"}
        answer = door.printer_calls(STATUS, token=token, data=form)
        door.site.fleet.clock.now += 1500
        shown = door.call("GET", f"/print/printers/status/{printer.id}").json()

    assert (200, {"printer_id": printer.id}) == (answer.status_code, answer.json())
    assert {
        "last_check_in": 1500,
        "printer_availability": "online",
        "last_reported_state": {
            "printer_status": "ready",
            "error_code": "0",
            "job_status": "",
            "data": {"temprature": "71"},
        },
    } == shown


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ({}, (400, 125200)),
        ({"printer_status": ""}, (400, 125200)),
        ({"printer_status": {}}, (400, 125201)),
        ({"printer_status": "ready", "error_code": "E42"}, (400, 125201)),
        ({"printer_status": "ready", "error_message": {}}, (400, 125201)),
        ({"printer_status": "ready", "job_id": "x" * 256}, (400, 125201)),
        ({"printer_status": "ready", "job_progress": "half"}, (400, 125201)),
        ({"printer_status": "ready", "job_progress": 1.5}, (422, 125209)),
        ({"printer_status": "ready", "data": "x" * 5001}, (422, 125209)),
        ({"printer_status": "ready", "data": {"x": "y" * 4993}}, (422, 125209)),
    ],
)
def test_a_status_that_cannot_be_is_refused(tmp_path: Path, said: dict[str, Any], answer: tuple[int, int]) -> None:
    with a_printer_door(tmp_path) as door:
        _, token = door.owned()

        assert answer == refusal(door.printer_calls(STATUS, token=token, json=said))


@pytest.mark.parametrize("data", ["x" * 5000, {"x": "é" * 4992}, None, [], "", 7])
def test_data_of_up_to_5000_characters_is_kept(tmp_path: Path, data: Any) -> None:
    with a_printer_door(tmp_path) as door:
        printer, token = door.owned()
        door.printer_calls(STATUS, token=token, json={"printer_status": "ready", "data": data})
        shown = door.call("GET", f"/print/printers/status/{printer.id}").json()

    assert data == shown["last_reported_state"]["data"]


def test_a_body_is_no_larger_than_64_kib(tmp_path: Path) -> None:
    with a_printer_door(tmp_path) as door:
        _, token = door.owned()
        answer = door.printer_calls(STATUS, token=token, json={"printer_status": "ready", "more": "x" * 65536})

    assert (413, 100002) == refusal(answer)


# --- Acknowledgements -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("prefix", PREFIXES)
def test_the_acknowledgement_of_the_reference_page_is_kept_whole(tmp_path: Path, prefix: str) -> None:
    with a_printer_door(tmp_path) as door:
        printer, token = door.owned()
        task_id, sent = a_task(door, printer.id), golden("command_ack.json")
        answer = door.printer_calls(f"{prefix}{TASK}{task_id}", token=token, json=sent)
        shown = door.call("GET", f"{prefix}{TASK}{task_id}").json()

    assert (204, b"") == (answer.status_code, answer.content)
    assert sent == {name: shown[name] for name in sent}
    assert (task_id, "home", printer.id) == (shown["task_id"], shown["command"], shown["printer_id"])


def test_several_acknowledgements_come_and_the_last_is_shown(tmp_path: Path) -> None:
    with a_printer_door(tmp_path) as door:
        printer, token = door.owned()
        task_id = a_task(door, printer.id)
        first = door.call("GET", TASK + task_id).json()
        for progress in ("0", "0.5", "1", "0.25"):
            door.printer_calls(TASK + task_id, token=token, data={"progress": progress, "data[state]": "received"})
        last = door.call("GET", TASK + task_id).json()

    assert (0, "2023-11-14T22:13:20.000Z") == (first["progress"], first["status_update_time"])
    assert ("0.25", {"state": "received"}) == (last["progress"], last["data"])


def test_an_acknowledgement_moves_the_job(tmp_path: Path) -> None:
    with a_printer_door(tmp_path) as door:
        printer, token = door.owned()
        job = door.site.fleet.job(printer.id)
        door.printer_calls(TASK + job.id, token=token, data={"progress": "0.02", "job_status": "printing"})

        assert PrintState.PRINTING is door.site.fleet.state(job)


def test_a_task_of_another_printer_is_not_there(tmp_path: Path) -> None:
    with a_printer_door(tmp_path) as door:
        printer, _ = door.owned()
        _, other = door.owned()
        task_id = a_task(door, printer.id)
        answers = [
            refusal(door.printer_calls(TASK + path, token=other, json={"progress": 1}))
            for path in (task_id, "x", "%00")
        ]

    assert [(404, 125402)] * 3 == answers


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ({}, (400, 125400)),
        ({"progress": ""}, (400, 125400)),
        ({"progress": "much"}, (400, 125401)),
        ({"progress": 1.01}, (422, 125409)),
        ({"progress": -1}, (422, 125409)),
        ({"progress": 1, "data": "x" * 5001}, (422, 125409)),
    ],
)
def test_an_acknowledgement_that_cannot_be_is_refused(
    tmp_path: Path, said: dict[str, Any], answer: tuple[int, int]
) -> None:
    with a_printer_door(tmp_path) as door:
        printer, token = door.owned()
        task_id = a_task(door, printer.id)

        assert answer == refusal(door.printer_calls(TASK + task_id, token=token, json=said))


def test_what_is_no_body_is_400(tmp_path: Path) -> None:
    with a_printer_door(tmp_path) as door:
        printer, token = door.owned()
        path = TASK + a_task(door, printer.id)
        form = {"content-type": "application/x-www-form-urlencoded"}
        answers = [
            refusal(door.client.post(path, content=body, headers=form | {"X-Printer-Auth-Token": token}))
            for body in (b"", b"[1]", b'{"progress": NaN}', b'{"progress": ' + b"[" * 100 + b"]" * 100 + b"}")
        ]

    assert [(400, 125400), (400, 100001), (400, 100001), (400, 100001)] == answers
