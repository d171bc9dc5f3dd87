"""What belongs to one member's printers does not exist for another, whatever call is made with it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

import httpx
import pytest

from acceptance.harness import PATIENCE_S, Client, Server, wait_for
from acceptance.printers_at import FIRMWARE, MEMBERS, PrinterAt
from outfeed.dialects import spark

#: What a member has, or names that nobody has, in paths and bodies.
Names = Mapping[str, Any]
NOBODY: Final[Names] = {
    "printer": 999_999_999,
    **dict.fromkeys(("job", "task", "file"), "99999999-9999-4999-8999-999999999999"),
}


@dataclass(frozen=True, kw_only=True)
class Belongings:
    """One of everything that a member has."""

    printer: int
    job: str
    task: str
    file: str


@dataclass(frozen=True)
class Call:
    """A call with what is somebody else's; `own_…` in a body is the caller's."""

    method: str
    path: str
    body: Mapping[str, Any] | None = None
    #: The API says 400 where only the body names what is not there (specs/spark.md, section 3.3).
    status: int = 404

    def sent(self, client: httpx.Client, prefix: str, names: Names) -> httpx.Response:
        """Make the call with names filled in."""
        body = {key: _filled(value, names) for key, value in self.body.items()} if self.body is not None else None
        return client.request(self.method, prefix + self.path.format(**names), json=body)


def _filled(value: Any, names: Names) -> Any:
    return names[value[1:]] if isinstance(value, str) and value.startswith("$") else value


PRINTER, JOB = "/print/printers/{printer}", "/print/jobs/{job}"
#: Calls of members, each with an id in its path or body that is not theirs.
BY_MEMBERS: Final = (
    Call("GET", PRINTER),
    Call("DELETE", PRINTER),
    Call("DELETE", PRINTER, {"secondary_member_id": "$own_member"}),
    Call("GET", f"{PRINTER}/members"),
    Call("POST", f"{PRINTER}/secondary_registration", {"secondary_member_email": "carol@example.com"}),
    Call(
        "POST",
        f"{PRINTER}/member_role",
        {"secondary_member_id": "$own_member", "is_printer_scoped": True, "is_job_scoped": True},
    ),
    Call("GET", "/print/printers/status/{printer}"),
    Call("POST", f"{PRINTER}/command", {"command": "home"}),
    Call("POST", f"{PRINTER}/command", {"command": "pause", "job_id": "$job"}),
    Call("POST", "/print/printers/{own_printer}/command", {"command": "pause", "job_id": "$job"}, 400),
    Call("GET", "/print/printers/command/{task}"),
    Call("GET", f"{PRINTER}/jobs"),
    Call("POST", f"{PRINTER}/jobs", {"printable_id": "$own_file"}),
    Call("POST", "/print/printers/{own_printer}/jobs", {"printable_id": "$file"}, 400),
    Call("PUT", f"{PRINTER}/jobs", {"job_id": "$own_job"}),
    Call("PUT", "/print/printers/{own_printer}/jobs", {"job_id": "$job"}, 400),
    Call("GET", JOB),
    Call("PUT", f"{JOB}?status=failed&comment=mine", {"mine": True}),
    Call("POST", f"{JOB}/printable", {"printable_id": "$own_file"}),
    Call("POST", "/print/jobs/{own_job}/printable", {"printable_id": "$file"}, 400),
    Call("POST", f"{JOB}/printer", {"printer_id": "$own_printer"}),
    Call("POST", "/print/jobs/{own_job}/printer", {"printer_id": "$printer"}, 400),
    Call("POST", f"{JOB}/register", {"callback_url": "http://127.0.0.1:9/"}),
)
#: Calls of firmware, with another printer's token.
BY_FIRMWARE: Final = (
    Call("POST", "/print/printers/command/{task}", {"progress": 1}),
    Call("DELETE", "/print/printers/jobs/{job}"),
)
#: Calls that name nothing of anybody's: what they show is looked at in tests of their own, or below.
NAMELESS: Final = {
    ("GET", "/print/printers"),
    ("POST", "/print/printers/register"),
    ("POST", "/print/printers/registration_code"),
    ("POST", "/print/printers/status"),
    ("GET", "/print/printers/jobs"),
    ("POST", "/print/printers/jobs"),
    ("GET", "/print/jobs"),
}


@dataclass(frozen=True, kw_only=True)
class World:
    """Ann and Bob, each with a printer; Bob's printer has a token."""

    ann: Client
    bob: Client
    hers: Belongings
    his: Belongings
    his_id: str
    his_printer: PrinterAt

    def names(self, theirs: Names) -> Names:
        """Return names for Bob's calls: somebody's, and his own as `own_…`."""
        own = {f"own_{key}": value for key, value in asdict(self.his).items()}
        return {**theirs, **own, "own_member": self.his_id}


