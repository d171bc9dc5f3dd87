"""The keys of what a page draws with, as PDF 1.7 and 2.0 have them: containers behind any others are not carried over.

Such a container is a program's own data, a file, structure, a script, or a way to other pages.
"""

from typing import Final

_EVERYWHERE: Final = "Type Subtype Name BBox Matrix OC Measure PtData Group Filter DecodeParms JBIG2Globals"
#: States, masks, groups, halftones.
_STATES: Final = "D Font BG BG2 UCR UCR2 TR TR2 HT HTO SMask BM G BC CS TransferFunction SpotFunction ExtGState"
_COLORS: Final = (
    "ColorSpace WhitePoint BlackPoint Gamma Range Alternate Colorants Process Components MixingHints Solidities "
    "PrintingOrder DotGain DestOutputProfile SpectralData"
)
_FUNCTIONS: Final = "Domain Size Encode Decode C0 C1 Functions Bounds Function"
_SHADINGS: Final = "Shading Background Coords Extend"
_IMAGES: Final = "Mask Matte"
_FONTS: Final = (
    "FontBBox FontMatrix FontDescriptor Encoding Differences Widths ToUnicode CharProcs DescendantFonts CIDSystemInfo "
    "W DW2 W2 CIDToGIDMap UseCMap FontFile FontFile2 FontFile3 CIDSet FD Style"
)
_LAYERS: Final = "OCGs VE Usage CreatorInfo Language Export Zoom Print View User PageElement Intent"
#: Viewports, rectilinear and geospatial measures.
_MEASURES: Final = "X Y A T S CYX O Bounds GPTS LPTS GCS DCS PDU PCSM XPTS Names"
#: Of annotations: dashes and effects of borders, icons, choices.
_ANNOTATIONS: Final = "R BG CA C I RI IX IF"

#: Keys whose values may be dictionaries, arrays or streams.
DRAWN: Final = frozenset(
    f"/{key}"
    for keys in (
        _EVERYWHERE,
        _STATES,
        _COLORS,
        _FUNCTIONS,
        _SHADINGS,
        _IMAGES,
        _FONTS,
        _LAYERS,
        _MEASURES,
        _ANNOTATIONS,
    )
    for key in keys.split()
)
#: Those whose values are dictionaries with keys that files choose: names of glyphs, of colourants, of classes.
NAMED: Final = frozenset({"/CharProcs", "/Colorants", "/Solidities", "/DotGain", "/SpectralData", "/FD"})
#: Plain values that belong to the structure of a document, or to the files that a thing came from.
PLACED: Final = frozenset(
    {"/StructParent", "/StructParents", "/LastModified", "/SourceModified", "/PTEX.FileName", "/PTEX.PageNumber"}
)
