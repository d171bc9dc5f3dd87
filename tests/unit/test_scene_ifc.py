"""IFC as a scene: elements, properties, shapes, and what is refused."""

import io
import zipfile
from collections.abc import Mapping

import numpy as np
import pytest

from outfeed.errors import (
    ReaderMissing,
    SourceDamaged,
    SourceEmpty,
    SourceError,
    SourceUnsupported,
    TooManyTriangles,
)
from outfeed.mesh.formats.source import ReadLimits, SourceFile
from outfeed.mesh.reporting import silent
from outfeed.mesh.traits import Trait
from outfeed.mesh.units import Unit
from outfeed.scene.formats.ifc import opening
from outfeed.scene.formats.ifc.reader import read_ifc
from outfeed.scene.model import Element, Scene, check
from unit.ifc_files import BOX, a_product, an_ifc, guid

STRUCTURE = f"""#100=IFCSITE('{guid(100)}',#9,'site',$,$,#8,$,$,.ELEMENT.,$,$,$,$,$);
#101=IFCBUILDING('{guid(101)}',#9,'house',$,$,#8,$,$,.ELEMENT.,$,$,$);
#102=IFCBUILDINGSTOREY('{guid(102)}',#9,'ground',$,$,#8,$,$,.ELEMENT.,0.);
#103=IFCRELAGGREGATES('{guid(103)}',#9,$,$,#1,(#100));
#104=IFCRELAGGREGATES('{guid(104)}',#9,$,$,#100,(#101));
#105=IFCRELAGGREGATES('{guid(105)}',#9,$,$,#101,(#102));
"""


def read(data: bytes, *, limits: ReadLimits | None = None, processes: int = 1) -> Scene:
    """Read a file's bytes."""
    source = SourceFile(content=data)
    return check(
        read_ifc(source, unitless=Unit.METRE, limits=limits or ReadLimits(), processes=processes, report=silent)
    )


def contained(*products: int) -> str:
    """Return the line that puts products into the storey of `STRUCTURE`."""
    return (
        f"#199=IFCRELCONTAINEDINSPATIALSTRUCTURE('{guid(199)}',#9,$,$,({','.join(f'#{n}' for n in products)}),#102);\n"
    )


def by_id(scene: Scene, number: int) -> Element:
    """Return the element of a product's number."""
    return next(element for element in scene.elements if element.id == guid(number))


def properties_of(lines: str, *, schema: str = "IFC4") -> Mapping[str, object]:
    """Return the properties of the one product of a file with these lines."""
    return by_id(read(an_ifc(a_product(110) + lines, schema=schema)), 110).properties


def test_a_box_in_millimetres_is_a_box_in_metres() -> None:
    """Coordinates are metres, z up, and the surface is closed."""
    scene = read(an_ifc(a_product(110)))

    assert (1, 12) == (len(scene.shapes), scene.num_triangles)
    vertices = scene.shapes[0].vertices
    assert [[-0.5, -1.0, 0.0], [0.5, 1.0, 3.0]] == [vertices.min(axis=0).tolist(), vertices.max(axis=0).tolist()]
    assert 8 == len(vertices)


def test_elements_have_id_class_name_and_holder() -> None:
    """Project, site, building and storey are elements without a shape; holders come before what they hold."""
    scene = read(an_ifc(a_product(90, "IFCWALL", name="wall") + STRUCTURE + contained(90)))

    assert [
        ("0aaaaaaaaaaaaaaaaaaaaa", "IfcProject", "p", -1, 0),
        (guid(100), "IfcSite", "site", 0, 0),
        (guid(101), "IfcBuilding", "house", 1, 0),
        (guid(102), "IfcBuildingStorey", "ground", 2, 0),
        (guid(90), "IfcWall", "wall", 3, 1),
    ] == [(one.id, one.class_name, one.name, one.parent, len(one.parts)) for one in scene.elements]
    assert "ground" == by_id(scene, 90).properties["Storey"]


