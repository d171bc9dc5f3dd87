"""A library with two apps and three people in it, for tests of what stands on it."""

import itertools
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa
from litestar import Litestar, Request, Response
from litestar.exceptions import HTTPException
from litestar.testing import TestClient
from litestar.types import ASGIApp

from one_app import CURRENT, over
from outfeed.blobs.links import Links
from outfeed.blobs.store import Blobs, FileBlobs, Staged
from outfeed.database import open_database
from outfeed.dialects import aps
from outfeed.errors import OutfeedError, TokenMissing, Unauthenticated
from outfeed.http.paths import on_raw_path
from outfeed.identity.caller import Caller
from outfeed.library.buckets import Buckets
from outfeed.library.files import Files
from outfeed.library.model_uploads import ModelUploads
from outfeed.library.models import Models
from outfeed.library.named_versions import NamedVersions
from outfeed.library.objects import Objects
from outfeed.library.projects import Projects
from outfeed.library.resumables import Resumables
from outfeed.library.signed import Signed
from outfeed.library.uploads import Uploads
from outfeed.schema import apps, metadata, principals
from outfeed.settings import Settings

SCOPES = frozenset({"bucket:create", "bucket:read", "bucket:update", "bucket:delete", "data:read", "data:write"})
NOON_MS = 1_767_268_800_000


def a_caller(number: int, app: str, scopes: Iterable[str] = SCOPES) -> Caller:
    return Caller(principal_id=str(uuid.UUID(int=number)), app_id=app, scopes=frozenset(scopes))


#: Ada and Ben use the same app, Cyd another one.
ADA, BEN, CYD = a_caller(1, "lathe"), a_caller(2, "lathe"), a_caller(3, "mill")
READER = a_caller(1, "lathe", {"data:read", "bucket:read"})
#: May make new objects and replace none.
CREATOR = a_caller(1, "lathe", {"data:create"})


@dataclass
class Time:
    """A clock that a test moves."""

    now: int = NOON_MS

    def __call__(self) -> int:
        return self.now


@dataclass
class Library:
    """Every part of the library over one folder."""

    folder: Path
    database: sa.Engine
    clock: Time
    blobs: Blobs
    settings: Settings
    buckets: Buckets = field(init=False)
    objects: Objects = field(init=False)
    files: Files = field(init=False)
    uploads: Uploads = field(init=False)
    resumables: Resumables = field(init=False)
    signed: Signed = field(init=False)
    projects: Projects = field(init=False)
    models: Models = field(init=False)
    model_uploads: ModelUploads = field(init=False)
    named_versions: NamedVersions = field(init=False)

    def __post_init__(self) -> None:
        keys = (f"upload-{number}" for number in itertools.count(1))
        self.buckets = Buckets(self.database, self.clock)
        self.objects = Objects(self.database, self.clock, self.blobs)
        self.files = Files(self.database, self.clock, self.blobs)
        self.uploads = Uploads(self.database, self.clock, self.blobs, self.settings, lambda: next(keys))
        self.resumables = Resumables(self.database, self.clock, self.blobs, self.settings)
        self.signed = Signed(self.database, self.clock)
        self.projects = Projects(self.database, self.clock)
        self.models = Models(self.database, self.clock, self.blobs)
        self.model_uploads = ModelUploads(self.database, self.clock, self.blobs, self.models, self.settings)
        self.named_versions = NamedVersions(self.database, self.clock)

    def staged(self, content: bytes) -> Staged:
        with self.blobs.stage() as stage:
            stage.write(content)
            return stage.finish()

    def a_bucket(self, key: str = "parts", caller: Caller = ADA, policy: str = "persistent", **allowed: str) -> str:
        return self.buckets.create(caller, key, policy=policy, allowed=allowed).key

    def an_object(self, name: str, content: bytes = b"solid", bucket: str = "parts", caller: Caller = ADA) -> str:
        staged = self.staged(content)
        return self.objects.put(caller, bucket, name, staged=staged, content_type="model/stl").blob

    def content(self, digest: str) -> bytes:
        return b"".join(self.blobs.read(digest))

    def close(self) -> None:
        self.database.dispose()


#: The statements that were compiled for `_dialect()`.
_COMPILED: dict[Any, Any] = {}


@cache
def _dialect() -> sa.Dialect:
    """Return the dialect of a database that is up."""
    database = sa.create_engine("sqlite://")
    database.connect().close()
    return database.dialect


def in_a_hurry(database: sa.Engine) -> sa.Engine:
    """
    Return a database that does not wait for the disk: no test of it cuts the power.

    Nor does it compile a statement that another database of this process has compiled: that is most of a short test.
    """
    database.dialect = _dialect()
    database.update_execution_options(compiled_cache=_COMPILED)
    sa.event.listen(database, "connect", lambda connection, _record: connection.execute("PRAGMA synchronous=OFF"))
    database.dispose()
    return database


def a_library(folder: Path, blobs: Blobs | None = None, **settings: Any) -> Library:
    """Make a library over a folder."""
    (folder / "outfeed.sqlite").write_bytes(_database_file())
    database = in_a_hurry(open_database(folder))
    return Library(
        folder=folder,
        database=database,
        clock=Time(),
        blobs=blobs or FileBlobs(folder, sync=lambda _path: None),
        settings=Settings(data=folder, **{"min_part_bytes": 8, "max_upload_bytes": 10_000_000, **settings}),
    )


@cache
def _database_file() -> bytes:
    """Return a database with the three people and the two apps: made once, for making it takes time."""
    engine = sa.create_engine("sqlite://")
    metadata.create_all(engine)
    people = [
        {"id": caller.principal_id, "kind": "user", "name": "someone", "created_at": 0} for caller in (ADA, BEN, CYD)
    ]
    programs = [
        {"id": caller.app_id, "name": caller.app_id, "service_id": caller.principal_id, "created_at": 0}
        for caller in (ADA, CYD)
    ]
    with engine.begin() as connection:
        connection.execute(sa.insert(principals), people)
        connection.execute(sa.insert(apps), programs)
        made: bytes = connection.connection.driver_connection.serialize()  # type: ignore[union-attr] # it is SQLite's
    engine.dispose()
    return made


class FakeIdentity:
    """Takes the names of people for their tokens."""

    def caller(self, authorization: str | None, *, client_host: str) -> Caller:
        if authorization is None:
            raise TokenMissing
        known = {
            "Bearer ada": ADA,
            "Bearer ben": BEN,
            "Bearer cyd": CYD,
            "Bearer reader": READER,
            "Bearer creator": CREATOR,
        }
        if authorization not in known:
            raise Unauthenticated(client_host)
        return known[authorization]


def oss_client(library: Library) -> TestClient[Any]:
    """Return a client of the platform's routes over a library, signed in as Ada."""
    services = SimpleNamespace(
        settings=library.settings,
        clock=library.clock,
        blobs=library.blobs,
        links=Links(b"secret"),
        identity=FakeIdentity(),
        buckets=library.buckets,
        objects=library.objects,
        uploads=library.uploads,
        resumables=library.resumables,
        signed=library.signed,
    )
    client = TestClient(over(_aps(), services), raise_server_exceptions=True)
    client.headers["authorization"] = "Bearer ada"
    return client


@cache
def _aps() -> ASGIApp:
    app = Litestar(
        route_handlers=aps.routers(),
        exception_handlers={HTTPException: _answer, OutfeedError: _answer},
        state=CURRENT,
        openapi_config=None,
        logging_config=None,
    )
    return on_raw_path(app)


def _answer(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    return aps.respond(request, error)
