"""Damaged PDFs: each is exported, or refused with a sentence; nothing else is raised."""

import io
import os
import random
import re
import warnings
from functools import cache
from pathlib import Path
from typing import Final

import pikepdf
import pytest

from outfeed.errors import SourceError
from outfeed.sheets.model import PageOptions, SheetLimits, SheetSource
from outfeed.sheets.pdf.page import export_page
from outfeed.sheets.pdf.reading import read_pdf
from unit.corpus import needs_data
from unit.mesh_helpers import DATA

#: Damaged copies of each file.
COUNT: Final = max(int(os.environ.get("OUTFEED_FUZZ_MUTANTS", "0")) // 10, 12)
#: Files with much in them: forms, layers, links, markups, forms within forms, a form of the government.
SEEDS: Final = (
    "made-sheetset_12.pdf",
    "pikepdf-form_dd0293.pdf",
    "qpdf-form-fields-and-annotations-shared.pdf",
    "qpdf-nested-form-xobjects-inline-images-ii-all.pdf",
    "bscommunity-Microwave-ProductData.pdf",
    "pdfjs-tiling_patterns_variations.pdf",
    "verapdf-veraPDF_test_suite_6-3-2-t01-fail-a.pdf",
)
_STREAM: Final = re.compile(rb"(stream\r?\n.*?endstream)", re.DOTALL)
_VALUE: Final = re.compile(rb"/[A-Za-z0-9]+ (\d+ \d+ R|[-\d.]+|/[A-Za-z0-9]+|\[[^\[\]]*\]|\([^()]*\))")
_WRONG: Final = [
    b"null",
    b"-1",
    b"1e400",
    b"9" * 20,
    b"[]",
    b"<<>>",
    b"/#ff",
    b"(x)",
    b"[[[]]]",
    b"nan",
    b"1 0 R",
    b"5 0 R",
]


@cache
def plain(name: str) -> bytes:
    """Return a file with its objects in the open, where damage finds them."""
    written = io.BytesIO()
    with pikepdf.open(DATA / "pdf" / name) as pdf:
        pdf.save(written, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    return written.getvalue()


def damaged(content: bytes, chance: random.Random) -> bytes:
    """Return a file with some values replaced by wrong ones, or some bytes by others."""
    if chance.random() < 0.25:
        changed = bytearray(content)
        for _ in range(chance.randrange(1, 20)):
            changed[chance.randrange(len(changed))] = chance.randrange(256)
        return bytes(changed)
    parts = _STREAM.split(content)
    for _ in range(3):
        place = chance.randrange(0, len(parts), 2)
        values = list(_VALUE.finditer(parts[place]))
        if values:
            start, end = chance.choice(values).span(1)
            parts[place] = parts[place][:start] + chance.choice(_WRONG) + parts[place][end:]
    return b"".join(parts)


def exported_or_refused(path: Path, chance: random.Random) -> None:
    """Read a file, and export one of its pages; refusals are an answer."""
    options = PageOptions(markups=chance.random() < 0.7, hyperlinks=chance.random() < 0.7)
    try:
        drawing = read_pdf(path, path.with_suffix(".mended"), limits=SheetLimits())
        whole = path.with_suffix(".mended") if drawing.written else path
        index = chance.randrange(len(drawing.sheets))
        source = SheetSource(pdf=whole, index=index, name=drawing.sheets[index].name)
        export_page(source, path.with_suffix(".page"), options=options, limits=SheetLimits())
    except SourceError as error:
        assert error.detail  # noqa: PT017 a refusal may come or not


@needs_data
@pytest.mark.parametrize("name", SEEDS)
def test_a_damaged_pdf_is_exported_or_refused(name: str, tmp_path: Path) -> None:
    """Whatever is wrong with it."""
    for number in range(COUNT):
        chance = random.Random(f"{name} {number}")  # noqa: S311 a seed that a failure can be repeated by
        path = tmp_path / f"{number}.pdf"
        path.write_bytes(damaged(plain(name), chance))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", pikepdf.exceptions.PikepdfWarning)  # of files that are meant to be damaged
            exported_or_refused(path, chance)
