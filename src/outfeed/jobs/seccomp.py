"""Which system calls a conversion may not make, as a seccomp filter.

Each kind of refusal has an errno of its own, so that the child's door can tell them apart: the network ENETUNREACH,
other processes EUSERS, files' attributes EACCES, all else EPERM. A refused call fails like any other; nothing is
killed, and a library that only tries goes on without.

The numbers are those of asm/unistd_64.h and asm-generic/unistd.h.
"""

import ctypes
import errno
import platform
from collections.abc import Iterator
from typing import NamedTuple

from outfeed.jobs.kernel import Prctl, prctl

#: `fork` fails with this and nothing else does; EAGAIN, the usual one, is also how a non-blocking read says "not yet".
PROCESSES_DENIED = errno.EUSERS


class Instruction(NamedTuple):
    """One step of a classic BPF program, `struct sock_filter`."""

    code: int
    #: Steps to skip if the comparison holds.
    then: int
    #: Steps to skip if it does not.
    other: int
    value: int


class Calls(NamedTuple):
    """A system call's number on each machine; None where there is no such call."""

    x86_64: int
    aarch64: int | None


#: linux/audit.h: what `seccomp_data.arch` says.
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}

NETWORK = {
    "socket": Calls(41, 198),
    "socketpair": Calls(53, 199),
    "connect": Calls(42, 203),
    "bind": Calls(49, 200),
    "listen": Calls(50, 201),
    "accept": Calls(43, 202),
    "accept4": Calls(288, 242),
    "sendto": Calls(44, 206),
    "sendmsg": Calls(46, 211),
    "sendmmsg": Calls(307, 269),
}

PROCESSES = {
    "fork": Calls(57, None),
    "vfork": Calls(58, None),
    "execve": Calls(59, 221),
    "execveat": Calls(322, 281),
}

#: Landlock does not cover these: without them a child could change the mode of any file of the same user.
FILES = {
    "truncate": Calls(76, 45),
    "chmod": Calls(90, None),
    "fchmod": Calls(91, 52),
    "fchmodat": Calls(268, 53),
    "chown": Calls(92, None),
    "fchown": Calls(93, 55),
    "lchown": Calls(94, None),
    "fchownat": Calls(260, 54),
    "setxattr": Calls(188, 5),
    "lsetxattr": Calls(189, 6),
    "fsetxattr": Calls(190, 7),
    "removexattr": Calls(197, 14),
    "lremovexattr": Calls(198, 15),
    "fremovexattr": Calls(199, 16),
    "utime": Calls(132, None),
    "utimes": Calls(235, None),
    "futimesat": Calls(261, None),
    "utimensat": Calls(280, 88),
}

