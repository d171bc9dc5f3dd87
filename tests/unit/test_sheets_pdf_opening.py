"""PDFs are opened with suspicion: what is damaged is mended or refused, and no number is believed."""

import subprocess
import zlib
from pathlib import Path

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name

from outfeed import errors
from outfeed.sheets.model import SheetLimits, SheetSource
from outfeed.sheets.pdf.opening import open_pdf
from outfeed.sheets.pdf.page import export_page
from outfeed.sheets.pdf.reading import read_pdf
from unit.pdf_files import ALL, LIMITS, a_pdf, exported


def saved(pdf: pikepdf.Pdf, folder: Path, **options: object) -> Path:
    pdf.save(folder / "made.pdf", **options)  # type: ignore[arg-type]  # options of save
    return folder / "made.pdf"


def read(path: Path, *, limits: SheetLimits = LIMITS) -> list[tuple[str, float, float]]:
    """Return name, width and height of the sheets of a file."""
    drawing = read_pdf(path, path.with_name("out.pdf"), limits=limits)
    return [(sheet.name, sheet.width_pt, sheet.height_pt) for sheet in drawing.sheets]


def test_each_page_is_a_sheet(tmp_path: Path) -> None:
    """They are as large as they are shown."""
    pdf = a_pdf(2)
    pdf.pages[1].obj["/Rotate"] = 90

    assert [("Page 1", 200, 100), ("Page 2", 100, 200)] == read(saved(pdf, tmp_path))


@pytest.mark.parametrize(
    ("entries", "size"),
    [
        ({"/CropBox": [50, 0, 150, 100]}, (100, 100)),
        ({"/CropBox": [150, 50, 999, 999]}, (50, 50)),
        ({"/CropBox": [900, 900, 999, 999]}, (200, 100)),
        ({"/MediaBox": [200, 100, 0, 0]}, (200, 100)),
        ({"/MediaBox": [0, 0, 0, 0]}, (612, 792)),
        ({"/MediaBox": [0, 0, Name.Wide, 5]}, (612, 792)),
        ({"/UserUnit": 2}, (400, 200)),
        ({"/UserUnit": -3}, (200, 100)),
        ({"/Rotate": -90}, (100, 200)),
        ({"/Rotate": 45}, (200, 100)),
        ({"/MediaBox": [0, 0, 10**12, 10]}, (1_000_000, 10)),
    ],
)
def test_sizes_are_those_that_are_shown(tmp_path: Path, entries: dict[str, object], size: tuple[int, int]) -> None:
    """Boxes that make no sense are taken as PDFium takes them."""
    pdf = a_pdf(1)
    for key, value in entries.items():
        pdf.pages[0].obj[key] = Array(value) if isinstance(value, list) else value

    assert [("Page 1", *size)] == read(saved(pdf, tmp_path))


def test_what_is_no_pdf_is_refused(tmp_path: Path) -> None:
    """It does not begin as one."""
    (tmp_path / "text.pdf").write_bytes(b"hello\n" * 500 + b"%PDF-1.4")

    with pytest.raises(errors.SourceDamaged, match="does not begin"):
        read(tmp_path / "text.pdf")


