"""Whom the server calls: what clients may not reach through it."""

import pytest

from outfeed.errors import AddressRefused, InvalidField
from outfeed.fleet.hosts import Address, check_address, check_numbers, parse_address
from outfeed.settings import Settings

ANY = Settings(callback_hosts="*")
PRIVATE = Settings(callback_hosts="*", callback_private=True)


def test_an_address_is_taken_apart_once() -> None:
    assert Address("https", "example.com", 443, "/a%20b?c=1") == parse_address(" https://EXAMPLE.com./a b?c=1#d ")
    assert Address("http", "::1", 8080, "/") == parse_address("http://[0:0::1]:8080")
    assert Address("http", "xn--bcher-kva.example", 80, "/") == parse_address("http://Bücher.example")


def test_a_number_of_ipv6_has_its_brackets_where_it_is_named() -> None:
    address = parse_address("http://[::1]:8080/")

    assert ("[::1]:8080", "[::1]:8080") == (address.authority, address.named)
    assert ("example.com:443", "example.com") == (
        parse_address("https://example.com").authority,
        parse_address("https://example.com").named,
    )


@pytest.mark.parametrize(
    ("callback", "support"),
    [
        ("http://example.com", "/support"),
        ("http://example.com/cb/", "/cb/support"),
        ("http://example.com/cb?key=1", "/cb/support?key=1"),
    ],
)
def test_the_question_goes_below_the_path_and_keeps_the_query(callback: str, support: str) -> None:
    assert support == parse_address(callback).below("support").target


@pytest.mark.parametrize(
    "text",
    [
        "[object Object]",
        "",
        "example.com/cb",
        "ftp://example.com/",
        "file:///etc/passwd",
        "gopher://example.com/",
        "http://",
        "http:///cb",
        "http://user@example.com/",
        "http://example.com:80@127.0.0.1/",
        "http://good.example\\@127.0.0.1/",
        "http://example.com:0/",
        "http://example.com:99999/",
        "http://example.com:http/",
        "http://exa mple.com/",
        "http://exam\nple.com/",
        "http://ex%61mple.com/",
        "http://[fe80::1%25eth0]/",
        "http://[v1.fe80]/",
        "http://a..b/",
        "http://.example.com/",
        "http://256.1.1.1/",
        "http://" + "a" * 64 + ".example/",
        "http://example.com/" + "a" * 2048,
        "http://\ud800.example/",
        None,
        7,
        {"url": "http://example.com/"},
    ],
)
def test_what_is_no_address_is_told_so(text: object) -> None:
    with pytest.raises(InvalidField):
        parse_address(text)


@pytest.mark.parametrize(
    ("hosts", "text"),
    [
        ("*", "http://anything.example/"),
        ("example.com", "https://EXAMPLE.com./cb"),
        ("a.example, example.com:8443", "https://example.com:8443/"),
        ("*.example.com", "http://a.b.example.com:99/"),
        ("*.example.com:80", "http://a.example.com/"),
        ("[2606:4700::1]:80", "http://[2606:4700:0::1]/"),
        ("*:443", "https://example.com/"),
    ],
)
def test_hosts_on_the_list_are_called(hosts: str, text: str) -> None:
    assert parse_address(text) == check_address(text, Settings(callback_hosts=hosts))


@pytest.mark.parametrize(
    ("hosts", "text"),
    [
        ("", "http://example.com/"),
        ("example.com", "http://example.com.evil.example/"),
        ("example.com", "http://notexample.com/"),
        ("example.com", "http://a.example.com/"),
        ("*.example.com", "http://example.com/"),
        ("*.example.com", "http://evilexample.com/"),
        ("example.com:8443", "https://example.com/"),
        ("*:443", "http://example.com/"),
    ],
)
def test_hosts_that_are_not_on_the_list_are_refused(hosts: str, text: str) -> None:
    with pytest.raises(AddressRefused):
        check_address(text, Settings(callback_hosts=hosts))


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "127.255.0.1", "10.1.2.3", "172.31.0.1", "192.168.0.1", "100.64.0.1", "198.18.0.1"),
        *("[::1]", "[fc00::1]", "[fd12:3456::1]", "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]"),
        *("[2002:7f00:1::]", "[2001:0:7f00:1::f5ff:fffe]", "[2001:db8::1]", "[::127.0.0.1]", "[64:ff9b:1::a00:1]"),
        *(
            "[2002:5db8:d822::]",
            "[64:ff9b:1::5db8:d822]",
            "192.0.2.1",
            "203.0.113.9",
            "192.0.0.8",
            "127\u30020\u30020\u30021",
        ),
    ],
)
def test_private_numbers_are_refused_unless_the_operator_allows_them(host: str) -> None:
    with pytest.raises(AddressRefused):
        check_address(f"http://{host}/", ANY)

    assert check_address(f"http://{host}/", PRIVATE)


@pytest.mark.parametrize(
    "host",
    [
        *("0.0.0.0", "0.1.2.3", "169.254.169.254", "224.0.0.1", "255.255.255.255", "240.0.0.1"),  # noqa: S104 - refused
        *("[::]", "[fe80::1]", "[ff02::1]", "[::ffff:169.254.169.254]", "[64:ff9b::a9fe:a9fe]", "[fd00:ec2::254]"),
        *("100.100.100.200", "192.0.0.192", "[::ffff:100.100.100.200]", "[2002:a9fe:a9fe::]", "[::169.254.169.254]"),
        *("[64:ff9b:1::a9fe:a9fe]", "[::ffff:0:a9fe:a9fe]"),
        # Teredo: the server has the address, and the client, whose bits are turned over.
        *("[2001:0:a9fe:a9fe:8000:0:a247:27dd]", "[2001:0:4136:e378:8000:0:5601:5601]"),
        *("2130706433", "0x7f000001", "127.1", "0177.0.0.1", "017700000001", "0x7f.1", "1", "example.1"),
        *("\uff11\uff12\uff17.\uff10.\uff10.\uff11", "0x"),
    ],
)
def test_some_numbers_and_spellings_are_never_called(host: str) -> None:
    for settings in (ANY, PRIVATE):
        with pytest.raises((AddressRefused, InvalidField)):
            check_address(f"http://{host}/", settings)


@pytest.mark.parametrize("number", ["93.184.216.34", "2606:4700::1111", "::ffff:93.184.216.34", "64:ff9b::5db8:d822"])
def test_public_numbers_are_called(number: str) -> None:
    assert [number] == check_numbers([number], ANY)


def test_a_name_with_one_private_number_is_refused_whole() -> None:
    with pytest.raises(AddressRefused):
        check_numbers(["93.184.216.34", "10.0.0.1"], ANY)


def test_a_name_without_numbers_is_refused() -> None:
    with pytest.raises(AddressRefused):
        check_numbers([], ANY)


def test_only_the_first_few_numbers_of_a_name_are_tried() -> None:
    many = [f"93.184.216.{last}" for last in range(100)]

    assert many[:4] == check_numbers([*many[:2], *many], ANY)


def test_a_private_number_far_down_the_list_is_seen() -> None:
    with pytest.raises(AddressRefused):
        check_numbers([*(f"93.184.216.{last}" for last in range(100)), "127.0.0.1"], ANY)


@pytest.mark.parametrize(
    "hosts", ["http://example.com", "example.com/cb", "a b", "*.*.example.com", "[1]", "a:b", "bücher.example"]
)
def test_a_list_that_no_host_can_match_is_a_wrong_setting(hosts: str) -> None:
    with pytest.raises(ValueError, match=r"OUTFEED_CALLBACK_HOSTS|does not appear"):
        Settings(callback_hosts=hosts)