#: What reaches into other processes, holds memory that no limit counts, or belongs to an administrator.
BEYOND = {
    "acct": Calls(163, 89),
    "add_key": Calls(248, 217),
    "adjtimex": Calls(159, 171),
    "bpf": Calls(321, 280),
    "chroot": Calls(161, 51),
    "clock_adjtime": Calls(305, 266),
    "clock_settime": Calls(227, 112),
    "delete_module": Calls(176, 106),
    "fanotify_init": Calls(300, 262),
    "fanotify_mark": Calls(301, 263),
    "finit_module": Calls(313, 273),
    "fsconfig": Calls(431, 431),
    "fsmount": Calls(432, 432),
    "fsopen": Calls(430, 430),
    "fspick": Calls(433, 433),
    "init_module": Calls(175, 105),
    "io_uring_enter": Calls(426, 426),
    "io_uring_register": Calls(427, 427),
    "io_uring_setup": Calls(425, 425),
    "ioperm": Calls(173, None),
    "iopl": Calls(172, None),
    "ioprio_set": Calls(251, 30),
    "kcmp": Calls(312, 272),
    "kexec_file_load": Calls(320, 294),
    "kexec_load": Calls(246, 104),
    "keyctl": Calls(250, 219),
    "memfd_create": Calls(319, 279),
    "memfd_secret": Calls(447, 447),
    "migrate_pages": Calls(256, 238),
    "mount": Calls(165, 40),
    "mount_setattr": Calls(442, 442),
    "move_mount": Calls(429, 429),
    "move_pages": Calls(279, 239),
    "mq_open": Calls(240, 180),
    "msgget": Calls(68, 186),
    "name_to_handle_at": Calls(303, 264),
    "open_by_handle_at": Calls(304, 265),
    "open_tree": Calls(428, 428),
    "perf_event_open": Calls(298, 241),
    "personality": Calls(135, 92),
    "pidfd_getfd": Calls(438, 438),
    "pidfd_open": Calls(434, 434),
    "pidfd_send_signal": Calls(424, 424),
    "pivot_root": Calls(155, 41),
    "process_madvise": Calls(440, 440),
    "process_mrelease": Calls(448, 448),
    "process_vm_readv": Calls(310, 270),
    "process_vm_writev": Calls(311, 271),
    "ptrace": Calls(101, 117),
    "quotactl": Calls(179, 60),
    "quotactl_fd": Calls(443, 443),
    "reboot": Calls(169, 142),
    "request_key": Calls(249, 218),
    "rt_sigqueueinfo": Calls(129, 138),
    "rt_tgsigqueueinfo": Calls(297, 240),
    "sched_setaffinity": Calls(203, 122),
    "sched_setattr": Calls(314, 274),
    "sched_setparam": Calls(142, 118),
    "sched_setscheduler": Calls(144, 119),
    "semget": Calls(64, 190),
    "setdomainname": Calls(171, 162),
    "sethostname": Calls(170, 161),
    "setns": Calls(308, 268),
    "setpgid": Calls(109, 154),
    "setpriority": Calls(141, 140),
    "setsid": Calls(112, 157),
    "settimeofday": Calls(164, 170),
    "shmat": Calls(30, 196),
    "shmget": Calls(29, 194),
    "swapoff": Calls(168, 225),
    "swapon": Calls(167, 224),
    "syslog": Calls(103, 116),
    "tkill": Calls(200, 130),
    "umount2": Calls(166, 39),
    "unshare": Calls(272, 97),
    "userfaultfd": Calls(323, 282),
    "vhangup": Calls(153, 58),
}

CLONE = Calls(56, 220)
CLONE3 = Calls(435, 435)
KILL = Calls(62, 129)
TGKILL = Calls(234, 131)
PRLIMIT64 = Calls(302, 261)
PRCTL = Calls(157, 167)

#: Calls of Linux 6.5 and later, and those of the x32 ABI, are answered as an older kernel would.
FIRST_UNKNOWN = 451

_CLONE_THREAD = 0x00010000
_ALLOW = 0x7FFF0000
_KILL_PROCESS = 0x80000000
_ERRNO = 0x00050000
_MODE_FILTER = 2

#: Where `struct seccomp_data` has the call's number, the architecture and the low half of the first argument.
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16


def load(offset: int) -> Instruction:
    """Return the step that loads 32 bits of the call's data."""
    return Instruction(0x20, 0, 0, offset)


def if_equal(value: int, then: int, other: int) -> Instruction:
    """Return the step that compares what was loaded with `value`."""
    return Instruction(0x15, then, other, value)


def give(verdict: int) -> Instruction:
    """Return the step that ends the program."""
    return Instruction(0x06, 0, 0, verdict)


def deny(number: int) -> Instruction:
    """Return the step that ends the program and makes the call fail with this errno."""
    return give(_ERRNO | number)


