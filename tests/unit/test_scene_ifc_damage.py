"""Damaged and hostile IFC files: what the library meets in them, and how much they may ask for."""

import ifcopenshell.geom
import numpy as np
import pytest

from outfeed.errors import SourceDamaged
from outfeed.scene.formats.ifc import properties
from unit.ifc_files import a_product, an_ifc, guid
from unit.test_scene_ifc import read


def test_what_the_library_cannot_read_is_refused_with_what_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """As it does for a GlobalId that is no text; it may die of the next file then, so it is not asked here."""

    def refuse(*_arguments: object, **_options: object) -> None:
        raise RuntimeError("Requested type <string> does not match")

    monkeypatch.setattr(ifcopenshell.geom, "iterator", refuse)

    with pytest.raises(SourceDamaged, match="does not match"):
        read(an_ifc(a_product(50)))


def test_a_schema_that_is_no_text_is_refused_before_the_library_dies_of_it() -> None:
    with pytest.raises(SourceDamaged, match="does not say its schema"):
        read(an_ifc(a_product(50)).replace(b"(('IFC4'))", b"((.T.))"))


@pytest.mark.parametrize("points", ["5", "((0.,0.),(1.),(1.,1.))", "((0.,0.),(1.,1.))"])
def test_an_arc_of_no_points_has_no_radius(points: str) -> None:
    arc = f"#60=IFCINDEXEDPOLYCURVE(#61,(IFCARCINDEX((1,2,3))),$);\n#61=IFCCARTESIANPOINTLIST2D({points});\n"

    assert 12 == read(an_ifc(arc + a_product(70))).num_triangles


@pytest.mark.parametrize("scale", ["1.E-320", "1.E308", "0.", "-1."])
def test_a_senseless_scale_of_a_map_is_none(scale: str) -> None:
    lines = "#60=IFCPROJECTEDCRS('EPSG:25832',$,$,$,$,$,$);\n#61=IFCMAPCONVERSION(#4,#60,6.E5,5.5E6,0.,1.,0.,{});\n"

    found, plain = (read(an_ifc(lines.format(said) + a_product(70))).to_earth for said in (scale, "$"))

    assert plain is not None
    assert found is not None
    assert np.array_equal(plain, found)


@pytest.mark.parametrize("origin", ["1.E300,0.,0.", "0.,-1.E300,0.", "6.E5,5.5E6,1.E308"])
def test_a_place_beyond_all_numbers_is_none(origin: str) -> None:
    lines = "#60=IFCPROJECTEDCRS('EPSG:25832',$,$,$,$,$,$);\n#61=IFCMAPCONVERSION(#4,#60,{},1.,0.,$);\n"

    found = read(an_ifc(lines.format(origin) + a_product(70))).to_earth

    assert found is None or np.isfinite(found).all()


def test_a_site_that_something_else_places_is_at_the_origin() -> None:
    site = f"IFCSITE('{guid(60)}',#9,'site',$,$,{{}},$,$,.ELEMENT.,(48,0,0),(11,0,0),0.,$,$)"
    placed = "#61=IFCLOCALPLACEMENT($,#62);\n#62=IFCORGANIZATION($,'o',$,$,$);\n"

    found, plain = (
        read(an_ifc(f"#60={site.format(place)};\n{placed}" + a_product(70))).to_earth for place in ("#61", "$")
    )

    assert plain is not None
    assert found is not None
    assert np.array_equal(plain, found)


@pytest.mark.slow
def test_many_elements_of_one_id_get_numbers() -> None:
    """In time that grows with their number."""
    lines = "".join(a_product(100).replace("#100=", f"#{number}=") for number in range(100, 5_100))

    ids = [element.id for element in read(an_ifc(lines)).elements]

    assert [guid(100), f"{guid(100)}~2", f"{guid(100)}~3"] == ids[1:4]
    assert f"{guid(100)}~5000" == ids[-1]


def with_set(*lines_of_set: str, elements: int = 1) -> bytes:
    """Return a file of elements that share a set `S`; its properties, from #10000 on, come without their numbers."""
    rows = [10_000 + row for row in range(len(lines_of_set))]
    lines = [f"#{row}={line};" for row, line in zip(rows, lines_of_set, strict=True)]
    products = [a_product(1000 + number) for number in range(elements)]
    named = ",".join(f"#{1000 + number}" for number in range(elements))
    held = ",".join(f"#{row}" for row in rows)
    lines.append(f"#200=IFCPROPERTYSET('{guid(200)}',#9,'S',$,({held}));")
    lines.append(f"#201=IFCRELDEFINESBYPROPERTIES('{guid(201)}',#9,$,$,({named}),#200);")
    return an_ifc("".join(products) + "\n".join(lines))


def test_an_element_has_a_thousand_properties_at_most() -> None:
    many = [f"IFCPROPERTYSINGLEVALUE('p{row}',$,IFCINTEGER({row}),$)" for row in range(1_500)]

    scene = read(with_set(*many))

    assert {f"S.p{row}": row for row in range(1_000)} == scene.elements[1].properties
    assert ["Of the properties of an element, the first 1,000 are kept."] == [loss.why for loss in scene.lost]


def test_long_texts_and_lists_are_cut_and_long_names_left_out() -> None:
    numbers = ",".join(f"IFCINTEGER({row})" for row in range(20_000))
    long = (
        f"IFCPROPERTYSINGLEVALUE('text',$,IFCTEXT('{'x' * 20_000}'),$)",
        f"IFCPROPERTYLISTVALUE('list',$,({numbers}),$)",
        f"IFCPROPERTYSINGLEVALUE('{'n' * 500}',$,IFCINTEGER(1),$)",
    )

    found = read(with_set(*long)).elements[1].properties

    assert {"S.text": 10_000, "S.list": 10_000} == {name: len(str(said)) for name, said in found.items()}


def test_properties_within_each_other_ten_times_at_each_step_end() -> None:
    """They say nothing, ten to the fifteenth times."""
    below = (",".join([f"#{10_001 + row}"] * 10) for row in range(15))
    maze = [f"IFCCOMPLEXPROPERTY('c',$,'u',({held}))" for held in below]

    scene = read(with_set(*maze, "IFCCOMPLEXPROPERTY('end',$,'u',())"))

    assert {} == scene.elements[1].properties


def test_more_properties_than_there_is_room_for_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(properties, "MOST_BYTES", 1_000)
    one = "IFCPROPERTYSINGLEVALUE('p',$,IFCINTEGER(1),$)"

    scene = read(with_set(one, elements=7))

    assert [1] * 5 + [None] * 2 == [element.properties.get("S.p") for element in scene.elements[1:]]
    assert any("more properties than there is room for" in loss.why for loss in scene.lost)
