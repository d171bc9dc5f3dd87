"""Where on the earth an IFC model is, judged by pyproj on points of the model."""

import numpy as np
import pyproj
import pytest

from outfeed.mesh.formats.source import ReadLimits, SourceFile
from outfeed.mesh.reporting import silent
from outfeed.mesh.units import Unit
from outfeed.scene.formats.ifc.earth import on_earth
from outfeed.scene.formats.ifc.reader import read_ifc
from outfeed.scene.model import Matrix
from unit.ifc_files import a_product, an_ifc, guid

#: Points in metres around the middle of the box, at (0, 0, 1.5): 1 km along the map is off by 8 cm.
POINTS = np.array([[0, 0, 0], [0, 0, 1.5], [40, -30, 0], [-50, 0, 10], [0, 60, -5]], dtype=np.float64)


def place_of(lines: str, *, schema: str = "IFC4", prefix: str = ".MILLI.") -> Matrix | None:
    """Return where a box is on the earth."""
    source = SourceFile(content=an_ifc(a_product(110) + lines, schema=schema, prefix=prefix))
    return read_ifc(source, unitless=Unit.METRE, limits=ReadLimits(), processes=1, report=silent).to_earth


def earth_by_pyproj(crs: str, east: list[float], north: list[float], height: list[float]) -> np.ndarray:
    """Return points of a map as the library puts them on the earth, with heights above the ellipsoid."""
    longitudes, latitudes = pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True).transform(east, north)
    onto = pyproj.Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True)
    return np.stack(onto.transform(longitudes, latitudes, height), axis=1)


def moved(matrix: Matrix | None) -> np.ndarray:
    """Return where the points are."""
    assert matrix is not None
    return POINTS @ matrix[:3, :3].T + matrix[:3, 3]


def conversion(crs: str, said: str, *, unit: str = "$") -> str:
    """Return a conversion to a map."""
    return f"#130=IFCPROJECTEDCRS('{crs}',$,$,$,$,$,{unit});\n#131=IFCMAPCONVERSION(#4,#130,{said});\n"


@pytest.mark.parametrize("scale", ["$", "1.", "0.001"])
@pytest.mark.parametrize("crs", ["EPSG:25832", "EPSG:28992", "EPSG:3857"])
def test_a_map_conversion_puts_points_where_pyproj_puts_them(crs: str, scale: str) -> None:
    """Turned by 30 degrees, in a file of millimetres whose scale is right, forgotten, or 1 by mistake."""
    east, north = (155_000.0, 463_000.0) if crs == "EPSG:28992" else (600_000.0, 5_500_000.0)
    cos, sin = np.cos(np.pi / 6), np.sin(np.pi / 6)

    actual = moved(place_of(conversion(crs, f"{east},{north},100.,{cos},{sin},{scale}")))

    x, y, z = POINTS.T
    expected = earth_by_pyproj(
        crs, (east + cos * x - sin * y).tolist(), (north + sin * x + cos * y).tolist(), (100 + z).tolist()
    )
    assert np.abs(expected - actual).max() < 1e-3


def test_a_combined_scale_is_kept() -> None:
    """A model in ground metres shrinks onto the map by what the file says, and grows by the map's own scale."""
    matrix = place_of(conversion("EPSG:25832", "600000.,5500000.,0.,1.,0.,0.0009997"))

    x, y, z = 0.9997 * POINTS.T
    expected = earth_by_pyproj("EPSG:25832", (6e5 + x).tolist(), (5.5e6 + y).tolist(), z.tolist())
    assert np.abs(expected - moved(matrix)).max() < 1e-3


def test_a_map_in_feet_is_understood() -> None:
    """State planes count US survey feet, and so do their eastings."""
    east, north = 6_000_000.0, 2_100_000.0

    actual = moved(place_of(conversion("EPSG:2227", f"{east},{north},0.,1.,0.,$")))

    x, y, z = POINTS.T
    foot = 1200 / 3937
    expected = earth_by_pyproj("EPSG:2227", (east + x / foot).tolist(), (north + y / foot).tolist(), z.tolist())
    assert np.abs(expected - actual).max() < 1e-3


