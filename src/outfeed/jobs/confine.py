"""What a child gives up before it runs a conversion, and which of it this kernel can enforce."""

import contextlib
import os
import platform
import resource
import signal
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from outfeed.jobs import landlock, seccomp
from outfeed.jobs.kernel import Prctl, drop_capabilities, prctl
from outfeed.jobs.work import IN, OUT, TMP, Limits

#: Left above the limit for the one who reports that it was reached, in bytes.
HEADROOM = 64 * 1024 * 1024
#: Files that a child may have open.
OPEN_FILES = 1024
#: Processor time beyond the wall limit on every core, for a child that nobody else ends, in seconds.
CPU_GRACE_S = 30

#: What libraries and the helper programs of some conversions read.
_SYSTEM = ("/usr", "/lib", "/lib64", "/bin", "/etc/ld.so.cache", "/etc/localtime", "/etc/fonts")


@dataclass(frozen=True, kw_only=True, slots=True)
class Protection:
    """One thing that a conversion is kept from."""

    #: What it is kept from, in two or three words.
    name: str
    #: Whether it is enforced here.
    active: bool
    #: By what, or why not.
    why: str


def protections() -> list[Protection]:
    """Return what this kernel keeps conversions from, for `outfeed doctor` and the log."""
    abi = landlock.version()
    files = f"Landlock, version {abi}" if abi else "the kernel has no Landlock, or it is switched off"
    no_filter = seccomp.missing()
    scoped = abi >= landlock.SCOPE_VERSION
    calls = no_filter or f"seccomp on {platform.machine()}"
    return [
        Protection(name="memory and time", active=True, why="resource limits and the wall clock"),
        Protection(name="files of others", active=abi > 0, why=files),
        Protection(
            name="network", active=not no_filter or abi >= landlock.NET_VERSION, why=calls if not no_filter else files
        ),
        Protection(name="other programs", active=not no_filter, why=calls),
        Protection(name="other processes", active=not no_filter or scoped, why=calls if not no_filter else files),
    ]


def confine(folder: Path, limits: Limits, *, parent: int) -> None:
    """
    Take from this process all that a conversion does not need, for good.

    Parameters
    ----------
    folder
        Holds `in/`, `out/` and `tmp/`; becomes the working directory.
    limits
        What the conversion may use.
    parent
        The process whose death ends this one.
    """
    os.umask(0o077)
    os.chdir(folder)
    _set_environment(folder)
    _set_limits(folder, limits)
    _die_first()
    drop_capabilities()
    prctl(Prctl.SET_DUMPABLE, 0)
    _die_with(parent)
    prctl(Prctl.SET_NO_NEW_PRIVS, 1)
    abi = landlock.version()
    if abi:
        landlock.restrict(_allowed_files(folder), abi=abi)
    if not seccomp.missing():
        steps = seccomp.program(
            platform.machine(),
            pid=os.getpid(),
            processes=limits.processes,
            signals_scoped=abi >= landlock.SCOPE_VERSION,
        )
        seccomp.install(steps)


def lift_memory_limit() -> None:
    """Make room to report that the memory limit was reached."""
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (hard, hard))


def _set_environment(folder: Path) -> None:
    """Leave nothing of the server's environment, which may hold its secrets."""
    os.environ.clear()
    os.environ.update(HOME=str(folder / TMP), TMPDIR=str(folder / TMP), LANG="C.UTF-8", PATH="/usr/bin:/bin")
    tempfile.tempdir = str(folder / TMP)


def _set_limits(folder: Path, limits: Limits) -> None:
    """Set the resource limits. Inputs may be mapped, so their size is on top of the memory limit."""
    inputs = sum(item.stat().st_size for item in (folder / IN).rglob("*") if item.is_file())
    memory = limits.memory_bytes + _address_space() + inputs
    _limit(resource.RLIMIT_AS, memory, memory + HEADROOM)
    processor_s = int(limits.wall_s * (os.cpu_count() or 1)) + CPU_GRACE_S
    _limit(resource.RLIMIT_CPU, processor_s, processor_s + CPU_GRACE_S)
    _limit(resource.RLIMIT_FSIZE, limits.output_bytes, limits.output_bytes)
    _limit(resource.RLIMIT_NOFILE, OPEN_FILES, OPEN_FILES)
    _limit(resource.RLIMIT_CORE, 0, 0)


def _limit(what: int, soft: int, hard: int) -> None:
    """Set a limit, or the highest that this user may have."""
    _, highest = resource.getrlimit(what)
    if highest != resource.RLIM_INFINITY:
        soft, hard = min(soft, highest), min(hard, highest)
    resource.setrlimit(what, (soft, hard))


def _address_space() -> int:
    """Return the bytes that this process has mapped already."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    return pages * resource.getpagesize()


def _die_first() -> None:
    """Have the kernel choose this process, and not the server, when the machine has no memory left."""
    with contextlib.suppress(OSError):  # a container may have its /proc read-only
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")


def _die_with(parent: int) -> None:
    """Have the kernel kill this process when its parent ends; the parent may have ended just before."""
    prctl(Prctl.SET_PDEATHSIG, int(signal.SIGKILL))
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


def _allowed_files(folder: Path) -> Iterator[tuple[Path, landlock.Right]]:
    """Yield the files and folders that the conversion may use."""
    for name in _SYSTEM:
        yield Path(name), landlock.RUN
    for name in {sys.prefix, sys.base_prefix}:
        yield Path(name), landlock.RUN
    yield Path(__file__).parents[1], landlock.RUN
    yield Path("/dev/null"), landlock.READ | landlock.Right.WRITE_FILE
    yield Path("/dev/urandom"), landlock.READ
    yield folder / IN, landlock.READ
    yield folder / OUT, landlock.KEEP
    yield folder / TMP, landlock.KEEP
