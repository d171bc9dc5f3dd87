"""`outfeed doctor`: what this machine has of what Outfeed needs, and what protects it from hostile files."""

import json
import os
import platform
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import typer

from outfeed.cli.options import Data, Json, settings_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One thing that was looked at."""

    name: str
    ok: bool
    about: str


def doctor(data: Data = None, json_output: Json = False) -> None:  # noqa: FBT002 - a flag of the command line
    """Check this machine; exit code 1 if the server would not work."""
    settings = settings_of(data=data)
    needed = [_python(), _kernels(), _folder(settings.data)]
    wished = _protections()
    if json_output:
        typer.echo(json.dumps([asdict(finding) for finding in needed + wished]))
    else:
        for finding in needed + wished:
            typer.echo(f"{'ok  ' if finding.ok else 'MISS'}  {finding.name:<24}  {finding.about}")
    raise typer.Exit(0 if all(finding.ok for finding in needed) else 1)


def _python() -> Finding:
    ok = (3, 11) <= sys.version_info[:2] <= (3, 13)
    return Finding(name="Python", ok=ok, about=f"{platform.python_version()} on {platform.machine()}")


def _kernels() -> Finding:
    try:
        from outfeed import _kernels
    except ImportError as error:
        return Finding(name="kernels", ok=False, about=f"not built: {error}")
    return Finding(name="kernels", ok=True, about=Path(_kernels.__file__).name)


def _folder(folder: Path) -> Finding:
    existing = next(path for path in [folder.absolute(), *folder.absolute().parents] if path.exists())
    ok = os.access(existing, os.W_OK)
    return Finding(name="data folder", ok=ok, about=f"{folder} {'can' if ok else 'cannot'} be written")


def _protections() -> list[Finding]:
    from outfeed.jobs.confine import protections

    return [Finding(name=item.name, ok=item.active, about=item.why) for item in protections()]
