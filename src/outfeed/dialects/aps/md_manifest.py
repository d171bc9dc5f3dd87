"""The manifest: what a source was, or is being, translated into, as clients poll it. Its booleans are strings."""

import uuid
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath
from typing import Any, Final

from outfeed.dialects.aps.md_sources import Source
from outfeed.dialects.autodesk.derivative_files import derivative_path, page_path, resource_id
from outfeed.errors import ChildTimedOut
from outfeed.exports.derivatives import Derivative, DerivativeFormat
from outfeed.exports.sheets import SheetExport
from outfeed.jobs.states import State
from outfeed.library.artifacts import ArtifactFile

Json = dict[str, Any]

#: Our states in the manifest's words; a failure for lack of time has a word of its own.
STATUS: Final = {
    State.QUEUED: "pending",
    State.RUNNING: "inprogress",
    State.SUCCEEDED: "success",
    State.FAILED: "failed",
    State.CANCELLED: "failed",
}
_TIMED_OUT: Final = "timeout"
#: What is said of the whole: the first of these that is said of a part, but for `pending` beside anything else.
_ORDER: Final = ("inprogress", "pending", "failed", _TIMED_OUT, "success")

_COMPLETE: Final = "complete"
_PDF: Final = "application/pdf"
#: What the files of the other formats are called and declared as.
_ROLES: Final = {
    DerivativeFormat.STL: ("STL", "application/octet-stream"),
    DerivativeFormat.OBJ: ("OBJ", "application/octet-stream"),
    DerivativeFormat.GLB: ("GLB", "model/gltf-binary"),
}


def manifest_json(source: Source, derivatives: Sequence[Derivative], pages: Sequence[SheetExport], region: str) -> Json:
    """Return the manifest of a source that has something: derivatives, or exports of it as a page."""
    shown = [_derivative_json(source, one) for one in derivatives]
    if pages:
        shown.append(_pages_json(source, pages))
    shares = [*(_share(one) for one in derivatives), *([1.0] if pages else [])]
    return {
        "type": "manifest",
        "hasThumbnail": _text(any(one["hasThumbnail"] == "true" for one in shown)),
        "status": _whole([one["status"] for one in shown]),
        "progress": _progress(sum(shares) / len(shares)),
        "region": region,
        "urn": source.urn,
        "version": "1.0",
        "derivatives": shown,
    }


def _derivative_json(source: Source, one: Derivative) -> Json:
    made = one.state is State.SUCCEEDED
    messages = list(_messages(one))
    return {
        "name": source.found.file_name,
        "hasThumbnail": _text(made and one.format is DerivativeFormat.THUMBNAIL),
        "status": _status(one),
        "progress": _progress(_share(one)),
        "outputType": one.format.value,
        **({"messages": messages} if messages else {}),
        "children": [_child_json(source, one, file) for file in _in_order(one.files)] if made else [],
    }


def _child_json(source: Source, one: Derivative, file: ArtifactFile) -> Json:
    """Return a file of a derivative."""
    urn = resource_id(derivative_path(source.found.address, one.id, file.path))
    if one.format is DerivativeFormat.THUMBNAIL:
        side = int(PurePosixPath(file.path).stem)
        return _resource(urn, "thumbnail", "image/png", file.name) | {"resolution": [side, side]}
    if one.format is DerivativeFormat.PDF:
        return _resource(urn, "pdf-page", _PDF, _sheet_name(one, file))
    return _resource(urn, *_ROLES[one.format], file.name)


def _pages_json(source: Source, pages: Sequence[SheetExport]) -> Json:
    """Return the exports of a page as one derivative."""
    return {
        "name": source.found.file_name,
        "hasThumbnail": _text(truth=False),
        "status": STATUS[State.SUCCEEDED],
        "progress": _COMPLETE,
        "outputType": DerivativeFormat.PDF.value,
        "children": [
            _resource(resource_id(page_path(source.found.address, one.id, one.job_id)), "pdf-page", _PDF, one.file_name)
            for one in pages
        ],
    }


def _resource(urn: str, role: str, mime: str, name: str) -> Json:
    return {
        "guid": str(uuid.uuid5(uuid.NAMESPACE_URL, urn)),
        "type": "resource",
        "role": role,
        "urn": urn,
        "mime": mime,
        "name": name,
        "status": STATUS[State.SUCCEEDED],
        "progress": _COMPLETE,
        "hasThumbnail": _text(truth=False),
    }


def _in_order(files: Iterable[ArtifactFile]) -> list[ArtifactFile]:
    """Return files called by numbers by those, and each other one by its name."""

    def place(file: ArtifactFile) -> tuple[int, str]:
        stem = PurePosixPath(file.path).stem
        return (int(stem), "") if stem.isdecimal() else (0, file.path)

    return sorted(files, key=place)


def _sheet_name(one: Derivative, file: ArtifactFile) -> str:
    """Return what a sheet is called, whose file is called by its number from 1."""
    sheets: list[Json] = one.facts.get("sheets", [])
    name: str = sheets[int(PurePosixPath(file.path).stem) - 1]["name"]
    return name


def _messages(one: Derivative) -> Iterable[Json]:
    """Yield why it failed, or what the result lacks."""
    if one.error is not None:
        yield {"type": "error", "code": one.error_code, "message": one.error}
    for loss in one.facts.get("lost", []):
        yield {"type": "warning", "code": loss["what"], "message": loss["why"]}


def _status(one: Derivative) -> str:
    return _TIMED_OUT if one.error_code == ChildTimedOut.code else STATUS[one.state]


def _share(one: Derivative) -> float:
    """Return how much is done: all, of what has ended."""
    return one.progress if one.state in {State.QUEUED, State.RUNNING} else 1.0


def _whole(statuses: Sequence[str]) -> str:
    """Return the status of the whole: it is in progress as soon as a part is, or is done while others wait."""
    if "pending" in statuses and set(statuses) != {"pending"}:
        return "inprogress"
    return next(status for status in _ORDER if status in statuses)


def _progress(share: float) -> str:
    return _COMPLETE if share >= 1 else f"{int(100 * share)}% complete"


def _text(truth: bool) -> str:  # noqa: FBT001 - what it is about
    return "true" if truth else "false"