def test_a_file_without_its_table_is_mended_and_written(tmp_path: Path) -> None:
    """The drawing's own file is whole, so nobody mends it again."""
    path = saved(a_pdf(2), tmp_path, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    path.write_bytes(path.read_bytes().partition(b"xref")[0])

    drawing = read_pdf(path, tmp_path / "out.pdf", limits=LIMITS)

    assert (True, 2, ["PDF"]) == (drawing.written, len(drawing.sheets), [loss.what for loss in drawing.lost])
    with open_pdf(tmp_path / "out.pdf", LIMITS) as opened:
        assert (False, 2) == (opened.mended, len(opened.pages))


def test_a_whole_file_is_not_written_again(tmp_path: Path) -> None:
    """The source serves."""
    drawing = read_pdf(saved(a_pdf(), tmp_path), tmp_path / "out.pdf", limits=LIMITS)

    assert (False, False) == (drawing.written, (tmp_path / "out.pdf").exists())


def test_a_password_is_asked_of_nobody(tmp_path: Path) -> None:
    """The file is refused with a sentence."""
    path = saved(a_pdf(), tmp_path, encryption=pikepdf.Encryption(user="secret", owner="boss"))

    with pytest.raises(errors.SourceLocked, match="opens with a password only"):
        read(path)


def test_an_owner_who_allows_nothing_is_heeded(tmp_path: Path) -> None:
    """Neither printing nor copying leaves no way to a sheet."""
    nothing = pikepdf.Permissions(extract=False, print_lowres=False, print_highres=False)
    path = saved(a_pdf(), tmp_path, encryption=pikepdf.Encryption(user="", owner="boss", allow=nothing))

    with pytest.raises(errors.SourceLocked, match="neither printing nor copying"):
        read(path)


def test_an_owner_who_allows_printing_allows_a_sheet(tmp_path: Path) -> None:
    """What else is restricted is not written into it, and the job says so."""
    printing = pikepdf.Permissions(extract=False, modify_assembly=False)
    path = saved(a_pdf(), tmp_path, encryption=pikepdf.Encryption(user="", owner="boss", allow=printing))

    lost = export_page(SheetSource(pdf=path, index=0, name="A"), tmp_path / "page.pdf", options=ALL, limits=LIMITS)

    assert ["Encrypt"] == [loss.what for loss in lost]
    with pikepdf.open(tmp_path / "page.pdf") as page:
        assert not page.is_encrypted


def test_no_pages_are_no_sheets(tmp_path: Path) -> None:
    """A file may be whole and have none."""
    with pytest.raises(errors.NoSheets):
        read(saved(pikepdf.new(), tmp_path))


def test_more_pages_than_allowed_are_refused(tmp_path: Path) -> None:
    """The limit counts pages, whatever the file says of their number."""
    path = saved(a_pdf(4), tmp_path)

    assert 4 == len(read(path, limits=SheetLimits(max_pages=4)))
    with pytest.raises(errors.DrawingTooLarge, match="more than 3 pages"):
        read(path, limits=SheetLimits(max_pages=3))


def test_the_same_page_a_thousand_times_is_refused(tmp_path: Path) -> None:
    """A small file cannot make many pages of one."""
    pdf = a_pdf(1)
    pages = pdf.Root["/Pages"]
    pages["/Kids"] = Array([pages["/Kids"][0]] * 1000)

    with pytest.raises(errors.DrawingTooLarge):
        read(saved(pdf, tmp_path), limits=SheetLimits(max_pages=999))


def test_a_tree_of_pages_may_be_deep(tmp_path: Path) -> None:
    """It is walked without recursion."""
    pdf = a_pdf(1)
    page, top = pdf.pages[0].obj, pdf.Root["/Pages"]
    node = top
    for _ in range(400):
        below = pdf.make_indirect(Dictionary(Type=Name.Pages, Parent=node, Count=1, Kids=Array()))
        node["/Kids"] = Array([below])
        node = below
    node["/Kids"], page["/Parent"] = Array([page]), node

    with open_pdf(saved(pdf, tmp_path), LIMITS) as opened:
        assert 1 == len(opened.pages)


@pytest.mark.parametrize(("whole", "left"), [(0, b""), (2, b"0 0 5 5 re f")])
def test_damaged_content_is_kept_as_far_as_it_goes(tmp_path: Path, whole: int, left: bytes) -> None:
    """Readers show as much of it; the job says that something is missing."""
    packer = zlib.compressobj()
    packed = b"".join(packer.compress(b"0 0 5 5 re f\n") + packer.flush(zlib.Z_FULL_FLUSH) for _ in range(whole * 10))
    pdf = a_pdf(1)
    pdf.pages[0].obj["/Contents"] = pdf.make_stream(packed + b"no zlib at all" * 9, {"/Filter": Name.FlateDecode})

    page = exported(pdf, tmp_path)

    assert left == page.page["/Contents"].read_bytes()[: len(left)]
    assert ["Contents"] == [loss.what for loss in page.lost]
    checked = subprocess.run(["qpdf", "--check", page.path], capture_output=True, text=True, check=False)
    assert "" == checked.stderr
