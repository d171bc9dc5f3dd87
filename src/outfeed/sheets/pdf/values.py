"""Values of a PDF that may be something else than they should be."""

import math
from typing import Any

import pikepdf


def number(found: Any) -> float | None:
    """Return a finite number; None for what is none."""
    try:
        value = float(found)
    except (TypeError, ValueError, OverflowError):
        return None
    return value if math.isfinite(value) else None


def word(found: Any) -> str:
    """Return a name with its slash; empty for what is no name, or is of bytes that are no text."""
    if not isinstance(found, pikepdf.Name):
        return ""
    try:
        return str(found)
    except UnicodeDecodeError:
        return ""


def entry(found: pikepdf.Object, key: str) -> Any:
    """Return an entry of a dictionary or stream, None where there is none: `get` takes nine times as long to say so."""
    return found[key] if key in found else None  # noqa: SIM401 the time, as said
