"""Conversions that do what they must not, and a few that behave. `test_sandbox.py` runs them, always in a child."""

import ctypes
import errno
import json
import math
import mmap
import multiprocessing
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np

from outfeed.errors import SourceDamaged
from outfeed.jobs.child import PIPE
from outfeed.jobs.work import Task

#: Longest time that a target waits for its test, in seconds.
PATIENCE_S = 30.0
TEN_GB = 10 * 10**9


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _checked(result: int) -> None:
    """Raise what C said in its own way."""
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


# --- Those that behave ------------------------------------------------------------------------------------------------


def convert(task: Task) -> dict[str, Any]:
    """Copy the input."""
    data = (task.inputs / "source").read_bytes()
    task.report(0.5)
    (task.outputs / "copy").write_bytes(data)
    return {"bytes": len(data), "options": task.options}


def convert_patiently(task: Task) -> dict[str, Any]:
    """Say when it began, and end when the test lets it."""
    task.report(0.5)
    began = time.monotonic()
    nothing = threading.Event()
    while not (task.inputs / "go").exists() and time.monotonic() < began + PATIENCE_S:
        nothing.wait(0.01)
    (task.outputs / "done").write_text("done", encoding="ascii")
    return {"began": began, "pid": os.getpid()}


def report_oddly(task: Task) -> dict[str, Any]:
    """Report shares that fall, and that are none."""
    for share in (-1.0, 0.5, 0.2, 0.5001, 7.0, 0.3):
        task.report(share)
    return {}


def report_often(task: Task) -> dict[str, Any]:
    """Report as a loop over triangles would."""
    for number in range(100_000):
        task.report(number / 100_000)
    return {}


def tell_surroundings(task: Task) -> dict[str, Any]:
    """Say what can be seen from inside."""
    return {
        "environment": sorted(os.environ),
        "descriptors": [number for number in range(200) if _is_open(number)],
        "session_is_own": os.getsid(0) == os.getpid(),
        "folder": str(Path.cwd()),
        "inputs": sorted(item.name for item in task.inputs.iterdir()),
        "capabilities": _capabilities(),
    }


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


def _capabilities() -> list[int]:
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    sets = (ctypes.c_uint32 * 6)()
    _checked(_libc().capget(header, sets))
    return list(sets)


def refuse(_task: Task) -> dict[str, Any]:
    """Refuse the file."""
    raise SourceDamaged("Triangle 7 is cut short.")


def run_helper(task: Task) -> dict[str, Any]:
    """Run another program, for limits that allow it."""
    done = subprocess.run(["/bin/echo", "hello"], check=True, capture_output=True)
    (task.outputs / "said").write_bytes(done.stdout)
    return {}


def leave_helper(_task: Task) -> dict[str, Any]:
    """Leave another program running."""
    helper = subprocess.Popen(["/bin/sleep", "60"])
    return {"pid": helper.pid}


def escape_with_helper(_task: Task) -> dict[str, Any]:
    """Start another program in a session of its own, where a kill of the group would not reach it."""
    os.setsid()
    return {}


def read_with_helper(task: Task) -> dict[str, Any]:
    """Have another program read what is not for this one."""
    done = subprocess.run(["/bin/cat", task.options["path"]], check=False, capture_output=True)
    return {"exit": done.returncode, "said": done.stdout.decode()}


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


# --- Files ------------------------------------------------------------------------------------------------------------


def read_path(task: Task) -> dict[str, Any]:
    """Read the file that the test names."""
    return {"said": Path(task.options["path"]).expanduser().read_text(encoding="latin-1")}


def list_path(task: Task) -> dict[str, Any]:
    """List the folder that the test names."""
    return {"names": os.listdir(task.options["path"])}  # noqa: PTH208


def write_path(task: Task) -> dict[str, Any]:
    """Write the file that the test names."""
    Path(task.options["path"]).write_text("overwritten", encoding="ascii")
    return {}


def write_beside(task: Task) -> dict[str, Any]:
    """Climb out of the folder."""
    (task.outputs / ".." / "beside").write_text("x", encoding="ascii")
    return {}


def write_input(task: Task) -> dict[str, Any]:
    """Change what it was given."""
    (task.inputs / "source").write_text("overwritten", encoding="ascii")
    return {}


def remove_input(task: Task) -> dict[str, Any]:
    """Remove what it was given."""
    (task.inputs / "source").unlink()
    return {}


def adopt_input(task: Task) -> dict[str, Any]:
    """Give what it was given another name, under which it could be written."""
    (task.outputs / "same").hardlink_to(task.inputs / "source")
    return {}


