"""What the iModels API is asked: bodies and queries (specs/itwin-models.md, sections 3 and 4)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from outfeed.dialects.itwin.checks import Check, id_of
from outfeed.dialects.itwin.constants import Area
from outfeed.dialects.itwin.paging import Page, parse_page
from outfeed.http.bodies import Params
from outfeed.library.models import ModelFilter, ModelState, VersionFilter
from outfeed.library.named_versions import NameFilter, Shown

#: States of a model in the API's words.
STATES: Final = {ModelState.READY: "initialized", ModelState.WAITING: "notInitialized"}

CREATE: Final = "Cannot create iModel."
UPDATE: Final = "Cannot update iModel."
LIST: Final = "Cannot get iModels."
CREATE_NAME: Final = "Cannot create Named Version."
UPDATE_NAME: Final = "Cannot update Named Version."

#: Ways to make a model. Some clients name none and send `baselineFile` all the same.
_MODES: Final = ("empty", "fromBaseline", "fromiModelVersion")
_OF_CHANGESETS: Final = "Cannot get Changesets."
_OF_NAMES: Final = "Cannot get Named Versions."
#: How the id of an object begins; its bucket, a slash and its name follow.
_OBJECT: Final = "urn:adsk.objects:os.object:"
_CORNERS: Final = ("southWest", "northEast")
#: Largest index of a version.
_LAST: Final = 2**31 - 1


@dataclass(frozen=True, kw_only=True, slots=True)
class NewModel:
    """An iModel to make."""

    project_id: str
    name: str
    #: Of the file that follows, in bytes; None: none does.
    size: int | None = None
    #: Bucket and name of the object that it begins with; None: with none.
    source: tuple[str, str] | None = None
    #: `description` and `extent`.
    more: dict[str, Any] = field(default_factory=dict)


def parse_new(params: Params, *, max_bytes: int) -> NewModel:
    """Return an iModel to make, whose file has at most `max_bytes`, or raise a `Problem` that tells all mistakes."""
    check = Check(Area.IMODELS, CREATE)
    sent = params.get("iTwinId") or params.get("projectId")
    project_id = id_of(sent) if isinstance(sent, str) else None
    if not sent:
        check.note("MissingRequiredProperty", "Required property is missing.", "iTwinId")
    elif project_id is None:
        check.wrong("iTwinId", sent)
    name = check.name(params, "name", required=True)
    more = {"description": check.text(params, "description") or None, "extent": _extent(params, check)}
    begins = _beginning(params, check, max_bytes)
    check.done()
    return NewModel(project_id=project_id or "", name=name or "", more=more, **begins)


def parse_changes(params: Params) -> dict[str, Any]:
    """Return fields of an iModel to change, in the library's words."""
    check = Check(Area.IMODELS, UPDATE)
    found: dict[str, Any] = {}
    if "name" in params:
        found["name"] = check.name(params, "name", required=True)
    if "description" in params:
        found["description"] = check.text(params, "description") or None
    if "extent" in params:
        found["extent"] = _extent(params, check)
    check.done()
    return found


def parse_list(query: Mapping[str, str]) -> tuple[str, ModelFilter, Page]:
    """Return the iTwin whose iModels a list asks for, which of them, and which page."""
    check = Check(Area.IMODELS, LIST)
    sent = query.get("itwinid") or query.get("projectid") or ""
    project_id = id_of(sent)
    if not sent:
        check.note("MissingRequiredParameter", "Required parameter is missing.", "iTwinId")
    elif project_id is None:
        check.wrong("iTwinId", sent)
    page = parse_page(query, check)
    state = check.word(query, "state", STATES.values())
    wanted = ModelFilter(
        name=query.get("name") or None,
        search=query.get("$search") or None,
        state=next((ours.value for ours, word in STATES.items() if word == state), None),
        order=tuple(_ordered(check, query, {"name": "name", "createdDateTime": "created_at"})),
        skip=page.skip,
        top=page.top,
    )
    check.done()
    return project_id or "", wanted, page


def parse_changesets(query: Mapping[str, str]) -> tuple[VersionFilter, Page]:
    """Return which changesets a list asks for, and which page."""
    check = Check(Area.IMODELS, _OF_CHANGESETS)
    page = parse_page(query, check)
    after = check.whole(_spelt(query, "afterIndex"), "afterIndex", default=0, least=0, most=_LAST)
    last = check.whole(_spelt(query, "lastIndex"), "lastIndex", default=_LAST, least=0, most=_LAST)
    order = check.order(query, ["index"])
    check.done()
    newest_first = bool(order) and order[0][1]
    return VersionFilter(after=after, last=last, newest_first=newest_first, skip=page.skip, top=page.top), page


