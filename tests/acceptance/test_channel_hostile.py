"""Enemies of the printers' channel: nothing that they say reaches a printer, and the printers go on."""

import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from acceptance.channel_mutations import damaged, filled, good, hostile
from acceptance.harness import DATA, PATIENCE_S, Client, Server, wait_for
from acceptance.printers_at import PrinterAt
from acceptance.raw_bayeux import DOORS, Session, opened
from unit.mesh_helpers import chance as chances

ROWS: Final = [json.loads(line) for line in (DATA / "hostile/requests/bayeux.jsonl").read_text().splitlines()]
BY_HTTP: Final = "jsonp_callback"
#: Damaged texts by each door.
EXAMPLES: Final = int(os.environ.get("OUTFEED_FUZZ_EXAMPLES", "400"))
#: Printers that turn on the others, and what each of them says, in batches of so many.
ENEMIES, MESSAGES, BATCH = 200, 1000, 100
#: All of them come from one address: how often it may come in a minute would else decide, and so would the machine.
ALL_COME: Final = {"OUTFEED_CHANNEL_ARRIVALS": "1000000"}
#: Resident memory that the server may take on under all this.
MOST_GROWTH_BYTES: Final = 64 << 20


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Return a server that is not needed afterwards."""
    # A damaged poll may have lost its wish not to wait.
    shortly = {"OUTFEED_CHANNEL_TIMEOUT_S": "1"} | ALL_COME
    with Server(tmp_path_factory.mktemp("hostile") / "data", environment=shortly) as running:
        yield running


@pytest.fixture
def patient(tmp_path: Path) -> Iterator[Server]:
    """Return a server that forgets nobody, however long others take: a silent session is kept for two time-outs."""
    with Server(tmp_path / "data", environment={"OUTFEED_CHANNEL_TIMEOUT_S": "300"} | ALL_COME) as running:
        yield running


@pytest.fixture(scope="module")
def member(server: Server) -> Iterator[Client]:
    """Return the owner of all printers."""
    with server.client() as signed_in:
        yield signed_in


@pytest.fixture
def closing() -> Iterator[ExitStack]:
    """Hang up at the end."""
    with ExitStack() as closing:
        yield closing


def listening(kind: str, member: Client, closing: ExitStack) -> tuple[PrinterAt, Session]:
    """Return a printer, and a session of it that has subscribed to its commands."""
    printer = PrinterAt.claimed_by(member)
    session = opened(kind, printer.address)
    closing.callback(session.door.close)
    assert session.subscribe(printer.channel(), printer.token)["successful"]
    return printer, session


def tasks(session: Session, channel: str) -> list[str]:
    """Return the tasks of everything that was delivered, all of which is on one channel."""
    found = session.poll()
    assert {channel} >= {one["channel"] for one in found}
    return [one["data"]["task_id"] for one in found]


@pytest.mark.parametrize("kind", DOORS)
@pytest.mark.parametrize("row", [row for row in ROWS if row["name"] != BY_HTTP], ids=lambda row: row["name"])
def test_a_hostile_message_is_refused_and_reaches_nobody(
    member: Client, closing: ExitStack, kind: str, row: dict[str, Any]
) -> None:
    (other, victim), (printer, enemy) = listening(kind, member, closing), listening(kind, member, closing)
    names = {
        "CLIENT": enemy.id,
        "OWN_CHANNEL": printer.channel(),
        "OTHER_CHANNEL": other.channel(),
        # A session's id is a secret: what an enemy has is a guess.
        "OTHER_CLIENT": victim.id[:-1] + ("a" if victim.id[-1] != "a" else "b"),
    }
    replies = enemy.send(json.dumps(filled(row["messages"], names)))
    sent = other.command(member, "blink")

    assert not any(reply["successful"] for reply in replies or [])
    assert all(reply["error"] for reply in replies or [])
    wait_for(victim.poll)
    assert [sent] == tasks(victim, other.channel())
    assert [] == enemy.poll()
    assert listening(kind, member, closing)


def test_a_callback_that_is_no_name_is_refused(server: Server) -> None:
    """Else the answer would be a script of the enemy's."""
    row = next(row for row in ROWS if row["name"] == BY_HTTP)
    answer = httpx.get(f"{server.address}/faye?{row['messages']['query']}", timeout=PATIENCE_S)

    assert 400 == answer.status_code
    assert "alert" not in answer.text
    assert "javascript" not in answer.headers["Content-Type"]


