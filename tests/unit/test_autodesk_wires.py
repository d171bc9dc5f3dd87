"""Random names, queries and bodies at the doors of Autodesk's dialects: each is read, or refused by our errors."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from outfeed.dialects.acc import exports_wire, sheets_wire
from outfeed.dialects.aps import dm_filters, dm_requests, md_wire
from outfeed.dialects.autodesk import derivative_files, names
from outfeed.dialects.bim360 import wire as bim360
from outfeed.dialects.markups import wire as markups
from outfeed.errors import OutfeedError
from unit.properties import examples

#: Words that the parsers look for, so that random bodies get past the first line.
WORDS = [
    "input", "output", "formats", "type", "urn", "advanced", "unit", "format", "width", "objectIds", "compressedUrn",
    "options", "standardMarkups", "includePublishedMarkups", "outputFileName", "fileVersions", "sheets", "ids", "page",
    "includeMarkups", "includeHyperlinks", "shapes", "published", "kind", "points", "rect", "strokes", "obj", "stl",
    "line", "ink", "true", "false", "urn:adsk.wipprod:fs.file:vf.AAAAAAAAAAAAAAAAAAAAAA?version=1",
]  # fmt: skip
QUERIES = [
    "filter[name]", "filter[attributes.createTime]-ge", "filter[attributes.versionNumber]-lt", "filter[id]-contains",
    "page[number]", "page[limit]", "limit", "offset", "isDeleted", "filter[tags]", "minutes-expiration", "width",
    "response-content-disposition", "version",
]  # fmt: skip

_scalar = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(WORDS)
_key = st.sampled_from(WORDS) | st.text(max_size=5)
_json = st.recursive(
    _scalar, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_key, inner, max_size=5), max_leaves=30
)
_body = st.dictionaries(_key, _json, max_size=6)
_query = st.lists(st.tuples(st.sampled_from(QUERIES), st.text(max_size=30) | st.from_regex(r"[0-9]{1,30}")), max_size=5)
_urn = st.builds(
    "{}{}{}".format,
    st.sampled_from(
        ["", "b.", "urn:adsk.wipprod:dm.lineage:", "urn:adsk.wipqa:fs.file:vf.", "urn:adsk.objects:os.object:wip.dm/"]
    ),
    st.from_regex(r"[A-Za-z0-9_-]{22}") | st.text(max_size=40),
    st.sampled_from(["", "?version=1", "?version=0", "?version=999999999", "/output/AAAAAAAAAAAAAAAAAAAAAA/a.pdf"]),
)
_RESOURCE = {
    "id": "x",
    "attributes": {"name": "A", "createTime": "2024-05-03T10:00:00.0000000Z", "versionNumber": 1, "hidden": False},
}


def _filtered(pairs: list[tuple[str, str]]) -> bool:
    return dm_filters.fits(_RESOURCE, dm_filters.parse_filters(pairs))


#: Who read bodies, queries of lists, queries of files, and names.
BODIES: list[Callable[[Any], object]] = [
    md_wire.parse_job,
    exports_wire.parse_files,
    exports_wire.parse_sheets,
    sheets_wire.parse_ids,
    bim360.parse_start,
    markups.parse_new,
    markups.parse_change,
]
LISTS: list[Callable[[Any], object]] = [_filtered, dm_requests.parse_page, sheets_wire.parse_list]
FILES: list[Callable[[Any], object]] = [md_wire.parse_side, md_wire.parse_minutes, md_wire.parse_disposition]
NAMES: list[Callable[[Any], object]] = [
    names.parse_project,
    names.parse_folder,
    names.parse_lineage,
    names.parse_version,
    names.parse_object,
    names.unencoded,
    names.unlettered,
    derivative_files.parse_path,
    derivative_files.resource_path,
    markups.parse_page,
]


def read_or_refused(parsers: list[Callable[[Any], object]], told: object) -> None:
    """Fail if one of them raises anything else than an error that clients are told."""
    for parse in parsers:
        with suppress(OutfeedError):
            parse(told)


@examples(150)
@given(body=_body)
def test_bodies(body: dict[str, Any]) -> None:
    read_or_refused(BODIES, body)


@examples(150)
@given(pairs=_query)
def test_queries(pairs: list[tuple[str, str]]) -> None:
    read_or_refused(LISTS, pairs)
    read_or_refused(FILES, dict(pairs))


@examples(150)
@given(text=_urn)
def test_names(text: str) -> None:
    read_or_refused(NAMES, text)


@given(text=_urn)
def test_a_name_that_is_encoded_is_read_back_as_it_was(text: str) -> None:
    assert text == names.unencoded(names.encoded(text))
