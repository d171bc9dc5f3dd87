"""The inside of a child: confine it, run the conversion, answer on the pipe.

The pipe carries lines of JSON, each an object with one key: `progress`, then `result` or `error`.
"""

import contextlib
import errno
import faulthandler
import importlib
import json
import math
import os
import signal
import socket
import sys
import traceback
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

from outfeed import errors
from outfeed.jobs.confine import confine, lift_memory_limit
from outfeed.jobs.seccomp import PROCESSES_DENIED
from outfeed.jobs.work import IN, OUT, Order, Task

#: Where the answers go.
PIPE = 3
#: Progress is told in steps of this share, so that a conversion may report as often as it likes.
STEP = 0.001
#: Longest result, in bytes of JSON.
MAX_RESULT = 1024 * 1024
#: Longest detail of an error, and longest trace, in characters.
MAX_DETAIL, MAX_TRACE = 500, 16_000

#: What the operating system's refusals mean here; `seccomp.py` says who gives which.
_BY_ERRNO: dict[int, type[errors.ChildError]] = {
    errno.ENETUNREACH: errors.ChildWentOnline,
    PROCESSES_DENIED: errors.ChildForked,
    errno.EACCES: errors.ChildWroteOutside,
    errno.EXDEV: errors.ChildWroteOutside,
    errno.EROFS: errors.ChildWroteOutside,
    errno.EPERM: errors.ChildDenied,
    errno.ENOMEM: errors.ChildOutOfMemory,
    errno.ENOSPC: errors.StorageFull,
    errno.EDQUOT: errors.StorageFull,
    errno.EFBIG: errors.ChildOutputTooLarge,
}


def live(pipe: int, log: int, order: int, *, parent: int) -> NoReturn:
    """
    Be a child from the fork to the end.

    Parameters
    ----------
    pipe, log
        Descriptors to write answers, and what libraries print, to.
    order
        Descriptor to read the work and its limits from.
    parent
        The process that forked.
    """
    try:
        os.setsid()
        text = _read_whole(order)
        _settle(pipe, log)
        _send(_answer(text, parent))
        _flush()
        os._exit(0)
    finally:
        # The pipe is gone: its other end, or the conversion itself, closed it.
        os._exit(1)


def _read_whole(descriptor: int) -> bytes:
    """Read a file from its beginning."""
    return os.pread(descriptor, os.fstat(descriptor).st_size, 0)


def _flush() -> None:
    """Let go what the conversion printed, if it left its output open."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            stream.flush()


def _settle(pipe: int, log: int) -> None:
    """Give every inherited descriptor away but for the pipe and the log, and signals their usual meaning."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    high = os.dup(pipe), os.dup(log)
    os.dup2(nothing, 0)
    os.dup2(high[1], 1)
    os.dup2(high[1], 2)
    os.dup2(high[0], PIPE, inheritable=False)
    os.closerange(PIPE + 1, os.sysconf("SC_OPEN_MAX"))
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    faulthandler.enable(file=2)


def _answer(text: bytes, parent: int) -> dict[str, Any]:
    """Run the conversion; this is a door: whatever goes wrong inside becomes an answer."""
    try:
        order = Order.from_json(text)
        confine(order.work.folder, order.limits, parent=parent)
        facts = _target(order.work.target)(_task(order))
        return _result(facts)
    except BaseException as error:  # noqa: BLE001 -- the child's door; SystemExit and KeyboardInterrupt end here too
        return {"error": _failure(error)}


def _target(name: str) -> Callable[[Task], Any]:
    """Find the function."""
    module, _, function = name.partition(":")
    found: Callable[[Task], Any] = getattr(importlib.import_module(module), function)
    return found


def _task(order: Order) -> Task:
    """Return what the conversion is given."""
    folder = order.work.folder
    return Task(
        inputs=folder / IN,
        outputs=folder / OUT,
        options=order.work.options,
        report=_reporter(),
        threads=order.limits.threads,
    )


def _reporter() -> Callable[[float], None]:
    """Return a function that sends the share done whenever it grew by a step."""
    told = 0.0

    def report(share: float) -> None:
        nonlocal told
        if not math.isfinite(share):
            raise errors.ChildGarbled("Its progress is no number.")
        if share - told >= STEP or (share >= 1.0 > told):
            told = min(float(share), 1.0)
            _send({"progress": told})

    return report


def _result(facts: Any) -> dict[str, Any]:
    """Return the answer that carries the facts, if they are a JSON object of a sensible size."""
    if not isinstance(facts, dict):
        raise errors.ChildGarbled("It returned something that is no JSON object.")
    try:
        text = json.dumps(facts, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise errors.ChildGarbled("It returned something that is no JSON.") from error
    if len(text) > MAX_RESULT:
        raise errors.ChildGarbled("It returned more than one mebibyte.")
    return {"result": facts}


def _send(answer: dict[str, Any]) -> None:
    """Write one line, whole."""
    line = memoryview(json.dumps(answer).encode() + b"\n")
    while line:
        line = line[os.write(PIPE, line) :]


def _failure(error: BaseException) -> dict[str, str]:
    """Return what the parent needs to raise the same error."""
    if isinstance(error, MemoryError):
        error.__traceback__ = None  # its frames hold what took the memory
    lift_memory_limit()
    known = next((item for item in map(meaning, chain(error)) if item is not None), errors.ChildBroken())
    detail = known.detail[:MAX_DETAIL].encode("utf-8", "replace").decode()
    return {"code": known.code, "detail": detail, "trace": trace_of(error)}


def chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and those that led to it, last first."""
    seen: set[int] = set()
    following: BaseException | None = error
    while following is not None and id(following) not in seen:
        seen.add(id(following))
        yield following
        following = following.__cause__ or following.__context__


def meaning(error: BaseException) -> errors.OutfeedError | None:
    """Return the error of ours that an exception stands for, or None if it is unexpected."""
    if isinstance(error, errors.OutfeedError):
        return error
    if isinstance(error, MemoryError) or _is_thread_refusal(error):
        return errors.ChildOutOfMemory()
    if isinstance(error, SystemExit | KeyboardInterrupt):
        return errors.ChildGarbled("It ended itself without an answer.")
    if isinstance(error, socket.gaierror):
        return errors.ChildWentOnline()
    if isinstance(error, OSError) and error.errno in _BY_ERRNO:
        return _BY_ERRNO[error.errno]()
    return None


def _is_thread_refusal(error: BaseException) -> bool:
    """Tell whether there was no address space left for another thread's stack; CPython has no class for it."""
    return isinstance(error, RuntimeError) and error.args == ("can't start new thread",)


def trace_of(error: BaseException) -> str:
    """Return the traceback in ASCII, its middle cut out if it is long."""
    lines = traceback.TracebackException.from_exception(error, limit=-30).format()
    text = "".join(lines).encode("ascii", "backslashreplace").decode("ascii")
    if len(text) <= MAX_TRACE:
        return text
    return text[: MAX_TRACE // 2] + "\n[...]\n" + text[-MAX_TRACE // 2 :]
