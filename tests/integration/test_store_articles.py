"""Hand-over 2 on a real Redis: article, stories and alerts are one transaction, and running twice changes nothing."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from support.clocks import HandClock
from support.stores import memory_limit

from worker.edge.rq_engine.queue import DELIVER, JobQueue
from worker.edge.store.articles import Archive, ArticleStore
from worker.edge.store.events import counters, recent
from worker.edge.store.outbox import ATTEMPT_LEASE, Address, Outbox
from worker.model import Alert, Article, Match, Reason, Report, Source, Story, short_id
from worker.ports import Change
from worker.run import jobs
from worker.stories.terms import terms

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
TOPIC = "Summit"


def article(number=1):
    return Article(
        id=short_id("article", str(number)),
        url=f"https://example.org/{number}",
        title=f"Sample report {number}",
        text="Sample text. " * 30,
        source=Source(domain="example.org", name="Example"),
        seen_at=NOW,
    )


MATCH = Match(topic=TOPIC, query="summit", score=0.5, highlights=())


def report(found):
    return Report(
        article_id=found.id, source="example.org", title=found.title, url=found.url, published=None, seen_at=NOW
    )


def open_or_join(found):
    """A decision like the pipeline's: the first article opens a story and alerts, later ones join it."""

    def decide(live):
        stories = live[TOPIC].stories
        if stories:
            story = replace(stories[0], reports=(*stories[0].reports, report(found)))
            return Change(stories=(story,))
        story = Story(
            id=short_id("story", found.id),
            topic=TOPIC,
            headline=found.title,
            first_seen=NOW,
            last_seen=NOW,
            reports=(report(found),),
            terms=tuple(terms(found).items()),
        )
        alert = Alert(
            id=short_id("alert", story.id),
            reason=Reason.NEW_STORY,
            topic=TOPIC,
            sent_because="first report of this story",
            created=NOW,
            story=story,
            article=found,
            match=MATCH,
        )
        return Change(stories=(story,), alerts=(alert,))

    return decide


@pytest.fixture
def clock():
    return HandClock(NOW)


@pytest.fixture
def queue(store):
    queue = JobQueue(store)
    queue.warm()
    return queue


@pytest.fixture
def articles(store, clock, queue):
    return make(store, clock, queue)


def make(store, clock, queue, due=None):
    return ArticleStore(
        store,
        clock=clock,
        ttl=3600,
        window=86_400,
        topic_ids={TOPIC: "t1"},
        due=due or (lambda _alert, now: {"desk": now, "hook": now}),
        queue_deliveries=jobs.queue_deliver(queue),
    )


def test_one_commit_stores_article_story_alert_and_its_deliveries(articles, store, queue):
    found = article()
    change = articles.commit("entry-1", found, [MATCH], open_or_join(found))
    archive, outbox = Archive(store), Outbox(store)
    assert archive.article(found.id) == found
    assert [story.headline for story in archive.stories()] == [found.title]
    (alert,) = outbox.recent()
    assert alert.id == change.alerts[0].id
    assert {(d.destination, d.state) for d in outbox.deliveries(alert.id)} == {("desk", "pending"), ("hook", "pending")}
    assert queue.depths()[DELIVER]["waiting"] == 2
    assert [event.kind for event in recent(store)] == ["alerted", "matched"]
    assert counters(store)['wirewatch_alerts_total{reason="new_story"}'] == 1


@pytest.mark.parametrize("second", [("entry-1", 1), ("entry-1", 2), ("entry-2", 1)], ids=str)
def test_the_same_entry_or_article_again_changes_nothing(articles, store, queue, second):
    found = article(1)
    articles.commit("entry-1", found, [MATCH], open_or_join(found))
    before = {key: store.dump(key) for key in store.scan_iter("*")}
    entry_id, number = second
    again = article(number)
    assert articles.commit(entry_id, again, [MATCH], open_or_join(again)) is None
    assert {key: store.dump(key) for key in store.scan_iter("*")} == before
    assert articles.is_done("entry-1")
    assert not articles.is_done("entry-3")


def test_nothing_is_written_when_the_transaction_is_refused(articles, store):
    found = article()
    with memory_limit(store, 1 << 20), pytest.raises(Exception, match="maxmemory"):
        articles.commit("entry-1", found, [MATCH], open_or_join(found))
    assert not articles.is_done("entry-1")
    assert Archive(store).article(found.id) is None
    assert Outbox(store).depth() == 0


def test_two_workers_at_the_same_moment_make_one_story_and_one_alert(store, clock, queue, redis_server):
    """Both decide on the same empty state; the slower one sees the other's story when it decides anew."""
    from worker.edge.redis_client import connect

    both_decided = threading.Barrier(2)
    calls = []

    def meet(found):
        decide = open_or_join(found)

        def decided(live):
            calls.append(len(live[TOPIC].stories))
            change = decide(live)
            if len(calls) <= 2:
                both_decided.wait(10)
            return change

        return decided

    def work(number):
        connection = connect(redis_server.url)
        found = article(number)
        make(connection, clock, queue).commit(f"entry-{number}", found, [MATCH], meet(found))
        connection.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (story,) = Archive(store).stories()
    assert len(story.reports) == 2
    assert len(Outbox(store).recent()) == 1
    assert sorted(calls) == [0, 0, 1]


