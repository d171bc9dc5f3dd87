"""SVG becomes a vector PDF, and nothing that it carries is run, fetched, or drawn without end."""

import base64
import io
import re
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pikepdf
import pytest
from PIL import Image

from outfeed.errors import DrawingTooLarge, NoSheets, NotFinite, OutfeedError, SourceDamaged, SourceUnsupported
from outfeed.mesh.reporting import silent
from outfeed.sheets.model import Drawing, SheetLimits
from outfeed.sheets.svg import PROGRAMS, draw_by_library, draw_by_program, read_svg
from outfeed.sheets.svg_text import safe_svg
from unit.corpus import needs_data
from unit.mesh_helpers import DATA
from unit.sheet_files import shown

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="100" height="80">'
GOOD = sorted(path for path in (DATA / "svg").glob("*.svg") if path.name != "trimesh-base.svg")


def read(tmp_path: Path, text: str | bytes, **limits: int) -> Drawing:
    (tmp_path / "in.svg").write_bytes(text.encode() if isinstance(text, str) else text)
    return read_svg(tmp_path / "in.svg", tmp_path / "out.pdf", limits=SheetLimits(**limits), threads=1, report=silent)


def safe(body: str, **limits: int) -> str:
    return safe_svg(f"{HEAD}{body}</svg>".encode(), limits=SheetLimits(**limits)).data.decode()


def lost(body: str) -> list[tuple[str, int]]:
    return [(item.what, item.count) for item in safe_svg(f"{HEAD}{body}</svg>".encode(), limits=SheetLimits()).lost]


def a_png(width: int = 4, height: int = 4) -> str:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(out, "PNG")
    return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()


@needs_data
@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.name)
def test_a_sheet_looks_as_the_renderer_shows_the_original(tmp_path: Path, path: Path) -> None:
    drawing = read(tmp_path, path.read_bytes())
    subprocess.run(["qpdf", "--check", tmp_path / "out.pdf"], check=True, capture_output=True)
    scale = 800 / drawing.sheets[0].width_pt
    ours = shown(tmp_path / "out.pdf", 0, scale=scale).astype(int)
    size = ["--width", str(ours.shape[1]), "--height", str(ours.shape[0]), "--background-color", "white"]
    png = subprocess.run(["rsvg-convert", *size, path], check=True, capture_output=True).stdout
    theirs = np.asarray(Image.open(io.BytesIO(png)).convert("RGB"), dtype=int)

    assert 0.02 > (np.abs(ours - theirs).max(axis=2) > 96).mean()


def test_the_page_is_lines_and_not_pixels(tmp_path: Path) -> None:
    read(tmp_path, f'{HEAD}<title>A  plan</title><path d="M0 0L50 50"/></svg>')
    with pikepdf.open(tmp_path / "out.pdf") as pdf:
        resources = pdf.pages[0].obj.Resources

        assert ("A plan", False) == (str(pdf.docinfo["/Title"]), "/XObject" in resources)


@needs_data
def test_equal_drawings_give_equal_bytes(tmp_path: Path) -> None:
    drawing = read(tmp_path, GOOD[0].read_bytes())
    first = (tmp_path / "out.pdf").read_bytes()

    assert (drawing, first) == (read(tmp_path, GOOD[0].read_bytes()), (tmp_path / "out.pdf").read_bytes())


@pytest.mark.parametrize("draw", [partial(draw_by_program, PROGRAMS[0]), draw_by_library])
def test_both_renderers_draw_the_same(tmp_path: Path, draw: Callable[[Path, Path], None]) -> None:
    (tmp_path / "in.svg").write_text(safe('<rect x="10" y="20" width="30" height="40" fill="red"/>'), encoding="utf-8")
    draw(tmp_path / "in.svg", tmp_path / "out.pdf")
    red = (shown(tmp_path / "out.pdf", 0, scale=96 / 72) == [255, 0, 0]).all(axis=2)
    rows, columns = np.nonzero(red)

    assert (20, 60, 10, 40) == (rows.min(), rows.max() + 1, columns.min(), columns.max() + 1)


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ('width="210mm" height="297mm"', (595.276, 841.89)),
        ('width="4in" height="3in" viewBox="0 0 1 1"', (288, 216)),
        ('viewBox="0 0 400 200"', (300, 150)),
        ('width="100%" height="100%" viewBox="0 0 400 200"', (300, 150)),
        ('width="72pt" viewBox="0 0 400 200"', (72, 36)),
        ('height="72pt" viewBox="0 0 400 200"', (144, 72)),
        ('width="1e9" height="5e8"', (14_400, 7_200)),
        ("", (225, 112.5)),
    ],
)
def test_the_page_has_the_size_that_the_file_says(tmp_path: Path, size: str, expected: tuple[float, float]) -> None:
    (sheet,) = read(tmp_path, f'<svg xmlns="http://www.w3.org/2000/svg" {size}><path d="M0 0h9"/></svg>').sheets

    assert expected == pytest.approx((sheet.width_pt, sheet.height_pt), abs=0.51)


@pytest.mark.parametrize("size", ['width="0" height="9"', 'width="-5" height="9"'])
def test_a_page_without_a_size_is_none(tmp_path: Path, size: str) -> None:
    with pytest.raises(NoSheets):
        read(tmp_path, f'<svg xmlns="http://www.w3.org/2000/svg" {size}/>')