@pytest.fixture(scope="module")
def world(server: Server) -> Iterator[World]:
    """Give both of them one of everything."""
    with server.client("apart-ann@example.com") as ann, server.client("apart-bob@example.com") as bob:
        hers, his = PrinterAt.claimed_by(ann), PrinterAt.claimed_by(bob)
        members = bob.get(f"{MEMBERS}/{his.id}/members").json()["members"]
        yield World(
            ann=ann,
            bob=bob,
            his_printer=his,
            his_id=members[0]["member_id"],
            hers=belongings(ann, hers),
            his=belongings(bob, his),
        )


def belongings(member: Client, printer: PrinterAt) -> Belongings:
    """Make one of everything for a member: a job without a printer yet, a command and a printable."""
    file = member.upload_file("print.tar.gz", b"layers")
    made = member.post(f"{MEMBERS}/0/jobs", json={"printable_id": file, "job_name": "secret"})
    assert made.status_code == 200, made.text
    task = printer.command(member, "home")
    return Belongings(printer=printer.id, job=made.json()["job_id"], task=task, file=file)


def told(answer: httpx.Response, names: Names) -> tuple[int, str]:
    """Return an answer without what must differ: its own id, and the names that the caller has sent."""
    text = re.sub(r'"error_id": ?"[^"]*"', "", answer.text)
    for value in sorted({str(value) for value in names.values()}, key=len, reverse=True):
        text = re.sub(rf"\b{re.escape(value)}\b", "*", text)
    return answer.status_code, text


@pytest.mark.parametrize("call", BY_MEMBERS, ids=lambda call: f"{call.method} {call.path} {call.body or ''}")
def test_what_is_not_yours_is_not_there(world: World, call: Call) -> None:
    """It is answered as if it had never been."""
    before = state_of(world.ann, world.hers)
    hers, nobodys = world.names(asdict(world.hers)), world.names(NOBODY)
    foreign, absent = call.sent(world.bob, "/ps/v1", hers), call.sent(world.bob, "/ps/v1", nobodys)

    assert call.status == foreign.status_code, foreign.text
    assert told(absent, nobodys) == told(foreign, hers)
    assert "secret" not in foreign.text
    assert before == state_of(world.ann, world.hers)


@pytest.mark.parametrize("call", BY_FIRMWARE, ids=lambda call: f"{call.method} {call.path}")
def test_a_printer_cannot_touch_what_is_another_printers(world: World, server: Server, call: Call) -> None:
    before = state_of(world.ann, world.hers)
    hers, nobodys = world.names(asdict(world.hers)), world.names(NOBODY)
    headers = {"X-Printer-Auth-Token": world.his_printer.token}
    with httpx.Client(base_url=server.address, headers=headers, timeout=PATIENCE_S) as firmware:
        foreign, absent = call.sent(firmware, "/v1", hers), call.sent(firmware, "/v1", nobodys)

    assert 404 == foreign.status_code, foreign.text
    assert told(absent, nobodys) == told(foreign, hers)
    assert before == state_of(world.ann, world.hers)


def state_of(member: Client, hers: Belongings) -> list[str]:
    """Return all that a member sees of what she has, but for times that pass."""
    names = asdict(hers)
    paths = (f"{PRINTER}", f"{PRINTER}/members", f"{PRINTER}/jobs", JOB, "/print/printers/command/{task}")
    texts = [member.get(f"/ps/v1{path.format(**names)}").text for path in paths]
    return [re.sub(r'"last_check_in": ?\d+', "", text) for text in texts]


def test_lists_hold_ones_own(world: World) -> None:
    printers = {one["printer_id"] for one in world.bob.get(MEMBERS).json()["printers"]}
    jobs = {one["job_id"] for one in world.bob.get("/ps/v1/print/jobs").json()["jobs"]}
    headers = {"X-Printer-Auth-Token": world.his_printer.token}
    queued = world.bob.get(f"{FIRMWARE}/jobs", headers=headers).json()["jobs"]

    assert {world.his.printer} == printers
    assert {world.his.job} == jobs
    assert world.hers.job not in {one["job_id"] for one in queued}