def test_products_that_show_one_representation_share_its_shape() -> None:
    """Mapped items are stored once, each with its own place."""
    mapped = """#30=IFCREPRESENTATIONMAP(#5,#21);
#31=IFCCARTESIANTRANSFORMATIONOPERATOR3D($,$,#6,$,$);
#40=IFCMAPPEDITEM(#30,#31);
#41=IFCSHAPEREPRESENTATION(#4,'Body','MappedRepresentation',(#40));
#42=IFCPRODUCTDEFINITIONSHAPE($,$,(#41));
#50=IFCMAPPEDITEM(#30,#31);
#51=IFCSHAPEREPRESENTATION(#4,'Body','MappedRepresentation',(#50));
#52=IFCPRODUCTDEFINITIONSHAPE($,$,(#51));
#60=IFCCARTESIANPOINT((5000.,0.,0.));
#61=IFCAXIS2PLACEMENT3D(#60,$,$);
#62=IFCLOCALPLACEMENT($,#61);
"""
    lines = a_product(110, shape="#42") + a_product(111, shape="#52").replace("#8", "#62")

    scene = read(an_ifc(mapped + lines))

    assert 1 == len(scene.shapes)
    moves = [part.transform for number in (110, 111) for part in by_id(scene, number).parts]
    assert [[0, 0, 0], [5, 0, 0]] == [move[:3, 3].tolist() for move in moves if move is not None]


def test_colours_opacity_and_names_come_from_styles() -> None:
    """A style of an item is the material of its faces."""
    style = """#70=IFCCOLOURRGB($,1.,0.5,0.);
#71=IFCSURFACESTYLERENDERING(#70,0.25,$,$,$,$,$,$,.FLAT.);
#72=IFCSURFACESTYLE('glass',.BOTH.,(#71));
#73=IFCSTYLEDITEM(#22,(#72),$);
"""
    (shape,) = read(an_ifc(style + a_product(110))).shapes

    assert [("glass", (255, 128, 0, 191))] == [(one.name, one.color) for one in shape.materials]
    assert shape.material_faces is not None
    assert [0] * 12 == shape.material_faces.tolist()


@pytest.mark.parametrize("other", ["Clearance", "Facetation", "Reference"])
def test_of_several_representations_the_body_is_shown(other: str) -> None:
    """Whatever comes first: the room that a door needs would hide it."""
    more = f"""#30=IFCEXTRUDEDAREASOLID(#23,#5,#7,9000.);
#31=IFCSHAPEREPRESENTATION(#4,'{other}','SweptSolid',(#30));
"""
    box = BOX.replace("(#21)", "(#31,#21)")

    scene = read(an_ifc(more + a_product(110), box=box))

    assert [3.0] == [scene.shapes[part.shape].vertices[:, 2].max() for part in by_id(scene, 110).parts]


@pytest.mark.parametrize(
    ("radius_mm", "profile"),
    [
        (20.0, "IFCCIRCLEPROFILEDEF(.AREA.,$,#24,20.)"),
        (10_000.0, "IFCCIRCLEPROFILEDEF(.AREA.,$,#24,10000.)"),
        (10_000.0, "IFCARBITRARYCLOSEDPROFILEDEF(.AREA.,$,#26)"),
    ],
)
def test_round_things_are_off_by_at_most_five_millimetres(radius_mm: float, profile: str) -> None:
    """A tower has more sides than a bolt."""
    arcs = """#26=IFCINDEXEDPOLYCURVE(#27,(IFCARCINDEX((1,2,3)),IFCARCINDEX((3,4,1))),$);
#27=IFCCARTESIANPOINTLIST2D(((10000.,0.),(0.,10000.),(-10000.,0.),(0.,-10000.)));
"""
    box = BOX.replace("IFCRECTANGLEPROFILEDEF(.AREA.,$,#24,1000.,2000.)", profile)

    (shape,) = read(an_ifc(a_product(110) + arcs, box=box)).shapes

    x, y = shape.vertices[shape.vertices[:, 2] == 0][:, :2].T
    assert np.allclose(np.hypot(x, y), radius_mm / 1000)
    turns = np.sort(np.arctan2(y, x))
    widest = np.diff([*turns, turns[0] + 2 * np.pi]).max()
    assert radius_mm / 1000 * (1 - np.cos(widest / 2)) < 0.005
    assert (16 if radius_mm < 100 else 128) == len(x)


