"""Whole prints on simulated printers, each with a fault: the member API, the callbacks and the machine agree."""

from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import product

import pytest

from acceptance.harness import Server, wait_for
from acceptance.printing import MAKER, Listener, Member, Simulation, a_printable
from outfeed.simulator.faults import Measure
from outfeed.simulator.park import Wish
from outfeed.simulator.press import Plan
from outfeed.simulator.words import Fault, Style, Transport

#: So quick that late acknowledgements and silence are soon over, and longer than the server's patience.
MEASURE = Measure(late_s=2.5, silent_s=3.0, drop_s=3.0)
PATIENCE = {"OUTFEED_COMMAND_RESEND_S": "1", "OUTFEED_PRINTER_OFFLINE_S": "2"}
CALLS_BACK = {"OUTFEED_CALLBACK_HOSTS": "127.0.0.1", "OUTFEED_CALLBACK_PRIVATE": "yes"}
LAYER_S = 0.1
#: Printers at the same time: so few that the machine, not the test, decides what is late.
AT_ONCE = 7
#: Longest time for all prints together, in seconds.
ALL_S = 600
#: Layers of a print that is over soon, and of one that ends only when it is cancelled.
FEW, MANY = 30, 5_000

Kind = tuple[Fault | None, Transport, Style]
KINDS: list[Kind] = [
    *product([None, *Fault], Transport, [Style.EMBER]),
    *product([None, *Fault], [Transport.LONG_POLLING], [Style.SIMULATOR]),
]


def a_wish(server: Server, kind: Kind) -> Wish:
    fault, transport, style = kind
    plan = Plan(style=style, layers=MANY, layer_s=LAYER_S, ping_s=0.5, chore_s=0.1)
    return Wish(
        server=server.address, maker=MAKER, plan=plan, fault=fault, measure=MEASURE, transport=transport, seed=7
    )


@dataclass
class Site:
    """What all prints of this file share."""

    server: Server
    listener: Listener
    #: File ids of a short print and of a long one.
    short: str
    long: str


@dataclass
class Printed:
    """What came of one printer's two prints."""

    completed: str
    canceled: str
    #: Tasks of the member, in the order in which they were sent.
    sent: list[str]
    executed: list[str]
    #: The states that the callbacks told of each.
    told: Mapping[str, list[str]]
    events: Counter[str]


def whole_prints(site: Site, kind: Kind) -> Printed:
    """Register, claim, print, pause, resume and complete; print again, pause, resume and cancel."""
    with site.server.client() as client, Simulation(a_wish(site.server, kind)) as simulation:
        member = Member(client)
        printer_id = member.claim(claimable(simulation), "One")
        simulation.wait("claimed")
        wait_for(lambda: member.is_online(printer_id))
        completed, first = one_print(site, member, simulation, printer_id, site.short)
        assert end_of(member, simulation, completed) == "completed"
        canceled, second = one_print(site, member, simulation, printer_id, site.long)
        wait_for(lambda: member.job_state(canceled) == "printing")
        second.append(member.order(printer_id, "cancel", job_id=canceled))
        assert end_of(member, simulation, canceled) == "canceled"
        sent = [*first, *second]
        wait_for(lambda: all(is_answered(member, task_id, kind) for task_id in sent))
        wait_for(lambda: member.printer_says(printer_id) == "ready")
        ends = {completed: "completed", canceled: "canceled"}
        wait_for(lambda: all(site.listener.states(job)[-1:] == [end] for job, end in ends.items()))
        told = {job: site.listener.states(job) for job in ends}
        events = Counter(what for _, what, _ in simulation.events)
        return Printed(completed, canceled, sent, simulation.executed(), told, events)


def claimable(simulation: Simulation) -> str:
    """Return the code of a printer; one that began with a dead token has registered afresh."""
    code = simulation.wait("registered")["code"]
    assert isinstance(code, str)
    return code


def one_print(
    site: Site, member: Member, simulation: Simulation, printer_id: int, file_id: str
) -> tuple[str, list[str]]:
    """Print a file, pause and resume it; return the job and the tasks."""
    number = len(simulation.told("paused"))
    job_id = member.print(printer_id, file_id, site.listener.url)
    wait_for(lambda: any(one["job_id"] == job_id for one in simulation.told("printing")))
    pause = member.order(printer_id, "pause", job_id=job_id)
    layer = simulation.wait("paused", times=number + 1)["layer"]
    member.wait_for_job(job_id, "paused")
    wait_for(lambda: member.printer_says(printer_id) == "paused")
    assert made_of(simulation, job_id) == ("paused", layer)
    return job_id, [job_id, pause, member.order(printer_id, "resume", job_id=job_id)]


def made_of(simulation: Simulation, job_id: str) -> tuple[str, int]:
    """Return how the machine itself says that a print stands."""
    made = simulation.park.printers[0].machine.print
    assert made
    assert made.job_id == job_id
    return made.status.value, made.layer


def end_of(member: Member, simulation: Simulation, job_id: str) -> str:
    """Wait until a print is over for the server, and return how it is for both."""
    state: str = wait_for(lambda: {"completed", "canceled", "failed"} & {member.job_state(job_id)}).pop()
    assert made_of(simulation, job_id)[0] == state
    return state


def is_answered(member: Member, task_id: str, kind: Kind) -> bool:
    """Tell whether a command was acknowledged to its end; the vendor's simulator tells the job's progress instead."""
    answer = member.task(task_id)
    return float(answer.get("progress", 0)) == 1 or (kind[2] is Style.SIMULATOR and "progress" in answer)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Return a server that loses patience soon, with a short and a long print on it."""
    folder = tmp_path_factory.mktemp("prints")
    with Server(folder / "data", environment=PATIENCE | CALLS_BACK) as server, Listener() as listener:
        with server.client() as client:
            short, long = (client.upload_file("print.tar.gz", a_printable(layers)) for layers in (FEW, MANY))
        yield Site(server, listener, short, long)


@pytest.fixture(scope="module")
def prints(site: Site) -> Iterator[Mapping[Kind, Future[Printed]]]:
    """Print on several printers at a time, each for itself: most of the time is waiting."""
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        yield {kind: pool.submit(whole_prints, site, kind) for kind in KINDS}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: "-".join(part.value if part else "honest" for part in kind))
def test_a_print_is_seen_alike_by_member_callbacks_and_machine_whatever_the_printer_does_wrong(
    prints: Mapping[Kind, Future[Printed]], kind: Kind
) -> None:
    """Commands come through, each is executed once, and what is told is a way that a print can go."""
    printed = prints[kind].result(timeout=ALL_S)

    assert printed.sent == printed.executed
    for told in printed.told.values():
        assert Counter(told)[told[-1]] == 1, told
        assert set(told) <= {"sent", "received", "printing", "paused", "completed", "canceled"}


@pytest.mark.parametrize("transport", list(Transport))
def test_each_fault_is_really_committed(prints: Mapping[Kind, Future[Printed]], transport: Transport) -> None:
    """What a fault provokes is seen: commands that come again, lies that are refused, a token that is dead."""
    seen = {fault: prints[fault, transport, Style.EMBER].result(timeout=ALL_S).events for fault in Fault}

    assert seen[Fault.DROP_CONNECTION]["connection_dropped"] > 0
    assert seen[Fault.LATE_ACK]["repeated"] > 0
    assert seen[Fault.LYING_PROGRESS]["refused"] > 0
    assert seen[Fault.WRONG_TOKEN]["token_dead"] == 1
