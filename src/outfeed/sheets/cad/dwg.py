"""Reads DWG as sheets: what the library decodes becomes a DXF document, space by space, and is drawn as that."""

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import ezdwg  # type: ignore[import-untyped]  # the library has no types
from ezdwg import raw
from ezdxf.document import Drawing as Document
from ezdxf.entities.insert import Insert
from ezdxf.filemanagement import new
from ezdxf.layouts.base import BaseLayout
from ezdxf.layouts.layout import Paperspace

from outfeed.errors import SourceDamaged, SourceUnsupported
from outfeed.mesh.reporting import Report
from outfeed.sheets.cad.decoded import MAKERS, PARTS, looks
from outfeed.sheets.cad.frontend import DAMAGE
from outfeed.sheets.cad.lost import COVERAGE, DAMAGED, Losses, reason
from outfeed.sheets.cad.reading import draw_document
from outfeed.sheets.model import Drawing, SheetLimits

#: What the library is seen to raise on damaged files: `ValueError` with its words for damage, `NotImplementedError` for
#: what it has not built, `OSError` for files that end too early; and what comes of values that cannot be.
_RAISED: Final = (*DAMAGE, NotImplementedError, OSError)
#: First bytes of a file: AutoCAD 2000, 2004, 2007, 2010, 2013 and 2018.
_READ: Final = (b"AC1015", b"AC1018", b"AC1021", b"AC1024", b"AC1027", b"AC1032")
_VERSION: Final = b"AC10"
_NOT_DECODED: Final = "It is in the DWG and could not be decoded."
_TINT: Final = "Its pattern could not be decoded; it is drawn as a tint."
#: The library's names for types that have another in DXF.
_NAMES: Final = {
    "MINSERT": "INSERT", "OLEFRAME": "OLE2FRAME", "POLYLINE_2D": "POLYLINE", "POLYLINE_3D": "POLYLINE",
    "POLYLINE_MESH": "POLYLINE", "POLYLINE_PFACE": "POLYLINE",
}  # fmt: skip
#: Where an entity is: in a block or layout that it names, in the layout that was open when the file was saved, or in
#: the model.
_IN_OPEN_LAYOUT, _IN_MODEL = 1, 2
#: Stands for the handle of the open layout.
_OPEN: Final = 0
#: Numbers of colours.
_COLORS: Final = 256
#: What an attribute has of a text.
_ATTRIBUTE: Final = ("height", "rotation", "width", "oblique", "halign", "valign", "align_point")


def read_dwg(source: Path, out: Path, *, limits: SheetLimits, threads: int, report: Report) -> Drawing:  # noqa: ARG001 - the call of all readers; this one has no use for threads
    """
    Read a DWG file and draw its layouts, or its model space, as pages of a PDF.

    See `registry.Read`; the same file gives the same bytes.

    Raises
    ------
    SourceUnsupported
        If it is of a version that is not read: R2000 to R2018 are.
    SourceDamaged
        If it is no DWG, or nothing can be made of it.
    NoSheets
        If it shows nothing.
    DrawingTooLarge
        If it shows more than `limits.max_entities`.
    """
    _check_version(source)
    losses = Losses()
    # The library keeps what it decoded by the file's name.
    ezdwg.clear_decode_caches()
    try:
        document = _Conversion(source, losses).document()
    except _RAISED as error:
        raise SourceDamaged("It cannot be read as DWG.") from error
    finally:
        ezdwg.clear_decode_caches()
    report(0.25)
    return draw_document(document, out, limits=limits, losses=losses, report=report)


def _check_version(source: Path) -> None:
    with source.open("rb") as file:
        version = file.read(6)
    if not version.startswith(_VERSION):
        raise SourceDamaged("It does not begin as a DWG does.")
    if version not in _READ:
        raise SourceUnsupported(f"DWG of version {version.decode('ascii', 'replace')}; AC1015 to AC1032 are read.")


