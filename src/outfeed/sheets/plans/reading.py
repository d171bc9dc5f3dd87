"""Reads IFC files as plans: docs/reference/plans.md says what is drawn."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from outfeed.errors import DrawingTooLarge, NoSheets, SourceEmpty, TooManyTriangles
from outfeed.mesh.formats.source import ReadLimits
from outfeed.mesh.reporting import Report, silent
from outfeed.mesh.units import Unit
from outfeed.scene.model import Scene
from outfeed.scene.registry import read_scene
from outfeed.sheets.canvas import MM, Canvas, PageCanvas
from outfeed.sheets.model import Drawing, Loss, Sheet, SheetLimits
from outfeed.sheets.plans.building import Building, building_of, unique
from outfeed.sheets.plans.drawing import Ground, draw_figure, draw_grid, draw_leaves, draw_levels, draw_rooms
from outfeed.sheets.plans.facts import facts_of
from outfeed.sheets.plans.figure import Figure, Shown, box_of, figure_of, shown_on
from outfeed.sheets.plans.hidden import SAMPLE_MM
from outfeed.sheets.plans.model import NOWHERE, Points
from outfeed.sheets.plans.options import PlanOptions
from outfeed.sheets.plans.paper import AROUND_MM, BINDER_MM, EDGE_MM, STRIP_MM, Format, Paper, best_format
from outfeed.sheets.plans.sheet import Titles, draw_bar, draw_frame, draw_north, draw_titles
from outfeed.sheets.plans.sides import section_views
from outfeed.sheets.plans.soup import PLAN, soup_of

#: Share of the work that reading is.
READING: Final = 0.5
_USUAL: Final = PlanOptions()


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Page:
    """A sheet that is to be drawn."""

    name: str
    kind: str
    building: str
    shown: Shown
    #: Row of the storeys; `NOWHERE` for sections.
    storey: int


def read_ifc_plans(
    source: Path,
    out: Path,
    *,
    limits: SheetLimits,
    threads: int = 1,
    report: Report = silent,
    options: PlanOptions = _USUAL,
) -> Drawing:
    """
    Draw a plan of each storey of an IFC file that has something to show, and sections if they are wanted.

    Raises
    ------
    ReaderMissing
        If the package's extra `bim` is not installed.
    NoSheets
        If no product has a shape.
    DrawingTooLarge
        If there are more sheets, or more lines on them, than the limits allow.
    SourceError
        Another of its kinds, as `read_ifc` does.
    """
    reads = ReadLimits(max_triangles=limits.max_triangles, max_unpacked_bytes=limits.max_unpacked_bytes)
    try:
        scene = read_scene(
            source,
            format="ifc",
            unitless=Unit.METRE,
            limits=reads,
            processes=threads,
            report=lambda share: report(READING * share),
        )
    except SourceEmpty as error:
        raise NoSheets("No product has a shape.") from error
    building = building_of(scene, facts_of(source, reads))
    pages = _numbered(_checked(building, _pages(scene, building, options), limits))
    boxes = _boxes(building, pages)
    format_ = _format(boxes, options)
    sample_m = SAMPLE_MM / 1000 * format_.scale
    canvas = Canvas(title=building.project or pages[0].name)
    sheets = []
    lines = 0
    for number, (page, box) in enumerate(zip(pages, boxes, strict=True)):
        figure = figure_of(scene, building, page.shown, box, sample_m)
        lines += len(figure.seen.ends) + sum(len(ring) for part in figure.cut for ring in (*part.rings, *part.lines))
        if lines > limits.max_entities:
            raise DrawingTooLarge(f"The limit is {limits.max_entities} lines.")
        sheets.append(_draw(canvas, building, page, figure, box, format_, (number + 1, len(pages))))
        report(READING + (1 - READING) * (number + 1) / len(pages))
    canvas.save(out)
    return Drawing(sheets=tuple(sheets), written=True, lost=tuple(_lost(building, pages, canvas)))


def _pages(scene: Scene, building: Building, options: PlanOptions) -> Iterator[_Page]:
    """Yield the sheets that there are to be, plans first."""
    storeys = np.unique(building.homes[building.homes != NOWHERE]).tolist()
    for row in storeys:
        shown = shown_on(building, row, options.cut_height_m)
        storey = building.storeys[row]
        yield _Page(name=storey.name, kind="Plan", building=storey.building, shown=shown, storey=row)
    if not storeys:
        shown = shown_on(building, NOWHERE, options.cut_height_m)
        yield _Page(name="Plan", kind="View from above", building="", shown=shown, storey=NOWHERE)
    if options.sections:
        every = soup_of(scene, building.products, range(len(building.products)), PLAN)
        of = building.storeys[storeys[0]].building if storeys else ""
        for name, shown in zip(("Section A–A", "Section B–B"), section_views(building.products, every), strict=True):
            yield _Page(name=name, kind="Section", building=of, shown=shown, storey=NOWHERE)


def _checked(building: Building, pages: Iterator[_Page], limits: SheetLimits) -> list[_Page]:
    """Refuse what would be drawn too often: each sheet looks at the triangles of what it shows."""
    kept: list[_Page] = []
    triangles = 0
    for page in pages:
        kept.append(page)
        triangles += int(building.triangles[page.shown.rows].sum())
        if len(kept) > limits.max_pages:
            raise DrawingTooLarge(f"It has more storeys than {limits.max_pages}, the limit of pages.")
        if triangles > limits.max_triangles:
            raise TooManyTriangles(f"The limit is {limits.max_triangles}, counted on each sheet that shows them.")
    return kept


def _numbered(pages: list[_Page]) -> list[_Page]:
    """Return sheets of which no two have one name."""
    names = unique(page.name for page in pages)
    return [replace(page, name=name) for name, page in zip(names, pages, strict=True)]


def _boxes(building: Building, pages: list[_Page]) -> list[Points]:
    """Return the box around what each sheet shows; all plans have the same, so that they lie over each other."""
    boxes = [box_of(building.products, page.shown.rows, page.shown.view) for page in pages]
    plans = [box for page, box in zip(pages, boxes, strict=True) if page.shown.view is PLAN]
    every = np.concatenate([*plans, *(axis.points for axis in building.facts.grid)])
    common = np.array([every.min(axis=0), every.max(axis=0)])
    return [common if page.shown.view is PLAN else box for page, box in zip(pages, boxes, strict=True)]


def _format(boxes: list[Points], options: PlanOptions) -> Format:
    """Return one paper and one scale for all sheets."""
    width, height = (float(size) for size in np.max([box[1] - box[0] for box in boxes], axis=0))
    paper = Paper[options.paper] if options.paper else None
    return best_format(width, height, scale=options.scale, paper=paper)


def _draw(
    canvas: Canvas,
    building: Building,
    page: _Page,
    figure: Figure,
    box: Points,
    format_: Format,
    number: tuple[int, int],
) -> Sheet:
    width, height = (side * MM for side in format_.paper.value)
    ground = Ground(scale=format_.pt_per_m, origin=box.mean(axis=0), at=_middle(format_))
    titles = Titles(
        project=building.project, building=page.building, name=page.name, kind=page.kind, number=number[0], of=number[1]
    )
    with canvas.page(width, height, name=page.name) as drawn:
        _draw_building(drawn, building, page, figure, box, ground)
        with drawn.layer("Title"):
            draw_frame(drawn, format_)
            draw_titles(drawn, format_, titles)
            draw_bar(drawn, format_)
            if page.shown.view is PLAN:
                draw_north(drawn, building.facts.north)
    return Sheet(name=page.name, title=f"{page.kind}, 1:{format_.scale}", width_pt=width, height_pt=height)


def _middle(format_: Format) -> Points:
    """Return the middle of the room in which a building is drawn, in points."""
    width, height = format_.paper.room_mm
    return np.array([BINDER_MM + AROUND_MM + width / 2, EDGE_MM + STRIP_MM + AROUND_MM + height / 2]) * MM


def _draw_building(
    drawn: PageCanvas, building: Building, page: _Page, figure: Figure, box: Points, ground: Ground
) -> None:
    low, high = ground.on(box)
    with drawn.saved():
        drawn.rect(*(low - 2 * MM), *(high - low + 4 * MM))
        drawn.clip()
        draw_figure(drawn, figure, building, ground)
    if page.storey != NOWHERE:
        with drawn.layer("Doors"):
            draw_leaves(drawn, building.leaves, ground, page.shown.level)
        with drawn.layer("Rooms"):
            draw_rooms(drawn, [room for room in building.rooms if room.storey == page.storey], ground)
    if page.shown.view is PLAN:
        with drawn.layer("Grid"):
            draw_grid(drawn, building.facts.grid, ground)
    else:
        with drawn.layer("Levels"):
            draw_levels(drawn, building.storeys, ground, float(box[0, 0]), float(box[1, 0]))


def _lost(building: Building, pages: list[_Page], canvas: Canvas) -> Iterator[Loss]:
    drawn = {page.storey for page in pages}
    empty = sum(1 for row in range(len(building.storeys)) if row not in drawn)
    if empty:
        yield Loss(what="IfcBuildingStorey", why="Storeys without anything to show have no sheet.", count=empty)
    if building.strays:
        yield Loss(
            what="IfcProduct", why="Products of no storey are drawn on one by their height.", count=building.strays
        )
    shown = np.zeros(len(building.products), dtype=np.bool)
    for page in pages:
        shown[page.shown.rows] = True
    above = int((~shown).sum())
    if above:
        yield Loss(what="IfcProduct", why="Products that lie above the cut of their storey are not drawn.", count=above)
    counted: dict[tuple[str, str], int] = {}
    for said in building.facts.lost:
        counted[said] = counted.get(said, 0) + 1
    yield from (Loss(what=what, why=why, count=count) for (what, why), count in counted.items())
    found = Counter(product.element.class_name for product in building.products)
    for what, count in sorted(building.facts.shaped.items()):
        if count > found[what]:
            yield Loss(what=what, why="Its shape has no faces that could be cut or seen.", count=count - found[what])
    if canvas.missing:
        yield Loss(what="Text", why="Characters that the font has not are boxes.", count=sum(canvas.missing.values()))
