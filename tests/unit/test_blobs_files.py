"""What blobs on disk promise beyond the contract: they survive a power cut, damage, and a sweep at the wrong moment."""

import errno
import hashlib
import os
import threading
from collections.abc import Iterable
from pathlib import Path

import pytest

from outfeed.blobs.staging import told_when_full
from outfeed.blobs.store import FileBlobs, Staged
from outfeed.errors import BlobLost, NotFound, StorageFull

AN_HOUR_S = 3600


def staged(blobs: FileBlobs, content: bytes = b"solid") -> Staged:
    with blobs.stage() as stage:
        stage.write(content)
        return stage.finish()


def final_path(folder: Path, digest: str) -> Path:
    return folder / "blobs" / digest[:2] / digest[2:4] / digest


def aged(folder: Path, digest: str, seconds: int) -> int:
    """Make a blob that old; return the time, in milliseconds, that a sweep would call an hour ago."""
    now_s = final_path(folder, digest).stat().st_mtime
    os.utime(final_path(folder, digest), (now_s - seconds, now_s - seconds))
    return int((now_s - AN_HOUR_S) * 1000)


def test_file_then_folders_are_synced_before_publish_returns(tmp_path: Path) -> None:
    """The bytes first, so that a name never stands for bytes that a power cut took; then every folder above it."""
    synced: list[tuple[Path, bool]] = []
    final = final_path(tmp_path, hashlib.sha256(b"solid").hexdigest())
    blobs = FileBlobs(tmp_path, lambda path: synced.append((path, final.exists())))
    found = staged(blobs)

    blobs.publish(found)

    folders = [final.parent, final.parent.parent, tmp_path / "blobs", tmp_path]
    assert [(found.path, False), *((folder, True) for folder in folders)] == synced


def test_the_folder_is_synced_even_if_another_publisher_has_linked_the_blob(tmp_path: Path) -> None:
    """That one may not have got to its own sync yet, and this one answers 200 first."""
    other = FileBlobs(tmp_path)
    other.publish(first := staged(other))
    synced: list[Path] = []
    blobs = FileBlobs(tmp_path, synced.append)

    blobs.publish(staged(blobs))

    folder = final_path(tmp_path, first.digest).parent
    assert [folder, folder.parent, tmp_path / "blobs", tmp_path] == synced


def test_a_good_blob_is_never_replaced(tmp_path: Path) -> None:
    blobs = FileBlobs(tmp_path)
    digest = (first := staged(blobs)).digest
    blobs.publish(first)
    before = final_path(tmp_path, digest).stat().st_ino

    blobs.publish(staged(blobs))

    assert before == final_path(tmp_path, digest).stat().st_ino


def test_a_cut_off_blob_is_replaced_by_a_whole_one(tmp_path: Path) -> None:
    blobs = FileBlobs(tmp_path)
    digest = (first := staged(blobs)).digest
    blobs.publish(first)
    final_path(tmp_path, digest).chmod(0o600)
    os.truncate(final_path(tmp_path, digest), 2)

    blobs.publish(staged(blobs))

    assert b"".join(blobs.read(digest)) == b"solid"


def test_publishing_again_makes_a_blob_young(tmp_path: Path) -> None:
    blobs = FileBlobs(tmp_path)
    digest = (first := staged(blobs)).digest
    blobs.publish(first)
    an_hour_ago_ms = aged(tmp_path, digest, 2 * AN_HOUR_S)
    stale = list(blobs.stale(an_hour_ago_ms))

    blobs.publish(staged(blobs))

    assert [digest] == stale
    assert blobs.delete_stale(stale, an_hour_ago_ms, lambda _digests: set()) == 0


def test_nobody_publishes_between_the_sweeps_question_and_its_removal(tmp_path: Path) -> None:
    """A publisher that comes meanwhile waits, finds nothing, and stores the bytes anew."""
    blobs = FileBlobs(tmp_path)
    digest = (first := staged(blobs)).digest
    blobs.publish(first)
    an_hour_ago_ms = aged(tmp_path, digest, 2 * AN_HOUR_S)
    publisher = threading.Thread(target=blobs.publish, args=(staged(blobs),))

    def named(_digests: Iterable[str]) -> set[str]:
        publisher.start()
        publisher.join(0.2)
        assert publisher.is_alive()
        return set()

    removed = blobs.delete_stale([digest], an_hour_ago_ms, named)
    publisher.join(10)

    assert removed == 1
    assert b"".join(blobs.read(digest)) == b"solid"


def test_who_reads_a_blob_reads_on_when_it_is_deleted(tmp_path: Path) -> None:
    blobs = FileBlobs(tmp_path)
    content = b"x" * 1_500_000
    digest = (found := staged(blobs, content)).digest
    blobs.publish(found)
    chunks = blobs.read(digest)
    first = next(chunks)

    blobs.delete(digest)

    assert content == first + b"".join(chunks)


def test_a_failed_publish_leaves_nothing_behind(tmp_path: Path) -> None:
    blobs = FileBlobs(tmp_path)
    found = staged(blobs)
    (tmp_path / "blobs" / found.digest[:2]).write_text("in the way")

    with pytest.raises(NotADirectoryError):
        blobs.publish(found)

    assert list((tmp_path / "staging").iterdir()) == []


def test_a_copy_over_file_systems_that_share_nothing_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: int) -> int:
        raise OSError(errno.EXDEV, "two file systems")

    blobs = FileBlobs(tmp_path)
    found = staged(blobs)
    blobs.publish(found)
    monkeypatch.setattr(os, "copy_file_range", refuse)

    blobs.lay(found.digest, tmp_path / "laid")

    assert (tmp_path / "laid").read_bytes() == b"solid"


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_full_disk_is_told_as_that(number: int) -> None:
    with pytest.raises(StorageFull), told_when_full():
        raise OSError(number, "full")


def test_a_missing_blob_is_not_there_for_dialects() -> None:
    """`BlobLost` is a kind of `NotFound`: an object deleted while it is opened answers 404."""
    assert issubclass(BlobLost, NotFound)
