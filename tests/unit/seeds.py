"""Small sound files of every format and of many of its forms, to be damaged."""

import base64
import io
import json
import struct
import zipfile
from functools import cache
from typing import Any, Final

import DracoPy  # type: ignore[import-not-found] # a compiled module without types
import meshoptimizer  # type: ignore[import-untyped] # the package ships no types
import numpy as np

from outfeed.mesh.formats.registry import READERS, WRITERS
from unit.corpus import good_and_odd, hostile, rows
from unit.mesh_helpers import DATA, Kind, a_cube, a_mesh, an_image, written

FULL: Final = Kind(uvs=True, colors=True, materials=True, textures=True, opacity=True, gaps=True)
KINDS: Final = (Kind(), FULL, Kind(double=False, colors=True), Kind(uvs=True, materials=True, textures=True, far=True))
#: How meshopt packs indices.
MODES: Final = ("TRIANGLES", "INDICES")
#: Larger files of the data take their time and damage no better.
MOST_BYTES: Final = 20_000
LIBRARY: Final = (
    b"newmtl red\nKd 1 0 0\nd 0.5\nmap_Kd -clamp on a.png\nnewmtl two words\nKd 0 1 0.5\nTr 0.25\nmap_Kd a.jpg\n"
)


def companion(reference: str) -> bytes | None:
    """Return what lies beside every seed: an image, a library of materials."""
    ends = {".png": an_image(0), ".jpg": an_image(1, form="JPEG"), ".mtl": LIBRARY}
    return next((data for end, data in ends.items() if reference.lower().endswith(end)), None)


@cache
def made(form: str) -> tuple[bytes, ...]:
    """Return sound files of a format that is read, made here."""
    ours = [written(a_mesh(number, kind), name) for name in _writers(form) for number, kind in enumerate(KINDS)]
    others = [data.encode() if isinstance(data, str) else data for data in OTHERS.get(form, list)()]
    return (*ours, *others)


@cache
def seeds(form: str) -> tuple[bytes, ...]:
    """Return the made files and the small ones of the shared data, not all of which are sound."""
    paths = [*good_and_odd(), *(path for path, _ in rows("broken"))]
    paths += [f"hostile/{path}" for verdict in ("ok", "bounded") for path in hostile(verdict)]
    files = [DATA / path for path in sorted(paths) if path.endswith(READERS[form].extensions)]
    return (*made(form), *(file.read_bytes() for file in files if 0 < file.stat().st_size <= MOST_BYTES))


def _writers(form: str) -> list[str]:
    return [name for name, writer in WRITERS.items() if writer.reader == form]


