"""Writes 3MF: one object, in the mesh's own unit, so that no number changes."""

from collections import deque
from collections.abc import Callable, Iterator
from typing import BinaryIO, Final, TypeAlias
from xml.sax.saxutils import quoteattr

import numpy as np
from numpy.typing import NDArray

from outfeed import _kernels
from outfeed.errors import TargetTooSmall
from outfeed.mesh.appearance import Texture, Wrap
from outfeed.mesh.facts import bounds
from outfeed.mesh.formats.numbers import in_unit
from outfeed.mesh.formats.threemf.surface import Surface, surface
from outfeed.mesh.formats.threemf.words import (
    CONTENT_TYPES,
    CORE,
    MATERIAL,
    RELATIONSHIPS,
    START_PART,
    TEXTURE_PART,
    UNITS,
)
from outfeed.mesh.formats.zip_writer import ArchiveWriter, Part
from outfeed.mesh.model import Mesh, Positions
from outfeed.mesh.reporting import Report, silent
from outfeed.mesh.traits import Loss
from outfeed.mesh.units import Unit

#: Found with lib3mf 2.5: it refuses what is larger, in whatever unit.
MOST_COORDINATE: Final = 1e9
#: Rows that are written together.
CHUNK: Final = 8_192
MODEL: Final = "3D/3dmodel.model"
HEAD: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'
_UNIT_WORDS: Final = {unit: word for word, unit in UNITS.items()}
_WRAP_WORDS: Final = {Wrap.REPEAT: "wrap", Wrap.CLAMP: "clamp", Wrap.MIRROR: "mirror"}
#: Ends of images' names, by media type.
_ENDS: Final = {"image/png": "png", "image/jpeg": "jpg"}
#: What stands around the numbers of a row.
VERTEX: Final = ['<vertex x="', '" y="', '" z="', '"/>\n']
TRIANGLE: Final = ['<triangle v1="', '" v2="', '" v3="', '"/>\n']
COORDINATE: Final = ['<m:tex2coord u="', '" v="', '"/>\n']
COLOR: Final = ['<m:color color="#', '"/>\n']

#: Makes the elements of a range of rows.
Make: TypeAlias = Callable[[range], memoryview]


def write_3mf(mesh: Mesh, out: BinaryIO, *, unitless: Unit, report: Report = silent) -> tuple[Loss, ...]:
    """
    Write 3MF with the fewest digits that read back as the same numbers. `unitless` changes nothing: 3MF has units.

    A mesh that reaches farther than 10^9 in its unit is written in metres.

    A triangle of which two corners are the same vertex gets vertices of its own at the same places: the format wants
    three different ones, and readers weld them again.

    Raises
    ------
    TargetTooSmall
        If it reaches farther than 10^9 m.
    """
    del unitless
    look = surface(_in_reach(mesh))
    images = _image_names(look)
    archive = ArchiveWriter(out)
    archive.add("[Content_Types].xml", _content_types(images).encode())
    archive.add("_rels/.rels", _relationships([f"/{MODEL}"], START_PART).encode())
    if images:
        names = [f"/{name}" for name in images.values()]
        archive.add("3D/_rels/3dmodel.model.rels", _relationships(names, TEXTURE_PART).encode())
    with archive.part(MODEL) as part:
        _write_model(look, images, part, report)
    for image, name in images.items():
        archive.add(name, image, packed=False)
    archive.close()
    return look.lost


def _in_reach(mesh: Mesh) -> Mesh:
    for unit in (mesh.unit, Unit.METRE):
        near = in_unit(mesh, unit)
        if max(np.abs(corner).max() for corner in bounds(near)) <= MOST_COORDINATE:
            return near
    raise TargetTooSmall("Programs that read 3MF take coordinates up to 1,000,000,000.")


def _image_names(look: Surface) -> dict[bytes, str]:
    """Return the name of each different image."""
    names: dict[bytes, str] = {}
    for texture in look.mesh.textures:
        names.setdefault(texture.image, f"3D/Textures/{len(names) + 1}.{_ENDS[texture.media_type]}")
    return names


def _content_types(images: dict[bytes, str]) -> str:
    ends = {name.rpartition(".")[2] for name in images.values()}
    types = [
        ("rels", "application/vnd.openxmlformats-package.relationships+xml"),
        ("model", "application/vnd.ms-package.3dmanufacturing-3dmodel+xml"),
        *((end, media_type) for media_type, end in _ENDS.items() if end in ends),
    ]
    rows = [f'<Default Extension="{end}" ContentType="{media_type}"/>\n' for end, media_type in types]
    return f'{HEAD}<Types xmlns="{CONTENT_TYPES}">\n{"".join(rows)}</Types>\n'


def _relationships(targets: list[str], kind: str) -> str:
    rows = [f'<Relationship Target="{name}" Id="rel{row}" Type="{kind}"/>\n' for row, name in enumerate(targets)]
    return f'{HEAD}<Relationships xmlns="{RELATIONSHIPS}">\n{"".join(rows)}</Relationships>\n'


