"""Where a request to another server may go."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eerp.delivery.hosts import Destination, HostRule, allowed, is_public, parse_url


@pytest.mark.parametrize(
    ("url", "again"),
    [
        ("https://api.example.com", "https://api.example.com/"),
        ("HTTPS://API.Example.COM/a", "https://api.example.com/a"),
        ("https://a.example.com:443/x?y=z", "https://a.example.com/x?y=z"),
        ("http://a.example.com:8080?x", "http://a.example.com:8080/?x"),
        ("https://[2001:DB8::1]:8443/", "https://[2001:db8::1]:8443/"),
        ("https://xn--bcher-kva.example/", "https://xn--bcher-kva.example/"),
    ],
)
def test_a_url_is_read_and_written_anew(url, again):
    assert parse_url(url).url == again


@pytest.mark.parametrize(
    "url",
    [
        "ftp://a.example.com/", "//a.example.com/", "https:a.example.com",
        "https://", "https://user@a.example.com/", "https://u:p@a.example.com/",
        "https://a.example.com#x", "https://a.example.com/#x", "https://a..com/",
        "https://a.example.com./", "https://-a.example.com/", "https://a b.com/",
        "https://a.example.com\\@b.com/", "https://a.example.com/\\b",
        "https://a.example.com:0/", "https://a.example.com:65536/",
        "https://a.example.com:/", "https://[::1/", "https://[zz::]/",
        "https://bücher.example/", "https://a.example.com/\r\nx", "https://a.com/ x",
        "https://" + "a" * 64 + ".com/", "https://" + "a." * 127 + "com/", "",
    ],
)  # fmt: skip
def test_what_two_readers_could_read_differently_is_refused(url):
    with pytest.raises(ValueError, match=r"^(is|has) "):
        parse_url(url)


@given(st.text(max_size=60))
def test_any_text_is_a_url_or_a_refusal(text):
    try:
        read = parse_url(f"https://{text}")
    except ValueError:
        return
    assert parse_url(read.url) == read


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.255.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1",
        "169.254.169.254", "100.64.0.1", "0.0.0.0", "255.255.255.255", "224.0.0.1",
        "192.0.2.1", "198.18.0.1", "240.0.0.1", "192.88.99.1", "192.0.0.8",
        "::", "::1", "fe80::1", "fc00::1", "fd00::1", "ff02::1", "fec0::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a00:1",
        "64:ff9b:1::1", "2002:7f00:1::", "2001::1", "2001:db8::1", "3fff::1",
        "5f00::1", "100::1", "::127.0.0.1", "not an address", "",
    ],
)  # fmt: skip
def test_what_is_not_of_the_public_internet_is_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "1.1.1.1",
        "93.184.216.34",
        "2606:4700::1111",
        "::ffff:1.1.1.1",
        "64:ff9b::101:101",
    ],
)
def test_what_is_of_the_public_internet_is_public(address):
    assert is_public(address)


def to(url) -> Destination:
    return parse_url(url)


@pytest.mark.parametrize(
    ("rule", "url", "covers"),
    [
        ("api.example.com", "https://api.example.com/x", True),
        ("api.example.com", "http://api.example.com/x", True),
        ("api.example.com", "https://api.example.com:8443/", False),
        ("api.example.com", "https://xapi.example.com/", False),
        ("api.example.com", "https://api.example.com.evil.org/", False),
        ("api.example.com:8443", "https://api.example.com:8443/", True),
        ("api.example.com:8443", "https://api.example.com/", False),
        ("*.example.com", "https://a.b.example.com/", True),
        ("*.example.com", "https://example.com/", False),
        ("*.example.com", "https://evilexample.com/", False),
        ("127.0.0.1:80", "http://127.0.0.1/", True),
        ("[::1]:8080", "http://[::1]:8080/", True),
    ],
)
def test_a_rule_covers_its_hosts_on_its_port(rule, url, covers):
    assert HostRule.parse(rule).covers(to(url)) is covers


def test_a_rule_by_name_goes_before_one_with_a_star():
    rules = [HostRule.parse("*.example.com"), HostRule.parse("a.example.com")]
    assert allowed(rules, to("https://a.example.com/")) == rules[1]
    assert allowed(rules, to("https://b.example.com/")) == rules[0]
    assert allowed(rules, to("https://b.example.org/")) is None


@pytest.mark.parametrize(
    "text", ["*", "*.*.com", "https://a.com", "a.com:70000", "*.127.0.0.1", "A.com", ""]
)
def test_what_is_no_rule_is_refused(text):
    with pytest.raises(ValueError, match=r"^(must|has) "):
        HostRule.parse(text)
