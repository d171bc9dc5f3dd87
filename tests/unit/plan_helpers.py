"""Buildings that tests of plans draw."""

from pathlib import Path
from typing import Final

import numpy as np
import pypdfium2  # type: ignore[import-untyped]  # the library has no types
from numpy.typing import NDArray

from outfeed.mesh.formats.source import ReadLimits
from outfeed.mesh.units import Unit
from outfeed.scene.model import Scene
from outfeed.scene.registry import read_scene
from outfeed.sheets.model import Drawing, SheetLimits
from outfeed.sheets.plans.building import Building, building_of
from outfeed.sheets.plans.facts import facts_of
from outfeed.sheets.plans.options import PlanOptions
from outfeed.sheets.plans.reading import read_ifc_plans
from outfeed.sheets.plans.soup import Soup
from unit.ifc_files import an_ifc, guid
from unit.mesh_helpers import CUBE_CORNERS, CUBE_FACES

#: Two storeys, a box of 1 by 2 by 3 m on each, a room around the lower one, and a grid of two axes.
STOREYS: Final = f"""#100=IFCBUILDING('{guid(100)}',#9,'Hall',$,$,#8,$,$,.ELEMENT.,$,$,$);
#101=IFCBUILDINGSTOREY('{guid(101)}',#9,'Level',$,$,#8,$,$,.ELEMENT.,0.);
#102=IFCBUILDINGSTOREY('{guid(102)}',#9,'Level',$,$,#103,$,$,.ELEMENT.,4000.);
#103=IFCLOCALPLACEMENT($,#104);
#104=IFCAXIS2PLACEMENT3D(#105,$,$);
#105=IFCCARTESIANPOINT((0.,0.,4000.));
#106=IFCRELAGGREGATES('{guid(106)}',#9,$,$,#100,(#101,#102));
#107=IFCCOLUMN('{guid(107)}',#9,'a',$,$,#8,#20,$,$);
#108=IFCCOLUMN('{guid(108)}',#9,'b',$,$,#103,#20,$,$);
#109=IFCRELCONTAINEDINSPATIALSTRUCTURE('{guid(109)}',#9,$,$,(#107),#101);
#110=IFCRELCONTAINEDINSPATIALSTRUCTURE('{guid(110)}',#9,$,$,(#108),#102);
#120=IFCSPACE('{guid(120)}',#9,'1.07',$,$,#8,#20,'K\\X2\\00FC\\X0\\che',.ELEMENT.,.INTERNAL.,$);
#121=IFCRELAGGREGATES('{guid(121)}',#9,$,$,#101,(#120));
#130=IFCGRID('{guid(130)}',#9,$,$,$,#8,$,(#131),(#132),$);
#131=IFCGRIDAXIS('Q1',#133,.T.);
#132=IFCGRIDAXIS('R7',#134,.T.);
#133=IFCPOLYLINE((#135,#136));
#134=IFCPOLYLINE((#137,#138));
#135=IFCCARTESIANPOINT((-3000.,0.));
#136=IFCCARTESIANPOINT((3000.,0.));
#137=IFCCARTESIANPOINT((0.,-3000.));
#138=IFCCARTESIANPOINT((0.,3000.));"""


def a_hall(folder: Path) -> Path:
    """Write two storeys with a box, a room and a grid; both storeys have one name."""
    path = folder / "hall.ifc"
    path.write_bytes(an_ifc(STOREYS))
    return path


def drawn(
    source: Path, *, options: PlanOptions | None = None, limits: SheetLimits | None = None
) -> tuple[Drawing, Path]:
    """Draw a file, and return the drawing and its PDF, beside the file."""
    out = source.with_suffix(".pdf")
    out.unlink(missing_ok=True)
    made = read_ifc_plans(source, out, limits=limits or SheetLimits(), options=options or PlanOptions())
    return made, out


def building_in(source: Path) -> tuple[Scene, Building]:
    """Return a file's scene and the building in it."""
    scene = read_scene(source, format="ifc", unitless=Unit.METRE, limits=ReadLimits())
    return scene, building_of(scene, facts_of(source, ReadLimits()))


def texts_of(pdf_path: Path) -> list[str]:
    """Return the text of each page, as PDFium reads it."""
    with pypdfium2.PdfDocument(pdf_path) as pdf:
        return [page.get_textpage().get_text_bounded() for page in pdf]


def pixels_of(pdf_path: Path, page: int = 0, *, dpi: float = 72) -> NDArray[np.uint8]:
    """Return a page as PDFium draws it (rows, columns), in grey."""
    with pypdfium2.PdfDocument(pdf_path) as pdf:
        image: NDArray[np.uint8] = pdf[page].render(scale=dpi / 72, grayscale=True).to_numpy()
    return image[..., 0] if image.ndim > 2 else image


def boxes(*places: tuple[tuple[float, float, float], tuple[float, float, float]]) -> Soup:
    """Return boxes by their lowest corner and their size, each of a product of its own."""
    corners, faces = np.array(CUBE_CORNERS, dtype=np.float64), np.array(CUBE_FACES, dtype=np.int32)
    return Soup(
        vertices=np.concatenate([np.array(at) + corners * size for at, size in places]),
        faces=np.concatenate([faces + np.int32(row * len(corners)) for row in range(len(places))]),
        owners=np.repeat(np.arange(len(places), dtype=np.int32), len(faces)),
    )
