"""Work on other threads: its result, its error, its context, and what a cancelled call leaves behind."""

import asyncio
import threading
from contextvars import ContextVar

import pytest

from outfeed.http import to_thread

PATIENCE_S = 20.0
WHO = ContextVar("WHO", default="nobody")


def test_the_result_comes_from_another_thread() -> None:
    def add(first: int, *, second: int) -> tuple[int, bool]:
        return first + second, threading.current_thread() is threading.main_thread()

    assert (3, False) == asyncio.run(to_thread.run_sync(add, 1, second=2))


def test_an_error_is_raised_where_the_result_was_awaited() -> None:
    def fail() -> None:
        raise KeyError("that")

    with pytest.raises(KeyError, match="that"):
        asyncio.run(to_thread.run_sync(fail))


def test_the_context_of_the_call_goes_with_it() -> None:
    async def ask() -> str:
        WHO.set("ann")
        return await to_thread.run_sync(WHO.get)

    assert "ann" == asyncio.run(ask())


def test_a_cancelled_call_ends_when_its_work_has_ended() -> None:
    """What the work uses, a file or a connection, is still open for as long as it runs."""
    is_in, may_go, order = threading.Event(), threading.Event(), []

    def work() -> None:
        is_in.set()
        assert may_go.wait(PATIENCE_S)
        order.append("work")

    async def cancel() -> None:
        call = asyncio.create_task(to_thread.run_sync(work))
        await asyncio.to_thread(is_in.wait, PATIENCE_S)
        call.cancel()
        await asyncio.sleep(0)
        may_go.set()
        with pytest.raises(asyncio.CancelledError):
            await call
        order.append("call")

    asyncio.run(cancel())

    assert ["work", "call"] == order
