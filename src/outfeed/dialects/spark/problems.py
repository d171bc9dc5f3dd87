"""What is wrong with a mesh, in the words of the API (specs/spark.md, section 5)."""

import sys
from collections.abc import Callable, Mapping
from typing import Any, Final

from outfeed.mesh.analyze import ProblemType

Point = list[float]


def problem_json(problem: Mapping[str, Any], scale: float) -> dict[str, Any]:
    """
    Return one kind of problem with its places, whose coordinates are multiplied by `scale`.

    The API's clients take the length of the list for the number of problems. Where not all places are listed, `count`,
    which is ours, has the number.
    """
    list_name, shown = _LISTS[ProblemType(problem["type"])]
    places = [shown(place, scale) for place in problem["places"]]
    more = {} if problem["count"] == len(places) else {"count": problem["count"]}
    return {"type": problem["type"], list_name: places} | more


def scaled(point: Point, scale: float) -> Point:
    """Return a point in another unit; JSON has no word for what lies beyond a float64."""
    most = sys.float_info.max
    return [min(max(number * scale, -most), most) for number in point]


def _rim(place: list[Point], scale: float) -> list[Point]:
    return [scaled(point, scale) for point in place]


def _triangle(place: list[Point], scale: float) -> dict[str, Point]:
    return {f"v{corner}": scaled(point, scale) for corner, point in enumerate(place)}


_Shown = Callable[[Any, float], Any]

#: The list that the API has for each type, whose words are ours too, and what stands in it.
_LISTS: Final[dict[ProblemType, tuple[str, _Shown]]] = {
    ProblemType.HOLES: ("boundaries", _rim),
    ProblemType.DEGENERATE_TRIANGLES: ("triangles", _triangle),
    ProblemType.DUPLICATE_TRIANGLES: ("triangles", _triangle),
    ProblemType.NONMANIFOLD_VERTICES: ("vertices", scaled),
    ProblemType.INCONSISTENTLY_ORIENTED_TRIANGLES: ("triangles", _triangle),
}
