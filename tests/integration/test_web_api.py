"""The API over real HTTP: what it tells, page by page, what it changes, and how it refuses."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from types import SimpleNamespace

import pytest
from pydantic import TypeAdapter
from support.newsroom import HOOK, NOW, REPORTS, TOPIC, Newsroom, ago, alert_id, make_alert, make_story, report
from support.stores import put_articles
from support.webs import a_web

from worker.alerts.payload import webhook_payload
from worker.edge.redis_client import connect
from worker.edge.scope import Scope
from worker.edge.store.mutes import Mutes
from worker.edge.store.pauses import PAUSED, STATES, Pauses
from worker.edge.store.tokens import Tokens
from worker.model import Article, Feed, FeedState, Reason, Source, Topic
from worker.run.status import collect
from worker.run.status_shape import MuteRecord, StatusRecord
from worker.run.web.api import changing, records
from worker.run.web.api.problems import ProblemShape

API = "/api/v1"
BARREL = Topic(name="A sample: barrels", query="barrel*", sources=(1, 3))
STORIES = 5
ARTICLES = 12


def story(number):
    """A story of its own; all moved at the same moment."""
    return make_story(
        [report(100 + number, "coast.example", f"Sample story {number}", minutes=30)],
        id=f"story{number}x",
        last_seen=NOW,
    )


def article(number):
    return Article(
        id=f"stored{number:02}",
        title=f"Sample barrel {number}" if number % 3 else f"Sample crate {number}",
        text="One of a dozen sample articles.",
        source=Source(domain="coast.example"),
        seen_at=ago(hours=1),
    )


@pytest.fixture(scope="module")
def desk(redis_server):
    """A filled Redis with a web process before it that has no password, one that has, and a token of each scope."""
    connection = connect(redis_server.url)
    connection.flushdb()
    newsroom = Newsroom(connection)
    newsroom.publish(topics=(TOPIC, BARREL))
    newsroom.commit(make_story(), {}, {"number": 2, "reason": Reason.CORROBORATED, "because": "2 sources"})
    for number in range(STORIES):
        newsroom.commit(story(number), {"number": 10 + number})
    states = {
        "ok": FeedState(polls=2, last_success=NOW, last_poll=NOW),
        "failing": FeedState(failing_since=NOW, error="403"),
    }
    feeds = {
        Feed(url=f"https://{name}{n}.example/", name=name): state for n in range(2) for name, state in states.items()
    }
    newsroom.poll({feed: replace(state, next_due=NOW, last_poll=NOW) for feed, state in feeds.items()})
    put_articles(connection, [article(number) for number in range(ARTICLES)])
    tokens = {scope.value: Tokens(connection).create(scope.value, scope, NOW) for scope in Scope}
    with a_web(connection) as client:
        # Both say the same address, so that what they tell is the same whichever said it last.
        here = str(client.base_url).rstrip("/")
        with a_web(connection, password="sample", public_url=here) as locked:
            yield SimpleNamespace(redis=connection, client=client, locked=locked, here=here, **tokens)
    connection.close()


def read(desk, path, **asked):
    """What is told, which is no more and no less than the document says."""
    answer = desk.client.get(API + path, params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


def fits(kind, told):
    """Whether it is what the record says; what that does not name would be left out."""
    return TypeAdapter(kind).validate_python(told, strict=True) == told


def refused(answer, status):
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert fits(ProblemShape, problem)
    assert (answer.status_code, problem["status"]) == (status, status)
    assert ("retry-after" in answer.headers) is (status == 503)
    return problem.get("detail", "")


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


# --- what it tells ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "kind", "number"),
    [
        ("/topics", records.TopicPage, 2),
        ("/stories", records.StoryPage, STORIES + 1),
        ("/alerts", records.AlertPage, STORIES + 2),
        ("/feeds", records.FeedPage, 4),
        ("/articles", records.ArticlePage, ARTICLES + STORIES + 1),
    ],
)
def test_lists_are_whole_page_by_page_and_each_once(desk, path, kind, number):
    whole = read(desk, path, limit=100)
    assert fits(kind, whole)
    assert (len(whole["items"]), whole["next"]) == (number, None)
    for limit in (1, 3):
        pages, cursor = [], {}
        while True:
            page = read(desk, path, limit=limit, **cursor)
            assert 0 < len(page["items"]) <= limit
            pages += page["items"]
            if page["next"] is None:
                break
            cursor = {"cursor": page["next"]}
        assert pages == whole["items"]


def test_alerts_are_the_payload_of_the_webhook(desk):
    one = make_story()
    told = read(desk, f"/alerts/{alert_id(one)}")
    assert fits(records.AlertRecord, told)
    payload = webhook_payload(make_alert(one), base_url=desk.here)
    assert {name: told[name] for name in payload} == payload
    assert told["deliveries"] == [{"destination": HOOK.name, "state": "pending", "attempts": 0, "error": ""}]
    assert told["judged"] is None


def test_a_story_tells_its_reports_and_alerts(desk):
    told = read(desk, "/stories/story1")
    assert fits(records.StoryRecord, told)
    assert [(one["source"], one["copy_of"]) for one in told["reports"]] == [
        ("coast.example", None),
        ("valley.example", "article1"),
        ("town.example", None),
    ]
    assert told["articles"] == len(REPORTS)
    assert [step["reason"] for step in told["alerts"]] == ["new_story"]
    (listed,) = [one for one in read(desk, "/stories", topic=TOPIC.name)["items"] if one["id"] == "story1"]
    assert listed == told


def test_one_of_each_and_the_status(desk):
    (first, second) = read(desk, "/topics")["items"]
    assert (first["name"], second["name"]) == (BARREL.name, TOPIC.name)
    assert read(desk, f"/topics/{TOPIC.id}") == second
    assert (first["sources"], first["stories"], second["stories"]) == ([1, 3], 0, STORIES + 1)
    assert "harbour" in second["meaning"]
    whole = read(desk, "/articles/stored01")
    assert fits(records.WholeArticleRecord, whole)
    assert (whole["title"], whole["text"]) == ("Sample barrel 1", "One of a dozen sample articles.")
    status = read(desk, "/status")
    assert fits(StatusRecord, status)
    assert {**status, "at": None} == {**collect(desk.redis), "at": None}
    assert {state: status["feeds"][state] for state in STATES} == dict.fromkeys(STATES, 0) | {"ok": 2, "failing": 2}
    assert {one["health"] for one in read(desk, "/feeds", health="failing")["items"]} == {"failing"}
    assert len(read(desk, "/feeds", health="ok")["items"]) == 2
    name = read(desk, "/feeds", health="ok")["items"][0]
    Pauses(desk.redis).pause(name["id"])
    assert [one["id"] for one in read(desk, "/feeds", health=PAUSED)["items"]] == [name["id"]]
    assert len(read(desk, "/feeds", health="ok")["items"]) == 1
    assert read(desk, "/status")["feeds"][PAUSED] == 1
    Pauses(desk.redis).resume(name["id"], NOW)
    assert read(desk, "/alerts", topic=BARREL.name) == {"items": [], "next": None}
    assert len(read(desk, "/alerts", topic=TOPIC.name)["items"]) == STORIES + 2


def test_articles_are_searched_by_the_query_language(desk):
    found, cursor = [], {}
    while True:
        page = read(desk, "/articles", q="title:barrel", limit=3, **cursor)
        assert fits(records.ArticlePage, page)
        assert page["meaning"]
        found += page["items"]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert {one["id"] for one in found} == {f"stored{number:02}" for number in range(ARTICLES) if number % 3}
    assert len(found) == 8
    assert found[0]["highlights"][0]["text"] == "barrel"


def test_what_one_has_is_not_sent_again(desk):
    first = desk.client.get(f"{API}/stories/story1")
    assert first.headers["cache-control"] == "private, no-cache"
    again = desk.client.get(f"{API}/stories/story1", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = desk.client.get(f"{API}/topics", headers={"If-None-Match": first.headers["etag"]})
    assert other.status_code == 200


# --- how it refuses -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/stories/unknown", 404, "no such story"),
        ("/alerts/unknown", 404, "no such alert"),
        ("/articles/unknown", 404, "no such article"),
        ("/topics/unknown", 404, "no such topic"),
        ("/alerts?topic=unknown", 404, "no such topic"),
        ("/nothing", 404, ""),
        ("/stories?limit=0", 400, "limit: "),
        ("/stories?limit=101", 400, "limit: "),
        ("/stories?limit=x", 400, "limit: "),
        ("/stories?cursor=x", 400, "cursor: this is no cursor"),
        ("/topics?cursor=MC4wIHg", 400, "begin anew"),
        ("/stories?cursor=" + "A" * 600, 400, "cursor: "),
        ("/stories?colour=red", 400, "'colour' is no parameter; known are topic, limit, cursor"),
        ("/status?colour=red", 400, "this takes none"),
        ("/feeds?health=fine", 400, "health: "),
        ("/articles?q=" + "x" * 20_001, 400, "q: "),
    ],
)
def test_what_makes_no_sense_is_a_problem_in_words(desk, path, status, words):
    assert words in refused(desk.client.get(API + path), status)


def test_a_bad_query_is_told_with_its_spot(desk):
    answer = desk.client.get(f"{API}/articles", params={"q": "barrel AND ("})
    assert refused(answer, 400).startswith("q: ")
    assert answer.json()["caret"].splitlines()[0] == "barrel AND ("
    assert answer.json()["column"] == 11


def test_methods_that_are_not_there_are_problems_too(desk):
    answer = desk.client.delete(f"{API}/stories/story1", headers=bearer(desk.write))
    refused(answer, 405)
    assert "GET" in answer.headers["allow"]


# --- who may ------------------------------------------------------------------------------------------------------


def test_without_a_password_loopback_reads_and_a_token_writes(desk):
    mute = f"{API}/topics/{TOPIC.id}/mute"
    assert desk.client.get(f"{API}/status").status_code == 200
    assert "--scope write" in refused(desk.client.post(mute), 403)
    assert "--scope write" in refused(desk.client.post(mute, headers=bearer(desk.read)), 403)
    assert "not known" in refused(desk.client.get(f"{API}/status", headers=bearer("ww_nobody")), 401)
    assert "127.0.0.1" in refused(desk.client.get(f"{API}/status", headers={"Host": "evil.example"}), 403)
    host = {**bearer(desk.write), "Host": "evil.example"}
    assert refused(desk.client.post(mute, headers=host), 403)
    assert Mutes(desk.redis).active(NOW) == []


def test_with_a_password_everything_needs_one_or_a_token(desk):
    client, status = desk.locked, f"{API}/status"
    answer = client.get(status, headers={"accept": "text/html"})
    assert "wirewatch tokens create" in refused(answer, 401)
    assert answer.headers["www-authenticate"] == 'Bearer realm="wirewatch"'
    void = client.get(status, headers=bearer("ww_nobody"))
    assert refused(void, 401)
    assert 'error="invalid_token"' in void.headers["www-authenticate"]
    for given in (bearer(desk.read), bearer(desk.write), {"Authorization": f"bEARER  {desk.read}"}):
        assert client.get(status, headers=given).status_code == 200
        assert client.get("/metrics", headers=given).status_code == 200
        assert client.get("/", headers=given).status_code == 403
    assert client.get(status, auth=("anyone", "sample")).status_code == 200
    assert client.get(f"{API}/openapi.json").status_code == 401
    assert client.get(f"{API}/alerts/stream").status_code == 401


def test_a_browser_that_is_logged_in_lends_its_rights_to_no_other_site(desk):
    mute = f"{API}/topics/{TOPIC.id}/mute"
    for headers in ({}, {"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}):
        refused(desk.locked.post(mute, auth=("anyone", "sample"), headers=headers), 403)
    assert Mutes(desk.redis).active(NOW) == []


def test_who_is_logged_in_reads_and_changes_from_our_own_pages(desk):
    ours, mute = {"sec-fetch-site": "same-origin"}, f"{API}/topics/{TOPIC.id}/mute"
    assert desk.locked.post("/login", data={"password": "sample"}, headers=ours).status_code == 303
    assert desk.locked.get(f"{API}/status").status_code == 200
    refused(desk.locked.post(mute, headers={"sec-fetch-site": "same-site"}), 403)
    assert desk.locked.post(mute, headers=ours).status_code == 200
    assert desk.locked.post(f"{API}/topics/{TOPIC.id}/unmute", headers=ours).status_code == 200
    desk.locked.cookies.clear()
    assert desk.locked.get(f"{API}/status").status_code == 401


def test_a_redis_that_takes_no_writes_is_read_all_the_same(desk):
    token = Tokens(desk.redis).create("full", Scope.READ, NOW)
    desk.redis.config_set("min-replicas-to-write", 1)
    try:
        assert desk.locked.get(f"{API}/status", headers=bearer(token)).status_code == 200
        topics = desk.client.get("/topics")
        written = desk.locked.post(f"{API}/topics/{TOPIC.id}/mute", headers=bearer(desk.write))
    finally:
        desk.redis.config_set("min-replicas-to-write", 0)
        Tokens(desk.redis).revoke("full")
    assert topics.status_code == 200
    assert TOPIC.name in topics.text
    assert "atom.xml" not in topics.text
    refused(written, 503)
    assert "atom.xml" in desk.client.get("/topics").text


def test_a_token_is_noted_when_used_and_void_when_revoked(desk):
    tokens = Tokens(desk.redis)
    token = tokens.create("passing", Scope.READ, NOW)
    assert {one.name: one.used for one in tokens.all()}["passing"] is None
    assert desk.locked.get(f"{API}/status", headers=bearer(token)).status_code == 200
    assert {one.name: one.used for one in tokens.all()}["passing"] == NOW
    assert tokens.revoke("passing")
    assert desk.locked.get(f"{API}/status", headers=bearer(token)).status_code == 401


# --- what it changes ----------------------------------------------------------------------------------------------


def change(desk, path, body=None, status=200):
    answer = desk.locked.post(API + path, json=body, headers=bearer(desk.write))
    if status != 200:
        return refused(answer, status)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_topics_are_muted_and_stories_acknowledged(desk):
    told = change(desk, f"/topics/{TOPIC.id}/mute", {"lasting": "1d"})
    assert fits(MuteRecord, told)
    assert told == {"kind": "topic", "of": TOPIC.name, "until": "2026-11-22T19:00:00Z"}
    assert read(desk, f"/topics/{TOPIC.id}")["muted_until"] == told["until"]
    assert change(desk, f"/topics/{TOPIC.id}/unmute") == {"kind": "topic", "of": TOPIC.name}
    change(desk, "/stories/story1/acknowledge")
    assert read(desk, "/stories/story1")["acknowledged_until"] == "2026-11-22T01:00:00Z"
    again = change(desk, "/stories/story1/unacknowledge")
    assert fits(changing.ToldAgainRecord, again)
    assert read(desk, "/stories/story1")["acknowledged_until"] is None


def test_alerts_are_sent_again_and_judged(desk):
    one = alert_id(make_story())
    assert change(desk, f"/alerts/{one}/resend", {"destinations": [HOOK.name]}) == {"id": one, "destinations": ["hook"]}
    assert change(desk, f"/alerts/{one}/judge", {"said": "wrong"}) == {"id": one, "judged": "wrong"}
    assert read(desk, f"/alerts/{one}")["judged"] == "wrong"
    assert change(desk, f"/alerts/{one}/judge", {"said": None}) == {"id": one, "judged": None}
    assert read(desk, f"/alerts/{one}")["judged"] is None


@pytest.mark.parametrize(
    ("path", "body", "status", "words"),
    [
        ("/topics/unknown/mute", {}, 404, "no such topic"),
        (f"/topics/{TOPIC.id}/mute", {"lasting": "soon"}, 400, "30m, 6h or 2d"),
        (f"/topics/{TOPIC.id}/mute", {"lasting": 5}, 400, "lasting: "),
        (f"/topics/{TOPIC.id}/mute", {"for": "2h"}, 400, "'for' is no parameter"),
        (f"/topics/{TOPIC.id}/mute", [], 400, "a JSON object"),
        ("/stories/unknown/acknowledge", {}, 404, "no such story"),
        ("/alerts/unknown/resend", {}, 404, "no such alert"),
        ("/alerts/unknown/judge", {"said": "right"}, 404, "no such alert"),
        ("/alerts/unknown/judge", {}, 400, "said: "),
    ],
)
def test_what_cannot_be_done_changes_nothing(desk, path, body, status, words):
    assert words in change(desk, path, body, status)
    assert Mutes(desk.redis).active(NOW) == []


def test_bodies_are_json_and_small(desk):
    path, given = f"{API}/topics/{TOPIC.id}/mute", bearer(desk.write)
    refused(desk.locked.post(path, data={"lasting": "2h"}, headers=given), 415)
    as_json = {**given, "content-type": "application/json"}
    refused(desk.locked.post(path, content=b"{", headers=as_json), 400)
    refused(desk.locked.post(path, content=b"[" * 60_000, headers=as_json), 400)
    refused(desk.locked.post(path, content=b" " * 64_001, headers=as_json), 413)
    assert Mutes(desk.redis).active(NOW) == []


# --- the document -------------------------------------------------------------------------------------------------


def references(node):
    if isinstance(node, dict):
        for name, value in node.items():
            yield from [value] if name == "$ref" else references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def test_the_document_names_all_that_is_served_and_holds_together(desk):
    answer = desk.client.get(f"{API}/openapi.json")
    told = answer.json()
    assert told["openapi"] == "3.1.0"
    assert desk.client.get(f"{API}/openapi.json", headers={"If-None-Match": answer.headers["etag"]}).status_code == 304
    schemas = told["components"]["schemas"]
    assert {reference.rpartition("/")[2] for reference in references(told)} == set(schemas)
    operations = [(path, method, one) for path, ways in told["paths"].items() for method, one in ways.items()]
    assert len({one["operationId"] for _, _, one in operations}) == len(operations) == 17
    for path, method, one in operations:
        named = {given["name"] for given in one.get("parameters", ()) if given["in"] == "path"}
        assert named == set(re.findall(r"\{(\w+)\}", path))
        assert one["summary"]
        # Each is served: an unknown id is a problem of the API and not of the router.
        asked = re.sub(r"\{\w+\}", "unknown", path)
        if path != "/alerts/stream":
            answer = desk.client.request(method.upper(), API + asked, headers=bearer(desk.write))
            assert answer.status_code in ({200, 404} if method == "get" else {400, 404})
            assert answer.json().get("title") != "Method Not Allowed"
    limit = next(one for one in told["paths"]["/stories"]["get"]["parameters"] if one["name"] == "limit")
    assert limit["schema"] == {"type": "integer", "minimum": 1, "maximum": 100, "default": 20}


def test_the_page_of_the_api_shows_every_operation_and_record_and_loads_nothing_foreign(desk):
    told = desk.client.get(f"{API}/openapi.json").json()
    html = desk.client.get(API).text
    for path, ways in told["paths"].items():
        for method in ways:
            assert f"{method.upper()} {API}{path}" in html
    anchors = re.findall(r'id="([^"]+)"', html)
    assert len(anchors) == len(set(anchors))
    linked = set(re.findall(r'href="#([^"]+)"', html))
    assert linked <= set(anchors)
    assert set(told["components"]["schemas"]) <= set(anchors)
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', html)


def test_errors_of_ours_leak_nothing(desk):
    desk.redis.hset("{ww}:feedback", alert_id(make_story()), "this is no JSON")
    answer = desk.client.get(f"{API}/alerts/{alert_id(make_story())}")
    desk.redis.hdel("{ww}:feedback", alert_id(make_story()))
    assert refused(answer, 500) == "the log of the web process holds the details"
    assert "Traceback" not in answer.text
    assert "JSON" not in json.loads(answer.text)["detail"]
    assert answer.headers["x-content-type-options"] == "nosniff"
