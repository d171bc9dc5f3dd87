"""What a request or a command works with: every part once, built from the settings."""

from dataclasses import dataclass
from typing import Self, TypedDict

import sqlalchemy as sa

from outfeed.blobs.links import Links
from outfeed.blobs.store import Blobs, FileBlobs
from outfeed.clock import Clock
from outfeed.database import open_database
from outfeed.exports.derivatives import Derivatives
from outfeed.exports.drawings import Drawings
from outfeed.exports.limits import read_limits, sheet_limits
from outfeed.exports.models import ModelExports
from outfeed.exports.sheets import SheetExports
from outfeed.exports.story import Exports
from outfeed.fleet.callbacks import Callbacks
from outfeed.fleet.calls import GuardedCaller
from outfeed.fleet.commands import Commands
from outfeed.fleet.logs import PrinterLogs
from outfeed.fleet.notes import Relay
from outfeed.fleet.print_jobs import PrintJobs
from outfeed.fleet.printers import Printers
from outfeed.fleet.relay_postgres import relay_of
from outfeed.fleet.reports import PrintReports
from outfeed.identity.keys import link_secret
from outfeed.identity.service import Identity
from outfeed.jobs.engine import Engine
from outfeed.jobs.worker import prepare_queue
from outfeed.library.buckets import Buckets
from outfeed.library.files import Files
from outfeed.library.folders import Folders
from outfeed.library.items import Items
from outfeed.library.markups import Markups
from outfeed.library.meshes import Meshes
from outfeed.library.model_uploads import ModelUploads
from outfeed.library.models import Models
from outfeed.library.named_versions import NamedVersions
from outfeed.library.objects import Objects
from outfeed.library.projects import Projects
from outfeed.library.resumables import Resumables
from outfeed.library.shares import Shares
from outfeed.library.signed import Signed
from outfeed.library.storages import Storages
from outfeed.library.trees import Trees
from outfeed.library.uploads import Uploads
from outfeed.migrations import migrate
from outfeed.printdb import PrintDb
from outfeed.settings import Settings
from outfeed.sheets.plans.options import PlanOptions


@dataclass(frozen=True, kw_only=True, slots=True)
class Services:
    """The parts of the web process."""

    settings: Settings
    clock: Clock
    database: sa.Engine
    blobs: Blobs
    links: Links
    identity: Identity
    buckets: Buckets
    objects: Objects
    uploads: Uploads
    resumables: Resumables
    signed: Signed
    files: Files
    meshes: Meshes
    jobs: Engine
    exports: Exports
    projects: Projects
    models: Models
    model_uploads: ModelUploads
    named_versions: NamedVersions
    model_exports: ModelExports
    shares: Shares
    folders: Folders
    items: Items
    storages: Storages
    markups: Markups
    drawings: Drawings
    sheet_exports: SheetExports
    derivatives: Derivatives
    trees: Trees
    relay: Relay
    printers: Printers
    commands: Commands
    print_jobs: PrintJobs
    reports: PrintReports
    callbacks: Callbacks
    printdb: PrintDb
    printer_logs: PrinterLogs

    @classmethod
    def build(cls, settings: Settings, *, clock: Clock) -> Self:
        """Build every part over the data folder of the settings, which is brought up to date."""
        printdb = PrintDb.load(settings.printdb)
        return cls.over(prepared_database(settings), settings, clock=clock, printdb=printdb)

    @classmethod
    def over(cls, database: sa.Engine, settings: Settings, *, clock: Clock, printdb: PrintDb) -> Self:
        """Build every part over a database that is up to date."""
        identity = Identity(database, settings, clock)
        blobs = FileBlobs(settings.data)
        jobs = Engine(database, clock)
        models = Models(database, clock, blobs)
        fleet = _fleet(database, clock, settings, blobs, printdb)
        sheets, plans = sheet_limits(settings), PlanOptions(sections=settings.plan_sections)
        return cls(
            settings=settings,
            clock=clock,
            database=database,
            blobs=blobs,
            links=Links(link_secret(database, clock)),
            identity=identity,
            buckets=Buckets(database, clock),
            objects=Objects(database, clock, blobs),
            uploads=Uploads(database, clock, blobs, settings),
            resumables=Resumables(database, clock, blobs, settings),
            signed=Signed(database, clock),
            files=Files(database, clock, blobs),
            meshes=Meshes(database, clock),
            jobs=jobs,
            exports=Exports(database, jobs, clock=clock, limits=read_limits(settings)),
            projects=Projects(database, clock),
            models=models,
            model_uploads=ModelUploads(database, clock, blobs, models, settings),
            named_versions=NamedVersions(database, clock),
            model_exports=ModelExports(database, jobs, clock=clock, limits=read_limits(settings)),
            shares=Shares(database, clock),
            folders=Folders(database, clock),
            items=Items(database, clock),
            storages=Storages(database, clock, settings),
            markups=Markups(database, clock),
            drawings=Drawings(database, jobs, models, clock=clock, limits=sheets, plans=plans),
            sheet_exports=SheetExports(database, jobs, blobs, clock=clock, limits=sheets, plans=plans),
            derivatives=Derivatives(
                database, jobs, blobs, clock=clock, limits=read_limits(settings), sheet_limits=sheets, plans=plans
            ),
            trees=Trees(database),
            printer_logs=PrinterLogs(database, clock, blobs),
            **fleet,
            printdb=printdb,
        )

    def close(self) -> None:
        """Let go of the database, and of what carries notes."""
        self.relay.close()
        self.jobs.close()
        self.database.dispose()


class _Fleet(TypedDict):
    """The parts that printers work with, as `Services` has them."""

    relay: Relay
    printers: Printers
    commands: Commands
    print_jobs: PrintJobs
    reports: PrintReports
    callbacks: Callbacks


def _fleet(database: sa.Engine, clock: Clock, settings: Settings, blobs: Blobs, printdb: PrintDb) -> _Fleet:
    """Build the parts that printers work with."""
    relay = relay_of(settings)
    callbacks = Callbacks(database, clock, settings, GuardedCaller(settings))
    reports = PrintReports(database, clock, callbacks)
    return _Fleet(
        relay=relay,
        printers=Printers(database, clock, settings, relay, reports, known_type=printdb.knows_type),
        commands=Commands(database, clock, settings, relay, reports),
        print_jobs=PrintJobs(database, clock, settings, blobs, relay, callbacks, settings_for=printdb.settings_for),
        reports=reports,
        callbacks=callbacks,
    )


def prepared_database(settings: Settings) -> sa.Engine:
    """Open the data folder's database and bring it up to date."""
    database = open_database(settings.data)
    migrate(database)
    prepare_queue(database)
    return database
