"""Makes sheets of a drawing that is loaded: its layouts in the order of their tabs, else its model space."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ezdxf import reorder
from ezdxf.addons.drawing.properties import layer_key
from ezdxf.document import Drawing as Document
from ezdxf.entities.dxfentity import DXFEntity
from ezdxf.entities.dxfgfx import DXFGraphic
from ezdxf.entities.insert import Insert
from ezdxf.entities.viewport import Viewport
from ezdxf.layouts.layout import Modelspace, Paperspace
from ezdxf.path import make_path

from outfeed.errors import DrawingTooLarge, NoSheets, SourceDamaged
from outfeed.mesh.reporting import Report
from outfeed.sheets.cad.context import PaperContext, Styles
from outfeed.sheets.cad.frontend import DAMAGE, Frontend
from outfeed.sheets.cad.listing import Box, Listing, Shape, joined
from outfeed.sheets.cad.lost import DAMAGED, Losses
from outfeed.sheets.cad.painter import Budget, Painter
from outfeed.sheets.cad.paper import Paper, layout_paper, model_paper
from outfeed.sheets.cad.recorder import Recorder, flat, shape_of
from outfeed.sheets.canvas import Canvas
from outfeed.sheets.fonts import plain
from outfeed.sheets.model import Drawing, Sheet, SheetLimits

#: Attributes of title blocks that hold the title of a sheet.
_TITLES: Final = {
    "TITLE", "SHEETTITLE", "DRAWINGTITLE", "DWGTITLE", "SHEETNAME", "DRAWINGNAME",
    "TITLE1", "TITEL", "PLANTITEL", "TITRE", "TITULO", "TITOLO",
}  # fmt: skip
#: Variables of the header that are looked at.
_NUMBERS: Final = (
    "$EXTMAX", "$EXTMIN", "$INSUNITS", "$LTSCALE", "$MEASUREMENT", "$PDMODE", "$PDSIZE", "$PSLTSCALE",
)  # fmt: skip
_LONGEST_NAME: Final = 255
#: Types that an error names.
_NAMED: Final = 5
#: The viewport that is the layout itself.
_MAIN: Final = 1
#: Bit of a viewport that is switched off (DXF reference, VIEWPORT, group 90).
_OFF: Final = 0x20000
_OTHER_VIEW: Final = "Only views of the model from above are drawn."
_PLOT_STYLES: Final = "Plot styles are in files of their own: colours and line weights are those of the drawing."
_BOXES: Final = "Roboto has no form for these characters; boxes are drawn, which can be searched for."
#: Share of the height of the drawing that a point of relative size has, and the most that a height can be.
_POINT_SHARE: Final = 0.05
_TALLEST: Final = 1e9


@dataclass(slots=True)
class _Source:
    """A document that is being read."""

    document: Document
    limits: SheetLimits
    losses: Losses
    context: PaperContext
    styles: Styles
    #: The model, once it is needed.
    model: Listing | None = None

    def record(self, entities: Iterable[DXFEntity], context: PaperContext | None = None) -> Listing:
        """Return what entities show."""
        styles = self.styles if context is None else Styles(context.layers)
        recorder = Recorder(styles, self.losses, most=self.limits.max_entities)
        point_size = _point_size(self.document)
        frontend = Frontend(context or self.context, recorder, self.losses, point_size=point_size)
        frontend.draw_entities(entities)
        return recorder.listing.finish()

    def model_for(self, viewport: Viewport) -> Listing:
        """Return the model as it looks in a viewport."""
        if self.context.has_overrides(viewport):
            return self.record(_in_order(self.document.modelspace()), self.context.from_viewport(viewport))  # type: ignore[arg-type]  # the same class
        return self.whole_model()

    def whole_model(self) -> Listing:
        """Return the model as it looks by itself."""
        if self.model is None:
            self.model = self.record(_in_order(self.document.modelspace()))
        return self.model


@dataclass(frozen=True, slots=True)
class _Page:
    """A sheet before it is drawn."""

    name: str
    title: str
    paper: Paper
    listing: Listing
    viewports: tuple[Viewport, ...] = ()


def draw_document(document: Document, out: Path, *, limits: SheetLimits, losses: Losses, report: Report) -> Drawing:
    """
    Draw a document as a PDF with a page for each layout that shows something, else one of the model.

    Raises
    ------
    NoSheets
        If it shows nothing.
    SourceDamaged
        If its layouts or layers make no sense.
    DrawingTooLarge
        If there is more to draw than is accepted.
    """
    _mend_header(document)
    try:
        context = PaperContext(document)
        source = _Source(document, limits, losses, context, Styles(context.layers))
        pages = _layouts(source) or _model(source)
    except DAMAGE as error:
        raise SourceDamaged("Its layouts or its layers hold values that cannot be.") from error
    if len(pages) > limits.max_pages:
        raise DrawingTooLarge(f"It has more than {limits.max_pages:,} layouts.")
    if not pages:
        kinds = ", ".join(sorted({loss.what for loss in losses.all()})[:_NAMED])
        raise NoSheets(f"Not drawn: {kinds}." if kinds else "Its layouts and its model space are empty.")
    report(0.5)
    canvas = Canvas()
    budget = Budget(limits.max_entities)
    for row, page in enumerate(pages):
        _draw(canvas, page, source, budget)
        report(0.5 + 0.45 * (row + 1) / len(pages))
    if canvas.missing:
        losses.add("characters", _BOXES, sum(canvas.missing.values()))
    canvas.save(out)
    sheets = [
        Sheet(name=page.name, title=page.title, width_pt=page.paper.width_pt, height_pt=page.paper.height_pt)
        for page in pages
    ]
    return Drawing(sheets=tuple(sheets), written=True, lost=losses.all())


def _mend_header(document: Document) -> None:
    """Take variables out of the header that are no numbers; they then have their usual values."""
    for name in _NUMBERS:
        value = document.header.get(name)
        parts = tuple(value) if name.startswith("$EXT") and isinstance(value, Iterable) else (value,)
        if value is not None and not all(isinstance(part, int | float) and math.isfinite(part) for part in parts):
            del document.header[name]


def _layouts(source: _Source) -> list[_Page]:
    pages: list[_Page] = []
    names: set[str] = set()
    layouts = source.document.layouts
    for tab in layouts.names_in_taborder():
        layout = layouts.get(tab)
        if not isinstance(layout, Paperspace):
            continue
        listing = source.record(_in_order(layout))
        viewports = _viewports(layout, source.losses)
        if listing.items or (viewports and source.whole_model().items):
            paper = layout_paper(layout, _content(listing, viewports))
            pages.append(_Page(_name(tab, names), _title(layout), paper, listing, viewports))
            if layout.dxf_layout.dxf.current_style_sheet:
                source.losses.add("plot styles", _PLOT_STYLES)
    return pages


def _model(source: _Source) -> list[_Page]:
    listing = source.whole_model()
    if listing.box is None:
        return []
    paper = model_paper(listing.box, source.document)
    space = source.document.modelspace()
    title = ", ".join(part for part in (_title(space), paper.scale) if part)
    return [_Page("Model", title, paper, listing)]


def _draw(canvas: Canvas, page: _Page, source: _Source, budget: Budget) -> None:
    off = {source.context.layers[key].layer for key in source.context.off if key in source.context.layers}
    paper = page.paper
    with canvas.page(paper.width_pt, paper.height_pt, name=page.name) as pdf_page:
        painter = Painter(pdf_page, paper.box, budget, source.losses, off=off.__contains__)
        for viewport in page.viewports:
            _draw_viewport(painter, viewport, paper, source)
        painter.paint(page.listing, paper.matrix, dash_scale=paper.matrix.scale)


def _draw_viewport(painter: Painter, viewport: Viewport, paper: Paper, source: _Source) -> None:
    try:
        clip = shape_of([make_path(viewport)])
        place = flat(viewport.get_transformation_matrix())
    except DAMAGE:
        source.losses.add("VIEWPORT", DAMAGED)
        return
    if not clip.points or not place.scale:
        return
    frozen = {layer_key(name) for name in viewport.frozen_layers}
    # PSLTSCALE: dashes are as long as on the layout itself, whatever the scale of the viewport.
    dashes = paper.matrix.scale * (1.0 if source.document.header.get("$PSLTSCALE", 1) else place.scale)
    painter.paint(
        source.model_for(viewport),
        place.then(paper.matrix),
        dash_scale=dashes,
        clip=Shape(paper.matrix.apply(clip.points), clip.ops),
        hidden=_among(frozen),
    )


def _among(layers: set[str]) -> Callable[[str], bool]:
    """Return what tells whether a layer is one of these."""
    return lambda layer: layer_key(layer) in layers


def _viewports(layout: Paperspace, losses: Losses) -> tuple[Viewport, ...]:
    """Return the viewports of a layout that show the model, in the order in which they lie."""
    found = []
    for viewport in layout.viewports():
        dxf = viewport.dxf
        if dxf.get("id", 0) == _MAIN or dxf.status == 0 or dxf.get("flags", 0) & _OFF or dxf.invisible:
            continue
        numbers = (*dxf.center, dxf.width, dxf.height, dxf.view_height, *dxf.view_center_point, *dxf.view_target_point)
        if not all(map(math.isfinite, (*numbers, dxf.view_twist_angle))) or min(dxf.width, dxf.height) <= 0:
            losses.add("VIEWPORT", DAMAGED)
        elif not viewport.is_top_view:
            losses.add("VIEWPORT", _OTHER_VIEW)
        else:
            found.append(viewport)
    return tuple(found)


def _content(listing: Listing, viewports: Iterable[Viewport]) -> Box | None:
    frames = []
    for viewport in viewports:
        (x, y, _), width, height = viewport.dxf.center, viewport.dxf.width, viewport.dxf.height
        frames.append(Box(x - width / 2, y - height / 2, x + width / 2, y + height / 2))
    return joined([*frames, *([listing.box] if listing.box else [])])


def _in_order(space: Modelspace | Paperspace) -> Iterable[DXFGraphic]:
    """Return entities from the lowest to the highest, as the drawing says or as they were made."""
    order = list(space.get_redraw_order())
    return reorder.ascending(space, order) if order else space


def _name(tab: str, taken: set[str]) -> str:
    """Return a layout's name as a sheet's: printable, not empty, not too long, and no other's."""
    base = plain(tab).strip()[:_LONGEST_NAME] or "Layout"
    name, number = base, 2
    while name in taken:
        end = f" ({number})"
        name, number = base[: _LONGEST_NAME - len(end)] + end, number + 1
    taken.add(name)
    return name


def _title(space: Modelspace | Paperspace) -> str:
    """Return the attribute of a title block that is called title; empty where there is none, or several differ."""
    found = {
        plain(attribute.dxf.text).strip()
        for insert in space
        if isinstance(insert, Insert)
        for attribute in insert.attribs
        if "".join(filter(str.isalnum, attribute.dxf.tag)).upper() in _TITLES
    } - {""}
    return found.pop() if len(found) == 1 else ""


def _point_size(document: Document) -> float:
    """Return the size of points: as the drawing says, or a share of its height."""
    size = float(document.header.get("$PDSIZE", 0.0))
    if size > 0:
        return min(size, _TALLEST)
    share = -size / 100 if size < 0 else _POINT_SHARE
    height = document.header.get("$EXTMAX", (0, 0, 0))[1] - document.header.get("$EXTMIN", (0, 0, 0))[1]
    return share * height if 0 < height < _TALLEST else 1.0
