"""What a child left behind, looked at before anybody opens it, and removed whatever it is."""

import itertools
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from outfeed.errors import ChildOutputTooLarge, ChildWroteOutside
from outfeed.jobs.work import OUT

#: Most files and folders that a child may make: looking at so many takes about a second.
MAX_ENTRIES = 250_000
#: Most folders inside each other. A child can make thousands, at which path names and recursion end.
MAX_DEPTH = 64


def outputs(folder: Path, *, max_bytes: int | None = None, max_entries: int = MAX_ENTRIES) -> dict[str, Path]:
    """
    Return the results in a folder: name with `/` between folders, and where it lies; sorted by name.

    Call it when the child is gone: nobody is left to change what was looked at.

    Parameters
    ----------
    folder
        The folder of a piece of work.
    max_bytes
        What the plain files may hold together; None: it was looked at before.
    max_entries
        How many files and folders there may be.

    Raises
    ------
    ChildWroteOutside
        If there is anything but plain files of one name each, in folders that can be read.
    ChildOutputTooLarge
        If it is too many bytes or entries, or too deep.
    """
    found: dict[str, Path] = {}
    total = 0
    for entry in _walk(folder / OUT, max_entries):
        status = entry.stat(follow_symlinks=False)
        if not stat.S_ISREG(status.st_mode) or status.st_nlink != 1 or not entry.name.isprintable():
            raise ChildWroteOutside("It left something that is no plain file.")
        total += status.st_size
        if max_bytes is not None and total > max_bytes:
            raise ChildOutputTooLarge
        path = Path(entry.path)
        found[path.relative_to(folder / OUT).as_posix()] = path
    return dict(sorted(found.items()))


def size(folder: Path, *, max_entries: int = MAX_ENTRIES) -> int:
    """
    Return the bytes that the files of a folder hold, while a child may still be changing it.

    Raises
    ------
    ChildOutputTooLarge
        If there are too many files and folders, or too deep ones.
    ChildWroteOutside
        If a folder cannot be read.
    """
    return sum(map(_size_of, _walk(folder, max_entries)))


def remove(folder: Path) -> None:
    """
    Remove a folder, if it is there, with all that a child may have made of it.

    Each folder inside is moved up before it is emptied, so that depth does not matter; the child must be gone.
    """
    if not os.path.lexists(folder):
        return
    attic = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".removed-"))
    names = map(str, itertools.count())
    waiting = [_move(folder, attic / next(names))]
    while waiting:
        inside = waiting.pop()
        with os.scandir(inside) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(_move(entry.path, attic / next(names)))
                else:
                    os.unlink(entry.path)  # noqa: PTH108 -- there may be very many: no object for each
        inside.rmdir()
    attic.rmdir()


def _move(folder: str | Path, to: Path) -> Path:
    """Move a folder, whatever its mode; a folder can only be moved by one who may write it."""
    os.chmod(folder, 0o700)  # noqa: PTH101 -- as above
    os.rename(folder, to)  # noqa: PTH104 -- as above
    return to


def _size_of(entry: os.DirEntry[str]) -> int:
    """Return a file's size on disk or in its own words, whichever is more; 0 if it is gone by now."""
    try:
        status = entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        return 0
    return max(status.st_size, status.st_blocks * 512)


def _walk(folder: Path, max_entries: int) -> Iterator[os.DirEntry[str]]:
    """Yield everything beneath a folder but folders, links as themselves."""
    waiting = [(str(folder), 0)]
    seen = 0
    while waiting:
        path, depth = waiting.pop()
        for entry in _entries(path):
            seen += 1
            if seen > max_entries or depth > MAX_DEPTH:
                raise ChildOutputTooLarge("There are too many files, or too many folders inside each other.")
            if entry.is_dir(follow_symlinks=False):
                waiting.append((entry.path, depth + 1))
            else:
                yield entry


def _entries(folder: str) -> Iterator[os.DirEntry[str]]:
    """Yield what is in a folder, nothing if it is gone by now."""
    try:
        with os.scandir(folder) as entries:
            yield from entries
    except FileNotFoundError:
        return
    except OSError as error:
        raise ChildWroteOutside("It left a folder that cannot be read.") from error
