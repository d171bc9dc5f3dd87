"""A glTF file, opened: its document and its bytes, of a version and with extensions that are read here."""

from dataclasses import dataclass
from typing import Final

from outfeed.errors import SourceEmpty, SourceUnsupported, TooManyTriangles
from outfeed.mesh.formats.gltf import draco
from outfeed.mesh.formats.gltf.buffers import PACKED, Buffers
from outfeed.mesh.formats.gltf.container import parts
from outfeed.mesh.formats.gltf.looks import GLOSSY, TRANSFORM, UNREAD_IMAGES, WEBP
from outfeed.mesh.formats.gltf.primitives import count_triangles
from outfeed.mesh.formats.gltf.scene import INSTANCING
from outfeed.mesh.formats.gltf.strict_json import Document, Member, parsed
from outfeed.mesh.formats.source import ReadLimits, SourceFile

#: Lengths in a GLB file have 32 bits; the JSON form is granted as much.
MOST_BYTES: Final = 0xFFFF_FFFF
#: Extensions without which a file can be read here, and those that are read. All of materials concern the look.
KNOWN: Final = frozenset(
    {
        *PACKED,
        *UNREAD_IMAGES,
        draco.NAME,
        INSTANCING,
        TRANSFORM,
        GLOSSY,
        WEBP,
        "KHR_mesh_quantization",
        "KHR_lights_punctual",
        "KHR_animation_pointer",
        "KHR_xmp_json_ld",
        "EXT_lights_image_based",
        "EXT_mesh_features",
        "EXT_instance_features",
        "EXT_structural_metadata",
    }
)
#: Extensions that are read whatever comes behind this.
MATERIALS: Final = "KHR_materials_"


@dataclass(frozen=True, slots=True, eq=False)
class Opened:
    """A file of which no mesh has been read yet."""

    document: Document
    buffers: Buffers
    #: Triangles of each primitive of each mesh.
    counts: list[list[int]]
    limits: ReadLimits

    @property
    def totals(self) -> list[int]:
        """Return the triangles of each mesh."""
        return [sum(count) for count in self.counts]

    def check_placed(self, triangles: int) -> None:
        """
        Check how many triangles are placed.

        Raises
        ------
        SourceEmpty, TooManyTriangles
        """
        if not triangles:
            raise SourceEmpty
        if triangles > self.limits.max_triangles:
            raise TooManyTriangles(f"It places {triangles}; the limit is {self.limits.max_triangles}.")


def open_gltf(source: SourceFile, limits: ReadLimits) -> Opened:
    """
    Open glTF or GLB, told by its first bytes, and count its triangles.

    Raises
    ------
    SourceEmpty, SourceDamaged, SourceUnsupported
    """
    text, binary = parts(source.view(MOST_BYTES))
    document = parsed(text)
    _check_version(document)
    buffers = Buffers(document, binary, source, limits)
    return Opened(document, buffers, [_counts(document, buffers, mesh) for mesh in document.rows("meshes")], limits)


def _check_version(document: Document) -> None:
    asset = document.root.need("asset")
    # The first version wrote a number.
    version = str(asset.need("version").value)
    least = asset.get("minVersion")
    if not version.startswith("2.") or (least is not None and least.text() != "2.0"):
        needed = version if least is None else least.text()
        raise SourceUnsupported(f"It is glTF of version {needed[:20]!r}; version 2.0 is read.")
    required = document.root.get("extensionsRequired")
    names = [] if required is None else [entry.text() for entry in required.entries()]
    unknown = [name for name in names if name not in KNOWN and not name.startswith(MATERIALS)]
    if unknown:
        raise SourceUnsupported(f"It requires extensions that are not read here: {', '.join(unknown)[:200]}.")


def _counts(document: Document, buffers: Buffers, mesh: Member) -> list[int]:
    """Return the triangles of each primitive of a mesh."""
    return [count_triangles(document, buffers, primitive) for primitive in mesh.need("primitives").entries()]
