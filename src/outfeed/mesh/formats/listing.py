"""The registry of formats as it is printed: by `GET /formats`, `outfeed formats` and the docs."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from outfeed.mesh.formats.registry import READERS, WRITERS
from outfeed.mesh.traits import Trait


@dataclass(frozen=True, kw_only=True, slots=True)
class Pair:
    """A format that is read, one that is written, and what becomes of what a file has."""

    read: str
    written: str
    #: In the order of `Trait`.
    kept: tuple[Trait, ...]
    lost: tuple[Trait, ...]


def pairs() -> Iterator[Pair]:
    """Yield every pair of formats."""
    for read, reader in READERS.items():
        for written, writer in WRITERS.items():
            kept, lost = reader.holds & writer.holds, reader.holds - writer.holds
            yield Pair(read=read, written=written, kept=in_order(kept), lost=in_order(lost))


def in_order(traits: Iterable[Trait]) -> tuple[Trait, ...]:
    """Return traits in the order in which they are declared."""
    given = set(traits)
    return tuple(trait for trait in Trait if trait in given)


def listing() -> dict[str, Any]:
    """Return everything as JSON: `read`, `written`, `pairs`, and what the words for contents mean."""
    return {
        "read": [
            {
                "format": name,
                "title": reader.title,
                "extensions": list(reader.extensions),
                "media_type": reader.media_type,
                "holds": list(in_order(reader.holds)),
            }
            for name, reader in READERS.items()
        ],
        "written": [
            {
                "format": name,
                "title": writer.title,
                "extension": writer.suffix,
                "media_type": writer.media_type,
                "holds": list(in_order(writer.holds)),
            }
            for name, writer in WRITERS.items()
        ],
        "pairs": [
            {"read": pair.read, "written": pair.written, "kept": list(pair.kept), "lost": list(pair.lost)}
            for pair in pairs()
        ],
        "contents": {trait.value: trait.about for trait in Trait},
    }
