"""Exports of sheets: ask, get an export, get its file. Dialects call this and nothing below it."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Final, TypeAlias

import sqlalchemy as sa

from outfeed.clock import Clock
from outfeed.database import reading, writing
from outfeed.errors import DrawingTooLarge, FormatUnknown, InvalidField, NotFound, NotMeaningful
from outfeed.exports import sheet_queries as queries
from outfeed.exports.kinds import SHEET_EXPORT
from outfeed.exports.request import sheet_export_key
from outfeed.identity.caller import Caller
from outfeed.jobs.engine import Engine
from outfeed.jobs.runner import spec
from outfeed.jobs.states import State
from outfeed.library.artifacts import ArtifactFile
from outfeed.library.items import ItemVersion, find_item_version, find_item_versions
from outfeed.library.markup_queries import visible_markups
from outfeed.library.projects import find_project
from outfeed.sheets.model import PageOptions, SheetLimits
from outfeed.sheets.plans.options import PlanOptions
from outfeed.sheets.registry import SHEET_READERS, sheet_reader_for

#: Files of one export, sheets of one export, and bytes of all files (specs/bim360.md, section 6).
MOST_FILES: Final = 200
MOST_SHEETS: Final = 1_000
MOST_BYTES: Final = 10 * 1000**3
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
class SheetExport:
    """An export, and how it stands."""

    id: str
    kind: SheetExportKind
    project_id: str
    #: Of an export of one page.
    version_id: str | None
    state: State
    #: Why it failed, for programs and as a sentence; None unless it did.
    error_code: str | None
    error: str | None
    #: What is not in the file, of an export of files.
    failed: tuple[FailedVersion, ...]
    #: Of the artifact, for downloads.
    file_name: str
    #: None until it is there.
    artifact: ArtifactFile | None
    #: What the sheets lack: `{"what", "count", "why"}`.
    warnings: tuple[Mapping[str, Any], ...]
    job_id: str
    created_by: str
    created_at: int
    #: When its job ended; None: it has not.
    finished_at: int | None


class SheetExports:
    """Accepts exports of sheets, and tells how they stand."""

    def __init__(
        self,
        database: sa.Engine,
        jobs: Engine,
        *,
        clock: Clock,
        limits: SheetLimits,
        plans: PlanOptions,
        new_id: Callable[[], str] = lambda: str(uuid.uuid4()),
    ) -> None:
        self._database = database
        self._jobs = jobs
        self._clock = clock
        self._limits = limits
        self._plans = plans
        self._new_id = new_id

    def start_page(
        self, caller: Caller, project_id: str, model_id: str, index: int, *, markups: bool, hyperlinks: bool
    ) -> SheetExport:
        """
        Accept the export of a sheet's version: the same again is the same export, as long as it has not failed.

        With markups, those that everybody sees and the caller's own are drawn: who sees others gets another export.

        Raises
        ------
        NotFound
            If the caller sees no such version.
        NotMeaningful
            If it is a version of a file: its pages can be exported.
        """
        with writing(self._database) as connection:
            item = find_item_version(connection, project_id, model_id, index, principal_id=caller.principal_id)
            if item.page is None:
                raise NotMeaningful("It is a file: its pages are exported, each a version of its own.")
            wanted = self._page(connection, caller, item, PageOptions(markups=markups, hyperlinks=hyperlinks))
            same = queries.same_export(connection, item.version.id, wanted.key)
            return _found(connection, same) if same else self._insert(connection, caller, project_id, wanted)

    def start_files(
        self,
        caller: Caller,
        project_id: str,
        versions: Sequence[VersionName],
        choice: MarkupChoice,
        *,
        file_name: str | None = None,
    ) -> SheetExport:
        """
        Accept the export of files and of sheets: one PDF as it is, all else as a ZIP.

        Parameters
        ----------
        file_name
            Of the artifact, without its end.

        Raises
        ------
        NotFound
            If the caller does not see one of them.
        FormatUnknown
            If one of them is no drawing.
        InvalidField, DrawingTooLarge
            If there are none, too many, or too large ones; if the name is none.
        """
        _check_number(versions, MOST_FILES, "files")
        with writing(self._database) as connection:
            items = [
                find_item_version(connection, project_id, *version, principal_id=caller.principal_id)
                for version in versions
            ]
            if sum(item.version.size for item in items) > MOST_BYTES:
                raise DrawingTooLarge(f"The files have more than {MOST_BYTES} bytes in all.")
            for item in items:
                _check_is_drawing(item)
            read = [item for item in items if item.version.format in SHEET_READERS]
            failed = [_unread(item) for item in items if item.version.format not in SHEET_READERS]
            inputs, places = _inputs(read)
            options = {
                "kind": SheetExportKind.FILES.value,
                "plans": asdict(self._plans),
                "files": [
                    self._file(connection, caller, item, place, choice)
                    for item, place in zip(read, places, strict=True)
                ],
                "options": asdict(_page_options(choice)),
            }
            wanted = _Wanted(
                inputs=inputs,
                options=options,
                file_name=_artifact_name(file_name, items, suffix=".pdf" if _is_one_pdf(read) else ".zip"),
                failed=failed,
                versions=versions,
            )
            return self._insert(connection, caller, project_id, wanted)

    def start_sheets(
        self,
        caller: Caller,
        project_id: str,
        version_ids: Sequence[str],
        choice: MarkupChoice,
        *,
        file_name: str | None = None,
    ) -> SheetExport:
        """
        Accept the export of sheets, by the ids of their versions, joined to one PDF; raise as `start_files` does.

        Raises
        ------
        NotMeaningful
            If one of them is a version of a file.
        """
        _check_number(version_ids, MOST_SHEETS, "sheets")
        with writing(self._database) as connection:
            find_project(connection, project_id, principal_id=caller.principal_id)
            items = find_item_versions(connection, project_id, version_ids, principal_id=caller.principal_id)
            if any(item.page is None for item in items):
                raise NotMeaningful("One of them is a file and no sheet.")
            inputs, places = _inputs(items)
            name = _artifact_name(file_name, items, suffix=".pdf")
            options = {
                "kind": SheetExportKind.SHEETS.value,
                "title": name.removesuffix(".pdf"),
                "sheets": [
                    self._sheet(connection, caller, item, choice, place)
                    for item, place in zip(items, places, strict=True)
                ],
                "options": asdict(_page_options(choice)),
            }
            wanted = _Wanted(inputs=inputs, options=options, file_name=name)
            return self._insert(connection, caller, project_id, wanted)

    def page(self, caller: Caller, project_id: str, model_id: str, index: int, export_id: str) -> SheetExport:
        """Return an export of this sheet's version that is for the caller, as in `pages_of`; or raise `NotFound`."""
        with reading(self._database) as connection:
            item = find_item_version(connection, project_id, model_id, index, principal_id=caller.principal_id)
            row = queries.get(connection, export_id)
            if row is None or row["version_id"] != item.version.id:
                raise NotFound(f"Export {export_id}.")
            if row["created_by"] != caller.principal_id and row["key"] not in self._keys(connection, caller, item):
                raise NotFound(f"Export {export_id}.")
            return _export(row)

    def get(self, caller: Caller, project_id: str, export_id: str, kind: SheetExportKind) -> SheetExport:
        """Return an export of a kind that the caller has started in a project, or raise `NotFound`."""
        with reading(self._database) as connection:
            find_project(connection, project_id, principal_id=caller.principal_id)
            export = _found(connection, export_id)
        mine = (project_id, kind, caller.principal_id)
        if (export.project_id, export.kind, export.created_by) != mine:
            raise NotFound(f"Export {export_id}.")
        return export

    def by_link(self, export_id: str) -> SheetExport:
        """Return an export, whoever asks: they have its link; or raise `NotFound`."""
        with reading(self._database) as connection:
            return _found(connection, export_id)

    def artifact(self, export_id: str) -> ArtifactFile:
        """Return the file of an export, whoever asks: they have its link; or raise `NotFound`."""
        found = self.by_link(export_id).artifact
        if found is None:
            raise NotFound(f"Export {export_id} has no file.")
        return found

    def pages_of(self, caller: Caller, item: ItemVersion) -> list[SheetExport]:
        """
        Return the exports of a sheet's version that have succeeded, the oldest first.

        They are those that the caller has started, or would get by starting one: no other may show what is drawn on it
        for somebody else alone.
        """
        if item.page is None:
            return []
        with reading(self._database) as connection:
            mine = self._keys(connection, caller, item)
            found = queries.of_version(connection, item.version.id)
            return [_export(row) for row in found if row["key"] in mine or row["created_by"] == caller.principal_id]

    def _keys(self, connection: sa.Connection, caller: Caller, item: ItemVersion) -> set[str]:
        """Return the keys of the exports of a page that the caller would get by starting one now."""
        pairs = [PageOptions(markups=markups, hyperlinks=links) for markups in (False, True) for links in (False, True)]
        return {self._page(connection, caller, item, options).key for options in pairs}

    def _page(self, connection: sa.Connection, caller: Caller, item: ItemVersion, options: PageOptions) -> "_Wanted":
        """Return what the export of a page is made of: with markups, those that the caller sees."""
        choice = MarkupChoice(published=options.markups, unpublished=options.markups)
        return _Wanted(
            inputs={"pdf-0": item.version.blob},
            options={
                "kind": SheetExportKind.PAGE.value,
                "sheets": [self._sheet(connection, caller, item, choice)],
                "options": asdict(options),
            },
            file_name=item.version.file_name,
            version_id=item.version.id,
        )

    def _sheet(
        self, connection: sa.Connection, caller: Caller, item: ItemVersion, choice: MarkupChoice, place: str = "pdf-0"
    ) -> dict[str, Any]:
        """Return one sheet to write, as the child reads it."""
        assert item.page is not None  # noqa: S101 - looked at before
        markups = self._markups(connection, caller, item, choice)
        return {"input": place, "index": item.page.index, "name": item.page.name, "markups": markups.get("0", [])}

    def _file(
        self, connection: sa.Connection, caller: Caller, item: ItemVersion, place: str, choice: MarkupChoice
    ) -> dict[str, Any]:
        """Return one file to write, as the child reads it; of a sheet only its page."""
        return {
            "input": place,
            "format": item.version.format,
            "name": item.version.file_name,
            "page": item.page.index if item.page else None,
            "markups": self._markups(connection, caller, item, choice),
        }

    def _markups(
        self, connection: sa.Connection, caller: Caller, item: ItemVersion, choice: MarkupChoice
    ) -> dict[str, list[dict[str, Any]]]:
        """Return the markups of a version that are drawn, by the page's index as text."""
        found: dict[str, list[dict[str, Any]]] = {}
        drawn = visible_markups(
            connection,
            item.version.id,
            principal_id=caller.principal_id,
            published=choice.published,
            unpublished=choice.unpublished,
        )
        for page, markup in drawn:
            found.setdefault(str(page), []).append(markup.json())
        return found

    def _insert(self, connection: sa.Connection, caller: Caller, project_id: str, wanted: "_Wanted") -> SheetExport:
        """Write a new export over an equal job or a new one."""
        job_id = queries.same_job(connection, wanted.key)
        if job_id is None:
            work = spec(inputs=wanted.inputs, options={**wanted.options, "limits": asdict(self._limits)})
            job_id = self._jobs.enqueue(connection, principal_id=caller.principal_id, kind=SHEET_EXPORT, spec=work).id
        export_id = self._new_id()
        failed = {
            "before": [asdict(one) for one in wanted.failed],
            "versions": [list(one) for one in wanted.versions],
        }
        row = {
            "id": export_id,
            "key": wanted.key,
            "kind": wanted.options["kind"],
            "project_id": project_id,
            "version_id": wanted.version_id,
            "file_name": wanted.file_name,
            "failed": failed,
            "job_id": job_id,
            "created_by": caller.principal_id,
            "created_at": self._clock(),
        }
        queries.insert(connection, row)
        return _found(connection, export_id)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Wanted:
    """What an export's job reads and does, and what its row says."""

    #: Names of files in the child's folder, and their digests.
    inputs: Mapping[str, str]
    options: Mapping[str, Any]
    file_name: str
    #: Of one page.
    version_id: str | None = None
    #: What takes no part, and all that was asked for.
    failed: Sequence[FailedVersion] = ()
    versions: Sequence[VersionName] = ()

    @property
    def key(self) -> str:
        """What two exports share that ask for the same file."""
        return sheet_export_key(inputs=dict(self.inputs), version=self.version_id, **self.options)


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


