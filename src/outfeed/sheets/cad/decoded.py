"""Entities as the DWG library decodes them, made into entities of a DXF document: a table of types."""

import math
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from ezdxf.entities.dxfgfx import DXFGraphic
from ezdxf.layouts.base import BaseLayout

#: Values of an entity by the library's names.
Values: TypeAlias = Mapping[str, Any]
#: Makes an entity on a layout, with what all types have.
Make: TypeAlias = Callable[[BaseLayout, Values, dict[str, Any]], DXFGraphic]

_BYLAYER: Final = 256
_CLOSED: Final = 1
_DASHES_GO_ON: Final = 128
_HALF: Final = 0.5


def looks(values: Values, layers: Mapping[int, str]) -> dict[str, Any]:
    """Return what all types have: layer, colour, line."""
    found: dict[str, Any] = {
        "layer": layers.get(values.get("layer_handle") or 0, "0"),
        "color": _BYLAYER if values.get("color_index") is None else values["color_index"],
        "linetype": values.get("linetype") or "BYLAYER",
        "ltscale": values.get("linetype_scale", 1.0),
        "lineweight": values.get("lineweight", -1),
        "invisible": int(bool(values.get("invisible"))),
    }
    if values.get("true_color") is not None:
        found["true_color"] = values["true_color"] & 0xFFFFFF
    if values.get("extrusion") is not None:
        found["extrusion"] = values["extrusion"]
    return found


def _same(kind: str, **names: str) -> Make:
    """Return what makes an entity whose values have the names of DXF, or these."""

    def make(layout: BaseLayout, values: Values, common: dict[str, Any]) -> DXFGraphic:
        own = {name: values[other] for name, other in names.items() if values.get(other) is not None}
        return layout.new_entity(kind, {**common, **own})

    return make


def _corners(kind: str) -> Make:
    def make(layout: BaseLayout, values: Values, common: dict[str, Any]) -> DXFGraphic:
        points = list(values["points"])
        corners = {f"vtx{row}": point for row, point in enumerate((points + points[-1:])[:4])}
        if kind == "3DFACE":
            corners["invisible_edges"] = values.get("invisible_edge_flags", 0)
            common = {name: value for name, value in common.items() if name != "extrusion"}
        return layout.new_entity(kind, {**common, **corners})

    return make


def _polyline(layout: BaseLayout, values: Values, common: dict[str, Any]) -> DXFGraphic:
    points = values.get("interpolated_points") or values["points"]
    rows = [(x, y) for x, y, *_ in points]
    whole = len(rows) == len(values["points"])
    widths = (values.get("widths") if whole else None) or [(0.0, 0.0)] * len(rows)
    bulges = (values.get("bulges") if whole else None) or [0.0] * len(rows)
    constant = values.get("const_width")
    if constant:
        widths = [(constant, constant)] * len(rows)
    data = [(*row, *width, bulge) for row, width, bulge in zip(rows, widths, bulges, strict=True)]
    goes_on = _DASHES_GO_ON if values.get("continuous_linetype") or values.get("flags", 0) & _DASHES_GO_ON else 0
    flags = goes_on | (_CLOSED if values.get("closed") else 0)
    made = layout.add_lwpolyline(data, format="xyseb", dxfattribs={**common, "elevation": values.get("elevation", 0.0)})
    made.dxf.flags = flags
    return made


def _polyline_3d(layout: BaseLayout, values: Values, common: dict[str, Any]) -> DXFGraphic:
    common = {name: value for name, value in common.items() if name != "extrusion"}
    return layout.add_polyline3d(values["points"], close=bool(values.get("closed")), dxfattribs=common)


def _spline(layout: BaseLayout, values: Values, common: dict[str, Any]) -> DXFGraphic:
    common = {name: value for name, value in common.items() if name != "extrusion"}
    made = layout.add_spline(values["fit_points"] or None, degree=values["degree"], dxfattribs=common)
    if values["control_points"]:
        made.control_points = values["control_points"]
        made.knots = values["knots"]
        made.weights = values["weights"]
    return made


def _text(kind: str) -> Make:
    return _same(
        kind,
        text="text",
        insert="insert",
        align_point="align_point",
        height="height",
        rotation="rotation",
        width="width",
        oblique="oblique",
        halign="halign",
        valign="valign",
        text_generation_flag="text_generation_flag",
    )


