"""Names that 3MF files use: namespaces, relationships, units."""

from typing import Final

from outfeed.mesh.appearance import Wrap
from outfeed.mesh.units import Unit

CORE: Final = "http://schemas.microsoft.com/3dmanufacturing/core/2015/02"
MATERIAL: Final = "http://schemas.microsoft.com/3dmanufacturing/material/2015/02"
PRODUCTION: Final = "http://schemas.microsoft.com/3dmanufacturing/production/2015/06"
SLICE: Final = "http://schemas.microsoft.com/3dmanufacturing/slice/2015/07"
BEAMS: Final = "http://schemas.microsoft.com/3dmanufacturing/beamlattice/2017/02"
BALLS: Final = "http://schemas.microsoft.com/3dmanufacturing/beamlattice/balls/2020/07"
TRIANGLE_SETS: Final = "http://schemas.microsoft.com/3dmanufacturing/trianglesets/2021/07"

#: Extensions that a file may require: read, or without a say in what its triangles are.
KNOWN: Final = frozenset({CORE, MATERIAL, PRODUCTION, SLICE, BEAMS, BALLS, TRIANGLE_SETS})
#: Extensions that are refused by name, where a file requires them.
REFUSED: Final = {
    "http://schemas.microsoft.com/3dmanufacturing/securecontent/2019/04": "secure content (encrypted parts)",
    "http://schemas.microsoft.com/3dmanufacturing/securecontent/2019/07": "secure content (encrypted parts)",
    "http://schemas.microsoft.com/3dmanufacturing/volumetric/2022/01": "volumetric design",
    "http://schemas.3mf.io/3dmanufacturing/booleanoperations/2023/07": "boolean operations",
    "http://schemas.3mf.io/3dmanufacturing/displacement/2023/10": "displacement",
}

RELATIONSHIPS: Final = "http://schemas.openxmlformats.org/package/2006/relationships"
CONTENT_TYPES: Final = "http://schemas.openxmlformats.org/package/2006/content-types"
START_PART: Final = "http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel"
TEXTURE_PART: Final = "http://schemas.microsoft.com/3dmanufacturing/2013/01/3dtexture"

UNITS: Final = {
    "micron": Unit.MICROMETRE,
    "millimeter": Unit.MILLIMETRE,
    "centimeter": Unit.CENTIMETRE,
    "inch": Unit.INCH,
    "foot": Unit.FOOT,
    "meter": Unit.METRE,
}
#: Columns of a transform that changes nothing, row after row.
IDENTITY: Final = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0)
#: `none` shows nothing beyond the edge; what comes nearest is the edge itself.
WRAPS: Final = {"wrap": Wrap.REPEAT, "mirror": Wrap.MIRROR, "clamp": Wrap.CLAMP, "none": Wrap.CLAMP}
