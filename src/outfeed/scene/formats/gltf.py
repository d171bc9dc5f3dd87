"""
glTF 2.0, as JSON or as GLB, as a scene: each node is an element, and a mesh that several nodes place is one shape.

A node's transform is followed as `outfeed.mesh.formats.gltf.read` says. What instancing places are parts of the node.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np

from outfeed.errors import TooManyTriangles
from outfeed.mesh.formats.gltf.looks import Looks
from outfeed.mesh.formats.gltf.losing import losses
from outfeed.mesh.formats.gltf.opening import Opened, open_gltf
from outfeed.mesh.formats.gltf.scene import Placement, library, placement_of, tree
from outfeed.mesh.formats.gltf.strict_json import Document, Member
from outfeed.mesh.formats.source import ReadLimits, SourceFile
from outfeed.mesh.reporting import Report
from outfeed.mesh.traits import Loss, Trait
from outfeed.mesh.units import Unit
from outfeed.scene.extras import cost, flattened, taken
from outfeed.scene.formats.gltf_parts import Parts, check_reach
from outfeed.scene.model import NO_PARENT, Element, Part, Scene, Value

#: Places of meshes in one file: about a kilobyte each.
MOST_PARTS: Final = 2_000_000
#: Letters of a path of child numbers; a node that is deeper begins a path with its row.
LONGEST_PATH: Final = 60
#: Nodes between two reports of progress.
REPORT_EVERY: Final = 1_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Words:
    """What a file calls a node, and the mesh that it places; empty for nothing."""

    node: str
    mesh: str
    #: Whether it shows triangles.
    shows: bool


#: Class and name of an element, and properties that come before those of the file.
Described: TypeAlias = tuple[str, str, dict[str, Value]]


def described(words: Words) -> Described:
    """Return what an element of glTF is called."""
    return "Node", words.node or words.mesh, {}


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """A node, or a mesh of a file without nodes."""

    id: str
    parent: int
    #: The members that may have a name and extras of their own, the one that counts first.
    members: tuple[Member, ...]
    placement: Placement | None


# Numbers of a hostile file overflow and are none, which numpy warns of; what is not finite is refused.
@np.errstate(over="ignore", invalid="ignore")
def read_gltf_scene(
    source: SourceFile,
    *,
    unitless: Unit,
    limits: ReadLimits,
    processes: int,
    report: Report,
    y_up: bool = True,
    described: Callable[[Words], Described] = described,
) -> Scene:
    """
    Read glTF or GLB. In metres, so `unitless` changes nothing.

    For a file that another program has made of a format, `y_up` is false where that left z up, and `described` says
    what elements are called.

    Raises
    ------
    SourceEmpty, SourceDamaged, NotFinite, IndexOutOfRange, TooManyTriangles
    """
    del unitless, processes
    opened = open_gltf(source, limits)
    found = list(_found(opened.document))
    placed = [one.placement for one in found if one.placement is not None]
    _check_placed(opened, placed)
    report(0.1)
    looks = Looks(opened.document, opened.buffers, limits)
    parts = Parts(opened, looks, y_up=y_up)
    properties = _Properties(opened)
    elements = []
    for number, one in enumerate(found):
        elements.append(_element(one, parts.of(one.placement), described, properties))
        if not number % REPORT_EVERY:
            report(0.1 + 0.5 * number / len(found))
    shapes = parts.shapes()
    check_reach([part for element in elements for part in element.parts], shapes)
    report(1.0)
    lost = (*losses(opened.document, placed, looks, one=False), *properties.lost())
    return Scene(elements=tuple(elements), shapes=shapes, lost=lost)


def _found(document: Document) -> Iterator[_Found]:
    """Yield what becomes an element; its id is the path of child numbers from the scene."""
    if not document.size("nodes"):
        for one in library(document):
            yield _Found(f"meshes/{one.mesh}", NO_PARENT, (one.node,), one)
        return
    paths: list[str] = []
    for node in tree(document):
        path = f"{paths[node.parent]}/{node.index}" if node.parent >= 0 else str(node.index)
        # Else a chain of many nodes would have paths that are many times as long as the file.
        paths.append(path if len(path) <= LONGEST_PATH else f"nodes/{node.row}")
        placement = placement_of(document, node)
        mesh = () if placement is None else (document.at("meshes", node.node.need("mesh")),)
        yield _Found(paths[-1], node.parent, (node.node, *mesh), placement)


def _check_placed(opened: Opened, placed: list[Placement]) -> None:
    totals = opened.totals
    opened.check_placed(sum(placement.count * totals[placement.mesh] for placement in placed))
    parts = sum(placement.count for placement in placed if totals[placement.mesh])
    if parts > MOST_PARTS:
        raise TooManyTriangles(f"It places {parts} meshes; the limit is {MOST_PARTS}.")


def _element(
    found: _Found, parts: tuple[Part, ...], described: Callable[[Words], Described], properties: "_Properties"
) -> Element:
    names = [_name(member) for member in found.members]
    words = Words(node=names[0], mesh=names[-1] if len(names) > 1 else "", shows=bool(parts))
    class_name, name, known = described(words)
    return Element(
        id=found.id,
        class_name=class_name,
        name=name,
        parent=found.parent,
        properties=properties.of(found.members, known),
        parts=parts,
    )


def _name(member: Member) -> str:
    # A name that is none costs the name.
    named = member.get("name")
    return named.clean_text() if named is not None and isinstance(named.value, str) else ""


class _Properties:
    """Makes properties of extras; all together take no more room than what a file may unpack to."""

    def __init__(self, opened: Opened) -> None:
        self._buffers = opened.buffers
        self._all_taken = True

    def of(self, members: tuple[Member, ...], known: dict[str, Value]) -> dict[str, Value]:
        """Return the properties of an element."""
        extras = [member.get("extras") for member in members]
        pairs = [iter(known.items()), *(flattened(one.value) for one in extras if one is not None)]
        found, whole = taken(pair for some in pairs for pair in some)
        self._buffers.charge(cost(found))
        self._all_taken &= whole
        return found

    def lost(self) -> tuple[Loss, ...]:
        """Return what was too much."""
        why = "Of the extras of a node, the first thousand values are kept."
        return () if self._all_taken else (Loss(what=Trait.METADATA, why=why),)
