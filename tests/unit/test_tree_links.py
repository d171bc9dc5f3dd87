"""Links to everything below a path: what viewers do to them, and what nobody may."""

from urllib.parse import parse_qsl, quote, urlencode

import pytest

from outfeed.blobs.links import Links
from outfeed.errors import LinkExpired

LINKS = Links(b"secret")
PREFIX = "/tilesets/one"
QUERY = LINKS.sign_tree(PREFIX, expires_at_ms=1000)


def changed(**changes: str) -> str:
    """Return the link's query with other values."""
    return urlencode(dict(parse_qsl(QUERY)) | changes)


def test_a_link_works_until_it_ends() -> None:
    LINKS.verify_tree(PREFIX, QUERY, now_ms=999)

    with pytest.raises(LinkExpired):
        LINKS.verify_tree(PREFIX, QUERY, now_ms=1000)


@pytest.mark.parametrize(
    "query",
    [
        "".join(f"%{ord(letter):02X}" if letter not in "=&" else letter for letter in QUERY),
        "&".join(reversed(QUERY.split("&"))),
        f"v=1.0.0&{QUERY}&restype=container&comp=list",
        f"{QUERY}&{QUERY}",
    ],
    ids=["every letter encoded", "another order", "names of the viewer", "every name twice"],
)
def test_what_viewers_do_to_a_query_does_no_harm(query: str) -> None:
    LINKS.verify_tree(PREFIX, query, now_ms=0)


@pytest.mark.parametrize(
    ("prefix", "query"),
    [
        ("/tilesets/two", QUERY),
        (PREFIX, changed(expires="1001")),
        (PREFIX, changed(expires="01000")),
        (PREFIX, changed(signature="0" * 64)),
        (PREFIX, changed(signature=dict(parse_qsl(QUERY))["signature"].upper())),
        (PREFIX, changed(signature="é")),
        (PREFIX, f"{QUERY}&expires=2000"),
        (PREFIX, QUERY.partition("&")[0]),
        (PREFIX, ""),
    ],
)
def test_any_other_prefix_end_or_signature_is_refused(prefix: str, query: str) -> None:
    with pytest.raises(LinkExpired):
        LINKS.verify_tree(prefix, query, now_ms=0)


def test_a_link_to_one_file_opens_no_folder() -> None:
    single = LINKS.sign("GET", PREFIX, expires_at_ms=1000, scope={})

    with pytest.raises(LinkExpired):
        LINKS.verify_tree(PREFIX, single, now_ms=0)


def test_quoting_the_signature_differently_is_the_same_signature() -> None:
    fields = dict(parse_qsl(QUERY))
    query = f"signature={quote(fields['signature'], safe='')}&expires={quote(fields['expires'])}"

    LINKS.verify_tree(PREFIX, query, now_ms=0)
