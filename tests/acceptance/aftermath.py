"""What must hold in a data folder after its server was killed many times. Each function returns what does not."""

import hashlib
from collections import Counter
from pathlib import Path
from typing import Final

from acceptance.journeys import User
from acceptance.phases import ask
from outfeed.blobs.store import FileBlobs
from outfeed.clock import now_ms
from outfeed.database import open_database
from outfeed.library.sweep import AGE_MS, sweep

RESULT_OBJECTS: Final = "SELECT name FROM objects JOIN buckets ON key = bucket_key WHERE principal_id IS NOT NULL"
NAMED: Final = "SELECT blob, sha1, size FROM objects UNION SELECT blob, sha1, size FROM files"


def jobs_wrong(data: Path, promised: set[str]) -> list[str]:
    """Return what is wrong with the jobs: each has succeeded, each promised one is there."""
    states = dict(ask(data, "SELECT id, state FROM jobs"))
    wrong = [f"job {job} is {state}" for job, state in states.items() if state != "succeeded"]
    wrong += [f"job {job} is lost" for job in promised - states.keys()]
    queue = ask(data, "SELECT workflow_uuid, status FROM workflow_status WHERE status <> 'SUCCESS'")
    return wrong + [f"the queue has {job} as {status}" for job, status in queue]


def artifacts_wrong(data: Path) -> list[str]:
    """Return what is wrong with results: one artifact per export, one mesh per import, no key twice, nothing beside."""
    names = Counter(name.partition(".")[0] for (name,) in ask(data, RESULT_OBJECTS))
    names += Counter(name for (name,) in ask(data, "SELECT id FROM files WHERE name LIKE 'unknown.%'"))
    exports = Counter(name for (name,) in ask(data, "SELECT id FROM exports"))
    wrong = (
        [] if names == exports else [f"artifacts are not those of the exports: {(names - exports) + (exports - names)}"]
    )
    meshes = ask(data, "SELECT (SELECT count(*) FROM meshes), (SELECT count(*) FROM jobs WHERE kind = 'mesh_import')")
    wrong += [f"{made} meshes of {asked} imports" for made, asked in meshes if made != asked]
    twice = ask(data, "SELECT key, count(*) FROM exports GROUP BY principal_id, key HAVING count(*) > 1")
    return wrong + [f"key {key} was made {count} times" for key, count in twice]


def blobs_wrong(data: Path) -> list[str]:
    """Return what is wrong with the bytes: each blob is whole, and each that a row names is there."""
    held = {}
    for path in (data / "blobs").glob("??/??/*"):
        content = path.read_bytes()
        held[path.name] = (hashlib.sha1(content, usedforsecurity=False).hexdigest(), len(content))
        if hashlib.sha256(content).hexdigest() != path.name:
            return [f"blob {path.name} is not whole"]
    wrong = [f"blob {blob} is lost or another" for blob, *rest in ask(data, NAMED) if held.get(blob) != tuple(rest)]
    return wrong + [
        f"blob {blob} of a mesh is lost" for (blob,) in ask(data, "SELECT blob FROM meshes") if blob not in held
    ]


def uploads_wrong(data: Path, users: list[User]) -> list[str]:
    """Return which uploads, promised by a 2xx, are not there or have another SHA-1."""
    held = {(bucket, name): sha1 for bucket, name, sha1 in ask(data, "SELECT bucket_key, name, sha1 FROM objects")}
    held |= {("", file_id): sha1 for file_id, sha1 in ask(data, "SELECT id, sha1 FROM files")}
    promised = [item for user in users for item in user.uploads.items()]
    return [f"upload {place} is lost or another" for place, sha1 in promised if held.get(place) != sha1]


def leftovers(data: Path) -> tuple[int, int]:
    """Return how many files are left in the folders for work and for staging."""
    return tuple(len(list((data / name).iterdir())) for name in ("work", "staging"))  # type: ignore[return-value] # two


def swept_later(data: Path) -> None:
    """Sweep as a worker would in two hours."""
    database = open_database(data)
    sweep(database, FileBlobs(data), lambda: now_ms() + 2 * AGE_MS)
    database.dispose()


def no_job_lives(data: Path) -> bool:
    return ask(data, "SELECT count(*) FROM jobs WHERE state IN ('queued', 'running')") == [(0,)]
