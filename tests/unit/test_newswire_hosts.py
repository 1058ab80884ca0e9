"""Outlets told apart by the Host header, and the page that lists them."""

from datetime import UTC, datetime
from html.parser import HTMLParser
from http import HTTPStatus

import pytest

from worker.run.newswire.content import load
from worker.run.newswire.day import RecordedDay
from worker.run.newswire.hosts import Hosts
from worker.run.newswire.site import Request

START = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
RECORDING = load()
DAY = RecordedDay(opened=START, start=START, speed=None, last=RECORDING.items[-1].minute)
HOSTS = Hosts.of(RECORDING, port=41234, day=DAY)


def get(host, path="/"):
    return HOSTS.answer(host, Request(path=path), START)


class Links(HTMLParser):
    def __init__(self, page):
        super().__init__()
        self.found = []
        self.feed(page.decode())

    def handle_starttag(self, tag, attrs):
        if tag == "a":
            self.found.append(dict(attrs)["href"])


@pytest.mark.parametrize("outlet", RECORDING.outlets, ids=lambda outlet: outlet.key)
def test_an_outlet_answers_under_its_name(outlet):
    site = HOSTS.sites[f"{outlet.key}.localhost"]
    assert site.feed_url == f"http://{outlet.key}.localhost:41234{outlet.feed_path}"
    for path in ("/", outlet.feed_path):
        assert get(f"{outlet.key}.localhost:41234", path) == site.answer(Request(path=path), START)


@pytest.mark.parametrize(
    "host",
    [
        "the-lantern.localhost",
        "The-Lantern.LOCALHOST:41234",
        "the-lantern.localhost.:41234",
        "the-lantern.localhost:80",
    ],
)
def test_a_name_is_the_same_in_any_case_with_a_final_dot_and_any_port(host):
    assert get(host) == get("the-lantern.localhost:41234")
    assert get(host).status == HTTPStatus.OK


@pytest.mark.parametrize("host", ["127.0.0.1:41234", "localhost:41234", "127.0.0.1"])
def test_the_list_leads_to_every_front_page_and_feed(host):
    answer = get(host)
    assert answer.status == HTTPStatus.OK
    links = Links(answer.body).found
    assert len(links) == 2 * len(RECORDING.outlets)
    for link in links:
        base, _, path = link.partition(":41234")
        assert get(base.removeprefix("http://"), path).status == HTTPStatus.OK


@pytest.mark.parametrize(
    "host",
    [
        "",
        "example.org",
        "localhost.example.org",
        "no-such-paper.localhost:41234",
        "the-lantern",
        "[::1]:41234",
        ":",
        "%00",
    ],
)
def test_another_host_is_404_with_a_hint(host):
    answer = get(host)
    assert answer.status == HTTPStatus.NOT_FOUND
    assert dict(answer.headers)["Content-Type"] == "text/plain; charset=utf-8"
    assert b"http://127.0.0.1:41234/" in answer.body


def test_only_the_list_is_found_without_a_name():
    assert get("127.0.0.1:41234", "/rss.xml").status == HTTPStatus.NOT_FOUND
