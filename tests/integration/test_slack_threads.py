"""Slack threads through the real outbox and a service that behaves as Slack's; only the clock is moved by hand."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from support.clocks import HandClock
from support.fake_slack import TOKEN, Channel, slack

from worker.alerts.digest import digest_of
from worker.alerts.notice import switched_off
from worker.config import load, to_published
from worker.edge.redis_client import connect
from worker.edge.rq_engine.queue import DELIVER, JobQueue
from worker.edge.store import outbox
from worker.edge.store.articles import ArticleStore
from worker.edge.store.outbox import ATTEMPT_LEASE, Address, Outbox
from worker.edge.store.published import Published
from worker.edge.store.threads import CLAIM_LEASE, Place, Post
from worker.edge.store.upkeep import STORIES_KEPT
from worker.model import Alert, Article, Highlight, Match, Reason, Report, Source, Story, short_id
from worker.ports import Change
from worker.run import jobs
from worker.run.deliver import DeliverWorker

NOW = datetime(2026, 5, 1, 8, 49, tzinfo=UTC)
CONFIG = """
[[destinations]]
name = "desk"
type = "slack"
url = "{url}"
token = "env:SLACK_BOT_TOKEN"
channel = "{channel}"
"""
# Sample text.
HEADLINE = "Sample: the harbour bridge closes"


class Desk:
    """A deliverer or more on one Redis, and the workspace they post to."""

    def __init__(self, store, folder, workspace):
        self.store = store
        self.folder = folder
        self.slack = workspace
        self.clock = HandClock(NOW)
        self.started = []
        self.configure()

    def configure(self, *, token=TOKEN, channel="#newsroom"):
        path = self.folder / "wirewatch.toml"
        path.write_text(CONFIG.format(url=self.slack.url, channel=channel), "utf-8")
        settings = load(path, env={"SLACK_BOT_TOKEN": token})
        Published(self.store).put(to_published(settings), settings.fingerprint, NOW)

    def start(self, connection=None):
        worker = DeliverWorker(connection or self.store)
        worker.clock = self.clock
        worker.live.refresh(at_once=True)
        self.started.append(worker)
        return worker

    def put(self, *alerts):
        queue = JobQueue(self.store)
        queue.warm()
        for one in alerts:
            with self.store.pipeline() as pipe:
                pipe.multi()
                now = self.clock.now()
                outbox.put(pipe, one, {"desk": now}, now, jobs.queue_deliver(queue))
                pipe.execute()

    def wake(self, worker):
        """What the scheduler does when deliveries are due, and what the worker then does."""
        members = Outbox(self.store).due(self.clock.now())
        for one in members:
            worker.deliver({"v": 1, "members": [one]})
        return members

    def tell(self, worker, *alerts):
        """One after the other, with the second between them that the channel wants."""
        for one in alerts:
            self.put(one)
            deliver(worker, one)
            self.clock.pass_by(1)

    def where(self, one):
        return Outbox(self.store).delivery(Address(alert_id=one.id, destination="desk"))

    @property
    def threads(self):
        """First messages by their alert, and how many replies each has."""
        return {name: len(replies) for name, replies in self.slack.threads.items()}


@pytest.fixture
def desk(store, tmp_path):
    with slack() as workspace:
        desk = Desk(store, tmp_path, workspace)
        yield desk
        for worker in desk.started:
            worker.close()


def report(number, source, minutes, copy_of=None):
    at = NOW + timedelta(minutes=minutes)
    return Report(
        article_id=f"a{number}",
        source=source,
        title=HEADLINE,
        url=f"https://{source}/{number}",
        published=at,
        seen_at=at,
        copy_of=copy_of,
    )


REPORTS = (
    report(1, "coast.example", 0),
    report(2, "valley.example", 27, copy_of="a1"),
    report(3, "town.example", 91),
    report(4, "isle.example", 143),
)


def alert(reason, reports, sources, because, story_id="5707"):
    last = reports[-1]
    story = Story(
        id=story_id,
        topic="Bridge",
        headline=HEADLINE,
        first_seen=reports[0].seen_at,
        last_seen=last.seen_at,
        reports=tuple(reports),
        independent_sources=sources,
    )
    return Alert(
        id=short_id("alert", story_id, reason.value, because),
        reason=reason,
        topic="Bridge",
        sent_because=because,
        created=last.seen_at,
        story=story,
        article=Article(
            id=last.article_id, title=f"{HEADLINE}, says {last.source}", url=last.url, source=Source(domain=last.source)
        ),
        match=Match(
            topic="Bridge",
            query="bridge",
            score=1.0,
            highlights=(Highlight(field="text", start=0, end=10, text="the bridge"),),
        ),
        follow_up=reason is not Reason.NEW_STORY,
    )


FIRST = alert(Reason.NEW_STORY, REPORTS[:1], 1, "first report of this story")
CONFIRMED = alert(Reason.CONFIRMED, REPORTS[:3], 2, 'the port authority is on record: "It is closed."')
THIRD = alert(Reason.CORROBORATED, REPORTS, 3, "3 independent sources now carry it")


def member(one):
    return f"{one.id}:desk"


def deliver(worker, *alerts, **more):
    for one in alerts:
        worker.deliver({"v": 1, "members": [member(one)], **more})


def words(message):
    """Every text of a message in a row."""
    found = []
    for block in message["blocks"]:
        found += [text["text"] for text in [block.get("text"), *block.get("elements", [])] if text]
    return "\n".join(found)


def test_a_story_is_one_thread_whose_first_message_is_kept_up_to_date(desk):
    desk.tell(desk.start(), FIRST, CONFIRMED, THIRD)
    assert {one: desk.where(one).state for one in (FIRST, CONFIRMED, THIRD)} == dict.fromkeys(
        (FIRST, CONFIRMED, THIRD), "delivered"
    )
    first, confirmed, third = desk.slack.messages
    assert first.thread is None
    assert confirmed.thread == third.thread == first.ts
    assert "1 independent source, 1 report" in words(first.sent)
    assert "2 independent sources, 3 reports" in words(first.edits[0])
    assert "3 independent sources, 4 reports" in words(first.edits[1])
    now = words(first.shown)
    assert "New story · Bridge: first report of this story" in now
    assert "Latest: More sources · Bridge: 3 independent sources now carry it" in now
    assert now.splitlines()[-8:-3] == [
        "Who reported it (UTC)",
        "◆ 08:49 coast.example",
        "◇ 09:16 valley.example, a copy of coast.example",
        "◆ 10:20 town.example",
        "◆ 11:12 isle.example",
    ]
    assert "the port authority is on record: “" not in words(third.sent)
    assert 'Confirmed · Bridge: the port authority is on record: "It is closed."' in words(confirmed.sent)
    assert all("story 5707" in words(message.sent) for message in desk.slack.messages)


def test_every_message_names_the_alert_and_the_story_to_programs(desk):
    desk.tell(desk.start(), FIRST, CONFIRMED)
    first, reply = desk.slack.messages
    assert first.sent["metadata"] == {
        "event_type": "wirewatch_alert",
        "event_payload": {
            "alert_id": FIRST.id,
            "story_id": "5707",
            "reason": "new_story",
            "message_id": first.sent["client_msg_id"],
        },
    }
    assert first.shown["metadata"] == first.sent["metadata"]
    assert reply.sent["metadata"]["event_payload"]["alert_id"] == CONFIRMED.id


def test_a_story_that_another_was_merged_into_goes_on_in_the_thread_of_that_one(desk):
    worker = desk.start()
    desk.tell(worker, FIRST)
    desk.store.sadd("{ww}:story:absorbed:5708", "5707")
    later = replace(CONFIRMED, id="later", story=replace(CONFIRMED.story, id="5708"))
    desk.tell(worker, later, replace(THIRD, id="third", story=replace(THIRD.story, id="5708")))
    assert desk.threads == {FIRST.id: 2}
    assert "3 independent sources, 4 reports" in words(desk.slack.messages[0].shown)


def test_a_digest_and_a_notice_stand_alone(desk):
    worker = desk.start()
    digest = digest_of([FIRST, CONFIRMED], destination="desk", because="2 alerts in 1h", now=NOW)
    notice = switched_off("hook", state="gone", why="it answered 410 Gone", waiting=2, now=NOW)
    desk.tell(worker, FIRST, digest, notice, THIRD)
    assert desk.threads == {FIRST.id: 1, digest.id: 0, notice.id: 0}
    shown = words(desk.slack.messages[1].shown)
    assert shown.startswith("Digest · Bridge\n2 alerts in 1h\nSample: the harbour bridge closes — New story · Bridge")
    assert "<https://coast.example/1|Report>" in shown


def test_another_story_gets_a_thread_of_its_own(desk):
    other = alert(Reason.NEW_STORY, REPORTS[:1], 1, "first report", story_id="5708")
    desk.tell(desk.start(), FIRST, other, CONFIRMED)
    assert desk.threads == {FIRST.id: 1, other.id: 0}


def test_a_follow_up_that_comes_first_opens_the_thread_and_nothing_is_lost(desk):
    desk.tell(desk.start(), CONFIRMED, FIRST)
    assert desk.threads == {CONFIRMED.id: 1}
    shown = words(desk.slack.messages[0].shown)
    assert "2 independent sources, 3 reports" in shown  # the older alert has nothing to tell that is newer
    assert "Latest" not in shown


def test_two_alerts_of_one_story_at_the_same_moment_make_one_thread(desk, redis_server):
    at_slack, go_on = threading.Event(), threading.Event()

    def slow(_message):
        at_slack.set()
        assert go_on.wait(30)

    desk.slack.on_post = slow
    other = connect(redis_server.url)
    first, second = desk.start(), desk.start(other)
    desk.put(FIRST, CONFIRMED)
    thread = threading.Thread(target=deliver, args=(first, FIRST))
    thread.start()
    assert at_slack.wait(30)
    deliver(second, CONFIRMED)
    assert desk.where(CONFIRMED).state == "pending"
    assert desk.where(CONFIRMED).attempts == 0
    go_on.set()
    thread.join()
    desk.clock.pass_by(1)
    assert desk.wake(second) == [member(CONFIRMED)]
    other.close()
    assert desk.threads == {FIRST.id: 1}


def test_many_alerts_of_one_story_and_many_deliverers_make_one_thread(desk, redis_server):
    many = [alert(Reason.CORROBORATED, REPORTS, 3, f"{n} independent sources now carry it") for n in range(8)]
    connections = [connect(redis_server.url) for _ in range(4)]
    workers = [desk.start(connection) for connection in connections]
    desk.put(*many)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: deliver(workers[n], *many[n::4], *many), range(4)))
        for _ in range(30):
            if Outbox(desk.store).depth() == 0:
                break
            desk.clock.pass_by(1)
            members = Outbox(desk.store).due(desk.clock.now())
            list(pool.map(lambda n, due=members: workers[n].deliver({"v": 1, "members": due}), range(4)))
    for connection in connections:
        connection.close()
    assert list(desk.threads.values()) == [7]
    assert sorted(message.alert for message in desk.slack.messages) == sorted(one.id for one in many)
    assert {desk.where(one).state for one in many} == {"delivered"}


def test_a_channel_gets_a_message_a_second_and_waiting_is_no_attempt(desk):
    many = [alert(Reason.NEW_STORY, REPORTS[:1], 1, "first report", story_id=f"s{n}") for n in range(6)]
    worker = desk.start()
    desk.put(*many)
    deliver(worker, *many)
    assert len(desk.slack.messages) == 1
    woken = 0
    for seconds in range(1, 6):
        desk.clock.pass_by(1)
        woken += len(desk.wake(worker))
        assert len(desk.slack.messages) == 1 + seconds
    assert woken == 5  # each waits once, for a turn of its own
    assert {desk.where(one).attempts for one in many} == {1}


def test_a_pause_that_slack_asks_for_is_the_whole_channels(desk):
    limited = (429, {"Retry-After": "30"}, b'{"ok":false,"error":"ratelimited"}')
    desk.slack.answer = lambda number: limited if number == 1 else None
    other = alert(Reason.NEW_STORY, REPORTS[:1], 1, "first report", story_id="5708")
    worker = desk.start()
    desk.put(FIRST, other)
    deliver(worker, FIRST)
    assert desk.where(FIRST).error == "Slack refused the message (ratelimited): too many messages to #newsroom"
    deliver(worker, other)
    desk.clock.pass_by(29)
    desk.wake(worker)
    assert len(desk.slack.calls) == 1
    for _ in range(3):
        desk.clock.pass_by(1)
        desk.wake(worker)
    assert desk.threads == {FIRST.id: 0, other.id: 0}
    assert desk.where(other).attempts == 1


def test_a_clock_that_was_set_back_stops_nobody(desk):
    worker = desk.start()
    desk.clock.pass_by(86_400)
    desk.tell(worker, FIRST)
    desk.clock.time = NOW
    desk.tell(worker, CONFIRMED)
    assert desk.threads == {FIRST.id: 1}


def test_a_deleted_first_message_is_followed_by_a_new_thread(desk):
    worker = desk.start()
    desk.tell(worker, FIRST)
    desk.slack.messages[0].deleted = True
    desk.tell(worker, CONFIRMED, THIRD)
    assert desk.threads == {CONFIRMED.id: 1}
    assert [method for method, _ in desk.slack.calls].count("chat.postMessage") == 3


def test_a_thread_that_takes_no_replies_is_followed_by_a_new_one(desk):
    worker = desk.start()
    desk.tell(worker, FIRST)
    desk.slack.channels[0].locked = True
    desk.tell(worker, CONFIRMED)
    assert desk.threads == {FIRST.id: 0, CONFIRMED.id: 0}
    desk.slack.channels[0].locked = False


def test_where_edits_are_closed_the_reply_arrives_all_the_same(desk):
    worker = desk.start()
    desk.tell(worker, FIRST)
    desk.slack.edits_are_closed = True
    desk.tell(worker, CONFIRMED)
    assert desk.threads == {FIRST.id: 1}


def test_refused_blocks_are_followed_by_plain_text(desk):
    desk.slack.refuses_blocks = True
    desk.tell(desk.start(), FIRST, CONFIRMED)
    first, reply = desk.slack.messages
    assert reply.thread == first.ts
    for message in (first, reply):
        assert not {"blocks", "metadata", "client_msg_id"} & set(message.sent)
        assert message.sent["mrkdwn"] is False
        assert message.sent["text"].startswith("Sample: the harbour bridge closes")
    assert desk.where(CONFIRMED).state == "delivered"


@pytest.mark.parametrize("cut", ["before", "after"])
def test_a_connection_that_breaks_leads_to_the_same_ids_again(desk, cut):
    def break_once(*_):
        desk.slack.on_call, desk.slack.on_post = lambda *_: None, lambda _message: None
        raise ConnectionResetError

    setattr(desk.slack, "on_call" if cut == "before" else "on_post", break_once)
    worker = desk.start()
    desk.tell(worker, FIRST)
    assert desk.where(FIRST).state == "pending"
    desk.clock.pass_by(10)
    desk.wake(worker)
    assert desk.where(FIRST).state == "delivered"
    assert len(desk.slack.messages) == {"before": 1, "after": 2}[cut]
    assert {message.alert for message in desk.slack.messages} == {FIRST.id}
    assert len({message.sent["client_msg_id"] for message in desk.slack.messages}) == 1


@pytest.mark.parametrize("lost", [FIRST, CONFIRMED])
def test_a_bot_that_may_read_finds_what_it_had_posted_and_does_not_repeat_it(desk, lost):
    def break_once(message):
        if message.alert == lost.id:
            desk.slack.on_post = lambda _message: None
            raise ConnectionResetError

    desk.configure(channel="C0NEWSROOM")
    desk.slack.scopes, desk.slack.on_post = ("chat:write", "channels:history"), break_once
    worker = desk.start()
    for one in (FIRST, CONFIRMED, THIRD):
        desk.tell(worker, one)
        desk.clock.pass_by(10)
        desk.wake(worker)
        desk.clock.pass_by(1)
    assert desk.threads == {FIRST.id: 2}
    assert [message.alert for message in desk.slack.messages] == [FIRST.id, CONFIRMED.id, THIRD.id]
    assert {desk.where(one).state for one in (FIRST, CONFIRMED, THIRD)} == {"delivered"}


def test_who_asks_to_send_again_is_not_taken_for_a_repetition(desk):
    desk.configure(channel="C0NEWSROOM")
    desk.slack.scopes = ("chat:write", "channels:history")
    worker = desk.start()
    desk.tell(worker, FIRST)
    Outbox(desk.store).resend(FIRST.id, desk.clock.now())
    desk.wake(worker)
    assert [message.alert for message in desk.slack.messages] == [FIRST.id, FIRST.id]


@pytest.mark.parametrize(("code", "looks"), [("internal_error", True), ("not_in_channel", False)])
def test_only_after_an_attempt_that_may_have_worked_is_the_channel_looked_through(desk, code, looks):
    refusal = (200, {}, json.dumps({"ok": False, "error": code}).encode())
    desk.slack.answer = lambda number: refusal if number == 1 else None
    worker = desk.start()
    desk.tell(worker, FIRST)
    desk.clock.pass_by(10)
    desk.wake(worker)
    assert desk.threads == {FIRST.id: 0}
    assert ("conversations.history" in [method for method, _ in desk.slack.calls]) is looks


def test_a_slack_that_knows_the_id_keeps_one_message_and_its_thread(desk):
    def break_once(_message):
        desk.slack.on_post = lambda _message: None
        raise ConnectionResetError

    desk.slack.knows_ids, desk.slack.on_post = True, break_once
    worker = desk.start()
    desk.tell(worker, FIRST)
    desk.clock.pass_by(10)
    desk.wake(worker)
    desk.clock.pass_by(1)
    desk.tell(worker, CONFIRMED)
    assert desk.threads == {FIRST.id: 1}


def test_what_was_noted_is_not_posted_again(desk):
    """The deliverer died between the note of Slack's answer and the end of its attempt."""
    worker = desk.start()
    desk.tell(worker, FIRST)
    desk.put(CONFIRMED)
    post = Post(alert=CONFIRMED, spec=worker._specs["desk"])
    assert Outbox(desk.store).begin(Address(alert_id=CONFIRMED.id, destination="desk"), desk.clock.now())
    assert worker._threads.claim(post.place, CONFIRMED.id, desk.clock.now())
    worker._threads.replied(post, "1700000000.000009")
    desk.clock.pass_by(ATTEMPT_LEASE)
    deliver(desk.start(), CONFIRMED)
    assert desk.where(CONFIRMED).state == "delivered"
    assert len(desk.slack.messages) == 1


