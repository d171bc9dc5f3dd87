"""Conversions that touch files of others, leave what is no result, or say what is no answer."""

import errno
import json
import math
import os
import signal
import sys
from pathlib import Path
from typing import Any

import numpy as np

from acceptance.misbehaving import loop_in_python
from outfeed.errors import SourceDamaged
from outfeed.jobs.child import PIPE
from outfeed.jobs.work import Task

# --- Files ------------------------------------------------------------------------------------------------------------


def read_path(task: Task) -> dict[str, Any]:
    """Read the file that the test names."""
    return {"said": Path(task.options["path"]).expanduser().read_text(encoding="latin-1")}


def list_path(task: Task) -> dict[str, Any]:
    """List the folder that the test names."""
    return {"names": [item.name for item in Path(task.options["path"]).iterdir()]}


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


def write_deep(task: Task) -> dict[str, Any]:
    """Make more folders inside each other than a path name can hold, none of them readable."""
    os.chdir(task.outputs)
    for _ in range(3000):
        os.mkdir("d")  # noqa: PTH102 -- the shortest name counts
        os.chdir("d")
    os.umask(0o777)
    os.mkdir("last")  # noqa: PTH102 -- as above
    return {}


def write_deep_and_hang(task: Task) -> dict[str, Any]:
    """Do so while the parent looks."""
    write_deep(task)
    return loop_in_python(task)


def find_disk_full(_task: Task) -> dict[str, Any]:
    """Meet a full disk."""
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


# --- The pipe ---------------------------------------------------------------------------------------------------------


def refuse_oddly(_task: Task) -> dict[str, Any]:
    """Refuse the file with its name, which is no text."""
    raise SourceDamaged("\udcff.stl " + "a" * 10_000)


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