def _check_number(asked: Sequence[Any], most: int, what: str) -> None:
    if not 1 <= len(asked) <= most:
        raise InvalidField(f"An export has 1 to {most} {what}.")


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
    if given is not None and not (0 < len(given.strip()) <= len(given) <= LONGEST_NAME and given.isprintable()):
        raise InvalidField(f"The name of the file has 1 to {LONGEST_NAME} printable characters.")
    if given is not None:
        return given + suffix
    name = items[0].version.file_name.rpartition(".")
    return (name[0] or name[2]) + suffix if len(items) == 1 else f"export{suffix}"


def _found(connection: sa.Connection, export_id: str) -> SheetExport:
    row = queries.get(connection, export_id)
    if row is None:
        raise NotFound(f"Export {export_id}.")
    return _export(row)


def _export(row: queries.Row) -> SheetExport:
    """Return a row as what it is: with what failed before the job, and what failed in it."""
    values, facts, failed = dict(row), row["result"] or {}, row["failed"]
    del values["result"], values["key"]
    before = [FailedVersion(**one) for one in failed["before"]]
    absent = {(one.model_id, one.index) for one in before}
    read = [(model_id, index) for model_id, index in failed["versions"] if (model_id, index) not in absent]
    inside = [
        FailedVersion(model_id=read[one["file"]][0], index=read[one["file"]][1], code=one["code"], why=one["why"])
        for one in facts.get("failed", ())
    ]
    return SheetExport(
        **values
        | {
            "kind": SheetExportKind(row["kind"]),
            "failed": (*before, *inside),
            "warnings": tuple(facts.get("lost", ())),
        }
    )
