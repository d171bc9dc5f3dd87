"""A PostgreSQL of the tests' own: Debian's program on a fresh folder, reached by a socket in it and by nobody else."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_PLACES = "/usr/lib/postgresql"
#: The server refuses to run as root.
_USER = "postgres"


def _program(name: str) -> str | None:
    """Return where a program of the newest PostgreSQL is, or None."""
    newest = sorted(Path(_PLACES).glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    return str(newest[-1]) if newest else shutil.which(name)


@contextmanager
def a_postgres() -> Iterator[str]:
    """Give the address of a running server; the test is skipped where there is none."""
    initdb, postgres = _program("initdb"), _program("pg_ctl")
    if initdb is None or postgres is None:
        assert os.environ.get("CI") != "true", "PostgreSQL is absent"
        pytest.skip("PostgreSQL is absent (as root: apt-get install postgresql)")
    folder = Path(tempfile.mkdtemp(prefix="outfeed-postgres-"))
    try:
        _run(initdb, "--pgdata", str(folder / "data"), "--auth=trust", "--username=outfeed", "--no-sync", folder=folder)
        options = f"-c listen_addresses='' -c fsync=off -c unix_socket_directories={folder}"
        control = (postgres, "--pgdata", str(folder / "data"), "--wait", "--silent")
        _run(*control, "--options", options, "--log", str(folder / "log"), "start", folder=folder)
        try:
            yield f"postgresql://outfeed@/postgres?host={folder}"
        finally:
            _run(*control, "--mode=immediate", "stop", folder=folder)
    finally:
        shutil.rmtree(folder)


def _run(*command: str, folder: Path) -> None:
    """Run a program, as the server's own user where this is root."""
    user = _USER if os.getuid() == 0 else None
    if user:
        shutil.chown(folder, user)
    subprocess.run(command, check=True, capture_output=True, timeout=60, user=user, cwd=folder)
