"""What the benchmarks' results say, for `write_docs.py`."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from docs_tables import table

RESULTS: Final = Path(__file__).parents[1] / "bench" / "results"
#: What the benchmark measures, and what having less of it is.
_FIGURES: Final = {
    "cpu_s": ("time", "fast"),
    "wall_s": ("time", "fast"),
    "rms": ("deviation", "near"),
    "p99_ms": ("p99", "quick"),
    "burst_s": ("time", "fast"),
    "each_bytes": ("memory", "small"),
}
#: What is measured of a command's whole way, and the names of its figures.
_WAYS: Final = (("delivery", ""), ("POST", "post_"), ("acknowledgement", "ack_"))


def benchmark() -> str:
    """Return what the last runs of `make bench` have measured, missed targets too."""
    reports = [json.loads((RESULTS / f"mesh-files-{size}.json").read_text(encoding="utf-8")) for size in ("M", "L")]
    rows = [line for report in reports for row in report["rows"] for line in _measured(row, report["size"])]
    rows += [(name, "", "", "not built yet", "", "") for name in reports[0]["not_built"]]
    heads = ("what", "size", "beside", "we are", "target", "peak memory, ours and theirs")
    return f"{_measured_on(reports)}\n\n{table(heads, rows)}"


def channel_benchmark() -> str:
    """Return what the last runs of `make bench` have measured of the printers' channel."""
    report = json.loads((RESULTS / "printers-channel-M.json").read_text(encoding="utf-8"))
    heads = ("what", "beside", "we are", "target", "ours / theirs", "lost", "twice", "peak memory, ours / theirs")
    return f"{_measured_on([report])}\n\n{table(heads, (line for row in report['rows'] for line in _channel(row)))}"


def _channel(row: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    """Yield the lines of one load of the printers' channel: beside its peers, and of what has no peer."""
    for peer in row["peers"]:
        ours, theirs = peer["our_figures"], peer["their_figures"]
        peaks = " / ".join(_megabytes(figures["peak_bytes"]) for figures in (ours, theirs))
        yield row["row"], peer["peer"], _ratio(peer), _target(peer), _pair(peer), *_gone(ours), peaks
    if alone := row["figures"]:
        yield row["row"], "", "", "", _alone(alone), *_gone(alone), _megabytes(alone["peak_bytes"])


def _alone(figures: dict[str, float]) -> str:
    """Return the figures of the real server, beside which nothing stands: of commands, or of idle printers."""
    if "p50_ms" not in figures:
        return f"{figures['each_bytes'] / 1e3:.1f} kB each"
    ways = ((name, figures[f"{key}p50_ms"], figures[f"{key}p99_ms"]) for name, key in _WAYS)
    shown = ", ".join(f"{name} p50 {p50:g} ms, p99 {p99:g} ms" for name, p50, p99 in ways)
    return f"{shown}; CPU {figures['cpu_s']:g} s"


def _gone(figures: dict[str, float]) -> tuple[str, str]:
    """Return what was lost and what came twice, where anything was sent."""
    return ("", "") if "lost" not in figures else (f"{figures['lost']:g}", f"{figures['twice']:g}")


def _pair(peer: dict[str, Any]) -> str:
    """Return our figures of a load and the peer's: of idle printers, of a burst, or of commands."""
    ours, theirs = peer["our_figures"], peer["their_figures"]
    if peer["figure"] == "each_bytes":
        return f"{ours['each_bytes'] / 1e3:.1f} / {theirs['each_bytes'] / 1e3:.1f} kB each"
    if peer["figure"] == "burst_s":
        return " / ".join(f"{side['deliveries'] / side['burst_s']:,.0f}" for side in (ours, theirs)) + " deliveries/s"
    late = ", ".join(f"{name} {ours[f'{name}_ms']:g} / {theirs[f'{name}_ms']:g} ms" for name in ("p50", "p99"))
    return f"{late}, CPU {ours['cpu_s']:.2g} / {theirs['cpu_s']:.2g} s"


def _measured_on(reports: list[dict[str, Any]]) -> str:
    """Return when and on what reports were measured."""
    machine = reports[0]["machine"]
    days = sorted({row["date"] for report in reports for row in report["rows"]})
    return (
        f"Measured {' to '.join(dict.fromkeys((days[0], days[-1])))} on {machine['cores']} cores of "
        f"{machine['processor']}, {machine['memory_gib']} GiB, {machine['system']}, Python {machine['python']}:"
    )


def _measured(row: dict[str, Any], size: str) -> Iterator[tuple[str, ...]]:
    """Yield the lines of one kind of work: its peers, and its memory where that has a limit."""
    for peer in row["peers"]:
        peaks = (peer["our_peak_bytes"], peer["their_peak_bytes"])
        shown = "" if None in peaks else " / ".join(_megabytes(peak) for peak in peaks)
        yield row["row"], size, peer["peer"], _ratio(peer), _target(peer), shown
    if row["memory"]:
        peak, limit = _megabytes(row["memory"]["peak_bytes"]), _megabytes(row["memory"]["limit_bytes"])
        target = f"≤ {limit}, {_verdict(row['memory'])}"
        yield row["row"], size, f"memory above {row['memory']['above']}", peak, target, ""


def _ratio(peer: dict[str, Any]) -> str:
    """Return how we stand beside a peer."""
    figure, less = _FIGURES[peer["figure"]]
    return f"{peer['ratio']:g}× its {figure}" if peer["at_most"] else f"{peer['ratio']:g}× as {less}"


def _target(peer: dict[str, Any]) -> str:
    if peer["met"] is None:
        return ""
    sign = f"≤ {peer['at_most']:g}×" if peer["at_most"] else f"≥ {peer['at_least']:g}×"
    return f"{sign}, {_verdict(peer)}"


def _verdict(judged: dict[str, Any]) -> str:
    return "met" if judged["met"] else "**MISSED**"


def _megabytes(size: float) -> str:
    return f"{size / 1e6:.0f} MB"
