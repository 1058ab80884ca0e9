"""The small languages inside wirewatch.toml."""

from __future__ import annotations

import pytest

from worker.config import values


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("30s", 30), ("15m", 900), ("6h", 21600), ("7d", 604800), (" 1h ", 3600), ("3650d", 315360000)],
)
def test_durations_are_seconds(text, seconds):
    assert values.duration(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "5", "m", "1.5h", "-5m", "5 m", "5M", "1h30m", "٥m", "5w", True, None, 1.5, ["5m"]]
)
def test_other_spellings_of_a_duration_are_refused_with_examples(text):
    with pytest.raises(ValueError, match='write a whole number and a unit, such as "30s", "15m", "6h" or "7d"'):
        values.duration(text)


def test_a_bare_number_is_refused_with_the_same_number_and_a_unit():
    with pytest.raises(ValueError, match='needs a unit; write "90s"'):
        values.duration(90)


@pytest.mark.parametrize("text", ["0s", "0d", "3651d", "999999999d"])
def test_durations_of_nothing_and_beyond_ten_years_are_refused(text):
    with pytest.raises(ValueError, match='between "1s" and "3650d"'):
        values.duration(text)


def test_quiet_hours_are_start_end_and_zone():
    assert values.quiet("22:00-07:00 Europe/London") == ("22:00", "07:00", "Europe/London")
    assert values.quiet(" 00:00-23:59  UTC ") == ("00:00", "23:59", "UTC")


@pytest.mark.parametrize(
    "text", ["", "22:00-07:00", "22-07 UTC", "24:00-07:00 UTC", "22:60-07:00 UTC", "9:00-10:00 UTC", "22:00 UTC", 22]
)
def test_quiet_hours_in_another_form_are_refused(text):
    with pytest.raises(ValueError, match='are written "22:00-07:00 Europe/London"'):
        values.quiet(text)


@pytest.mark.parametrize("zone", ["Europe/Lundon", "Europe", "../../etc/passwd", "/etc/passwd", "a\x00b"])
def test_quiet_hours_in_no_zone_are_refused(zone):
    with pytest.raises(ValueError, match="is no time zone; write an IANA name"):
        values.quiet(f"22:00-07:00 {zone}")


def test_quiet_hours_that_never_end_are_refused():
    with pytest.raises(ValueError, match="write two different times"):
        values.quiet("07:00-07:00 UTC")


@pytest.mark.parametrize(
    ("text", "network"),
    [("127.0.0.0/8", "127.0.0.0/8"), ("10.1.2.3", "10.1.2.3/32"), ("FD00::/8", "fd00::/8"), (" ::1 ", "::1/128")],
)
def test_address_ranges(text, network):
    assert values.network(text) == network


def test_a_range_that_names_a_host_is_answered_with_the_range():
    with pytest.raises(ValueError, match=r'write "192\.168\.0\.0/16"'):
        values.network("192.168.1.1/16")


@pytest.mark.parametrize("text", ["", "localhost", "10.0.0.0/33", "10.0.0", "10.0.0.0/8/8"])
def test_other_words_are_no_address_range(text):
    with pytest.raises(ValueError, match="write a CIDR"):
        values.network(text)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("127.0.0.1:8080", ("127.0.0.1", 8080)),
        ("[::1]:0", ("::1", 0)),
        ("localhost:65535", ("localhost", 65535)),
        ("desk.example:80", ("desk.example", 80)),
    ],
)
def test_addresses_to_listen_on(text, parts):
    assert values.listen(text) == parts


@pytest.mark.parametrize(
    "text",
    [
        "",
        "8080",
        ":8080",
        "127.0.0.1",
        "127.0.0.1:",
        "127.0.0.1:65536",
        "127.0.0.1:x",
        "127.0.0.1:0000080",
        "a b:80",
        "[a]:80",
        "h:²",
        80,
    ],
)
def test_other_words_are_no_address_to_listen_on(text):
    with pytest.raises(ValueError, match=r"127\.0\.0\.1:8080"):
        values.listen(text)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost", "LOCALHOST"])
