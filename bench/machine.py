"""What the figures were measured on, without anything that tells one machine from its twin."""

import os
import platform
from importlib.metadata import version
from pathlib import Path


def describe() -> dict[str, str | int]:
    """Return the cores that may be used, the processor, memory, system and Python."""
    return {
        "cores": len(os.sched_getaffinity(0)),
        "processor": _value("/proc/cpuinfo", "model name", ":") or platform.machine(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "system": _value("/etc/os-release", "PRETTY_NAME", "=").strip('"') or platform.system(),
        "python": platform.python_version(),
        "outfeed": version("outfeed"),
    }


def _value(path: str, name: str, sign: str) -> str:
    """Return the first value of a name in a list of names and values, empty where there is none."""
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    return next((line.partition(sign)[2].strip() for line in lines if line.partition(sign)[0].strip() == name), "")
