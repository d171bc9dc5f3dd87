"""The kernel calls that Python has no function for: `syscall`, `prctl`, and the privileges of a process."""

import ctypes
import os
import struct
from enum import IntEnum
from typing import Any

_libc = ctypes.CDLL(None, use_errno=True)

#: linux/capability.h: `_LINUX_CAPABILITY_VERSION_3`, which takes two sets of 32 bits.
_CAPABILITIES_V3 = 0x20080522
#: Highest capability that the header leaves room for.
_CAPABILITIES = 64


class Prctl(IntEnum):
    """Options of `prctl`, from linux/prctl.h."""

    SET_PDEATHSIG = 1
    SET_DUMPABLE = 4
    GET_SECCOMP = 21
    SET_SECCOMP = 22
    CAPBSET_DROP = 24
    SET_NO_NEW_PRIVS = 38


def syscall(number: int, *arguments: Any) -> int:
    """
    Make a system call and return its result.

    Parameters
    ----------
    number
        The call's number on this machine.
    arguments
        Integers, `None` for a null pointer, or what `ctypes.byref` gives.

    Raises
    ------
    OSError
        With the kernel's errno.
    """
    given = [ctypes.c_long(item) if isinstance(item, int) else item for item in arguments]
    return _checked(_libc.syscall(ctypes.c_long(number), *given))


def prctl(option: Prctl, first: Any = 0, second: Any = 0) -> int:
    """Change or read an attribute of this process; raises `OSError` with the kernel's errno."""
    given = [ctypes.c_ulong(item) if isinstance(item, int) else item for item in (first, second, 0, 0)]
    return _checked(_libc.prctl(ctypes.c_int(option), *given))


def drop_capabilities() -> None:
    """Give up every capability for good, also for programs that this process may start."""
    if os.geteuid() == 0:
        _empty_bounding_set()
    header = ctypes.create_string_buffer(struct.pack("<Ii", _CAPABILITIES_V3, 0))
    nothing = ctypes.create_string_buffer(24)
    _checked(_libc.capset(header, nothing))


def _empty_bounding_set() -> None:
    """Take away what root would get back by `execve`; without CAP_SETPCAP there is no_new_privs alone."""
    for capability in range(_CAPABILITIES):
        try:
            prctl(Prctl.CAPBSET_DROP, capability)
        except OSError:  # EINVAL past the newest capability, EPERM in a container that took CAP_SETPCAP away
            return


def _checked(result: int) -> int:
    """Raise what the kernel complained about."""
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
