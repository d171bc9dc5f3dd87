"""The properties of elements in tiles: columns of one type each, and values as the source has them."""

import math
from dataclasses import replace
from typing import Any

import pytest

from outfeed.scene.model import Element
from outfeed.tiles.content import schema_of
from outfeed.tiles.content.schema import MOST_COLUMNS
from outfeed.tiles.model import Content
from outfeed.tiles.options import Compression
from unit.tile_contents import a_scene, a_surface, an_element, read_again

FIXED = {"Id", "Class", "Name"}


def properties(*elements: Element, shown: int | None = None) -> list[dict[str, Any]]:
    """Return the properties of the first elements as a tile has them."""
    count = len(elements) if shown is None else shown
    surfaces = tuple(a_surface(number, at=2000 * number) for number in range(count))
    rows = read_again(Content(surfaces=surfaces), a_scene(*elements)).rows()
    return [{name: value for name, value in row.items() if name not in FIXED} for row in rows]


def test_ids_classes_and_names_are_there() -> None:
    """A name that is empty is not."""
    scene = a_scene(an_element(0), Element(id="x", class_name="Mesh"))

    rows = read_again(Content(surfaces=(a_surface(0), a_surface(1, at=2000))), scene).rows()

    assert [{"Id": "id 0", "Class": "IfcSlab", "Name": "Wänd 0"}, {"Id": "x", "Class": "Mesh"}] == rows


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ((1, -(2**31) + 1, 2**31 - 1), (1, -(2**31) + 1, 2**31 - 1)),
        ((2**31, 1), (2.0**31, 1.0)),
        ((2**53 + 1, 1), (str(2**53 + 1), "1")),
        ((1, 0.1), (1.0, 0.1)),
        ((1e308, -0.0, 5e-324), (1e308, -0.0, 5e-324)),
        ((math.inf, 1.5), ("inf", "1.5")),
        ((True, False), ("true", "false")),
        ((True, 1), ("true", "1")),
        (("äöü 𝄞", "x" * 70_000), ("äöü 𝄞", "x" * 70_000)),
        (("a", 1, 2.5, False), ("a", "1", "2.5", "false")),
    ],
)
def test_a_column_has_the_type_that_holds_all_its_values(values: tuple[Any, ...], told: tuple[Any, ...]) -> None:
    """And an element without a value has none, whatever the type."""
    elements = [an_element(row, **{"Set.A": value}) for row, value in enumerate(values)]

    assert [*({"Set.A": value} for value in told), {}] == properties(*elements, an_element(99))


def test_types_are_those_of_the_whole_scene() -> None:
    """A tile that shows integers only says so in the type that the others need."""
    assert [{"a": "1"}] == properties(an_element(0, a=1), an_element(1, a="x"), shown=1)


def test_columns_that_a_tile_does_not_use_are_not_in_it() -> None:
    """Neither in the table nor in the schema."""
    scene = a_scene(an_element(0, a=1), an_element(1, b=True))

    extension = read_again(Content(surfaces=(a_surface(0),)), scene).json["extensions"]["EXT_structural_metadata"]

    assert {"id", "class", "name", "a"} == set(extension["schema"]["classes"]["element"]["properties"])
    assert "enums" not in extension["schema"]


def test_identifiers_are_plain_and_different() -> None:
    """A letter, then letters, digits and underscores, 64 at most; none is one of the fixed columns'."""
    names = ["Set.A b", "Set/A-b", "id", "1st", "Größe", "__proto__", "", "ä", "x" * 80, "x" * 90]

    columns = schema_of(a_scene(an_element(0, **dict.fromkeys(names, 1)))).columns

    assert ["Set_A_b", "Set_A_b_2", "id_2", "p_1st", "Gr_e", "proto", "p_", "p__2", "x" * 64, f"{'x' * 64}_2"] == [
        columns[name].id for name in names
    ]


def test_properties_beyond_the_most_columns_are_text() -> None:
    """Those that the fewest elements have; so a table is no larger than a file that names things at random."""
    names = [f"p{number}" for number in range(MOST_COLUMNS + 2)]
    elements = [an_element(row, **dict.fromkeys(names[: MOST_COLUMNS + 2 - row], row / 2)) for row in range(3)]
    elements[1] = replace(elements[1], properties={**elements[1].properties, "p400": math.nan})

    first, second, third = properties(*elements)

    assert {**dict.fromkeys(names[:-2], 0.0), "More": '{"p400":0.0,"p401":0.0}'} == first
    assert {**dict.fromkeys(names[:-2], 0.5), "More": '{"p400":"nan"}'} == second
    assert dict.fromkeys(names[:-2], 1.0) == third


def test_what_is_no_text_is_told_with_question_marks() -> None:
    """Halves of characters come from damaged files."""
    assert [{"a": "x?y"}] == properties(an_element(0, a="x\ud800y"))


def test_properties_survive_all_ways_to_pack() -> None:
    """Values and features are the same."""
    scene = a_scene(an_element(0, a=1.5, b="x"), an_element(1, c=True))
    content = Content(surfaces=(a_surface(0), a_surface(1, at=2000)))

    plain, meshopt, draco = (
        read_again(content, scene, compression=one).rows()
        for one in (Compression.NONE, Compression.MESHOPT, Compression.DRACO)
    )

    assert plain == meshopt == draco
    assert ("x", 1.5, "true") == (plain[0]["b"], plain[0]["a"], plain[1]["c"])
