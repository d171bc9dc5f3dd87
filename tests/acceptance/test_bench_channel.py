"""The benchmark of the printers' channel runs against a real server."""

import json
import subprocess
import sys
from pathlib import Path

from channel.rows import CHANNEL_ROWS

BENCH = Path(__file__).parents[2] / "bench"


def test_the_whole_way_runs_in_a_short_form(tmp_path: Path) -> None:
    """`outfeed serve`, registered printers, commands that are kept, and acknowledgements."""
    row = next(row.name for row in CHANNEL_ROWS if row.is_whole_way)
    options = ["--size", "S", "--row", row, "--results", str(tmp_path)]
    subprocess.run([sys.executable, str(BENCH / "run.py"), *options], check=True, capture_output=True)

    report = json.loads((tmp_path / "printers-channel-S.json").read_text(encoding="utf-8"))
    figures = report["rows"][0]["figures"]
    assert (10, 10, 0, 0) == tuple(figures[name] for name in ("accepted", "acknowledged", "lost", "twice"))
