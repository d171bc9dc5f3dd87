"""`outfeed analyze`: what a mesh file holds, and what is wrong with it.

It starts as `outfeed export` does: it imports no more than it needs and parses its own arguments.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from outfeed.cli.meshes import Report, answer, parser_of, read_file, unit_named

#: Lists of places with the words for them, as people read them; the worst first.
_PROBLEMS = {
    "holes": "holes",
    "open_edges": "open edges",
    "nonmanifold_edges": "edges of more than two faces",
    "nonmanifold_vertices": "vertices of more than one fan",
    "inconsistent_edges": "inconsistently wound edges",
    "turned_faces": "faces to turn",
    "twisted_faces": "faces of twisted surfaces",
    "self_intersections": "pairs of faces that cross",
    "duplicate_faces": "duplicate faces",
    "degenerate_faces": "degenerate faces",
    "spikes": "spikes",
}


def analyze(arguments: list[str]) -> None:
    """Tell what is in a mesh file and what is wrong. Exit code 0: done; 1: refused, with the reason; 2: wrong usage."""
    sys.exit(main(arguments))


def main(arguments: Sequence[str]) -> int:
    """Run the command, and return its exit code."""
    given = parser().parse_args(arguments)

    def work(report: Report) -> str:
        found = analyze_file(given.source, unitless=given.unitless, report=report)
        return _as_json(found) if given.json else _shown(given.source, found)

    return answer("outfeed analyze", given.source, work)


def parser() -> argparse.ArgumentParser:
    """Return the command's parser of arguments."""
    return parser_of("outfeed analyze", "Tell what is in a mesh file and what is wrong.")


def analyze_file(source: Path, *, unitless: str, report: Report) -> dict[str, Any]:
    """
    Return the report on a file, as `outfeed.mesh.analyze.report` gives it.

    Raises
    ------
    InvalidField
        If there is no such unit.
    SourceError
        One of its kinds, if the source is refused.
    OSError
        If it cannot be read.
    """
    from outfeed.mesh import analyze as analysis

    mesh = read_file(source, unit=unit_named(unitless), report=lambda share: report(share / 2)).mesh
    return analysis.report(analysis.analyze(mesh, report=lambda share: report(0.5 + share / 2)), mesh.unit)


def _as_json(found: dict[str, Any]) -> str:
    from json import dumps

    return dumps(found, allow_nan=False)


def _shown(source: Path, found: dict[str, Any]) -> str:
    """Return the report for people: problems first, then what the mesh is."""
    problems = [(f"  {name}", _counted(found[key])) for key, name in _PROBLEMS.items() if found[key]["count"]]
    rows = [("problems", "" if problems else "none"), *problems, *_facts(found)]
    width = max(len(name) for name, _ in rows) + 2
    return "\n".join([str(source), *(f"{name + ':':<{width}}{value}".rstrip() for name, value in rows)])


def _counted(rows: dict[str, Any]) -> str:
    return str(rows["count"]) if rows.get("complete", True) else f"{rows['count']} or more"


def _facts(found: dict[str, Any]) -> list[tuple[str, str]]:
    unit = found["unit"]
    solid = found["closed"] and found["oriented"]
    bounds = (f"{_numbers(found['bounds'][end])} {unit}" for end in ("min", "max"))
    return [
        ("closed", _yes(found["closed"])),
        ("oriented", _yes(found["oriented"])),
        ("triangles", str(found["triangles"])),
        ("vertices", str(found["vertices"])),
        ("edges", str(found["edges"])),
        ("parts", str(found["parts"]["count"])),
        ("genus", "not known of open meshes" if found["genus"] is None else str(found["genus"])),
        ("volume", f"{_number(found['volume'])} {unit}³" if solid else "none is enclosed"),
        ("area", f"{_number(found['area'])} {unit}²"),
        ("bounds", " to ".join(bounds)),
        ("centre of mass", f"{_numbers(found['centre_of_mass'])} {unit}"),
    ]


def _yes(value: bool) -> str:  # noqa: FBT001 - the value itself is what is told
    return "yes" if value else "no"


def _number(value: float | None) -> str:
    return "too large to tell" if value is None else f"{value:.7g}"


def _numbers(values: list[float | None]) -> str:
    return ", ".join(map(_number, values))
