"""The commands that look at a running system, on a store filled by the store's own classes with hostile text."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from support.stores import put_articles

from worker.edge.rq_engine.queue import JobQueue
from worker.edge.store.articles import ArticleStore
from worker.edge.store.feeds import FeedStore
from worker.edge.store.outbox import Address, Outbox
from worker.edge.store.published import Processes, Published, set_web_url
from worker.model import (
    Alert,
    Article,
    Feed,
    FeedState,
    Highlight,
    Match,
    Reason,
    RemovedLine,
    Report,
    Source,
    Story,
    short_id,
)
from worker.ports import Change
from worker.run import jobs

# Colours, a window title, markup of the table's own library, a turn of direction, lines that are not there.
EVIL = "\x1b[31mred\x1b]0;owned\x07 [bold]markup[/bold] \\[/nothing] \u202edirection\r\nwirewatch: a line\x9b2J"
TOPIC = "Sample topic"
NOBODY = "Nobody's topic"
STATUS_KEYS = {
    *("at", "version", "config", "dashboard", "lists", "queues", "outbox", "workers", "feeds", "articles", "alerts"),
    *("dead_letters", "destinations", "dead_pages", "muted", "redis", "articles_trimmed"),
}
FEEDS_KEYS = {
    *("total", "ok", "failing", "gone", "new", "paused", "failing_list", "moved_list", "behind", "lag_p50", "lag_p99"),
}
DEPTHS = {"waiting", "running", "failed"}


class SystemTime:
    def now(self):
        return datetime.now(UTC)


@pytest.fixture(autouse=True)
def config(tmp_path, redis_server, cli):
    """The file in the folder where the commands run."""
    text = f'[redis]\nurl = "{redis_server.url}"\n[[topics]]\nname = "{TOPIC}"\nquery = "ferry"\n'
    (tmp_path / "wirewatch.toml").write_text(text, "utf-8")


@pytest.fixture
def filled(store):
    """Feeds of every state, an article, a story and its alert, two more alerts, a dead delivery."""
    now = datetime.now(UTC)
    queue = JobQueue(store)
    queue.warm()
    feeds = FeedStore(store)
    named = {name: Feed(url=f"https://{name}.example/rss", name=f"{name} {EVIL}") for name in ("ok", "failing", "gone")}
    feeds.sync([*named.values(), Feed(url="https://new.example/rss", name="new")], lambda _feed: now)
    states = {
        named["ok"].id: FeedState(polls=1, entries=1, last_success=now, next_due=now + timedelta(minutes=15)),
        named["failing"].id: FeedState(polls=1, errors=1, error=EVIL, failing_since=now, next_due=now),
        named["gone"].id: FeedState(polls=1, gone=True, error="410 Gone"),
    }
    for claim in feeds.claim(now, lease=1, limit=10):
        if claim.feed_id in states:
            feeds.commit(
                claim,
                states[claim.feed_id],
                work=(),
                shown=(),
                queue_work=jobs.queue_ingest(queue),
                outcome="parsed",
            )
    alert = _alert(TOPIC, now)
    unheard = _alert(NOBODY, now)
    _commit(store, queue, alert, {"desk": now, "hook": now})
    _commit(store, queue, unheard, {})
    outbox = Outbox(store)
    outbox.failed(Address(alert_id=alert.id, destination="hook"), alert, EVIL, None, now)
    Processes(store).beat("scheduler-1", {"role": "scheduler"}, now)
    Published(store).refuse("topics[0].query: \x1b[31m[bold]markup[/bold] \\[/nothing]\nferry AND\n         ^", now)
    set_web_url(store, "http://127.0.0.1:8080", owner="web", is_public=False, now=datetime.now(UTC))
    return alert, unheard


def _alert(topic, now):
    article = Article(
        id=short_id(topic),
        url="https://ok.example/ferry",
        canonical_url="https://ok.example/ferry",
        title=f"The ferry {EVIL}",
        text=f"{EVIL} the ferry is late.\nA second line.",
        source=Source(domain="ok.example", name=f"Sample {EVIL}"),
        published=now,
        seen_at=now,
        partial=True,
        partial_reason=EVIL,
    )
    report = Report(
        article_id=article.id,
        source="ok.example",
        title=article.title,
        url=article.url,
        published=now,
        seen_at=now,
    )
    story = Story(
        id=short_id("story", topic),
        topic=topic,
        headline=article.title,
        first_seen=now,
        last_seen=now,
        reports=(report,),
    )
    return Alert(
        id=short_id("alert", topic),
        reason=Reason.NEW_STORY,
        topic=topic,
        sent_because=f"first report {EVIL}",
        created=now,
        story=story,
        article=article,
        match=Match(
            topic=topic,
            query="ferry",
            score=0.5,
            highlights=(Highlight(field="title", start=4, end=9, text="ferry"),),
        ),
    )


def _commit(store, queue, alert, due):
    articles = ArticleStore(
        store,
        clock=SystemTime(),
        ttl=3600,
        window=3600,
        topic_ids={alert.topic: short_id("topic", alert.topic)},
        due=lambda _alert, _now: due,
        queue_deliveries=jobs.queue_deliver(queue),
    )
    change = Change(stories=(alert.story,), alerts=(alert,))
    assert articles.commit(alert.id, alert.article, [alert.match], lambda _live: change)


def tame(text):
    """Whether nothing in it acts on a terminal."""
    return not [c for c in text if c != "\n" and unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"}] and not (
        set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069") & set(text)
    )


LISTS = (
    ("feeds", "list"),
    ("topics", "list"),
    ("stories", "list"),
    ("alerts", "list"),
    ("articles", "list"),
    ("topics", "test", "ferry"),
)


def test_nothing_a_feed_wrote_acts_on_the_terminal(cli, filled):
    alert, _ = filled
    assert not tame(EVIL)
    looks = [*LISTS, ("status",), ("stories", "show", alert.story.id), ("alerts", "show", alert.id)]
    for look in [*looks, ("articles", "show", alert.article.id)]:
        status, output, errors = cli(*look)
        assert (status, errors) == (0, ""), look
        assert tame(output), look
        if look != ("topics", "list"):
            assert "[bold]markup[/bold] \\[/nothing]" in output, look
            if look[:2] != ("articles", "show"):  # an article's text has lines of its own
                assert "\nwirewatch: a line" not in output, look


def test_a_list_for_a_program_has_one_line_a_row_and_nothing_trails(cli, filled):
    for look in LISTS[:-1]:
        _, output, _ = cli(*look)
        rows = 1 + {"feeds": 4, "topics": 1}.get(look[0], 2)
        assert len(output.splitlines()) == rows, look
        assert not re.search(r" $", output, re.MULTILINE), look


def test_lists_as_json_hold_what_was_stored_unchanged(cli, filled):
    alert, unheard = filled
    answers = {look: cli(*look, "--json") for look in LISTS}
    assert all((status, errors) == (0, "") for status, _, errors in answers.values())
    feeds, topics, stories, alerts = (json.loads(answers[look][1]) for look in LISTS[:4])
    assert {row["name"].split()[0]: row["state"] for row in feeds} == {
        "ok": "ok",
        "failing": "failing",
        "gone": "gone",
        "new": "new",
    }
    assert [row["error"] for row in feeds if row["state"] == "failing"] == [EVIL]
    assert [row["name"] for row in topics] == [TOPIC]
    assert {row["id"] for row in stories} == {alert.story.id, unheard.story.id}
    assert {row["headline"] for row in stories} == {alert.story.headline}
    assert {row["id"]: row["reason"] for row in alerts} == {alert.id: "new_story", unheard.id: "new_story"}
    articles = [json.loads(line) for line in answers["articles", "list"][1].splitlines()]
    assert {line["id"] for line in articles} == {alert.article.id, unheard.article.id}
    assert articles[0]["text"] == alert.article.text
    tested = json.loads(answers["topics", "test", "ferry"][1])
    assert {row["id"] for row in tested} == {alert.article.id, unheard.article.id}


def test_an_empty_system_says_what_to_do_next(cli, store):
    for look in (*LISTS[:1], *LISTS[2:]):
        status, output, errors = cli(*look)
        assert status == 0
        assert errors.startswith("no ")
        assert output == "" or look[0] == "topics"
        status, output, errors = cli(*look, "--json")
        assert (status, errors) == (0, "")
        assert output == ("" if look[0] == "articles" else "[]\n")


def test_unknown_ids_are_one_sentence_that_says_where_to_look(cli, filled):
    for group, one in (("stories", "story"), ("alerts", "alert"), ("articles", "article")):
        for verb in ("show", "resend") if group == "alerts" else ("show",):
            status, output, errors = cli(group, verb, "feedbeef\x1b[31m")
            assert (status, output) == (1, "")
            assert errors.startswith(f"wirewatch: there is no {one} feedbeef")
            assert f"`wirewatch {group} list`" in errors
            assert errors.count("\n") == 1
            assert tame(errors)


def test_alerts_show_tells_the_deliveries(cli, filled):
    alert, _ = filled
    _, output, _ = cli("alerts", "show", alert.id)
    assert "desk: pending after 0 attempts\n" in output
    assert "hook: dead after 1 attempt (" in output
    assert f"http://127.0.0.1:8080/stories/{alert.story.id}" in output


def test_resend_makes_every_delivery_pending_again_under_the_same_id(cli, filled, store):
    alert, unheard = filled
    status, output, _ = cli("alerts", "resend", alert.id)
    assert (status, output) == (0, f"{alert.id} goes out again to desk, hook\n")
    assert {d.destination: (d.state, d.attempts, d.error) for d in Outbox(store).deliveries(alert.id)} == {
        "desk": ("pending", 0, ""),
        "hook": ("pending", 0, ""),
    }
    status, output, errors = cli("alerts", "resend", unheard.id)
    assert (status, output) == (1, "")
    assert "was for no destination" in errors


def test_status_has_the_same_keys_empty_and_filled(cli, store, request):
    empty = json.loads(cli("status", "--json")[1])
    request.getfixturevalue("filled")
    found = json.loads(cli("status", "--json")[1])
    for answer in (empty, found):
        assert set(answer) == STATUS_KEYS
        assert set(answer["config"]) == {"version", "refused"}
        assert set(answer["feeds"]) == FEEDS_KEYS
        assert set(answer["queues"]) == {"ingest", "deliver"}
        assert set(answer["queues"]["ingest"]) == {*DEPTHS, "put_back"}
        assert set(answer["queues"]["deliver"]) == DEPTHS
    assert (empty["feeds"]["total"], empty["articles"], empty["outbox"], empty["alerts"]) == (0, 0, 0, [])
    assert (empty["workers"], empty["dashboard"], empty["config"]) == ([], None, {"version": None, "refused": None})
    states = {name: found["feeds"][name] for name in ("total", "ok", "failing", "gone", "new")}
    assert states == {"total": 4, "ok": 1, "failing": 1, "gone": 1, "new": 1}
    assert {feed["url"] for feed in found["feeds"]["failing_list"]} == {
        "https://failing.example/rss",
        "https://gone.example/rss",
    }
    assert (found["articles"], found["outbox"], len(found["alerts"])) == (2, 1, 2)
    assert set(found["alerts"][0]) == {"id", "at", "reason", "topic", "headline", "because"}
    assert [(row["name"], row["role"], row["state"]) for row in found["workers"]] == [
        ("scheduler-1", "scheduler", "running")
    ]
    assert found["queues"]["deliver"]["waiting"] == 2, "a wake-up call for each destination"


def test_status_for_people_names_what_needs_them(cli, filled, store):
    _, output, _ = cli("status")
    assert re.search(r"^config +refused", output, re.MULTILINE)
    assert "\nferry AND\n         ^\n" in output
    assert re.search(r"^failing +failing red", output, re.MULTILINE) is None, "control characters became blanks"
    assert re.search(r"^failing +failing \[31mred", output, re.MULTILINE)
    assert re.search(r"^feeds +4: 1 ok, 1 failing, 1 gone, 1 new$", output, re.MULTILINE)
    store.flushdb()
    _, output, _ = cli("status")
    assert "none is running; start them with wirewatch up" in output


def test_a_query_is_told_in_words_and_a_bad_one_with_a_caret(cli, filled):
    _, output, _ = cli("topics", "test", "ferry NEAR/3 late")
    assert output.startswith("Meaning: ")
    assert "ferry" in output.splitlines()[0]
    status, output, errors = cli("topics", "test", "NOT ferry")
    assert (status, output) == (1, "")
    assert errors.splitlines()[1:] == ["NOT ferry", "^"]
    status, _, errors = cli("topics", "test", "ferry", "--since", "soon")
    assert status == 2
    assert "--since" in errors


def test_an_alert_as_json_is_its_webhook_payload_with_the_deliveries(cli, filled):
    alert, _ = filled
    status, output, errors = cli("alerts", "show", alert.id, "--json")
    assert (status, errors) == (0, "")
    payload = json.loads(output)
    assert set(payload) == {"type", "timestamp", "data", "deliveries", "judged"}
    assert payload["type"] == "alert.new_story"
    data = payload["data"]
    assert (data["alert"]["id"], data["alert"]["reason"], data["alert"]["topic"]) == (alert.id, "new_story", TOPIC)
    assert data["story"]["url"] == f"http://127.0.0.1:8080/stories/{alert.story.id}"
    (mark,) = data["match"]["highlights"]
    assert data["article"]["title"][mark["start"] : mark["end"]] == mark["text"] == "ferry"
    assert payload["deliveries"] == [
        {"destination": "desk", "state": "pending", "attempts": 0, "error": ""},
        {"destination": "hook", "state": "dead", "attempts": 1, "error": EVIL},
    ]


def test_a_story_as_json_lists_its_reports(cli, filled):
    alert, _ = filled
    status, output, _ = cli("stories", "show", alert.story.id, "--json")
    (report,) = json.loads(output)
    assert status == 0
    assert set(report) == {"seen_at", "source", "title", "copy_of", "url"}
    assert (report["title"], report["copy_of"]) == (alert.article.title, None)
    _, output, _ = cli("stories", "show", alert.story.id)
    assert f"{TOPIC}, 1 independent source\n" in output
    assert "https://ok.example/ferry\n" in output


def test_an_article_as_json_is_an_article_line(cli, filled):
    alert, _ = filled
    status, output, _ = cli("articles", "show", alert.article.id, "--json")
    line = json.loads(output)
    assert (status, output.count("\n")) == (0, 1)
    assert (line["id"], line["text"], line["partial"]) == (alert.article.id, alert.article.text, True)
    assert line["source"] == {"domain": "ok.example", "name": alert.article.source.name}


def test_an_article_shows_what_was_left_out_of_it_and_its_line_does_not(cli, filled, store):
    alert, _ = filled
    aside = RemovedLine(text=f"Photo: {EVIL}", because="lines that begin with “Photo:”: on 4 of the latest 20 stories")
    article = replace(alert.article, id="0" * 16, removed=(aside,))
    put_articles(store, [article])
    status, output, _ = cli("articles", "show", article.id)
    assert status == 0
    assert "\nleft out:\n- Photo: " in output
    assert "(lines that begin with “Photo:”: on 4 of the latest 20 stories)\n" in output
    assert tame(output)
    _, output, _ = cli("articles", "show", article.id, "--json")
    assert "removed" not in json.loads(output)
