"""The benchmarks run, in a short form, as programs of their own."""

import json
import subprocess
import sys
from pathlib import Path

BENCH = Path(__file__).parents[2] / "bench"


def test_the_benchmark_of_the_channel_runs_in_a_short_form() -> None:
    """Only our side, which needs neither Node nor the peers' environment."""
    script = (
        "from channel.rows import CHANNEL_ROWS; from channel.suite import measured; import json;"
        "print(json.dumps([measured(row, 'ours', row.short) for row in CHANNEL_ROWS if not row.is_whole_way]))"
    )
    told = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True, cwd=BENCH)

    runs = json.loads(told.stdout)
    assert [(0, 0)] * 3 == [(run["lost"], run["twice"]) for run in runs if "lost" in run]
    assert [50, 50, 200] == [run["deliveries"] for run in runs if "lost" in run]
    assert all(run["each_bytes"] > 0 for run in runs)


def test_the_benchmark_runs_in_a_short_form(tmp_path: Path) -> None:
    """Only with floors, which need no peers' environment."""
    rows = ["--row", "PLY write", "--row", "binary STL to welded mesh"]
    peers = ["--without", "trimesh", "--without", "stl-reader"]
    options = ["--size", "S", "--pairs", "1", "--results", str(tmp_path)]
    subprocess.run([sys.executable, str(BENCH / "run.py"), *rows, *peers, *options], check=True, capture_output=True)

    report = json.loads((tmp_path / "mesh-files-S.json").read_text(encoding="utf-8"))
    seen = {row["row"]: [peer["peer"] for peer in row["peers"]] for row in report["rows"]}
    assert {"binary STL to welded mesh": ["reading the bytes"], "PLY write": ["numpy direct"]} == seen
    assert all(peer["ratio"] > 0 for row in report["rows"] for peer in row["peers"])
    assert 2 == (tmp_path / "mesh-files-S.svg").read_text(encoding="utf-8").count("×")
