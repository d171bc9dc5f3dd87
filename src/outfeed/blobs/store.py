"""Bytes under their SHA-256: stored once, never changed, the same for whoever has the digest."""

import errno
import fcntl
import os
import shutil
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol

from outfeed.blobs.staging import CHUNK_BYTES, Stage, Staged, Staging, told_when_full
from outfeed.errors import BlobLost

__all__ = ["CHUNK_BYTES", "Blobs", "FileBlobs", "Stage", "Staged"]

#: Tells which of some digests are still named by a row.
Named = Callable[[Iterable[str]], set[str]]


class Blobs(Protocol):
    """What every store of blobs can do. All of it blocks: call it from threads."""

    def stage(self) -> Stage:
        """Begin to write bytes that nobody sees yet."""

    def adopt(self, path: Path) -> Staged:
        """Take over a finished file, such as a conversion's result; it is no longer at `path` afterwards."""

    def publish(self, staged: Staged) -> None:
        """
        Make staged bytes readable under their digest, for good: a power cut after the return loses nothing.

        Publishing what is there already makes it young again, so that no sweep takes it before a row names it. The
        staged file is gone afterwards, also when this fails.
        """

    def read(self, digest: str, start: int = 0, stop: int | None = None) -> Generator[bytes]:
        """
        Yield the bytes from `start` up to, not including, `stop`, in pieces of at most 1 MiB.

        Who stops before the end closes the generator.
        """

    def lay(self, digest: str, to: Path) -> None:
        """Put a copy at `to`, read-only. Whatever happens to it, the blob stays as it is."""

    def size(self, digest: str) -> int:
        """Return the length in bytes, or raise `BlobLost`."""

    def delete(self, digest: str) -> None:
        """Remove a blob, if it is there."""

    def stale(self, before_ms: int) -> Iterator[str]:
        """Yield the digests of blobs that were last published before that time."""

    def delete_stale(self, digests: Iterable[str], before_ms: int, named: Named) -> int:
        """
        Remove those blobs that nothing names and that nobody has published since; return how many.

        Nothing is published between the question `named` and the removal.
        """

    def clear_staging(self, before_ms: int) -> int:
        """Remove what was staged before that time and never published; return how many files that were."""


