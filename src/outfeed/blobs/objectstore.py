"""Blobs in what `obstore` speaks to: a store in memory for tests, one with an S3 interface behind the same calls."""

import threading
from collections.abc import Generator, Iterable, Iterator
from pathlib import Path

import obstore
from obstore.store import ObjectStore

from outfeed.blobs.staging import CHUNK_BYTES, Stage, Staged, Staging, told_when_full
from outfeed.blobs.store import Named
from outfeed.errors import BlobLost


class ObstoreBlobs:
    """
    Blobs in an object store. What is on its way in, and what is laid for conversions, is on the local disk.

    The lock between publishers and the sweep is this process's: it must be the only one that sweeps the store.
    """

    def __init__(self, store: ObjectStore, folder: Path) -> None:
        self._store = store
        self._staging = Staging(folder)
        self._lock = threading.Lock()

    def stage(self) -> Stage:
        """Begin to write bytes that nobody sees yet."""
        return self._staging.stage()

    def adopt(self, path: Path) -> Staged:
        """Take over a finished file; it moves into the staging folder."""
        with told_when_full():
            return self._staging.adopt(path)

    def publish(self, staged: Staged) -> None:
        """
        Make staged bytes readable under their digest; the store answers when it has them all.

        What is there already is put again: these are the same bytes, a put is atomic, and it makes them young.
        """
        try:
            with self._lock:
                obstore.put(self._store, _key(staged.digest), staged.path)
        finally:
            staged.discard()

    def read(self, digest: str, start: int = 0, stop: int | None = None) -> Generator[bytes]:
        """Yield the bytes from `start` up to, not including, `stop`, in pieces of at most 1 MiB."""
        size = self.size(digest)
        end = size if stop is None else min(stop, size)
        if start >= end:
            return
        found = obstore.get(self._store, _key(digest), options={"range": (start, end)})
        for chunk in found.stream(min_chunk_size=CHUNK_BYTES):
            for at in range(0, len(chunk), CHUNK_BYTES):
                yield bytes(chunk[at : at + CHUNK_BYTES])

    def lay(self, digest: str, to: Path) -> None:
        """Download a copy to `to`, read-only."""
        with told_when_full(), to.open("xb") as target:
            for chunk in self.read(digest):
                target.write(chunk)
        to.chmod(0o444)

    def size(self, digest: str) -> int:
        """Return the length in bytes, or raise `BlobLost`."""
        try:
            return obstore.head(self._store, _key(digest))["size"]
        except FileNotFoundError as error:
            raise BlobLost(f"Blob {digest}.") from error

    def delete(self, digest: str) -> None:
        """Remove a blob, if it is there."""
        obstore.delete(self._store, _key(digest))

    def stale(self, before_ms: int) -> Iterator[str]:
        """Yield the digests of blobs that were last published before that time."""
        for metas in obstore.list(self._store, prefix="blobs"):
            for meta in metas:
                if meta["last_modified"].timestamp() * 1000 < before_ms:
                    yield meta["path"].rpartition("/")[2]

    def delete_stale(self, digests: Iterable[str], before_ms: int, named: Named) -> int:
        """Remove those blobs that nothing names and that nobody has published since; return how many."""
        with self._lock:
            old = [digest for digest in digests if self._is_older(digest, before_ms)]
            unnamed = set(old) - named(old)
            for digest in unnamed:
                self.delete(digest)
        return len(unnamed)

    def clear_staging(self, before_ms: int) -> int:
        """Remove what was staged before that time and never published; return how many files that were."""
        return self._staging.clear(before_ms)

    def _is_older(self, digest: str, before_ms: int) -> bool:
        try:
            meta = obstore.head(self._store, _key(digest))
        except FileNotFoundError:
            return False
        return meta["last_modified"].timestamp() * 1000 < before_ms


def _key(digest: str) -> str:
    return f"blobs/{digest[:2]}/{digest[2:4]}/{digest}"
