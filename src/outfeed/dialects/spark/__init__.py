"""Autodesk's 3D Print API (Spark), under the four prefixes that clients were written for."""

from litestar import Router

from outfeed.dialects.spark import firmware, print_jobs, printables, printdb, printer_logs, printers
from outfeed.dialects.spark.constants import AREAS, PREFIXES
from outfeed.dialects.spark.errors import respond
from outfeed.dialects.spark.routes import HANDLERS
from outfeed.dialects.spark.unbuilt import unbuilt_handlers

__all__ = ["owns", "respond", "routers"]


def routers() -> list[Router]:
    """Return the dialect's routes under each prefix."""
    handlers = [
        *HANDLERS,
        *firmware.HANDLERS,
        *printers.HANDLERS,
        *print_jobs.HANDLERS,
        *printables.HANDLERS,
        *printdb.HANDLERS,
        *printer_logs.HANDLERS,
        *unbuilt_handlers(),
    ]
    return [Router(path=prefix or "/", route_handlers=handlers) for prefix in PREFIXES]


def owns(path: str) -> bool:
    """Tell whether a path is this dialect's, so that its errors are in this dialect's words."""
    return any(path.startswith(f"{prefix}/{area}") for prefix in PREFIXES for area in AREAS)
