"""The words of PDF and XFDF for what our records have words of their own for."""

from datetime import UTC, datetime, timedelta
from typing import Final

#: Ends of lines.
ENDINGS: Final[dict[str, str]] = {
    "none": "None",
    "open_arrow": "OpenArrow",
    "closed_arrow": "ClosedArrow",
    "open_arrow_reversed": "ROpenArrow",
    "closed_arrow_reversed": "RClosedArrow",
    "circle": "Circle",
    "square": "Square",
    "diamond": "Diamond",
    "butt": "Butt",
    "slash": "Slash",
}
#: Pictures of notes.
ICONS: Final[dict[str, str]] = {
    "comment": "Comment",
    "help": "Help",
    "insert": "Insert",
    "key": "Key",
    "new_paragraph": "NewParagraph",
    "note": "Note",
    "paragraph": "Paragraph",
}
#: Stamps that programs know.
STAMPS: Final[dict[str, str]] = {
    "Approved": "Approved",
    "As is": "AsIs",
    "Confidential": "Confidential",
    "Departmental": "Departmental",
    "Draft": "Draft",
    "Experimental": "Experimental",
    "Expired": "Expired",
    "Final": "Final",
    "For comment": "ForComment",
    "For public release": "ForPublicRelease",
    "Not approved": "NotApproved",
    "Not for public release": "NotForPublicRelease",
    "Sold": "Sold",
    "Top secret": "TopSecret",
}
#: Width and height of the picture of a note.
NOTE_SIZE: Final = 20.0

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_MS: Final = 253_402_300_799_999


def pdf_date(ms: int) -> str:
    """Return a time as PDF and XFDF write it, to the second; one after the year 9999 is its end."""
    return f"D:{_EPOCH + timedelta(milliseconds=min(ms, _LAST_MS)):%Y%m%d%H%M%S}Z"