def test_openings_are_cut_out_and_are_no_elements() -> None:
    """A hole of half the width and all the height leaves half of the volume."""
    hole = f"""#30=IFCRECTANGLEPROFILEDEF(.AREA.,$,$,500.,4000.);
#31=IFCEXTRUDEDAREASOLID(#30,#5,#7,3000.);
#32=IFCSHAPEREPRESENTATION(#4,'Body','SweptSolid',(#31));
#33=IFCPRODUCTDEFINITIONSHAPE($,$,(#32));
#34=IFCRELVOIDSELEMENT('{guid(34)}',#9,$,$,#110,#111);
"""
    lines = a_product(110, "IFCWALL") + a_product(111, "IFCOPENINGELEMENT", shape="#33")

    scene = read(an_ifc(hole + lines))

    assert ["IfcProject", "IfcWall"] == [one.class_name for one in scene.elements]
    a, b, c = np.moveaxis(scene.shapes[0].vertices[scene.shapes[0].faces], 1, 0)
    assert pytest.approx(3.0) == float(np.einsum("ij,ij->", a, np.cross(b, c)) / 6)


def test_a_window_in_an_opening_is_held_by_the_wall() -> None:
    """Where nothing else holds it."""
    rows = f"""#34=IFCRELVOIDSELEMENT('{guid(34)}',#9,$,$,#110,#111);
#35=IFCRELFILLSELEMENT('{guid(35)}',#9,$,$,#111,#112);
"""
    products = (
        a_product(110, "IFCWALL") + a_product(111, "IFCOPENINGELEMENT", shape="$") + a_product(112, "IFCCOVERING")
    )

    scene = read(an_ifc(rows + products))

    assert scene.elements[by_id(scene, 112).parent] is by_id(scene, 110)


def test_spaces_are_elements_without_a_shape() -> None:
    """They would hide the rooms; the loss is told."""
    space = f"#120=IFCSPACE('{guid(120)}',#9,'1',$,$,#8,#20,'hall',.ELEMENT.,.INTERNAL.,$);\n"

    scene = read(an_ifc(a_product(110) + space))

    assert ((), "hall") == (by_id(scene, 120).parts, by_id(scene, 120).properties["LongName"])
    assert [Trait.OTHER] == [loss.what for loss in scene.lost]


def test_properties_keep_their_types_and_the_elements_own_override_those_of_its_type() -> None:
    """Sets and quantities are `Set.Name`; lists are joined; an unknown truth is a word."""
    lines = f"""#130=IFCPROPERTYSINGLEVALUE('Fire',$,IFCLABEL('F30'),$);
#131=IFCPROPERTYSINGLEVALUE('Outside',$,IFCBOOLEAN(.T.),$);
#132=IFCPROPERTYSINGLEVALUE('Maybe',$,IFCLOGICAL(.U.),$);
#133=IFCPROPERTYSINGLEVALUE('Count',$,IFCINTEGER(7),$);
#134=IFCPROPERTYENUMERATEDVALUE('Kinds',$,(IFCLABEL('a'),IFCLABEL('b')),$);
#135=IFCPROPERTYBOUNDEDVALUE('Range',$,IFCREAL(2.5),IFCREAL(1.5),$,$);
#136=IFCCOMPLEXPROPERTY('Inner',$,'u',(#133));
#137=IFCPROPERTYSET('{guid(137)}',#9,'Pset_A',$,(#130,#131,#132,#134,#135,#136));
#138=IFCPROPERTYSINGLEVALUE('Fire',$,IFCLABEL('of the type'),$);
#139=IFCPROPERTYSINGLEVALUE('Empty',$,$,$);
#140=IFCPROPERTYSET('{guid(140)}',#9,'Pset_A',$,(#138,#139));
#141=IFCWALLTYPE('{guid(141)}',#9,'W1',$,$,(#140),$,$,$,.SOLIDWALL.);
#142=IFCRELDEFINESBYTYPE('{guid(142)}',#9,$,$,(#110),#141);
#143=IFCRELDEFINESBYPROPERTIES('{guid(143)}',#9,$,$,(#110),#137);
#144=IFCQUANTITYLENGTH('Height',$,$,3000.,$);
#145=IFCELEMENTQUANTITY('{guid(145)}',#9,'Qto_A',$,$,(#144));
#146=IFCRELDEFINESBYPROPERTIES('{guid(146)}',#9,$,$,(#110),#145);
"""

    assert {
        "PredefinedType": "SOLIDWALL",
        "Type": "W1",
        "Pset_A.Fire": "F30",
        "Pset_A.Outside": True,
        "Pset_A.Maybe": "UNKNOWN",
        "Pset_A.Kinds": "a, b",
        "Pset_A.Range.UpperBound": 2.5,
        "Pset_A.Range.LowerBound": 1.5,
        "Pset_A.Inner.Count": 7,
        "Qto_A.Height": 3000.0,
    } == properties_of(lines)


