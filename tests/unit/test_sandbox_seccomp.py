"""The filter of system calls, run step by step as the kernel does."""

import errno
import itertools
import struct

import pytest

from outfeed.jobs import seccomp
from outfeed.jobs.seccomp import Calls, Instruction

PID = 4711
ALLOWED, KILLED = 0x7FFF0000, 0x80000000
MACHINES = sorted(seccomp.ARCHITECTURES)
THREAD_FLAGS = 0x3D0F00  # what the C library passes for a thread
FORK_FLAGS = 0x01200011  # what it passes for fork
VFORK_FLAGS = 0x4111  # what it passes for posix_spawn


def refused(number: int) -> int:
    return 0x00050000 | number


def a_filter(machine: str, *, processes: bool = False, signals_scoped: bool = True) -> list[Instruction]:
    return seccomp.program(machine, pid=PID, processes=processes, signals_scoped=signals_scoped)


def verdict(steps: list[Instruction], machine: str, number: int, first: int = 0) -> int:
    """Run a classic BPF program over `struct seccomp_data`."""
    data = struct.pack("<IIQ6Q", number, seccomp.ARCHITECTURES[machine], 0, first, 0, 0, 0, 0, 0)
    at = loaded = 0
    while True:
        step = steps[at]
        at += 1
        match step.code:
            case 0x20:
                (loaded,) = struct.unpack_from("<I", data, step.value)
            case 0x15:
                at += step.then if loaded == step.value else step.other
            case 0x35:
                at += step.then if loaded >= step.value else step.other
            case 0x45:
                at += step.then if loaded & step.value else step.other
            case 0x06:
                return step.value
            case _:
                raise AssertionError(step)


def number_of(machine: str, call: Calls) -> int | None:
    found: int | None = getattr(call, machine)
    return found


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize(
    ("calls", "expected"),
    [
        (seccomp.NETWORK, errno.ENETUNREACH),
        (seccomp.FILES, errno.EACCES),
        (seccomp.BEYOND, errno.EPERM),
        (seccomp.PROCESSES, errno.EUSERS),
    ],
)
def test_each_kind_of_refusal_has_its_errno(machine: str, calls: dict[str, Calls], expected: int) -> None:
    steps = a_filter(machine)
    numbers = [number for call in calls.values() if (number := number_of(machine, call)) is not None]

    assert [refused(expected)] * len(numbers) == [verdict(steps, machine, number) for number in numbers]


@pytest.mark.parametrize("machine", MACHINES)
def test_what_conversions_need_is_allowed(machine: str) -> None:
    everyday = {"x86_64": [0, 1, 3, 9, 12, 202, 231, 257, 262], "aarch64": [63, 64, 57, 222, 214, 98, 94, 56, 79]}
    steps = a_filter(machine)

    assert {ALLOWED} == {verdict(steps, machine, number) for number in everyday[machine]}


@pytest.mark.parametrize("machine", MACHINES)
def test_a_program_of_another_architecture_is_killed(machine: str) -> None:
    other = next(name for name in MACHINES if name != machine)

    assert verdict(a_filter(machine), other, 0) == KILLED


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("number", [451, 600, 0x40000000 + 41, 0xFFFFFFFF])
def test_calls_that_are_newer_than_the_filter_are_not_there(machine: str, number: int) -> None:
    assert verdict(a_filter(machine), machine, number) == refused(errno.ENOSYS)


@pytest.mark.parametrize("machine", MACHINES)
def test_threads_are_allowed_and_processes_are_not(machine: str) -> None:
    steps, clone = a_filter(machine), number_of(machine, seccomp.CLONE)
    assert clone is not None
    seen = [verdict(steps, machine, clone, flags) for flags in (THREAD_FLAGS, FORK_FLAGS, VFORK_FLAGS)]

    assert seen == [ALLOWED, refused(errno.EUSERS), refused(errno.EUSERS)]


@pytest.mark.parametrize("machine", MACHINES)
def test_limits_may_allow_programs_and_nothing_else(machine: str) -> None:
    steps = a_filter(machine, processes=True)
    execve, socket = number_of(machine, seccomp.PROCESSES["execve"]), number_of(machine, seccomp.NETWORK["socket"])
    clone, clone3 = number_of(machine, seccomp.CLONE), number_of(machine, seccomp.CLONE3)
    assert execve
    assert socket
    assert clone
    assert clone3

    assert verdict(steps, machine, execve) == ALLOWED
    assert verdict(steps, machine, clone, FORK_FLAGS) == ALLOWED
    assert verdict(steps, machine, socket) == refused(errno.ENETUNREACH)
    # Its flags cannot be read; the C library then takes clone.
    assert verdict(steps, machine, clone3) == refused(errno.ENOSYS)


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize(("processes", "signals_scoped"), list(itertools.product([False, True], repeat=2)))
def test_signals_stay_inside(machine: str, *, processes: bool, signals_scoped: bool) -> None:
    steps = a_filter(machine, processes=processes, signals_scoped=signals_scoped)
    expected = ALLOWED if processes and signals_scoped else refused(errno.EPERM)
    for call in (seccomp.KILL, seccomp.TGKILL):
        number = number_of(machine, call)
        assert number is not None

        assert verdict(steps, machine, number, PID) == ALLOWED
        assert verdict(steps, machine, number, PID + 1) == expected
        assert verdict(steps, machine, number, 2**32 - 1) == expected


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize(
    ("call", "allowed", "denied"),
    [(seccomp.PRLIMIT64, [0, PID], [1, PID + 1]), (seccomp.PRCTL, [3, 15, 38], [1, 4])],
)
def test_first_arguments_are_looked_at(machine: str, call: Calls, allowed: list[int], denied: list[int]) -> None:
    steps, number = a_filter(machine), number_of(machine, call)
    assert number is not None

    assert [ALLOWED] * len(allowed) == [verdict(steps, machine, number, first) for first in allowed]
    assert [refused(errno.EPERM)] * len(denied) == [verdict(steps, machine, number, first) for first in denied]


@pytest.mark.parametrize("machine", MACHINES)
def test_no_number_is_listed_twice(machine: str) -> None:
    groups = [seccomp.NETWORK, seccomp.FILES, seccomp.BEYOND, seccomp.PROCESSES]
    single = [seccomp.CLONE, seccomp.CLONE3, seccomp.KILL, seccomp.TGKILL, seccomp.PRLIMIT64, seccomp.PRCTL]
    calls = [call for group in groups for call in group.values()] + single
    numbers = [number for call in calls if (number := number_of(machine, call)) is not None]

    assert len(set(numbers)) == len(numbers)
    assert max(numbers) < seccomp.FIRST_UNKNOWN
