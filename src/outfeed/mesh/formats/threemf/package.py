"""The package of a 3MF file: its parts, and which of them to start with (ECMA-376 part 2, Open Packaging Conventions).

The list of content types is not read: relationships say what a part is for, and a part is judged by what is in it.
"""

from typing import Final

from outfeed.errors import SourceDamaged
from outfeed.mesh.formats import xmls
from outfeed.mesh.formats.source import local_name
from outfeed.mesh.formats.threemf.words import RELATIONSHIPS, START_PART
from outfeed.mesh.formats.zips import Archive

#: The relationships of the package itself.
ROOT: Final = "_rels/.rels"
RELATIONSHIP: Final = f"{RELATIONSHIPS} Relationship"


def start_part(archive: Archive) -> str:
    """
    Return the name of the part that says what is built.

    Raises
    ------
    SourceDamaged
        If there is none, or it is not a part of this package.
    """
    name = archive.find(ROOT)
    if name is None:
        raise SourceDamaged("It is no 3MF package: it has no relationships.")
    found: list[dict[str, str]] = []

    def start(element: str, attributes: dict[str, str]) -> None:
        if element == RELATIONSHIP and attributes.get("Type") == START_PART:
            found.append(attributes)

    xmls.parse(archive.read(name), start=start, namespaces=True)
    if not found:
        raise SourceDamaged("It is no 3MF package: no relationship names a 3D model.")
    target = found[0].get("Target", "")
    if found[0].get("TargetMode", "Internal") != "Internal":
        raise SourceDamaged(f"Its 3D model is outside of it: {shown(target)}.")
    return model_part(archive, target)


def model_part(archive: Archive, reference: str) -> str:
    """
    Return the name of a part with geometry.

    Raises
    ------
    SourceDamaged
        If it is not there: without it there is no mesh.
    """
    part = find_part(archive, reference, beside=None)
    if part is None:
        raise SourceDamaged(f"It has no part {shown(reference)}, which it names as a 3D model.")
    return part


def find_part(archive: Archive, reference: str, *, beside: str | None) -> str | None:
    """Return the part that a reference stands for, None where the package has none; `beside` is what names it."""
    name = local_name(reference.strip().removeprefix("/"))
    if name is None:
        return None
    folder = beside.rpartition("/")[0] if beside and not reference.strip().startswith("/") else ""
    return archive.find(f"{folder}/{name}") if folder else archive.find(name)


def shown(text: str) -> str:
    """Return what a file says as it stands in a sentence: quoted, and not too long."""
    return repr(text if len(text) <= 80 else f"{text[:80]}…")  # noqa: PLR2004 a line
