"""`outfeed demo --exit`, as `make demo ARGS=--exit` runs it."""

import os
import re
import subprocess
import sys
from pathlib import Path

from acceptance.harness import PATIENCE_S
from outfeed.mesh.formats.registry import WRITERS


def run_demo(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the demo with a temporary folder of its own."""
    command = [sys.executable, "-m", "outfeed", "demo", "--exit"]
    settings = os.environ | {"TMPDIR": str(folder)} | environment
    return subprocess.run(command, capture_output=True, text=True, timeout=2 * PATIENCE_S, env=settings, check=False)


def test_the_demo_shows_every_export_and_leaves_nothing(tmp_path: Path) -> None:
    ran = run_demo(tmp_path)
    lines = re.findall(r"^(\S+)\s+(\d+) triangles\s+→\s+(\S+)\s+(\d+) bytes\s+\S+ s\s+(.*)$", ran.stdout, re.MULTILINE)
    samples = {sample for sample, *_ in lines}

    assert 0 == ran.returncode, ran.stdout + ran.stderr
    assert len(samples) >= 3
    assert {".stl", ".obj", ".3mf", ".zip"} == {Path(sample).suffix for sample in samples}
    assert sorted((sample, kind) for sample in samples for kind in WRITERS) == sorted((one[0], one[2]) for one in lines)
    assert {"ok"} == {verdict for *_, verdict in lines}
    assert all(int(triangles) > 0 and int(size) > 0 for _, triangles, _, size, _ in lines)
    assert re.search(r"^house\.ifc +1 tiles +→  3DTiles +\d+ bytes +\S+ s  ok$", ran.stdout, re.MULTILINE)
    assert re.search(r"^plans\.ifc +3 sheets +→  PDF +\d+ bytes +\S+ s  ok$", ran.stdout, re.MULTILINE)
    assert re.search(r"^sphere\.tar\.gz +40 layers +→  a print +\d+ bytes +\S+ s  ok$", ran.stdout, re.MULTILINE)
    assert ran.stdout.count("  curl ") >= 16
    assert "Cesium.ITwinPlatform.apiEndpoint = " in ran.stdout
    assert [] == list(tmp_path.iterdir())


def test_a_demo_whose_server_cannot_start_fails(tmp_path: Path) -> None:
    """Here because an open server is for loopback only."""
    ran = run_demo(tmp_path, OUTFEED_HOST="192.0.2.1")

    assert 1 == ran.returncode
    assert "The server did not start." in ran.stderr
    assert "Traceback" not in ran.stderr
    assert [] == list(tmp_path.iterdir())
