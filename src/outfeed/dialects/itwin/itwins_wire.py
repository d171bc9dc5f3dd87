"""The words of the iTwins API, in and out (specs/itwin-models.md, section 2)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from outfeed.dialects.itwin.checks import Check, id_of
from outfeed.dialects.itwin.constants import Area
from outfeed.dialects.itwin.dates import stamp
from outfeed.dialects.itwin.errors import Detail, Problem
from outfeed.dialects.itwin.paging import Page, parse_page
from outfeed.errors import ProjectExists
from outfeed.http.bodies import Params
from outfeed.library.projects import ProjectFilter, ProjectRecord, Status

#: The account that all iTwins of a server are in.
ACCOUNT_ID: Final = "3f0e1f1c-6f75-5a36-8ab8-0f3c1b6e9d51"

CLASSES: Final = ("Endeavor", "Thing")
SUB_CLASSES: Final = ("Project", "Program", "WorkPackage", "Asset", "Portfolio")
#: Where all data is, as the platform calls its first data center.
DATA_CENTER: Final = "East US"

#: Fields that are kept as they are sent: text with the most characters that it may have. A list repeats all of them
#: up to a thousand times, so a picture has to be a small one.
_TEXTS: Final = {
    "type": 255,
    "geographicLocation": 255,
    "ianaTimeZone": 255,
    "dataCenterLocation": 255,
    "imageName": 255,
    "image": 32_768,
}
#: Numbers with the most that they may be, either side of nought.
_NUMBERS: Final = {"latitude": 90, "longitude": 180}
#: Names that lists are sorted by, and what the library calls them.
_ORDERS: Final = {
    "displayName": "name",
    "number": "number",
    "subClass": "sub_class",
    "status": "status",
    "createdDateTime": "created_at",
    "lastModifiedDateTime": "modified_at",
}
#: Filters that `$search` already is.
_NOT_WITH_SEARCH: Final = ("number", "displayname")
#: Most of one answer, whatever `$top` says, and what it is if the client says nothing.
MAX_RETURN: Final = 10_000
DEFAULT_RETURN: Final = 1000


def parse_new(params: Params) -> dict[str, Any]:
    """Return the fields of an iTwin to make, in the library's words, or raise a `Problem` that tells all mistakes."""
    check = Check(Area.ITWINS, "Cannot create iTwin.")
    found = _fields(params, check, required=True)
    check.done()
    return found


def parse_changes(params: Params) -> dict[str, Any]:
    """Return the fields of an iTwin to change, in the library's words."""
    check = Check(Area.ITWINS, "Cannot update iTwin.")
    found = _fields(params, check, required=False)
    check.done()
    return found


def _fields(params: Params, check: Check, *, required: bool) -> dict[str, Any]:
    """Return what is there, and note what is wrong; a field of `given` that is null or empty does not count."""
    status = check.word(params, "status", Status)
    given = {
        "class_name": check.word(params, "class", CLASSES, required=required),
        "sub_class": check.word(params, "subClass", SUB_CLASSES, required=required),
        "name": check.name(params, "displayName", required=required),
        "number": check.text(params, "number"),
        "status": Status(status) if status else None,
    }
    details: dict[str, Any] = {
        name: check.text(params, name, longest=longest) for name, longest in _TEXTS.items() if name in params
    }
    details |= {name: check.number(params, name, most=most) for name, most in _NUMBERS.items() if name in params}
    if "parentId" in params:
        details["parentId"] = _parent(params["parentId"], check)
    return {name: value for name, value in given.items() if value} | ({"details": details} if details else {})


def _parent(value: object, check: Check) -> str | None:
    if value is None or value == "":
        return None
    parent = id_of(value) if isinstance(value, str) else None
    if parent is None:
        check.wrong("parentId", value)
    return parent