def parse_names(query: Mapping[str, str]) -> tuple[NameFilter, Page]:
    """Return which named versions a list asks for, and which page; those of the newest changesets come first."""
    check = Check(Area.IMODELS, _OF_NAMES)
    page = parse_page(query, check)
    order = _ordered(check, query, {"changesetIndex": "index", "createdDateTime": "created_at"})
    wanted = NameFilter(
        name=query.get("name") or None,
        search=query.get("$search") or None,
        state=check.word(query, "state", Shown),
        order=tuple(order or [("index", True)]),
        skip=page.skip,
        top=page.top,
    )
    check.done()
    return wanted, page


def parse_new_name(params: Params) -> tuple[str, str | None, str]:
    """Return name, description and changeset of a version to name; no changeset is the baseline."""
    check = Check(Area.IMODELS, CREATE_NAME)
    name, description = check.name(params, "name", required=True), check.text(params, "description")
    changeset = check.text(params, "changesetId")
    check.done()
    return name or "", description or None, changeset or ""


def parse_name_changes(params: Params) -> dict[str, Any]:
    """Return fields of a named version to change, in the library's words."""
    check = Check(Area.IMODELS, UPDATE_NAME)
    found: dict[str, Any] = {}
    if "name" in params:
        found["name"] = check.name(params, "name", required=True)
    if "description" in params:
        found["description"] = check.text(params, "description") or None
    state = check.word(params, "state", Shown)
    check.done()
    return found | ({"state": Shown(state)} if state else {})


def _beginning(params: Params, check: Check, max_bytes: int) -> dict[str, Any]:
    """Return what a new iModel begins with, in the words of `NewModel`; nothing if it is empty."""
    mode = check.word(params, "creationMode", _MODES)
    if params.get("template") is not None or mode == "fromiModelVersion":
        check.wrong("template" if params.get("template") is not None else "creationMode", "fromiModelVersion")
    baseline = params.get("baselineFile")
    if baseline is None:
        if mode == "fromBaseline":
            check.note("MissingRequiredProperty", "Required property is missing.", "baselineFile")
        return {}
    if mode == "empty":
        text = "An empty iModel has no baseline file."
        check.note("MutuallyExclusivePropertiesProvided", text, "baselineFile")
    file = baseline if isinstance(baseline, dict) else {}
    return _object(file["urn"], check) if "urn" in file else _size(file.get("size"), check, max_bytes)


def _size(size: object, check: Check, max_bytes: int) -> dict[str, Any]:
    if isinstance(size, bool) or not isinstance(size, int) or not 1 <= size <= max_bytes:
        check.wrong("baselineFile", size)
    return {"size": size}


def _object(urn: object, check: Check) -> dict[str, Any]:
    """Return the bucket and the name in the id of an object of our object storage."""
    path = urn.removeprefix(_OBJECT) if isinstance(urn, str) and urn.startswith(_OBJECT) else ""
    bucket, _, name = path.partition("/")
    if not bucket or not name:
        check.wrong("baselineFile", urn)
    return {"source": (bucket, name)}


def _extent(params: Params, check: Check) -> dict[str, dict[str, float]] | None:
    """Return the corners in degrees: both whole, or none."""
    sent = params.get("extent")
    if sent is None:
        return None
    corners = [sent.get(name) if isinstance(sent, dict) else None for name in _CORNERS]
    found = {}
    for name, corner in zip(_CORNERS, corners, strict=True):
        degrees = corner if isinstance(corner, dict) else {}
        latitude = check.number(degrees, "latitude", most=90)
        longitude = check.number(degrees, "longitude", most=180)
        if latitude is None or longitude is None:
            check.wrong("extent", corner)
            return None
        found[name] = {"latitude": latitude, "longitude": longitude}
    return found


def _ordered(check: Check, query: Mapping[str, str], names: Mapping[str, str]) -> list[tuple[str, bool]]:
    """Return what to sort by in the library's words."""
    return [(names[name], last_first) for name, last_first in check.order(query, names)]


def _spelt(query: Mapping[str, str], name: str) -> dict[str, str]:
    """Return a parameter under its name as clients know it."""
    return {name: query.get(name.lower(), "")}