def program(machine: str, *, pid: int, processes: bool, signals_scoped: bool) -> list[Instruction]:
    """
    Return the filter for a conversion.

    Parameters
    ----------
    machine
        A key of `ARCHITECTURES`.
    pid
        The process that the filter is for: it may send signals to itself.
    processes
        Whether it may start other programs.
    signals_scoped
        Whether Landlock keeps signals inside, so that a child which starts programs may end them.
    """
    return [
        load(_ARCHITECTURE),
        if_equal(ARCHITECTURES[machine], 1, 0),
        give(_KILL_PROCESS),
        load(_NUMBER),
        Instruction(0x35, 0, 1, FIRST_UNKNOWN),
        deny(errno.ENOSYS),
        *_plain(machine, processes=processes),
        *_conditional(machine, pid=pid, processes=processes, signals_scoped=signals_scoped),
        give(_ALLOW),
    ]


def _plain(machine: str, *, processes: bool) -> Iterator[Instruction]:
    """Yield the rules that do not look at arguments."""
    groups = [(NETWORK, errno.ENETUNREACH), (FILES, errno.EACCES), (BEYOND, errno.EPERM)]
    if not processes:
        groups.append((PROCESSES, PROCESSES_DENIED))
    for calls, refusal in groups:
        for call in calls.values():
            yield from _rule(machine, call, [deny(refusal)])
    # The filter cannot read clone3's arguments; the C library falls back to clone.
    yield from _rule(machine, CLONE3, [deny(errno.ENOSYS)])


def _conditional(machine: str, *, pid: int, processes: bool, signals_scoped: bool) -> Iterator[Instruction]:
    """Yield the rules that look at the first argument."""
    if not processes:
        yield from _rule(machine, CLONE, _only_threads())
    if not (processes and signals_scoped):
        yield from _rule(machine, KILL, _only([pid]))
        yield from _rule(machine, TGKILL, _only([pid]))
    yield from _rule(machine, PRLIMIT64, _only([0, pid]))
    yield from _rule(machine, PRCTL, _all_but([Prctl.SET_PDEATHSIG, Prctl.SET_DUMPABLE]))


def _rule(machine: str, call: Calls, body: list[Instruction]) -> Iterator[Instruction]:
    """Yield `body`, which must end the program, behind the test for its call."""
    number: int | None = getattr(call, machine)
    if number is not None:
        yield if_equal(number, 0, len(body))
        yield from body


def _only_threads() -> list[Instruction]:
    """Allow `clone` for a thread and deny it for a process."""
    return [
        load(_FIRST_ARGUMENT),
        Instruction(0x45, 1, 0, _CLONE_THREAD),
        deny(PROCESSES_DENIED),
        give(_ALLOW),
    ]


def _only(values: list[int]) -> list[Instruction]:
    """Allow the call if its first argument is one of these."""
    return [*_jumps(values), deny(errno.EPERM), give(_ALLOW)]


def _all_but(values: list[int]) -> list[Instruction]:
    """Deny the call if its first argument is one of these."""
    return [*_jumps(values), give(_ALLOW), deny(errno.EPERM)]


def _jumps(values: list[int]) -> Iterator[Instruction]:
    """Yield steps that skip the one after them if the first argument is one of `values`."""
    yield load(_FIRST_ARGUMENT)
    for left, value in zip(range(len(values) - 1, -1, -1), values, strict=True):
        yield if_equal(value, left + 1, 0)


class _Step(ctypes.Structure):
    _fields_ = (
        ("code", ctypes.c_uint16),
        ("then", ctypes.c_uint8),
        ("other", ctypes.c_uint8),
        ("value", ctypes.c_uint32),
    )


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_uint16), ("steps", ctypes.POINTER(_Step)))


def install(steps: list[Instruction]) -> None:
    """Put this process under the filter, for good; needs no_new_privs."""
    array = (_Step * len(steps))(*(_Step(*step) for step in steps))
    prctl(Prctl.SET_SECCOMP, _MODE_FILTER, ctypes.byref(_Program(len(steps), array)))


def missing() -> str:
    """Return why there can be no filter on this machine, or nothing if there can."""
    if platform.machine() not in ARCHITECTURES:
        return f"no filter is written for {platform.machine()}"
    try:
        prctl(Prctl.GET_SECCOMP)
    except OSError as error:
        return f"the kernel has no seccomp ({error.strerror})"
    return ""
