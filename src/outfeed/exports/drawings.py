"""Files come into folders; drawings among them are read as sheets, each of which becomes an item of its own."""

import uuid
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

import sqlalchemy as sa

from outfeed.clock import Clock
from outfeed.database import reading, writing
from outfeed.errors import NotFound, NotMeaningful
from outfeed.exports.kinds import DRAWING_READING
from outfeed.identity.caller import Caller
from outfeed.jobs.engine import Engine
from outfeed.jobs.runner import spec
from outfeed.library.folders import FolderKind, FolderRecord, check_name, find_folder
from outfeed.library.items import ItemVersion, check_free, find_item_version
from outfeed.library.models import ModelKind, ModelRecord, Models, find_any_model, insert_model
from outfeed.library.objects import ObjectRecord
from outfeed.library.storages import stored_object
from outfeed.library.versions import VersionRecord
from outfeed.schema import drawings
from outfeed.sheets.model import SheetLimits
from outfeed.sheets.plans.options import PlanOptions
from outfeed.sheets.registry import SHEET_READERS


class Drawings:
    """Takes files in, and starts to read drawings."""

    def __init__(
        self,
        database: sa.Engine,
        jobs: Engine,
        models: Models,
        *,
        clock: Clock,
        limits: SheetLimits,
        plans: PlanOptions,
        new_id: Callable[[], str] = lambda: str(uuid.uuid4()),
    ) -> None:
        self._database = database
        self._jobs = jobs
        self._models = models
        self._clock = clock
        self._limits = limits
        self._plans = plans
        self._new_id = new_id

    def add_file(self, caller: Caller, project_id: str, folder_id: str, name: str, storage: str) -> ItemVersion:
        """
        Make a file of an object that was uploaded to a storage of the project; a drawing among drawings is read.

        Raises
        ------
        NotFound
            If the caller sees no such folder or storage, or nothing was uploaded.
        AlreadyExists
            If a file in the folder has the name, or the storage is a version's already.
        InvalidField, NotMeaningful
            If the name is none, or the folder is the root.
        """
        check_name(name)
        head, blob = self._head(project_id, storage)
        with writing(self._database) as connection:
            folder = find_folder(connection, project_id, folder_id, principal_id=caller.principal_id)
            _check_holds_files(folder)
            content = self._content(connection, project_id, storage, blob)
            model = self._models.new_record(caller.principal_id, project_id, folder.id, name)
            check_free(connection, model)
            insert_model(connection, model)
            return self._next(connection, caller, model, folder, content, head, name=name, storage=storage)

    def add_version(
        self, caller: Caller, project_id: str, model_id: str, storage: str, name: str | None = None
    ) -> ItemVersion:
        """
        Make an uploaded object the newest version of a file, under another name if one is given.

        Raises
        ------
        NotFound, AlreadyExists, InvalidField
            As `add_file`.
        NotMeaningful
            If it is a sheet, whose versions come from its file.
        """
        if name is not None:
            check_name(name)
        head, blob = self._head(project_id, storage)
        with writing(self._database) as connection:
            model = find_any_model(connection, model_id, principal_id=caller.principal_id)
            if model.project_id != project_id:
                raise NotFound(f"Item {model_id}.")
            if model.kind is not ModelKind.FILE:
                raise NotMeaningful("Versions of a sheet come from the file that it is a page of.")
            folder = find_folder(connection, project_id, model.folder_id, principal_id=caller.principal_id)
            content = self._content(connection, project_id, storage, blob)
            renamed = replace(model, name=name or model.name, hidden=False)
            check_free(connection, renamed)
            self._models.put(connection, renamed)
            return self._next(connection, caller, renamed, folder, content, head, name=renamed.name, storage=storage)

    def read_version(self, connection: sa.Connection, principal_id: str, version: VersionRecord) -> None:
        """Start to read a version of a file as sheets, in the caller's transaction; nothing if nothing here can."""
        if version.format not in SHEET_READERS:
            return
        options = {
            "format": version.format,
            "limits": asdict(self._limits),
            "plans": asdict(self._plans),
            "name": version.file_name,
        }
        work = spec(inputs={"source": version.blob}, options=options, version={"id": version.id})
        job = self._jobs.enqueue(connection, principal_id=principal_id, kind=DRAWING_READING, spec=work)
        connection.execute(sa.insert(drawings).values(version_id=version.id, job_id=job.id))

    def _next(
        self,
        connection: sa.Connection,
        caller: Caller,
        model: ModelRecord,
        folder: FolderRecord,
        content: ObjectRecord,
        head: bytes,
        **names: Any,
    ) -> ItemVersion:
        """Write the next version of a file, and start to read it if it lies among drawings."""
        version = self._models.new_version(
            connection,
            caller.principal_id,
            model,
            content,
            head,
            file_name=names["name"],
            storage=names["storage"],
        )
        if folder.kind is FolderKind.PLANS:
            self.read_version(connection, caller.principal_id, version)
        return find_item_version(
            connection, model.project_id, model.id, version.index, principal_id=caller.principal_id
        )

    def _head(self, project_id: str, storage: str) -> tuple[bytes, str]:
        """Return the first bytes of what was uploaded, and its digest: read before anything is locked."""
        with reading(self._database) as connection:
            found = stored_object(connection, project_id, storage, now=self._clock())
        return self._models.head(found.blob), found.blob

    def _content(self, connection: sa.Connection, project_id: str, storage: str, blob: str) -> ObjectRecord:
        """Return what was uploaded, if nobody has replaced it since its first bytes were read."""
        found = stored_object(connection, project_id, storage, now=self._clock())
        if found.blob != blob:
            raise NotFound("The object was replaced meanwhile.")
        return found


def _check_holds_files(folder: FolderRecord) -> None:
    if folder.kind is FolderKind.ROOT:
        raise NotMeaningful("Files lie in Plans or in Project Files.")
