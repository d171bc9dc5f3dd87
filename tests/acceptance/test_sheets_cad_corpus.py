"""Real, broken and hostile DXF and DWG: drawn as sheets, sound by qpdf, with the ink where another program has it."""

import csv
import random
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import ezdxf.filemanagement
import numpy as np
import pypdfium2  # type: ignore[import-untyped]  # the library has no types
import pytest
from ezdxf.addons.drawing import config, layout, svg
from ezdxf.addons.drawing.frontend import Frontend
from ezdxf.addons.drawing.properties import RenderContext
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from acceptance.children import LIMITS, a_folder, run
from outfeed.errors import SourceError
from outfeed.jobs.sandbox import Sandbox
from outfeed.mesh.reporting import silent
from outfeed.sheets.model import Drawing, SheetLimits
from outfeed.sheets.registry import read_drawing
from unit.mesh_helpers import DATA

#: Pixels of the longer side of a drawing that is compared, and how far apart its ink may be.
SIDE: Final = 600
APART: Final = 7
#: Files that are called good and show nothing: one has a solid only.
NOTHING_TO_SEE: Final = {"dxf/ezdxf-sphere.dxf"}
#: Files that the library cannot draw as we do: it refuses one with too few knots, shows texts on layers that are not in
#: the table in white, and frames that are not for paper.
NOT_ALIKE: Final = ("cadquery-rational_spline", "ezdxf-mtext_columns", "ezdxf-BlockClipped")
#: A sheet of the corpus is no larger than this.
MOST_BYTES: Final = 3_000_000


def table(name: str) -> Iterator[dict[str, str]]:
    """Yield the rows of a list of the data."""
    if (DATA / name).is_file():
        with (DATA / name).open(encoding="utf-8", newline="") as file:
            yield from csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)


def files(*states: str) -> list[str]:
    """Return the drawings in some states."""
    rows = [row for row in table("FILES.tsv") if row["format"] in {"dxf", "dwg"}]
    return [row["path"] for row in rows if row["state"] in states]


def hostile() -> list[tuple[str, str]]:
    """Return the hostile drawings with their verdicts."""
    rows = table("hostile/INDEX.tsv")
    return [(row["path"], row["expect"]) for row in rows if row["path"].startswith(("dxf/", "dwg/"))]


def read(source: Path, out: Path, *, most: int = 200_000) -> Drawing:
    """Return a file as sheets."""
    limits = SheetLimits(max_entities=most)
    return read_drawing(source, out, format=source.suffix[1:], limits=limits, report=silent)


def ink_of(image: Image.Image) -> NDArray[np.uint8]:
    """Return what is drawn, cut to its edges and made as large as all others: 255 where there is ink."""
    drawn = image.convert("L").point(lambda level: 255 if level < 225 else 0)
    cut = drawn.crop(drawn.getbbox() or (0, 0, 1, 1))
    scale = SIDE / max(cut.size)
    size = (max(1, round(cut.width * scale)), max(1, round(cut.height * scale)))
    return np.asarray(cut.resize(size, Image.Resampling.BOX).point(lambda level: 255 if level > 8 else 0))


def covered(ink: NDArray[np.uint8], by: NDArray[np.uint8]) -> float:
    """Return the share of ink that has other ink close by."""
    rows, columns = max(ink.shape[0], by.shape[0]), max(ink.shape[1], by.shape[1])
    one, other = (np.pad(part, ((0, rows - part.shape[0]), (0, columns - part.shape[1]))) for part in (ink, by))
    wide = np.asarray(Image.fromarray(other).filter(ImageFilter.MaxFilter(2 * APART + 1)))
    return float((wide[one > 0] > 0).mean())


def page_image(path: Path, *, side: int = 2000) -> Image.Image:
    """Return the first page as PDFium shows it."""
    with pypdfium2.PdfDocument(path) as pdf:
        page = pdf[0]
        image: Image.Image = page.render(scale=side / max(page.get_size())).to_pil()
        return image


def other_image(source: Path, name: str, folder: Path) -> Image.Image:
    """Return a layout as the library's own SVG shows it, drawn by rsvg-convert."""
    document = ezdxf.filemanagement.readfile(source)
    backend = svg.SVGBackend()
    settings = config.Configuration(background_policy=config.BackgroundPolicy.WHITE)
    Frontend(RenderContext(document), backend, config=settings).draw_layout(document.layouts.get(name))
    page = layout.Page(420, 297, layout.Units.mm, margins=layout.Margins.all(5))
    (folder / "other.svg").write_text(backend.get_string(page), encoding="utf-8")
    target, source_svg = str(folder / "other.png"), str(folder / "other.svg")
    command = ["rsvg-convert", "--width", "2000", "--keep-aspect-ratio", "-o", target, source_svg]
    subprocess.run(command, check=True, timeout=60)
    with Image.open(folder / "other.png") as image:
        return image.convert("RGB")


