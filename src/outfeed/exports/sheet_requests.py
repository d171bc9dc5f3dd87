"""What an export of sheets is asked for: which sheets, which of their markups, and what its job is told to do."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Final, TypeAlias

import sqlalchemy as sa

from outfeed.errors import DrawingTooLarge, FormatUnknown, InvalidField, NotMeaningful
from outfeed.exports.request import sheet_export_key
from outfeed.identity.caller import Caller
from outfeed.library.items import ItemVersion
from outfeed.library.markup_queries import Mark, marks, texts
from outfeed.names import is_name
from outfeed.sheets.model import PageOptions
from outfeed.sheets.plans.options import PlanOptions
from outfeed.sheets.registry import SHEET_READERS, sheet_reader_for

#: Files of one export, sheets of one export, and bytes of all files (specs/bim360.md, section 6).
MOST_FILES: Final = 200
MOST_SHEETS: Final = 1_000
MOST_BYTES: Final = 10 * 1000**3
#: Bytes of all markups of one export, as they are stored.
MOST_MARKUP_BYTES: Final = 64 << 20
#: Characters of the name that a client gives a file.
LONGEST_NAME: Final = 255
#: Ends of the names of drawings that the vendor's service reads and this one does not.
UNREAD: Final = (".rvt", ".dwf", ".dwfx")

#: A version, by its model and its index from 0.
VersionName: TypeAlias = tuple[str, int]


class SheetExportKind(StrEnum):
    """What is exported."""

    #: One page of a drawing, as a PDF.
    PAGE = "page"
    #: Whole files: one PDF, or a ZIP.
    FILES = "files"
    #: Sheets, joined to one PDF.
    SHEETS = "sheets"


@dataclass(frozen=True, kw_only=True, slots=True)
class MarkupChoice:
    """Which markups are drawn."""

    #: Those that everybody sees.
    published: bool
    #: Those that only who asks sees.
    unpublished: bool
    #: Whether links of markups stay links.
    links: bool = False

    @property
    def any(self) -> bool:
        """Whether there are any."""
        return self.published or self.unpublished


@dataclass(frozen=True, kw_only=True, slots=True)
class FailedVersion:
    """A version that could not take part in an export."""

    model_id: str
    index: int
    #: As an error has it.
    code: str
    why: str


@dataclass(frozen=True, kw_only=True, slots=True)
class SheetRequest:
    """What an export's job reads and does, and what its row says."""

    #: Those that take part, in the order of the rows of `options`.
    items: Sequence[ItemVersion]
    #: Names of files in the child's folder, and their digests.
    inputs: Mapping[str, str]
    options: Mapping[str, Any]
    file_name: str
    #: What is drawn on each of the items.
    marks: Sequence[Sequence[Mark]]
    choice: MarkupChoice
    #: Of one page.
    version_id: str | None = None
    #: What takes no part, and all that was asked for.
    failed: Sequence[FailedVersion] = ()
    versions: Sequence[VersionName] = ()

    @property
    def key(self) -> str:
        """What two exports share that ask for the same file; of a markup its id and its last change are enough."""
        drawn = [[tuple(mark) for mark in of_item] for of_item in self.marks]
        return sheet_export_key(inputs=dict(self.inputs), version=self.version_id, marks=drawn, **self.options)


def page_request(
    connection: sa.Connection, caller: Caller, item: ItemVersion, *, markups: bool, hyperlinks: bool
) -> SheetRequest:
    """Return the request for one page; with markups, those that the caller sees; `NotMeaningful` if it is a file."""
    if item.page is None:
        raise NotMeaningful("It is a file: its pages are exported, each a version of its own.")
    choice = MarkupChoice(published=markups, unpublished=markups)
    inputs, places = _inputs([item])
    return SheetRequest(
        items=[item],
        inputs=inputs,
        options={
            "kind": SheetExportKind.PAGE.value,
            "sheets": [_sheet(item, places[0])],
            "options": asdict(PageOptions(markups=markups, hyperlinks=hyperlinks)),
        },
        file_name=item.version.file_name,
        marks=[_marks(connection, caller, item, choice)],
        choice=choice,
        version_id=item.version.id,
    )


def files_request(
    connection: sa.Connection,
    caller: Caller,
    items: Sequence[ItemVersion],
    choice: MarkupChoice,
    *,
    file_name: str | None,
    plans: PlanOptions,
) -> SheetRequest:
    """Return the request for whole files; raise as `SheetExports.start_files` does."""
    if sum(item.version.size for item in items) > MOST_BYTES:
        raise DrawingTooLarge(f"The files have more than {MOST_BYTES} bytes in all.")
    for item in items:
        _check_is_drawing(item)
    read = [item for item in items if item.version.format in SHEET_READERS]
    inputs, places = _inputs(read)
    return SheetRequest(
        items=read,
        inputs=inputs,
        options={
            "kind": SheetExportKind.FILES.value,
            "plans": asdict(plans),
            "files": [_file(item, place) for item, place in zip(read, places, strict=True)],
            "options": asdict(_page_options(choice)),
        },
        file_name=_artifact_name(file_name, items, suffix=".pdf" if _is_one_pdf(read) else ".zip"),
        marks=[_marks(connection, caller, item, choice) for item in read],
        choice=choice,
        failed=[_unread(item) for item in items if item.version.format not in SHEET_READERS],
        versions=[(item.model.id, item.version.index) for item in items],
    )


