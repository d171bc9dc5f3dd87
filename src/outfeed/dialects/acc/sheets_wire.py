"""Queries and bodies of the list of sheets, by pure functions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlencode

from outfeed.dialects.autodesk.fields import texts_of
from outfeed.dialects.autodesk.names import parse_id, version_urn
from outfeed.errors import InvalidField, NotBuilt
from outfeed.http.bodies import Params
from outfeed.library.items import ItemVersion, PageRecord

#: Sheets on a page of the list, and of one call by ids.
MOST_LISTED: Final = 100
MOST_BY_ID: Final = 200
#: The most that may be left out: a number that every database can count to.
_MOST_SKIPPED: Final = 2**53
#: What every sheet is, in the words of its filter: without tags.
_UNTAGGED: Final = "__UNTAGGED"
#: In every collection, which all sheets are.
_ALL: Final = "*"

Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True, kw_only=True, slots=True)
class ListQuery:
    """Which sheets are asked for."""

    limit: int
    offset: int
    #: In the number or the title; empty: all.
    text: str
    #: What of each sheet is told; empty: all.
    fields: frozenset[str]
    #: Whether they must be of something that no sheet here has: a version set, a tag, a collection.
    none: bool


def parse_list(pairs: Pairs) -> ListQuery:
    """
    Read the query of a list.

    Raises
    ------
    InvalidField
        If a number is none, or out of its range.
    NotBuilt
        If deleted sheets are asked for.
    """
    query = dict(pairs)
    if query.get("isDeleted", "").lower() == "true":
        raise NotBuilt("Deleted sheets are not listed.")
    return ListQuery(
        limit=_whole(query, "limit", default=MOST_LISTED, least=1, most=MOST_LISTED),
        offset=_whole(query, "offset", default=0, least=0, most=_MOST_SKIPPED),
        text=query.get("searchText", ""),
        fields=frozenset(value for name, value in pairs if name == "fields" and value),
        none=_is_of_nothing(pairs),
    )


def parse_ids(params: Params) -> list[str]:
    """Read the ids of a call for some sheets, or raise `MissingField`, `InvalidField` or `NotFound`."""
    return [parse_id(sheet, "Sheet") for sheet in texts_of(params, "ids", most=MOST_BY_ID)]


def sheet_json(item: ItemVersion, page: PageRecord, names: Mapping[str, str]) -> dict[str, Any]:
    """Return a sheet; `names` are those of people, by their ids."""
    version, model = item.version, item.model
    return {
        "id": version.id,
        "number": model.name,
        "versionSet": None,
        "createdAt": _stamp(version.created_at),
        "createdBy": version.created_by,
        "createdByName": names.get(version.created_by, ""),
        "updatedAt": _stamp(max(model.modified_at, version.created_at)),
        "updatedBy": version.created_by,
        "updatedByName": names.get(version.created_by, ""),
        "title": page.title,
        "uploadFileName": item.source_name,
        "uploadId": page.source_id,
        "tags": [],
        # A pixel is a point: the sheet at 72 dots per inch.
        "paperSize": [round(page.width_pt), round(page.height_pt)],
        "isCurrent": True,
        "deleted": model.hidden,
        "deletedAt": None,
        "deletedBy": None,
        "deletedByName": None,
        "viewable": {"urn": version_urn(model.id, version.index), "guid": version.id},
        "collection": None,
    }


def list_json(sheets: Sequence[Mapping[str, Any]], query: ListQuery, total: int, *, address: str, pairs: Pairs) -> Any:
    """Return a page of the list; `address` and `pairs` are those that it was asked by."""

    def url(offset: int) -> str:
        others = [(name, value) for name, value in pairs if name not in {"limit", "offset"}]
        return f"{address}?{urlencode([*others, ('limit', query.limit), ('offset', offset)])}"

    behind = query.offset + query.limit
    wanted = query.fields
    return {
        "results": [{name: value for name, value in sheet.items() if not wanted or name in wanted} for sheet in sheets],
        "pagination": {
            "limit": query.limit,
            "offset": query.offset,
            "previousUrl": url(max(query.offset - query.limit, 0)) if query.offset else "",
            "nextUrl": url(behind) if behind < total else "",
            "totalResults": total,
        },
    }


def _is_of_nothing(pairs: Pairs) -> bool:
    tags = [value for name, value in pairs if name == "filter[tags]" and value]
    sets = [value for name, value in pairs if name == "filter[versionSetId]" and value]
    collections = [value for name, value in pairs if name == "collectionId" and value not in {"", _ALL}]
    return bool(sets or collections or (tags and _UNTAGGED not in tags))


def _whole(query: Mapping[str, str], name: str, *, default: int, least: int, most: int) -> int:
    text = query.get(name, "")
    if text == "":
        return default
    digits = len(str(most))
    if not (text.isascii() and text.isdigit() and len(text) <= digits and least <= int(text) <= most):
        raise InvalidField(f"{name} is a whole number from {least} to {most}.")
    return int(text)


def _stamp(ms: int) -> str:
    """Return milliseconds since 1970-01-01 UTC as `2026-01-20T10:51:33.170Z`."""
    moment = datetime.fromtimestamp(ms // 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{ms % 1000:03d}Z"
