"""Work on several cores, the same for any number: pieces do not depend on it, and their results come in order."""

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import chain, islice
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import Future

_Piece = TypeVar("_Piece")
_Result = TypeVar("_Result")

_THREADS: ContextVar[int] = ContextVar("threads", default=0)


def threads() -> int:
    """Return how many threads work at once: as `using_threads` says, else one for each core that may be used."""
    return _THREADS.get() or len(os.sched_getaffinity(0))


@contextmanager
def using_threads(count: int) -> Iterator[None]:
    """Let `in_order` use so many threads inside the block; 0 stands for all cores."""
    token = _THREADS.set(count)
    try:
        yield
    finally:
        _THREADS.reset(token)


def in_order(work: Callable[[_Piece], _Result], pieces: Iterable[_Piece]) -> Generator[_Result, None, None]:
    """
    Yield what `work` makes of each piece, in the order of the pieces; at most two results for each thread wait.

    For kernels that release the interpreter's lock. With one thread or one piece, nothing is computed before it is
    asked for.
    """
    count = threads()
    rest = iter(pieces)
    first = list(islice(rest, 2))
    pieces = chain(first, rest)
    if count == 1 or len(first) <= 1:
        yield from map(work, pieces)
        return
    # A small file is written before these are loaded.
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415

    waiting: deque[Future[_Result]] = deque()
    with ThreadPoolExecutor(count) as pool:
        for piece in pieces:
            waiting.append(pool.submit(work, piece))
            if len(waiting) > 2 * count:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
