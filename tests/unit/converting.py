"""Conversions in this process. Equal ones give equal files, so each is worked once and given again from memory."""

import hashlib
import importlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from outfeed.jobs.work import Task, Work

#: Larger results are worked again.
MOST_BYTES: Final = 1 << 20


@dataclass(frozen=True, kw_only=True, slots=True)
class _Result:
    """What a conversion gave."""

    #: JSON.
    facts: str
    #: Files by their path in `out/`.
    files: dict[str, bytes]
    #: The shares that it reported.
    shares: list[float]


_RESULTS: Final[dict[str, _Result]] = {}


def convert(work: Work, report: Callable[[float], None]) -> dict[str, Any]:
    """Do what the work's target does, and return its facts."""
    key = _key(work)
    if key in _RESULTS:
        return _given_again(_RESULTS[key], work.folder / "out", report)
    shares: list[float] = []

    def reported(share: float) -> None:
        shares.append(share)
        report(share)

    facts = convert_anew(work, reported)
    files = _files(work.folder / "out")
    if sum(map(len, files.values())) <= MOST_BYTES:
        _RESULTS[key] = _Result(facts=json.dumps(facts), files=files, shares=shares)
    return facts


def convert_anew(work: Work, report: Callable[[float], None]) -> dict[str, Any]:
    """Do it for a test that changes what a conversion does, and leave nothing for others."""
    module, _, name = work.target.partition(":")
    target: Callable[[Task], dict[str, Any]] = getattr(importlib.import_module(module), name)
    return target(Task(inputs=work.folder / "in", outputs=work.folder / "out", options=work.options, report=report))


def _given_again(result: _Result, out: Path, report: Callable[[float], None]) -> dict[str, Any]:
    for share in result.shares:
        report(share)
    for name, content in result.files.items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_bytes(content)
    facts: dict[str, Any] = json.loads(result.facts)
    return facts


def _key(work: Work) -> str:
    """Return the digest of all that a conversion is given."""
    digest = hashlib.sha256(f"{work.target} {json.dumps(work.options, sort_keys=True)}".encode())
    for name, content in _files(work.folder / "in").items():
        digest.update(f"\n{name} {hashlib.sha256(content).hexdigest()}".encode())
    return digest.hexdigest()


def _files(folder: Path) -> dict[str, bytes]:
    paths = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
