"""Derivatives: made once for the same bytes, of a model or of a drawing, for whoever may read the source."""

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pikepdf
import pytest
import trimesh
from PIL import Image

from outfeed.errors import NotFound, SourceUnsupported
from outfeed.exports.derivatives import Derivative, DerivativeFormat, DerivativeSource
from outfeed.exports.kinds import kinds
from outfeed.jobs.states import State
from outfeed.library.sweep import sweep
from outfeed.settings import Settings
from unit.drawing_site import DrawingSite, a_drawing_site, a_pdf

TWO = a_pdf(["ground floor", "first floor"], labels=["A-101", "A-102"])
CUBE = trimesh.creation.box((1, 2, 3)).export(file_type="stl")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[DrawingSite]:
    with a_drawing_site(tmp_path) as site:
        yield site


def source_of(site: DrawingSite, name: str, data: bytes) -> DerivativeSource:
    added = site.added(name, data)
    return site.services.derivatives.version_source(site.ann, f"urn:{name}", added.model.id, 0)


def made(site: DrawingSite, source: DerivativeSource, *wanted: DerivativeFormat) -> list[Derivative]:
    site.services.derivatives.start(site.ann, source, {format_: {} for format_ in wanted})
    site.run()
    return site.services.derivatives.find(source)


def data_of(site: DrawingSite, derivative: Derivative, path: str) -> bytes:
    return site.bytes_of(site.services.derivatives.file(derivative.source, derivative.id, path).blob)


def test_a_drawing_becomes_a_pdf_for_each_sheet_and_pictures(site: DrawingSite) -> None:
    source = source_of(site, "set.pdf", TWO)

    pdf, thumbnail = made(site, source, DerivativeFormat.PDF, DerivativeFormat.THUMBNAIL)

    assert (State.SUCCEEDED, State.SUCCEEDED) == (pdf.state, thumbnail.state)
    assert ["sheets/1.pdf", "sheets/2.pdf"] == [file.path for file in pdf.files]
    assert ["A-101", "A-102"] == [sheet["name"] for sheet in pdf.facts["sheets"]]
    with pikepdf.open(io.BytesIO(data_of(site, pdf, "sheets/2.pdf"))) as second:
        assert 1 == len(second.pages)
    picture = Image.open(io.BytesIO(data_of(site, thumbnail, "thumbnail/200.png")))
    assert (200, 200) == picture.size
    assert (0, 29, 200, 171) == picture.getchannel("A").getbbox()


def test_a_sheet_becomes_its_own_page_and_no_other(site: DrawingSite) -> None:
    sheet = site.split("set.pdf", TWO)[1]
    source = site.services.derivatives.version_source(site.ann, "urn:sheet", sheet.model.id, 0)

    [pdf] = made(site, source, DerivativeFormat.PDF)

    assert ["sheets/1.pdf"] == [file.path for file in pdf.files]
    assert ["A-102"] == [one["name"] for one in pdf.facts["sheets"]]


@pytest.mark.parametrize(
    ("format_", "path"),
    [
        (DerivativeFormat.STL, "model.stl"),
        (DerivativeFormat.OBJ, "model.obj"),
        (DerivativeFormat.GLB, "model.glb"),
    ],
)
def test_a_model_becomes_a_mesh(site: DrawingSite, format_: DerivativeFormat, path: str) -> None:
    [mesh] = made(site, source_of(site, "cube.stl", CUBE), format_)

    assert (State.SUCCEEDED, 12) == (mesh.state, mesh.facts["num_triangles"])
    assert [path] == [file.path for file in mesh.files]


def test_the_same_is_not_made_twice_unless_it_is_forced(site: DrawingSite) -> None:
    source = source_of(site, "cube.stl", CUBE)
    [first] = made(site, source, DerivativeFormat.GLB)
    start, wanted = site.services.derivatives.start, {DerivativeFormat.GLB: {"unit": "mm"}}

    again, created = start(site.ann, source, {DerivativeFormat.GLB: {}})
    forced, created_by_force = start(site.ann, source, {DerivativeFormat.GLB: {}}, force=True)
    other, _ = start(site.ann, source, wanted)

    assert ([first.job_id], False) == ([one.job_id for one in again], created)
    assert (True, True) == (created_by_force, forced[0].job_id != first.job_id)
    assert {"unit": "mm"} == other[0].options


def test_what_is_not_made_of_such_a_source_is_refused_at_once(site: DrawingSite) -> None:
    with pytest.raises(SourceUnsupported, match="No stl is made of a pdf file"):
        made(site, source_of(site, "set.pdf", TWO), DerivativeFormat.STL)
    with pytest.raises(SourceUnsupported, match="No pdf is made of a stl file"):
        made(site, source_of(site, "cube.stl", CUBE), DerivativeFormat.PDF)


def test_deleting_takes_files_along_and_may_be_done_twice(site: DrawingSite) -> None:
    source = source_of(site, "cube.stl", CUBE)
    [mesh] = made(site, source, DerivativeFormat.GLB)

    site.services.derivatives.delete(source)
    site.services.derivatives.delete(source)

    assert [] == site.services.derivatives.find(source)
    with pytest.raises(NotFound):
        site.services.derivatives.file(mesh.source, mesh.id, "model.glb")


def test_who_does_not_see_the_source_translates_nothing(site: DrawingSite) -> None:
    added = site.added("cube.stl", CUBE)

    with pytest.raises(NotFound):
        site.services.derivatives.version_source(site.bob, "urn:cube", added.model.id, 0)


def test_what_was_made_of_bytes_that_are_gone_is_swept(site: DrawingSite) -> None:
    services, added = site.services, site.added("gone.stl", trimesh.creation.box((3, 2, 1)).export(file_type="stl"))
    source = services.derivatives.version_source(site.ann, "urn:gone", added.model.id, 0)
    [gone] = made(site, source, DerivativeFormat.GLB)
    [kept] = made(site, source_of(site, "kept.stl", CUBE), DerivativeFormat.GLB)
    services.model_exports.delete_model(site.ann, added.model.id)

    sweep(services.database, services.blobs, site.clock)

    assert services.derivatives.file(kept.source, kept.id, "model.glb").size > 0
    with pytest.raises(NotFound):
        services.derivatives.file(gone.source, gone.id, "model.glb")


def test_what_was_made_of_other_bytes_at_an_address_is_not_told(site: DrawingSite) -> None:
    before, after = source_of(site, "cube.stl", CUBE), replace(source_of(site, "set.pdf", TWO), address="urn:cube.stl")
    [mesh] = made(site, before, DerivativeFormat.GLB)

    assert [] == site.services.derivatives.find(after)
    assert [mesh] == site.services.derivatives.find(before)


def test_a_picture_has_minutes_where_an_export_may_take_half_an_hour(site: DrawingSite) -> None:
    """Here because of a page whose pattern has tiles of a ten-thousandth of a point: it is an hour's drawing."""
    source = source_of(site, "set.pdf", TWO)

    wanted: dict[DerivativeFormat, dict[str, object]] = {DerivativeFormat.PDF: {}, DerivativeFormat.THUMBNAIL: {}}
    started, _ = site.services.derivatives.start(site.ann, source, wanted)
    limits = kinds(Settings(export_wall_s=1800, import_wall_s=300, preview_wall_s=120))

    assert [1800, 420] == [limits[site.job(one.job_id).kind].limits.wall_s for one in started]
