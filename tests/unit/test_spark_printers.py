"""What members call about their printers."""

from pathlib import Path
from typing import Any

import pytest

from unit.printer_door import NEW, PrinterDoor, a_printer_door, refusal
from unit.printer_site import KNOWN

PRINTERS = "/print/printers"


def a_new_printer(door: PrinterDoor) -> dict[str, Any]:
    """Return what a printer is told that has just registered."""
    told: dict[str, Any] = door.printer_calls(f"{PRINTERS}/registration_code", token=None, json=NEW).json()
    return told


def claim(door: PrinterDoor, code: str, *, by: str = "ann", **said: Any) -> Any:
    """Register a printer to a member."""
    return door.call("POST", f"{PRINTERS}/register", by=by, json={"registration_code": code} | said)


def shared(door: PrinterDoor) -> str:
    """Return the path of a printer of Ann's that Bob has joined."""
    return f"{PRINTERS}/{door.site.shared().id}"


# --- Claiming ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["json", "data"])
def test_who_types_the_code_owns_the_printer(tmp_path: Path, kind: str) -> None:
    with a_printer_door(tmp_path) as door:
        said: dict[str, Any] = {
            kind: {"registration_code": a_new_printer(door)["registration_code"], "printer_name": "Ember"}
        }
        answer = door.call("POST", f"{PRINTERS}/register", **said)
        shown = door.call("GET", f"{PRINTERS}/3").json()

    assert (200, {"registered": True, "printer_id": 3}) == (answer.status_code, answer.json())
    assert {
        "printer_id": 3,
        "printer_name": "Ember",
        "firmware": "1.0",
        "type_id": KNOWN,
        "serial_number": "S-1",
        "is_primary": True,
        "printer_last_health": "Offline",
        "last_check_in": 0,
        "printer_availability": "offline",
        "last_reported_state": {},
    } == shown


def test_a_code_works_once(tmp_path: Path) -> None:
    with a_printer_door(tmp_path) as door:
        code = a_new_printer(door)["registration_code"]
        claim(door, code)

        assert (400, 125102) == refusal(claim(door, code, by="bob"))


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ({}, (400, 125100)),
        ({"registration_code": {}}, (400, 125101)),
        ({"registration_code": "XXXXXX"}, (400, 125102)),
        ({"registration_code": "CODEAA", "printer_name": "x" * 257}, (400, 125101)),
        ({"registration_code": "CODEAA", "printer_name": "  "}, (400, 125101)),
        ({"registration_code": "CODEAA", "printer_name": "rebmE\u202e"}, (400, 125101)),
        ({"registration_code": "CODEAA", "secondary_member_id": "else"}, (422, 125109)),
    ],
)
def test_a_claim_that_cannot_be_is_refused(tmp_path: Path, said: dict[str, Any], answer: tuple[int, int]) -> None:
    with a_printer_door(tmp_path) as door:
        a_new_printer(door)

        assert answer == refusal(door.call("POST", f"{PRINTERS}/register", json=said))


def test_who_guesses_codes_is_stopped(tmp_path: Path) -> None:
    with a_printer_door(tmp_path) as door:
        code = a_new_printer(door)["registration_code"]
        statuses = [claim(door, "XXXXXX").status_code for _ in range(20)]
        late = claim(door, code)
        other = claim(door, code, by="bob")

    assert [400] * 20 == statuses
    assert (429, "60") == (late.status_code, late.headers["retry-after"])
    assert 429 == other.status_code, "the same address"


# --- Looking ----------------------------------------------------------------------------------------------------------


def test_a_list_has_pages_and_a_head(tmp_path: Path) -> None:
    with a_printer_door(tmp_path) as door:
        for _ in range(3):
            door.owned()
        page = door.call("GET", f"/ps/v1{PRINTERS}?limit=2&offset=2", by="reader").json()
        whole = door.call("GET", f"{PRINTERS}?limit=-1", by="bob").json()
        head = door.call("HEAD", PRINTERS)

    assert (4, [4, 5]) == (page["count"], [printer["printer_id"] for printer in page["printers"]])
    assert ("/print/printers?limit=2&offset=0", "") == (page["_link_prev"], page["_link_next"])
    assert (1, -1, [2]) == (whole["count"], whole["limit"], [printer["printer_id"] for printer in whole["printers"]])
    assert (200, b"") == (head.status_code, head.content)


