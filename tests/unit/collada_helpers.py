"""COLLADA files that tests of its reader share."""

from outfeed.mesh.formats.reading import Reading
from outfeed.mesh.formats.registry import read_source
from outfeed.mesh.formats.source import ReadLimits, SourceFile
from outfeed.mesh.model import check
from outfeed.mesh.traits import Trait
from outfeed.mesh.units import Unit
from unit.mesh_helpers import CUBE_CORNERS, CUBE_FACES

VERTEX = '<input semantic="VERTEX" source="#v" offset="0"/>'
CUBE_POINTS = " ".join(str(value) for corner in CUBE_CORNERS for value in corner)
CUBE_INDEX = " ".join(str(corner) for face in CUBE_FACES for corner in face)


def a_source(name: str, values: str, columns: str = "XYZ", *, accessor: str = "") -> str:
    """Return a list of numbers and how it is read."""
    params = "".join(f'<param name="{column}" type="float"/>' for column in columns)
    return (
        f'<source id="{name}"><float_array id="{name}-array">{values}</float_array><technique_common>'
        f'<accessor source="#{name}-array" stride="{len(columns)}" {accessor}>{params}</accessor>'
        "</technique_common></source>"
    )


def a_geometry(faces: str, *, points: str = CUBE_POINTS, more: str = "", name: str = "g") -> str:
    """Return a geometry of points and lists of faces."""
    vertices = '<vertices id="v"><input semantic="POSITION" source="#p"/></vertices>'
    return f'<geometry id="{name}"><mesh>{a_source("p", points)}{more}{vertices}{faces}</mesh></geometry>'


def triangles(index: str = CUBE_INDEX, *, inputs: str = "", attributes: str = "") -> str:
    """Return a list of triangles."""
    return (
        f'<triangles {attributes}><input semantic="VERTEX" source="#v" offset="0"/>{inputs}<p>{index}</p></triangles>'
    )


def a_file(
    nodes: str = '<node><instance_geometry url="#g"/></node>',
    *,
    geometry: str | None = None,
    asset: str = "<up_axis>Z_UP</up_axis>",
    libraries: str = "",
) -> bytes:
    """Return a document with one scene."""
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        '<COLLADA xmlns="http://www.collada.org/2005/11/COLLADASchema" version="1.4.1">'
        f"<asset>{asset}</asset>{libraries}"
        f"<library_geometries>{a_geometry(triangles()) if geometry is None else geometry}</library_geometries>"
        f'<library_visual_scenes><visual_scene id="s">{nodes}</visual_scene></library_visual_scenes>'
        '<scene><instance_visual_scene url="#s"/></scene></COLLADA>'
    ).encode()


def read(
    data: bytes, images: dict[str, bytes] | None = None, *, most: int = 1_000_000, unpacked: int = 1 << 24
) -> Reading:
    """Read a document with what stands beside it."""
    source = SourceFile(content=data, companion=(images or {}).get)
    limits = ReadLimits(max_triangles=most, max_unpacked_bytes=unpacked)
    reading = read_source(source, format="dae", unitless=Unit.MILLIMETRE, limits=limits)
    check(reading.mesh)
    return reading


def lost(reading: Reading) -> set[Trait]:
    return {loss.what for loss in reading.lost}


SQUARE = "0 0 0 1 0 0 1 1 0 0 1 0"
MATERIALS = (
    '<library_materials><material id="m" name="Brass"><instance_effect url="#e"/></material></library_materials>'
    '<library_effects><effect id="e"><profile_COMMON>{params}<technique sid="t"><{model}>{body}</{model}></technique>'
    "</profile_COMMON></effect></library_effects>"
)
BOUND = (
    '<node><instance_geometry url="#g"><bind_material><technique_common><instance_material symbol="s" target="#m">'
    "{inputs}</instance_material></technique_common></bind_material></instance_geometry></node>"
)


def a_dressed_file(
    body: str, *, params: str = "", model: str = "phong", images: str = "", inputs: str = "", uvs: str = ""
) -> bytes:
    """Return a triangle of one material."""
    libraries = images + MATERIALS.format(params=params, model=model, body=body)
    more = a_source("t", "0 0 1 0 0 1", "ST") + a_source("u", "1 1 0 1 1 0", "ST")
    faces = triangles("0 1 2", inputs=uvs, attributes='material="s"')
    geometry = a_geometry(faces, points=SQUARE, more=more)
    return a_file(BOUND.format(inputs=inputs), libraries=libraries, geometry=geometry)


SAMPLED = (
    '<newparam sid="surface"><surface type="2D"><init_from>i</init_from></surface></newparam>'
    '<newparam sid="sampler"><sampler2D><source>surface</source>'
    "<wrap_s>MIRROR</wrap_s><wrap_t>CLAMP</wrap_t></sampler2D></newparam>"
)
DIFFUSE = '<diffuse><texture texture="sampler" texcoord="UV"/></diffuse>'
ONE_UV = '<input semantic="TEXCOORD" source="#t" offset="0" set="0"/>'


def library_of(reference: str) -> str:
    """Return the library of one image."""
    return f'<library_images><image id="i"><init_from>{reference}</init_from></image></library_images>'
