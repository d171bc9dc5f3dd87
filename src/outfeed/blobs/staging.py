"""Bytes on their way in: written to a file of their own and hashed as they come, seen by nobody until published."""

import errno
import hashlib
import shutil
import stat
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self

from outfeed.errors import ChildGarbled, StorageFull

#: Bytes are read and written in pieces of at most this size.
CHUNK_BYTES: Final = 1024 * 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class Staged:
    """A whole file that waits to be published, and what it hashes to."""

    path: Path
    #: SHA-256 as hex: the name that the bytes are stored under.
    digest: str
    #: SHA-1 as hex, which OSS shows to its clients.
    sha1: str
    #: MD5 as hex, which clients of S3 expect as the tag of a part.
    md5: str
    #: In bytes.
    size: int

    def discard(self) -> None:
        """Remove the file; harmless after it was published."""
        self.path.unlink(missing_ok=True)


class Hashes:
    """The three digests of a stream, and its length."""

    def __init__(self) -> None:
        self._sha256 = hashlib.sha256()
        self._sha1 = hashlib.sha1(usedforsecurity=False)
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._size = 0

    def update(self, chunk: bytes | bytearray | memoryview) -> None:
        """Take the next bytes in."""
        self._sha256.update(chunk)
        self._sha1.update(chunk)
        self._md5.update(chunk)
        self._size += len(chunk)

    def staged(self, path: Path) -> Staged:
        """Return the facts of what was taken in, as those of the file at `path`."""
        return Staged(
            path=path,
            digest=self._sha256.hexdigest(),
            sha1=self._sha1.hexdigest(),
            md5=self._md5.hexdigest(),
            size=self._size,
        )


class Stage:
    """A file that is being written. As a context manager it removes the file unless `finish` was reached."""

    def __init__(self, path: Path) -> None:
        self._path = path
        # Opened with the first bytes, so that making a stage does no work of the disk.
        self._file: BinaryIO | None = None
        self._hashes = Hashes()
        self._finished = False

    def write(self, chunk: bytes | bytearray | memoryview) -> None:
        """
        Append bytes.

        Raises
        ------
        StorageFull
            If the disk has no room for them.
        """
        with told_when_full():
            self._opened().write(chunk)
        self._hashes.update(chunk)

    def finish(self) -> Staged:
        """Close the file and return its facts; from here on it is the caller's to publish or to discard."""
        with told_when_full():
            self._opened().close()
        self._path.chmod(0o400)
        self._finished = True
        return self._hashes.staged(self._path)

    def discard(self) -> None:
        """Close and remove the file, whatever state it is in."""
        try:
            if self._file:
                with suppress(OSError):  # closing writes what is buffered, and the disk may be full
                    self._file.close()
        finally:
            self._path.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._finished:
            self.discard()

    def _opened(self) -> BinaryIO:
        if self._file is None:
            self._file = self._path.open("xb")
        return self._file


class Staging:
    """The folder of files that are being written; on the file system that they are published on."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def stage(self) -> Stage:
        """Begin a new file."""
        return Stage(self._fresh())

    def adopt(self, path: Path) -> Staged:
        """
        Take over a file that a conversion has written: it moves here.

        Raises
        ------
        ChildGarbled
            If it is no plain file, or has a second name under which it could still be changed.
        """
        state = path.lstat()
        if not stat.S_ISREG(state.st_mode) or state.st_nlink != 1:
            raise ChildGarbled("A result is no plain file.")
        taken = self._fresh()
        shutil.move(path, taken)
        try:
            return _facts(taken)
        except BaseException:
            taken.unlink(missing_ok=True)
            raise

    def clear(self, before_ms: int) -> int:
        """Remove what was last written before that time, and return how many files that were."""
        removed = 0
        for path in list(self._folder.iterdir()):
            with suppress(FileNotFoundError):  # published meanwhile
                if path.lstat().st_mtime_ns < before_ms * 1_000_000:
                    path.unlink()
                    removed += 1
        return removed

    def _fresh(self) -> Path:
        return self._folder / uuid.uuid4().hex


def _facts(path: Path) -> Staged:
    """Hash a file that another process has made."""
    hashes = Hashes()
    path.chmod(0o400)
    with path.open("rb", buffering=0) as file:
        while chunk := file.read(CHUNK_BYTES):
            hashes.update(chunk)
    return hashes.staged(path)


@contextmanager
def told_when_full() -> Iterator[None]:
    """Turn the system's ways to say that there is no room into `StorageFull`."""
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
            raise StorageFull from error
        raise