def test_stories_outside_the_window_are_not_offered(articles, clock):
    found = article(1)
    articles.commit("entry-1", found, [MATCH], open_or_join(found))
    clock.time = NOW + timedelta(days=2)
    offered = []

    def decide(live):
        offered.extend(live[TOPIC].stories)
        return Change()

    articles.commit("entry-2", article(2), [MATCH], decide)
    assert offered == []


def test_alerts_are_kept_without_what_only_grouping_needs(articles, store):
    found = article()
    decide = open_or_join(found)

    def with_terms(live):
        change = decide(live)
        story = replace(change.stories[0], terms=(("train", 1.0),))
        return Change(stories=(story,), alerts=(replace(change.alerts[0], story=story),))

    articles.commit("entry-1", found, [MATCH], with_terms)
    assert Archive(store).stories()[0].terms == (("train", 1.0),)
    assert Outbox(store).recent()[0].story.terms == ()


class TestOutbox:
    @pytest.fixture
    def alerted(self, store, clock, queue):
        def commit(due):
            found = article()
            change = make(store, clock, queue, due).commit("entry-1", found, [MATCH], open_or_join(found))
            for key in list(store.scan_iter("*:queue:deliver")):
                store.delete(key)
            return change.alerts[0]

        return commit

    def test_a_held_delivery_waits_for_its_time(self, store, alerted, queue):
        later = NOW + timedelta(hours=8)
        alert = alerted(lambda _alert, _now: {"desk": later})
        outbox = Outbox(store)
        assert queue.depths()[DELIVER]["waiting"] == 0
        assert outbox.due(later - timedelta(seconds=1)) == []
        assert outbox.due(later) == [f"{alert.id}:desk"]

    def test_an_attempt_runs_once_at_a_time(self, store, alerted):
        alert = alerted(lambda _alert, now: {"desk": now})
        outbox, address = Outbox(store), Address(alert_id=alert.id, destination="desk")
        assert outbox.begin(address, NOW).id == alert.id
        assert outbox.begin(address, NOW) is None
        assert outbox.begin(address, NOW + timedelta(seconds=ATTEMPT_LEASE + 1)).id == alert.id

    def test_what_is_being_sent_is_not_due_and_what_a_dead_deliverer_was_sending_is_after_its_lease(
        self, store, alerted
    ):
        alert = alerted(lambda _alert, now: {"desk": now})
        outbox, address = Outbox(store), Address(alert_id=alert.id, destination="desk")
        outbox.begin(address, NOW)
        assert outbox.due(NOW + timedelta(seconds=ATTEMPT_LEASE - 1)) == []
        assert outbox.due(NOW + timedelta(seconds=ATTEMPT_LEASE)) == [address.member]

    def test_an_attempt_that_goes_on_is_nobody_elses(self, store, alerted):
        alert = alerted(lambda _alert, now: {"desk": now})
        outbox, address = Outbox(store), Address(alert_id=alert.id, destination="desk")
        outbox.begin(address, NOW)
        later = NOW + timedelta(seconds=ATTEMPT_LEASE - 1)
        outbox.renew([address], later)
        assert outbox.begin(address, NOW + timedelta(seconds=ATTEMPT_LEASE + 1)) is None
        assert outbox.begin(address, later + timedelta(seconds=ATTEMPT_LEASE)).id == alert.id

    def test_a_delivered_alert_is_not_sent_again_unless_asked(self, store, alerted):
        alert = alerted(lambda _alert, now: {"desk: odd name": now})
        outbox, address = Outbox(store), Address(alert_id=alert.id, destination="desk: odd name")
        outbox.begin(address, NOW)
        outbox.delivered(address, alert, NOW)
        assert outbox.begin(address, NOW) is None
        assert outbox.depth() == 0
        assert outbox.delivery(address).state == "delivered"
        assert outbox.resend(alert.id, NOW) == ["desk: odd name"]
        assert outbox.due(NOW) == [address.member]
        assert outbox.begin(Address.parse(address.member), NOW).id == alert.id

    def test_failures_are_tried_again_and_end_as_dead_letters(self, store, alerted):
        alert = alerted(lambda _alert, now: {"desk": now})
        outbox, address = Outbox(store), Address(alert_id=alert.id, destination="desk")
        again = NOW + timedelta(seconds=5)
        outbox.begin(address, NOW)
        outbox.failed(address, alert, "it was closed", again, NOW)
        delivery = outbox.delivery(address)
        assert (delivery.state, delivery.attempts, delivery.next_attempt) == ("pending", 1, again)
        assert outbox.due(again) == [address.member]
        outbox.begin(address, again)
        outbox.failed(address, alert, "it is gone", None, again)
        delivery = outbox.delivery(address)
        assert (delivery.state, delivery.attempts, delivery.error) == ("dead", 2, "it is gone")
        assert outbox.depth() == 0
        assert outbox.dead() == [address]
        assert outbox.dead(since=again + timedelta(seconds=1)) == []
        assert outbox.resend(alert.id, again) == ["desk"]
        assert outbox.dead() == []
        assert outbox.resend("unknown", NOW) == []


def test_of_many_articles_the_newest_are_read_in_the_order_of_their_arrival(articles, clock, store):
    for number in range(4):
        found = replace(article(number), seen_at=clock.now())
        assert articles.commit(f"item-{number}", found, [], lambda _live: Change()) is not None
        clock.pass_by(60)

    def titles(**wanted):
        return [found.title[-1] for found in Archive(store).articles(NOW + timedelta(seconds=30), **wanted)]

    assert (titles(), titles(most=2), titles(most=9)) == (["1", "2", "3"], ["2", "3"], ["1", "2", "3"])