def _mtext(layout: BaseLayout, values: Values, common: dict[str, Any]) -> DXFGraphic:
    made = layout.add_mtext(values.get("raw_text") or values.get("text") or "", dxfattribs=common)
    names = {"insert": "insert", "char_height": "char_height", "width": "rect_width", "rotation": "rotation",
             "text_direction": "text_direction", "attachment_point": "attachment_point",
             "line_spacing_factor": "line_spacing_factor"}  # fmt: skip
    for name, other in names.items():
        if values.get(other) is not None:
            made.dxf.set(name, values[other])
    return made


def _hatch(layout: BaseLayout, values: Values, common: dict[str, Any]) -> DXFGraphic:
    made = layout.add_hatch(
        color=common["color"], dxfattribs={**common, "elevation": (0, 0, values.get("elevation", 0))}
    )
    lines = values.get("pattern_lines")
    if not values.get("solid_fill") and lines:
        definition = [[line["angle"], line["base"], line["offset"], line["dashes"]] for line in lines]
        made.set_pattern_fill(values["pattern_name"], color=common["color"], definition=definition)
    elif not values.get("solid_fill"):
        made.transparency = _HALF
    for path in values["paths"]:
        made.paths.add_polyline_path([point[:2] for point in path["points"]], is_closed=bool(path.get("closed", True)))
    return made


def _insert(layout: BaseLayout, values: Values, common: dict[str, Any]) -> DXFGraphic:
    names = ("xscale", "yscale", "zscale", "rotation", "row_count", "column_count", "row_spacing", "column_spacing")
    own = {name: values[name] for name in names if values.get(name) is not None}
    return layout.add_blockref(values["name"], values["insert"], dxfattribs={**common, **own})


def _dimension(layout: BaseLayout, values: Values, common: dict[str, Any]) -> DXFGraphic:
    """Make a dimension as its picture: the block that the file has of it."""
    common = {name: value for name, value in common.items() if name != "extrusion"}
    return layout.add_blockref(values["anonymous_block_name"], values.get("insert", (0, 0, 0)), dxfattribs=common)


def _ellipse(layout: BaseLayout, values: Values, common: dict[str, Any]) -> DXFGraphic:
    end = values.get("end_angle", math.tau)
    own = {"center": values["center"], "major_axis": values["major_axis"], "ratio": values["axis_ratio"]}
    return layout.new_entity(
        "ELLIPSE", {**common, **own, "start_param": values.get("start_angle", 0.0), "end_param": end}
    )


def _leader(layout: BaseLayout, values: Values, common: dict[str, Any]) -> DXFGraphic:
    """Make a leader as its line."""
    return _polyline_3d(layout, values, common)


#: By the library's names of types.
MAKERS: Final[dict[str, Make]] = {
    "3DFACE": _corners("3DFACE"),
    "ARC": _same("ARC", center="center", radius="radius", start_angle="start_angle", end_angle="end_angle"),
    "ATTDEF": _text("ATTDEF"),
    "CIRCLE": _same("CIRCLE", center="center", radius="radius"),
    "DIMENSION": _dimension,
    "ELLIPSE": _ellipse,
    "HATCH": _hatch,
    "INSERT": _insert,
    "LEADER": _leader,
    "LINE": _same("LINE", start="start", end="end"),
    "LWPOLYLINE": _polyline,
    "MINSERT": _insert,
    "MTEXT": _mtext,
    "POINT": _same("POINT", location="location"),
    "POLYLINE_2D": _polyline,
    "POLYLINE_3D": _polyline_3d,
    "RAY": _same("RAY", start="start", unit_vector="unit_vector"),
    "SOLID": _corners("SOLID"),
    "SPLINE": _spline,
    "TEXT": _text("TEXT"),
    "TRACE": _corners("TRACE"),
    "XLINE": _same("XLINE", start="start", unit_vector="unit_vector"),
}

#: Types that are parts of others.
PARTS: Final = frozenset({"ATTRIB", "BLOCK", "ENDBLK", "SEQEND", "VERTEX_2D", "VERTEX_3D", "VERTEX_MESH"})
