"""Work on other threads: its result, its error, its context, and what a cancelled call leaves behind."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from contextvars import ContextVar
from typing import Any

import anyio
import pytest

from outfeed import to_thread

PATIENCE_S = 60.0
WHO = ContextVar("WHO", default="nobody")

Cancelled = Callable[[Coroutine[Any, Any, None], threading.Event, threading.Event], Coroutine[Any, Any, None]]


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


async def of_a_task(call: Coroutine[Any, Any, None], is_in: threading.Event, may_go: threading.Event) -> None:
    """Cancel a call as asyncio does."""
    task = asyncio.create_task(call)
    await asyncio.to_thread(is_in.wait, PATIENCE_S)
    task.cancel()
    await asyncio.sleep(0)
    may_go.set()
    with pytest.raises(asyncio.CancelledError):
        await task


async def of_a_group(call: Coroutine[Any, Any, None], is_in: threading.Event, may_go: threading.Event) -> None:
    """Cancel a call as the group of a streamed answer does: again in each turn of the loop, until it has ended."""

    async def run() -> None:
        await call

    async with anyio.create_task_group() as group:
        group.start_soon(run)
        await asyncio.to_thread(is_in.wait, PATIENCE_S)
        group.cancel_scope.cancel()
        with anyio.CancelScope(shield=True):
            for _ in range(5):
                await asyncio.sleep(0)
        may_go.set()


@pytest.mark.parametrize("cancelled", [of_a_task, of_a_group])
def test_a_cancelled_call_ends_when_its_work_has_ended(cancelled: Cancelled) -> None:
    """What the work uses, a file or a connection, is still open for as long as it runs."""
    is_in, may_go, order = threading.Event(), threading.Event(), []

    def work() -> None:
        is_in.set()
        assert may_go.wait(PATIENCE_S)
        order.append("work")

    async def call() -> None:
        try:
            await to_thread.run_sync(work)
        finally:
            order.append("call")

    asyncio.run(cancelled(call(), is_in, may_go))

    assert ["work", "call"] == order