@pytest.mark.parametrize("kind", DOORS)
def test_damaged_messages_break_nothing_fuzz(server: Server, member: Client, closing: ExitStack, kind: str) -> None:
    """Neither a session, nor the server, nor its manners: no answer is its own failure."""
    chance = chances("damaged")
    (other, victim), (printer, enemy) = listening(kind, member, closing), listening(kind, member, closing)
    for _ in range(EXAMPLES):
        words = good(own=printer.channel(), client=enemy.id, token=printer.token, connection=enemy.door.connection_type)
        enemy.send(damaged(chance, words))
        victim.poll()  # whoever is silent for ten seconds is forgotten, and a busy machine may take longer for this
    sent = other.command(member, "blink")
    wait_for(victim.poll)

    assert [sent] == tasks(victim, other.channel())
    assert {printer.channel()} >= {one["channel"] for one in enemy.deliveries}
    assert not {1006, 1011} & set(getattr(enemy.door, "codes", []))
    assert_sound(server)


def assert_sound(server: Server) -> None:
    """Assert that the server has not logged a failure of its own."""
    assert [] == [line for line in server.log().splitlines() if "Traceback" in line or "request_broke" in line]


def test_two_hundred_enemies_reach_no_foreign_channel(patient: Server, closing: ExitStack) -> None:
    """Each of them is a printer, and hears its own commands all the while."""
    both, member = list(DOORS), closing.enter_context(patient.client())
    crowd = [listening(both[number % 2], member, closing) for number in range(ENEMIES)]
    before = resident_bytes(patient)
    with ThreadPoolExecutor(8) as pool:
        turned = [pool.submit(_turn, crowd, number) for number in range(ENEMIES)]
        sent = [printer.command(member, "blink") for printer, _ in crowd]
        done = [one.result() for one in turned]
    heard = [_heard(printer, session) for printer, session in crowd]

    assert [MESSAGES] * ENEMIES == done
    assert [[task] for task in sent] == heard
    assert before + MOST_GROWTH_BYTES > resident_bytes(patient)
    assert_sound(patient)


def _turn(crowd: list[tuple[PrinterAt, Session]], number: int) -> int:
    """Let a printer turn on the next one, and return how many messages it has sent; none was agreed to."""
    chance = chances(f"enemy {number}")
    printer, session = crowd[number]
    foreign = crowd[(number + 1) % len(crowd)][0].channel()
    own = {"own": printer.channel(), "foreign": foreign, "client": session.id, "token": printer.token}
    said = 0
    for _ in range(MESSAGES // BATCH):
        batch = [hostile(chance, **own) for _ in range(BATCH)]
        replies = session.send(json.dumps(batch))
        said += len(batch)
        for reply in replies or []:
            _assert_nothing_foreign(reply, printer.channel())
    return said


def _assert_nothing_foreign(reply: dict[str, Any], own: str) -> None:
    """Assert that a reply agrees to nothing but the printer's own channel; to end what never was is agreed to."""
    agreed = reply["channel"] if reply["successful"] else ""

    assert agreed in {"", "/meta/subscribe", "/meta/unsubscribe", "/meta/connect"}
    if agreed == "/meta/subscribe":
        assert own == reply["subscription"]


def _heard(printer: PrinterAt, session: Session) -> list[str]:
    """Return the tasks that a printer has heard of, each once, in order."""
    wait_for(session.poll)
    return list(dict.fromkeys(tasks(session, printer.channel())))


def resident_bytes(server: Server) -> int:
    """Return the resident memory of the web process."""
    status = Path(f"/proc/{server.process.pid}/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) * 1024
