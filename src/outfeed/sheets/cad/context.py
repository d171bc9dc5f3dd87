"""What an entity looks like on white paper: its colour, line and layer. No file beside the drawing is looked for."""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from ezdxf.addons import acadctb
from ezdxf.addons.drawing.properties import LayerProperties, LayoutProperties, Properties, RenderContext, layer_key
from ezdxf.document import Drawing as Document
from ezdxf.entities.layer import Layer
from ezdxf.entities.textstyle import Textstyle
from ezdxf.entities.viewport import Viewport
from ezdxf.fonts.font_face import FontFace
from ezdxf.layouts.layout import Layout

from outfeed.sheets.cad.listing import Style

WHITE: Final = "#ffffff"
_BOLD: Final = 700
#: The layer of help points, which no program prints.
_HELP: Final = "defpoints"
_OPAQUE: Final = 255


@cache
def _plain_plot_styles() -> Any:
    """Return the plot styles that change nothing: tables of them are files of their own."""
    return RenderContext._load_plot_style_table(acadctb.new_ctb())  # noqa: SLF001 - what fills in the palette


class _Layers(dict[str, LayerProperties]):
    """Layers by their keys; one that is not in the drawing's table is black, visible and on."""

    def get(self, key: str, default: Any = None) -> Any:  # noqa: ARG002 - the library's own is white
        """Return a layer."""
        return super().get(key, _unlisted())


@cache
def _unlisted() -> LayerProperties:
    layer = LayerProperties()  # type: ignore[no-untyped-call]  # the library's oversight
    layer.color = "#000000"
    return layer


class PaperContext(RenderContext):
    """Resolves properties for paper: colour 7 is black, and layers that are off are drawn on a layer that is off."""

    def __init__(self, document: Document) -> None:
        #: Keys of layers of which nothing is drawn.
        self.frozen: set[str] = set()
        #: Keys of layers that are there but switched off.
        self.off: set[str] = set()
        super().__init__(document, ctb=_plain_plot_styles())

    @staticmethod
    def _load_plot_style_table(filename: Any) -> Any:  # noqa: ARG004 - never one that a drawing names
        return _plain_plot_styles()

    def set_current_layout(self, layout: Layout, ctb: Any = "") -> None:  # noqa: ARG002 - as above
        """Begin a layout, on white paper."""
        self.current_layout_properties = LayoutProperties(layout.name, WHITE)
        self.plot_styles = _plain_plot_styles()
        if layout.doc:
            self.layers = self._setup_layers(layout.doc)

    def _setup_layers(self, doc: Document) -> dict[str, LayerProperties]:
        return _Layers(super()._setup_layers(doc))

    def _setup_vp_layers(self, vp: Viewport) -> dict[str, LayerProperties]:
        return _Layers(super()._setup_vp_layers(vp))

    def resolve_layer_properties(self, layer: Layer) -> LayerProperties:
        """Return what a layer gives to its entities, and remember whether it is off."""
        properties = super().resolve_layer_properties(layer)
        key = layer_key(layer.dxf.name)
        if layer.is_frozen():
            self.frozen.add(key)
        if layer.is_off():
            self.off.add(key)
        properties.is_visible = not layer.is_frozen() and bool(layer.dxf.plot) and key != _HELP
        return properties

    def add_text_style(self, text_style: Textstyle) -> None:
        """Take a text style's font by its name."""
        family, italic, bold = text_style.get_extended_font_data()
        style = "Italic" if italic else "Regular"
        font = FontFace(filename=text_style.dxf.font, family=family or "", style=style, weight=_BOLD if bold else 400)
        self.fonts[layer_key(text_style.dxf.name)] = font

    def has_overrides(self, viewport: Viewport) -> bool:
        """Return whether layers look different in a viewport."""
        handle = viewport.dxf.handle
        layers = viewport.doc.layers if viewport.doc else ()
        return any(layer.get_vp_overrides().has_overrides(handle) for layer in layers)


class Styles:
    """Styles of entities, each made once."""

    def __init__(self, layers: Mapping[str, LayerProperties]) -> None:
        self._layers = layers
        self._made: dict[tuple[Any, ...], Style] = {}

    def style(self, properties: Properties) -> Style:
        """Return how something with these properties is drawn."""
        pattern = properties.linetype_pattern
        scale = properties.linetype_scale if pattern else 0.0
        key = (properties.color, properties.lineweight, properties.layer, scale, tuple(pattern))
        found = self._made.get(key)
        if found is None:
            found = self._made[key] = self._make(properties, scale)
        return found

    def _make(self, properties: Properties, scale: float) -> Style:
        color = properties.color
        red, green, blue, alpha = (int(color[at : at + 2] or "ff", 16) for at in (1, 3, 5, 7))
        pattern = properties.linetype_pattern
        key = layer_key(properties.layer)
        return Style(
            color=(red / _OPAQUE, green / _OPAQUE, blue / _OPAQUE),
            opacity=alpha / _OPAQUE,
            lineweight_mm=properties.lineweight,
            dash=tuple(length * scale for length in pattern[: len(pattern) // 2 * 2]),
            layer=self._layers[key].layer if key in self._layers else properties.layer,
        )