def test_property_sets_of_2x3_say_the_same_as_a_conversion() -> None:
    """As the guide for IFC 2x3 has it."""
    sets = f"""#140=IFCPROPERTYSINGLEVALUE('Eastings',$,IFCLENGTHMEASURE(600000.),$);
#141=IFCPROPERTYSINGLEVALUE('Northings',$,IFCLENGTHMEASURE(5500000.),$);
#142=IFCPROPERTYSINGLEVALUE('XAxisAbscissa',$,IFCREAL(0.8),$);
#143=IFCPROPERTYSINGLEVALUE('XAxisOrdinate',$,IFCREAL(0.6),$);
#144=IFCPROPERTYSET('{guid(144)}',#9,'ePSet_MapConversion',$,(#140,#141,#142,#143));
#145=IFCPROPERTYSINGLEVALUE('Name',$,IFCLABEL('EPSG:25832'),$);
#146=IFCPROPERTYSET('{guid(146)}',#9,'ePSet_ProjectedCRS',$,(#145));
#147=IFCSITE('{guid(147)}',#9,'site',$,$,#8,$,$,.ELEMENT.,$,$,$,$,$);
#148=IFCRELDEFINESBYPROPERTIES('{guid(148)}',#9,$,$,(#147),#144);
#149=IFCRELDEFINESBYPROPERTIES('{guid(149)}',#9,$,$,(#147),#146);
"""

    expected = place_of(conversion("EPSG:25832", "600000.,5500000.,0.,0.8,0.6,$"))

    assert np.allclose(moved(expected), moved(place_of(sets, schema="IFC2X3")), rtol=0, atol=1e-6)


def test_a_site_with_latitude_and_longitude_is_the_origin() -> None:
    """Degrees, minutes, seconds and millionths; x points to true east where the file does not turn it."""
    site = f"#140=IFCSITE('{guid(140)}',#9,'s',$,$,#8,$,$,.ELEMENT.,(49,5,40,500000),(-8,-25,-12,0),115000.,$,$);\n"

    matrix = place_of(site)

    latitude, longitude = 49 + 5 / 60 + 40.5 / 3600, -(8 + 25 / 60 + 12 / 3600)
    onto = pyproj.Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True)
    assert matrix is not None
    assert np.allclose(onto.transform(longitude, latitude, 115.0), matrix[:3, 3], rtol=0, atol=1e-6)
    up = np.subtract(onto.transform(longitude, latitude, 116.0), matrix[:3, 3])
    north = np.subtract(onto.transform(longitude, latitude + 1e-5, 115.0), matrix[:3, 3])
    assert np.allclose(up, matrix[:3, 2], atol=1e-6)
    assert np.allclose(north / np.linalg.norm(north), matrix[:3, 1], atol=1e-6)
    assert pytest.approx(1.0) == np.linalg.det(matrix[:3, :3])


def test_true_north_turns_the_model() -> None:
    """Where north is the file's x, x points to the pole."""
    site = f"#140=IFCSITE('{guid(140)}',#9,'s',$,$,#8,$,$,.ELEMENT.,(49,0,0),(8,0,0),$,$,$);\n"
    site += "#141=IFCDIRECTION((1.,0.));\n"
    straight = place_of(site)
    turned = read_ifc(
        SourceFile(content=an_ifc(a_product(110) + site).replace(b"1.E-5,#5,$)", b"1.E-5,#5,#141)")),
        unitless=Unit.METRE,
        limits=ReadLimits(),
        processes=1,
        report=silent,
    ).to_earth

    assert straight is not None
    assert turned is not None
    assert np.allclose(straight[:3, 1], turned[:3, 0])


@pytest.mark.parametrize(
    "lines",
    [
        "",
        f"#140=IFCSITE('{guid(140)}',#9,'s',$,$,#8,$,$,.ELEMENT.,(0,0,0),(0,0,0),0.,$,$);",
        f"#140=IFCSITE('{guid(140)}',#9,'s',$,$,#8,$,$,.ELEMENT.,(99,0,0),(8,0,0),0.,$,$);",
        conversion("EPSG:999999", "0.,0.,0.,1.,0.,$"),
        conversion("somewhere", "0.,0.,0.,1.,0.,$"),
        conversion("EPSG:25832", "1.E30,0.,0.,1.,0.,$"),
    ],
    ids=["nothing", "0, 0", "beyond the pole", "unknown code", "no code", "off the map"],
)
def test_a_file_that_does_not_say_where_it_is_is_nowhere(lines: str) -> None:
    """The scene is as good as any other."""
    assert place_of(lines) is None


def test_points_of_the_earth_are_those_of_pyproj() -> None:
    """Also at the poles and far up."""
    latitudes, longitudes, heights = np.array([[-90.0, 0, 45], [0, 179.9, -120], [0, 8e3, -400]])
    onto = pyproj.Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True)

    expected = np.stack(onto.transform(longitudes, latitudes, heights), axis=1)

    assert np.allclose(expected, on_earth(latitudes, longitudes, heights), rtol=0, atol=1e-6)