def test_who_asks_for_it_gets_an_alert_once_more(desk):
    desk.slack.knows_ids = True
    worker = desk.start()
    desk.tell(worker, FIRST)
    Outbox(desk.store).resend(FIRST.id, desk.clock.now())
    desk.wake(worker)
    assert [message.alert for message in desk.slack.messages] == [FIRST.id, FIRST.id]
    assert desk.slack.messages[1].thread == desk.slack.messages[0].ts


def test_a_claim_of_the_dead_ends_with_its_lease(desk):
    worker = desk.start()
    desk.put(FIRST, CONFIRMED)
    spec = worker._specs["desk"]
    assert worker._threads.claim(Place(spec=spec, story_id="5707"), "refresh:5707", desk.clock.now())
    deliver(worker, FIRST)
    assert desk.slack.messages == []
    desk.clock.pass_by(CLAIM_LEASE + 1)
    desk.wake(worker)
    desk.clock.pass_by(1)
    desk.wake(worker)
    assert list(desk.threads.values()) == [1]


def test_threads_are_forgotten_with_their_stories(desk):
    desk.tell(desk.start(), FIRST)
    (key,) = desk.store.keys("{ww}:slack:thread:*")
    assert STORIES_KEPT - 60 < desk.store.ttl(key) <= STORIES_KEPT
    (turns,) = desk.store.keys("{ww}:slack:turns:*")
    assert 0 < desk.store.pttl(turns) <= 4 * 3600 * 1000


