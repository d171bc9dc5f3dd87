"""Sets of sheets, made by formula: A1 line work with a number in the corner, and a link to the next sheet."""

import zlib
from pathlib import Path

import pikepdf
from pikepdf import Array, Dictionary, Name

WIDTH, HEIGHT = 2384, 1684
#: Size: sheets, and lines on each.
SIZES = {"S": (3, 100), "M": (100, 4_000)}


def make_set(path: Path, size: str) -> None:
    """Write the set of a size; the same bytes each time."""
    sheets, lines = SIZES[size]
    with pikepdf.new() as pdf:
        font = pdf.make_indirect(Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica))
        for sheet in range(sheets):
            page = pdf.add_blank_page(page_size=(WIDTH, HEIGHT))
            page.obj.Resources = Dictionary(Font=Dictionary(F=font))
            stream = pdf.make_stream(b"")
            stream.write(zlib.compress(_content(sheet, lines)), filter=Name.FlateDecode)
            page.obj.Contents = stream
        for sheet, page in enumerate(pdf.pages):
            following = pdf.pages[(sheet + 1) % sheets]
            link = Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array([1900, 80, 2050, 120]))
            link.Dest = Array([following.obj, Name.Fit])
            page.obj.Annots = Array([pdf.make_indirect(link)])
        labels = Dictionary(P=pikepdf.String("A-"), S=Name.D, St=101)
        pdf.Root.PageLabels = Dictionary(Nums=Array([0, labels]))
        pdf.save(path, static_id=True)


def _content(sheet: int, lines: int) -> bytes:
    """Return lines that are strewn over a sheet, each sheet's others."""
    parts = [f"1 w 40 40 {WIDTH - 80} {HEIGHT - 80} re S BT /F 40 Tf 1900 80 Td (A-{101 + sheet}) Tj ET .25 w"]
    for line in range(lines):
        x = (line * 7919 + sheet * 104_729) % 2200 + 60
        y = (line * 6101 + sheet * 1_299_709) % 1480 + 60
        parts.append(f"{x} {y} m {x + line % 97} {y + line % 53} l S")
    return "\n".join(parts).encode("ascii")
