"""A chart of ratios beside their targets, as SVG."""

from typing import Any
from xml.sax.saxutils import escape

WIDTH, BAR, LEFT = 900, 26, 430


def draw(report: dict[str, Any]) -> str:
    """Return a bar for each comparison: how many times the target was reached, the target being the line at 1."""
    bars = [(row["row"], peer) for row in report["rows"] for peer in row["peers"] if peer["target"]]
    lines = [_bar(at, name, peer) for at, (name, peer) in enumerate(bars)]
    height = 60 + BAR * len(bars)
    title = f"{report['suite']}, size {report['size']}, {report['date']}: share of the target (line = target)"
    mark = f'<line x1="{_x(1)}" x2="{_x(1)}" y1="36" y2="{height - 12}" stroke="#333" stroke-dasharray="4 3"/>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        'font-family="sans-serif" font-size="13">\n'
        '<rect width="100%" height="100%" fill="#fff"/>\n'
        f'<text x="12" y="22" font-weight="bold">{escape(title)}</text>\n' + "\n".join([*lines, mark]) + "\n</svg>\n"
    )


def _x(share: float) -> float:
    return LEFT + min(share, 2.5) * (WIDTH - LEFT - 90) / 2.5


def _bar(at: int, name: str, peer: dict[str, Any]) -> str:
    share = peer["target"] / peer["ratio"] if peer["floor"] else peer["ratio"] / peer["target"]
    colour, top = ("#3a7d44" if peer["met"] else "#b3402e"), 40 + BAR * at
    sign = "≤" if peer["floor"] else "≥"
    return (
        f'<text x="{LEFT - 8}" y="{top + 16}" text-anchor="end">{escape(name)} / {escape(peer["peer"])}</text>'
        f'<rect x="{LEFT}" y="{top + 3}" width="{_x(share) - LEFT:.0f}" height="{BAR - 8}" fill="{colour}"/>'
        f'<text x="{_x(share) + 6:.0f}" y="{top + 16}">{peer["ratio"]:g}× ({sign} {peer["target"]:g})</text>'
    )
