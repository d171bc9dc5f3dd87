"""Which files a conversion may use, held by the kernel's Landlock.

The system call numbers are the same on all architectures; the rights are those of linux/landlock.h.
"""

import ctypes
import os
import stat
import struct
from collections.abc import Iterable
from enum import IntFlag
from pathlib import Path

from outfeed.jobs.kernel import syscall

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_ASK_VERSION = 1
_PATH_BENEATH = 1


class Right(IntFlag):
    """What may be done with files beneath a folder."""

    EXECUTE = 1 << 0
    WRITE_FILE = 1 << 1
    READ_FILE = 1 << 2
    READ_DIR = 1 << 3
    REMOVE_DIR = 1 << 4
    REMOVE_FILE = 1 << 5
    MAKE_CHAR = 1 << 6
    MAKE_DIR = 1 << 7
    MAKE_REG = 1 << 8
    MAKE_SOCK = 1 << 9
    MAKE_FIFO = 1 << 10
    MAKE_BLOCK = 1 << 11
    MAKE_SYM = 1 << 12
    REFER = 1 << 13
    TRUNCATE = 1 << 14
    IOCTL_DEV = 1 << 15


READ = Right.READ_FILE | Right.READ_DIR
RUN = READ | Right.EXECUTE
#: A result is made of plain files and folders: no links, devices, sockets or pipes.
KEEP = (
    READ
    | Right.WRITE_FILE
    | Right.REMOVE_DIR
    | Right.REMOVE_FILE
    | Right.MAKE_DIR
    | Right.MAKE_REG
    | Right.REFER
    | Right.TRUNCATE
)
_OF_A_FILE = Right.EXECUTE | Right.WRITE_FILE | Right.READ_FILE | Right.TRUNCATE | Right.IOCTL_DEV

_BIND_AND_CONNECT_TCP = 0b11
_ABSTRACT_SOCKETS_AND_SIGNALS = 0b11
#: The first version that knows TCP, and the first that keeps signals inside.
NET_VERSION, SCOPE_VERSION = 4, 6


def version() -> int:
    """Return the version of Landlock that this kernel speaks, 0 if none."""
    try:
        return syscall(_CREATE_RULESET, None, 0, _ASK_VERSION)
    except OSError:
        return 0


def handled(abi: int) -> Right:
    """Return the rights that a version of Landlock can take away."""
    newest_bit = {1: 12, 2: 13, 3: 14, 4: 14}.get(abi, 15)
    return Right((1 << (newest_bit + 1)) - 1)


def restrict(rules: Iterable[tuple[Path, Right]], *, abi: int) -> None:
    """
    Leave this process the given rights and no others, for good; needs no_new_privs.

    Parameters
    ----------
    rules
        Files and folders with what may be done there. Those that do not exist are left out.
    abi
        What `version` said, at least 1.
    """
    ruleset = _new_ruleset(abi)
    try:
        for path, rights in rules:
            _allow(ruleset, path, rights & handled(abi))
        syscall(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)


def _new_ruleset(abi: int) -> int:
    """Make a ruleset that denies all that this version can deny."""
    attribute = struct.pack("<Q", handled(abi))
    if abi >= NET_VERSION:
        attribute += struct.pack("<Q", _BIND_AND_CONNECT_TCP)
    if abi >= SCOPE_VERSION:
        attribute += struct.pack("<Q", _ABSTRACT_SOCKETS_AND_SIGNALS)
    return syscall(_CREATE_RULESET, ctypes.create_string_buffer(attribute, len(attribute)), len(attribute), 0)


def _allow(ruleset: int, path: Path, rights: Right) -> None:
    """Add a rule for a file or a folder."""
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        is_folder = stat.S_ISDIR(os.fstat(place).st_mode)
        allowed = rights if is_folder else rights & _OF_A_FILE
        # `struct landlock_path_beneath_attr` is packed: 8 + 4 bytes.
        rule = ctypes.create_string_buffer(struct.pack("<Qi", allowed, place), 12)
        syscall(_ADD_RULE, ruleset, _PATH_BENEATH, rule, 0)
    finally:
        os.close(place)