def test_loopback(host):
    assert values.is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "example.org", "localhost.example.org"])
def test_not_loopback(host):
    assert not values.is_loopback(host)


@pytest.mark.parametrize(
    "url", ["https://example.org/rss", "http://10.0.0.1:8000", "HTTPS://Example.org/a?b=c#d", "https://例え.jp/"]
)
def test_web_addresses(url):
    assert values.web_url(f" {url}\n") == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.org",
        "ftp://example.org/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https://",
        "https:///path",
        "https://exa mple.org/hunter2",
        "https://example.org:port/",
        "https://example.org:99999/",
        "https://example.org:0/",
        "https://[::1/",
        "https://example.org/\x00",
    ],
)
def test_other_words_are_no_web_address(url):
    with pytest.raises(ValueError, match="this is no web address") as caught:
        values.web_url(url)
    assert "hunter2" not in str(caught.value)


def test_a_password_in_a_feed_address_is_refused_and_not_repeated():
    with pytest.raises(ValueError, match="headers = ") as caught:
        values.feed_url("https://me:hunter2@example.org/rss")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "other",
    [
        "https://example.org/a?b",
        "HTTPS://EXAMPLE.org/a?b",
        "https://example.org:443/a?b",
        " https://example.org/a?b#top",
        "https://example.org./a?b",
        "https://example.org/%61?%62",
    ],
)
def test_spellings_of_one_feed_address_are_the_same(other):
    assert values.same_feed(other) == values.same_feed("https://example.org/a?b")


@pytest.mark.parametrize(
    ("url", "spelled"),
    [
        ("http://Example.org", "http://example.org/"),
        ("http://[::1]:80/a", "http://[::1]/a"),
        ("http://bücher.example/ü%c3%bc", "http://xn--bcher-kva.example/ü%C3%BC"),
        ("http://example.org/a%2fb", "http://example.org/a%2Fb"),
        ("http://ex_ample.org:8080/?q#x", "http://ex_ample.org:8080/?q"),
    ],
)
def test_the_one_spelling_of_an_address(url, spelled):
    assert values.same_feed(url) == spelled
    assert values.same_feed(spelled) == spelled


@pytest.mark.parametrize(
    "other",
    ["http://example.org/a?b", "https://example.org/A?b", "https://example.org/a?c", "https://example.org:444/a?b"],
)
def test_different_feed_addresses_are_not_the_same(other):
    assert values.same_feed(other) != values.same_feed("https://example.org/a?b")


@pytest.mark.parametrize(
    "url",
    [
        "redis://localhost:6379/0",
        "rediss://:pw@db.example:6380/1",
        "unix:///run/redis.sock",
        "rediss+sentinel://me:pw@one.example,two.example:26380,[2001:db8::3]:26379/press/0?ssl_ca_certs=/etc/ca.crt",
    ],
)
def test_redis_addresses(url):
    assert values.redis_url(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "localhost:6379",
        "http://localhost",
        "redis://localhost:nine",
        "redis://:hunter2@h:99999",
        "redis+sentinel://:hunter2@h:26379",
        "redis+sentinel://:hunter2@h:26379,/press",
    ],
)
def test_other_words_are_no_redis_address_and_are_not_repeated(url):
    with pytest.raises(ValueError, match="Redis address") as caught:
        values.redis_url(url)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("text", ["a\r\nX-Evil: 1", "", "naïve", "a\x00"])
def test_header_values_that_could_split_a_request_are_refused(text):
    with pytest.raises(ValueError, match="one line of plain ASCII"):
        values.header_value(text)


@pytest.mark.parametrize("text", ["", "A B", "A:", "Ä", "A\n"])
def test_header_names_are_tokens(text):
    with pytest.raises(ValueError, match="no header name"):
        values.header_name(text)
