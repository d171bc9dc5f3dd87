"""Functions that are imported when they are first called."""

import sys

import pytest

from outfeed.errors import ReaderMissing
from outfeed.lazy import Lazy


@pytest.fixture
def at() -> Lazy:
    return Lazy("json")


def test_a_function_is_called_with_what_is_fixed(at: Lazy) -> None:
    assert at("decoder", "JSONDecoder", strict=False)(parse_int=str).decode('["a\tb", 1]') == ["a\tb", "1"]


def test_a_module_is_imported_when_it_is_first_needed(monkeypatch: pytest.MonkeyPatch, at: Lazy) -> None:
    monkeypatch.delitem(sys.modules, "json.tool", raising=False)
    main = at("tool", "main")
    assert "json.tool" not in sys.modules

    with pytest.raises(TypeError):
        main(1)

    assert "json.tool" in sys.modules


def test_modules_are_told_once_but_for_those_of_extras(at: Lazy) -> None:
    for module, needs in (("b", ""), ("a", ""), ("c", "tea"), ("b", "")):
        at(module, "f", needs=needs)

    assert at.modules == ("json.b", "json.a")


def test_an_extra_that_is_not_installed_is_named(at: Lazy) -> None:
    with pytest.raises(ReaderMissing, match=r"Install outfeed\[drinks\]\."):
        at("tea", "f", needs="json.tea", extra="drinks")()


@pytest.mark.parametrize("needs", ["", "milk"])
def test_another_module_that_is_missing_is_a_fault(at: Lazy, needs: str) -> None:
    with pytest.raises(ModuleNotFoundError, match="tea"):
        at("tea", "f", needs=needs)()