class _Conversion:
    """Makes a DXF document of what the library decodes; its own conversion guesses, and leaves out what looks odd."""

    def __init__(self, source: Path, losses: Losses) -> None:
        self._dwg = ezdwg.read(str(source))
        self._losses = losses
        self._document = new("R2018")
        self._layers = self._take_layers()
        #: Layouts of the DXF document, by the handle of their block record; that of the open layout also by 0.
        self._spaces: dict[int, BaseLayout] = {}

    def document(self) -> Document:
        """Return the model and the layouts as one document."""
        self._take_header()
        self._take_linetypes()
        self._make_spaces()
        entities = list(self._dwg.entities().query())
        inserts: dict[int, Insert] = {}
        for entity in entities:
            if entity.dxftype not in PARTS:
                self._take(entity, inserts)
        for entity in entities:
            if entity.dxftype == "ATTRIB":
                self._take_attribute(entity, inserts)
        self._count_unknown(entities)
        return self._document

    def _take_header(self) -> None:
        header = self._dwg.header_variables()
        self._document.header["$INSUNITS"] = int(header.get("insunits", 0))
        self._document.header["$LTSCALE"] = float(header.get("ltscale", 1.0))

    def _take_layers(self) -> dict[int, str]:
        """Add the layers, and return their names by handle."""
        names: dict[int, str] = {}
        for layer in self._dwg.layers:
            made = self._document.layers.get(layer.name) if layer.name in self._document.layers else None
            made = made or self._document.layers.add(layer.name)
            made.dxf.color = layer.color if 0 < layer.color < _COLORS else 7
            if layer.true_color is not None:
                made.dxf.true_color = layer.true_color & 0xFFFFFF
            made.dxf.linetype, made.dxf.lineweight, made.dxf.plot = layer.linetype, layer.lineweight, int(layer.plot)
            if layer.frozen:
                made.freeze()
            if not layer.on:
                made.off()
            names[layer.handle] = layer.name
        return names

    def _take_linetypes(self) -> None:
        for name, linetype in self._dwg.linetypes().items():
            dashes = [float(dash) for dash in linetype["dashes"] if isinstance(dash, int | float)]
            if dashes and name not in self._document.linetypes:
                self._document.linetypes.add(name, [sum(map(abs, dashes)), *dashes])

    def _make_spaces(self) -> None:
        """Make the layouts and the blocks, empty."""
        layouts = self._document.layouts
        for name, settings in self._dwg.layouts().items():
            record = settings["block_record_handle"]
            if settings["model"]:
                self._spaces[record] = self._document.modelspace()
                continue
            layout = layouts.get(name) if name in layouts.names() else layouts.new(name)
            if isinstance(layout, Paperspace):
                _set_paper(layout, settings)
            self._spaces[record] = layout
            if settings["active"]:
                self._spaces[_OPEN] = layout
        bases = {row["handle"]: row["base_point"] for row in raw.decode_write_blocks(self._dwg.path)}
        for record, name, *_ in raw.decode_block_header_names(self._dwg.path):
            if record not in self._spaces:
                if name not in self._document.blocks:
                    self._document.blocks.new(name, base_point=bases.get(record, (0, 0, 0)))
                self._spaces[record] = self._document.blocks.get(name)

    def _space_of(self, handle: int) -> BaseLayout | None:
        place, owner = self._dwg.entity_placement(handle) or (_IN_MODEL, None)
        if place == _IN_MODEL:
            return self._document.modelspace()
        return self._spaces.get(_OPEN if place == _IN_OPEN_LAYOUT else owner or -1)

    def _take(self, entity: Any, inserts: dict[int, Insert]) -> None:
        """Add an entity to its layout or block, and keep it in mind if it can have attributes."""
        kind, values = entity.dxftype, entity.dxf
        space, make = self._space_of(entity.handle), MAKERS.get(kind)
        if space is None or (make is None and kind != "VIEWPORT"):
            return
        try:
            if make is None:
                _add_viewport(space, values)
                return
            made = make(space, values, looks(values, self._layers))
        except DAMAGE:
            self._losses.add(_NAMES.get(kind, kind), DAMAGED)
            return
        if isinstance(made, Insert):
            inserts[entity.handle] = made
        if kind == "HATCH" and not values.get("solid_fill") and not values.get("pattern_lines"):
            self._losses.add("HATCH", _TINT)

    def _take_attribute(self, entity: Any, inserts: dict[int, Insert]) -> None:
        values = entity.dxf
        _, owner = self._dwg.entity_placement(entity.handle) or (None, None)
        insert = inserts.get(owner or -1)
        if insert is None:
            self._losses.add("ATTRIB", _NOT_DECODED)
            return
        common = looks(values, self._layers)
        own = {name: values[name] for name in _ATTRIBUTE if values.get(name) is not None}
        insert.add_attrib(values.get("tag") or "", values.get("text") or "", values["insert"], {**common, **own})

    def _count_unknown(self, entities: Iterable[Any]) -> None:
        """Count entities of types that are not drawn, or that the library does not decode."""
        decoded = Counter(entity.dxftype for entity in entities)
        headers = Counter(row[4] for row in raw.list_object_headers_with_type(self._dwg.path))
        for kind, count in headers.items():
            name = _NAMES.get(kind, kind)
            missing = count - (decoded[kind] if kind in MAKERS or kind == "VIEWPORT" else 0)
            if missing > 0 and kind not in PARTS and (name in COVERAGE or kind in MAKERS):
                self._losses.add(name, reason(name, other=_NOT_DECODED), missing)


def _set_paper(layout: Paperspace, settings: Mapping[str, Any]) -> None:
    """Give a layout its paper."""
    dxf = layout.dxf_layout.dxf
    dxf.paper_width, dxf.paper_height = settings["paper_width"], settings["paper_height"]
    dxf.left_margin, dxf.bottom_margin, dxf.right_margin, dxf.top_margin = settings["margins"]
    dxf.plot_rotation, dxf.plot_paper_units = settings["plot_rotation"], settings["paper_units"]
    dxf.plot_type = settings.get("plot_type", dxf.plot_type)
    dxf.plot_layout_flags = settings.get("plot_layout_flags", dxf.plot_layout_flags)
    dxf.scale_numerator, dxf.scale_denominator = settings.get("plot_scale", (1.0, 1.0))
    dxf.unit_factor = dxf.scale_numerator / (dxf.scale_denominator or 1.0)


def _shows_itself(viewport: Mapping[str, Any]) -> bool:
    """Return whether a viewport is that of the layout itself: it shows its own place at its own size."""
    (x, y, *_), (u, v, *_) = viewport["center"], viewport["view_center"]
    return bool((x, y, viewport["height"]) == (u, v, viewport["view_height"]))


def _add_viewport(layout: BaseLayout, values: Mapping[str, Any]) -> None:
    if not isinstance(layout, Paperspace) or _shows_itself(values):
        return
    size = (values["width"], values["height"])
    viewport = layout.add_viewport(values["center"], size, values["view_center"], values["view_height"])
    viewport.dxf.view_target_point = values["view_target"]
    viewport.dxf.view_direction_vector = values["view_direction"]
    viewport.dxf.view_twist_angle = values["view_twist_angle"]
    viewport.dxf.flags = values["status_flags"]
    viewport.frozen_layers = values["frozen_layers"]
