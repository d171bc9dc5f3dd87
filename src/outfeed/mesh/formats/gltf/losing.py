"""What a glTF file has, and nothing that is made of it."""

from collections.abc import Iterator, Sequence
from typing import Final

from outfeed.mesh.formats.gltf.looks import Looks
from outfeed.mesh.formats.gltf.primitives import LINES, POINTS, mode_of
from outfeed.mesh.formats.gltf.scene import Placement
from outfeed.mesh.formats.gltf.strict_json import Document, Member
from outfeed.mesh.traits import Loss, Trait

#: Extensions that say what things are, and not where.
FACTS: Final = frozenset({"EXT_structural_metadata", "KHR_xmp_json_ld"})


def losses(document: Document, placed: Sequence[Placement], looks: Looks, *, one: bool) -> tuple[Loss, ...]:
    """Return what the file has and no mesh holds, in the order in which it was met; whether all becomes one mesh."""
    lost: dict[Trait, str] = {}
    used = sorted({placement.mesh for placement in placed})
    for row in used:
        mesh = Member(document.root.value["meshes"][row], f"meshes[{row}]")
        for primitive in mesh.need("primitives").entries():
            lost |= dict(_lost_of(primitive))
    if any(document.size(table) for table in ("animations", "skins")):
        lost[Trait.ANIMATION] = ""
    if one and len(placed) > 1:
        lost[Trait.STRUCTURE] = ""
    extensions = document.root.get("extensions")
    names = extensions.value if extensions is not None and isinstance(extensions.value, dict) else {}
    if document.size("cameras") or "KHR_lights_punctual" in names:
        lost[Trait.OTHER] = "Cameras and lights."
    if not names.keys().isdisjoint(FACTS) or document.root.need("asset").has("copyright"):
        lost.setdefault(Trait.METADATA, "")
    return tuple(Loss(what=what, why=why) for what, why in (lost | looks.lost).items())


def _lost_of(primitive: Member) -> Iterator[tuple[Trait, str]]:
    mode = mode_of(primitive)
    if mode == POINTS:
        yield Trait.POINTS, ""
    if mode in LINES:
        yield Trait.LINES, ""
    if primitive.has("targets"):
        yield Trait.ANIMATION, ""
    attributes = primitive.need("attributes")
    if attributes.has("NORMAL"):
        yield Trait.NORMALS, ""
    if attributes.has("TEXCOORD_1"):
        yield Trait.UVS, "Only the texture coordinates that a material's colour uses are kept."
    if any(name.startswith("_") for name, _ in attributes.members()):
        yield Trait.METADATA, "Attributes of an application's own."
