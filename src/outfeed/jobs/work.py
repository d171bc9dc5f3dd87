"""The words that the sandbox, its child and a conversion share."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

#: The folders in a piece of work's folder: what is read, what is made, what is thrown away.
IN, OUT, TMP = "in", "out", "tmp"


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """What a conversion may use."""

    #: Time until it is ended, in seconds.
    wall_s: float
    #: Memory on top of what a fresh child and its inputs take, in bytes.
    memory_bytes: int
    #: All that it may leave in its folder, in bytes.
    output_bytes: int
    #: Whether it may start helper programs.
    processes: bool = False
    #: Threads that it may work with; 0: one for each core.
    threads: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Work:
    """One conversion to run."""

    #: The function that does it, as "package.module:function"; it takes a `Task` and returns a JSON object.
    target: str
    #: What the caller wants of it; JSON.
    options: dict[str, Any]
    #: Holds `in/`, laid by the caller with plain files; `out/` and `tmp/` are emptied for each attempt.
    folder: Path


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """What a conversion is given."""

    #: Folder to read from.
    inputs: Path
    #: Folder to write results to; plain files and folders only.
    outputs: Path
    #: What the caller wants; JSON.
    options: dict[str, Any]
    #: Called with the share done, 0.0 to 1.0; cheap enough to be called often.
    report: Callable[[float], None]
    #: Threads that it may work with; 0: one for each core.
    threads: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """How a conversion ended well."""

    #: What the target returned; JSON.
    facts: dict[str, Any]
    #: What it left in `out/`: name with `/` between folders, and where it lies.
    outputs: dict[str, Path]
    #: Largest resident size of the child, in bytes.
    peak_memory_bytes: int
    #: Wall time from request to end, in seconds.
    took_s: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """Work and limits, as they travel to the child."""

    work: Work
    limits: Limits

    def to_json(self) -> bytes:
        """Return the order as JSON."""
        return json.dumps(asdict(self), default=str).encode()

    @classmethod
    def from_json(cls, data: bytes) -> Self:
        """Read what `to_json` wrote."""
        read = json.loads(data)
        read["work"]["folder"] = Path(read["work"]["folder"])
        return cls(work=Work(**read["work"]), limits=Limits(**read["limits"]))
