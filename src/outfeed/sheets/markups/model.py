"""A markup: shapes that somebody drew on a sheet, and what others say to it."""

from dataclasses import dataclass, field
from typing import Any, Final

from outfeed.sheets.markups import fields as f
from outfeed.sheets.markups.fields import as_json, read_by
from outfeed.sheets.markups.shapes import Shape, parse_shape

#: Of one markup.
MOST_SHAPES: Final = 500
MOST_REPLIES: Final = 500
#: A job's input with what is drawn: of each sheet or file pairs of page and markup, as JSON; not there: nothing is.
MARKUPS_NAME: Final = "markups.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """What somebody says to a markup."""

    #: Unique among the markups and replies of a page.
    id: str = field(metadata=read_by(f.name))
    author: str = field(metadata=read_by(f.text(f.MOST_NAME)))
    text: str = field(metadata=read_by(f.text()))
    #: In milliseconds since 1970-01-01 UTC.
    created_at: int = field(metadata=read_by(f.whole))
    modified_at: int = field(metadata=read_by(f.whole))


def _reply(value: Any, path: str) -> Reply:
    return f.parse_fields(Reply, value, path)


parse_shapes: Final = f.many(parse_shape, least=1, most=MOST_SHAPES)
parse_replies: Final = f.many(_reply, most=MOST_REPLIES)


@dataclass(frozen=True, kw_only=True, slots=True)
class Markup:
    """What one person drew on one sheet."""

    #: Unique among the markups of a page; the annotation's name in the PDF.
    id: str = field(metadata=read_by(f.name))
    author: str = field(metadata=read_by(f.text(f.MOST_NAME)))
    #: In milliseconds since 1970-01-01 UTC.
    created_at: int = field(metadata=read_by(f.whole))
    modified_at: int = field(metadata=read_by(f.whole))
    #: At least one; a program that shows them moves and deletes them together.
    shapes: tuple[Shape, ...] = field(metadata=read_by(parse_shapes))
    #: In the order in which they were made.
    replies: tuple[Reply, ...] = field(default=(), metadata=read_by(parse_replies))

    def json(self) -> dict[str, Any]:
        """Return it as JSON, which `parse_markup` reads back unchanged."""
        return {
            "id": self.id,
            "author": self.author,
            "created_at": self.created_at,
            "modified_at": self.modified_at,
            "shapes": [shape.json() for shape in self.shapes],
            "replies": as_json(self.replies),
        }


def parse_markup(value: Any, path: str = "") -> Markup:
    """
    Return a markup from JSON.

    Raises
    ------
    MissingField, InvalidField
        If it is not one: the path of the field stands in the error.
    """
    return f.parse_fields(Markup, value, path)
