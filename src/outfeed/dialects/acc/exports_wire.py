"""Bodies of exports, both ways, by pure functions (specs/bim360.md, section 6)."""

import re
from dataclasses import dataclass
from typing import Any, Final

from outfeed.dialects.acc.errors import Title, error_json, failure_of
from outfeed.dialects.autodesk.fields import flag_of, group_of, texts_of
from outfeed.dialects.autodesk.names import VersionName, parse_id, parse_version, version_urn
from outfeed.errors import InvalidField
from outfeed.exports.sheet_requests import LONGEST_NAME, MOST_FILES, MOST_SHEETS, FailedVersion, MarkupChoice
from outfeed.exports.sheets import SheetExport
from outfeed.http.bodies import Params
from outfeed.jobs.states import LIVE, State
from outfeed.names import is_name

#: What an export is until it has ended.
PROCESSING: Final = "processing"
#: Markups of things that this server does not have: read, and without effect.
_WITHOUT_EFFECT: Final = ("issueMarkups", "photoMarkups", "assetMarkups")
#: Some clients send the end of the name, which the result gets by itself.
_SUFFIX: Final = re.compile(r"\.(pdf|zip)$", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """How the result shall be."""

    markups: MarkupChoice
    #: Without its end; None: the server finds one.
    file_name: str | None


def parse_files(params: Params) -> tuple[list[VersionName], Options]:
    """
    Read the body of a start in the files module.

    Raises
    ------
    NotFound
        If a version's name is none.
    MissingField, InvalidField
        If there are no versions or too many, or an option is of another type.
    """
    names = texts_of(params, "fileVersions", most=MOST_FILES)
    return [parse_version(name) for name in names], _options(params)


def parse_sheets(params: Params) -> tuple[list[str], Options]:
    """Read the body of a start in the sheets module; raise as `parse_files` does."""
    ids = texts_of(params, "sheets", most=MOST_SHEETS)
    return [parse_id(sheet, "Sheet") for sheet in ids], _options(params)


def started_json(export: SheetExport) -> dict[str, str]:
    """Return the answer to a start: whoever starts an export asks for it afterwards, however it stands."""
    return {"id": export.id, "status": PROCESSING}


def export_json(export: SheetExport, signed_url: str) -> dict[str, Any]:
    """Return an export; the address counts once it is done."""
    if export.state in LIVE:
        return {"id": export.id, "status": PROCESSING}
    if export.state is not State.SUCCEEDED:
        return {"id": export.id, "status": "failed", "result": {"error": _error_json(export)}}
    output: dict[str, Any] = {"signedUrl": signed_url}
    if export.warnings:
        output["warnings"] = [dict(warning) for warning in export.warnings]
    if not export.failed:
        return {"id": export.id, "status": "successful", "result": {"output": output}}
    output["failedFiles"] = [_failed_json(one) for one in export.failed]
    # The reference's table has these under `output`, its example has them beside it: clients read either.
    return {"id": export.id, "status": "partialSuccess", "result": {"output": output, **output}}


def _options(params: Params) -> Options:
    options = group_of(params, "options")
    standard = group_of(options, "standardMarkups")
    published = flag_of(standard, "includePublishedMarkups", default=True)
    unpublished = flag_of(standard, "includeUnpublishedMarkups", default=True)
    links = flag_of(standard, "includeMarkupLinks", default=False)
    for name in _WITHOUT_EFFECT:
        group = group_of(options, name)
        for flag in ("includePublishedMarkups", "includeUnpublishedMarkups"):
            flag_of(group, flag, default=False)
    choice = MarkupChoice(published=published, unpublished=unpublished, links=links and (published or unpublished))
    return Options(markups=choice, file_name=_file_name(options))


def _file_name(options: Params) -> str | None:
    value = options.get("outputFileName")
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise InvalidField("outputFileName is text.")
    name = _SUFFIX.sub("", value.strip())
    if not is_name(name, longest=LONGEST_NAME):
        raise InvalidField(f"outputFileName has 1 to {LONGEST_NAME} printable characters.")
    return name


def _error_json(export: SheetExport) -> dict[str, str]:
    status, title = failure_of(export.error_code)
    return error_json(status, title, export.error or "The export ended without a result.")


def _failed_json(failed: FailedVersion) -> dict[str, str]:
    _, title = failure_of(failed.code)
    reason = Title.NOT_PROCESSABLE if title is Title.INTERNAL else title
    return {"id": version_urn(failed.model_id, failed.index), "reason": reason.value, "detail": failed.why}