def test_the_owner_is_the_first_of_the_members(tmp_path: Path) -> None:
    with a_printer_door(tmp_path) as door:
        path = shared(door)
        page = door.call("GET", f"{path}/members", by="bob").json()
        second = door.call("GET", f"{path}/members?limit=1&offset=1").json()

    assert (2, ["ann@example.com", "bob@example.com"]) == (
        page["count"],
        [member["member_email"] for member in page["members"]],
    )
    assert [("bob@example.com", False, False, False)] == [
        (member["member_email"], member["is_primary"], member["is_printer_scoped"], member["is_job_scoped"])
        for member in second["members"]
    ]


def test_anothers_printer_is_not_there(tmp_path: Path) -> None:
    with a_printer_door(tmp_path) as door:
        printer, _ = door.owned()
        task = door.call("POST", f"{PRINTERS}/{printer.id}/command", json={"command": "home"}).json()["task_id"]
        body = {"secondary_member_email": "x@y.z", "secondary_member_id": "x", "command": "home"}
        calls = [
            ("GET", ""),
            ("GET", "/members"),
            ("POST", "/secondary_registration"),
            ("POST", "/member_role"),
            ("POST", "/command"),
            ("DELETE", ""),
        ]
        for number in (printer.id, 99, "0", "x", "-1", "%00", "9" * 30):
            answers = [door.call(method, f"{PRINTERS}/{number}{rest}", by="bob", json=body) for method, rest in calls]
            answers.append(door.call("GET", f"{PRINTERS}/status/{number}", by="bob"))
            assert {404} == {refusal(answer)[0] for answer in answers}
        for unknown in (task, "x", "%00"):
            assert (404, 125302) == refusal(door.call("GET", f"{PRINTERS}/command/{unknown}", by="bob"))

        assert 200 == door.call("GET", f"{PRINTERS}/{printer.id}").status_code


def test_a_token_must_allow_what_is_asked(tmp_path: Path) -> None:
    with a_printer_door(tmp_path) as door:
        printer, _ = door.owned()
        calls = [("GET", f"/{printer.id}"), ("POST", "/register"), ("DELETE", f"/{printer.id}"), ("GET", "/status/3")]
        answers = [refusal(door.call(method, PRINTERS + path, by="reader")) for method, path in calls]
        nobody = refusal(door.client.get(PRINTERS))

    assert [(403, 100004)] * 4 == answers
    assert (401, 100003) == nobody


# --- Sharing and leaving ----------------------------------------------------------------------------------------------


def test_an_invited_member_joins_and_is_allowed_things(tmp_path: Path) -> None:
    with a_printer_door(tmp_path) as door:
        printer, _ = door.owned()
        path = f"{PRINTERS}/{printer.id}"
        invited = door.call(
            "POST", f"{path}/secondary_registration", json={"secondary_member_email": "bob@example.com"}
        ).json()
        joined = claim(door, invited["registration_code"], by="bob", printer_name="Mine")
        refused = door.call("POST", f"{path}/command", by="bob", json={"command": "home"})
        role = {"secondary_member_id": door.site.fleet.bob.principal_id, "is_printer_scoped": "true"}
        allowed = door.call("POST", f"{path}/member_role", data=role)
        sent = door.call("POST", f"{path}/command", by="bob", json={"command": "home"})

    assert {
        "printer_id": 3,
        "registration_code": "CODEAB",
        "secondary_member_email": "bob@example.com",
    } == invited
    assert {"registered": True, "printer_id": 3} == joined.json()
    assert (403, 125308) == refusal(refused)
    assert (True, False) == (allowed.json()["is_printer_scoped"], allowed.json()["is_job_scoped"])
    assert (200, {"task_id"}) == (sent.status_code, set(sent.json()))


