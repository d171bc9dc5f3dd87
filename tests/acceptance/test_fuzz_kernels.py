"""The compiled kernels under AddressSanitizer and UBSan, in a short form; `make fuzz` runs each a million times."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "scripts" / "fuzz_kernels.py"
RUNS = 3_000
#: A line of the report: kernel, runs, seconds, findings.
LINE = re.compile(r"^(\w+) +([\d,]+) +[\d.]+ +(\d+)$", re.MULTILINE)

needs_clang = pytest.mark.skipif(shutil.which("clang++") is None, reason="clang is not there; see scripts/test-needs")


def fuzz(*kernels: str, path: str | None = None) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"OUTFEED_FUZZ_RUNS": str(RUNS)} | ({} if path is None else {"PATH": path})
    return subprocess.run(
        [sys.executable, SCRIPT, *kernels], env=environment, capture_output=True, text=True, check=False, timeout=300
    )


@needs_clang
def test_no_kernel_reads_or_writes_where_it_must_not_fuzz() -> None:
    """Every harness of `native/fuzz` builds, runs as often as it is told to, and finds nothing."""
    done = fuzz()

    found = {name: (runs, findings) for name, runs, findings in LINE.findall(done.stdout)}
    harnesses = sorted(path.stem.removeprefix("fuzz_") for path in (ROOT / "native" / "fuzz").glob("fuzz_*.cpp"))
    assert dict.fromkeys(harnesses, (f"{RUNS:,}", "0")) == found, done.stdout + done.stderr
    assert done.returncode == 0


def test_without_clang_it_says_what_to_install(tmp_path: Path) -> None:
    done = fuzz(path=str(tmp_path))

    assert (2, "apt-get install clang libclang-rt-dev\n") == (done.returncode, done.stdout.split("As root: ")[-1])
