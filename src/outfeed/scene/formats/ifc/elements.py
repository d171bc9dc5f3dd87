"""What is known of the elements of a file before their shapes are: who they are, who holds them, their properties."""

from dataclasses import dataclass
from typing import Final

from outfeed.mesh.formats.noting import Noted
from outfeed.scene.formats.ifc.attributes import Entity, Model, number_of, text
from outfeed.scene.formats.ifc.properties import Properties, Values
from outfeed.scene.formats.ifc.tree import Tree, spatial
from outfeed.scene.ids import Ids

#: What numbers of elements in a file are above.
NOBODY: Final = 0


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Known:
    """One element."""

    id: str
    class_name: str
    name: str
    #: Number of the element that holds it, `NOBODY` where there is none.
    holder: int
    properties: Values


def known_elements(model: Model, tree: Tree, products: list[Entity], noted: Noted) -> dict[int, Known]:
    """Return the spatial structure, products and all that holds them, by number, in the file's order, holders first."""
    properties = Properties(model, noted)
    ids = Ids("{id}~{number}")
    known: dict[int, Known] = {}
    both = {number_of(item): item for item in [*spatial(model), *products]}
    for number in sorted(both):
        line = [both[number], *tree.above(both[number])]
        for row in range(len(line) - 1, -1, -1):
            if number_of(line[row]) not in known:
                known[number_of(line[row])] = _known(line[row:], properties, ids)
    return known


def kept(known: dict[int, Known], shown: set[int], always: set[int]) -> list[int]:
    """Return the numbers of those that are shown, of all that holds them, and of those that always count, in order."""
    wanted: set[int] = set()
    for number in shown | always:
        while number != NOBODY and number not in wanted:
            wanted.add(number)
            number = known[number].holder  # noqa: PLW2901 upwards
    return [number for number in known if number in wanted]


def _known(line: list[Entity], properties: Properties, ids: Ids) -> Known:
    """Return the first of a line of elements, of which each holds the one before it."""
    item, holders = line[0], line[1:]
    storey = next((text(holder, "Name") for holder in holders if holder.is_a("IfcBuildingStorey")), "")
    return Known(
        id=ids.unique(text(item, "GlobalId") or f"#{number_of(item)}"),
        class_name=item.is_a(),
        name=text(item, "Name"),
        holder=number_of(holders[0]) if holders else NOBODY,
        properties=properties.of(item, storey),
    )
