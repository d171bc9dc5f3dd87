"""Takes entities apart into what a recorder keeps. Blocks are read once for each way in which they are shown."""

import math
import struct
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from ezdxf.addons.drawing.config import Configuration
from ezdxf.addons.drawing.frontend import UniversalFrontend, closed_loops, ignore_text_boxes
from ezdxf.addons.drawing.gfxproxy import DXFGraphicProxy
from ezdxf.addons.drawing.mtext_complex import ComplexMTextRenderer
from ezdxf.addons.drawing.properties import Filling, Properties, layer_key
from ezdxf.addons.drawing.text import simplified_text_chunks
from ezdxf.entities.dimension import Dimension
from ezdxf.entities.dxfentity import DXFEntity
from ezdxf.entities.dxfgfx import DXFGraphic
from ezdxf.entities.insert import Insert
from ezdxf.entities.mtext import MText
from ezdxf.entities.polygon import DXFPolygon
from ezdxf.entities.spline import Spline
from ezdxf.entities.text import Text
from ezdxf.layouts.blocklayout import BlockLayout
from ezdxf.lldxf.const import DXFError
from ezdxf.math import Matrix44, Vec3
from ezdxf.path import Path
from ezdxf.protocols import virtual_entities
from ezdxf.tools import text_layout
from ezdxf.tools.text import MTextContext
from ezdxf.xclip import XClip

from outfeed.errors import DrawingTooLarge
from outfeed.sheets.cad.context import PaperContext
from outfeed.sheets.cad.letters import RobotoFont, letters_of
from outfeed.sheets.cad.listing import Group, Lines, Listing, Point, Shape
from outfeed.sheets.cad.lost import DAMAGED, Losses, reason
from outfeed.sheets.cad.recorder import Recorder, flat

#: What the library is seen to raise on damaged entities.
DAMAGE: Final = (
    DXFError, ValueError, TypeError, AttributeError, LookupError, ArithmeticError, AssertionError,
    StopIteration, RuntimeError, struct.error,
)  # fmt: skip
#: Blocks in blocks.
DEEPEST: Final = 40
#: A tilt that is none.
_FLAT: Final = 1e-9
#: Families of lines in one pattern.
_MOST_FAMILIES: Final = 200
_XREF: Final = "It is in another file, and nothing outside of the drawing is read."
_UPRIGHT: Final = "It stands upright in space."
_CYCLE: Final = "A block that is in itself is drawn once."
_NO_BLOCK: Final = "Its block is not in the drawing."
_GRADIENT: Final = "A gradient is drawn as one colour."
_KNOTS: Final = "It has a wrong number of knots; it is drawn with evenly spaced ones."
#: Value of XCLIPFRAME: frames of what is clipped are shown and printed (2: only shown).
_FRAME_PRINTED: Final = 1
_LEAST_SLANT: Final = 1e-3