@pytest.mark.parametrize(
    ("own", "expected"), [("$", "SOLIDWALL"), (".NOTDEFINED.", "SOLIDWALL"), (".PARTITIONING.", "PARTITIONING")]
)
def test_a_type_says_what_its_elements_do_not_say_of_themselves(own: str, expected: str) -> None:
    lines = f"""#110=IFCWALL('{guid(110)}',#9,'w',$,$,#8,#20,$,{own});
#141=IFCWALLTYPE('{guid(141)}',#9,'W1',$,$,$,$,$,$,.SOLIDWALL.);
#142=IFCRELDEFINESBYTYPE('{guid(142)}',#9,$,$,(#110),#141);"""

    assert expected == by_id(read(an_ifc(lines)), 110).properties["PredefinedType"]


def test_materials_are_the_names_of_all_layers() -> None:
    """Each name once, from outside inwards."""
    lines = f"""#130=IFCMATERIAL('brick',$,$);
#131=IFCMATERIAL('wool',$,$);
#132=IFCMATERIALLAYER(#130,0.1,$,$,$,$,$);
#133=IFCMATERIALLAYER(#131,0.1,$,$,$,$,$);
#134=IFCMATERIALLAYERSET((#132,#133,#132),$,$);
#135=IFCMATERIALLAYERSETUSAGE(#134,.AXIS2.,.POSITIVE.,0.,$);
#136=IFCRELASSOCIATESMATERIAL('{guid(136)}',#9,$,$,(#110),#135);
"""

    assert {"Material": "brick, wool"} == properties_of(lines)


def test_encoded_texts_are_decoded() -> None:
    """As the exchange format writes what is not ASCII."""
    scene = read(an_ifc(a_product(110, name=r"T\X2\00FC\X0\r \S\d \X\E9")))

    assert "Tür ä é" == by_id(scene, 110).name


def test_two_elements_of_one_id_get_two_ids() -> None:
    """A damaged file is shown all the same, and its ids are the same each time."""
    scene = read(an_ifc(a_product(110) + a_product(111).replace(guid(111), guid(110))))

    assert [guid(110), f"{guid(110)}~2"] == [element.id for element in scene.elements[1:]]


@pytest.mark.parametrize("processes", [2, 3])
def test_the_scene_is_the_same_for_any_number_of_processes(processes: int) -> None:
    """Also the order of its shapes."""
    boxes = [
        f"#{n}=IFCPRODUCTDEFINITIONSHAPE($,$,(#{n + 1}));\n"
        f"#{n + 1}=IFCSHAPEREPRESENTATION(#4,'Body','SweptSolid',(#{n + 2}));\n"
        f"#{n + 2}=IFCEXTRUDEDAREASOLID(#23,#5,#7,{n}.);\n" + a_product(n + 3, shape=f"#{n}")
        for n in range(200, 400, 10)
    ]
    data = an_ifc("".join(boxes))

    alone, together = read(data), read(data, processes=processes)

    assert 20 == len(alone.shapes)
    assert [(one.id, one.parts[0].shape) for one in alone.elements[1:]] == [
        (one.id, one.parts[0].shape) for one in together.elements[1:]
    ]
    assert [shape.vertices.tolist() for shape in alone.shapes] == [shape.vertices.tolist() for shape in together.shapes]