@pytest.mark.parametrize(
    ("body", "left"),
    [
        ("<script>alert(1)</script><g/>", "<g></g>"),
        ('<rect onclick="alert(1)" width="9"/>', '<rect width="9"></rect>'),
        ('<foreignObject><script xmlns="http://www.w3.org/1999/xhtml"/><p/></foreignObject>', ""),
        ('<image href="file:///etc/passwd"/>', "<image></image>"),
        ('<image xlink:href="http://127.0.0.1:9/x.png"/>', "<image></image>"),
        ('<image href="data:image/svg+xml,&lt;svg/&gt;"/>', "<image></image>"),
        ('<use href="other.svg#part"/>', "<use></use>"),
        ('<rect fill="url(http://x/y#p)"/>', '<rect fill="none"></rect>'),
        ('<rect fill="url(#p)"/>', '<rect fill="url(#p)"></rect>'),
        ('<rect style="fill:u\\72l(file:///x)"/>', '<rect style="fill:none"></rect>'),
        ('<rect style="font-family:\\41rial"/>', '<rect style="font-family:\\41rial"></rect>'),
        ("<style>@import 'x.css'; a{fill:url( \"x.svg#p\" )}</style>", "<style> a{fill:none}</style>"),
        ("<style>@im/**/port url(x); b{fill:url(#p)}</style>", "<style>@im port none; b{fill:url(#p)}</style>"),
        ('<a href="javascript:alert(1)"/>', "<a></a>"),
        ('<a href="https://example.org/"/>', '<a href="https://example.org/"></a>'),
        ("<?xml-stylesheet href='x.css'?><!-- x --><text>a &lt; b</text>", "<text>a &lt; b</text>"),
    ],
)
def test_only_what_stays_inside_is_seen_by_a_renderer(body: str, left: str) -> None:
    assert left == re.sub(r"^<svg[^>]*>|</svg>$", "", safe(body))


def test_what_is_left_out_is_said() -> None:
    body = '<script/><script/><image href="x.png"/><use href="y.svg"/><style>@import "z";</style><rect onclick=""/>'

    assert [("image", 1), ("script", 2), ("style", 1), ("use", 1)] == lost(body)


def test_a_picture_inside_stays_within_the_limit_of_pixels() -> None:
    assert a_png() in safe(f'<image href="{a_png()}"/>')
    assert [("image", 1)] == lost('<image href="data:image/png;base64,AAAA"/>')
    with pytest.raises(DrawingTooLarge):
        safe(f'<image href="{a_png()}"/><image href="{a_png()}"/>', max_pixels=31)


def test_what_is_written_is_well_formed_whatever_the_attributes_hold() -> None:
    text = safe('<text a="&lt;&quot;&#39;&amp;&#10;é" xml:space="preserve">]]&gt;\t&amp;</text>')
    (element,) = ET.fromstring(text)  # noqa: S314 our own text

    assert ("<\"'&\né", "]]>\t&") == (element.get("a"), element.text)


@needs_data
@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("billion_laughs", SourceDamaged),
        ("xxe_file", SourceDamaged),
        ("use_bomb", DrawingTooLarge),
        ("use_self", SourceDamaged),
        ("path_numbers", NotFinite),
    ],
)
def test_hostile_drawings_are_refused(tmp_path: Path, name: str, error: type[OutfeedError]) -> None:
    with pytest.raises(error):
        read(tmp_path, (DATA / "hostile" / "svg" / f"{name}.svg").read_bytes())


@needs_data
@pytest.mark.parametrize("name", ["huge_size", "image_file_url", "script"])
def test_hostile_drawings_that_can_be_tamed_are_drawn(tmp_path: Path, name: str) -> None:
    assert 1 == len(read(tmp_path, (DATA / "hostile" / "svg" / f"{name}.svg").read_bytes()).sheets)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ('<pattern id="p"><rect fill="url(#p)"/></pattern>', SourceDamaged),
        ('<g id="a"><use href="#b"/></g><g id="b"><use href="#a"/></g>', SourceDamaged),
        ("".join(f'<g id="g{n}"><use href="#g{n + 1}"/></g>' for n in range(600)), SourceDamaged),
        ("<g>" * 257 + "</g>" * 257, SourceDamaged),
        ("<g>", SourceDamaged),
        ('<rect x="inf"/>', NotFinite),
        ('<rect x="1e400"/>', NotFinite),
        (f'<rect x="{"9" * 400}"/>', NotFinite),
    ],
)
def test_what_would_not_end_or_is_no_number_is_refused(body: str, error: type[OutfeedError]) -> None:
    with pytest.raises(error):
        safe(body)


def test_too_much_is_refused() -> None:
    with pytest.raises(DrawingTooLarge):
        safe("<g/>" * 10, max_entities=10)
    with pytest.raises(DrawingTooLarge):
        safe("<style>" + "a{}" * 20_000 + "</style>" + "<g/>" * 3_000)


@pytest.mark.parametrize(
    ("data", "error"),
    [(b"", SourceDamaged), (b"<html/>", SourceDamaged), (b"\x1f\x8b\x08", SourceUnsupported), (b"<svg", SourceDamaged)],
)
def test_what_is_no_drawing_is_refused(tmp_path: Path, data: bytes, error: type[OutfeedError]) -> None:
    with pytest.raises(error):
        read(tmp_path, data)


def test_a_document_type_that_is_only_named_is_no_reason(tmp_path: Path) -> None:
    doctype = '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">'

    assert 1 == len(read(tmp_path, f"{doctype}{HEAD}<rect width='9' height='9'/></svg>").sheets)
