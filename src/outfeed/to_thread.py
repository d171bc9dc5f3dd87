"""Work that blocks, such as writing to the database, on threads beside the event loop."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import Final, ParamSpec, TypeVar

from anyio import CancelScope

_P = ParamSpec("_P")
_T = TypeVar("_T")

#: Threads: as many calls may wait for the disk, or for their turn to write, at the same time.
_MOST: Final = 40
_THREADS: Final = ThreadPoolExecutor(_MOST, thread_name_prefix="work")


async def run_sync(function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """
    Return what a function returns that blocks, called on another thread.

    Whoever is cancelled meanwhile still waits for its end, as with `anyio`, whose way there takes twice the time: what
    it works with would be closed under it.
    """
    work = _THREADS.submit(copy_context().run, partial(function, *args, **kwargs))
    try:
        return await asyncio.wrap_future(work)
    except asyncio.CancelledError:
        if not work.cancelled():
            with CancelScope(shield=True):  # the group of a streamed answer cancels again and again
                await asyncio.wait([asyncio.wrap_future(work)])
        raise
