"""Near the limit of Redis the oldest articles go and nothing else does, so that polling goes on."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs
from support.newsroom import FixedClock, ago, make_story
from support.prose import Press
from support.stores import memory_limit

from worker.edge import keys
from worker.edge.store.articles import Archive
from worker.edge.store.events import counters
from worker.edge.store.room import CROWDED, MOST, SPARED, Trimmed, last_trimmed, make_room
from worker.edge.store.shorthand import Shorthand
from worker.edge.store.upkeep import is_full
from worker.model import Feed, FeedState
from worker.run.housekeeping import Housekeeping

NOW = FixedClock().now()
STORED = 400


def limit(store, used_share):
    """A Redis that uses this share of what it may."""
    return memory_limit(store, int(store.info("memory")["used_memory"] / used_share))


@pytest.fixture
def full_house(newsroom):
    """Something of everything, and articles of the last hours, one every minute."""
    newsroom.publish()
    newsroom.poll({Feed(url="https://a.example/", name="A"): FeedState(last_poll=NOW)})
    story = make_story()
    newsroom.commit(story, {"number": 1}, published=ago(minutes=20))
    press = Press()
    with newsroom.redis.pipeline() as pipe:
        for number in range(STORED):
            at = NOW - timedelta(minutes=STORED - number)
            article = press.article(number, seen_at=at)
            pipe.set(keys.ARTICLE + article.id, Shorthand().pack(newsroom.redis, article, NOW))
            pipe.zadd(keys.ARTICLES, {article.id: at.timestamp()})
        pipe.execute()
    return newsroom


def everything_else(store):
    """The keys that are no articles, with what they hold."""
    of_articles = (keys.ARTICLE.encode(), keys.ARTICLES.encode(), keys.TRIMMED.encode(), keys.COUNTERS.encode())
    return {key: store.dump(key) for key in store.keys("*") if not key.startswith(of_articles)}


def ids(store):
    return [raw.decode() for raw in store.zrange(keys.ARTICLES, 0, -1)]


def test_the_oldest_articles_go_until_there_is_room_and_all_else_stays(full_house):
    store = full_house.redis
    before, others = ids(store), everything_else(store)
    with limit(store, CROWDED * 1.02):
        trimmed = make_room(store, NOW)
        left = ids(store)
        assert 0 < len(left) < len(before)
        assert left == before[-len(left) :], "the oldest went"
        assert trimmed == Trimmed(count=len(before) - len(left), at=NOW, before=trimmed.before)
        assert trimmed.before.timestamp() < store.zscore(keys.ARTICLES, left[0])
        assert not store.exists(*(keys.ARTICLE + gone for gone in before[: trimmed.count]))
        assert store.exists(*(keys.ARTICLE + kept for kept in left)) == len(left)
        assert everything_else(store) == others
        assert not is_full(store), "polling goes on"
    assert last_trimmed(store) == trimmed
    assert counters(store)["wirewatch_articles_trimmed_total"] == trimmed.count


@pytest.mark.parametrize("share", [CROWDED * 0.9, None])
def test_nothing_goes_where_there_is_room_or_no_limit(full_house, share):
    store = full_house.redis
    if share is None:
        assert make_room(store, NOW) is None
    else:
        with limit(store, share):
            assert make_room(store, NOW) is None
    assert last_trimmed(store) is None
    assert len(ids(store)) >= STORED


def test_the_articles_of_the_last_hour_stay_even_where_that_is_not_enough(full_house):
    store = full_house.redis
    with limit(store, 2.0):
        assert make_room(store, NOW).count == STORED - SPARED // 60 + 1
        young = ids(store)
        assert make_room(store, NOW) is None
        assert is_full(store), "then polling ends"
    assert ids(store) == young
    assert all(store.zscore(keys.ARTICLES, one) > NOW.timestamp() - SPARED for one in young)


def test_an_index_that_points_at_nothing_does_not_stop_it(store):
    for number in range(MOST + 7):
        store.zadd(keys.ARTICLES, {str(number): number})
    with limit(store, 2.0):
        assert make_room(store, NOW).count == MOST
        assert make_room(store, NOW).count == 7


async def tell(house, *moments):
    with capture_logs() as logs:
        for moment in moments:
            await house.make_room(moment)
    return [line for line in logs if line["event"] == "articles_trimmed"]


def test_it_is_told_once_a_minute_with_how_many_went(full_house):
    import asyncio

    store = full_house.redis
    house = Housekeeping(store)

    def crowded(moment):
        with limit(store, CROWDED * 1.01):
            return asyncio.run(tell(house, moment))

    (first,) = crowded(NOW)
    went = counters(store)["wirewatch_articles_trimmed_total"]
    assert first["count"] == went
    assert "maxmemory" in first["mend"]
    assert crowded(NOW + timedelta(seconds=5)) == []
    (later,) = crowded(NOW + timedelta(minutes=1))
    assert later["count"] == counters(store)["wirewatch_articles_trimmed_total"] - went


def test_status_says_that_articles_go_early(full_house, cli, redis_server, tmp_path):
    store = full_house.redis
    (tmp_path / "wirewatch.toml").write_text(f'[redis]\nurl = "{redis_server.url}"\n', "utf-8")
    with limit(store, CROWDED * 1.02):
        trimmed = make_room(store, NOW)
    found = json.loads(cli("status", "--json")[1])["articles_trimmed"]
    assert found["count"] == trimmed.count
    assert datetime.fromisoformat(found["before"]) == trimmed.before.astimezone(UTC)
    assert "went early: Redis has little room; raise `maxmemory`" in cli("status")[1]


def test_a_story_outlives_its_articles(full_house):
    store = full_house.redis
    store.zadd(keys.ARTICLES, dict.fromkeys(ids(store), 0))
    with limit(store, 2.0):
        make_room(store, NOW)
    assert ids(store) == []
    assert [story.id for story in Archive(store).stories()] == [make_story().id]
