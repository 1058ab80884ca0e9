"""Topics as Atom and JSON Feed: read by other readers and by our own, asked again cheaply, closed when renewed."""

from __future__ import annotations

import re
from email.utils import format_datetime
from types import SimpleNamespace

import feedparser
import pytest
from lxml.etree import fromstring
from support.newsroom import NOW, REPORTS, TOPIC, Newsroom, ago, make_alert, make_story, report
from support.webs import a_web

from worker.edge.redis_client import connect
from worker.edge.store.tokens import TopicSecrets
from worker.model import Reason, Topic
from worker.poll.parse import parse_feed

OURS = {"sec-fetch-site": "same-origin"}
HOSTILE = "<script>alert('sample')</script>\x00\x0b]]> & more"
EMPTY = Topic(name="Quiet & calm", query="calm")
ATOM_NAME = "{http://www.w3.org/2005/Atom}"


@pytest.fixture(scope="module")
def desk(redis_server):
    connection = connect(redis_server.url)
    connection.flushdb()
    newsroom = Newsroom(connection)
    newsroom.publish(topics=(TOPIC, EMPTY))
    newsroom.commit(make_story(), {"number": 2})
    hostile = report(9, "e.example", HOSTILE, minutes=9, url="javascript:alert(1)")
    newsroom.commit(make_story([hostile], id="story2", headline=HOSTILE), {"number": 1, "because": HOSTILE})
    with a_web(connection) as client:
        # Both say the same address, so that what they tell is the same whichever said it last.
        here = str(client.base_url).rstrip("/")
        with a_web(connection, password="sample", public_url=here) as locked:
            atom, json_feed = links(client)[TOPIC.name]
            yield SimpleNamespace(newsroom=newsroom, client=client, locked=locked, atom=atom, json=json_feed)
    connection.close()


def links(client):
    """The feeds of each topic as readers find them in the head of the page."""
    head, _, _ = client.get("/topics").text.partition("</head>")
    found = {}
    for title, path in re.findall(
        r'<link rel="alternate" type="application/[^"]+" title="([^"]*)" href="([^"]*)">', head
    ):
        found.setdefault(title.replace("&amp;", "&"), []).append(path)
    return found


def entries(answer, kind):
    """As feedparser and as our own parser read them."""
    parsed = parse_feed(answer.content, url=str(answer.url), content_type=answer.headers["content-type"], now=NOW)
    if kind == "atom":
        theirs = feedparser.parse(answer.content)
        assert not theirs.bozo, theirs.get("bozo_exception")
        assert [one.id for one in theirs.entries] == [one.key for one in parsed.entries]
    return parsed


@pytest.mark.parametrize("kind", ["atom", "json"])
def test_readers_find_and_understand_the_stories_that_were_told(desk, kind):
    answer = desk.client.get(getattr(desk, kind))
    assert answer.headers["content-type"].startswith(
        {"atom": "application/atom+xml", "json": "application/feed+json"}[kind]
    )
    parsed = entries(answer, kind)
    assert parsed.title == "Harbour bridge · wirewatch"
    first, hostile = sorted(parsed.entries, key=lambda one: "alert" in one.title)
    assert first.title == "The harbour bridge closes for repairs"
    assert first.url.endswith("/stories/story1")
    assert first.published == ago(minutes=38)
    assert "first report of this story" in first.summary + first.content
    assert "sample" in hostile.title


def test_the_atom_document_is_what_rfc_4287_asks_for(desk):
    feed = fromstring(desk.client.get(desk.atom).content)
    names = [child.tag.removeprefix(ATOM_NAME) for child in feed]
    assert feed.tag == f"{ATOM_NAME}feed"
    # 4.1.1: exactly one of each; 4.1.2 for entries, which need an author where the feed has none.
    assert [names.count(name) for name in ("id", "title", "updated", "author")] == [1, 1, 1, 1]
    ids = set()
    for entry in feed.iter(f"{ATOM_NAME}entry"):
        names = [child.tag.removeprefix(ATOM_NAME) for child in entry]
        assert [names.count(name) for name in ("id", "title", "updated", "published", "content", "author")] == [1] * 6
        assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", entry.findtext(f"{ATOM_NAME}id"))
        ids.add(entry.findtext(f"{ATOM_NAME}id"))
        for name in ("updated", "published"):
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", entry.findtext(f"{ATOM_NAME}{name}"))
    assert len(ids) == 2
    (own,) = [link for link in feed.findall(f"{ATOM_NAME}link") if link.get("rel") == "self"]
    assert own.get("href").endswith(desk.atom)


def test_markup_of_others_stays_text_and_leads_nowhere(desk):
    atom, told = desk.client.get(desk.atom), desk.client.get(desk.json).json()
    contents = [one.findtext(f"{ATOM_NAME}content") for one in fromstring(atom.content).iter(f"{ATOM_NAME}entry")]
    contents += [item["content_html"] for item in told["items"]]
    assert any("&lt;script&gt;" in content for content in contents)
    for content in contents:
        assert "<script" not in content
        assert all(href.startswith(("http://", "https://")) for href in re.findall(r'href="([^"]*)"', content))
    assert "javascript:" not in atom.text
    assert [item["external_url"] for item in told["items"] if "external_url" in item] == ["https://coast.example/1"]


