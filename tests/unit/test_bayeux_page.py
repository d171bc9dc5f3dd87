"""The page about the channel says what the server does."""

import re
from pathlib import Path

import pytest

from outfeed.bayeux import Code, ConnectionType, Limits, Meta, replies
from outfeed.bayeux.channels import MAX_DEPTH, MAX_LENGTH
from outfeed.bayeux.messages import MAX_DEPTH as MAX_NESTING
from outfeed.bayeux.messages import MAX_ID
from outfeed.bayeux.policy import Refusal

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "bayeux.md").read_text(encoding="utf-8")


def test_the_page_has_every_kind_of_message_and_connection() -> None:
    assert [] == [word.value for word in (*Meta, *ConnectionType) if f"`{word.value}`" not in PAGE]


def test_the_page_has_every_number_of_an_error_and_no_other() -> None:
    numbers = {value for name, value in vars(Code).items() if name.isupper()}

    assert numbers == {int(number) for number in re.findall(r"`(\d{3}):[^`]*:[A-Z]", PAGE)}


def test_the_page_has_every_refusal_that_is_always_the_same() -> None:
    fixed = [str(value) for value in vars(replies).values() if isinstance(value, Refusal)]

    assert (6, []) == (len(fixed), [text for text in fixed if f"`{text}`" not in PAGE])


@pytest.mark.parametrize(
    "sentence",
    [
        f"{Limits().max_subscriptions} subscriptions; {Limits().max_queue:,} messages",
        f"{Limits().max_queue_chars // 2**20} MiB of JSON",
        f"{Limits().max_message_bytes // 2**10} KiB, {Limits().max_batch:,} messages",
        f"an interval of {Limits().pause_s:.0f} seconds",
        f"1 to {MAX_DEPTH} segments",
        f"{MAX_LENGTH} characters in all",
        f"{MAX_NESTING} levels at most",
        f"a text of up to {MAX_ID} characters",
    ],
)
def test_the_page_has_the_bounds(sentence: str) -> None:
    assert sentence in PAGE
