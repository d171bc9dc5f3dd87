"""What stands in the `Host` header of requests."""

import pytest

from outfeed.http.hosts import is_host


@pytest.mark.parametrize(
    "value",
    [
        *(b"", b"localhost", b"printers.example.com:8080", b"a_b", b"192.168.1.10:80", b"name:", b"name:65535"),
        *(b"[::1]", b"[::1]:8080", b"[::ffff:127.0.0.1]", b"caf%C3%A9.example"),
    ],
)
def test_a_host_has_a_name_or_a_number_and_a_port_if_it_likes(value: bytes) -> None:
    assert is_host(value)


@pytest.mark.parametrize(
    "value",
    [
        *(b"name:65536", b"name:99999999", b"name:-1", b"name:http", b"name:80:80", b"user@name", b"::1"),
        *(b"[::1", b"::1]", b"[::1]x", b"[name]", b"a/b", b"a b", b"a\tb", b"a\n", b"<script>", b"\xff", b"a?b"),
    ],
)
def test_what_is_no_host_is_told_from_one(value: bytes) -> None:
    assert not is_host(value)