@pytest.mark.parametrize(
    ("setting", "sentence", "mend"),
    [
        (
            {"channels": (Channel(id="C0NEWSROOM", name="newsroom", bot_is_in=False),)},
            "the bot is not in #newsroom; invite it: /invite @wirewatch in the channel",
            {"channels": (Channel(id="C0NEWSROOM", name="newsroom"),)},
        ),
        (
            {"channels": (Channel(id="C0NEWSROOM", name="newsroom", archived=True),)},
            "the channel #newsroom is archived; unarchive it, or name another",
            {"channels": (Channel(id="C0NEWSROOM", name="newsroom"),)},
        ),
        (
            {"channels": ()},
            "there is no channel #newsroom that the bot can see",
            {"channels": (Channel(id="C0NEWSROOM", name="newsroom"),)},
        ),
        (
            {"scopes": ("channels:read",)},
            "the token lacks the scope chat:write; add it",
            {"scopes": ("channels:read", "chat:write")},
        ),
    ],
)
def test_what_people_can_mend_is_told_and_arrives_once_it_is_mended(desk, setting, sentence, mend):
    for name, value in setting.items():
        setattr(desk.slack, name, value)
    worker = desk.start()
    desk.tell(worker, FIRST)
    assert desk.where(FIRST).state == "pending"
    assert sentence in desk.where(FIRST).error
    for name, value in mend.items():
        setattr(desk.slack, name, value)
    desk.clock.pass_by(10)
    desk.wake(worker)
    assert desk.where(FIRST).state == "delivered"


