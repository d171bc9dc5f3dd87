"""A chart of how much of each target was reached, as SVG."""

from collections.abc import Iterator
from typing import Any, NamedTuple
from xml.sax.saxutils import escape

WIDTH, BAR, LEFT, RIGHT = 980, 24, 430, 150
#: Shares beyond this are drawn as this.
MOST = 2.5
MET, MISSED = "#3a7d44", "#b3402e"


class Bar(NamedTuple):
    """One target."""

    name: str
    share: float
    met: bool
    figure: str


def draw(report: dict[str, Any]) -> str:
    """Return a bar for each target: how much of it was reached, the target being the line at 1."""
    bars = [bar for row in report["rows"] for bar in _bars(row)]
    height = 60 + BAR * len(bars)
    title = f"{report['suite']}, size {report['size']}: share of the target (line = target)"
    mark = f'<line x1="{_x(1):.0f}" x2="{_x(1):.0f}" y1="36" y2="{height - 14}" stroke="#333" stroke-dasharray="4 3"/>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        'font-family="sans-serif" font-size="13">\n'
        '<rect width="100%" height="100%" fill="#fff"/>\n'
        f'<text x="12" y="22" font-weight="bold">{escape(title)}</text>\n'
        + "\n".join([*(_drawn(at, bar) for at, bar in enumerate(bars)), mark])
        + "\n</svg>\n"
    )


def _bars(row: dict[str, Any]) -> Iterator[Bar]:
    """Yield the targets of a row: beside its peers, and of memory."""
    for peer in row["peers"]:
        if peer["met"] is not None:
            target = f"≤ {peer['at_most']:g}" if peer["at_most"] else f"≥ {peer['at_least']:g}"
            yield Bar(f"{row['row']} / {peer['peer']}", peer["share"], peer["met"], f"{peer['ratio']:g}× ({target})")
    if row["memory"]:
        peak, limit = (row["memory"][name] / 1e6 for name in ("peak_bytes", "limit_bytes"))
        figure = f"{peak:.0f} MB (≤ {limit:.0f})"
        yield Bar(f"{row['row']} / memory", row["memory"]["share"], row["memory"]["met"], figure)


def _x(share: float) -> float:
    return LEFT + min(share, MOST) * (WIDTH - LEFT - RIGHT) / MOST


def _drawn(at: int, bar: Bar) -> str:
    top = 40 + BAR * at
    return (
        f'<text x="{LEFT - 8}" y="{top + 15}" text-anchor="end">{escape(bar.name)}</text>'
        f'<rect x="{LEFT}" y="{top + 2}" width="{_x(bar.share) - LEFT:.0f}" height="{BAR - 7}" '
        f'fill="{MET if bar.met else MISSED}"/>'
        f'<text x="{_x(bar.share) + 6:.0f}" y="{top + 15}">{escape(bar.figure)}</text>'
    )
