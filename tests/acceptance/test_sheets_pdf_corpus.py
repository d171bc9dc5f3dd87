"""Every PDF of the shared data: each page of a good one looks as it did, and brings nothing of the others.

Judges: PDFium for how a page looks and what it says, the qpdf program for soundness, qpdf's own trimming for size.
`OUTFEED_SOAK_PAGES` takes more pages of each file than the first dozen.
"""

import csv
import os
import re
import subprocess
import warnings
from collections.abc import Iterator
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any, Final

import numpy as np
import pikepdf
import pypdfium2  # type: ignore[import-untyped]  # it has no types
import pytest
from numpy.typing import NDArray

from acceptance.children import MIB, a_folder, run
from outfeed import errors
from outfeed.jobs.sandbox import Limits, Sandbox
from outfeed.sheets.model import PageOptions, SheetLimits, SheetSource
from outfeed.sheets.pdf.page import export_page
from unit.corpus import needs_data
from unit.mesh_helpers import DATA

PAGES: Final = int(os.environ.get("OUTFEED_SOAK_PAGES", "12"))
DPI: Final = 100
PAIRS: Final = [PageOptions(markups=a, hyperlinks=b) for a, b in product((True, False), repeat=2)]
#: What a file of one page says of itself in any case, in bytes: its title twice, label, table of objects, hints.
OWN_BYTES: Final = 1024
#: Of streams without words of a page. Programs of fonts name who made the font.
SILENT: Final = {pikepdf.Name("/" + name) for name in ("Image", "Type1C", "CIDFontType0C", "OpenType", "XML")}
#: Files of which a control program would unpack all of a bomb.
BOMBS: Final = {"pdf/flate_bomb_256mb.pdf", "pdf/flate_twice_1gb.pdf"}
LIMITS: Final = Limits(wall_s=60.0, memory_bytes=2048 * MIB, output_bytes=64 * MIB)


@cache
def listed(name: str, column: str) -> dict[str, str]:
    """Return what a list of the data says of each PDF."""
    if not (DATA / name).is_file():
        return {}
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return {row["path"]: row[column] for row in rows if row["path"].endswith(".pdf")}


GOOD: Final = sorted(path for path, state in listed("FILES.tsv", "state").items() if state == "good")
BROKEN: Final = sorted(path for path, state in listed("FILES.tsv", "state").items() if state != "good")
HOSTILE: Final = sorted(listed("hostile/INDEX.tsv", "expect").items())


def wanted(subtype: str, options: PageOptions) -> bool:
    """Tell whether an annotation stays, as the API's description has it."""
    if subtype == "/Widget":
        return True
    return options.hyperlinks if subtype == "/Link" else options.markups


def without_annotations(source: Path, options: PageOptions, out: Path) -> Path:
    """Write a PDF anew, whole, without the annotations that are not wanted."""
    with pikepdf.open(source) as pdf:
        for page in pdf.pages:
            found = page.obj.get("/Annots", pikepdf.Array())
            page.obj["/Annots"] = pikepdf.Array([one for one in found if wanted(str(one.get("/Subtype")), options)])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", pikepdf.exceptions.PageCopyWarning)  # the source is so
            pdf.save(out, encryption=False)
    return out


def page_share(pdf: pikepdf.Pdf, index: int, out: Path) -> int:
    """
    Return the bytes that a page has in its file.

    That is the page with all that can be reached from it but other pages, as `pikepdf` copies it, with the resources
    that qpdf finds used and the colours that the document is made for, in streams that are packed as in the source or,
    if they are not, by qpdf, linearised.
    """
    with pikepdf.new() as alone:
        alone.pages.append(pdf.pages[index])
        alone.remove_unreferenced_resources()
        if "/OutputIntents" in pdf.Root:
            intents = alone.copy_foreign(pdf.make_indirect(pdf.Root["/OutputIntents"]))
            alone.Root["/OutputIntents"] = intents
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", pikepdf.exceptions.PageCopyWarning)  # fields without a form are meant
            alone.save(
                out,
                linearize=True,
                object_stream_mode=pikepdf.ObjectStreamMode.generate,
                stream_decode_level=pikepdf.StreamDecodeLevel.none,
            )
    return out.stat().st_size


def picture(page: Any) -> NDArray[np.uint8]:
    """Return a page as PDFium draws it, with its annotations."""
    bitmap = page.render(scale=DPI / 72, may_draw_forms=False, draw_annots=True)
    return np.array(bitmap.to_numpy())


def differing(expected: NDArray[np.uint8], actual: NDArray[np.uint8]) -> float:
    """Return the share of pixels that are not the same."""
    if expected.shape != actual.shape:
        return 1.0
    return float((expected != actual).any(axis=2).mean())


def words(page: Any) -> set[str]:
    """Return the long words on a page."""
    return set(re.findall(r"[A-Za-z]{8,}", page.get_textpage().get_text_range()))


def annotation_words(page: pikepdf.Page) -> set[str]:
    """Return the long words in the annotations of a page, such as hints for what to fill in."""
    said = b"\n".join(text for one in page.obj.get("/Annots", pikepdf.Array()) for text in texts(one))
    return set(re.findall(r"[A-Za-z]{8,}", said.decode()))


def text(page: Any) -> str:
    return str(page.get_textpage().get_text_range())


def everything(path: Path) -> Iterator[bytes]:
    """Yield all that a file says: its texts, and its streams unpacked, but for those without words."""
    with pikepdf.open(path) as pdf:
        for one in pdf.objects:
            if isinstance(one, pikepdf.Stream) and not is_silent(one):
                yield one.read_bytes()
            yield from texts(one.stream_dict if isinstance(one, pikepdf.Stream) else one)


