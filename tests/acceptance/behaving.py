"""Conversions that behave. `test_sandbox*.py` run them, always in a child."""

import ctypes
import os
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

from outfeed.errors import SourceDamaged
from outfeed.jobs.work import Task

#: Longest time that a target waits for its test, in seconds: much longer than a test waits for the end of a target.
PATIENCE_S = 100.0


def convert(task: Task) -> dict[str, Any]:
    """Copy the input."""
    data = (task.inputs / "source").read_bytes()
    task.report(0.5)
    (task.outputs / "copy").write_bytes(data)
    return {"bytes": len(data), "options": task.options}


def convert_patiently(task: Task) -> dict[str, Any]:
    """Say that it began, and end when the test lets it."""
    task.report(0.5)
    began = time.monotonic()
    nothing = threading.Event()
    while not (task.inputs / "go").exists() and time.monotonic() < began + PATIENCE_S:
        nothing.wait(0.01)
    (task.outputs / "done").write_text("done", encoding="ascii")
    return {"pid": os.getpid()}


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
    ctypes.CDLL(None).capget(header, sets)
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
    helper = subprocess.Popen(["/bin/sleep", "100"])
    return {"pid": helper.pid}


def read_with_helper(task: Task) -> dict[str, Any]:
    """Have another program read what is not for this one."""
    done = subprocess.run(["/bin/cat", task.options["path"]], check=False, capture_output=True)
    return {"exit": done.returncode, "said": done.stdout.decode()}
