"""The limits of readers, as the settings have them."""

from outfeed.mesh.formats.source import ReadLimits
from outfeed.settings import Settings
from outfeed.sheets.model import SheetLimits


def read_limits(settings: Settings) -> ReadLimits:
    """Return the limits that an operator has set."""
    return ReadLimits(
        max_triangles=settings.max_triangles,
        max_unpacked_bytes=settings.max_unpacked_bytes,
        max_entries=settings.max_archive_entries,
        max_pixels=settings.max_texture_pixels,
    )


def sheet_limits(settings: Settings) -> SheetLimits:
    """Return the limits of drawings that an operator has set."""
    return SheetLimits(
        max_pages=settings.max_pages,
        max_unpacked_bytes=settings.max_unpacked_bytes,
        max_pixels=settings.max_texture_pixels,
        max_entities=settings.max_entities,
        max_triangles=settings.max_triangles,
    )