@pytest.mark.parametrize(
    ("path", "said", "by", "answer"),
    [
        ("/secondary_registration", {}, "ann", (400, 125100)),
        ("/secondary_registration", {"secondary_member_email": "bob"}, "ann", (400, 125101)),
        ("/secondary_registration", {"secondary_member_email": "bob@example.com"}, "ann", (422, 125109)),
        ("/secondary_registration", {"secondary_member_email": "eve@example.com"}, "bob", (403, 125108)),
        ("/member_role", {}, "ann", (400, 125000)),
        ("/member_role", {"secondary_member_id": "x", "is_job_scoped": "maybe"}, "ann", (400, 125001)),
        ("/member_role", {"secondary_member_id": "x", "is_job_scoped": True}, "ann", (400, 125002)),
        ("/member_role", {"secondary_member_id": "x", "is_job_scoped": True}, "bob", (403, 125008)),
    ],
)
def test_sharing_that_cannot_be_is_refused(
    tmp_path: Path, path: str, said: dict[str, Any], by: str, answer: tuple[int, int]
) -> None:
    with a_printer_door(tmp_path) as door:
        assert answer == refusal(door.call("POST", shared(door) + path, by=by, json=said))


@pytest.mark.parametrize("kind", ["json", "params"])
def test_the_owner_lets_a_member_go(tmp_path: Path, kind: str) -> None:
    with a_printer_door(tmp_path) as door:
        path = shared(door)
        leaving: dict[str, Any] = {kind: {"secondary_member_id": door.site.fleet.bob.principal_id}}
        answer = door.call("DELETE", path, **leaving)

        assert (204, b"") == (answer.status_code, answer.content)
        assert 404 == door.call("GET", path, by="bob").status_code
        assert 200 == door.call("GET", path).status_code


def test_the_owner_has_no_role_to_be_given(tmp_path: Path) -> None:
    with a_printer_door(tmp_path) as door:
        said = {"secondary_member_id": door.site.fleet.ann.principal_id, "is_job_scoped": False}

        assert (422, 125009) == refusal(door.call("POST", f"{shared(door)}/member_role", json=said))


def test_only_members_are_let_go(tmp_path: Path) -> None:
    with a_printer_door(tmp_path) as door:
        path = shared(door)

        assert (400, 125002) == refusal(door.call("DELETE", path, json={"secondary_member_id": "nobody"}))
        assert 200 == door.call("GET", path).status_code


def test_a_member_leaves_and_with_the_owner_the_printer_is_gone(tmp_path: Path) -> None:
    with a_printer_door(tmp_path) as door:
        path = shared(door)
        refused = door.call("DELETE", path, by="bob", json={"secondary_member_id": door.site.fleet.ann.principal_id})
        statuses = [door.call("DELETE", path, by=by).status_code for by in ("bob", "bob", "ann", "ann")]

    assert (403, 125008) == refusal(refused)
    assert [204, 404, 204, 404] == statuses


# --- Commands ---------------------------------------------------------------------------------------------------------


def test_a_command_goes_with_all_that_was_sent_along(tmp_path: Path) -> None:
    with a_printer_door(tmp_path) as door:
        printer, _ = door.owned()
        said = {"command": "firmware_upgrade", "package_url": "http://files.test/1", "more": [1]}
        task_id = door.call("POST", f"{PRINTERS}/{printer.id}/command", json=said).json()["task_id"]
        message = door.site.fleet.commands.get(door.site.fleet.ann, task_id).message

    assert said | {"task_id": task_id} == message


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ({}, (400, 125300)),
        ({"command": ["a", "b"]}, (400, 125301)),
        ({"command": "x" * 65}, (400, 125301)),
        ({"command": "a\nb"}, (400, 125301)),
        ({"command": "pause", "job_id": "none"}, (400, 125302)),
        ({"command": "print_data"}, (422, 125309)),
        ({"command": "home", "more": "x" * 60_000}, (422, 125309)),
    ],
)
def test_a_command_that_cannot_be_is_refused(tmp_path: Path, said: dict[str, Any], answer: tuple[int, int]) -> None:
    with a_printer_door(tmp_path) as door:
        printer, _ = door.owned()

        assert answer == refusal(door.call("POST", f"{PRINTERS}/{printer.id}/command", json=said))
