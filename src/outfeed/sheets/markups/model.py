"""A markup: shapes that somebody drew on a sheet."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Markup:
    """What one person drew on one sheet."""

    #: Unique among the markups of a page; the annotation's name in the PDF.
    id: str
    author: str
    #: In milliseconds since 1970-01-01 UTC.
    created_at: int
    modified_at: int
