"""Helpers that several unit tests share: a database, principals, blobs, and a sandbox without children."""

import threading
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import sqlalchemy as sa

from a_library import in_a_hurry
from outfeed.blobs.store import FileBlobs, Staged
from outfeed.database import open_database, writing
from outfeed.jobs.work import Limits, Outcome, Work
from outfeed.jobs.worker import prepare_queue
from outfeed.schema import apps, metadata, principals
from unit import converting

NOW = 1_700_000_000_000


def a_database(folder: Path, *, users: tuple[str, ...] = ("ann", "bob")) -> sa.Engine:
    """Return a fresh database with these users, each with an app of the same name."""
    folder.mkdir(exist_ok=True)
    (folder / "outfeed.sqlite").write_bytes(_database_file())
    engine = in_a_hurry(open_database(folder))
    with writing(engine) as connection:
        for name in users:
            connection.execute(principals.insert().values(id=name, kind="user", name=name, created_at=NOW))
            connection.execute(apps.insert().values(id=name, name=name, service_id=name, created_at=NOW))
    return engine


@cache
def _database_file() -> bytes:
    """Return a database with nobody in it: made once, for making it takes time."""
    with TemporaryDirectory() as folder:
        engine = open_database(Path(folder))
        metadata.create_all(engine)
        prepare_queue(engine)
        engine.dispose()
        return (Path(folder) / "outfeed.sqlite").read_bytes()


def staged(blobs: FileBlobs, data: bytes) -> Staged:
    """Return these bytes as a staged file."""
    with blobs.stage() as stage:
        stage.write(data)
        return stage.finish()


#: What a conversion does, given its work and where to report its share.
Convert = Callable[[Work, Callable[[float], None]], dict[str, Any]]


class InProcessSandbox:
    """Calls the conversion where the real sandbox starts a child: the work's own target, or another function."""

    def __init__(self, convert: Convert | None = None) -> None:
        self.convert = convert or converting.convert
        self.runs = 0

    def run(
        self, work: Work, *, limits: Limits, report: Callable[[float], None], cancelled: threading.Event
    ) -> Outcome:
        """Run the target's function here and now."""
        assert not cancelled.is_set()
        self.runs += 1
        out = work.folder / "out"
        out.mkdir(exist_ok=True)
        facts = self.convert(work, report)
        outputs = {path.relative_to(out).as_posix(): path for path in sorted(out.rglob("*")) if path.is_file()}
        return Outcome(facts=facts, outputs=outputs, peak_memory_bytes=limits.memory_bytes, took_s=0.1)
