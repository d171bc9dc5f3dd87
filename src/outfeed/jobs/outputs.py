"""What a child left behind, looked at before anybody opens it."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from outfeed.errors import ChildOutputTooLarge, ChildWroteOutside
from outfeed.jobs.work import OUT

#: Most files that a result may have.
MAX_FILES = 1_000_000


def outputs(folder: Path, *, max_bytes: int | None = None) -> dict[str, Path]:
    """
    Return the results in a folder: name with `/` between folders, and where it lies; sorted by name.

    Call it when the child is gone: nobody is left to change what was looked at.

    Parameters
    ----------
    folder
        The folder of a piece of work.
    max_bytes
        What the plain files may hold together; None: it was looked at before.

    Raises
    ------
    ChildWroteOutside
        If there is anything but plain files and folders of one name each: a link, a device, a pipe.
    ChildOutputTooLarge
        If it is more than `max_bytes`, or more than a million files.
    """
    found: dict[str, Path] = {}
    total = 0
    for path, status in _walk(folder / OUT):
        if not stat.S_ISREG(status.st_mode) or status.st_nlink != 1 or not _is_plain(path.name):
            raise ChildWroteOutside("It left something that is no plain file.")
        total += status.st_size
        found[path.relative_to(folder / OUT).as_posix()] = path
        if (max_bytes is not None and total > max_bytes) or len(found) > MAX_FILES:
            raise ChildOutputTooLarge
    return dict(sorted(found.items()))


def size(folder: Path) -> int:
    """Return the bytes that the files of a folder hold, while a child may still be changing it."""
    total = 0
    for path, _, names, place in os.fwalk(folder, onerror=None, follow_symlinks=False):
        del path
        for name in names:
            total += _size_of(name, place)
    return total


def _size_of(name: str, place: int) -> int:
    """Return a file's size on disk or in its own words, whichever is more; 0 if it is gone by now."""
    try:
        status = os.stat(name, dir_fd=place, follow_symlinks=False)
    except OSError:
        return 0
    return max(status.st_size, status.st_blocks * 512)


def _walk(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """Yield everything beneath a folder but folders, links as themselves."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _walk(Path(entry.path))
            else:
                yield Path(entry.path), entry.stat(follow_symlinks=False)


def _is_plain(name: str) -> bool:
    """Tell whether a name is text without control characters."""
    return name.isprintable()
