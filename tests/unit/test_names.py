"""What people may call their things."""

import pytest

from outfeed.names import is_name


@pytest.mark.parametrize(
    "text",
    [
        "Ember 2",
        " in the cellar ",
        "طابعة الورشة",  # Arabic
        "מדפסת 3D",  # Hebrew, and digits, which stand the other way round
        "می\u200cخواهم",  # noqa: RUF001 - Persian, where a joiner keeps two letters apart
        "印刷机",
        "👩\u200d🔧",  # one sign of two that are joined
        "x" * 20,
    ],
)
def test_a_name_may_be_of_any_script(text: str) -> None:
    assert is_name(text, longest=20)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\u3000",
        "\u200d",
        "x" * 21,
        "a\nb",
        "a\x00b",
        "a\x7fb",
        "a\x85b",
        "a\u2028b",  # another line
        "a\u202egpj.exe",  # what follows stands backwards
        "a\u2066b",
        "a\u200fb",
        "a\u200bb",  # nothing is seen between them
        "a\ufeffb",
        "a\ud800b",  # half a character
    ],
)
def test_a_name_that_is_blank_or_not_seen_as_it_is_is_none(text: str) -> None:
    assert not is_name(text, longest=20)
