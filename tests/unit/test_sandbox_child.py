"""What an exception in a child means, and what of it travels."""

import errno
import socket
from pathlib import Path

import pytest

from outfeed import errors
from outfeed.jobs import child, landlock
from outfeed.jobs.work import Limits, Order, Work


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (errors.NotFinite("x"), errors.NotFinite),
        (MemoryError(), errors.ChildOutOfMemory),
        (RuntimeError("can't start new thread"), errors.ChildOutOfMemory),
        (OSError(errno.ENOMEM, "x"), errors.ChildOutOfMemory),
        (SystemExit(0), errors.ChildGarbled),
        (KeyboardInterrupt(), errors.ChildGarbled),
        (socket.gaierror(-3, "x"), errors.ChildWentOnline),
        (OSError(errno.ENETUNREACH, "x"), errors.ChildWentOnline),
        (OSError(errno.EUSERS, "x"), errors.ChildForked),
        (PermissionError(errno.EACCES, "x"), errors.ChildWroteOutside),
        (OSError(errno.EXDEV, "x"), errors.ChildWroteOutside),
        (PermissionError(errno.EPERM, "x"), errors.ChildDenied),
        (OSError(errno.ENOSPC, "x"), errors.StorageFull),
        (OSError(errno.EDQUOT, "x"), errors.StorageFull),
        (OSError(errno.EFBIG, "x"), errors.ChildOutputTooLarge),
    ],
)
def test_an_expected_exception_has_a_meaning(error: BaseException, expected: type[errors.OutfeedError]) -> None:
    assert type(child.meaning(error)) is expected


@pytest.mark.parametrize("error", [ValueError("x"), RuntimeError("x"), FileNotFoundError(errno.ENOENT, "x"), OSError()])
def test_an_unexpected_exception_has_none(error: BaseException) -> None:
    assert child.meaning(error) is None


def test_a_chain_tells_the_last_error_first_and_ends() -> None:
    first, second, third = ValueError("1"), KeyError("2"), TypeError("3")
    third.__cause__, second.__context__, first.__context__ = second, first, third

    assert list(child.chain(third)) == [third, second, first]


def test_a_trace_is_short_ascii() -> None:
    trace = child.trace_of(ValueError("\N{SNOWMAN}" * 1_000_000))

    assert trace.isascii()
    assert trace.startswith("ValueError: \\u2603\\u2603")
    assert len(trace) == child.MAX_TRACE + len("\n[...]\n")


def test_an_order_travels_whole(tmp_path: Path) -> None:
    order = Order(
        work=Work(target="a.b:c", options={"unit": "mm", "\N{SNOWMAN}": [1, None]}, folder=tmp_path),
        limits=Limits(wall_s=0.5, memory_bytes=1, output_bytes=2, processes=True),
    )

    assert Order.from_json(order.to_json()) == order


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        (1, landlock.Right.MAKE_SYM),
        (2, landlock.Right.REFER),
        (3, landlock.Right.TRUNCATE),
        (4, landlock.Right.TRUNCATE),
        (5, landlock.Right.IOCTL_DEV),
        (9, landlock.Right.IOCTL_DEV),
    ],
)
def test_an_older_landlock_is_asked_for_no_more_than_it_knows(version: int, expected: landlock.Right) -> None:
    known = landlock.handled(version)

    assert expected in known
    assert known == landlock.Right(2 * expected - 1)


def test_results_can_be_no_links_devices_or_pipes() -> None:
    made = landlock.Right
    assert not landlock.KEEP & (made.MAKE_SYM | made.MAKE_FIFO | made.MAKE_SOCK | made.MAKE_CHAR | made.MAKE_BLOCK)
