"""Random bodies and queries at the calls about printers: each is read, or refused by our errors."""

import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from hypothesis import given
from hypothesis import strategies as st

from outfeed.dialects.spark import wire_fleet as wire
from outfeed.dialects.spark import wire_jobs as jobs
from outfeed.dialects.spark.constants import Operation
from outfeed.dialects.spark.errors import Problem
from outfeed.dialects.spark.pages import page_json, parse_page
from outfeed.dialects.spark.printables import file_name
from outfeed.dialects.spark.wire_printdb import filtered, material_json
from outfeed.fleet.states import PrintState
from outfeed.printdb import PrintDb
from unit.properties import examples

MATERIALS: Final = [material_json(material) for material in PrintDb.load().materials]

#: Fields that the parsers look for.
FIELDS: Final = [
    "printer_status", "progress", "error_code", "error_message", "job_id", "job_status", "job_progress", "data",
    "firmware", "type_id", "serial_number", "registration_code", "printer_name", "secondary_member_id",
    "secondary_member_email", "is_printer_scoped", "is_job_scoped", "command", "printable_id", "printable_url",
    "job_name", "settings", "callback_url", "callback_interval", "printer_id", "status", "comment",
]  # fmt: skip
PARSERS: Final[list[Callable[[dict[str, Any]], object]]] = [
    wire.parse_registration,
    wire.parse_status,
    wire.parse_ack,
    lambda body: wire.parse_claim(body, "ann"),
    wire.parse_invitation,
    wire.parse_scopes,
    wire.parse_removal,
    wire.parse_command,
    jobs.parse_new_job,
    jobs.parse_printable,
    jobs.parse_printer,
    jobs.parse_job_id,
    jobs.parse_callback,
    jobs.parse_local_job,
    lambda body: jobs.parse_change({}, b"{", body),
    lambda body: jobs.parse_change({"status": "success"}, b"", body),
]

_scalar = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["0.5", "1", "true"])
_json = st.recursive(
    _scalar, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner), max_leaves=20
)
_body = st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=5), _json, max_size=8)
_number = st.integers(-3, 12).map(str) | st.text(max_size=8)


@examples(100)
@given(body=_body)
def test_a_body_is_read_or_refused(body: dict[str, Any]) -> None:
    before = repr(body)
    for parse in PARSERS:
        with suppress(Problem):
            parse(body)

    assert before == repr(body)


@examples(100)
@given(limit=_number, offset=_number, total=st.integers(0, 30))
def test_pages_that_follow_each_others_links_have_every_entry_once(limit: str, offset: str, total: int) -> None:
    seen: list[int] = []
    query = [("limit", limit), ("offset", offset)]
    with suppress(Problem):
        for _ in range(total + 1):
            page = parse_page("/v1/print/printers", query, Operation.PRINTER)
            entries = range(total)[page.offset :][: page.limit]
            seen += entries
            after = page_json("printers", entries, total, page)["_link_next"]
            if not after:
                assert list(range(seen[0], total)) == seen if seen else page.offset >= total
                return
            query = [
                (name, value) for name, _, value in (part.partition("=") for part in after.split("?")[1].split("&"))
            ]
        raise AssertionError("the links have no end")


@examples(100)
@given(st.lists(st.tuples(st.sampled_from(["status", "status[]", "x"]), st.text(max_size=12))))
def test_states_are_read_or_refused(query: list[tuple[str, str]]) -> None:
    with suppress(Problem):
        assert jobs.parse_states(query) <= set(PrintState)


@examples(100)
@given(st.lists(st.tuples(st.sampled_from(["color", "cost", "temp_bed", "name", "materials"]), st.text(max_size=8))))
def test_a_filter_takes_away_or_is_refused(query: list[tuple[str, str]]) -> None:
    with suppress(Problem):
        found = filtered(MATERIALS, query)

        assert [entry for entry in MATERIALS if entry in found] == found


@examples(100)
@given(st.text(max_size=80), st.text("0123456789abcdef", min_size=64, max_size=64))
def test_a_printable_always_has_a_plain_name(name: str, digest: str) -> None:
    told = file_name(name, digest)

    assert re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_-]*-[0-9a-f]{12}(\.tar)?(\.[A-Za-z0-9]+)?", told), told
