"""3MF files for tests: packages around a few lines of XML."""

import io
import zipfile
from collections.abc import Mapping
from typing import Final

from outfeed.mesh.formats.reading import Reading
from outfeed.mesh.formats.source import ReadLimits, SourceFile
from outfeed.mesh.formats.threemf.read import read_3mf
from outfeed.mesh.units import Unit

_SCHEMAS: Final = "http://schemas.microsoft.com/3dmanufacturing"
NAMESPACES: Final = (
    f'xmlns="{_SCHEMAS}/core/2015/02" xmlns:m="{_SCHEMAS}/material/2015/02" xmlns:p="{_SCHEMAS}/production/2015/06" '
    f'xmlns:s="{_SCHEMAS}/slice/2015/07" xmlns:b="{_SCHEMAS}/beamlattice/2017/02" '
    f'xmlns:t="{_SCHEMAS}/trianglesets/2021/07" xmlns:sc="{_SCHEMAS}/securecontent/2019/04" '
    'xmlns:x="http://example.com/of-our-own"'
)
START: Final = "http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel"
ROOT_PART: Final = "3D/3dmodel.model"
NO_PARTS: Final[Mapping[str, str | bytes]] = {}
#: Corners of a triangle: (0 0 0) (1 0 0) (0 1 0).
VERTICES: Final = '<vertex x="0" y="0" z="0"/><vertex x="1" y="0" z="0"/><vertex x="0" y="1" z="0"/>'


def relationships(target: str = f"/{ROOT_PART}", *, kind: str = START, more: str = "") -> str:
    """Return the relationships of a package."""
    return (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Target="{target}" Id="a" Type="{kind}" {more}/></Relationships>'
    )


def package(model: str | bytes, parts: Mapping[str, str | bytes] = NO_PARTS, *, rels: str = relationships()) -> bytes:
    """Return a package, with more parts by their names."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("_rels/.rels", rels)
        archive.writestr(ROOT_PART, model)
        for name, data in parts.items():
            archive.writestr(name, data)
    return out.getvalue()


def model(resources: str, build: str = "", *, attributes: str = "") -> str:
    """Return a model part."""
    return f"<model {NAMESPACES} {attributes}><resources>{resources}</resources><build>{build}</build></model>"


def item(number: int, transform: str = "", *, more: str = "") -> str:
    """Return an item of the build."""
    return f'<item objectid="{number}" {_transform(transform)} {more}/>'


def component(number: int, transform: str = "", *, more: str = "") -> str:
    """Return a component."""
    return f'<component objectid="{number}" {_transform(transform)} {more}/>'


def assembly(number: int, *components: str) -> str:
    """Return an object of other objects."""
    return f'<object id="{number}"><components>{"".join(components)}</components></object>'


def triangle(number: int = 1, *, attributes: str = "", of_object: str = "", vertices: str = VERTICES) -> str:
    """Return an object of one triangle."""
    return an_object(number, f'<triangle v1="0" v2="1" v3="2" {attributes}/>', of_object=of_object, vertices=vertices)


def an_object(number: int, triangles: str, *, of_object: str = "", vertices: str = VERTICES) -> str:
    """Return an object of triangles."""
    return (
        f'<object id="{number}" {of_object}><mesh><vertices>{vertices}</vertices>'
        f"<triangles>{triangles}</triangles></mesh></object>"
    )


def _transform(text: str) -> str:
    return f'transform="{text}"' if text else ""


def reading(data: bytes, *, most: int = 1_000_000, pixels: int = 1 << 20) -> Reading:
    """Read a package."""
    limits = ReadLimits(max_triangles=most, max_pixels=pixels)
    return read_3mf(SourceFile(content=data), unitless=Unit.FOOT, limits=limits)


def reading_of(
    resources: str, build: str = "", parts: Mapping[str, str | bytes] = NO_PARTS, *, attributes: str = ""
) -> Reading:
    """Read a package with one model part, and other parts by their names."""
    return reading(package(model(resources, build, attributes=attributes), parts))