def sync_to_disk(path: Path) -> None:
    """Return when a file's bytes, or a folder's names, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class FileBlobs:
    """Blobs in a data folder: `blobs/ab/cd/abcd…`. Why not through obstore: `docs/decisions/0003-blobs-on-disk.md`."""

    def __init__(self, folder: Path, sync: Callable[[Path], None] = sync_to_disk) -> None:
        self._sync = sync
        self._root = folder / "blobs"
        self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = folder / "blobs.lock"
        self._staging = Staging(folder / "staging")
        self._settled: set[Path] = set()

    def stage(self) -> Stage:
        """Begin to write bytes that nobody sees yet."""
        return self._staging.stage()

    def adopt(self, path: Path) -> Staged:
        """Take over a finished file; it moves into the staging folder."""
        with told_when_full():
            return self._staging.adopt(path)

    def publish(self, staged: Staged) -> None:
        """Make staged bytes readable under their digest; file and folders are synced when it returns."""
        final = self._path(staged.digest)
        try:
            with told_when_full(), self._held(fcntl.LOCK_SH):
                if not _refreshed(final, staged.size):
                    self._enter(staged, final)
        finally:
            staged.discard()
        self._settle(final)

    def read(self, digest: str, start: int = 0, stop: int | None = None) -> Generator[bytes]:
        """Yield the bytes from `start` up to, not including, `stop`, in pieces of at most 1 MiB."""
        with self._opened(digest) as file:
            left = (os.fstat(file.fileno()).st_size if stop is None else stop) - start
            file.seek(start)
            while left > 0 and (chunk := file.read(min(CHUNK_BYTES, left))):
                left -= len(chunk)
                yield chunk

    def lay(self, digest: str, to: Path) -> None:
        """
        Put a copy at `to`, read-only.

        It is no hard link: a conversion that runs as this user, or as root, could write through it into the blob, and
        file modes would not stop it. File systems that can share bytes between files (XFS, Btrfs) do so here.
        """
        with self._opened(digest) as source, told_when_full():
            _copy(source, to)
        to.chmod(0o444)

    def size(self, digest: str) -> int:
        """Return the length in bytes, or raise `BlobLost`."""
        try:
            return self._path(digest).stat().st_size
        except FileNotFoundError as error:
            raise BlobLost(f"Blob {digest}.") from error

    def delete(self, digest: str) -> None:
        """Remove a blob, if it is there; who reads it just now reads on."""
        self._path(digest).unlink(missing_ok=True)

    def stale(self, before_ms: int) -> Iterator[str]:
        """Yield the digests of blobs that were last published before that time."""
        for path in self._root.glob("??/??/*"):
            if _is_older(path, before_ms):
                yield path.name

    def delete_stale(self, digests: Iterable[str], before_ms: int, named: Named) -> int:
        """Remove those blobs that nothing names and that nobody has published since; return how many."""
        with self._held(fcntl.LOCK_EX):
            old = [digest for digest in digests if _is_older(self._path(digest), before_ms)]
            unnamed = set(old) - named(old)
            for digest in unnamed:
                self.delete(digest)
        return len(unnamed)

    def clear_staging(self, before_ms: int) -> int:
        """Remove what was staged before that time and never published; return how many files that were."""
        return self._staging.clear(before_ms)

    def _path(self, digest: str) -> Path:
        return self._root / digest[:2] / digest[2:4] / digest

    def _opened(self, digest: str) -> BinaryIO:
        try:
            return self._path(digest).open("rb", buffering=0)
        except FileNotFoundError as error:
            raise BlobLost(f"Blob {digest}.") from error

    @contextmanager
    def _held(self, kind: int) -> Iterator[None]:
        """Hold the store's lock, shared by publishers, alone for a sweep; the kernel frees it however we end."""
        with self._lock.open("wb") as file:
            fcntl.flock(file, kind)
            yield

    def _enter(self, staged: Staged, final: Path) -> None:
        """Sync a staged file and give it its final name; a whole blob that is there already stays."""
        self._sync(staged.path)
        final.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            os.link(staged.path, final)
        except FileExistsError:
            if not _refreshed(final, staged.size):
                staged.path.replace(final)

    def _settle(self, final: Path) -> None:
        """
        Sync the folder of a blob, and each one above it once per process.

        Not only those that this call has made: another publisher may have made one and not have synced it yet.
        """
        self._sync(final.parent)
        if final.parent not in self._settled:
            for above in (final.parent.parent, self._root, self._root.parent):
                self._sync(above)
            self._settled.add(final.parent)


def _refreshed(final: Path, size: int) -> bool:
    """Tell whether the blob is there whole, and if so make it young."""
    try:
        if final.stat().st_size != size:
            return False
        os.utime(final)
    except FileNotFoundError:
        return False
    return True


def _is_older(path: Path, before_ms: int) -> bool:
    """Tell whether a file is there and was last published before that time."""
    try:
        return path.stat().st_mtime_ns < before_ms * 1_000_000
    except FileNotFoundError:
        return False


def _copy(source: BinaryIO, to: Path) -> None:
    """Copy a whole file inside the kernel, which shares the bytes where the file system can."""
    with to.open("xb", buffering=0) as target:
        left = os.fstat(source.fileno()).st_size
        try:
            while left > 0 and (copied := os.copy_file_range(source.fileno(), target.fileno(), left)):
                left -= copied
        except OSError as error:
            # Two file systems, or one that cannot: the plain way, from the start.
            if error.errno not in {errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP}:
                raise
            source.seek(0)
            target.truncate(0)
            target.seek(0)
            shutil.copyfileobj(source, target, CHUNK_BYTES)
