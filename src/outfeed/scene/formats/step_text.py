"""
The text of a STEP file (ISO 10303-21), checked before a library reads it that some texts kill.

Only what holds for every exchange file: the sections and their order, strings and comments that end, lists that close
and are not too deep, numbers of entities that 32 bits hold.
"""

import re
from typing import Final

import numpy as np

from outfeed.errors import SourceDamaged, SourceEmpty, SourceUnsupported

MAGIC: Final = b"ISO-10303-21"
#: Keywords in the order in which every file has them.
SECTIONS: Final = (MAGIC, b"HEADER", b"ENDSEC", b"DATA", b"ENDSEC", b"END-ISO-10303-21")
#: Lists inside lists; those of real files are four deep.
MOST_DEPTH: Final = 64
#: Entities are counted with 32 bits.
MOST_ENTITY: Final = 2**31 - 1
#: A string, in which two quotes are one, or a comment; the last may lack its end, and goes as far as the file.
_WORDS: Final = re.compile(rb"'[^']*(?:'|\Z)|/\*.*?(?:\*/|\Z)", re.DOTALL)
_LARGE: Final = re.compile(rb"#0*([1-9][0-9]{9,})")
#: The schema of the file, which says what its entities mean.
SCHEMA: Final = re.compile(rb"FILE_SCHEMA\s*\(\s*\(\s*'\s*([A-Za-z0-9_]+)")
#: Part of the name of each entity that has a surface.
_FACES: Final = (b"FACE", b"SHELL", b"_SOLID", b"TESSELLATED")


def checked(data: bytes) -> bytes:
    """
    Return a text without its strings and comments, if a library may read it.

    Raises
    ------
    SourceEmpty
        If it has no bytes, or no entity that has faces.
    SourceUnsupported
        If its schema is that of a building.
    SourceDamaged
        If it is no exchange file, or a damaged one.
    """
    if not data.strip():
        raise SourceEmpty("It has no bytes.")
    _check_schema(data)
    bare = _WORDS.sub(b"", data)
    _check_sections(bare)
    _check_lists(bare)
    _check_entities(bare)
    # Names of entities are upper case; a file of small letters is left to the library.
    if not any(word in bare for word in (*_FACES, b"face")):
        raise SourceEmpty("It has no faces.")
    return bare


def _check_schema(data: bytes) -> None:
    found = SCHEMA.search(data, 0, 1 << 20)
    if found is not None and found[1].upper().startswith(b"IFC"):
        raise SourceUnsupported("It is IFC, and not STEP: name it so.")


def _check_sections(bare: bytes) -> None:
    if not bare.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(MAGIC):
        raise SourceDamaged(f"It does not begin with {MAGIC.decode()}.")
    start = 0
    for word in SECTIONS:
        start = bare.find(word, start) + len(word)
        if start < len(word):
            raise SourceDamaged(f"It has no {word.decode()} where one belongs: cut off, or a string without an end.")


def _check_lists(bare: bytes) -> None:
    brackets = np.frombuffer(bare.translate(None, _NO_BRACKETS), dtype=np.uint8)
    depths = np.cumsum(np.where(brackets == ord("("), np.int8(1), np.int8(-1)), dtype=np.int32)
    if not len(depths):
        return
    if int(depths.max()) > MOST_DEPTH:
        raise SourceDamaged(f"It has lists inside lists, deeper than {MOST_DEPTH}.")
    if int(depths.min()) < 0 or depths[-1] != 0:
        raise SourceDamaged("It has a list that does not close, or closes twice.")


#: All bytes but the brackets of lists.
_NO_BRACKETS: Final = bytes(byte for byte in range(256) if byte not in b"()")


def _check_entities(bare: bytes) -> None:
    for found in _LARGE.finditer(bare):
        digits = found[1]
        if len(digits) > len(str(MOST_ENTITY)) or int(digits) > MOST_ENTITY:
            raise SourceDamaged(f"It has an entity #{digits[:20].decode()}, beyond 32 bits.")
