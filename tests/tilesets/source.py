"""Whether the leaves of a tileset hold the scene that it is made of: elements, properties, triangles."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from outfeed.scene.model import Element, Scene
from tilesets.drawn import Points, Rows
from tilesets.grid import Lattice, is_flat, numbered
from tilesets.tables import Told
from tilesets.tree import Tile

#: Share of a step: points nearer to the middle between two points of the grid may be rounded to either.
UNSURE: Final = 1e-3
#: Complaints of one kind that are worth reading.
MOST: Final = 5


def differences(root: Tile, scene: Scene, lattice: Lattice | None) -> Iterator[str]:
    """Yield what the leaves have otherwise than the scene."""
    wanted = {element.id: element for element in scene.elements}
    told = {one.id: one for tile in root.all() if tile.drawn is not None for one in tile.drawn.elements}
    yield from _first(_wrong_elements(told, wanted))
    surfaces, sources = _surfaces_of(root), {name: _source_of(scene, one) for name, one in wanted.items() if one.parts}
    on_grid = _solid(sources, lattice)
    yield from _first(f"element {name}: no leaf draws it" for name in on_grid if name not in surfaces)
    for name in surfaces:
        if name not in sources:
            yield f"element {name}: it is drawn, and the scene has no such element with a shape"
    both = {name: surfaces[name] for name in surfaces if name in sources}
    yield from _first(_wrong_measures(both, sources))
    if lattice is not None:
        yield from _wrong_triangles(root, sources, lattice)


def _first(complaints: Iterator[str]) -> Iterator[str]:
    """Yield the first few of some complaints, and how many more there are."""
    rest = 0
    for number, complaint in enumerate(complaints):
        if number < MOST:
            yield complaint
        else:
            rest += 1
    if rest:
        yield f"and {rest} more such"


def _wrong_elements(told: dict[str, Told], wanted: dict[str, Element]) -> Iterator[str]:
    for name, one in told.items():
        element = wanted.get(name)
        if element is None:
            yield f"element {name}: the scene has none with this id"
        elif (one.class_name, one.name) != (element.class_name, element.name):
            yield f"element {name}: another class or name"
        elif not same_properties(one.properties, kept_properties(element)):
            keys = sorted({*one.properties, *element.properties})
            pairs = [(key, one.properties.get(key), element.properties.get(key)) for key in keys]
            wrong = [pair for pair in pairs if not same_value(pair[1], pair[2])]
            yield f"element {name}: other properties, such as {wrong[:2]}"


def kept_properties(element: Element) -> dict[str, Any]:
    """Return the properties of an element that a table can tell: an empty text is none."""
    return {name: value for name, value in element.properties.items() if value != ""}


def same_properties(told: dict[str, Any], wanted: dict[str, Any]) -> bool:
    """Tell whether a tile tells all properties of an element and no other."""
    return told.keys() == wanted.keys() and all(same_value(told[key], wanted[key]) for key in wanted)


def same_value(told: Any, wanted: Any) -> bool:
    """Tell whether two values are one; in a column of texts, another kind of value is written out."""
    if isinstance(told, str) and not isinstance(wanted, str):
        return told in {str(wanted), str(wanted).lower(), repr(wanted)}
    return all(isinstance(told, kind) == isinstance(wanted, kind) for kind in (str, bool)) and bool(told == wanted)


@dataclass(frozen=True, kw_only=True)
class _Surface:
    #: (m, 3, 3) in the tileset's frame.
    corners: Points
    #: How far a corner may be from where the scene has it.
    slack: float


def _surfaces_of(root: Tile) -> dict[str, _Surface]:
    """Return what the leaves draw of each element."""
    corners: dict[str, list[Points]] = {}
    slack: dict[str, float] = {}
    for tile in root.leaves():
        if tile.drawn is None:
            continue
        for piece in tile.drawn.pieces:
            placed, rows = piece.points[piece.faces], piece.elements[piece.faces[:, 0]]
            for row in np.unique(rows).tolist():
                name = tile.drawn.elements[row].id
                corners.setdefault(name, []).append(placed[rows == row])
                slack[name] = max(slack.get(name, 0.0), piece.step)
    return {name: _Surface(corners=np.concatenate(parts), slack=slack[name]) for name, parts in corners.items()}


def _source_of(scene: Scene, element: Element) -> Points:
    """Return the triangles (m, 3, 3) of an element in the scene."""
    parts = []
    for part in element.parts:
        shape = scene.shapes[part.shape]
        points = shape.vertices.astype(np.float64)
        if part.transform is not None:
            points = points @ part.transform[:3, :3].T + part.transform[:3, 3]
            mirrored = np.linalg.det(part.transform[:3, :3]) < 0
            parts.append(points[shape.faces[:, ::-1] if mirrored else shape.faces])
        else:
            parts.append(points[shape.faces])
    return np.concatenate(parts)


def _solid(sources: dict[str, Points], lattice: Lattice | None) -> list[str]:
    """Return the elements that have a triangle with an area, on the grid where there is one."""
    if lattice is None:
        return list(sources)
    return [
        name
        for name, corners in sources.items()
        if not is_flat(lattice.snapped(corners.reshape(-1, 3))[0].reshape(-1, 3, 3)).all()
    ]


def _wrong_measures(surfaces: dict[str, _Surface], sources: dict[str, Points]) -> Iterator[str]:
    for name, surface in surfaces.items():
        mine, other, slack = surface.corners, sources[name], surface.slack
        sides = np.linalg.norm(other - np.roll(other, 1, axis=1), axis=2).sum()
        reach = np.abs(other).max()
        areas, volumes = (_area(mine), _area(other)), (_volume(mine, other), _volume(other, other))
        if abs(areas[0] - areas[1]) > slack * sides + 1e-6 * areas[1]:
            yield f"element {name}: its area is {areas[0]:.6g} and not {areas[1]:.6g}"
        elif abs(volumes[0] - volumes[1]) > 2 * slack * areas[1] + 1e-6 * areas[1] * np.ptp(other):
            yield f"element {name}: its volume is {volumes[0]:.6g} and not {volumes[1]:.6g}"
        elif np.abs(_bounds(mine) - _bounds(other)).max() > 2 * slack + 1e-6 * np.ptp(other) + 1e-12 * reach:
            yield f"element {name}: it is not where the scene has it"


def _area(corners: Points) -> float:
    sides = corners[:, 1:] - corners[:, :1]
    return float(np.linalg.norm(np.cross(sides[:, 0], sides[:, 1]), axis=1).sum() / 2)


def _volume(corners: Points, around: Points) -> float:
    """Return the signed volume between triangles (m, 3, 3) and the middle of others."""
    a, b, c = np.moveaxis(corners - _bounds(around).mean(axis=0), 1, 0)
    return float(np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6)


def _bounds(corners: Points) -> Points:
    return np.array([corners.min(axis=(0, 1)), corners.max(axis=(0, 1))])


def _wrong_triangles(root: Tile, sources: dict[str, Points], lattice: Lattice) -> Iterator[str]:
    """Compare the triangles of elements that are no instances, one by one on the grid."""
    rows = {name: row for row, name in enumerate(sources)}
    mine, instanced = _drawn_on_grid(root, lattice, rows)
    names = [name for name in sources if name not in instanced]
    if not names:
        return
    corners = np.concatenate([sources[name] for name in names])
    elements = np.concatenate([np.full(len(sources[name]), rows[name]) for name in names])
    places, certainty = lattice.snapped(corners.reshape(-1, 3))
    unsure = (certainty.reshape(-1, 3) < UNSURE).any(axis=1).sum()
    other = np.column_stack([elements, places.reshape(-1, 9)])
    mine, other = (table[~is_flat(table[:, 1:].reshape(-1, 3, 3))] for table in (mine, other))
    both = np.concatenate([mine, other])
    numbers = numbered(*_turned(both).T)
    balance = np.bincount(numbers[: len(mine)], minlength=len(both)) - np.bincount(
        numbers[len(mine) :], minlength=len(both)
    )
    if balance.clip(min=0).sum() > unsure or (-balance).clip(min=0).sum() > unsure:
        extra, missing = balance.clip(min=0).sum(), (-balance).clip(min=0).sum()
        yield f"leaves: {missing} of {len(other)} triangles are missing, {extra} are not the scene's"


def _drawn_on_grid(root: Tile, lattice: Lattice, rows: dict[str, int]) -> tuple[Rows, set[str]]:
    """Return element and corners (m, 10) of what leaves draw on the grid, and the ids of elements with instances."""
    found, instanced = [np.zeros((0, 10), dtype=np.int64)], set()
    for tile in root.leaves():
        if tile.drawn is None:
            continue
        names = [told.id for told in tile.drawn.elements]
        numbers = np.array([rows.get(name, -1) for name in names])
        for piece in tile.drawn.pieces:
            elements = piece.elements[piece.faces[:, 0]]
            if piece.instanced:
                instanced |= {names[row] for row in np.unique(elements).tolist()}
            else:
                found.append(np.column_stack([numbers[elements], lattice.corners(piece).reshape(-1, 9)]))
    table = np.concatenate(found)
    return table[~np.isin(table[:, 0], [rows[name] for name in instanced if name in rows])], instanced


def _turned(table: Rows) -> Rows:
    """Return element and corners (m, 10) with each triangle turned to begin with its lowest corner."""
    corners = numbered(*table[:, 1:].reshape(-1, 3).T).reshape(-1, 3)
    first = corners.argmin(axis=1)
    turned = np.take_along_axis(corners, (first[:, None] + np.arange(3)) % 3, axis=1)
    return np.column_stack([table[:, 0], turned])