def test_a_topic_that_told_nothing_yet_is_a_feed_too(desk):
    atom, json_feed = links(desk.client)[EMPTY.name]
    assert entries(desk.client.get(atom), "atom").title == "Quiet & calm · wirewatch"
    assert desk.client.get(json_feed).json()["items"] == []


@pytest.mark.parametrize("kind", ["atom", "json"])
def test_what_a_reader_has_is_not_sent_again(desk, kind):
    path = getattr(desk, kind)
    first = desk.client.get(path)
    assert first.headers["cache-control"] == "private, max-age=60"
    assert first.headers["last-modified"] == format_datetime(ago(minutes=38), usegmt=True)
    etag, modified = first.headers["etag"], first.headers["last-modified"]
    earlier = format_datetime(ago(minutes=60), usegmt=True)
    asked = [
        ({"If-None-Match": etag}, 304),
        ({"If-None-Match": etag.removeprefix("W/")}, 304),
        ({"If-None-Match": f'"other", {etag}'}, 304),
        ({"If-None-Match": "*"}, 304),
        ({"If-None-Match": '"other"'}, 200),
        ({"If-None-Match": '"other"', "If-Modified-Since": modified}, 200),
        ({"If-Modified-Since": modified}, 304),
        ({"If-Modified-Since": earlier}, 200),
        ({"If-Modified-Since": "yesterday"}, 200),
        ({"If-Modified-Since": "Sat, 21 Nov 2026 18:00:00"}, 200),
        ({"If-None-Match": etag, "Accept-Encoding": "identity"}, 304),
    ]
    for headers, status in asked:
        answer = desk.client.get(path, headers=headers)
        assert answer.status_code == status, headers
        assert answer.headers["etag"] == etag
        assert answer.headers["cache-control"] == "private, max-age=60"
        assert bool(answer.content) == (status == 200)
    assert desk.client.head(path).headers["etag"] == etag


def test_an_entry_is_updated_when_more_is_told_and_keeps_its_id(desk):
    before = {item["title"]: item for item in desk.client.get(desk.json).json()["items"]}
    tag = desk.client.get(desk.json).headers["etag"]
    # What became part of another story goes on as the entry it was.
    merged = make_story((*REPORTS, report(4, "hill.example", "Sample", minutes=1)), id="story3", told=("was:story1",))
    desk.newsroom.commit(merged, {"number": 30, "reason": Reason.CONFIRMED, "because": "the office confirms it"})
    answer = desk.client.get(desk.json, headers={"If-None-Match": tag})
    assert answer.status_code == 200
    after = {item["title"]: item for item in answer.json()["items"]}
    name = "The harbour bridge closes for repairs"
    assert len(after) == len(before)
    assert after[name]["id"] == before[name]["id"]
    assert after[name]["date_published"] == before[name]["date_published"]
    assert after[name]["date_modified"] > before[name]["date_modified"]
    assert after[name]["tags"] == ["new_story", "confirmed"]
    assert after[name]["url"].endswith("/stories/story3")


def test_the_secret_opens_this_feed_and_nothing_else(desk):
    wrong = desk.atom.replace(desk.atom.split("/")[3], "A" * 32)
    other = desk.atom.replace(TOPIC.id, EMPTY.id)
    assert desk.locked.get(desk.atom).status_code == 200
    for path in (wrong, other, desk.atom.replace(TOPIC.id, "0" * 16)):
        answer = desk.locked.get(path)
        assert answer.status_code == 404
        assert TOPIC.name not in answer.text
    assert desk.locked.get("/topics").status_code == 401
    assert desk.locked.post(desk.atom, headers=OURS).status_code == 405
    assert desk.client.get(desk.atom, headers={"Host": "evil.example"}).status_code == 403


def test_renewed_addresses_close_the_former_ones(desk):
    former = desk.atom
    assert desk.client.post("/topics/renew-feeds", data={"topic": TOPIC.name}).status_code == 403
    assert desk.client.get(former).status_code == 200
    answer = desk.client.post("/topics/renew-feeds", data={"topic": TOPIC.name, "back": "/topics"}, headers=OURS)
    assert (answer.status_code, answer.headers["location"]) == (303, "/topics")
    assert desk.client.get(former).status_code == 404
    desk.atom, desk.json = links(desk.client)[TOPIC.name]
    assert desk.atom != former
    assert desk.client.get(desk.atom).status_code == 200
    assert desk.client.post("/topics/renew-feeds", data={"topic": "unknown"}, headers=OURS).status_code == 404


def test_a_date_is_given_only_where_nothing_more_can_carry_it(newsroom, start):
    newsroom.publish()
    story = make_story()
    newsroom.commit(story, {"number": 40})  # decided at this very moment
    assert make_alert(story, number=40).created == NOW
    secret = TopicSecrets(newsroom.redis).of(TOPIC.id)
    answer = start().get(f"/topics/{TOPIC.id}/{secret}/atom.xml")
    assert answer.status_code == 200
    assert "last-modified" not in answer.headers
    assert "etag" in answer.headers
