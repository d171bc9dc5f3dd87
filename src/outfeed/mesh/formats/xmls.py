"""XML that nobody vouches for: read as a stream, without entities of its own, not too deep."""

import codecs
from collections.abc import Callable, Iterable, Iterator
from typing import Final
from xml.parsers import expat

from outfeed.errors import SourceDamaged
from outfeed.mesh.formats.xml_feed import NO_ROWS, Feeder, Rows

#: Bytes that are handed over together.
PIECE: Final = 1 << 20

#: Called with an element's name and attributes.
Start = Callable[[str, dict[str, str]], None]
End = Callable[[str], None]
Text = Callable[[str], None]
#: Called with a prefix (None: names without one) and the namespace that it stands for, before the element that says so.
Declared = Callable[[str | None, str], None]

# Encodings that files name besides Unicode. A child process cannot load them any more.
for _name in ("latin-1", "ascii", "cp1250", "cp1251", "cp1252", "iso8859-2", "iso8859-5", "iso8859-15", "koi8-r"):
    codecs.lookup(_name)


def parse(
    data: bytes | Iterable[bytes],
    *,
    start: Start,
    end: End | None = None,
    text: Text | None = None,
    declared: Declared | None = None,
    namespaces: bool = False,
    doctype: bool = False,
    rows: Rows = NO_ROWS,
) -> None:
    """
    Call `start`, `end` and `text` for what is in the document, whole or in pieces; except for what `rows` takes.

    With `namespaces`, names are `uri local`, separated by a blank, and plain where they have no namespace; `declared`
    is then called for each prefix. With `doctype`, a document may name a DTD, which is never fetched; it can have no
    declarations of its own in any case.

    Raises
    ------
    SourceDamaged
        If it is not well-formed, nests deeper than 256, has a tag or comment of more than 64 MiB, or declares a DTD
        that it may not.
    """
    parser = expat.ParserCreate(namespace_separator=" " if namespaces else None)
    feeder = Feeder(parser, rows)
    parser.buffer_text = True
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)

    def on_start(name: str, attributes: dict[str, str]) -> None:
        feeder.start(name)
        start(name, attributes)

    def on_end(name: str) -> None:
        feeder.end()
        if end is not None:
            end(name)

    def on_doctype(_name: str, _system: str | None, _public: str | None, inside: bool) -> None:  # noqa: FBT001 the parser's
        if inside or not doctype:
            raise SourceDamaged("Its XML declares a document type, which is not read.")

    parser.StartElementHandler = on_start
    parser.EndElementHandler = on_end
    parser.StartDoctypeDeclHandler = on_doctype
    parser.CharacterDataHandler = text
    parser.StartNamespaceDeclHandler = declared
    try:
        for piece in _pieces(data) if isinstance(data, bytes) else data:
            feeder.feed(piece)
        feeder.close()
    except expat.ExpatError as error:
        raise SourceDamaged(f"Its XML is not well-formed: line {error.lineno + rows.lines()}.") from error
    except (LookupError, ValueError) as error:
        if feeder.began:  # not the parser's, but of what it calls
            raise
        raise SourceDamaged("Its XML is in an encoding that is not known.") from error


def _pieces(data: bytes) -> Iterator[bytes]:
    return (data[first : first + PIECE] for first in range(0, len(data), PIECE))