def _write_model(look: Surface, images: dict[bytes, str], part: Part, report: Report) -> None:
    mesh, number = look.mesh, look.next_number
    vertices, faces = _with_three_corners(mesh.vertices, mesh.faces)
    total = len(vertices) + len(faces)
    unit = _UNIT_WORDS[mesh.unit]
    part.write(f'{HEAD}<model unit="{unit}" xml:lang="en-US" xmlns="{CORE}" xmlns:m="{MATERIAL}">\n'.encode())
    part.write(b"<resources>\n")
    _write_resources(look, images, part)
    part.write(f'<object id="{number}" type="model">\n<mesh>\n<vertices>\n'.encode())
    for chunk in part.write_made(_rows(VERTEX, vertices), _chunks(len(vertices))):
        report(chunk.stop / total)
    part.write(b"</vertices>\n<triangles>\n")
    for chunk in part.write_made(_triangles(faces, look), _chunks(len(faces))):
        report((len(vertices) + chunk.stop) / total)
    part.write(b"</triangles>\n</mesh>\n</object>\n</resources>\n")
    part.write(f'<build>\n<item objectid="{number}"/>\n</build>\n</model>\n'.encode())


def _with_three_corners(vertices: Positions, faces: NDArray[np.int32]) -> tuple[Positions, NDArray[np.int32]]:
    """Return vertices, some of them twice, and faces whose three corners are different ones."""
    a, b, c = faces.T
    second, third = np.flatnonzero(a == b), np.flatnonzero((c == a) | (c == b))
    if not len(second) and not len(third):
        return vertices, faces
    # Corners that need a vertex of their own, in the order of the faces.
    corners = np.sort(np.concatenate([second * 3 + 1, third * 3 + 2]))
    apart = faces.reshape(-1).copy()
    more = vertices[apart[corners]]
    apart[corners] = np.arange(len(vertices), len(vertices) + len(corners), dtype=np.int32)
    return np.concatenate([vertices, more]), apart.reshape(-1, 3)


def _write_resources(look: Surface, images: dict[bytes, str], part: Part) -> None:
    if look.bases:
        part.write(f'<basematerials id="{look.base_number}">\n'.encode())
        for base in look.bases:
            color = bytes(base.color).hex().upper()
            part.write(f'<base name={quoteattr(base.name)} displaycolor="#{color}"/>\n'.encode())
        part.write(b"</basematerials>\n")
    if look.mesh.colors is not None:
        part.write(f'<m:colorgroup id="{look.color_number}">\n'.encode())
        _write_all(part, _colors(look.mesh.colors), len(look.mesh.colors))
        part.write(b"</m:colorgroup>\n")
    for number, texture in zip(look.texture_numbers, look.mesh.textures, strict=True):
        part.write(_texture(number, texture, images[texture.image]).encode())
    _write_coordinates(look, part)
    _write_layers(look, part)


def _texture(number: int, texture: Texture, name: str) -> str:
    wraps = f'tilestyleu="{_WRAP_WORDS[texture.wrap_u]}" tilestylev="{_WRAP_WORDS[texture.wrap_v]}"'
    return f'<m:texture2d id="{number}" path="/{name}" contenttype="{texture.media_type}" {wraps}/>\n'


def _write_coordinates(look: Surface, part: Part) -> None:
    if look.mesh.uvs is None:
        return
    for group in look.texture_groups:
        part.write(f'<m:texture2dgroup id="{group.number}" texid="{look.texture_numbers[group.texture]}">\n'.encode())
        _write_all(part, _rows(COORDINATE, look.mesh.uvs[group.uv_rows]), len(group.uv_rows))
        part.write(b"</m:texture2dgroup>\n")


def _write_layers(look: Surface, part: Part) -> None:
    for group in look.layer_groups:
        methods = " ".join(["multiply"] * (len(group.groups) - 1))
        groups = " ".join(map(str, group.groups))
        part.write(f'<m:multiproperties id="{group.number}" pids="{groups}" blendmethods="{methods}">\n'.encode())
        texts = ['<m:multi pindices="', *[" "] * (len(group.groups) - 1), '"/>\n']
        _write_all(part, _rows(texts, group.rows), len(group.rows))
        part.write(b"</m:multiproperties>\n")


def _chunks(count: int) -> Iterator[range]:
    return (range(first, min(first + CHUNK, count)) for first in range(0, count, CHUNK))


def _write_all(part: Part, make: Make, count: int) -> None:
    """Write rows of which nobody follows the progress."""
    deque(part.write_made(make, _chunks(count)), maxlen=0)


def _rows(texts: list[str], values: Positions | NDArray[np.int32]) -> Make:
    """Return what makes an element of each row of numbers in a range, with texts around the numbers."""
    return lambda chunk: _kernels.xml_rows(texts, values[chunk.start : chunk.stop]).data


def _triangles(faces: NDArray[np.int32], look: Surface) -> Make:
    """Return what makes an element of each triangle in a range, with as many properties as say its own."""
    groups, indices = look.face_groups, look.indices
    if groups is None or indices is None:
        return _rows(TRIANGLE, faces)

    def make(chunk: range) -> memoryview:
        rows = slice(chunk.start, chunk.stop)
        return _kernels.xml_triangles(faces[rows], groups[rows], indices[rows]).data

    return make


def _colors(colors: NDArray[np.uint8]) -> Make:
    return lambda chunk: _kernels.xml_colors(COLOR, colors[chunk.start : chunk.stop]).data
