"""Bodies and names of page exports, both ways, by pure functions (specs/bim360.md, sections 1.2 and 1.3)."""

import inspect
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from outfeed.dialects.autodesk.fields import flag_of
from outfeed.dialects.autodesk.names import VersionName, parse_version
from outfeed.dialects.bim360.errors import error_json
from outfeed.errors import by_code
from outfeed.exports.sheets import SheetExport
from outfeed.http.bodies import Params
from outfeed.jobs.states import State

#: There is no word for work that goes on.
STATUS: Final = {
    State.QUEUED: "committed",
    State.RUNNING: "committed",
    State.SUCCEEDED: "completed",
    State.FAILED: "failed",
    State.CANCELLED: "failed",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """What of a sheet comes with its page."""

    markups: bool
    hyperlinks: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Download:
    """Where the page of a finished export is."""

    #: The version's name as Model Derivative has it: base64url without padding.
    version_urn: str
    resource_id: str
    #: Needs a token.
    link: str
    #: Needs none, and stops working.
    signed_url: str


def parse_start(params: Params) -> Choice:
    """
    Read the body of a start: what is not said is left out of the page.

    Older clients call links `includeCallouts`; their `urlType` and `baseUrl` mean nothing here.

    Raises
    ------
    InvalidField
        If a flag is neither true nor false.
    """
    callouts = flag_of(params, "includeCallouts", default=False)
    return Choice(
        markups=flag_of(params, "includeMarkups", default=False),
        hyperlinks=flag_of(params, "includeHyperlinks", default=callouts),
    )


def version_of(segment: str, number: str) -> VersionName:
    """Return the version of an address; without `?version=` in it, its `number` stands in the query."""
    return parse_version(segment if "?" in segment or not number else f"{segment}?version={number}")


def split_number(query: str) -> tuple[str, str]:
    """
    Return the number of a version and the rest of the path, of the value of `version` in a query.

    A client that does not encode `…?version=1/exports/<id>` moves the end of the path there.
    """
    number, _, rest = query.partition("/")
    return number, rest


def link_path(version_urn: str, resource_id: str) -> str:
    """Return the path that a page is downloaded from with a token."""
    return f"/modelderivative/v2/designdata/{version_urn}/manifest/{quote(resource_id, safe='')}"


def export_json(export: SheetExport, download: Download | None) -> dict[str, Any]:
    """Return an export; `download` counts once it is complete, and `warnings` are there if the page lacks something."""
    body: dict[str, Any] = {"id": export.id, "status": STATUS[export.state]}
    if export.state is State.SUCCEEDED and download:
        body["data"] = {
            "versionUrn": download.version_urn,
            "resourceId": download.resource_id,
            "link": download.link,
            "signedUrl": download.signed_url,
        }
    if body["status"] == "failed":
        body["error"] = _error_json(export)
    if export.warnings:
        body["warnings"] = [dict(warning) for warning in export.warnings]
    return body


def _error_json(export: SheetExport) -> dict[str, str]:
    kind = by_code(export.error_code or "")
    title = inspect.cleandoc(kind.__doc__ or "").splitlines()[0]
    return error_json(kind.code, title, export.error or title)
