"""Node programs that tests run: other people's clients, as npm has them."""

import filecmp
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

CLIENTS = Path(__file__).parent / "clients"
#: Longest time that a script may take, in seconds.
PATIENCE_S = 120


def need_npm_clients() -> None:
    """Skip the test if the clients are not installed; under `CI=true` that is a failure."""
    wanted, installed = CLIENTS / "package-lock.json", CLIENTS / "node_modules" / ".installed.json"
    if shutil.which("node") and installed.exists() and filecmp.cmp(wanted, installed, shallow=False):
        return
    reason = "node or its packages are absent: scripts/test-needs installs them and says why it cannot"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def run_node(script: str, *arguments: str) -> dict[str, Any]:
    """Run a script of `clients/` and return what it prints, which is JSON."""
    need_npm_clients()
    ran = subprocess.run(
        ["node", script, *arguments], cwd=CLIENTS, capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    assert ran.returncode == 0, ran.stderr
    told: dict[str, Any] = json.loads(ran.stdout)
    return told