def test_a_token_that_is_refused_is_named_nowhere(desk):
    desk.configure(token="xoxb-canary-of-another-token")
    worker = desk.start()
    desk.tell(worker, FIRST)
    error = desk.where(FIRST).error
    assert error.startswith("Slack refused the message (invalid_auth): the token is not valid")
    assert "canary" not in error


@pytest.mark.parametrize(
    ("status", "body"), [(200, b"<html>login</html>"), (200, b"[]"), (200, b""), (500, b""), (302, b"")]
)
def test_what_is_no_answer_of_slack_is_tried_again(desk, status, body):
    desk.slack.answer = lambda number: (status, {"Location": "https://x.example/"}, body) if number == 1 else None
    worker = desk.start()
    desk.tell(worker, FIRST)
    assert desk.where(FIRST).state == "pending"
    assert "Slack's API answered" in desk.where(FIRST).error
    desk.clock.pass_by(10)
    desk.wake(worker)
    assert desk.where(FIRST).state == "delivered"


def test_a_message_that_is_refused_whatever_it_is_made_of_is_a_dead_letter(desk):
    refusal = (200, {}, json.dumps({"ok": False, "error": "msg_too_long"}).encode())
    desk.slack.answer = lambda _number: refusal
    desk.tell(desk.start(), FIRST)
    assert desk.where(FIRST).state == "dead"
    assert len(desk.slack.calls) == 2  # as it is, and as plain text


