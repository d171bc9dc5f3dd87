"""Random kill -9 over upload, import, export and download: nothing is lost, nothing is made twice."""

import os
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest

from acceptance import aftermath
from acceptance.harness import Server, wait_for
from acceptance.journeys import User
from acceptance.phases import RUNNING, Phase, Victim, ask, family, kill, under_way

KILLS: Final = int(os.environ.get("OUTFEED_SOAK_KILLS", "50"))
SEED: Final = int(os.environ.get("OUTFEED_SOAK_SEED", "20170131"))
USERS: Final = 4
#: Longest time that the whole may take per kill, and longest delay between the phase's begin and the kill, in seconds.
PER_KILL_S, DELAY_S = 60.0, 0.15
TABLE: Final = Path(__file__).parents[2] / "build" / "kills.tsv"
#: Every phase that must have been hit, with what counts for it.
MUST_HIT: Final = {
    "upload": {Phase.UPLOADING},
    "import": {Phase.IMPORT_QUEUED, Phase.IMPORT_RUNNING},
    "export": {Phase.EXPORT_QUEUED, Phase.EXPORT_RUNNING},
    "download": {Phase.DOWNLOADING},
}


@dataclass(frozen=True, kw_only=True)
class Kill:
    """One kill: what it was steered to and hit, who died, what else was under way, and how long the server was away."""

    phase: Phase
    victim: Victim
    delay_s: float
    beside: Counter[Phase]
    away_s: float

    def row(self, number: int) -> str:
        beside = ", ".join(f"{count} {phase}" for phase, count in sorted(self.beside.items()))
        return f"{number}\t{self.phase}\t{self.victim}\t{self.delay_s:.3f}\t{self.away_s:.1f}\t{beside}"


@dataclass
class Killer:
    """Waits for a phase, waits a moment more, and kills."""

    server: Server
    users: list[User]
    at_work: list[Future[None]]
    rest: threading.Event
    chance: random.Random
    kills: list[Kill] = field(default_factory=list)

    def run(self) -> None:
        """Kill as often as is asked, phase after phase."""
        give_up = time.monotonic() + KILLS * PER_KILL_S
        while len(self.kills) < KILLS:
            assert time.monotonic() < give_up, f"only {len(self.kills)} kills in time"
            phase = list(Phase)[len(self.kills) % len(Phase)]
            if phase is Phase.IDLE:
                self.rest.set()
            self.kills.append(self._hit(phase))
            self.rest.clear()

    def _hit(self, phase: Phase) -> Kill:
        """Kill while the phase is under way and its victim lives; wait again if either has ended in the delay."""
        victim = self._choose(phase)
        pause = threading.Event()
        while True:
            wait_for(lambda: self._under_way()[phase], every_s=0.003)
            delay_s = self.chance.uniform(0, DELAY_S)
            pause.wait(delay_s)
            beside = self._under_way()
            pids = family(self.server)[victim]
            if beside[phase] and pids:
                kill(pids)
                return Kill(phase=phase, victim=victim, delay_s=delay_s, beside=beside, away_s=self._recover(victim))

    def _under_way(self) -> Counter[Phase]:
        """Return what is under way, or raise what a user has found wrong."""
        for user in self.at_work:
            if user.done():
                user.result()
        return under_way(self.server, self.users)

    def _choose(self, phase: Phase) -> Victim:
        """Draw the victim; a child only where one runs, and there more often."""
        weights = [2, 2, 2, 3 if phase in RUNNING else 0, 2]
        return self.chance.choices(list(Victim), weights)[0]

    def _recover(self, victim: Victim) -> float:
        """Start the server again if it was the one; its worker comes back by itself."""
        began = time.monotonic()
        if victim in {Victim.WEB, Victim.EVERYTHING}:
            self.server.kill()
            self.server.start()
        return time.monotonic() - began


@contextmanager
def at_work(server: Server, rest: threading.Event) -> Iterator[tuple[list[User], list[Future[None]]]]:
    """Give users who travel until the end of the block, and wait for the end of their last journeys."""
    stop = threading.Event()
    tokens = [server.token(f"user{number}@example.com") for number in range(USERS)]
    users = [User(number=n, server=server, token=token, stop=stop, rest=rest) for n, token in enumerate(tokens)]
    with ThreadPoolExecutor(USERS) as pool:
        futures = [pool.submit(user.run) for user in users]
        try:
            yield users, futures
        finally:
            rest.clear()
            stop.set()
    for future in futures:
        future.result()


def write_table(kills: list[Kill]) -> str:
    """Write the kills into the build folder, with what they add up to, and return it."""
    rows = ["number\tphase\tvictim\tdelay s\taway s\tunder way"]
    rows += [one.row(number) for number, one in enumerate(kills, 1)]
    pairs = Counter((one.phase, one.victim) for one in kills)
    rows += ["", "\t".join(["phase", *Victim, "all"])]
    rows += ["\t".join([phase, *_counts(pairs, phase)]) for phase in Phase]
    TABLE.parent.mkdir(exist_ok=True)
    TABLE.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return "\n".join(rows) + "\n"


def _counts(pairs: Counter[tuple[Phase, Victim]], phase: Phase) -> list[str]:
    counts = [pairs[phase, victim] for victim in Victim]
    return [str(count) for count in [*counts, sum(counts)]]


@pytest.mark.slow
def test_nothing_is_lost_or_made_twice_whatever_is_killed(tmp_path: Path) -> None:
    """Each kill hits a phase that is under way; every accepted task is done, once, and every byte is right."""
    sys.stdout.write(f"seed {SEED}, {KILLS} kills\n")
    rest = threading.Event()
    server = Server(tmp_path / "data", environment={"OUTFEED_MIN_PART_BYTES": "1024", "OUTFEED_WORKERS": "2"})
    with server:
        with at_work(server, rest) as (users, futures):
            killer = Killer(server, users, futures, rest, random.Random(SEED))  # noqa: S311 - the same kills each time
            killer.run()
        sys.stdout.write(write_table(killer.kills))
        wait_for(lambda: aftermath.no_job_lives(server.data))
        assert 0 == server.stop()
    hit = Counter(one.phase for one in killer.kills)
    work, staging = aftermath.leftovers(server.data)

    assert KILLS == len(killer.kills)
    assert [] == [name for name, phases in MUST_HIT.items() if sum(hit[phase] for phase in phases) < 3]
    assert [("ok",)] == ask(server.data, "PRAGMA integrity_check")
    assert [] == aftermath.jobs_wrong(server.data, {task for user in users for task in user.tasks})
    assert [] == aftermath.artifacts_wrong(server.data)
    assert 0 == work
    assert staging <= KILLS * USERS
    aftermath.swept_later(server.data)
    assert [] == aftermath.blobs_wrong(server.data)
    assert [] == aftermath.uploads_wrong(server.data, users)
    assert (0, 0) == aftermath.leftovers(server.data)
