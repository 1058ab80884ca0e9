from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.errors import BlockedError
from worker.fetch.urls import MAX_URL, SplitTarget, check_url

REFUSED = [
    ("", "scheme"),
    ("example.org/feed", "scheme"),
    ("//example.org/feed", "scheme"),
    ("ftp://example.org/", "ftp"),
    ("file:///etc/passwd", "file"),
    ("gopher://127.0.0.1:6379/_INFO", "gopher"),
    ("javascript:alert(1)", "javascript"),
    ("data:text/html,hello", "data"),
    ("feed://example.org/rss", "feed"),
    ("http://", "no host"),
    ("http:///path", "no host"),
    ("http://:80/", "no host"),
    ("http://user@example.org/", "name or password"),
    ("http://user:secret@example.org/", "name or password"),
    ("http://example.org@127.0.0.1/", "name or password"),
    ("http://example.org\\@127.0.0.1/", "name or password"),
    ("http://example.org\\.evil.example/", "host name"),
    ("http://exa mple.org/", "host name"),
    ("http://example%2eorg/", "host name"),
    ("http://.example.org/", "host name"),
    ("http://example..org/", "host name"),
    ("http://" + "a" * 64 + ".org/", "host name"),
    ("http://" + "a." * 127 + "org/", "characters"),
    ("http://xn--" + "ü" * 80 + ".example/", "international"),
    ("http://ünder_score.example/", "international"),
    ("http://example.org/\r\nHost: evil.example", "control"),
    ("http://exam\tple.org/", "control"),
    ("http://example.org/\x7f", "control"),
    ("http://example.org/\ud800", "no text"),
    ("http://example.org:0/", "port"),
    ("http://example.org:65536/", "port"),
    ("http://example.org:http/", "port"),
    ("http://example.org:-1/", "port"),
    ("http://[::1/", "no valid address"),
    ("http://[::1%25eth0]/", "IPv6"),
    ("http://[fe80::1%eth0]/", "IPv6"),
    ("http://256.1.1.1/", "IPv4"),
    ("http://1.2.3.4.5/", "IPv4"),
    ("http://1.2.3.256/", "IPv4"),
    ("http://4294967296/", "IPv4"),
    ("http://0x100000000/", "IPv4"),
    ("http://127.0.0.08/", "IPv4"),
    ("http://1_0.0.1/", "IPv4"),
    ("http://-1.0.0.1/", "IPv4"),
    ("http://example.1/", "IPv4"),
    ("http://example.org/" + "a" * MAX_URL, "characters"),
]

# https://url.spec.whatwg.org/#concept-ipv4-parser: all of these are one address in a browser
SPELLINGS_OF_LOCALHOST = [
    "127.0.0.1",
    "127.0.0.1.",
    "127.1",
    "127.0.1",
    "2130706433",
    "017700000001",
    "0x7f000001",
    "0x7F.0.0.1",
    "0x7f.1",
    "0177.0.0.1",
    "0177.0x0.0.1",
    "00000177.0.0.01",
    "127.0x.0.1",
    "１２７.０.０.１",
    "127。0。0。1",
    "①②⑦.0.0.1",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
]


@pytest.mark.parametrize(("url", "word"), REFUSED)
def test_refused(url, word):
    with pytest.raises(BlockedError, match=word) as caught:
        check_url(url)
    assert str(caught.value).startswith("refused: ")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("host", SPELLINGS_OF_LOCALHOST)
def test_every_spelling_of_an_ipv4_address_is_that_address(host):
    assert check_url(f"http://{host}:8080/").host == "127.0.0.1"


@pytest.mark.parametrize(
    ("url", "normal"),
    [
        ("HTTP://Example.ORG", "http://example.org/"),
        ("https://example.org:443/a?b=c#d", "https://example.org/a?b=c"),
        ("http://example.org:443/", "http://example.org:443/"),
        ("http://example.org./", "http://example.org/"),
        ("  https://example.org/feed ", "https://example.org/feed"),
        ("https://example.org?x=1", "https://example.org/?x=1"),
        ("https://example.org/?", "https://example.org/"),
        ("https://example.org/a b/ü?q=한 국", "https://example.org/a%20b/%C3%BC?q=%ED%95%9C%20%EA%B5%AD"),
        ("https://example.org/a%20b?q=%41", "https://example.org/a%20b?q=%41"),
        ("https://example.org/x;y=1,2/@me?a[]=1|2", "https://example.org/x;y=1,2/@me?a[]=1|2"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("https://faß.example/", "https://xn--fa-hia.example/"),
        ("https://пример.example。/", "https://xn--e1afmkfd.example/"),
        ("https://a_b.münchen.example/", "https://a_b.xn--mnchen-3ya.example/"),
        ("https://r3---sn-x.example-.org/", "https://r3---sn-x.example-.org/"),
        ("http://[2001:DB8:0::1]:8080/", "http://[2001:db8::1]:8080/"),
        ("http://intranet/", "http://intranet/"),
        ("http://1.2.3.4.nip.example/", "http://1.2.3.4.nip.example/"),
    ],
)
def test_urls_get_one_spelling(url, normal):
    assert check_url(url).url == normal


def test_the_parts_of_a_target():
    assert check_url("https://[::1]:8443/a?b") == SplitTarget(scheme="https", host="::1", port=8443, target="/a?b")
    assert check_url("https://[::1]:8443/a?b").authority == "[::1]:8443"
    assert check_url("http://example.org:80/").authority == "example.org"


def _accepted(url: str) -> SplitTarget | None:
    try:
        return check_url(url)
    except BlockedError:
        return None


@given(st.text(max_size=60), st.sampled_from(["", "http://", "https://", "http://[", "http://1.", "http://a:"]))
def test_any_text_is_taken_apart_or_refused_and_its_normal_form_stays(text, start):
    target = _accepted(start + text)
    if target is not None:
        assert target.url.isascii()
        assert check_url(target.url) == target


@given(st.integers(min_value=0, max_value=2**32 - 1))
def test_a_number_is_the_address_it_counts(number):
    dotted = ".".join(str(number >> shift & 255) for shift in (24, 16, 8, 0))
    assert check_url(f"http://{number}/").host == dotted
    assert check_url(f"http://{number:#x}/").host == dotted
    assert check_url(f"http://{dotted}/").host == dotted
