from __future__ import annotations

import pytest

from worker.errors import BlockedError, FetchFailedError
from worker.fetch.redirects import MAX_REDIRECTS, carried_headers, moved_for_good, next_hop
from worker.fetch.urls import check_url

START = "https://example.org/a/b?c"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("https://other.example/x", "https://other.example/x"),
        ("http://other.example/x", "http://other.example/x"),
        ("//other.example/x", "https://other.example/x"),
        ("/x", "https://example.org/x"),
        ("x", "https://example.org/a/x"),
        ("?d", "https://example.org/a/b?d"),
        ("../x#fragment", "https://example.org/x"),
        ("/é x", "https://example.org/%C3%A9%20x"),
    ],
)
def test_locations_are_read_from_where_they_stand(status, location, target):
    assert next_hop(status, location, START, []) == target


@pytest.mark.parametrize("status", [200, 204, 300, 304, 305, 400, 404, 500])
def test_other_statuses_lead_nowhere(status):
    assert next_hop(status, "https://other.example/", START, []) is None


@pytest.mark.parametrize("location", [None, ""])
def test_a_redirect_without_a_location_leads_nowhere(location):
    assert next_hop(302, location, START, []) is None


@pytest.mark.parametrize(
    "location",
    [
        "file:///etc/passwd",
        "ftp://example.org/",
        "javascript:alert(1)",
        "https://u:p@example.org/",
        "http://[::1",
        "//:1",
    ],
)
def test_a_redirect_is_checked_like_any_url(location):
    with pytest.raises(BlockedError):
        next_hop(302, location, START, [])


def test_five_redirects_are_followed_and_no_sixth():
    hops = [f"https://example.org/{number}" for number in range(MAX_REDIRECTS)]
    assert next_hop(302, "/next", START, hops[:-1]) == "https://example.org/next"
    with pytest.raises(FetchFailedError, match="6th") as caught:
        next_hop(302, "/next", START, hops)
    assert caught.value.kind == "redirects"


@pytest.mark.parametrize("location", [START, "b?c#other", "/start", "HTTPS://EXAMPLE.org:443/start"])
def test_circles_are_seen_at_once(location):
    with pytest.raises(FetchFailedError, match="circle"):
        next_hop(302, location, START, ["https://example.org/start"])


HEADERS = {"Authorization": "Bearer x", "X-Api-Key": "y", "Cookie": "z", "If-None-Match": '"e"', "Accept": "text/html"}
HARMLESS = {"If-None-Match": '"e"', "Accept": "text/html"}


@pytest.mark.parametrize(
    ("target", "carried"),
    [
        ("http://example.org/elsewhere", HEADERS),
        ("https://example.org/", HEADERS),
        ("http://other.example/", HARMLESS),
        ("http://www.example.org/", HARMLESS),
        ("http://example.org:8080/", HARMLESS),
        ("https://example.org:8443/", HARMLESS),
    ],
)
def test_headers_stay_with_their_host(target, carried):
    assert carried_headers(HEADERS, check_url("http://example.org/"), check_url(target)) == carried


def test_secrets_do_not_leave_https():
    assert carried_headers(HEADERS, check_url(START), check_url("http://example.org/")) == HARMLESS


@pytest.mark.parametrize(
    ("statuses", "urls", "expected"),
    [
        ([], ["https://a.example/"], False),
        ([301], ["http://a.example/", "https://a.example/"], True),
        ([308], ["http://a.example/", "http://b.example/"], True),
        ([301, 308], ["https://a.example/", "https://b.example/", "https://c.example/"], True),
        ([301, 302], ["https://a.example/", "https://b.example/", "https://c.example/"], False),
        ([307, 301], ["https://a.example/", "https://b.example/", "https://c.example/"], False),
        ([301], ["https://a.example/", "http://a.example/"], False),
        ([301, 301], ["https://a.example/", "http://b.example/", "https://c.example/"], False),
    ],
)
def test_only_permanent_and_safe_ways_move_a_feed(statuses, urls, expected):
    assert moved_for_good(statuses, urls) is expected
