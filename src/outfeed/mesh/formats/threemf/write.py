"""Writes 3MF: one object, in the mesh's own unit, so that no number changes."""

from collections.abc import Iterator
from typing import IO, BinaryIO, Final
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
from outfeed.mesh.formats.zips import ArchiveWriter
from outfeed.mesh.model import Mesh, Positions
from outfeed.mesh.reporting import Report, silent
from outfeed.mesh.traits import Loss
from outfeed.mesh.units import Unit

#: Found with lib3mf 2.5: it refuses what is larger, in whatever unit.
MOST_COORDINATE: Final = 1e9
#: Rows that are written together.
CHUNK: Final = 65_536
MODEL: Final = "3D/3dmodel.model"
HEAD: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'
_UNIT_WORDS: Final = {unit: word for word, unit in UNITS.items()}
_WRAP_WORDS: Final = {Wrap.REPEAT: "wrap", Wrap.CLAMP: "clamp", Wrap.MIRROR: "mirror"}
#: Ends of images' names, by media type.
_ENDS: Final = {"image/png": "png", "image/jpeg": "jpg"}


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
    for near in (mesh, in_unit(mesh, Unit.METRE)):
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


def _write_model(look: Surface, images: dict[bytes, str], part: IO[bytes], report: Report) -> None:
    mesh, number = look.mesh, look.next_number
    vertices, faces = _with_three_corners(mesh.vertices, mesh.faces)
    total = len(vertices) + len(faces)
    unit = _UNIT_WORDS[mesh.unit]
    part.write(f'{HEAD}<model unit="{unit}" xml:lang="en-US" xmlns="{CORE}" xmlns:m="{MATERIAL}">\n'.encode())
    part.write(b"<resources>\n")
    part.writelines(_resources(look, images))
    part.write(f'<object id="{number}" type="model">\n<mesh>\n<vertices>\n'.encode())
    for first, last in _chunks(len(vertices)):
        part.write(_rows(b'<vertex x="%b" y="%b" z="%b"/>\n', vertices[first:last]))
        report(last / total)
    part.write(b"</vertices>\n<triangles>\n")
    for first, last in _chunks(len(faces)):
        groups, indices = look.face_groups[first:last], look.indices[first:last]
        part.write(_triangles(faces[first:last], groups, indices))
        report((len(vertices) + last) / total)
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


def _resources(look: Surface, images: dict[bytes, str]) -> Iterator[bytes]:
    if look.bases:
        yield f'<basematerials id="{look.base_number}">\n'.encode()
        for base in look.bases:
            yield f'<base name={quoteattr(base.name)} displaycolor="#{bytes(base.color).hex().upper()}"/>\n'.encode()
        yield b"</basematerials>\n"
    if look.mesh.colors is not None:
        yield f'<m:colorgroup id="{look.color_number}">\n'.encode()
        yield from _colors(look.mesh.colors)
        yield b"</m:colorgroup>\n"
    for number, texture in zip(look.texture_numbers, look.mesh.textures, strict=True):
        yield _texture(number, texture, images[texture.image]).encode()
    yield from _coordinates(look)
    yield from _layers(look)


def _colors(colors: NDArray[np.uint8]) -> Iterator[bytes]:
    for first, last in _chunks(len(colors)):
        digits = colors[first:last].tobytes().hex(" ", 4).upper().encode().split()
        yield b'<m:color color="#%b"/>\n' * len(digits) % tuple(digits)


def _texture(number: int, texture: Texture, name: str) -> str:
    wraps = f'tilestyleu="{_WRAP_WORDS[texture.wrap_u]}" tilestylev="{_WRAP_WORDS[texture.wrap_v]}"'
    return f'<m:texture2d id="{number}" path="/{name}" contenttype="{texture.media_type}" {wraps}/>\n'


def _coordinates(look: Surface) -> Iterator[bytes]:
    for group in look.texture_groups:
        yield f'<m:texture2dgroup id="{group.number}" texid="{look.texture_numbers[group.texture]}">\n'.encode()
        for first, last in _chunks(len(group.uv_rows)):
            if look.mesh.uvs is not None:
                yield _rows(b'<m:tex2coord u="%b" v="%b"/>\n', look.mesh.uvs[group.uv_rows[first:last]])
        yield b"</m:texture2dgroup>\n"


def _layers(look: Surface) -> Iterator[bytes]:
    for group in look.layer_groups:
        methods = " ".join(["multiply"] * (len(group.groups) - 1))
        groups = " ".join(map(str, group.groups))
        yield f'<m:multiproperties id="{group.number}" pids="{groups}" blendmethods="{methods}">\n'.encode()
        row = b'<m:multi pindices="' + b" ".join([b"%d"] * len(group.groups)) + b'"/>\n'
        for first, last in _chunks(len(group.rows)):
            values = group.rows[first:last].reshape(-1).tolist()
            yield row * (last - first) % tuple(values)
        yield b"</m:multiproperties>\n"


def _chunks(count: int) -> Iterator[tuple[int, int]]:
    return ((first, min(first + CHUNK, count)) for first in range(0, count, CHUNK))


def _rows(row: bytes, values: Positions) -> bytes:
    """Return an element for each row of numbers."""
    text = (
        _kernels.table_rows(values.astype(np.float32, copy=False))
        if values.dtype == np.float32
        else _kernels.table_rows(values.astype(np.float64, copy=False))
    )
    words = text.tobytes().split()
    return row * len(values) % tuple(words)


#: A triangle without properties, with one for all corners, and with one for each.
_TRIANGLES: Final = (
    b'<triangle v1="%d" v2="%d" v3="%d"/>\n',
    b'<triangle v1="%d" v2="%d" v3="%d" pid="%d" p1="%d"/>\n',
    b'<triangle v1="%d" v2="%d" v3="%d" pid="%d" p1="%d" p2="%d" p3="%d"/>\n',
)


def _triangles(faces: NDArray[np.int32], groups: NDArray[np.int32], indices: NDArray[np.int32]) -> bytes:
    if not groups.any():
        return _TRIANGLES[0] * len(faces) % tuple(faces.reshape(-1).tolist())
    differ = (indices != indices[:, :1]).any(axis=1)
    kinds = (groups > 0).astype(np.int64) + differ
    table = np.column_stack([faces, groups, indices])
    said = np.arange(table.shape[1]) < np.array([3, 5, 7])[kinds][:, None]
    rows = b"".join(map(_TRIANGLES.__getitem__, kinds.tolist()))
    return rows % tuple(table[said].tolist())
