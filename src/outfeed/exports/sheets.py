"""Exports of sheets: ask, get an export, get its file. Dialects call this and nothing below it."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import product
from types import MappingProxyType
from typing import Any, Final

import sqlalchemy as sa

from outfeed.blobs.store import Blobs
from outfeed.clock import Clock
from outfeed.database import reading, writing
from outfeed.errors import NotFound
from outfeed.exports import sheet_queries as queries
from outfeed.exports.kinds import SHEET_EXPORT
from outfeed.exports.sheet_requests import (
    MOST_FILES,
    MOST_SHEETS,
    FailedVersion,
    MarkupChoice,
    SheetExportKind,
    SheetRequest,
    VersionName,
    check_number,
    drawn_json,
    files_request,
    page_request,
    sheets_request,
)
from outfeed.identity.caller import Caller
from outfeed.jobs.engine import Engine
from outfeed.jobs.runner import spec
from outfeed.jobs.states import State
from outfeed.library.artifacts import ArtifactFile
from outfeed.library.items import ItemVersion, find_item_version, find_item_versions
from outfeed.library.projects import find_project
from outfeed.sheets.markups.model import MARKUPS_NAME
from outfeed.sheets.model import SheetLimits
from outfeed.sheets.plans.options import PlanOptions

#: No inputs beside the drawings.
_NONE: Final[Mapping[str, str]] = MappingProxyType({})


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
        blobs: Blobs,
        *,
        clock: Clock,
        limits: SheetLimits,
        plans: PlanOptions,
        new_id: Callable[[], str] = lambda: str(uuid.uuid4()),
    ) -> None:
        self._database = database
        self._jobs = jobs
        self._blobs = blobs
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

        def ask(connection: sa.Connection) -> SheetRequest:
            item = find_item_version(connection, project_id, model_id, index, principal_id=caller.principal_id)
            return page_request(connection, caller, item, markups=markups, hyperlinks=hyperlinks)

        return self._start(caller, project_id, ask)

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
        check_number(versions, MOST_FILES, "files")

        def ask(connection: sa.Connection) -> SheetRequest:
            items = [
                find_item_version(connection, project_id, *one, principal_id=caller.principal_id) for one in versions
            ]
            return files_request(connection, caller, items, choice, file_name=file_name, plans=self._plans)

        return self._start(caller, project_id, ask)

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
        check_number(version_ids, MOST_SHEETS, "sheets")

        def ask(connection: sa.Connection) -> SheetRequest:
            find_project(connection, project_id, principal_id=caller.principal_id)
            items = find_item_versions(connection, project_id, version_ids, principal_id=caller.principal_id)
            return sheets_request(connection, caller, items, choice, file_name=file_name)

        return self._start(caller, project_id, ask)

    def page(self, caller: Caller, project_id: str, model_id: str, index: int, export_id: str) -> SheetExport:
        """Return an export of this sheet's version that is for the caller, as in `pages_of`; or raise `NotFound`."""
        with reading(self._database) as connection:
            item = find_item_version(connection, project_id, model_id, index, principal_id=caller.principal_id)
            row = queries.get(connection, export_id)
            if row is None or row["version_id"] != item.version.id:
                raise NotFound(f"Export {export_id}.")
            if row["created_by"] != caller.principal_id and row["key"] not in _keys(connection, caller, item):
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
            found = queries.of_version(connection, item.version.id)
            others = any(row["created_by"] != caller.principal_id for row in found)
            keys = _keys(connection, caller, item) if others else set()
            return [_export(row) for row in found if row["created_by"] == caller.principal_id or row["key"] in keys]

    def _start(self, caller: Caller, project_id: str, ask: Callable[[sa.Connection], SheetRequest]) -> SheetExport:
        """
        Write an export, or return an equal one.

        What is drawn on the sheets may be many megabytes: it is read, and put where the job finds it, while nothing is
        locked. What is asked for is looked up again in the commit, so that nobody starts what they no longer see.
        """
        with writing(self._database) as connection:
            wanted = ask(connection)
            if not any(wanted.marks) or queries.same_job(connection, wanted.key):
                return self._same_or_new(connection, caller, project_id, wanted)
        with reading(self._database) as connection:
            marks, text = drawn_json(connection, caller, wanted)
        with self._blobs.stage() as stage:
            stage.write(text.encode())
            staged = stage.finish()
        self._blobs.publish(staged)
        with writing(self._database) as connection:
            drawn = replace(ask(connection), marks=marks)
            return self._same_or_new(connection, caller, project_id, drawn, {MARKUPS_NAME: staged.digest})

    def _same_or_new(
        self,
        connection: sa.Connection,
        caller: Caller,
        project_id: str,
        wanted: SheetRequest,
        drawn: Mapping[str, str] = _NONE,
    ) -> SheetExport:
        """Return an equal export of a page, or write a new export over an equal job or a new one."""
        key = wanted.key
        same = wanted.version_id and queries.same_export(connection, wanted.version_id, key)
        if same:
            return _found(connection, same)
        job_id = queries.same_job(connection, key)
        if job_id is None:
            work = spec(inputs={**wanted.inputs, **drawn}, options={**wanted.options, "limits": asdict(self._limits)})
            job_id = self._jobs.enqueue(connection, principal_id=caller.principal_id, kind=SHEET_EXPORT, spec=work).id
        export_id = self._new_id()
        failed = {
            "before": [asdict(one) for one in wanted.failed],
            "versions": [list(one) for one in wanted.versions],
        }
        row = {
            "id": export_id,
            "key": key,
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


def _keys(connection: sa.Connection, caller: Caller, item: ItemVersion) -> set[str]:
    """Return the keys of the exports of a page that the caller would get by starting one now."""
    pairs = product((False, True), repeat=2)
    return {page_request(connection, caller, item, markups=drawn, hyperlinks=links).key for drawn, links in pairs}


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