def test_the_alert_that_opened_a_thread_may_be_forgotten(desk):
    worker = desk.start()
    desk.tell(worker, FIRST)
    desk.store.delete("{ww}:alert:" + FIRST.id)
    desk.tell(worker, replace(CONFIRMED))
    assert desk.threads == {FIRST.id: 1}


class Ingest:
    """Stores articles and stories the way an ingest worker does, and wakes deliverers for what follows."""

    def __init__(self, desk):
        self.desk = desk
        self.queue = JobQueue(desk.store)
        self.queue.warm()
        self.articles = ArticleStore(
            desk.store,
            clock=desk.clock,
            ttl=86_400,
            window=86_400,
            topic_ids={"Bridge": "bridge"},
            due=lambda _alert, now: {"desk": now},
            queue_deliveries=jobs.queue_deliver(self.queue),
            queue_refresh=jobs.queue_refresh(self.queue),
        )

    def report(self, reports, sources, *alerts):
        """The story with one report more; gives the jobs that this makes."""
        last = reports[-1]
        story = replace(
            FIRST.story,
            reports=tuple(reports),
            independent_sources=sources,
            told=("new_story",),
            last_seen=last.seen_at,
        )
        article = Article(id=last.article_id, title=HEADLINE, source=Source(domain=last.source), seen_at=last.seen_at)
        before = self.waiting
        change = Change(stories=(story,), alerts=tuple(replace(one, story=story) for one in alerts))
        assert self.articles.commit(f"item-{article.id}", article, [FIRST.match], lambda _live: change)
        return self.waiting - before

    @property
    def waiting(self):
        return self.queue.depths()[DELIVER]["waiting"]


