"""Draws the pictures of sheets in the docs: a small DXF and a small DWG, made here, as the server draws them.

`make docs` runs it. `tests/acceptance/test_drawn_sheets.py` fails when the pictures that are kept are others.
"""

import io
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import ezdwg  # type: ignore[import-untyped]  # the library has no types
import ezdxf.enums
import ezdxf.filemanagement
import ezdxf.math
import pypdfium2  # type: ignore[import-untyped]  # the library has no types
from PIL import Image

from outfeed.mesh.reporting import silent
from outfeed.sheets.model import SheetLimits
from outfeed.sheets.registry import read_drawing

FOLDER: Final = Path(__file__).parents[1] / "docs" / "drawings"
#: Columns of a picture, and its colours.
WIDTH: Final = 1000
COLORS: Final = 48

#: Layers of the house: colour and line weight in hundredths of a millimetre.
LAYERS: Final = {
    "Walls": (7, 50),
    "Doors": (3, 25),
    "Furniture": (8, 18),
    "Dimensions": (5, 18),
    "Grid": (1, 13),
    "Frame": (7, 70),
    "Viewports": (7, 18),
}
#: Outer and inner borders of the walls in millimetres, and the rooms.
OUTER: Final = [(0, 0), (9000, 0), (9000, 6000), (0, 6000)]
ROOMS: Final = {"Living": (365, 365, 5400, 5635), "Kitchen": (5515, 2900, 8635, 5635), "Bath": (5515, 365, 8635, 2785)}


def house() -> Any:
    """Return a drawing of a ground floor, on a sheet with a title block, a plan and a detail."""
    document = ezdxf.filemanagement.new("R2018", setup=True, units=4)
    for name, (color, weight) in LAYERS.items():
        document.layers.add(name, color=color, lineweight=weight)
    document.layers.get("Viewports").dxf.plot = 0
    document.layers.get("Grid").dxf.linetype = "CENTER"
    document.header["$LTSCALE"] = 6
    walls(document)
    furniture(document)
    dimensions(document)
    sheet(document)
    return document


def walls(document: Any) -> None:
    """Draw the walls as hatches with holes, and doors as blocks."""
    model = document.modelspace()
    hatch = model.add_hatch(color=254, dxfattribs={"layer": "Walls"})
    lines = model.add_hatch(color=8, dxfattribs={"layer": "Walls", "lineweight": 13})
    lines.set_pattern_fill("ANSI31", scale=40)
    for shape in (hatch, lines):
        shape.paths.add_polyline_path(OUTER, flags=1)
    model.add_lwpolyline(OUTER, close=True, dxfattribs={"layer": "Walls"})
    for name, (left, bottom, right, top) in ROOMS.items():
        corners = [(left, bottom), (right, bottom), (right, top), (left, top)]
        for shape in (hatch, lines):
            shape.paths.add_polyline_path(corners, flags=16)
        model.add_lwpolyline(corners, close=True, dxfattribs={"layer": "Walls"})
        area = (right - left) * (top - bottom) / 1e6
        text = f"{{\\fArial|b1;{name}}}\\P{{\\H0.7x;{area:.1f} m²}}"
        where = ((left + right) / 2, (bottom + top) / 2)
        model.add_mtext(text, dxfattribs={"insert": where, "char_height": 220, "attachment_point": 5})
    door = document.blocks.new("DOOR")
    door.add_solid([(0, -200), (885, -200), (0, 400), (885, 400)], dxfattribs={"true_color": 0xFFFFFF})
    door.add_line((0, 0), (0, 885))
    door.add_arc((0, 0), 885, 0, 90)
    for place, turn in (((5400, 4700), 270), ((7600, 2785), 0), ((2000, 365), 0)):
        model.add_blockref("DOOR", place, dxfattribs={"layer": "Doors", "rotation": turn})


def furniture(document: Any) -> None:
    """Draw a table with chairs, a sofa with a spline for a rug, and a bath."""
    model = document.modelspace()
    look = {"layer": "Furniture"}
    chair = document.blocks.new("CHAIR")
    chair.add_lwpolyline(
        [(-220, -220, 0), (220, -220, 0.3), (220, 220, 0.6), (-220, 220, 0.3)], format="xyb", close=True
    )
    model.add_circle((1800, 4400), 600, dxfattribs=look)
    for row in range(5):
        turn = 72 * row
        offset = ezdxf.math.Vec2(1800, 4400) + ezdxf.math.Vec2.from_deg_angle(turn - 90, 830)
        model.add_blockref("CHAIR", offset, dxfattribs={**look, "rotation": turn + 180})
    model.add_ellipse((7100, 1200), (800, 0), 0.45, dxfattribs=look)
    model.add_lwpolyline([(6200, 750), (8000, 750), (8000, 1650), (6200, 1650)], close=True, dxfattribs=look)
    rug = [(3000, 900), (4900, 800), (5000, 1700), (4000, 2000), (2900, 1700), (3000, 900)]
    model.add_spline(rug, dxfattribs={**look, "linetype": "DASHED"})