def zipped(**files: bytes | str) -> bytes:
    """Return an archive; a name's last underscore stands for its dot."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(".".join(name.rsplit("_", 1)), data)
    return out.getvalue()


def _obj() -> list[str]:
    return [
        "v 0 0 0\nv 2 0 0\nv 2 2 0\nv 1 1 0\nv 0 2 0\nvt 1 1\nf 1/1 2/1 3/1 -2 \\\n5/1\n",
        (
            "mtllib a.mtl\nv 0 0 0 1 0 0\nv 1 0 0 0 1 0\nv 0 1 0 0 0 1\nvt 0 0\nvt 1 0\nvt 0 1\nvn 0 0 1\n"
            "g a\nusemtl red\nf 1/1/1 2/2/1 3/3/1\nusemtl two words\nf 3//1 2//1 1//1\nl 1 2\np 1\n"
        ),
    ]


def _stl() -> list[str]:
    facet = "facet normal 0 0 1\nouter loop\nvertex 0 0 0\nvertex 1 0 0\nvertex 0 1 1e-3\nendloop\nendfacet\n"
    return [f"solid a\n{facet * 3}endsolid a\nsolid b\n{facet}endsolid b\n"]


def _zip() -> list[bytes]:
    cube = a_cube()
    return [
        zipped(a_obj=_obj()[1], a_mtl=LIBRARY, a_png=an_image(0), a_jpg=an_image(1, form="JPEG")),
        zipped(model_stl=written(cube, "stl_binary")),
        zipped(model_glb=written(cube, "glb")),
    ]


def _ply() -> list[bytes | str]:
    head = (
        "ply\nformat {} 1.0\ncomment TextureFile a.png\nobj_info x\nelement vertex 4\nproperty float x\n"
        "property float y\nproperty float z\nproperty uchar red\nproperty uchar green\nproperty uchar blue\n"
        "element face 2\n"
        "property list uchar int vertex_indices\nproperty list uchar float texcoord\nelement edge 1\n"
        "property int vertex1\nproperty int vertex2\nend_header\n"
    )
    points = [(0, 0, 0, 1, 2, 3), (1, 0, 0, 4, 5, 6), (1, 1, 0, 7, 8, 9), (0, 1, 0, 10, 11, 12)]
    big = b"".join(struct.pack(">3f3B", *point) for point in points)
    big += struct.pack(">B4iB8f", 4, 0, 1, 2, 3, 8, *range(8)) + struct.pack(">B3iB6f", 3, 0, 1, 2, 6, *range(6))
    text = "".join(" ".join(map(str, point)) + "\n" for point in points)
    strips = (
        "ply\nformat ascii 1.0\nelement vertex 4\nproperty double x\nproperty double y\nproperty double z\n"
        "element tristrips 1\nproperty list int int vertex_indices\nend_header\n"
        "0 0 0\n1 0 0\n0 1 0\n1 1 0\n6 0 1 2 3 -1 2\n"
    )
    return [
        head.format("ascii") + text + "4 0 1 2 3 8 0 0 1 0 1 1 0 1\n3 0 1 2 6 0 0 1 0 1 1\n0 1\n",
        head.format("binary_big_endian").encode() + big + struct.pack(">2i", 0, 1),
        strips,
    ]


def _off() -> list[str]:
    points = "0 0 0{c}\n1 0 0{c}\n1 1 0{c}\n0 1 0{c}\n"
    return [
        f"OFF\n# a comment\n4 2 0\n{points.format(c='')}3 0 1 2\n4 0 1 2 3 255 0 0\n",
        f"COFF\n4 1 0\n{points.format(c=' 255 0 0 128')}4 0 1 2 3\n",
        f"OFF 4 2 5\n{points.format(c='')}3 0 1 2 0.5 0.25 1\n3 0 2 3 7\n",
        "NOFF\n3 1 0\n0 0 0 0 0 1\n1 0 0 0 0 1\n0 1 0 0 0 1\n3 0 1 2\n",
    ]


def _gltf() -> list[str]:
    return [_as_gltf(written(a_mesh(number, kind), "glb")) for number, kind in enumerate(KINDS)]


def _as_gltf(glb: bytes) -> str:
    document, binary = parts_of(glb)
    document["buffers"][0]["uri"] = "data:application/octet-stream;base64," + base64.b64encode(binary).decode()
    return json.dumps(document)


def parts_of(glb: bytes) -> tuple[Any, bytes]:
    """Return the document and the binary chunk of a GLB."""
    size = struct.unpack_from("<I", glb, 12)[0]
    return json.loads(glb[20 : 20 + size]), glb[28 + size :]


def as_glb(document: bytes, binary: bytes) -> bytes:
    """Return a GLB whose lengths are right, whatever is in it."""
    document += b" " * (-len(document) % 4)
    binary += b"\0" * (-len(binary) % 4)
    body = struct.pack("<I4s", len(document), b"JSON") + document + struct.pack("<I4s", len(binary), b"BIN\0") + binary
    return struct.pack("<4sII", b"glTF", 2, 12 + len(body)) + body


def _glb() -> list[bytes]:
    both = (False, True)
    packed = [_draco(in_order=in_order, whole=whole) for in_order in both for whole in both]
    packed += [_meshopt(f"{vendor}_meshopt_compression", mode) for vendor in ("EXT", "KHR") for mode in MODES]
    return [*packed, _rich()]


def _document(
    primitive: dict[str, Any], views: list[Any], accessors: list[Any], size: int, used: str
) -> dict[str, Any]:
    return {
        "asset": {"version": "2.0"},
        "extensionsUsed": [used],
        "extensionsRequired": [used],
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0, "scale": [1, -1, 2], "children": [1]}, {"mesh": 0, "translation": [0, 0, 9]}],
        "meshes": [{"primitives": [primitive]}],
        "buffers": [{"byteLength": size}],
        "bufferViews": views,
        "accessors": accessors,
    }


def _draco(*, in_order: bool, whole: bool) -> bytes:
    """Return a GLB with a Draco stream of edges or of plain rows, with or without colours and more."""
    cube = a_cube(1)
    dice = np.random.default_rng(1)
    more: dict[str, Any] = {
        "colors": dice.integers(0, 256, (8, 4), dtype=np.uint8),
        "tex_coord": dice.random((8, 2)),
        "normals": dice.random((8, 3)),
    }
    packed = DracoPy.encode(cube.vertices, cube.faces, preserve_order=in_order, **(more if whole else {}))
    names = {0: "POSITION", 1: "NORMAL", 2: "COLOR_0", 3: "TEXCOORD_0"}
    ids = {names[entry["attribute_type"]]: entry["unique_id"] for entry in DracoPy.decode(packed).attributes}
    shapes = {
        "POSITION": {"componentType": 5126, "type": "VEC3", "min": [0, 0, 0], "max": [1, 1, 1]},
        "NORMAL": {"componentType": 5126, "type": "VEC3"},
        "COLOR_0": {"componentType": 5121, "normalized": True, "type": "VEC4"},
        "TEXCOORD_0": {"componentType": 5126, "type": "VEC2"},
    }
    accessors = [{"componentType": 5125, "count": 36, "type": "SCALAR"}, *({"count": 8} | shapes[name] for name in ids)]
    use = {"KHR_draco_mesh_compression": {"bufferView": 0, "attributes": ids}}
    rows = {name: row for row, name in enumerate(ids, start=1)}
    primitive = {"attributes": rows, "indices": 0, "extensions": use}
    views = [{"buffer": 0, "byteLength": len(packed)}]
    document = _document(primitive, views, accessors, len(packed), "KHR_draco_mesh_compression")
    return as_glb(json.dumps(document).encode(), packed)


def _meshopt(name: str, mode: str) -> bytes:
    cube = a_cube(1)
    points = meshoptimizer.encode_vertex_buffer(cube.vertices.astype(np.float32), 8, 12)
    pack = meshoptimizer.encode_index_buffer if mode == "TRIANGLES" else meshoptimizer.encode_index_sequence
    corners = pack(cube.faces.astype(np.uint32).ravel(), 36, 8)
    points, corners = bytes(points), bytes(corners)
    second = len(points) + -len(points) % 4  # a stream ends where it says, so no padding is part of it

    def view(first: int, size: int, count: int, stride: int, mode: str, length: int) -> dict[str, Any]:
        packed = {"buffer": 0, "byteOffset": first, "byteLength": length, "byteStride": stride, "count": count}
        return {"buffer": 1, "byteOffset": 0, "byteLength": size, "extensions": {name: packed | {"mode": mode}}}

    views = [
        view(0, 96, 8, 12, "ATTRIBUTES", len(points)) | {"byteStride": 12},
        view(second, 144, 36, 4, mode, len(corners)),
    ]
    accessors = [
        {"bufferView": 0, "componentType": 5126, "count": 8, "type": "VEC3", "min": [0, 0, 0], "max": [1, 1, 1]},
        {"bufferView": 1, "componentType": 5125, "count": 36, "type": "SCALAR"},
    ]
    size = second + len(corners)
    document = _document({"attributes": {"POSITION": 0}, "indices": 1}, views, accessors, size, name)
    document["buffers"].append({"byteLength": 240, "extensions": {name: {"fallback": True}}})
    return as_glb(json.dumps(document).encode(), points.ljust(second, b"\0") + corners)


def _rich() -> bytes:
    """Return a GLB with a sparse, quantised strip that is placed three times, and all that a material may say."""
    corners = np.array([[0, 0, 0, 0], [100, 0, 0, 0], [0, 100, 0, 0], [100, 100, 0, 0]], dtype=np.int16)
    binary = corners.tobytes() + np.array([1], dtype=np.uint16).tobytes() + bytes(2)
    binary += np.array([[0, 0, 50, 0]], dtype=np.int16).tobytes() + np.eye(3, dtype=np.float32).tobytes()
    sparse = {"count": 1, "indices": {"bufferView": 1, "componentType": 5123}, "values": {"bufferView": 2}}
    accessors = [
        {"bufferView": 0, "componentType": 5122, "normalized": True, "count": 4, "type": "VEC3", "sparse": sparse},
        {"bufferView": 3, "componentType": 5126, "count": 3, "type": "VEC3"},
    ]
    views = [
        {"buffer": 0, "byteLength": 32, "byteStride": 8},
        {"buffer": 0, "byteOffset": 32, "byteLength": 2},
        {"buffer": 0, "byteOffset": 36, "byteLength": 8},
        {"buffer": 0, "byteOffset": 44, "byteLength": 36},
    ]
    primitive = {"attributes": {"POSITION": 0}, "mode": 5, "material": 0}
    document = _document(primitive, views, accessors, len(binary), "KHR_mesh_quantization")
    document["nodes"][1]["extensions"] = {"EXT_mesh_gpu_instancing": {"attributes": {"TRANSLATION": 1}}}
    factors = {"baseColorFactor": [1, 0.5, 0, 0.5], "baseColorTexture": {"index": 0}}
    document["materials"] = [{"name": "m", "pbrMetallicRoughness": factors, "alphaMode": "BLEND"}]
    image = "data:image/png;base64," + base64.b64encode(an_image(0)).decode()
    document |= {"textures": [{"source": 0, "sampler": 0}], "images": [{"uri": image}], "samplers": [{"wrapS": 33071}]}
    return as_glb(json.dumps(document).encode(), binary)


AMF: Final = """<?xml version="1.0" encoding="UTF-8"?>
<amf unit="inch" version="1.1"><metadata type="name">x</metadata>
<material id="1"><metadata type="name">red</metadata><color><r>1</r><g>0</g><b>0</b><a>0.5</a></color></material>
<object id="0"><mesh><vertices>
<vertex><coordinates><x>0</x><y>0</y><z>0</z></coordinates><color><r>0</r><g>1</g><b>0</b></color></vertex>
<vertex><coordinates><x>1</x><y>0</y><z>0</z></coordinates></vertex>
<vertex><coordinates><x>0</x><y>1</y><z>0</z></coordinates></vertex>
<vertex><coordinates><x>0</x><y>0</y><z>1e-3</z></coordinates></vertex></vertices>
<volume materialid="1"><triangle><v1>0</v1><v2>1</v2><v3>2</v3></triangle><triangle><v1>0</v1><v2>2</v2><v3>3</v3>
<color><r>0</r><g>0</g><b>1</b></color></triangle></volume></mesh></object>
<constellation id="5"><instance objectid="0"><deltax>5</deltax><deltay>0</deltay><deltaz>0</deltaz><rx>0</rx><ry>90</ry>
<rz>0</rz></instance><instance objectid="0"><deltaz>-5</deltaz></instance></constellation></amf>
"""
DAE: Final = """<?xml version="1.0" encoding="utf-8"?>
<COLLADA xmlns="http://www.collada.org/2005/11/COLLADASchema" version="1.4.1">
<asset><unit name="inch" meter="0.0254"/><up_axis>Y_UP</up_axis></asset>
<library_images><image id="i"><init_from>a.png</init_from></image></library_images>
<library_effects><effect id="e"><profile_COMMON><newparam sid="s"><surface type="2D"><init_from>i</init_from></surface>
</newparam><newparam sid="t"><sampler2D><source>s</source></sampler2D></newparam><technique sid="c"><lambert>
<diffuse><texture texture="t" texcoord="uv"/></diffuse><transparency><float>0.5</float></transparency></lambert>
</technique></profile_COMMON></effect></library_effects>
<library_materials><material id="m" name="M"><instance_effect url="#e"/></material></library_materials>
<library_geometries><geometry id="g"><mesh>
<source id="p"><float_array id="pa" count="15">0 0 0 1 0 0 1 1 0 0 1 0 .5 .5 1</float_array><technique_common>
<accessor source="#pa" count="5" stride="3"><param name="X" type="float"/><param name="Y" type="float"/>
<param name="Z" type="float"/></accessor></technique_common></source>
<source id="u"><float_array id="ua" count="8">0 0 1 0 1 1 0 1</float_array><technique_common>
<accessor source="#ua" count="4" stride="2"><param name="S" type="float"/><param name="T" type="float"/></accessor>
</technique_common></source>
<vertices id="v"><input semantic="POSITION" source="#p"/></vertices>
<polylist material="M1" count="2"><input semantic="VERTEX" source="#v" offset="0"/>
<input semantic="TEXCOORD" source="#u" offset="1" set="0"/><vcount>4 3</vcount><p>0 0 1 1 2 2 3 3 0 0 1 1 4 2</p>
</polylist>
<triangles material="M1" count="1"><input semantic="VERTEX" source="#v" offset="0"/><p>1 2 4</p></triangles>
<tristrips count="1"><input semantic="VERTEX" source="#v" offset="0"/><p>0 1 2 3 4</p></tristrips>
<polygons count="1"><input semantic="VERTEX" source="#v" offset="0"/><p>0 3 4</p></polygons>
<lines count="1"><input semantic="VERTEX" source="#v" offset="0"/><p>0 3</p></lines></mesh></geometry>
</library_geometries>
<library_nodes><node id="n"><scale>1 -1 1</scale><instance_geometry url="#g"/></node></library_nodes>
<library_visual_scenes><visual_scene id="w"><node id="a"><matrix>1 0 0 5 0 1 0 0 0 0 1 0 0 0 0 1</matrix>
<rotate>0 0 1 90</rotate><instance_geometry url="#g"><bind_material><technique_common>
<instance_material symbol="M1" target="#m"><bind_vertex_input semantic="uv" input_semantic="TEXCOORD" input_set="0"/>
</instance_material></technique_common></bind_material></instance_geometry><node><instance_node url="#n"/></node></node>
</visual_scene></library_visual_scenes><scene><instance_visual_scene url="#w"/></scene></COLLADA>
"""
X3D: Final = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE X3D PUBLIC "ISO//Web3D//DTD X3D 3.3//EN" "http://www.web3d.org/specifications/x3d-3.3.dtd">
<X3D profile="Interchange" version="3.3"><head><unit category="length" name="inch" conversionFactor="0.0254"/></head>
<Scene><Transform translation="1 2 3" rotation="0 1 0 1.57" scale="1 -2 1" DEF="T"><Shape DEF="S"><Appearance>
<Material diffuseColor="1 0.5 0" transparency="0.25"/><ImageTexture url='"a.png"' repeatS="false"/></Appearance>
<IndexedFaceSet coordIndex="0 1 2 3 -1, 0 1 4 -1" colorPerVertex="true" texCoordIndex="0 1 2 3 -1 0 1 2 -1">
<Coordinate point="0 0 0, 1 0 0, 1 1 0, 0 1 0, 0.5 0.5 1"/><Color color="1 0 0 0 1 0 0 0 1 1 1 1 0 0 0"/>
<TextureCoordinate point="0 0 1 0 1 1 0 1"/></IndexedFaceSet></Shape></Transform>
<Group><Shape USE="S"/><Transform USE="T"/><Shape><TriangleStripSet stripCount="4">
<Coordinate point="0 0 0 1 0 0 0 1 0 1 1 0"/></TriangleStripSet></Shape>
<Shape><Box size="1 2 3"/></Shape><Shape><Sphere radius="2"/></Shape></Group>
<Switch whichChoice="0"><Shape><Cylinder/></Shape></Switch>
<Shape><ElevationGrid xDimension="2" zDimension="2" height="0 1 2 3"/></Shape>
<Shape><Extrusion crossSection="1 1 1 -1 -1 -1 -1 1 1 1" spine="0 0 0 0 1 0"/></Shape></Scene></X3D>
"""

OTHERS: Final[dict[str, Any]] = {
    "obj": _obj,
    "stl": _stl,
    "zip": _zip,
    "ply": _ply,
    "off": _off,
    "gltf": _gltf,
    "glb": _glb,
    "amf": lambda: [AMF, zipped(a_amf=AMF)],
    "dae": lambda: [DAE, zipped(a_dae=DAE, a_png=an_image(0))],
    "x3d": lambda: [X3D],
}