def test_an_archive_with_one_model_is_read() -> None:
    """As `.ifczip` is."""
    assert 12 == read(zipped({"m.ifc": an_ifc(a_product(110)), "__MACOSX/m.ifc": b"x"})).num_triangles


def zipped(files: Mapping[str, bytes]) -> bytes:
    """Return an archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


TOWER = (
    "".join(f"#{n}=IFCLOCALPLACEMENT(#{n + 1},#5);\n" for n in range(1000, 1600)) + "#1600=IFCLOCALPLACEMENT($,#5);\n"
)
BOMB = "".join(f"#{n}=IFCBOOLEANRESULT(.UNION.,#{n + 1},#{n + 1});\n" for n in range(1000, 1040))

REFUSED = {
    "xml": (b"<?xml version='1.0'?><ifcXML/>", SourceUnsupported),
    "archive of xml": (zipped({"m.ifcxml": b"<ifcXML/>"}), SourceUnsupported),
    "two models": (zipped({"a.ifc": b"", "b.ifc": b""}), SourceUnsupported),
    "no model": (zipped({"a.txt": b""}), SourceEmpty),
    "another format": (b"solid cube", SourceDamaged),
    "cut off": (an_ifc(a_product(110))[:-30], SourceDamaged),
    "unknown schema": (an_ifc(a_product(110), schema="IFC9"), SourceUnsupported),
    "nothing to see": (an_ifc(a_product(110, shape="$")), SourceEmpty),
    "no triangles": (an_ifc(a_product(110), box="").replace(b"#20", b"$"), SourceEmpty),
    "placements in a ring": (an_ifc(a_product(110) + "#300=IFCLOCALPLACEMENT(#300,#5);"), SourceDamaged),
    "elements in a ring": (
        an_ifc(
            f"#34=IFCRELAGGREGATES('{guid(34)}',#9,$,$,#110,(#111));\n#35=IFCRELNESTS('{guid(35)}',#9,$,$,#111,(#110));\n"
            + a_product(110)
            + a_product(111)
        ),
        SourceDamaged,
    ),
    "a tower of placements": (an_ifc(a_product(110) + TOWER), SourceDamaged),
    "a bomb of unions": (
        an_ifc(BOMB + "#1040=IFCBLOCK(#5,1.,1.,1.);" + a_product(110)).replace(b"(#22)", b"(#1000)"),
        TooManyTriangles,
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_is_refused(name: str) -> None:
    """With an error of its own kind."""
    data, error = REFUSED[name]

    with pytest.raises(error):
        read(data)


@pytest.mark.parametrize("processes", [1, 2])
def test_too_many_triangles_are_refused(processes: int) -> None:
    """Those that are placed count."""
    data = an_ifc("".join(a_product(number) for number in range(110, 130)))

    with pytest.raises(TooManyTriangles):
        read(data, limits=ReadLimits(max_triangles=200), processes=processes)
    assert 240 == read(data, limits=ReadLimits(max_triangles=240)).num_triangles


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server without the library refuses the file, and starts all the same."""
    monkeypatch.setitem(__import__("sys").modules, "ifcopenshell", None)

    with pytest.raises(ReaderMissing, match=r"outfeed\[bim\]"):
        opening.library()


def test_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    """Neither for a good file nor for a bad one."""
    read(an_ifc(a_product(110)))
    with pytest.raises(SourceError):
        read(an_ifc("#300=IFCWALL(#1,,);"))

    assert ("", "") == capfd.readouterr()
