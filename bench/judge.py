"""From samples to ratios, and whether they reach the targets."""

from collections.abc import Sequence
from statistics import median
from typing import Any

from mesh_files import Memory, Peer, Row

Sample = tuple[dict[str, float], dict[str, float]]


def compared(row: Row, peer: Peer, samples: list[Sample]) -> dict[str, Any]:
    """Return one comparison."""
    peaks = {"our_peak_bytes": _peak(row, samples, 0), "their_peak_bytes": _peak(row, samples, 1)}
    return beside(peer, row.figure, samples) | peaks


def beside(peer: Peer, figure: str, samples: Sequence[Sample]) -> dict[str, Any]:
    """Return how a figure of ours stands beside a peer's; `share` of the target was reached, 1 is enough."""
    ours, theirs = ([sample[side][figure] for sample in samples] for side in (0, 1))
    faster = median(theirs) / median(ours)
    share = faster / peer.at_least if peer.at_least else faster * peer.at_most if peer.at_most else None
    return {
        "peer": peer.name,
        "figure": figure,
        "ratio": rounded(1 / faster if peer.at_most else faster),
        "at_least": peer.at_least,
        "at_most": peer.at_most,
        "share": share and rounded(share),
        "met": share and share >= 1,
        "ours": [rounded(value) for value in ours],
        "theirs": [rounded(value) for value in theirs],
    }


def _peak(row: Row, samples: list[Sample], side: int) -> float | None:
    """Return the median of the peaks, without what came out where the row says so; whole commands have none."""
    if row.whole_command:
        return None
    above = row.memory is not None and row.memory.above_the_mesh
    return median(
        figures["peak_bytes"] - (figures["result_bytes"] if above else 0)
        for figures in (sample[side] for sample in samples)
    )


def memory(limits: Memory | None, size: str, peers: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Return how our peak of memory stands beside its limit, None where there is none."""
    if limits is None or size not in limits.limits:
        return None
    peak, limit = max(peer["our_peak_bytes"] for peer in peers), limits.limits[size]
    return {
        "above": "the mesh" if limits.above_the_mesh else "the start",
        "peak_bytes": peak,
        "limit_bytes": limit,
        "share": rounded(limit / max(peak, 1)),
        "met": peak <= limit,
    }


def sentence(peer: dict[str, Any]) -> str:
    """Return one comparison as a line."""
    what = "times the figure of" if peer["at_most"] else f"times as {'near' if peer['figure'] == 'rms' else 'fast'} as"
    line = f"{peer['ratio']:6.2f} {what} {peer['peer']}"
    line += target(peer)
    line += f"; {median(peer['ours']):.4g} beside {median(peer['theirs']):.4g}"
    if peer["our_peak_bytes"] is not None:
        line += f"; {peer['our_peak_bytes'] / 1e6:.0f} MB beside {peer['their_peak_bytes'] / 1e6:.0f} MB"
    return line


def target(peer: dict[str, Any]) -> str:
    """Return a peer's target and whether it is met, in brackets; empty: there is none."""
    if peer["met"] is None:
        return ""
    wanted = f"at most {peer['at_most']:g}" if peer["at_most"] else f"at least {peer['at_least']:g}"
    return f" (target {wanted}: {'met' if peer['met'] else 'MISSED'})"


def memory_sentence(memory: dict[str, Any]) -> str:
    """Return how memory stands beside its limit as a line."""
    verdict = "met" if memory["met"] else "MISSED"
    return (
        f"       peak {memory['peak_bytes'] / 1e6:.0f} MB above {memory['above']} "
        f"(target at most {memory['limit_bytes'] / 1e6:.0f} MB: {verdict})"
    )


def rounded(value: float) -> float:
    """Return a value with three digits, which is more than the noise leaves."""
    return float(f"{value:.3g}")