class Frontend(UniversalFrontend):
    """Reads entities; what they show goes to the recorder."""

    ctx: PaperContext
    pipeline: Recorder

    def __init__(self, context: PaperContext, recorder: Recorder, losses: Losses, *, point_size: float) -> None:
        super().__init__(context, recorder, Configuration())
        size: Any = point_size  # the library says int and takes any number
        self.config = self.config.with_changes(pdsize=size)
        self._losses = losses
        self._blocks: dict[tuple[Any, ...], Listing] = {}
        self._open: list[str] = []

    def draw_entities(self, entities: Iterable[DXFEntity], *, filter_func: Any = None) -> None:  # noqa: ARG002 - the library's call
        """Draw entities, but viewports; a damaged one is counted and left out."""
        for entity in entities:
            if entity.dxftype() == "VIEWPORT":
                continue
            try:
                self._draw(entity)
            except DAMAGE:
                self._losses.add(entity.dxftype(), DAMAGED)

    def _draw(self, entity: DXFEntity) -> None:
        shown: Any = entity if isinstance(entity, DXFGraphic) else DXFGraphicProxy(entity)
        properties = self.ctx.resolve_all(shown)
        if properties.is_visible:
            self.draw_entity(shown, properties)

    def skip_entity(self, entity: DXFEntity, msg: str) -> None:
        """Count an entity that the library cannot draw."""
        if msg.startswith("3D"):
            self._losses.add(entity.dxftype(), _UPRIGHT)
        elif msg != "text height too small":
            self._losses.add(entity.dxftype(), reason(entity.dxftype()))

    # Blocks

    def draw_composite_entity(self, entity: DXFGraphic, properties: Properties) -> None:
        """Draw what consists of other entities."""
        if isinstance(entity, Insert):
            self._draw_insert(entity, properties)
        elif isinstance(entity, Dimension) and self._draw_dimension(entity, properties):
            return
        else:
            before = len(self.pipeline.listing.items)
            self.draw_entities(virtual_entities(entity))  # type: ignore[arg-type]  # it has them: the caller looked
            if len(self.pipeline.listing.items) == before:
                self._losses.add(entity.dxftype(), reason(entity.dxftype()))

    def _draw_dimension(self, dimension: Dimension, properties: Properties) -> bool:
        """Draw a dimension by its block, if it lies flat."""
        block = dimension.get_geometry_block()
        if block is None or not Vec3(dimension.dxf.extrusion).isclose((0, 0, 1)):
            return False
        listing = self._block(block, properties)
        if listing is None or not listing.items:
            return False
        place = Vec3(dimension.dxf.get("insert", (0, 0, 0)))
        self.pipeline.draw_group(Group(listing, flat(Matrix44.translate(*place)), properties.layer))
        return True

    def _draw_insert(self, insert: Insert, properties: Properties) -> None:
        block = insert.block()
        if block is None:
            self._losses.add("INSERT", _NO_BLOCK)
        elif block.block and (block.block.is_xref or block.block.is_xref_overlay) and not len(block):
            self._losses.add("XREF", _XREF)
        elif layer_key(properties.layer) not in self.ctx.frozen:
            self._draw_block(insert, block, properties)
        self.draw_entities(insert.attribs)

    def _draw_block(self, insert: Insert, block: BlockLayout, properties: Properties) -> None:
        place = insert.matrix44()
        if abs(place[2, 0]) + abs(place[2, 1]) > _FLAT * max(abs(place[row, row]) for row in range(3)):
            self._draw_tilted(insert, properties)
            return
        listing = self._block(block, properties)
        if listing is not None:
            counts, steps = _grid(insert)
            clip = _clip(insert)
            self.pipeline.draw_group(Group(listing, flat(place), properties.layer, clip, counts, steps))
            if clip and XClip(insert).get_xclip_frame_policy() == _FRAME_PRINTED:
                self.pipeline.draw_shape(clip, properties)

    def _draw_tilted(self, insert: Insert, properties: Properties) -> None:
        """Draw a block that does not lie flat: the library turns a copy of each of its entities."""
        if insert.mcount > 1 or len(self._open) >= DEEPEST:
            self._losses.add("INSERT", _UPRIGHT)
            return
        with self._inside(insert.dxf.name, properties) as fresh:
            if fresh:
                self.draw_entities(insert.virtual_entities(skipped_entity_callback=self.skip_entity))

    def _block(self, block: BlockLayout, properties: Properties) -> Listing | None:
        """Return a block's listing as it looks with what it takes over, None within itself."""
        looks = (properties.color, properties.linetype_name, properties.lineweight, properties.layer)
        key = (layer_key(block.name), *looks)
        found = self._blocks.get(key)
        if found is None:
            with self._inside(block.name, properties) as fresh:
                if not fresh:
                    return None
                outer, self.pipeline.listing = self.pipeline.listing, Listing()
                try:
                    self.draw_entities(entity for entity in block if entity.dxftype() != "ATTDEF")
                    found = self._blocks[key] = self.pipeline.listing.finish()
                finally:
                    self.pipeline.listing = outer
        return found

    @contextmanager
    def _inside(self, name: str, properties: Properties) -> Iterator[bool]:
        """Go into a block; say no if it is open already."""
        key = layer_key(name)
        if key in self._open:
            self._losses.add("INSERT", _CYCLE)
            yield False
            return
        if len(self._open) >= DEEPEST:
            raise DrawingTooLarge(f"Its blocks are in each other more than {DEEPEST} deep.")
        self._open.append(key)
        self.ctx.push_state(properties)
        try:
            yield True
        finally:
            self.ctx.pop_state()
            self._open.pop()

    # Lines and areas

    def draw_line_entity(self, entity: DXFGraphic, properties: Properties) -> None:
        """Draw a line, with or without ends."""
        if entity.dxftype() == "LINE":
            super().draw_line_entity(entity, properties)
            return
        start, along = Vec3(entity.dxf.start), Vec3(entity.dxf.unit_vector)
        both = entity.dxftype() == "XLINE"
        self.pipeline.draw_endless((start.x, start.y), (along.x, along.y), properties, both=both)

    def draw_curve_entity(self, entity: DXFGraphic, properties: Properties) -> None:
        """Draw a circle, an arc, an ellipse or a spline."""
        if isinstance(entity, Spline):
            needed = len(entity.control_points) + entity.dxf.degree + 1
            if len(entity.knots) and len(entity.control_points) and len(entity.knots) != needed:
                self._losses.add("SPLINE", _KNOTS)
                entity.knots = []
        super().draw_curve_entity(entity, properties)

    def draw_hatch_entity(self, entity: DXFGraphic, properties: Properties, *, loops: Any = None) -> None:
        """Fill an area with a colour, or with the lines of its pattern."""
        filling = properties.filling
        if filling is None or not isinstance(entity, DXFPolygon):
            return
        if filling.type == Filling.PATTERN and entity.pattern and entity.pattern.lines:
            paths = loops or _loops(entity)
            self.pipeline.draw_hatch(ignore_text_boxes(paths), _families(entity), properties)
            return
        if filling.type == Filling.GRADIENT:
            self._losses.add("HATCH", _GRADIENT)
            properties.color = _middle(filling) + properties.color[7:]
        super().draw_hatch_entity(entity, properties, loops=loops)

    def draw_image_entity(self, entity: DXFGraphic, properties: Properties) -> None:  # noqa: ARG002 - the library's call
        """Count a picture, which is a file of its own."""
        self._losses.add("IMAGE", reason("IMAGE"))

    def draw_ole2frame_entity(self, entity: DXFGraphic, properties: Properties) -> None:  # noqa: ARG002 - as above
        """Count what another program put in."""
        self._losses.add("OLE2FRAME", reason("OLE2FRAME"))

    # Texts

    def draw_text_entity_3d(self, entity: DXFGraphic, properties: Properties) -> None:  # noqa: ARG002 - as above
        """Count a text that is not seen from above."""
        self._losses.add(entity.dxftype(), _UPRIGHT)

    def draw_text_entity_2d(self, entity: DXFGraphic, properties: Properties) -> None:
        """Draw a line of text, slanted if it is so."""
        if not isinstance(entity, Text):
            return
        slant = math.radians(entity.dxf.get("oblique", 0.0))
        lean = Matrix44.shear_xy(slant, 0) if abs(slant) > _LEAST_SLANT else Matrix44()
        font = self.get_font_face(properties)
        for line, place, height in simplified_text_chunks(entity, self.text_engine, font_face=font):
            self.pipeline.draw_text(line, lean @ place, properties, height)

    def draw_complex_mtext(self, mtext: MText, properties: Properties) -> None:
        """Draw text in several fonts, colours and columns."""
        renderer = _MTextRenderer(self.ctx, self.pipeline, properties)
        try:
            layout = renderer.layout_engine(mtext)
            layout.place(align=text_layout.LayoutAlignment(mtext.dxf.attachment_point))
            layout.render(mtext.ucs().matrix)
        except text_layout.LayoutError:
            self._losses.add("MTEXT", DAMAGED)


