"""Texts of a PDF that people read."""

import unicodedata
from typing import Final

import pikepdf

#: Characters of a name or a title.
MOST_TEXT: Final = 255
#: Characters of a text that are looked at.
MOST_LOOKED_AT: Final = 4_096


def text_of(value: object) -> str:
    """Return a text string of a PDF; nothing where it is none, or in no encoding."""
    if not isinstance(value, pikepdf.String):
        return ""
    try:
        return str(value)[:MOST_LOOKED_AT]
    except UnicodeError:
        return ""


def cleaned(text: str) -> str:
    """Return a text as one line that can be printed, of at most 255 characters."""
    plain = "".join(item if item.isprintable() else " " * item.isspace() for item in text[:MOST_LOOKED_AT])
    return unicodedata.normalize("NFC", " ".join(plain.split()))[:MOST_TEXT].strip()