def test_a_source_more_is_shown_although_nobody_is_told(desk):
    worker, ingest = desk.start(), Ingest(desk)
    assert ingest.report(REPORTS[:1], 1, FIRST) == 1
    deliver(worker, FIRST)
    assert ingest.report(REPORTS[:2], 1) == 0  # a copy
    assert ingest.report(REPORTS[:3], 2) == 1
    worker.deliver({"v": 1, "members": [], "stories": ["5707"]})
    (first,) = desk.slack.messages
    assert "2 independent sources, 3 reports" in words(first.shown)
    desk.clock.pass_by(1)
    assert ingest.report(REPORTS, 3, THIRD) == 1
    deliver(worker, THIRD)
    assert "3 independent sources, 4 reports" in words(first.shown)
    worker.deliver({"v": 1, "members": [], "stories": ["5707"]})
    assert "Latest: More sources" in words(first.shown)
    assert desk.threads == {FIRST.id: 1}


def test_nothing_is_refreshed_where_there_is_no_thread_or_somebody_works_on_it(desk):
    worker, ingest = desk.start(), Ingest(desk)
    ingest.report(REPORTS[:1], 1, FIRST)
    deliver(worker, FIRST)
    worker.deliver({"v": 1, "members": [], "stories": ["without-a-thread"]})
    place = Place(spec=worker._specs["desk"], story_id="5707")
    assert worker._threads.claim(place, "another", desk.clock.now())
    worker.deliver({"v": 1, "members": [], "stories": ["5707"]})
    assert [method for method, _ in desk.slack.calls] == ["chat.postMessage"]


def test_a_refresh_that_slack_refuses_holds_back_nothing(desk):
    worker, ingest = desk.start(), Ingest(desk)
    ingest.report(REPORTS[:1], 1, FIRST)
    deliver(worker, FIRST)
    desk.slack.messages[0].deleted = True
    worker.deliver({"v": 1, "members": [], "stories": ["5707"]})
    desk.clock.pass_by(1)
    desk.put(CONFIRMED)
    deliver(worker, CONFIRMED)
    assert desk.threads == {CONFIRMED.id: 0}