@pytest.mark.parametrize("path", files("good"))
def test_good_drawings_become_sheets(path: str, tmp_path: Path) -> None:
    """Sound by qpdf, small, not blank, and the same again."""
    if path in NOTHING_TO_SEE:
        with pytest.raises(SourceError, match="3DSOLID"):
            read(DATA / path, tmp_path / "out.pdf")
        return
    drawing = read(DATA / path, tmp_path / "out.pdf")
    read(DATA / path, tmp_path / "again.pdf")

    checked = subprocess.run(["qpdf", "--check", tmp_path / "out.pdf"], check=False, capture_output=True)
    assert (0, b"") == (checked.returncode, checked.stderr)
    assert (tmp_path / "out.pdf").read_bytes() == (tmp_path / "again.pdf").read_bytes()
    assert (tmp_path / "out.pdf").stat().st_size < MOST_BYTES
    with pypdfium2.PdfDocument(tmp_path / "out.pdf") as pdf:
        sizes = [tuple(round(side) for side in page.get_size()) for page in pdf]
    assert [(round(sheet.width_pt), round(sheet.height_pt)) for sheet in drawing.sheets] == sizes
    assert (np.asarray(page_image(tmp_path / "out.pdf").convert("L")) < 225).any()


@pytest.mark.parametrize(
    "path",
    [
        path
        for path in files("good")
        if path.endswith("dxf") and path not in NOTHING_TO_SEE and not Path(path).name.startswith(NOT_ALIKE)
    ],
)
def test_the_ink_is_where_another_program_has_it(path: str, tmp_path: Path) -> None:
    """The library's own pictures of the same drawing: each has its ink close to the other's."""
    drawing = read(DATA / path, tmp_path / "out.pdf")
    ours = ink_of(page_image(tmp_path / "out.pdf"))
    theirs = ink_of(other_image(DATA / path, drawing.sheets[0].name, tmp_path))

    assert covered(ours, theirs) > 0.95
    assert covered(theirs, ours) > 0.95


@pytest.mark.parametrize("path", files("broken", "odd"))
def test_broken_drawings_are_mended_or_refused(path: str, tmp_path: Path) -> None:
    try:
        drawing = read(DATA / path, tmp_path / "out.pdf")
    except SourceError:
        return
    assert drawing.sheets


@pytest.mark.parametrize(("path", "expect"), hostile())
def test_hostile_drawings_are_refused_or_bounded(path: str, expect: str, tmp_path: Path) -> None:
    out = tmp_path / "out.pdf"
    if expect == "reject":
        with pytest.raises(SourceError):
            read(DATA / "hostile" / path, out)
        return
    try:
        assert read(DATA / "hostile" / path, out).sheets
    except SourceError:
        assert expect == "bounded"


@pytest.fixture(scope="module", params=[False, True], ids=["fresh", "preloaded"])
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """Run children in which the library is loaded already, or which load it where they may open no font."""
    modules = ["outfeed.sheets.cad.dxf", "outfeed.sheets.cad.dwg"] if request.param else []
    with Sandbox(preload=["acceptance.reading_sheets", *modules]) as running:
        yield running


@pytest.mark.parametrize("path", ["dxf/ezdxf-acad_table_simple.dxf", "dwg/ezdxf-dimtad-dimjust.dwg"])
def test_a_child_that_may_open_nothing_else_draws_them(path: str, sandbox: Sandbox, tmp_path: Path) -> None:
    """No font of the machine, no file that the drawing names."""
    folder = a_folder(tmp_path)
    shutil.copy(DATA / path, folder / "in" / "source")
    outcome = run(sandbox, "reading_sheets:convert", folder, limits=LIMITS, format=path[:3])

    assert ["Model"] == [sheet["name"] for sheet in outcome.facts["sheets"]]
    assert outcome.outputs["sheets.pdf"].stat().st_size > 1000


@pytest.mark.parametrize("seed", range(4))
def test_damage_anywhere_ends_in_sheets_or_in_a_sentence(seed: int, tmp_path: Path) -> None:
    """Bytes and whole lines of good files are changed, doubled and left out."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    names = [path for path in files("good") if (DATA / path).stat().st_size < 100_000 and path.endswith("dxf")]
    for row in range(25):
        lines = (DATA / chance.choice(names)).read_bytes().split(b"\n")
        for _ in range(chance.choice((1, 2, 10))):
            at, kind = chance.randrange(len(lines)), chance.randrange(5)
            changed = (b"-1e308", b"nan", b"99999999999", lines[chance.randrange(len(lines))], b"")[kind]
            lines[at : at + 1] = [] if kind == 4 else [changed]
        source = tmp_path / f"{row}.dxf"
        source.write_bytes(b"\n".join(lines))
        try:
            read(source, tmp_path / f"{row}.pdf", most=50_000)
        except SourceError as error:
            assert str(error)  # noqa: PT017 - either end is good