def parse_filter(query: Mapping[str, str], max_return: str | None) -> tuple[ProjectFilter, Page]:
    """Return which iTwins a list asks for, and which page of them, or raise a `Problem` that tells all mistakes."""
    check = Check(Area.ITWINS, "Cannot get iTwins.")
    page = parse_page(query, check)
    most = check.whole(
        {"X-Max-Return": max_return or ""}, "X-Max-Return", default=DEFAULT_RETURN, least=1, most=MAX_RETURN
    )
    page = replace(page, top=min(page.top, most))
    _check_together(query, check)
    found = ProjectFilter(
        sub_classes=tuple(_sub_classes(query.get("subclass", ""), check)),
        status=check.word(_named(query, "status"), "status", Status),
        include_inactive=_is_true(query, check, "includeInactive"),
        type=query.get("type") or None,
        parent_id=_lower(query.get("parentid")),
        number=query.get("number") or None,
        name=query.get("displayname") or None,
        search=query.get("$search") or None,
        order=tuple((_ORDERS[name], last_first) for name, last_first in check.order(query, _ORDERS)),
        skip=page.skip,
        top=page.top,
    )
    check.done()
    return found, page


def is_of_account(query: Mapping[str, str]) -> bool:
    """Tell whether a list asks for iTwins of the one account that there is."""
    return _lower(query.get("itwinaccountid")) in {None, ACCOUNT_ID}


def _check_together(query: Mapping[str, str], check: Check) -> None:
    """Note parameters that cannot stand together, or are not served."""
    if query.get("$filter"):
        check.wrong("$filter", query["$filter"])
    if query.get("status") and query.get("includeinactive"):
        check.wrong("includeInactive", query["includeinactive"])
    if query.get("$search") and any(query.get(name) for name in _NOT_WITH_SEARCH):
        check.wrong("$search", query["$search"])


def _sub_classes(text: str, check: Check) -> list[str]:
    known = {name.lower(): name for name in (*SUB_CLASSES, "Account")}
    words = [word.strip() for word in text.split(",") if word.strip()]
    for word in words:
        if word.lower() not in known:
            check.wrong("subClass", word)
    return [known[word.lower()] for word in words if word.lower() in known]


def _named(query: Mapping[str, str], name: str) -> dict[str, str]:
    """Return a parameter under its name as clients know it."""
    return {name: query[name.lower()]} if name.lower() in query else {}


def _is_true(query: Mapping[str, str], check: Check, name: str) -> bool:
    return check.word(_named(query, name), name, ("true", "false")) == "true"


def _lower(text: str | None) -> str | None:
    return text.lower() if text else None


def exists(error: ProjectExists) -> Problem:
    """Return the 409 of a name or a number that is taken."""
    target = {"name": "displayName", "number": "number"}[error.field]
    detail = Detail("InvalidValue", f"An iTwin with the same '{target}' already exists.", target)
    return Problem(409, "iTwinExists", "iTwin already exists.", [detail])


def itwin_json(project: ProjectRecord, *, full: bool = True) -> dict[str, Any]:
    """Return an iTwin, whole or as lists have it."""
    short = {
        "id": project.id,
        "class": project.class_name,
        "subClass": project.sub_class,
        "type": project.details.get("type"),
        "number": project.number,
        "displayName": project.name,
    }
    return short | _more(project) if full else short


def _more(project: ProjectRecord) -> dict[str, Any]:
    details = project.details
    return {
        **{name: details.get(name) for name in ("geographicLocation", "latitude", "longitude", "ianaTimeZone")},
        "dataCenterLocation": details.get("dataCenterLocation") or DATA_CENTER,
        "status": project.status.value,
        "parentId": details.get("parentId"),
        "iTwinAccountId": ACCOUNT_ID,
        "imageName": details.get("imageName"),
        "image": details.get("image"),
        "createdDateTime": stamp(project.created_at),
        "createdBy": project.created_by,
        "lastModifiedDateTime": stamp(project.modified_at),
        "lastModifiedBy": project.modified_by,
    }


def account_json() -> dict[str, Any]:
    """Return the account that all iTwins of this server are in."""
    return {
        "id": ACCOUNT_ID,
        "class": "Account",
        "subClass": "Account",
        "type": None,
        "number": ACCOUNT_ID,
        "displayName": "Outfeed",
        "status": Status.ACTIVE.value,
        "parentId": None,
        "iTwinAccountId": None,
        "dataCenterLocation": DATA_CENTER,
    }
