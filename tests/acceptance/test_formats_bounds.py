"""Bounds of what is read that take seconds to reach."""

import pytest

from outfeed.errors import SourceDamaged
from outfeed.mesh.formats.xml_feed import MOST_TOKEN
from outfeed.mesh.formats.xmls import PIECE, parse


def ignore(*_: object) -> None:
    """Take what a reader is told."""


def test_a_tag_without_an_end_costs_no_more_than_a_bound() -> None:
    """Parsers before Expat 2.6 read an open tag anew with every piece: the square of its length."""
    with pytest.raises(SourceDamaged, match="longer than 64 MiB"):
        parse(b"<a x='" + b"y" * (MOST_TOKEN + 2 * PIECE) + b"'/>", start=ignore, end=ignore)
