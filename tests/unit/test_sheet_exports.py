"""Exports of sheets: one piece of work for equal requests, members only, each with what its caller may see."""

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pikepdf
import pytest

from outfeed.errors import DrawingTooLarge, FormatUnknown, InvalidField, NotFound, NotMeaningful
from outfeed.exports.sheet_requests import MarkupChoice, SheetExportKind
from outfeed.exports.sheets import SheetExport
from outfeed.identity.caller import Caller
from outfeed.jobs.states import State
from outfeed.library.folders import FolderKind
from outfeed.library.items import ItemVersion
from outfeed.library.markups import NewMarkup
from outfeed.sheets.markups.shapes import Line
from unit.drawing_site import DrawingSite, a_drawing_site, a_pdf

TWO = a_pdf(["ground floor", "first floor"], labels=["A-101", "A-102"])
ALL = MarkupChoice(published=True, unpublished=True)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[DrawingSite]:
    with a_drawing_site(tmp_path) as site:
        yield site


def page_export(
    site: DrawingSite, sheet: ItemVersion, *, markups: bool = False, hyperlinks: bool = False
) -> SheetExport:
    return site.services.sheet_exports.start_page(
        site.ann, site.project.id, sheet.model.id, sheet.version.index, markups=markups, hyperlinks=hyperlinks
    )


def pages_in(data: bytes) -> int:
    with pikepdf.open(io.BytesIO(data)) as pdf:
        return len(pdf.pages)


def test_a_sheet_is_exported_as_a_pdf_of_one_page(site: DrawingSite) -> None:
    sheet = site.split("set.pdf", TWO)[1]
    started = page_export(site, sheet)
    assert (State.QUEUED, None) == (started.state, started.artifact)

    site.run()

    found = site.services.sheet_exports.page(site.ann, site.project.id, sheet.model.id, 0, started.id)
    assert found.state is State.SUCCEEDED
    assert found.artifact is not None
    data = site.bytes_of(found.artifact.blob)
    assert (1, False) == (pages_in(data), b"ground" in data)


def test_the_same_sheet_and_options_are_the_same_export(site: DrawingSite) -> None:
    sheet = site.split("set.pdf", TWO)[0]
    first = page_export(site, sheet)

    assert first.id == page_export(site, sheet).id
    assert first.id != page_export(site, sheet, markups=True).id
    assert first.id != page_export(site, sheet, hyperlinks=True).id


def test_a_failed_export_is_made_anew(site: DrawingSite) -> None:
    sheet = site.split("set.pdf", TWO)[0]
    first = page_export(site, sheet)
    site.services.jobs.cancel(first.job_id)

    assert first.id != page_export(site, sheet).id


def test_an_export_belongs_to_one_version(site: DrawingSite) -> None:
    one, other = site.split("set.pdf", TWO)
    started = page_export(site, one)

    with pytest.raises(NotFound):
        site.services.sheet_exports.page(site.ann, site.project.id, other.model.id, 0, started.id)


def test_a_file_is_not_a_page(site: DrawingSite) -> None:
    file = site.added("set.pdf", TWO)

    with pytest.raises(NotMeaningful):
        page_export(site, file)


def test_who_is_no_member_starts_nothing(site: DrawingSite) -> None:
    sheet = site.split("set.pdf", TWO)[0]

    with pytest.raises(NotFound):
        site.services.sheet_exports.start_page(
            site.bob, site.project.id, sheet.model.id, 0, markups=False, hyperlinks=False
        )


def test_one_pdf_comes_as_it_is_and_several_as_an_archive(site: DrawingSite) -> None:
    one, other = (site.added(name, TWO, kind=FolderKind.FILES) for name in ("one.pdf", "other.pdf"))
    start = site.services.sheet_exports.start_files

    alone = start(site.ann, site.project.id, [(one.model.id, 0)], ALL)
    both = start(site.ann, site.project.id, [(one.model.id, 0), (other.model.id, 0)], ALL, file_name="both")
    site.run()

    files = [site.services.sheet_exports.by_link(export.id) for export in (alone, both)]
    assert ["one.pdf", "both.zip"] == [file.file_name for file in files]
    data = [site.bytes_of(file.artifact.blob) for file in files if file.artifact]
    assert 2 == pages_in(data[0])
    assert ["one.pdf", "other.pdf"] == zipfile.ZipFile(io.BytesIO(data[1])).namelist()


def test_what_cannot_be_read_is_left_out_and_said(site: DrawingSite) -> None:
    good = site.added("good.pdf", TWO, kind=FolderKind.FILES)
    revit = site.added("house.rvt", b"\xd0\xcf\x11\xe0 something", kind=FolderKind.FILES)
    broken = site.added("broken.pdf", b"%PDF-1.4 nothing", kind=FolderKind.FILES)
    versions = [(item.model.id, 0) for item in (revit, broken, good)]

    started = site.services.sheet_exports.start_files(site.ann, site.project.id, versions, ALL)
    site.run()

    found = site.services.sheet_exports.get(site.ann, site.project.id, started.id, SheetExportKind.FILES)
    assert found.state is State.SUCCEEDED
    assert [(revit.model.id, "format_unknown"), (broken.model.id, "source_damaged")] == [
        (one.model_id, one.code) for one in found.failed
    ]


def test_an_export_of_which_nothing_can_be_read_fails(site: DrawingSite) -> None:
    revit = site.added("house.rvt", b"\xd0\xcf\x11\xe0 something", kind=FolderKind.FILES)

    started = site.services.sheet_exports.start_files(site.ann, site.project.id, [(revit.model.id, 0)], ALL)
    site.run()

    found = site.services.sheet_exports.by_link(started.id)
    assert (State.FAILED, "no_sheets") == (found.state, found.error_code)