def dimensions(document: Any) -> None:
    """Draw dimensions and the lines of the grid."""
    model = document.modelspace()
    override = {"dimtxt": 180, "dimasz": 120, "dimexe": 80, "dimexo": 80, "dimgap": 60, "dimtad": 1, "dimlfac": 1,
                "dimpost": "<>", "dimclrt": 5}  # fmt: skip
    for start, end in ((0, 5457), (5457, 9000)):
        dimension = model.add_linear_dim(
            base=(0, -700), p1=(start, 0), p2=(end, 0), dimstyle="EZDXF", override=override,
            dxfattribs={"layer": "Dimensions"},
        )  # fmt: skip
        dimension.render()
    upright = {"angle": 90, "dimstyle": "EZDXF", "override": override, "dxfattribs": {"layer": "Dimensions"}}
    model.add_linear_dim(base=(-700, 0), p1=(0, 0), p2=(0, 6000), **upright).render()
    for name, x in (("A", 0), ("B", 5457), ("C", 9000)):
        model.add_line((x, -1000), (x, 6900), dxfattribs={"layer": "Grid"})
        model.add_circle((x, 7200), 300, dxfattribs={"layer": "Grid", "linetype": "CONTINUOUS"})
        model.add_text(name, height=260, dxfattribs={"layer": "Grid"}).set_placement(
            (x, 7200), align=ezdxf.enums.TextEntityAlignment.MIDDLE_CENTER
        )


def sheet(document: Any) -> None:
    """Draw the sheet: a frame with its title block, the plan at 1:50 and a detail at 1:20."""
    layout = document.layouts.get("Layout1")
    document.layouts.rename("Layout1", "A-101")
    layout.page_setup(size=(420, 297), margins=(0, 0, 0, 0), units="mm")
    block = document.blocks.new("TITLE-BLOCK")
    block.add_lwpolyline([(0, 0), (90, 0), (90, 32), (0, 32)], close=True)
    for y in (8.0, 16.0):
        block.add_line((0, y), (90, y), dxfattribs={"lineweight": 18})
    insert = layout.add_blockref("TITLE-BLOCK", (320, 10), dxfattribs={"layer": "Frame"})
    rows = {"TITLE": ("Ground floor", 21, 6), "NUMBER": ("A-101", 10, 4), "SCALE": ("1:50 / 1:20", 2.5, 3)}
    for tag, (text, y, height) in rows.items():
        insert.add_attrib(tag, text, (323, 10 + y), {"height": height, "layer": "Frame"})
    layout.add_lwpolyline([(10, 10), (410, 10), (410, 287), (10, 287)], close=True, dxfattribs={"layer": "Frame"})
    look = {"layer": "Viewports"}
    layout.add_viewport((140, 160), (240, 220), (4000, 3000), 220 * 50, dxfattribs=look)
    layout.add_viewport((335, 160), (130, 170), (5450, 4400), 170 * 20, dxfattribs=look)
    layout.add_lwpolyline([(270, 75), (400, 75), (400, 245), (270, 245)], close=True, dxfattribs={"lineweight": 25})
    layout.add_text("Detail, 1:20", height=5, dxfattribs={"insert": (270, 250)})


def flange() -> Any:
    """Return a flange, in the format of its programs."""
    drawing = ezdwg.new()
    drawing.set_paper(297, 148)
    model, paper = drawing.modelspace(), drawing.paperspace()
    for radius in (80, 30, 26):
        model.add_circle((0, 0, 0), radius)
    for row in range(8):
        place = ezdxf.math.Vec3.from_deg_angle(45 * row, 58)
        model.add_circle(tuple(place), 9)
    profile = [(110, -80), (130, -80), (130, -30), (160, -30), (160, 30), (130, 30), (130, 80), (110, 80)]
    model.add_lwpolyline(profile, closed=True, lineweight=50)
    model.add_hatch([[(110, 30), (160, 30), (130, 30), (130, 80), (110, 80)]])
    model.add_hatch([[(110, -30), (130, -30), (160, -30), (130, -30), (130, -80), (110, -80)]])
    model.add_xline((0, 0, 0), (1, 0, 0))
    paper.add_viewport((148, 80, 0), 280, 110, view_center=(40, 0), view_height=190)
    paper.add_text("FLANGE DN 50", (14, 10, 0), height=8)
    paper.add_lwpolyline([(8, 5), (289, 5), (289, 143), (8, 143)], closed=True, lineweight=70)
    return drawing


#: Name of a picture: what makes the drawing, and the end of its file.
DRAWINGS: Final[dict[str, tuple[Callable[[], Any], str]]] = {"house": (house, "dxf"), "flange": (flange, "dwg")}


def picture(name: str) -> bytes:
    """Return a drawing's first sheet, with few colours to be small."""
    make, format = DRAWINGS[name]  # noqa: A001 - the word of the whole house
    with TemporaryDirectory() as folder:
        source, out = Path(folder) / f"drawing.{format}", Path(folder) / "sheet.pdf"
        drawing = make()
        drawing.saveas(source) if format == "dxf" else drawing.save(str(source))
        read_drawing(source, out, format=format, limits=SheetLimits(), report=silent)
        with pypdfium2.PdfDocument(out) as pdf:
            page = pdf[0]
            image: Image.Image = page.render(scale=WIDTH / page.get_size()[0]).to_pil().convert("RGB")
    data = io.BytesIO()
    image.quantize(COLORS, dither=Image.Dither.NONE).save(data, "PNG", optimize=True)
    return data.getvalue()


def main() -> None:
    """Draw every picture into the folder of the docs."""
    FOLDER.mkdir(exist_ok=True)
    for name in DRAWINGS:
        (FOLDER / f"{name}.png").write_bytes(picture(name))


if __name__ == "__main__":
    main()
