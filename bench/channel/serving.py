"""A server in a process of its own, and what it costs."""

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, Self, cast

_TICKS = os.sysconf("SC_CLK_TCK")


class Program:
    """A program that is told lines of JSON and answers with such lines; it ends when its standard input does."""

    def __init__(self, *command: str, folder: Path, more: Mapping[str, str] | None = None) -> None:
        #: Without the arguments, of which one may be a secret.
        self._name = " ".join(command[:3])
        self._process = subprocess.Popen(
            command, cwd=folder, env=os.environ | (more or {}), text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._pipes = cast("tuple[IO[str], IO[str]]", (self._process.stdin, self._process.stdout))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.communicate(timeout=60)

    def read(self) -> dict[str, Any]:
        """Return the next line of JSON; the benchmark ends where there is none."""
        told: dict[str, Any] = json.loads(self.read_line())
        return told

    def read_line(self) -> str:
        """Return the next line; the benchmark ends where there is none."""
        line = self._pipes[1].readline()
        if not line:
            raise SystemExit(f"{self._name} ended with {self._process.wait()}")
        return line

    def ask(self, order: dict[str, Any]) -> dict[str, Any]:
        """Say a line and return the answer."""
        self._pipes[0].write(json.dumps(order) + "\n")
        self._pipes[0].flush()
        return self.read()

    def cpu_s(self) -> float:
        """Return how long the program has computed, all threads together."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def peak_bytes(self) -> int:
        """Return the most memory that the program has had."""
        return _kilobytes(self._process.pid, "status", "VmHWM") << 10

    def memory_bytes(self) -> int:
        """Return the memory that the program has now, its share of what it has with others."""
        return _kilobytes(self._process.pid, "smaps_rollup", "Pss") << 10


def _kilobytes(pid: int, file: str, name: str) -> int:
    """Return a number of what the kernel says about a process."""
    lines = Path(f"/proc/{pid}/{file}").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))
