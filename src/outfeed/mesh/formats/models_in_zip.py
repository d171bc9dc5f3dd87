"""A ZIP with one model, and the files that the model names."""

import posixpath
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Final

from outfeed.errors import SourceDamaged, SourceEmpty, SourceUnsupported
from outfeed.mesh.formats.reading import Reading
from outfeed.mesh.formats.registry import READERS, read_source, reader_for
from outfeed.mesh.formats.source import Lookup, ReadLimits, SourceFile, local_name
from outfeed.mesh.formats.zips import Archive, opened
from outfeed.mesh.reporting import Report, silent
from outfeed.mesh.units import Unit

#: The format of an archive, which is no model inside another.
ZIP: Final = "zip"
#: Models that a refusal names.
SHOWN: Final = 5


def read_zip(source: SourceFile, *, unitless: Unit, limits: ReadLimits, report: Report = silent) -> Reading:
    """
    Read the one model of an archive; hidden files and those of `__MACOSX` do not count.

    Files that the model names are looked for from its folder, and then by their name alone where only one file has it.
    Archives inside are opened only where their format is one of a model. All together unpack to no more than the limit.

    Raises
    ------
    SourceEmpty
        If there is no model.
    SourceUnsupported
        If there is more than one.
    SourceDamaged
        If it is no archive, or a damaged one.
    SourceError
        What the model's reader raises.
    """
    ends = [end for form, reader in READERS.items() if form != ZIP for end in reader.extensions]
    with model_inside(source, limits, ends) as (name, model, left):
        return read_source(model, format=reader_for(name) or "", unitless=unitless, limits=left, report=report)


@contextmanager
def model_inside(
    source: SourceFile, limits: ReadLimits, ends: Collection[str]
) -> Iterator[tuple[str, SourceFile, ReadLimits]]:
    """
    Open an archive, and give the name of its one model, the model, and the limits that are left for it.

    A model is a file whose name has one of these ends, lower case and with the dot. Raises as `read_zip` does.
    """
    with opened(source, limits) as archive:
        name = _only_model(archive.names, ends)
        data = archive.read(name)
        left = replace(limits, max_unpacked_bytes=limits.max_unpacked_bytes - len(data))
        yield name, SourceFile(content=data, companion=_companions(archive, posixpath.dirname(name))), left


def _only_model(names: list[str], ends: Collection[str]) -> str:
    models = [name for name in names if _is_shown(name) and PurePosixPath(name).suffix.lower() in ends]
    if not models:
        raise SourceEmpty(f"It has no model: no file whose name ends with one of {', '.join(ends)}.")
    if len(models) > 1:
        shown = ", ".join(repr(name) for name in models[:SHOWN])
        more = f" and {len(models) - SHOWN} more" if len(models) > SHOWN else ""
        raise SourceUnsupported(f"It has more than one model: {shown}{more}. Send one at a time.")
    return models[0]


def _is_shown(name: str) -> bool:
    return not any(part.startswith(".") or part == "__MACOSX" for part in name.split("/"))


def _companions(archive: Archive, folder: str) -> Lookup:
    """Return the lookup of files for a model in a folder of the archive."""
    shown = [name for name in archive.names if _is_shown(name)]
    counts = Counter(posixpath.basename(name).casefold() for name in shown)
    alone = {base: name for name in shown if counts[base := posixpath.basename(name).casefold()] == 1}

    def read(reference: str) -> bytes | None:
        wanted = local_name(reference)
        if wanted is None:
            return None
        found = archive.find(posixpath.join(folder, wanted)) or alone.get(posixpath.basename(wanted).casefold())
        try:
            return archive.read(found) if found else None
        except SourceDamaged:
            return None

    return read
