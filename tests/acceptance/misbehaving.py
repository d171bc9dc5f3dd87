"""Conversions that crash, take too much or reach out. `test_sandbox.py` runs them, always in a child."""

import ctypes
import mmap
import multiprocessing
import os
import re
import signal
import socket
import subprocess
import threading
from typing import Any

import numpy as np

from outfeed.jobs.work import Task

TEN_GB = 10 * 10**9


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _checked(result: int) -> None:
    """Raise what C said in its own way."""
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


# --- Crashes ----------------------------------------------------------------------------------------------------------


def segfault(_task: Task) -> dict[str, Any]:
    """Read where nothing is."""
    ctypes.string_at(0)
    return {}


def abort(_task: Task) -> dict[str, Any]:
    """End as a failed assertion in C does."""
    os.abort()


def divide_by_zero(_task: Task) -> dict[str, Any]:
    """End as an integer division by zero in C does."""
    os.kill(os.getpid(), signal.SIGFPE)
    return {}


def bus_error(task: Task) -> dict[str, Any]:
    """Touch a mapped file where it was cut off."""
    path = task.outputs / "cut"
    path.write_bytes(bytes(2 * mmap.PAGESIZE))
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as mapped:
        file.truncate(0)
        return {"never": mapped[mmap.PAGESIZE]}


def raise_unexpectedly(_task: Task) -> dict[str, Any]:
    """Fail with a long message that holds what no user may see."""
    raise ValueError("secret" * 1_000_000)


def recurse(task: Task) -> dict[str, Any]:
    """Never come back."""
    return recurse(task)


# --- Time and memory --------------------------------------------------------------------------------------------------


def loop_in_python(_task: Task) -> dict[str, Any]:
    """Loop where signals could be handled."""
    number = 0
    while True:
        number += 1


def loop_in_c(_task: Task) -> dict[str, Any]:
    """Loop where they could not."""
    return {"sum": sum(range(10**15))}


def loop_in_re(_task: Task) -> dict[str, Any]:
    """Match for longer than the sun will shine."""
    return {"match": bool(re.match(r"(a+)+$", "a" * 64 + "b"))}


def ignore_the_end(_task: Task) -> dict[str, Any]:
    """Loop with every signal blocked."""
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    return loop_in_python(_task)


def stop_itself(_task: Task) -> dict[str, Any]:
    """Stop, as a terminal's Ctrl-Z would."""
    os.kill(os.getpid(), signal.SIGSTOP)
    return {}


def allocate_array(_task: Task) -> dict[str, Any]:
    """Ask numpy for ten gigabytes."""
    return {"sum": float(np.ones(TEN_GB // 8).sum())}


def allocate_map(_task: Task) -> dict[str, Any]:
    """Ask the kernel for them."""
    with mmap.mmap(-1, TEN_GB) as mapped:
        return {"bytes": len(mapped)}


def allocate_objects(_task: Task) -> dict[str, Any]:
    """Ask Python for them, piece by piece."""
    pieces = []
    while True:
        pieces.append(bytes(10**6))


def allocate_in_shared_memory(_task: Task) -> dict[str, Any]:
    """Ask for memory that the address space does not count."""
    return {"descriptor": os.memfd_create("hidden")}


def fail_in_cpp(_task: Task) -> dict[str, Any]:
    """End as C++ does when nobody catches that there is no memory."""
    os.write(2, b"terminate called after throwing an instance of 'std::bad_alloc'\n")
    os.abort()


def start_threads(_task: Task) -> dict[str, Any]:
    """Start threads until there are no more."""
    nothing = threading.Event()
    while True:
        threading.Thread(target=nothing.wait, daemon=True).start()


# --- The network ------------------------------------------------------------------------------------------------------


def connect_tcp(_task: Task) -> dict[str, Any]:
    """Connect to this machine."""
    socket.create_connection(("127.0.0.1", 9), timeout=1).close()
    return {}


def send_udp(_task: Task) -> dict[str, Any]:
    """Send a packet."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        return {"sent": sender.sendto(b"x", ("127.0.0.1", 9))}


def open_raw(_task: Task) -> dict[str, Any]:
    """Open a raw socket."""
    socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP).close()
    return {}


def open_in_c(_task: Task) -> dict[str, Any]:
    """Open a socket as a C library does."""
    _checked(_libc().socket(int(socket.AF_INET6), int(socket.SOCK_STREAM), 0))
    return {}


def connect_unix(_task: Task) -> dict[str, Any]:
    """Talk to a service of this machine."""
    with socket.socket(socket.AF_UNIX) as client:
        client.connect("\0abstract")
    return {}


def pair(_task: Task) -> dict[str, Any]:
    """Make two sockets that are connected."""
    for end in socket.socketpair():
        end.close()
    return {}


def look_up(_task: Task) -> dict[str, Any]:
    """Ask for an address by its name."""
    return {"found": socket.getaddrinfo("example.com", 80)}


def set_up_io_uring(_task: Task) -> dict[str, Any]:
    """Ask for the queue that would make system calls unseen."""
    _checked(_libc().syscall(425, 1, ctypes.create_string_buffer(120)))
    return {}


# --- Other programs and processes -------------------------------------------------------------------------------------


def fork_bomb(_task: Task) -> dict[str, Any]:
    """Fork; the bound is for the machine that runs this test on a broken sandbox."""
    for _ in range(200):
        if os.fork() == 0:
            threading.Event().wait(1)
    return {}


def run_program(_task: Task) -> dict[str, Any]:
    """Run another program."""
    return {"exit": subprocess.run(["/bin/true"], check=False).returncode}


def become_program(_task: Task) -> dict[str, Any]:
    """Be another program."""
    os.execv("/bin/true", ["true"])  # noqa: S606 -- it is refused, which is the test


def spawn(_task: Task) -> dict[str, Any]:
    """Run another program by the other call."""
    return {"pid": os.posix_spawn("/bin/true", ["true"], {})}


def start_process(_task: Task) -> dict[str, Any]:
    """Use multiprocessing."""
    multiprocessing.get_context("fork").Process(target=len, args=("",)).start()
    return {}


def kill_process(task: Task) -> dict[str, Any]:
    """Kill the process that the test names."""
    os.kill(task.options["pid"], signal.SIGKILL)
    return {}


def kill_parent(_task: Task) -> dict[str, Any]:
    """Kill the nursery."""
    os.kill(os.getppid(), signal.SIGKILL)
    return {}


def kill_own_group(_task: Task) -> dict[str, Any]:
    """Kill whoever is in the group."""
    os.killpg(0, signal.SIGTERM)
    return {}


def trace_parent(_task: Task) -> dict[str, Any]:
    """Attach to the nursery as a debugger."""
    _checked(_libc().ptrace(16, os.getppid(), 0, 0))
    return {}


def outlive_parent(_task: Task) -> dict[str, Any]:
    """Ask not to die with the nursery."""
    _checked(_libc().prctl(1, 0, 0, 0, 0))
    return {}


def limit_parent(_task: Task) -> dict[str, Any]:
    """Take the nursery's files away."""
    _checked(_libc().prlimit(os.getppid(), 7, ctypes.create_string_buffer(16), None))
    return {}


def unshare(_task: Task) -> dict[str, Any]:
    """Make a user namespace, where it would be root."""
    _checked(_libc().unshare(0x10000000))
    return {}


def escape_with_helper(_task: Task) -> dict[str, Any]:
    """Start another program in a session of its own, where a kill of the group would not reach it."""
    os.setsid()
    return {}
