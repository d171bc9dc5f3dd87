"""What the kernels complain about, as errors."""

from typing import Final, NoReturn

from outfeed.errors import IndexOutOfRange, NotFinite, SourceDamaged, SourceError, TooManyTriangles

ERRORS: Final[dict[str, type[SourceError]]] = {
    "damaged": SourceDamaged,
    "not_finite": NotFinite,
    "index_out_of_range": IndexOutOfRange,
    "too_many_triangles": TooManyTriangles,
}


def raise_complaint(complaint: tuple[str, str, int]) -> None:
    """Raise the error that a kernel's complaint stands for; return where there is none."""
    problem, _what, _line = complaint
    if problem:
        _raise(*complaint)


def _raise(problem: str, what: str, line: int) -> NoReturn:
    where = f"line {line}" if line else ""
    detail = ": ".join(part for part in (where, what) if part)
    raise ERRORS[problem](f"{detail[0].upper()}{detail[1:]}." if detail else "")
