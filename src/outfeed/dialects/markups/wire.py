"""Markups as this API has them, in and out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from outfeed.errors import InvalidField, MissingField
from outfeed.library.markup_queries import MarkupRecord
from outfeed.library.markups import MOST_PAGES, NewMarkup
from outfeed.sheets.markups.model import parse_shapes
from outfeed.sheets.markups.shapes import Shape
from outfeed.sheets.model import Loss

XFDF: Final = "application/vnd.adobe.xfdf"

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """What is to be different; None: it stays."""

    shapes: tuple[Shape, ...] | None
    published: bool | None


def parse_new(body: dict[str, Any]) -> NewMarkup:
    """
    Return a new markup: `{"shapes", "page"?, "published"?}`.

    Raises
    ------
    MissingField, InvalidField
        If it is none; the error names the field.
    """
    _check_known(body, {"shapes", "page", "published"})
    if "shapes" not in body:
        raise MissingField("Missing: shapes.")
    page = body.get("page", 0)
    if isinstance(page, bool) or not isinstance(page, int) or not 0 <= page < MOST_PAGES:
        raise InvalidField("page is not the index of a page, from 0.")
    shapes = parse_shapes(body["shapes"], "shapes")
    return NewMarkup(page=page, shapes=shapes, published=_flag(body.get("published", False)))


def parse_change(body: dict[str, Any]) -> Change:
    """Return what is to be changed of a markup: `{"shapes"?, "published"?}`; raise as `parse_new` does."""
    _check_known(body, {"shapes", "published"})
    return Change(
        shapes=parse_shapes(body["shapes"], "shapes") if "shapes" in body else None,
        published=_flag(body["published"]) if "published" in body else None,
    )


def parse_page(text: str | None) -> int | None:
    """Return the page that a query asks for, None if it asks for none."""
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 6):  # noqa: PLR2004 digits
        raise InvalidField("page is not the index of a page, from 0.")
    return int(text)


def parse_published(text: str | None) -> bool:
    """Return whether a query wants what is imported to be seen by all."""
    if text not in {None, "true", "false"}:
        raise InvalidField("published is true or false.")
    return text == "true"


def _check_known(body: dict[str, Any], known: set[str]) -> None:
    unknown = sorted(body.keys() - known)
    if unknown:
        raise InvalidField(f"{unknown[0][:80]} is not known.")


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise InvalidField("published is true or false.")
    return value


def markup_json(record: MarkupRecord, *, principal_id: str) -> dict[str, Any]:
    """Return a markup as the one who asks sees it."""
    markup = record.markup
    return {
        "id": markup.id,
        "page": record.page,
        "author": markup.author,
        "mine": record.owner_id == principal_id,
        "published": record.published,
        "createdAt": _time(markup.created_at),
        "modifiedAt": _time(markup.modified_at),
        "shapes": [shape.json() for shape in markup.shapes],
        "replies": [
            {
                "id": reply.id,
                "author": reply.author,
                "text": reply.text,
                "createdAt": _time(reply.created_at),
                "modifiedAt": _time(reply.modified_at),
            }
            for reply in markup.replies
        ],
    }


def list_json(records: Sequence[MarkupRecord], *, principal_id: str) -> dict[str, Any]:
    """Return several markups."""
    return {"markups": [markup_json(record, principal_id=principal_id) for record in records]}


def imported_json(records: Sequence[MarkupRecord], lost: Sequence[Loss], *, principal_id: str) -> dict[str, Any]:
    """Return what was imported, and what of the file was left out."""
    return {**list_json(records, principal_id=principal_id), "lost": [loss.json() for loss in lost]}


def _time(ms: int) -> str:
    """Return a time as ISO 8601, to the millisecond; one after the year 9999 is its end."""
    when = _EPOCH + timedelta(milliseconds=min(ms, 253_402_300_799_999))
    return when.isoformat(timespec="milliseconds").replace("+00:00", "Z")
