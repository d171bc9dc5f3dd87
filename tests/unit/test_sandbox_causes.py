"""What the signal means that ended a child."""

import signal

import pytest

from outfeed import errors
from outfeed.jobs.sandbox import cause
from outfeed.jobs.watch import End


def an_end(number: int, *, oom: bool = False) -> End:
    return End(exit=number, peak_memory_bytes=0, oom=oom)


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (signal.SIGSEGV, errors.ChildCrashed),
        (signal.SIGBUS, errors.ChildCrashed),
        (signal.SIGFPE, errors.ChildCrashed),
        (signal.SIGILL, errors.ChildCrashed),
        (signal.SIGABRT, errors.ChildCrashed),
        (signal.SIGSYS, errors.ChildCrashed),
        (40, errors.ChildCrashed),
        (signal.SIGXCPU, errors.ChildTimedOut),
        (signal.SIGXFSZ, errors.ChildOutputTooLarge),
        (signal.SIGKILL, errors.ChildVanished),
        (signal.SIGTERM, errors.ChildVanished),
        (signal.SIGINT, errors.ChildVanished),
        (signal.SIGHUP, errors.ChildVanished),
    ],
)
def test_each_signal_has_a_meaning(number: int, expected: type[errors.ChildError]) -> None:
    assert type(cause(an_end(-number), b"")) is expected


@pytest.mark.parametrize(("number", "name"), [(signal.SIGILL, "(SIGILL)"), (40, "(signal 40)")])
def test_a_crash_names_its_signal(number: int, name: str) -> None:
    error = cause(an_end(-number), b"")
    assert error is not None

    assert error.detail == name


def test_a_kill_while_the_kernel_was_short_of_memory_was_the_kernels() -> None:
    assert type(cause(an_end(-signal.SIGKILL, oom=True), b"")) is errors.ChildOutOfMemory


def test_cpp_says_that_it_had_no_memory_before_it_aborts() -> None:
    assert type(cause(an_end(-signal.SIGABRT), b"what():  std::bad_alloc")) is errors.ChildOutOfMemory


def test_a_crash_beside_a_kill_for_memory_is_a_crash() -> None:
    assert type(cause(an_end(-signal.SIGSEGV, oom=True), b"bad_alloc")) is errors.ChildCrashed


@pytest.mark.parametrize("code", [0, 1, 255])
def test_an_exit_code_alone_means_nothing(code: int) -> None:
    assert cause(an_end(code), b"") is None
