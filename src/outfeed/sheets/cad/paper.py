"""The paper of a sheet, and where on it a drawing lies."""

import math
from dataclasses import dataclass
from typing import Any, Final

from ezdxf.document import Drawing as Document
from ezdxf.layouts.layout import Paperspace

from outfeed.sheets.cad.listing import SAME, Box, Matrix
from outfeed.sheets.canvas import MM

#: ISO 216, upright, in millimetres.
ISO: Final = {"A4": (210, 297), "A3": (297, 420), "A2": (420, 594), "A1": (594, 841), "A0": (841, 1189)}
#: Scales of drawings (ISO 5455) and the usual ones between, as millimetres of the thing for one on paper.
_STEPS: Final = (1, 2, 2.5, 5)
_SCALES: Final = (
    *(1 / (step * 10**power) for power in range(6, -1, -1) for step in reversed((1, 2, 5))),
    *(step * 10**power for power in range(13) for step in _STEPS if step * 10**power not in {1, 2.5}),
)
#: Free of drawing on each side, and what a drawing should fill at least, in millimetres.
_MARGIN: Final = 10.0
_SMALL: Final = 40.0
#: Sides of paper that can be, in millimetres; PDF goes to 5080.
_LEAST_SIDE, _MOST_SIDE = 10.0, 5080.0
_INCH: Final = 25.4
#: Millimetres of the unit that `$INSUNITS` names (DXF reference, header variables).
_UNITS: Final = {
    1: 25.4, 2: 304.8, 3: 1_609_344.0, 4: 1.0, 5: 10.0, 6: 1000.0, 7: 1e6, 8: 25.4e-6, 9: 0.0254, 10: 914.4,
    11: 1e-7, 12: 1e-6, 13: 1e-3, 14: 100.0, 15: 1e4, 16: 1e5,
}  # fmt: skip
#: Kinds of plots: what is printed is the layout, or a window of it.
_LAYOUT, _WINDOW = 5, 4
#: How many times as large as its paper what a layout shows may be.
_TOO_LARGE: Final = 5.0
_CENTRED: Final = 4
_STANDARD_SCALE: Final = 16
_QUARTER_TURNS: Final = (1, 3)


@dataclass(frozen=True, kw_only=True, slots=True)
class Paper:
    """A sheet of paper with a drawing on it."""

    width_pt: float
    height_pt: float
    #: From units of the drawing to points.
    matrix: Matrix
    #: In words, such as `1:100 on A3`; empty: a layout, which has its own.
    scale: str = ""

    @property
    def box(self) -> Box:
        """The paper."""
        return Box(0.0, 0.0, self.width_pt, self.height_pt)


def model_paper(content: Box, document: Document) -> Paper:
    """Return the paper that a drawing without layouts fits on, at a scale that people use."""
    unit = _unit_mm(document)
    width, height = max(content.width * unit, 1e-9), max(content.height * unit, 1e-9)
    scale = _scale_for(width, height)
    name, (across, up) = _smallest(width / scale, height / scale)
    factor = unit / scale * MM
    middle = ((content.left + content.right) / 2, (content.bottom + content.top) / 2)
    matrix = Matrix(factor, 0, 0, factor, across * MM / 2 - factor * middle[0], up * MM / 2 - factor * middle[1])
    words = f"1:{scale:,g}".replace(",", "") if scale >= 1 else f"{round(1 / scale)}:1"
    return Paper(width_pt=across * MM, height_pt=up * MM, matrix=matrix, scale=f"{words} on {name}")


def _unit_mm(document: Document) -> float:
    """Return the millimetres of a drawing's unit; where it says none, those of the system that it was begun in."""
    imperial = document.header.get("$MEASUREMENT", 1) == 0
    return _UNITS.get(document.header.get("$INSUNITS", 0), _INCH if imperial else 1.0)


def _scale_for(width: float, height: float) -> float:
    """Return the scale: 1:1 for what is neither large nor small, else the largest that fits A3."""
    short, long = (side - 2 * _MARGIN for side in ISO["A3"])
    need = max(max(width, height) / long, min(width, height) / short)
    fits = next((scale for scale in _SCALES if scale >= need), need)
    return 1.0 if fits < 1 and max(width, height) >= _SMALL else fits


def _smallest(width: float, height: float) -> tuple[str, tuple[int, int]]:
    """Return the smallest paper that holds a drawing of so many millimetres, upright or lying."""
    for name, (short, long) in ISO.items():
        for across, up in ((long, short), (short, long)):
            if width <= across - 2 * _MARGIN + 1e-6 and height <= up - 2 * _MARGIN + 1e-6:
                return name, (across, up)
    return "A0", ISO["A0"]


