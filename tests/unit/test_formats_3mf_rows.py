"""What a kernel takes out of the XML of a 3MF file means what it means to the parser."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outfeed.errors import SourceError, TooManyTriangles
from outfeed.mesh.formats import xmls
from outfeed.mesh.formats.threemf.model import read_part
from outfeed.mesh.formats.xml_feed import STEP, Rows
from unit.mesh_helpers import chance
from unit.properties import examples
from unit.threemf_files import NAMESPACES, an_object, model

CORE = "http://schemas.microsoft.com/3dmanufacturing/core/2015/02"
VERTICES = "\n".join(f'<vertex x="{row}" y="-{row}.5" z="{row}e-1"/>' for row in range(60))
TRIANGLES = "\n".join(f'<triangle v1="{row}" v2="{row + 1}" v3="{row + 2}" p1="{row}"/>' for row in range(58))
DOCUMENT = model(an_object(1, TRIANGLES, of_object='pid="3"', vertices=VERTICES) + an_object(2, TRIANGLES), "")


def tables_of(data: bytes, *, by_kernel: bool, piece: int = 1 << 20, most: int = 1000) -> Any:
    """Return all that a part says, or the error that it is refused with."""
    pieces = [data[first : first + piece] for first in range(0, len(data), piece)]
    try:
        part = read_part("a", pieces, most, by_kernel=by_kernel)
    except SourceError as error:
        return type(error), str(error)
    rows = {
        number: (tables.points.tobytes(), tables.corners.tobytes(), tables.properties.tolist(), tables.default)
        for number, tables in part.objects.items()
    }
    return rows, part.resources, part.lost


def assert_the_same(document: str | bytes, piece: int = 1 << 20) -> Any:
    data = document.encode() if isinstance(document, str) else document
    expected = tables_of(data, by_kernel=False)

    assert expected == tables_of(data, by_kernel=True, piece=piece)
    return expected


#: What is put somewhere into a document, and what may follow it.
PIECES = [
    "<!-- <vertices><vertex x='1' y='1' z='1'/> -->",
    "<![CDATA[ > <vertex x='9' y='9' z='9'/> ]]>",
    "<![CDATA[>",
    "]]>",
    "<?a > <vertex x='1' y='1' z='1'/> ?>",
    "&lt;",
    "&b;",
    "text > ü",
    '<vertex x="1" y="2" z="3"></vertex>',
    '<vertex x="nan" y="&#49;" z=" 2 "/>',
    '<vertex x="1" y="2" z="3" q="&gt;>"/>',
    '<x:vertex x="1" y="2" z="3"/>',
    '<vertex xmlns="urn:other" x="1" y="2" z="3"/>',
    '<c:vertices xmlns:c="' + CORE + '"><c:vertex x="5" y="5" z="5"/><vertex x="6" y="6" z="6"/></c:vertices>',
    '<vertices xmlns="urn:other"><vertex x="5" y="5" z="5"/>',
    "<vertices>",
    "</vertices>",
    '<triangles a=">"><triangle v1="1" v2="2" v3="3" pid="99999999999999999999" p1="1"/>',
    '<triangle v1="1" v2="2" v3="3" pid="2" p1="1" p2="0" p3="2"/>',
    '<triangle v1="4294967296" v2="2" v3="3"/>',
    "<vertices/>",
    "\r\n",
    "<",
    ">",
    '"',
]


@given(
    seed=st.integers(0, 10**6),
    pieces=st.lists(st.sampled_from(PIECES), min_size=1, max_size=3),
    size=st.sampled_from([100, 700, 1 << 20]),
)
@examples(150)
def test_property_a_changed_document_says_the_same_with_and_without_the_kernel(
    seed: int, pieces: list[str], size: int
) -> None:
    dice = chance(f"rows-{seed}")
    text = DOCUMENT
    for piece in pieces:
        places = [match.end() for match in re.finditer(">" if dice.random() < 0.8 else "", text)]
        at = dice.choice(places)
        text = text[:at] + piece + text[at + dice.choice([0, 0, 0, 1, 20]) :]

    assert_the_same(text, size)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1", "us-ascii", "cp1252", "cp037"])
def test_every_encoding_says_the_same(encoding: str) -> None:
    named = encoding.removesuffix("-sig")

    assert_the_same(f'<?xml version="1.0" encoding="{named}"?>{DOCUMENT}'.encode(encoding))


@pytest.mark.parametrize("prefix", ["", "c:", "c.-_1:", "ü:"])
def test_a_list_may_have_a_prefix(prefix: str) -> None:
    name = f"xmlns:{prefix[:-1]}" if prefix else "xmlns"
    body = re.sub(r"<(/?)(vert|tri)", rf"<\1{prefix}\2", DOCUMENT)

    found = assert_the_same(body.replace("<model", f'<model {name}="{CORE}"' if prefix else "<model"))

    assert 60 * 24 == len(found[0][1][0])


def test_a_list_that_begins_in_text_that_is_as_it_is_is_none() -> None:
    lists = f"<![CDATA[<vertices>{VERTICES}]]>"

    found = assert_the_same(DOCUMENT.replace("<vertices>", f"<vertices>{lists}"))

    assert 60 * 24 == len(found[0][1][0])


def test_rows_are_not_deeper_than_other_elements() -> None:
    nested = "<x:a>" * 251
    deep = DOCUMENT.replace("<vertices>", f"{nested}<vertices>").replace("</vertices>", "</vertices>" + "</x:a>" * 251)

    assert "nested deeper than 256" in assert_the_same(deep)[1]


def test_an_error_names_the_line_that_it_is_in_also_behind_what_was_taken() -> None:
    lines = [*DOCUMENT.splitlines(), "</oops>"]

    assert assert_the_same("\n".join(lines))[1].endswith(f"Its XML is not well-formed: line {len(lines)}.")


def test_almost_all_rows_are_taken_out_of_the_text() -> None:
    told: list[str] = []
    rows: list[str] = []

    def take(name: str, prefix: str, text: Any) -> int:
        end = text.tobytes().find(b"</a>")
        rows.append(prefix + name)
        return len(text) if end < 0 else end

    document = f'<r xmlns="urn:r"><a>{"<b/>" * 1000}</a><c>{"<b/>" * 1000}</c></r>'.encode()
    reader = Rows(lists=frozenset({"urn:r a"}), take=take, lines=lambda: 0)
    xmls.parse([document], start=lambda name, _: told.append(name), namespaces=True, rows=reader)

    assert "urn:r a" == rows[0]
    assert 1000 < told.count("urn:r b") <= 1000 + STEP // 4 + 1


def test_a_comment_of_many_ends_of_tags_takes_no_square_of_its_length() -> None:
    """A parser before Expat 2.6 looks at it anew with each piece: so the pieces grow."""
    calls = 0
    document = f"<r><a><!--{'>' * (8 << 20)}--></a></r>".encode()

    def pieces() -> Any:
        yield from (document[first : first + (1 << 20)] for first in range(0, len(document), 1 << 20))

    def take(_name: str, _prefix: str, _text: Any) -> int:
        nonlocal calls
        calls += 1
        return 0

    xmls.parse(pieces(), start=lambda *_: None, rows=Rows(lists=frozenset({"a"}), take=take, lines=lambda: 0))

    assert calls < 5


def test_a_part_is_refused_as_soon_as_it_stores_too_many_triangles() -> None:
    read: list[int] = []

    def pieces() -> Any:
        yield model(an_object(1, TRIANGLES)).partition("</triangles>")[0].encode()
        for number in range(100):
            read.append(number)
            yield TRIANGLES.encode() * 20

    with pytest.raises(TooManyTriangles):
        read_part("a", pieces(), 1000)
    assert read == [0]


def test_triangles_of_all_objects_count() -> None:
    assert TooManyTriangles == tables_of(DOCUMENT.encode(), by_kernel=True, most=115)[0]
    assert TooManyTriangles == tables_of(DOCUMENT.encode(), by_kernel=False, most=115)[0]
    assert 2 == len(tables_of(DOCUMENT.encode(), by_kernel=True, most=116)[0])


def test_the_document_of_these_tests_is_a_model() -> None:
    assert NAMESPACES in DOCUMENT
    assert {1, 2} == set(assert_the_same(DOCUMENT)[0])
