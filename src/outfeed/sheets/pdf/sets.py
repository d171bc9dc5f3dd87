"""Many sheets as a PDF each, in several processes: pikepdf holds the interpreter's lock."""

import json
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from outfeed.errors import SourceError, by_code
from outfeed.mesh.forks import MOST, share
from outfeed.mesh.reporting import Report, silent
from outfeed.sheets.model import Loss, PageOptions, SheetLimits, SheetSource
from outfeed.sheets.pdf.cleaning import Cleaner
from outfeed.sheets.pdf.opening import Opened, open_pdf
from outfeed.sheets.pdf.page import write_page

#: Sheets of one source that a process takes at once: it opens the source for them.
LEAST_IN_CHUNK: Final = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Exported:
    """What became of a sheet."""

    #: The PDF; not there if there is an error.
    path: Path
    lost: tuple[Loss, ...] = ()
    error: SourceError | None = None


def export_set(
    sources: Sequence[SheetSource],
    out_dir: Path,
    *,
    options: PageOptions,
    limits: SheetLimits,
    processes: int = 1,
    report: Report = silent,
) -> tuple[Exported, ...]:
    """
    Write each sheet as a PDF of its own, the same bytes for any number of processes; see `export_page`.

    Parameters
    ----------
    out_dir
        Receives `00000.pdf` for the first of `sources`, and so on.
    processes
        That work at once, this one among them.

    Returns
    -------
    tuple of Exported
        In the order of `sources`. A sheet that cannot be written does not stop the others.

    Raises
    ------
    ChildError
        If a process died.
    """
    chunks = _chunks(sources)
    done: dict[int, Exported] = {}
    with tempfile.TemporaryDirectory(prefix="outfeed-set-") as folder, _Worker(options, limits, out_dir) as worker:

        def here(chunk: int) -> None:
            done.update({number: worker.export(number, sources[number]) for number in chunks[chunk]})

        def elsewhere(chunk: int) -> None:
            made = [_as_json(number, worker.export(number, sources[number])) for number in chunks[chunk]]
            Path(folder, f"{chunk}.json").write_text(json.dumps(made), encoding="utf-8")

        share(len(chunks), processes, here=here, elsewhere=elsewhere, report=report)
        for path in Path(folder).glob("*.json"):
            done.update(_from_json(item, out_dir) for item in json.loads(path.read_text(encoding="utf-8")))
    report(1.0)
    return tuple(done[number] for number in range(len(sources)))


def _chunks(sources: Sequence[SheetSource]) -> list[list[int]]:
    """Return the numbers of the sheets in chunks, those of one source one after the other."""
    by_source: dict[Path, list[int]] = {}
    for number, source in enumerate(sources):
        by_source.setdefault(source.pdf, []).append(number)
    numbers = [number for group in by_source.values() for number in group]
    size = max(LEAST_IN_CHUNK, -(-len(numbers) // MOST))
    return [numbers[first : first + size] for first in range(0, len(numbers), size)]


def _file(out_dir: Path, number: int) -> Path:
    return out_dir / f"{number:05}.pdf"


class _Worker:
    """Exports sheets in one process, and keeps the source of the last one open for the next."""

    def __init__(self, options: PageOptions, limits: SheetLimits, out_dir: Path) -> None:
        self._options, self._limits, self._out_dir = options, limits, out_dir
        self._files = ExitStack()
        self._path: Path | None = None
        self._opened: tuple[Opened, Cleaner] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._files.close()

    def export(self, number: int, source: SheetSource) -> Exported:
        """Write one sheet; what the source is refused for is part of the result."""
        path = _file(self._out_dir, number)
        try:
            opened, cleaner = self._open(source.pdf)
            lost = write_page(opened, source, path, options=self._options, cleaner=cleaner)
        except SourceError as error:
            path.unlink(missing_ok=True)
            return Exported(path=path, error=error)
        return Exported(path=path, lost=lost)

    def _open(self, path: Path) -> tuple[Opened, Cleaner]:
        if path != self._path or self._opened is None:
            self._files.close()
            self._opened = None
            opened = self._files.enter_context(open_pdf(path, self._limits))
            self._path, self._opened = path, (opened, Cleaner(opened.pdf, max_objects=self._limits.max_entities))
        return self._opened


def _as_json(number: int, made: Exported) -> list[object]:
    error = None if made.error is None else [made.error.code, made.error.detail]
    return [number, [[loss.what, loss.why, loss.count] for loss in made.lost], error]


def _from_json(item: list[object], out_dir: Path) -> tuple[int, Exported]:
    """Read what `_as_json` wrote, in another process of ours."""
    number, losses, failure = item
    assert isinstance(number, int)  # noqa: S101 it tells the type; the text is ours
    assert isinstance(losses, list)  # noqa: S101 as above
    lost = tuple(Loss(what=what, why=why, count=count) for what, why, count in losses)
    error: SourceError | None = None
    if isinstance(failure, list):
        known = by_code(failure[0])
        error = known(failure[1]) if issubclass(known, SourceError) else SourceError(failure[1])
    return number, Exported(path=_file(out_dir, number), lost=lost, error=error)