def test_what_is_no_drawing_is_refused_at_once(site: DrawingSite) -> None:
    letter = site.added("letter.docx", b"PK\x03\x04 word", kind=FolderKind.FILES)

    with pytest.raises(FormatUnknown):
        site.services.sheet_exports.start_files(site.ann, site.project.id, [(letter.model.id, 0)], ALL)
    with pytest.raises(InvalidField):
        site.services.sheet_exports.start_files(site.ann, site.project.id, [], ALL)


def test_sheets_are_joined_in_the_order_asked_for(site: DrawingSite) -> None:
    one, two = site.split("set.pdf", TWO)
    [three] = site.split("roof.pdf", a_pdf(["roof"], labels=["A-103"]))
    wanted = [sheet.version.id for sheet in (three, two, one)]

    started = site.services.sheet_exports.start_sheets(site.ann, site.project.id, wanted, ALL, file_name="set")
    site.run()

    found = site.services.sheet_exports.by_link(started.id)
    assert found.artifact is not None
    with pikepdf.open(io.BytesIO(site.bytes_of(found.artifact.blob))) as pdf:
        assert ["A-103", "A-102", "A-101"] == [str(page.label) for page in pdf.pages]


def test_only_who_started_an_export_of_files_sees_it(site: DrawingSite) -> None:
    one = site.added("one.pdf", TWO, kind=FolderKind.FILES)
    site.services.projects.add_member(site.project.id, site.bob.principal_id)

    started = site.services.sheet_exports.start_files(site.ann, site.project.id, [(one.model.id, 0)], ALL)

    with pytest.raises(NotFound):
        site.services.sheet_exports.get(site.bob, site.project.id, started.id, SheetExportKind.FILES)


def drawn(site: DrawingSite, sheet: ItemVersion, who: Caller, *, published: bool) -> None:
    line = Line(points=((100, 100), (300, 200)))
    new = NewMarkup(page=0, published=published, shapes=(line,))
    site.services.markups.create(who, site.project.id, sheet.version.id, new)


def test_what_somebody_alone_sees_is_in_nobody_elses_export(site: DrawingSite) -> None:
    sheet = site.split("set.pdf", TWO)[0]
    site.services.projects.add_member(site.project.id, site.bob.principal_id)
    drawn(site, sheet, site.ann, published=False)
    exports, place = site.services.sheet_exports, (site.project.id, sheet.model.id, 0)

    of_ann = exports.start_page(site.ann, *place, markups=True, hyperlinks=False)
    of_bob = exports.start_page(site.bob, *place, markups=True, hyperlinks=False)
    site.run()

    assert of_ann.id != of_bob.id
    assert [of_bob.id] == [one.id for one in exports.pages_of(site.bob, sheet)]
    assert of_ann.id == exports.page(site.ann, *place, of_ann.id).id
    with pytest.raises(NotFound):
        exports.page(site.bob, *place, of_ann.id)


def test_an_export_of_what_everybody_sees_is_made_once_and_seen_by_all(site: DrawingSite) -> None:
    sheet = site.split("set.pdf", TWO)[0]
    site.services.projects.add_member(site.project.id, site.bob.principal_id)
    drawn(site, sheet, site.ann, published=True)
    exports, place = site.services.sheet_exports, (site.project.id, sheet.model.id, 0)

    of_ann = exports.start_page(site.ann, *place, markups=True, hyperlinks=False)
    of_bob = exports.start_page(site.bob, *place, markups=True, hyperlinks=False)

    assert of_ann.job_id == of_bob.job_id
    assert of_ann.id == exports.page(site.bob, *place, of_ann.id).id


def test_a_markup_that_was_changed_is_another_export_and_drawn_as_it_is_then(site: DrawingSite) -> None:
    sheet = site.split("set.pdf", TWO)[0]
    drawn(site, sheet, site.ann, published=True)
    before = page_export(site, sheet, markups=True)
    [markup] = site.services.markups.of_version(site.ann, site.project.id, sheet.version.id)

    moved = (Line(points=((10, 10), (20, 20))),)
    site.services.markups.update(site.ann, site.project.id, sheet.version.id, markup.markup.id, shapes=moved)
    after = page_export(site, sheet, markups=True)
    site.run()

    lefts = [line_in(site.bytes_of(site.services.sheet_exports.artifact(one.id).blob))[0] for one in (before, after)]
    assert before.id != after.id
    assert [100, 10] == lefts


def line_in(data: bytes) -> list[int]:
    """Return the ends of the one line that is drawn on a page."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        [line] = pdf.pages[0].Annots.as_list()
        return [int(number) for number in line.L.as_list()]


def test_what_is_drawn_is_no_part_of_a_job_but_a_file_that_it_reads(site: DrawingSite) -> None:
    sheets = site.split("set.pdf", TWO)
    drawn(site, sheets[1], site.ann, published=True)

    export = site.services.sheet_exports.start_sheets(
        site.ann, site.project.id, [sheet.version.id for sheet in sheets], ALL
    )

    spec = site.job(export.job_id).spec
    [first, second] = json.loads(site.bytes_of(spec["inputs"]["markups.json"]))
    assert ([], 0, "line") == (first, second[0][0], second[0][1]["shapes"][0]["kind"])
    assert "points" not in json.dumps(spec)


def test_more_markups_than_one_export_may_have_are_refused(site: DrawingSite, monkeypatch: pytest.MonkeyPatch) -> None:
    sheet = site.split("set.pdf", TWO)[0]
    drawn(site, sheet, site.ann, published=True)
    monkeypatch.setattr("outfeed.exports.sheet_requests.MOST_MARKUP_BYTES", 100)

    with pytest.raises(DrawingTooLarge):
        site.services.sheet_exports.start_sheets(site.ann, site.project.id, [sheet.version.id], ALL)