def layout_paper(layout: Paperspace, content: Box | None) -> Paper:
    """
    Return the paper of a layout, as its plot settings say.

    Parameters
    ----------
    content
        Around what the layout shows; decides where its settings say nothing that can be.
    """
    settings = layout.dxf_layout.dxf
    paper = _sized(settings)
    if paper is None:
        around = content or Box(0, 0, 420, 297)
        return _fitted(ISO["A3"][::-1], (_MARGIN,) * 4, around)
    (width, height), margins = paper
    area = _area(settings, content)
    if area is not None:
        found = _plotted(settings, (width, height), margins, area)
        return found if _holds(found, content) else _fitted((width, height), margins, area)
    corner = (margins[0] + settings.plot_origin_x_offset, margins[1] + settings.plot_origin_y_offset)
    # Some programs write a scale that nothing can be seen with: then that of one unit of paper, then any that fits.
    for unit in (_unit(settings), 1.0, _INCH):
        found = _placed((width, height), unit, corner, (0.0, 0.0))
        if _holds(found, content):
            return found
    return _fitted((width, height), margins, content or Box(0, 0, width, height))


def _holds(paper: Paper, content: Box | None) -> bool:
    """Return whether a drawing is on the paper, with some of it beside it perhaps."""
    if content is None:
        return True
    placed = content.under(paper.matrix)
    most = max(placed.width / paper.width_pt, placed.height / paper.height_pt)
    return placed.meets(paper.box) and most < _TOO_LARGE


def _sized(settings: Any) -> tuple[tuple[float, float], tuple[float, float, float, float]] | None:
    """Return width, height and margins (left, bottom, right, top) of the paper as it is read, in millimetres."""
    width, height = settings.paper_width, settings.paper_height
    margins = (settings.left_margin, settings.bottom_margin, settings.right_margin, settings.top_margin)
    numbers = (width, height, *margins, settings.plot_origin_x_offset, settings.plot_origin_y_offset)
    if not all(map(math.isfinite, numbers)) or not all(_LEAST_SIDE <= side <= _MOST_SIDE for side in (width, height)):
        return None
    left, bottom, right, top = (margin if 0 <= margin < min(width, height) / 2 else 0.0 for margin in margins)
    if settings.plot_rotation in _QUARTER_TURNS:
        return (height, width), (top, left, bottom, right)
    return (width, height), (left, bottom, right, top)


def _unit(settings: Any) -> float:
    """Return the millimetres of paper for a unit of the layout; 1 where that is no number that can be."""
    unit = _INCH if settings.plot_paper_units == 0 else 1.0
    numerator, denominator = settings.scale_numerator, settings.scale_denominator
    if settings.plot_layout_flags & _STANDARD_SCALE and settings.standard_scale_type:
        numerator, denominator = settings.unit_factor, 1.0
    scale = numerator / denominator if denominator else 1.0
    return unit * scale if math.isfinite(scale) and 1e-9 < scale < 1e9 else unit  # noqa: PLR2004 - any sane scale


def _area(settings: Any, content: Box | None) -> Box | None:
    """Return what of a layout is printed; None: all, from where its paper begins."""
    if settings.plot_type == _LAYOUT or content is None:
        return None
    if settings.plot_type != _WINDOW:
        return content
    xs = sorted((settings.plot_window_x1, settings.plot_window_x2))
    ys = sorted((settings.plot_window_y1, settings.plot_window_y2))
    window = Box(xs[0], ys[0], xs[1], ys[1])
    return window if all(map(math.isfinite, window)) and window.width and window.height else content


def _plotted(settings: Any, size: tuple[float, float], margins: tuple[float, ...], area: Box) -> Paper:
    """Return paper with a part of a layout on it, at its scale or as large as fits."""
    if settings.plot_layout_flags & _STANDARD_SCALE and not settings.standard_scale_type:
        return _fitted(size, margins, area)
    unit = _unit(settings)
    x, y = margins[0] + settings.plot_origin_x_offset, margins[1] + settings.plot_origin_y_offset
    if settings.plot_layout_flags & _CENTRED:
        x = (size[0] + margins[0] - margins[2] - area.width * unit) / 2
        y = (size[1] + margins[1] - margins[3] - area.height * unit) / 2
    return _placed(size, unit, (x, y), (area.left, area.bottom))


def _fitted(size: tuple[float, float], margins: tuple[float, ...], area: Box) -> Paper:
    """Return paper with an area on it as large as it can be, in the middle."""
    left, bottom, right, top = margins
    width, height = size[0] - left - right, size[1] - bottom - top
    sides = [space / side for space, side in ((width, area.width), (height, area.height)) if side > 0]
    unit = min(sides, default=1.0)
    corner = (left + (width - area.width * unit) / 2, bottom + (height - area.height * unit) / 2)
    return _placed(size, unit, corner, (area.left, area.bottom))


def _placed(size: tuple[float, float], unit: float, corner: tuple[float, float], origin: tuple[float, float]) -> Paper:
    """Return paper on which a point of the drawing lies at a place in millimetres."""
    matrix = SAME._replace(e=-origin[0], f=-origin[1])
    matrix = matrix.then(Matrix(unit * MM, 0, 0, unit * MM, corner[0] * MM, corner[1] * MM))
    return Paper(width_pt=size[0] * MM, height_pt=size[1] * MM, matrix=matrix)
