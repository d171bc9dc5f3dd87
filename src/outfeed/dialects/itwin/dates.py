"""Times as the platform writes them: UTC, always of the same width, so that they sort as text."""

from datetime import UTC, datetime


def stamp(ms: int) -> str:
    """Return milliseconds since 1970-01-01 UTC with seven digits of the second: `2026-01-20T10:51:33.1700000Z`."""
    moment = datetime.fromtimestamp(ms // 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{ms % 1000:03d}0000Z"
