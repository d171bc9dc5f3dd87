"""Fields of bodies and pages of lists, as the Spark door reads them."""

from typing import Any

import pytest

from outfeed.dialects.spark.constants import Operation
from outfeed.dialects.spark.errors import Problem, numbered
from outfeed.dialects.spark.fields import Fields
from outfeed.dialects.spark.pages import Page, page_json, parse_page
from outfeed.errors import (
    AlreadyExists,
    CodeUnknown,
    InvalidField,
    MissingField,
    NotAllowed,
    NotFound,
    OutfeedError,
    PrinterBusy,
)


def fields(**params: Any) -> Fields:
    """Return a body's fields."""
    return Fields(params, Operation.STATUS)


def refusal(read: Any) -> tuple[int, int]:
    """Return status and number of what reading a field raises."""
    with pytest.raises(Problem) as refused:
        read()
    return refused.value.status, refused.value.number


def a_page(query: str = "", path: str = "/ps/v1/print/printers") -> Page:
    """Return the page of a list that a query asks for."""
    pairs = [(name, value) for name, _, value in (part.partition("=") for part in query.split("&") if part)]
    return parse_page(path, pairs, Operation.PRINTER)


@pytest.mark.parametrize(("sent", "read"), [("0.06", 0.06), (0, 0.0), (1, 1.0), ("1", 1.0), (["0.5"], 0.5)])
def test_a_share_may_come_as_text(sent: Any, read: float) -> None:
    assert read == fields(progress=sent).fraction("progress")


@pytest.mark.parametrize("sent", [None, ""])
def test_a_share_that_is_not_there_is_none(sent: Any) -> None:
    found = fields(progress=sent).fraction("progress")

    assert found is None


@pytest.mark.parametrize("sent", [-0.01, 1.01, "2", 10**300, "-1e300"])
def test_a_share_beyond_its_range_is_not_meaningful(sent: Any) -> None:
    assert (422, 125209) == refusal(lambda: fields(progress=sent).fraction("progress"))


@pytest.mark.parametrize("sent", ["half", "0_1", "\u0660.5", "NaN", "inf", True, {}, [1, 2], 10**4000, float("inf")])
def test_a_share_that_is_no_number_is_invalid(sent: Any) -> None:
    assert (400, 125201) == refusal(lambda: fields(progress=sent).fraction("progress"))


@pytest.mark.parametrize(("sent", "read"), [("7", 7), (7, 7), (7.0, 7), ("-1", -1), (2**53 - 1, 2**53 - 1)])
def test_a_whole_number_may_come_as_text(sent: Any, read: int) -> None:
    assert read == fields(error_code=sent).whole("error_code")


@pytest.mark.parametrize("sent", ["7.5", 2**53, "E42", True, {}, 10**4000])
def test_a_whole_number_that_is_none_is_invalid(sent: Any) -> None:
    assert (400, 125201) == refusal(lambda: fields(error_code=sent).whole("error_code"))


@pytest.mark.parametrize(("sent", "read"), [("abc", "abc"), (12, "12"), (1.5, "1.5"), (["abc"], "abc")])
def test_a_label_may_come_as_a_number(sent: Any, read: str) -> None:
    assert read == fields(firmware=sent).label("firmware")


@pytest.mark.parametrize("sent", [True, {}, ["a", "b"], "x" * 9, "a\nb", "a\x00"])
def test_a_label_that_is_no_line_of_text_is_invalid(sent: Any) -> None:
    assert (400, 125201) == refusal(lambda: fields(firmware=sent).label("firmware", longest=8))


def test_a_field_that_must_be_there_is_missed() -> None:
    assert (400, 125200) == refusal(lambda: fields(firmware="").label("firmware"))
    assert (400, 125200) == refusal(lambda: fields().whole("error_code"))


@pytest.mark.parametrize(("sent", "read"), [("true", True), (False, False), ("0", False), (None, None), ("", None)])
def test_a_choice_may_be_left_open(sent: Any, read: bool | None) -> None:  # noqa: FBT001 - a row of the table
    assert read is fields(is_job_scoped=sent).choice("is_job_scoped")


@pytest.mark.parametrize(
    ("error", "answer"),
    [
        (MissingField, (400, 125000)),
        (InvalidField, (400, 125001)),
        (NotFound, (404, 125002)),
        (CodeUnknown, (404, 125002)),
        (NotAllowed, (403, 125008)),
        (PrinterBusy, (422, 125009)),
        (AlreadyExists, (422, 125009)),
    ],
)
def test_what_goes_wrong_has_the_numbers_of_its_call(error: type[OutfeedError], answer: tuple[int, int]) -> None:
    def ask() -> None:
        with numbered(Operation.PRINTER):
            raise error("Printer 7.")

    assert answer == refusal(ask)


def test_a_page_has_links_without_the_prefix() -> None:
    body = page_json("printers", list("abcde"), 37, a_page("limit=5&offset=5"))

    assert {
        "count": 37,
        "limit": 5,
        "offset": 5,
        "_link": "/print/printers?limit=5&offset=5",
        "_link_prev": "/print/printers?limit=5&offset=0",
        "_link_next": "/print/printers?limit=5&offset=10",
        "printers": list("abcde"),
    } == body


def test_the_first_and_the_last_page_have_no_neighbour_there() -> None:
    body = page_json("jobs", [1] * 100, 100, a_page(path="/print/jobs"))

    assert ("", "", 100) == (body["_link_prev"], body["_link_next"], body["limit"])


def test_minus_one_is_everything() -> None:
    page = a_page("limit=-1")

    assert page.limit is None
    assert -1 == page_json("jobs", [1] * 9, 9, page)["limit"]
    assert "" == page_json("jobs", [1] * 9, 9, page)["_link_next"]


@pytest.mark.parametrize("limit", [-1, 100])
def test_where_one_answer_does_not_hold_what_was_asked_for_its_link_goes_on(limit: int) -> None:
    body = page_json("jobs", [1, 2], 9, a_page(f"limit={limit}&offset=3", path="/print/jobs"))

    assert f"/print/jobs?limit={limit}&offset=5" == body["_link_next"]


def test_beyond_the_end_nothing_follows() -> None:
    assert "" == page_json("jobs", [], 9, a_page("limit=5&offset=4", path="/print/jobs"))["_link_next"]


def test_what_else_was_asked_for_stands_in_the_links() -> None:
    body = page_json("jobs", [1, 2], 9, a_page("status=queued&limit=2&status=a%26b", path="/v1/print/jobs"))

    assert "/print/jobs?status=queued&status=a%2526b&limit=2&offset=2" == body["_link_next"]


@pytest.mark.parametrize("query", ["limit=0", "limit=-2", "offset=-1", "limit=x", "offset=1.5", "limit=1e400"])
def test_a_page_that_cannot_be_is_refused(query: str) -> None:
    assert (400, 125001) == refusal(lambda: a_page(query))
