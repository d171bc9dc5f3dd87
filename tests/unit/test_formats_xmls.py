"""XML that nobody vouches for."""

import pytest

from outfeed.errors import SourceDamaged
from outfeed.mesh.formats.xml_feed import MAX_DEPTH
from outfeed.mesh.formats.xmls import PIECE, parse


def events(data: bytes | str, *, namespaces: bool = False, doctype: bool = False) -> list[object]:
    """Return what a reader is told, text joined."""
    told: list[object] = []

    def text(piece: str) -> None:
        if told and isinstance(told[-1], str):
            piece = str(told.pop()) + piece
        told.append(piece)

    raw = data.encode() if isinstance(data, str) else data
    parse(
        raw,
        start=lambda name, attributes: told.append((name, attributes)),
        end=lambda name: told.append((name,)),
        text=text,
        namespaces=namespaces,
        doctype=doctype,
    )
    return told


def test_elements_attributes_and_text_are_told_in_order() -> None:
    told = events("<?xml version='1.0'?><!-- c --><a x='1'>one &lt; <b/>two<![CDATA[<3]]></a>")

    assert [("a", {"x": "1"}), "one < ", ("b", {}), ("b",), "two<3", ("a",)] == told


def test_namespaces_stand_before_the_names_where_they_are_asked_for() -> None:
    told = events("<m:a xmlns:m='urn:m' xmlns='urn:d' m:x='1' y='2'><b/></m:a>", namespaces=True)

    assert [("urn:m a", {"urn:m x": "1", "y": "2"}), ("urn:d b", {}), ("urn:d b",), ("urn:m a",)] == told


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1"])
def test_documents_are_read_in_the_encoding_that_they_say(encoding: str) -> None:
    name = encoding.removesuffix("-sig")
    data = f"<?xml version='1.0' encoding='{name}'?><a>ü</a>".encode(encoding)

    assert [("a", {}), "ü", ("a",)] == events(data)


def test_what_stands_across_two_pieces_is_read() -> None:
    inside = "<b x='1'/>" * (PIECE // 5)

    told = events(f"<a>{inside}</a>")

    assert 2 + 2 * (PIECE // 5) == len(told)


DOCUMENT_TYPES = {
    "names a file": "<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>",
    "has a public name": "<!DOCTYPE a PUBLIC '-//W3C//DTD X' 'http://127.0.0.1:9/x.dtd'><a/>",
}
WITH_DECLARATIONS = {
    "expands": "<!DOCTYPE a [<!ENTITY b 'lol'><!ENTITY c '&b;&b;'>]><a>&c;</a>",
    "reads a file": "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>",
    "has a parameter": "<!DOCTYPE a [<!ENTITY % b SYSTEM 'http://127.0.0.1:9/x'> %b;]><a/>",
    "is empty inside": "<!DOCTYPE a []><a/>",
    "has both": "<!DOCTYPE a SYSTEM 'x.dtd' [<!ELEMENT a EMPTY>]><a/>",
}


@pytest.mark.parametrize("document", WITH_DECLARATIONS.values(), ids=WITH_DECLARATIONS)
@pytest.mark.parametrize("doctype", [True, False])
def test_declarations_are_never_read(document: str, *, doctype: bool) -> None:
    with pytest.raises(SourceDamaged, match="document type"):
        events(document, doctype=doctype)


@pytest.mark.parametrize("document", DOCUMENT_TYPES.values(), ids=DOCUMENT_TYPES)
def test_a_document_type_is_refused_where_the_format_has_none_and_never_fetched(document: str) -> None:
    assert [("a", {}), ("a",)] == events(document, doctype=True)
    with pytest.raises(SourceDamaged, match="document type"):
        events(document)


@pytest.mark.parametrize(
    "document",
    [b"", b"<a>", b"<a></b>", b"<a x=1/>", b"<a>&b;</a>", b"<a/>junk", b"\0\1", b"<a>\xff</a>", b"<a\xd8/>", b"{}"],
)
def test_what_is_not_well_formed_is_refused_with_its_line(document: bytes) -> None:
    with pytest.raises(SourceDamaged, match="not well-formed: line 1"):
        events(document)


@pytest.mark.parametrize("name", ["klingon", "shift_jis", "utf-7", "hex"])
def test_encodings_that_are_not_known_are_refused(name: str) -> None:
    with pytest.raises(SourceDamaged, match=r"encoding|not well-formed"):
        events(f"<?xml version='1.0' encoding='{name}'?><a/>")


def test_documents_may_nest_as_deep_as_is_said_and_no_deeper() -> None:
    assert 2 * MAX_DEPTH == len(events("<a>" * MAX_DEPTH + "</a>" * MAX_DEPTH))
    with pytest.raises(SourceDamaged, match="deeper than 256"):
        events("<a>" * (MAX_DEPTH + 1) + "</a>" * (MAX_DEPTH + 1))


@pytest.mark.parametrize("error", [KeyError, ValueError, UnicodeError, SourceDamaged])
def test_an_error_of_the_reader_stays_what_it_is(error: type[Exception]) -> None:
    """An encoding that is not known raises the same kinds, but before the first element."""

    def fail(*_: object) -> None:
        raise error("mine")

    with pytest.raises(error, match="mine"):
        parse(b"<a/>", start=fail, end=fail)
