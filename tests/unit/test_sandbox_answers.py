"""What comes out of a child's pipe is read as from a stranger."""

import json

import pytest

from outfeed.errors import ChildBroken, ChildGarbled, SourceDamaged
from outfeed.jobs.answers import MAX_LINE, MAX_LINES, Answers, Failure


def answers_after(*pieces: bytes) -> Answers:
    answers = Answers()
    for piece in pieces:
        answers.feed(piece)
    return answers


def a_failure(code: str) -> Failure:
    return Failure(code=code, detail="Triangle 7.", trace="")


def test_lines_may_arrive_in_pieces() -> None:
    answers = answers_after(b'{"prog', b'ress": 0.25}\n{"result": {"n"', b": 1}}\n")

    assert answers.share == 0.25
    assert answers.result == {"n": 1}
    assert answers.complete


def test_half_a_line_says_nothing() -> None:
    answers = answers_after(b'{"result": {}}')

    assert not answers.complete


@pytest.mark.parametrize(
    ("said", "expected"),
    [([0.5, 0.25], 0.5), ([-3], 0.0), ([17], 1.0), ([0], 0.0), ([1], 1.0), ([10**400], 1.0), ([0.25, 0.5], 0.5)],
)
def test_the_share_grows_between_none_and_all(said: list[float], expected: float) -> None:
    answers = answers_after(*(json.dumps({"progress": share}).encode() + b"\n" for share in said))

    assert answers.share == expected


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"garbage",
        b"\xff\xfe",
        b"[]",
        b"1",
        b"null",
        b"{}",
        b'{"progress": NaN}',
        b'{"progress": Infinity}',
        b'{"progress": 1e999}',
        b'{"progress": true}',
        b'{"progress": ' + b"9" * 5000 + b"}",
        b'{"result": {"name": "\\ud800"}}',
        b'{"progress": "0.5"}',
        b'{"progress": 0.5, "result": {}}',
        b'{"result": []}',
        b'{"result": null}',
        b'{"result": {"volume": NaN}}',
        b'{"result": {}, "more": 1}',
        b'{"error": "conversion_broken"}',
        b'{"error": {"code": "conversion_broken"}}',
        b'{"error": {"code": 1, "detail": "", "trace": ""}}',
        b'{"what": 1}',
        b"[" * 100_000,
    ],
    ids=lambda line: line[:40].decode("latin-1"),
)
def test_what_is_no_answer_is_refused(line: bytes) -> None:
    with pytest.raises(ChildGarbled):
        answers_after(line + b"\n")


def test_nothing_may_follow_the_last_word() -> None:
    answers = answers_after(b'{"result": {}}\n')

    with pytest.raises(ChildGarbled):
        answers.feed(b'{"progress": 0.5}\n')


def test_a_line_without_an_end_is_refused_before_it_is_kept() -> None:
    answers = answers_after(b"a" * MAX_LINE)

    with pytest.raises(ChildGarbled):
        answers.feed(b"a")


def test_lines_without_an_end_are_refused() -> None:
    line = b'{"progress": 0.5}\n'
    answers = answers_after(line * MAX_LINES)

    with pytest.raises(ChildGarbled):
        answers.feed(line)


def test_a_failure_becomes_the_error_with_its_code() -> None:
    said = {"error": {"code": "source_damaged", "detail": "Triangle 7.", "trace": "Traceback"}}
    failure = answers_after(json.dumps(said).encode() + b"\n").failure
    assert failure is not None
    error = failure.error()

    assert type(error) is SourceDamaged
    assert error.detail == "Triangle 7."
    assert failure.trace == "Traceback"


@pytest.mark.parametrize("code", ["nobody_uses_this", "rate_limited", "upload_mismatch", "range_not_satisfiable"])
def test_a_code_that_no_conversion_may_raise_is_an_unexpected_error(code: str) -> None:
    assert type(a_failure(code).error()) is ChildBroken


def test_long_texts_of_a_failure_are_cut() -> None:
    said = {"error": {"code": "source_damaged", "detail": "a" * 100_000, "trace": "b" * 100_000}}
    failure = answers_after(json.dumps(said).encode() + b"\n").failure
    assert failure is not None

    assert (len(failure.detail), len(failure.trace)) == (32_000, 32_000)
