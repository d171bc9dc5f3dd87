"""Queries and bodies of Mesh Export, both ways, by pure functions; `exports_options` has the options of a start."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from outfeed.dialects.itwin import exports_constants as words
from outfeed.dialects.itwin.checks import Check, id_of
from outfeed.dialects.itwin.constants import Area
from outfeed.dialects.itwin.errors import Problem
from outfeed.dialects.itwin.exports_options import parse_options
from outfeed.dialects.itwin.paging import MOST_TOP, Page, parse_page
from outfeed.exports.models import ExportQuery, ModelExport, ModelExportRequest, Order, Target
from outfeed.jobs.states import State
from outfeed.tiles.options import TileOptions

Body = dict[str, Any]

CANNOT_START: Final = "Cannot create export job."
_CANNOT_DELETE: Final = "Cannot delete exported job."

_CHANGESET: Final = re.compile(r"[0-9a-fA-F]{40}")

_WHOLE: Final = re.compile(r"[0-9]{1,18}")

_ORDERS: Final = {"": Order.NEWEST_VERSION, "date:desc": Order.NEWEST, "date:asc": Order.OLDEST}


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """How a caller spelled what it asked for: clients compare the answer with it, letter by letter."""

    #: Empty where it did not say; the answer then has the reference's spelling.
    export_type: str = ""
    #: Empty where it did not say; the answer then has no id for a baseline, as on the platform.
    changeset_id: str = ""


def parse_list(query: Mapping[str, str]) -> tuple[ExportQuery, Asked]:
    """
    Read the query of a list, its names in lower case; an empty value is one that is not there.

    Raises
    ------
    Problem
        422 that names every parameter that is wrong.
    """
    check = _check("Cannot retrieve export.")
    given = {name: value for name, value in query.items() if value}
    page = _page(given, check)
    model_id = _model_id(given["imodelid"], check) if "imodelid" in given else None
    asked = Asked(
        export_type=given.get("exporttype", ""),
        changeset_id=_changeset_id(given.get("changesetid", ""), check),
    )
    wanted = ExportQuery(
        model_id=model_id,
        changeset_id=asked.changeset_id.lower(),
        type=_type_of(asked.export_type, check, {**words.TYPES, **words.UNBUILT}) if asked.export_type else None,
        order=_order(given.get("$orderby", ""), check),
        skip=page.skip,
        top=page.top,
    )
    check.done()
    return wanted, asked


def parse_start(body: Mapping[str, Any]) -> tuple[ModelExportRequest, Asked]:
    """
    Read the body of a start; what is null or empty is what is not there.

    Raises
    ------
    Problem
        422 that names every field that is wrong.
    """
    check = _check(CANNOT_START)
    model_id = _model_id(body.get("iModelId"), check)
    asked = Asked(
        export_type=_text(body, "exportType", check),
        changeset_id=_changeset_id(_text(body, "changesetId", check), check),
    )
    type_ = _type_of(asked.export_type, check, words.TYPES) if asked.export_type else words.TILES
    sent, tiles = parse_options(body, check, bentley=type_ == words.IMODEL)
    check.done()
    return _request(model_id, asked.changeset_id.lower(), type_, sent=sent, tiles=tiles), asked


def automatic(query: ExportQuery) -> ModelExportRequest | None:
    """Return the export that a list may start if there is none; None where it asks for none in particular."""
    type_ = query.type or words.TILES
    if query.model_id is None or query.skip or type_ not in words.TYPES.values():
        return None
    tiles = TileOptions(bentley=type_ == words.IMODEL)
    return _request(query.model_id, query.changeset_id, type_, sent={}, tiles=tiles)


def asked_type(query: Mapping[str, str], export: ModelExport) -> Asked:
    """Return the spelling of the type that who gets one export has added to the address, if it is the export's."""
    sent = query.get("exporttype", "")
    return Asked(export_type=sent if sent.lower() == export.type.lower() else "")