def truncate_path(task: Task) -> dict[str, Any]:
    """Cut the file that the test names."""
    os.truncate(task.options["path"], 0)
    return {}


def open_up_path(task: Task) -> dict[str, Any]:
    """Let everybody write the file that the test names."""
    Path(task.options["path"]).chmod(0o666)
    return {}


def date_path(task: Task) -> dict[str, Any]:
    """Change the times of the file that the test names."""
    os.utime(task.options["path"], (0, 0))
    return {}


def leave_symlink(task: Task) -> dict[str, Any]:
    """Leave a link as a result."""
    (task.outputs / "result").symlink_to("/etc/passwd")
    return {}


def leave_pipe(task: Task) -> dict[str, Any]:
    """Leave a named pipe as a result."""
    os.mkfifo(task.outputs / "result")
    return {}


def leave_two_names(task: Task) -> dict[str, Any]:
    """Leave one file under two names."""
    (task.outputs / "one").write_text("x", encoding="ascii")
    (task.outputs / "two").hardlink_to(task.outputs / "one")
    return {}


def write_large_file(task: Task) -> dict[str, Any]:
    """Write one file past the limit."""
    with (task.outputs / "large").open("wb") as file:
        while True:
            file.write(bytes(10**6))


def write_many_files(task: Task) -> dict[str, Any]:
    """Write files that are small each and too large together, and hang."""
    for number in range(12):
        (task.outputs / str(number)).write_bytes(bytes(10**6))
    return loop_in_python(task)


def write_little_too_much(task: Task) -> dict[str, Any]:
    """Write too much and end before anybody looked."""
    for number in range(12):
        (task.outputs / str(number)).write_bytes(bytes(10**6))
    return {}


def find_disk_full(_task: Task) -> dict[str, Any]:
    """Meet a full disk."""
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


# --- The pipe ---------------------------------------------------------------------------------------------------------


def say_garbage(_task: Task) -> dict[str, Any]:
    """Write to the pipe what no child writes."""
    os.write(PIPE, b"\x00\xff garbage \n")
    return {}


def say_progress_that_is_none(_task: Task) -> dict[str, Any]:
    """Write a progress that JSON does not have."""
    os.write(PIPE, b'{"progress": NaN}\n')
    return {}


def report_nan(task: Task) -> dict[str, Any]:
    """Report a share that is no number."""
    task.report(math.nan)
    return {}


def say_too_long(_task: Task) -> dict[str, Any]:
    """Write a line without an end."""
    while True:
        os.write(PIPE, b"a" * 65536)


def say_too_often(_task: Task) -> dict[str, Any]:
    """Write right lines without an end."""
    line = json.dumps({"progress": 0.5}).encode() + b"\n"
    while True:
        os.write(PIPE, line * 1000)


def say_deep(_task: Task) -> dict[str, Any]:
    """Write JSON that is deeper than a reader's stack."""
    os.write(PIPE, b"[" * 60_000 + b"\n")
    return {}


def say_twice(_task: Task) -> dict[str, Any]:
    """Answer before the end, then again."""
    os.write(PIPE, b'{"result": {}}\n')
    return {}


def print_too_much(_task: Task) -> dict[str, Any]:
    """Print without an end."""
    while True:
        sys.stdout.write("a" * 65536)


def return_list(_task: Task) -> Any:
    """Return JSON that is no object."""
    return [1, 2]


def return_array(_task: Task) -> Any:
    """Return what is no JSON."""
    return {"array": np.zeros(3)}


def return_nan(_task: Task) -> Any:
    """Return a number that JSON does not have."""
    return {"volume": math.nan}


def return_too_much(_task: Task) -> Any:
    """Return two megabytes."""
    return {"text": "a" * 2_000_000}


def close_pipe(_task: Task) -> dict[str, Any]:
    """Close the pipe, then answer."""
    os.close(PIPE)
    return {}


def close_pipe_and_hang(task: Task) -> dict[str, Any]:
    """Close the pipe and go on."""
    os.close(PIPE)
    return loop_in_python(task)


def exit_politely(_task: Task) -> dict[str, Any]:
    """End as a script does."""
    sys.exit(0)


def exit_at_once(_task: Task) -> dict[str, Any]:
    """End as nobody should."""
    os._exit(0)


def kill_itself(_task: Task) -> dict[str, Any]:
    """End as by somebody's kill -9."""
    os.kill(os.getpid(), signal.SIGKILL)
    return {}