def sheets_request(
    connection: sa.Connection,
    caller: Caller,
    items: Sequence[ItemVersion],
    choice: MarkupChoice,
    *,
    file_name: str | None,
) -> SheetRequest:
    """Return the request for sheets that are joined; raise as `SheetExports.start_sheets` does."""
    inputs, places = _inputs(items)
    name = _artifact_name(file_name, items, suffix=".pdf")
    return SheetRequest(
        items=items,
        inputs=inputs,
        options={
            "kind": SheetExportKind.SHEETS.value,
            "title": name.removesuffix(".pdf"),
            "sheets": [_sheet(item, place) for item, place in zip(items, places, strict=True)],
            "options": asdict(_page_options(choice)),
        },
        file_name=name,
        marks=[_marks(connection, caller, item, choice) for item in items],
        choice=choice,
    )


def check_number(asked: Sequence[Any], most: int, what: str) -> None:
    """Raise `InvalidField` unless there is something, and not too much of it."""
    if not 1 <= len(asked) <= most:
        raise InvalidField(f"An export has 1 to {most} {what}.")


def drawn_json(connection: sa.Connection, caller: Caller, request: SheetRequest) -> tuple[list[list[Mark]], str]:
    """
    Return what is drawn on the items of a request now, and JSON of it: of each item pairs of page and markup.

    Raises
    ------
    DrawingTooLarge
        If it has more than `MOST_MARKUP_BYTES` bytes.
    """
    found: list[list[Mark]] = []
    pieces: list[str] = []
    size = 0
    for item in request.items:
        of_item: list[str] = []
        found.append([])
        for mark, text in texts(connection, item.version.id, **_seen_by(caller, request.choice)):
            found[-1].append(mark)
            of_item.append(f"[{mark.page},{text}]")
            size += len(text)
            if size > MOST_MARKUP_BYTES:
                raise DrawingTooLarge(f"The markups have more than {MOST_MARKUP_BYTES} bytes in all.")
        pieces.append(f"[{','.join(of_item)}]")
    return found, f"[{','.join(pieces)}]"


def _marks(connection: sa.Connection, caller: Caller, item: ItemVersion, choice: MarkupChoice) -> list[Mark]:
    return marks(connection, item.version.id, **_seen_by(caller, choice)) if choice.any else []


def _seen_by(caller: Caller, choice: MarkupChoice) -> dict[str, Any]:
    return {
        "principal_id": caller.principal_id,
        "published": choice.published,
        "unpublished": choice.unpublished,
    }


def _sheet(item: ItemVersion, place: str) -> dict[str, Any]:
    """Return one sheet to write, as the child reads it."""
    if item.page is None:
        raise NotMeaningful("One of them is a file and no sheet.")
    return {"input": place, "index": item.page.index, "name": item.page.name}


def _file(item: ItemVersion, place: str) -> dict[str, Any]:
    """Return one file to write, as the child reads it; of a sheet only its page."""
    return {
        "input": place,
        "format": item.version.format,
        "name": item.version.file_name,
        "page": item.page.index if item.page else None,
    }


def _inputs(items: Sequence[ItemVersion]) -> tuple[dict[str, str], list[str]]:
    """Return the inputs of a job, each file once, and which of them each item is in."""
    names: dict[str, str] = {}
    places = [names.setdefault(item.version.blob, f"pdf-{len(names)}") for item in items]
    return {place: blob for blob, place in names.items()}, places


def _page_options(choice: MarkupChoice) -> PageOptions:
    """Return what of the source is kept: its own markups go where no others are wanted, its links stay."""
    return PageOptions(markups=choice.any, hyperlinks=True, markup_links=choice.links and choice.any)


def _is_one_pdf(items: Sequence[ItemVersion]) -> bool:
    return len(items) == 1 and items[0].version.format == "pdf"


def _check_is_drawing(item: ItemVersion) -> None:
    """Raise `FormatUnknown` for a file that neither this server nor the vendor's takes for a drawing."""
    name = item.version.file_name
    known = item.version.format in SHEET_READERS or sheet_reader_for(name) or name.lower().endswith(UNREAD)
    if not known:
        raise FormatUnknown(f"{name} is no drawing: {', '.join(SHEET_READERS)} are.")


def _unread(item: ItemVersion) -> FailedVersion:
    return FailedVersion(
        model_id=item.model.id,
        index=item.version.index,
        code=FormatUnknown.code,
        why=f"{item.version.file_name} is of a format that is not read here.",
    )


def _artifact_name(given: str | None, items: Sequence[ItemVersion], *, suffix: str) -> str:
    if given is not None and not is_name(given, longest=LONGEST_NAME):
        raise InvalidField(f"The name of the file has 1 to {LONGEST_NAME} printable characters.")
    if given is not None:
        return given + suffix
    name = items[0].version.file_name.rpartition(".")
    return (name[0] or name[2]) + suffix if len(items) == 1 else f"export{suffix}"