def deletable_id(text: str) -> str:
    """Return the id of an export to delete, or raise the 422 that the reference has for what is none."""
    found = id_of(text)
    if found is None:
        raise undeletable("It is no id.")
    return found


def undeletable(reason: str) -> Problem:
    """Return the answer to who would delete what cannot be."""
    check = _check(_CANNOT_DELETE)
    check.note(words.INVALID, f"id is invalid. {reason}", "id")
    return check.problem()


def minimal_json(export: ModelExport) -> Body:
    """Return an export as a list shows it to who does not prefer more."""
    return {
        "id": export.id,
        "displayName": export.model_name,
        "status": words.STATUS[export.state],
        "lastModified": iso(export.modified_at),
    }


def export_json(export: ModelExport, asked: Asked, *, href: Callable[[ModelExport], str]) -> Body:
    """Return an export in full, also to who starts it; `href` is asked for the files of one that is complete."""
    body = minimal_json(export) | {"request": _asked_json(export, asked)}
    if export.error is not None:
        body["error"] = export.error
    if export.state is State.SUCCEEDED:
        body["_links"] = {"mesh": {"href": href(export)}}
    return body


def iso(time_ms: int) -> str:
    """Return a time as the API writes it: ISO 8601, seconds, `Z`; always as wide, for a client sorts it as text."""
    return datetime.fromtimestamp(time_ms // 1000, UTC).isoformat().replace("+00:00", "Z")


def _asked_json(export: ModelExport, asked: Asked) -> Body:
    return {
        "iModelId": export.model_id,
        "changesetId": asked.changeset_id or (export.changeset_id if export.version_index else ""),
        "contextId": export.project_id,
        "exportType": asked.export_type or export.type,
        **export.options,
    }


def _request(
    model_id: str, changeset_id: str, type_: str, *, sent: Mapping[str, Any], tiles: TileOptions
) -> ModelExportRequest:
    target = Target.GLTF if type_ == words.GLTF else Target.TILES
    return ModelExportRequest(
        model_id=model_id, changeset_id=changeset_id, type=type_, target=target, options=sent, tiles=tiles
    )


def _check(message: str) -> Check:
    return Check(Area.MESH_EXPORT, message, invalid=words.INVALID)


def _refuse(check: Check, target: str) -> None:
    """Note a wrong value in the words of the reference."""
    check.note(words.INVALID, f"{target} is invalid.", target)


def _text(body: Mapping[str, Any], name: str, check: Check) -> str:
    """Return a field that is text; empty where it is not there."""
    value = body.get(name)
    if value is None or isinstance(value, str):
        return value or ""
    _refuse(check, name)
    return ""


def _model_id(value: Any, check: Check) -> str:
    """Return the id of a model; a client that lost its own sends `undefined`."""
    found = id_of(value) if isinstance(value, str) else None
    if found is None:
        _refuse(check, "iModelId")
    return found or ""


def _changeset_id(text: str, check: Check) -> str:
    if text and not _CHANGESET.fullmatch(text):
        _refuse(check, "changesetId")
        return ""
    return text


def _type_of(text: str, check: Check, known: Mapping[str, str]) -> str:
    """Return the reference's spelling of a type."""
    found = known.get(text.lower())
    if found is None:
        built = ", ".join(words.TYPES.values())
        check.note(words.INVALID, f"exportType is invalid: this server makes {built}.", "exportType")
    return found or ""


def _order(text: str, check: Check) -> Order:
    found = _ORDERS.get(text.lower())
    if found is None:
        check.note(words.INVALID, "$orderBy must be date:asc or date:desc.", "$orderBy")
    return found or Order.NEWEST_VERSION


def _page(given: Mapping[str, str], check: Check) -> Page:
    """Read `$top` and `$skip`; the reference has a sentence of its own for a page that is too large."""
    top = given.get("$top", "")
    if _WHOLE.fullmatch(top) and int(top) > MOST_TOP:
        check.note(words.INVALID, f"$top must be lower or equal to {MOST_TOP}.", "$top")
        given = {**given, "$top": ""}
    return parse_page(dict(given), check)
