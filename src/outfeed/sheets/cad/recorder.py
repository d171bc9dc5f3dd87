"""Keeps what the library's front end draws, in a `Listing`: paths, areas and words that nothing has cut or dashed yet.

It stands where the library has a pipeline to pixels: a PDF can clip, dash and write by itself, better and faster.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from ezdxf.addons.drawing.config import Configuration
from ezdxf.addons.drawing.pipeline import AbstractPipeline
from ezdxf.addons.drawing.properties import Properties
from ezdxf.entities.dxfgfx import DXFGraphic
from ezdxf.fonts.font_face import FontFace
from ezdxf.math import AnyVec, Matrix44, Vec3
from ezdxf.path import Command, Path
from ezdxf.tools.text import replace_non_printable_characters

from outfeed.errors import DrawingTooLarge
from outfeed.sheets.cad.context import Styles
from outfeed.sheets.cad.letters import RobotoMeasures, letters_of, width_of
from outfeed.sheets.cad.listing import (
    Endless,
    Fill,
    Group,
    Hatch,
    Item,
    Lines,
    Listing,
    Matrix,
    Point,
    Shape,
    Stroke,
    Words,
    box_of,
    sound,
)
from outfeed.sheets.cad.lost import DAMAGED, Losses

#: How far letters hang below the base line, as a share of their height.
_HANG: Final = 0.35
#: A polyline whose dashes go on around its corners has this bit set.
_DASHES_GO_ON: Final = 128
#: A text longer than this is cut: one line.
_LONGEST_LINE: Final = 10_000


class Recorder(AbstractPipeline):
    """Takes calls of the library's front end; `listing` is where things go."""

    text_engine: Any = RobotoMeasures()
    default_font_face = FontFace()

    def __init__(self, styles: Styles, losses: Losses, *, most: int) -> None:
        self.styles = styles
        self.listing = Listing()
        self._losses = losses
        self._left = self._most = most
        #: Whether dashes of what is drawn begin anew at each corner.
        self._anew = False

    def add(self, item: Item) -> None:
        """
        Add what is drawn next.

        Raises
        ------
        DrawingTooLarge
            If there is more than is accepted.
        """
        self._left -= 1
        self.listing.add(item)
        if self._left < 0 or self.listing.count > self._most:
            raise DrawingTooLarge(f"It would draw more than {self._most:,} lines, texts and areas.")

    def enter_entity(self, entity: DXFGraphic, properties: Properties) -> None:  # noqa: ARG002 - the library's call
        """Begin an entity."""
        kind = entity.dxftype()
        self._anew = kind in {"LWPOLYLINE", "POLYLINE"} and not entity.dxf.get("flags", 0) & _DASHES_GO_ON

    def exit_entity(self, entity: DXFGraphic) -> None:
        """End an entity."""

    def draw_point(self, pos: AnyVec, properties: Properties) -> None:
        """Draw a dot."""
        self.draw_line(pos, pos, properties)

    def draw_line(self, start: AnyVec, end: AnyVec, properties: Properties) -> None:
        """Draw a straight line."""
        a, b = Vec3(start), Vec3(end)
        self.draw_shape(Shape([(a.x, a.y), (b.x, b.y)], "ml"), properties)

    def draw_solid_lines(self, lines: Iterable[tuple[AnyVec, AnyVec]], properties: Properties) -> None:
        """Draw straight lines."""
        ends = [(point.x, point.y) for line in lines for point in map(Vec3, line)]
        if ends:
            self.draw_shape(Shape(ends, "ml" * (len(ends) // 2)), properties)

    def draw_path(self, path: Path, properties: Properties) -> None:
        """Draw along a path."""
        shape = shape_of([path])
        if shape.points:
            self.draw_shape(with_breaks(shape) if self._anew and properties.linetype_pattern else shape, properties)

    def draw_filled_paths(self, paths: Iterable[Path], properties: Properties) -> None:
        """Fill paths by the even-odd rule."""
        shape = shape_of(paths)
        if shape.points and self._sound(shape.points):
            self.add(Fill(shape, self.styles.style(properties), box_of(shape.points)))

    def draw_filled_polygon(self, points: Iterable[AnyVec], properties: Properties) -> None:
        """Fill a polygon."""
        corners = [(point.x, point.y) for point in map(Vec3, points)]
        if corners and self._sound(corners):
            shape = Shape(corners, f"m{'l' * (len(corners) - 1)}h")
            self.add(Fill(shape, self.styles.style(properties), box_of(corners)))

    def draw_text(
        self,
        text: str,
        transform: Matrix44,
        properties: Properties,
        cap_height: float,
        dxftype: str = "TEXT",  # noqa: ARG002 - the library's call
    ) -> None:
        """Draw one line of text, its base line from the transform's origin."""
        line = replace_non_printable_characters(text.replace("\t", " " * 8), replacement=" ")[:_LONGEST_LINE]
        if not line.strip():
            return
        letters, matrix = letters_of(properties.font or self.default_font_face), flat(transform)
        width, bottom = width_of(line, cap_height, letters), -_HANG * cap_height
        corners = matrix.apply([(0, bottom), (width, bottom), (width, cap_height), (0, cap_height)])
        if self._sound(corners):
            style = self.styles.style(properties)
            self.add(Words(line, matrix, cap_height, letters, style, box_of(corners)))

    def draw_hatch(self, paths: Iterable[Path], families: Sequence[Lines], properties: Properties) -> None:
        """Fill paths with lines."""
        shape = shape_of(paths)
        properties.linetype_pattern = ()
        if shape.points and self._sound(shape.points):
            self.add(Hatch(shape, tuple(families), self.styles.style(properties), box_of(shape.points)))

    def draw_endless(self, start: Point, direction: Point, properties: Properties, *, both: bool) -> None:
        """Draw a line that ends nowhere."""
        if self._sound([start, direction]):
            self.add(Endless(start, direction, both, self.styles.style(properties)))

    def draw_group(self, group: Group) -> None:
        """Draw a block."""
        if group.listing.items and self._sound([(0.0, 0.0)] if group.box is None else group.box.corners):
            self.add(group)

    def draw_shape(self, shape: Shape, properties: Properties) -> None:
        """Draw along a path of our own."""
        if self._sound(shape.points):
            self.add(Stroke(shape, self.styles.style(properties), box_of(shape.points)))

    def _sound(self, points: Iterable[Point]) -> bool:
        good = sound(points)
        if not good:
            self._losses.add("coordinates", DAMAGED)
        return good

    # What a pipeline to pixels has, and this one has no use for.

    def set_draw_entities_callback(self, callback: Any) -> None:
        """Nothing is drawn on call: viewports show what was kept."""

    def set_config(self, config: Configuration) -> None:
        """Nothing depends on it."""

    def set_current_entity_handle(self, handle: str) -> None:
        """Nothing is named by it."""

    def set_background(self, color: str) -> None:
        """Paper is white."""

    def push_clipping_shape(self, shape: Any, transform: Matrix44 | None) -> None:
        """Blocks are clipped as groups."""

    def pop_clipping_shape(self) -> None:
        """Blocks are clipped as groups."""

    def draw_viewport(self, vp: Any, layout_ctx: Any, bbox_cache: Any = None) -> None:
        """Viewports are drawn by `layouts`."""

    def draw_image(self, image_data: Any, properties: Properties) -> None:
        """Images are files of their own."""

    def finalize(self) -> None:
        """Nothing waits."""


def flat(matrix: Matrix44) -> Matrix:
    """Return what a transform does to points at height 0, seen from above."""
    return Matrix(matrix[0, 0], matrix[0, 1], matrix[1, 0], matrix[1, 1], matrix[3, 0], matrix[3, 1])


def shape_of(paths: Iterable[Path]) -> Shape:
    """Return paths as one, seen from above."""
    points: list[Point] = []
    ops: list[str] = []
    for path in paths:
        if len(path):
            corners = [(point.x, point.y) for point in path.control_vertices()]
            first = len(points)
            points.append(corners[0])
            ops.append("m")
            _walk(path, corners, points, ops)
            if path.is_closed and not path.has_sub_paths and points[first] == points[-1]:
                ops.append("h")
    return Shape(points, "".join(ops))


def _walk(path: Path, corners: list[Point], points: list[Point], ops: list[str]) -> None:
    """Add the steps of a path after its start."""
    at = 1
    for code in path.command_codes():
        if code == Command.CURVE4_TO:
            points.extend(corners[at : at + 3])
            ops.append("c")
            at += 3
        elif code == Command.CURVE3_TO:
            points.extend(_cubic(points[-1], corners[at], corners[at + 1]))
            ops.append("c")
            at += 2
        else:
            points.append(corners[at])
            ops.append("m" if code == Command.MOVE_TO else "l")
            at += 1


def _cubic(start: Point, middle: Point, end: Point) -> tuple[Point, Point, Point]:
    """Return a quadratic curve as a cubic one."""
    (x0, y0), (x1, y1), (x2, y2) = start, middle, end
    return ((x0 + 2 * x1) / 3, (y0 + 2 * y1) / 3), ((x2 + 2 * x1) / 3, (y2 + 2 * y1) / 3), end


def with_breaks(shape: Shape) -> Shape:
    """Return a path of which each straight piece is a path of its own, so that its dashes begin anew."""
    points: list[Point] = []
    ops: list[str] = []
    rest = iter(shape.points)
    start = last = shape.points[0]
    for op in shape.ops:
        step = [next(rest) for _ in range({"h": 0, "c": 3}.get(op, 1))]
        if op == "h" and last != start:
            step = [start]
        if op == "m":
            start = step[0]
        elif step and (op != "c" or ops[-1:] != ["c"]):
            points.append(last)
            ops.append("m")
        if step and op != "m":
            points.extend(step)
            ops.append("c" if op == "c" else "l")
        last = step[-1] if step else last
    return Shape(points, "".join(ops))
