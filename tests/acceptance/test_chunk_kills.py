"""Kill -9 while an object comes in chunks: what was answered is there, and the rest is sent again."""

import os
import random
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import httpx

from acceptance.harness import Client, Server

CHUNK: Final = 100_000
COUNT: Final = 40
KILLS: Final = 5
SEED: Final = 20170131
CONTENT: Final = os.urandom(CHUNK * COUNT - 17)
GEAR: Final = "/oss/v2/buckets/killed/objects/gear.stl"


def place_of(number: int) -> tuple[int, int]:
    """Return where a chunk begins, and the first byte behind it."""
    return number * CHUNK, min((number + 1) * CHUNK, len(CONTENT))


def send(client: Client, number: int) -> int | None:
    """Send a chunk and return the status; None if the server died."""
    start, stop = place_of(number)
    headers = {"Session-Id": "s", "Content-Range": f"bytes {start}-{stop - 1}/{len(CONTENT)}"}
    try:
        return client.put(f"{GEAR}/resumable", content=CONTENT[start:stop], headers=headers).status_code
    except httpx.TransportError:
        return None


def client_of(server: Server, token: str) -> Client:
    return Client(server.address, headers={"Authorization": f"Bearer {token}"})


def send_all(server: Server, token: str, numbers: list[int]) -> dict[int, int | None]:
    """Send chunks, four at a time; return what each was answered."""
    with client_of(server, token) as client, ThreadPoolExecutor(4) as pool:
        return dict(zip(numbers, pool.map(lambda number: send(client, number), numbers), strict=True))


def send_and_kill(server: Server, token: str, numbers: list[int], after_s: float) -> dict[int, int | None]:
    """Send chunks, and kill the server meanwhile or soon after."""
    killer = threading.Timer(after_s, server.kill)
    with client_of(server, token) as client:
        assert 202 == send(client, numbers[0])
    killer.start()
    statuses = send_all(server, token, numbers)
    killer.join()
    return statuses


def arrived(client: Client) -> set[int]:
    """Return the chunks that the status call tells of."""
    told = client.get(f"{GEAR}/status/s")
    if told.status_code == 404:
        return set()
    assert 202 == told.status_code
    ranges = told.headers["range"].removeprefix("bytes=").split(",")
    return {int(one.partition("-")[0]) // CHUNK for one in ranges}


def test_chunks_that_were_answered_survive_every_kill(tmp_path: Path) -> None:
    chance = random.Random(SEED)  # noqa: S311 - the same kills each time
    answered: set[int] = set()
    with Server(tmp_path / "data") as server:
        token = server.token()
        with client_of(server, token) as client:
            client.make_bucket("killed")
        for _kill in range(KILLS):
            # All but one, so that no round is the last.
            waiting = [number for number in range(COUNT - 1) if number not in answered]
            statuses = send_and_kill(server, token, waiting[:8], chance.uniform(0.05, 0.5))
            answered |= {number for number, status in statuses.items() if status == 202}
            server.start()
            with client_of(server, token) as client:
                there = arrived(client)

            assert {202, None} >= set(statuses.values())
            assert answered <= there
            answered = there
        last = send_all(server, token, [*range(COUNT)])
        with client_of(server, token) as client:
            got = client.get(GEAR)

    assert 200 in last.values()
    assert {200, 202} >= set(last.values())
    assert got.content == CONTENT
