"""What every store of blobs promises, held by each of them."""

import hashlib
import os
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

import pytest
from obstore.store import MemoryStore

from outfeed.blobs.objectstore import ObstoreBlobs
from outfeed.blobs.store import CHUNK_BYTES, Blobs, FileBlobs, Staged
from outfeed.errors import BlobLost, ChildGarbled

CONTENT = bytes(range(256)) * 8200  # a little more than two pieces
NOBODY = "0" * 64


@pytest.fixture(params=["file", "memory"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Blobs:
    return FileBlobs(tmp_path) if request.param == "file" else ObstoreBlobs(MemoryStore(), tmp_path / "staging")


def staged(blobs: Blobs, content: bytes = CONTENT) -> Staged:
    with blobs.stage() as stage:
        for at in range(0, len(content), 100_000):
            stage.write(content[at : at + 100_000])
        return stage.finish()


def published(blobs: Blobs, content: bytes = CONTENT) -> str:
    found = staged(blobs, content)
    blobs.publish(found)
    return found.digest


def none_named(_digests: Iterable[str]) -> set[str]:
    return set()


def in_a_minute_ms() -> int:
    return time.time_ns() // 1_000_000 + 60_000


def leftovers(tmp_path: Path) -> list[Path]:
    return list((tmp_path / "staging").iterdir())


def test_what_is_staged_is_hashed_three_ways(blobs: Blobs) -> None:
    found = staged(blobs)

    assert hashlib.sha256(CONTENT).hexdigest() == found.digest
    assert hashlib.sha1(CONTENT, usedforsecurity=False).hexdigest() == found.sha1
    assert hashlib.md5(CONTENT, usedforsecurity=False).hexdigest() == found.md5
    assert len(CONTENT) == found.size


def test_what_is_published_is_read_back_in_pieces(blobs: Blobs) -> None:
    digest = published(blobs)

    pieces = list(blobs.read(digest))

    assert b"".join(pieces) == CONTENT
    assert max(len(piece) for piece in pieces) <= CHUNK_BYTES
    assert blobs.size(digest) == len(CONTENT)


@pytest.mark.parametrize(
    ("start", "stop"), [(0, 1), (5, 5), (255, 1_100_000), (2_000_000, None), (0, 9_999_999), (9_999_999, None)]
)
def test_any_range_is_read(blobs: Blobs, start: int, stop: int | None) -> None:
    digest = published(blobs)

    assert b"".join(blobs.read(digest, start, stop)) == CONTENT[start:stop]


def test_no_bytes_are_a_blob_too(blobs: Blobs) -> None:
    digest = published(blobs, b"")

    assert (blobs.size(digest), list(blobs.read(digest))) == (0, [])


def test_nothing_is_readable_before_it_is_published(blobs: Blobs) -> None:
    found = staged(blobs)

    with pytest.raises(BlobLost):
        blobs.size(found.digest)


def test_publishing_twice_keeps_one_and_leaves_nothing_behind(blobs: Blobs, tmp_path: Path) -> None:
    first, second = staged(blobs), staged(blobs)
    blobs.publish(first)
    blobs.publish(second)

    assert b"".join(blobs.read(first.digest)) == CONTENT
    assert leftovers(tmp_path) == []


def test_an_unfinished_stage_leaves_nothing(blobs: Blobs, tmp_path: Path) -> None:
    with suppress(KeyError), blobs.stage() as stage:
        stage.write(b"half")
        raise KeyError

    assert leftovers(tmp_path) == []


@pytest.mark.parametrize("call", ["size", "read", "lay"])
def test_a_missing_blob_is_a_clear_error(blobs: Blobs, tmp_path: Path, call: str) -> None:
    calls: dict[str, Callable[[], object]] = {
        "size": lambda: blobs.size(NOBODY),
        "read": lambda: list(blobs.read(NOBODY)),
        "lay": lambda: blobs.lay(NOBODY, tmp_path / "laid"),
    }

    with pytest.raises(BlobLost):
        calls[call]()


def test_whatever_happens_to_a_laid_copy_the_blob_stays(blobs: Blobs, tmp_path: Path) -> None:
    """A conversion that runs as root can write to any file it reaches."""
    digest, laid = published(blobs), tmp_path / "laid"
    blobs.lay(digest, laid)
    content, mode = laid.read_bytes(), laid.stat().st_mode & 0o777
    laid.chmod(0o600)
    laid.write_bytes(b"changed")

    assert (CONTENT, 0o444) == (content, mode)
    assert b"".join(blobs.read(digest)) == CONTENT


def test_an_adopted_file_moves_in(blobs: Blobs, tmp_path: Path) -> None:
    result = tmp_path / "result"
    result.write_bytes(CONTENT)
    found = blobs.adopt(result)
    blobs.publish(found)

    assert hashlib.sha256(CONTENT).hexdigest() == found.digest
    assert b"".join(blobs.read(found.digest)) == CONTENT
    assert not result.exists()


@pytest.mark.parametrize("trick", ["symlink", "second name", "pipe", "folder"])
def test_only_plain_files_are_adopted(blobs: Blobs, tmp_path: Path, trick: str) -> None:
    """A link would publish a file of somebody else; a second name could change the blob afterwards."""
    secret, result = tmp_path / "secret", tmp_path / "result"
    secret.write_bytes(b"secret")
    make: dict[str, Callable[[], object]] = {
        "symlink": lambda: result.symlink_to(secret),
        "second name": lambda: result.hardlink_to(secret),
        "pipe": lambda: os.mkfifo(result),
        "folder": result.mkdir,
    }
    make[trick]()

    with pytest.raises(ChildGarbled):
        blobs.adopt(result)

    assert secret.read_bytes() == b"secret"
    assert leftovers(tmp_path) == []


def test_delete_removes_and_may_be_repeated(blobs: Blobs) -> None:
    digest = published(blobs)
    blobs.delete(digest)
    blobs.delete(digest)

    with pytest.raises(BlobLost):
        blobs.size(digest)


def test_the_sweep_takes_what_is_old_and_unnamed(blobs: Blobs) -> None:
    kept, lost = published(blobs, b"kept"), published(blobs, b"lost")

    stale = set(blobs.stale(in_a_minute_ms()))
    removed = blobs.delete_stale(stale, in_a_minute_ms(), lambda _digests: {kept})

    assert (stale, removed) == ({kept, lost}, 1)
    assert b"".join(blobs.read(kept)) == b"kept"
    with pytest.raises(BlobLost):
        blobs.size(lost)


def test_the_sweep_leaves_what_is_young(blobs: Blobs) -> None:
    digest = published(blobs)
    an_hour_ago_ms = in_a_minute_ms() - 3_660_000

    assert list(blobs.stale(an_hour_ago_ms)) == []
    assert blobs.delete_stale([digest], an_hour_ago_ms, none_named) == 0
    assert blobs.size(digest) == len(CONTENT)


def test_what_was_staged_and_forgotten_is_cleared(blobs: Blobs, tmp_path: Path) -> None:
    staged(blobs)

    assert (blobs.clear_staging(0), blobs.clear_staging(in_a_minute_ms())) == (0, 1)
    assert leftovers(tmp_path) == []