def is_silent(stream: pikepdf.Stream) -> bool:
    """Tell whether a stream has no words of a page: it is a font's, a picture, a profile of colours, or our title."""
    return stream.get("/Subtype") in SILENT or any(key in stream for key in ("/Length1", "/Length3", "/N"))


def texts(found: Any) -> Iterator[bytes]:
    """Yield the texts in an object, not those of others that it leads to, nor the names of a font's glyphs."""
    if isinstance(found, pikepdf.Dictionary) and found.get("/Type") == pikepdf.Name.FontDescriptor:
        return
    if isinstance(found, pikepdf.String):
        yield str(found).encode()
    if isinstance(found, (pikepdf.Array, pikepdf.Dictionary)):
        for one in found if isinstance(found, pikepdf.Array) else found.values():
            if not (isinstance(one, pikepdf.Object) and one.is_indirect):
                yield from texts(one)


class Judge:
    """Compares exported pages of a file with the file."""

    def __init__(self, source: Path, folder: Path) -> None:
        self.source, self.folder = source, folder
        self.whole = pypdfium2.PdfDocument(source)
        self.count = min(len(self.whole), PAGES)
        self.words = [words(page) for page in self.whole]
        with pikepdf.open(source) as pdf:
            self.own = [annotation_words(page) for page in pdf.pages]

    def wrong(self) -> Iterator[str]:
        """Yield what is wrong with the exports, page by page."""
        for options in PAIRS:
            trimmed = without_annotations(self.source, options, self.folder / "trimmed.pdf")
            with pypdfium2.PdfDocument(trimmed) as judged, pikepdf.open(trimmed) as pdf:
                for index in range(self.count):
                    for sentence in self._wrong_with(index, options, judged[index], pdf):
                        yield f"page {index + 1}, {options}: {sentence}"

    def _wrong_with(self, index: int, options: PageOptions, judged: Any, pdf: pikepdf.Pdf) -> Iterator[str]:
        made = self.folder / "page.pdf"
        sheet = SheetSource(pdf=self.source, index=index, name=f"A-{index + 1}")
        export_page(sheet, made, options=options, limits=SheetLimits())
        if sound(made) != "good":
            yield sound(made)
        with pypdfium2.PdfDocument(made) as document:
            share = differing(picture(judged), picture(document[0]))
            if share > 0.005:
                yield f"{share:.2%} of its pixels differ"
            if text(judged) != text(document[0]):
                yield "it says something else"
        size, limit = made.stat().st_size, page_share(pdf, index, self.folder / "share.pdf") * 1.2 + OWN_BYTES
        if size > limit:
            yield f"it has {size} bytes, more than {limit:.0f}"
        yield from self._leaks(index, b"\n".join(everything(made)))

    def _leaks(self, index: int, content: bytes) -> Iterator[str]:
        """Yield words of other pages that are in a file."""
        theirs = set().union(*self.words[:index], *self.words[index + 1 :]) - self.words[index] - self.own[index]
        # Content writes words in pieces: a piece of a longer word of this page is not of another page.
        mine = re.sub(r"\s", "", text(self.whole[index]))
        found = set(re.findall(rb"[A-Za-z]{8,}", content)) & {word.encode() for word in theirs if word not in mine}
        if found:
            yield f"it has words of other pages: {sorted(found)[:5]}"


@needs_data
@pytest.mark.parametrize("path", GOOD)
def test_each_page_of_a_good_file_is_itself_and_nothing_else(path: str, tmp_path: Path) -> None:
    """It looks as it did, whatever of it is left out, is sound, small, and silent about the other pages."""
    assert [] == list(Judge(DATA / path, tmp_path).wrong())


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(preload=["numpy", "acceptance.sheets"]) as running:
        yield running


def outcome_of(path: Path, sandbox: Sandbox, tmp_path: Path) -> str:
    """Return what becomes of a file in a child: `good`, `refused` with a sentence, or what is wrong."""
    folder = a_folder(tmp_path)
    (folder / "in" / "source").write_bytes(path.read_bytes())
    try:
        outcome = run(sandbox, "sheets:export_first", folder, limits=LIMITS)
    except errors.SourceError as error:
        return "refused" if error.detail else "refused without a sentence"
    if not outcome.facts["sheets"]:
        return "no sheets"
    return "good" if f"pdf/{path.name}" in BOMBS else sound(folder / "out" / "page.pdf")


def sound(path: Path) -> str:
    """Return `good`, or what the qpdf program finds wrong with a file."""
    checked = subprocess.run(["qpdf", "--check", path], capture_output=True, text=True, check=False)
    return checked.stderr or ("qpdf refuses it" if checked.returncode else "good")


@needs_data
@pytest.mark.parametrize("path", BROKEN)
def test_a_broken_file_is_mended_or_refused(path: str, sandbox: Sandbox, tmp_path: Path) -> None:
    """What comes out is sound, or there is a sentence."""
    assert outcome_of(DATA / path, sandbox, tmp_path) in {"good", "refused"}


@needs_data
@pytest.mark.parametrize(("path", "verdict"), HOSTILE)
def test_a_hostile_file_ends_within_the_limits(path: str, verdict: str, sandbox: Sandbox, tmp_path: Path) -> None:
    """It ends as its list says, and no child dies of it."""
    ends = {"ok": {"good"}, "reject": {"refused"}, "bounded": {"good", "refused"}}

    assert outcome_of(DATA / "hostile" / path, sandbox, tmp_path) in ends[verdict]