def test_every_route_of_the_fleet_has_a_row() -> None:
    """A route that is added is looked at too."""
    rows = {(call.method, shape(call.path)) for call in (*BY_MEMBERS, *BY_FIRMWARE)} | NAMELESS

    assert set() == routes() - rows
    assert set() == rows - routes()


def shape(path: str) -> str:
    """Return a path with its names taken out."""
    return re.sub(r"\{[^}]*\}", "{}", path.partition("?")[0])


def routes() -> set[tuple[str, str]]:
    """Return all routes of printers and print jobs; HEAD is GET, and OPTIONS tells nothing."""
    return {
        (method, shape(route.path))
        for router in spark.routers()
        for route in router.routes
        for method in route.methods
        if re.match(r"/print/(printers|jobs)\b", route.path) and method not in {"HEAD", "OPTIONS"}
    }


@pytest.fixture
def carol(server: Server, world: World) -> Iterator[Client]:
    """Return somebody who was let into Ann's printer, and may do nothing of Ann's yet."""
    with server.client("apart-carol@example.com") as carol:
        mine = carol.get(MEMBERS).json()["printers"]
        if not mine:
            body = {"secondary_member_email": "apart-carol@example.com"}
            code = world.ann.post(f"{MEMBERS}/{world.hers.printer}/secondary_registration", json=body).json()
            joined = {"printer_name": "Ann's", "registration_code": code["registration_code"]}
            assert carol.post(f"{MEMBERS}/register", json=joined).status_code == 200
        yield carol


@pytest.mark.parametrize(
    "call",
    [
        Call("POST", f"{PRINTER}/command", {"command": "home"}),
        Call("POST", f"{PRINTER}/secondary_registration", {"secondary_member_email": "dave@example.com"}),
        Call(
            "POST",
            f"{PRINTER}/member_role",
            {"secondary_member_id": "$own_member", "is_printer_scoped": True, "is_job_scoped": True},
        ),
        Call("DELETE", PRINTER, {"secondary_member_id": "$own_member"}),
    ],
    ids=lambda call: f"{call.method} {call.path}",
)
def test_a_secondary_member_may_not_do_what_the_owner_may(world: World, carol: Client, call: Call) -> None:
    """The printer is there for her, so that the answer is 403."""
    names = {**asdict(world.hers), "own_member": owner_id(world)}

    assert 200 == carol.get(f"{MEMBERS}/{world.hers.printer}").status_code
    assert 403 == call.sent(carol, "/ps/v1", names).status_code


def owner_id(world: World) -> str:
    """Return Ann's id as a member."""
    members = world.ann.get(f"{MEMBERS}/{world.hers.printer}/members").json()["members"]
    found: str = members[0]["member_id"]
    return found


def test_a_secondary_member_does_not_see_the_owners_jobs(world: World, carol: Client) -> None:
    """Until the owner lets her."""
    listed = carol.get(f"{MEMBERS}/{world.hers.printer}/jobs").json()

    assert [] == listed["jobs"]
    assert 404 == carol.get(f"/ps/v1/print/jobs/{world.hers.job}").status_code


def test_an_owner_lets_a_member_send_commands_and_takes_it_back(world: World, carol: Client) -> None:
    members = world.ann.get(f"{MEMBERS}/{world.hers.printer}/members").json()["members"]
    role = {"secondary_member_id": members[1]["member_id"], "is_job_scoped": False}
    path, home = f"{MEMBERS}/{world.hers.printer}", {"command": "home"}
    given = world.ann.post(f"{path}/member_role", json={**role, "is_printer_scoped": True})
    allowed = carol.post(f"{path}/command", json=home)
    taken = world.ann.post(f"{path}/member_role", json={**role, "is_printer_scoped": False})
    refused = carol.post(f"{path}/command", json=home)

    assert [200, 200, 403] == [given.status_code, taken.status_code, refused.status_code]
    assert allowed.status_code in {200, 202}


def test_a_member_who_leaves_sees_the_printer_no_more(world: World, carol: Client) -> None:
    left = carol.delete(f"{MEMBERS}/{world.hers.printer}")
    wait_for(lambda: carol.get(f"{MEMBERS}/{world.hers.printer}").status_code == 404)

    assert 204 == left.status_code
    assert 200 == world.ann.get(f"{MEMBERS}/{world.hers.printer}").status_code
