"""Measure Outfeed beside its peers: `python bench/run.py [--size M|L] [--row NAME] [--pairs 5] [--without PEER]`.

Both get the same input and run in turn, A B A B, each time in a fresh process, after one warm-up each. What counts is
the ratio of the medians: absolute times mean nothing on a shared machine. Results go to `bench/results/`, as JSON and
as a chart; a row that is run again replaces itself, the others stay.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from channel.rows import CHANNEL_ROWS, ChannelRow
from channel.suite import run_row as run_channel_row
from chart import draw
from inputs import is_there
from judge import compared, memory, memory_sentence, sentence
from machine import describe
from measure import HERE, Places, can_run, pairs_of
from mesh_files import NOT_BUILT, ROWS, Row


def chosen(given: argparse.Namespace) -> list[Row]:
    """Return the rows about files to run: S, which tries the benchmark itself out, has all."""
    rows = [row for row in ROWS if given.size in (*row.sizes, "S") and is_there(row.reads, given.size)]
    return [row for row in rows if _is_wanted(row.name, given)]


def chosen_of_channel(given: argparse.Namespace) -> list[ChannelRow]:
    """Return the rows about the printers' channel to run; they have one size, and S."""
    return [row for row in CHANNEL_ROWS if given.size in {"M", "S"} and _is_wanted(row.name, given)]


def _is_wanted(name: str, given: argparse.Namespace) -> bool:
    return not given.row or any(part.lower() in name.lower() for part in given.row)


def make_inputs(rows: list[Row], places: Places) -> None:
    """Write the inputs, in a process of its own; the small ones too, with which each task warms up."""
    for size in sorted({"S", places.size}):
        # The surface as it is made is what results are compared with.
        files = sorted({str(places.folder / f"{size}.stl"), *(str(places.source(row, size)) for row in rows)})
        subprocess.run([sys.executable, str(HERE / "inputs.py"), size, *files], check=True)


def run_row(row: Row, *, pairs: int, without: list[str], places: Places) -> dict[str, Any]:
    """Measure one row beside its peers."""
    print(f"\n{row.name}, {places.size}", flush=True)
    results = []
    for peer in row.peers:
        if peer.name not in without and not can_run(peer):
            print(f"       {peer.name} needs another Python: name one by PEERS_PYTHON", flush=True)
        elif peer.name not in without:
            results.append(compared(row, peer, pairs_of(row, peer, pairs=pairs, places=places)))
            print(sentence(results[-1]), flush=True)
    peak = memory(row.memory, places.size, results) if results else None
    if peak:
        print(memory_sentence(peak), flush=True)
    return {"row": row.name, "date": _today(), "load": round(os.getloadavg()[0], 2), "peers": results, "memory": peak}


def merged(
    old: dict[str, Any] | None, report: dict[str, Any], all_rows: Sequence[Row | ChannelRow] = ROWS
) -> dict[str, Any]:
    """Return a report with what an earlier one, of the same machine, has besides: other rows, and peers left out."""
    if old is None or old.get("machine") != report["machine"]:
        return report
    rows = {row["row"]: row for row in old["rows"]}
    for row in report["rows"]:
        ran = {peer["peer"] for peer in row["peers"]}
        kept = [peer for peer in rows.get(row["row"], {"peers": []})["peers"] if peer["peer"] not in ran]
        rows[row["row"]] = row | {"peers": _in_order([*row["peers"], *kept], row["row"], all_rows)}
    return report | {"rows": [rows[row.name] for row in all_rows if row.name in rows]}


def _in_order(peers: list[dict[str, Any]], name: str, all_rows: Sequence[Row | ChannelRow]) -> list[dict[str, Any]]:
    """Return results in the order of the row's peers; those of peers that are gone are dropped."""
    by_name = {peer["peer"]: peer for peer in peers}
    names = [peer.name for row in all_rows if row.name == name for peer in row.peers]
    return [by_name[peer] for peer in names if peer in by_name]


def save(row: dict[str, Any], size: str, folder: Path) -> None:
    """Write a row about files into the results."""
    report = {"suite": "mesh files", "size": size, "machine": describe(), "rows": [row], "not_built": NOT_BUILT}
    _write(report, folder / f"mesh-files-{size}", ROWS)


def save_of_channel(row: dict[str, Any], size: str, folder: Path) -> None:
    """Write a row about the printers' channel into the results."""
    report = {"suite": "printers' channel", "size": size, "machine": describe(), "rows": [row]}
    _write(report, folder / f"printers-channel-{size}", CHANNEL_ROWS)


def _write(report: dict[str, Any], name: Path, all_rows: Sequence[Row | ChannelRow]) -> None:
    """Write a report as JSON and as a chart, with what an earlier one has besides."""
    name.parent.mkdir(parents=True, exist_ok=True)
    data, chart = name.with_name(f"{name.name}.json"), name.with_name(f"{name.name}.svg")
    report = merged(json.loads(data.read_text(encoding="utf-8")) if data.exists() else None, report, all_rows)
    data.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    chart.write_text(draw(report), encoding="utf-8")


def main() -> None:
    """Measure what is asked for, and write the results."""
    parser = argparse.ArgumentParser(description="Outfeed beside its peers.")
    parser.add_argument("--size", choices=["S", "M", "L"], default="M", help="S tries the benchmark itself out")
    parser.add_argument("--row", action="append", default=[], metavar="NAME", help="only rows with this in their name")
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--without", action="append", default=[], metavar="PEER", help="leave a peer out")
    parser.add_argument("--results", type=Path, default=HERE / "results", metavar="FOLDER")
    given = parser.parse_args()
    measure_files(given)
    measure_channel(given)
    print(f"\nResults: {given.results}")


def measure_files(given: argparse.Namespace) -> None:
    """Make the inputs, measure the rows about files, and write the results."""
    rows = chosen(given)
    if not rows:
        return
    with tempfile.TemporaryDirectory(prefix="outfeed-bench-") as folder:
        places = Places(folder=Path(folder), size=given.size)
        make_inputs(rows, places)
        for row in rows:
            save(run_row(row, pairs=given.pairs, without=given.without, places=places), given.size, given.results)


def measure_channel(given: argparse.Namespace) -> None:
    """Measure the rows about the printers' channel, and write the results."""
    for row in chosen_of_channel(given):
        done = run_channel_row(row, size=given.size, pairs=given.pairs, without=given.without)
        save_of_channel(done, given.size, given.results)


def _today() -> str:
    return time.strftime("%Y-%m-%d", time.gmtime())


if __name__ == "__main__":
    main()
