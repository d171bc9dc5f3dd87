"""The worker's end of a nursery: start it, ask it for children, end it."""

import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

#: Longest time that loading the libraries may take, in seconds.
START_S = 120.0
#: Longest time that a nursery may take to end its children and itself, in seconds.
END_S = 10.0


class NurseryLost(Exception):
    """The nursery ended, was ended, or does not answer; another one can be started."""


@dataclass(kw_only=True, slots=True)
class Birth:
    """The worker's ends of a child."""

    #: Shut it down to end the child; the nursery reports the exit here.
    control: socket.socket
    #: Descriptor of the child's answers, not blocking.
    pipe: int
    #: Descriptor of what the child prints, not blocking.
    log: int

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """End the child if it still lives, and give the descriptors back."""
        self.control.close()
        os.close(self.pipe)
        os.close(self.log)

    def end(self) -> None:
        """End the child; its exit can still be read."""
        with contextlib.suppress(OSError):
            self.control.shutdown(socket.SHUT_WR)


class NurseryProcess:
    """
    A running nursery.

    Parameters
    ----------
    preload
        Modules to load before the first fork.

    Raises
    ------
    NurseryLost
        If it does not start; the reason is on the standard error.
    """

    def __init__(self, preload: Sequence[str]) -> None:
        self._door, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = _start(theirs.fileno(), preload)
        #: Set when it turned out to be gone.
        self.lost = False
        self._wait_until_ready()

    @property
    def pid(self) -> int:
        """Return the process id."""
        return self._process.pid

    def _wait_until_ready(self) -> None:
        """Wait for the word that the modules are loaded."""
        self._door.settimeout(START_S)
        try:
            said = self._door.recv(16)
        except OSError:
            said = b""
        if said != b"ready":
            self.close()
            raise NurseryLost("the process that starts conversions did not start")
        self._door.settimeout(END_S)

    def spawn(self, order: bytes) -> Birth:
        """
        Start a child for this order.

        Raises
        ------
        NurseryLost
            If there is nobody to fork it.
        """
        control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        pipe, log = os.pipe(), os.pipe()
        paper = _paper(order)
        try:
            socket.send_fds(self._door, [b"child"], [theirs.fileno(), pipe[1], log[1], paper])
        except OSError as error:
            self.lost = True
            Birth(control=control, pipe=pipe[0], log=log[0]).__exit__()
            raise NurseryLost("the process that starts conversions is gone") from error
        finally:
            theirs.close()
            for descriptor in (pipe[1], log[1], paper):
                os.close(descriptor)
        for descriptor in (pipe[0], log[0]):
            os.set_blocking(descriptor, False)
        return Birth(control=control, pipe=pipe[0], log=log[0])

    def close(self) -> None:
        """End the nursery and all its children; returns when they are gone."""
        self.lost = True
        self._door.close()
        try:
            self._process.wait(END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _paper(order: bytes) -> int:
    """Return a descriptor that the order can be read from."""
    descriptor = os.memfd_create("order")
    with open(descriptor, "wb", closefd=False) as file:
        file.write(order)
    return descriptor


def _start(descriptor: int, preload: Sequence[str]) -> subprocess.Popen[bytes]:
    """Start the process. A session of its own keeps the terminal's Ctrl-C from it: the worker ends it in good order."""
    command = [sys.executable, "-P", "-m", "outfeed.jobs.nursery", str(descriptor), *preload]
    return subprocess.Popen(  # noqa: S603 -- our own interpreter and module
        command,
        env=_environment(),
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        pass_fds=[descriptor],
        start_new_session=True,
    )


def _environment() -> dict[str, str]:
    """Return what the nursery needs to find the same modules, and to stay single-threaded until it forks."""
    return {
        "PYTHONPATH": os.pathsep.join(str(Path(entry).absolute()) for entry in sys.path),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        # Each arena of the C library reserves 128 MiB of the address space that the memory limit counts.
        "MALLOC_ARENA_MAX": "2",
    }