class _MTextRenderer(ComplexMTextRenderer):
    """Lays out text in Roboto."""

    def get_font(self, ctx: MTextContext) -> RobotoFont:
        """Return the font of a word."""
        return RobotoFont(letters_of(ctx.font_face), ctx.cap_height, ctx.width_factor)


def _grid(insert: Insert) -> tuple[tuple[int, int], tuple[Point, Point]]:
    """Return rows and columns of an insert, and its steps from one to the next."""
    dxf, ocs = insert.dxf, insert.ocs()
    rows = max(1, dxf.row_count) if dxf.row_spacing else 1
    columns = max(1, dxf.column_count) if dxf.column_spacing else 1
    angle = math.radians(dxf.rotation)
    along = Vec3(ocs.to_wcs(Vec3.from_angle(angle, dxf.column_spacing)))
    up = Vec3(ocs.to_wcs(Vec3.from_angle(angle + math.pi / 2, dxf.row_spacing)))
    return (rows, columns), ((up.x, up.y), (along.x, along.y))


def _clip(insert: Insert) -> Shape | None:
    """Return what XCLIP leaves of an insert."""
    clip = XClip(insert)
    if not (clip.has_clipping_path and clip.is_clipping_enabled):
        return None
    path = clip.get_wcs_clipping_path()
    loops = [[(point.x, point.y) for point in path.inner_polygon()]]
    if path.is_inverted_clip and path.outer_bounds().has_data:
        loops.insert(0, [(point.x, point.y) for point in path.outer_bounds().rect_vertices()])
    loops = [loop for loop in loops if loop]
    ops = "".join(f"m{'l' * (len(loop) - 1)}h" for loop in loops)
    return Shape([point for loop in loops for point in loop], ops) if loops else None


def _loops(polygon: DXFPolygon) -> list[Path]:
    """Return the borders of a hatch."""
    borders = list(polygon.paths.rendering_paths(polygon.dxf.hatch_style))
    return closed_loops(borders, polygon.ocs(), polygon.dxf.elevation.z)


def _families(polygon: DXFPolygon) -> list[Lines]:
    """Return the lines of a hatch's pattern; those of no direction are left out."""
    ocs, found = polygon.ocs(), []
    for line in (polygon.pattern.lines if polygon.pattern else [])[:_MOST_FAMILIES]:
        angle = math.radians(line.angle)
        base, along, step = (
            Vec3(ocs.to_wcs(Vec3(vector)))
            for vector in (line.base_point, (math.cos(angle), math.sin(angle)), line.offset)
        )
        dash = tuple(abs(float(length)) for length in line.dash_length_items)
        found.append(Lines((base.x, base.y), (along.x, along.y), (step.x, step.y), dash))
    return found


def _middle(filling: Filling) -> str:
    """Return the colour between the two of a gradient."""
    first = filling.gradient_color1 or "#000000"
    second = filling.gradient_color2 or first
    mixed = [(int(first[at : at + 2], 16) + int(second[at : at + 2], 16)) // 2 for at in (1, 3, 5)]
    return "#{:02x}{:02x}{:02x}".format(*mixed)
