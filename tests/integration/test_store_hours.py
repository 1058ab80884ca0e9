"""What is counted by the hour, and in which languages feeds report."""

from __future__ import annotations

from datetime import timedelta

from support.newsroom import NOW, TOPIC, make_story, report

from worker.edge import keys
from worker.edge.store.heard import FORGET_AFTER, heard
from worker.edge.store.hours import HOURS, matches_by_hour
from worker.model import short_id


def test_matches_are_counted_by_the_hour_and_forgotten_after_two_days(newsroom):
    newsroom.commit(make_story(), {})
    newsroom.commit(make_story([report(9, "town.example", "Ferries run late", minutes=5)], id="other"))
    found = matches_by_hour(newsroom.redis, [TOPIC.id, short_id("topic", "nosuch")], NOW)
    assert found[TOPIC.id] == (0,) * (HOURS - 1) + (2,)
    assert set(found[short_id("topic", "nosuch")]) == {0}
    later = matches_by_hour(newsroom.redis, [TOPIC.id], NOW + timedelta(hours=3))
    assert later[TOPIC.id][-4:] == (2, 0, 0, 0)
    (key,) = newsroom.redis.keys(keys.MATCHED + "*")
    assert 0 < newsroom.redis.ttl(key) <= (HOURS + 1) * 3600
    assert matches_by_hour(newsroom.redis, [], NOW) == {}


def test_a_feed_is_remembered_with_the_languages_it_reports_in(newsroom):
    newsroom.commit(make_story(), language="ko", feed="Sample Wire")
    newsroom.commit(make_story([report(9, "town.example", "x", minutes=5)], id="b"), language="en", feed="Sample Wire")
    newsroom.commit(make_story([report(8, "town.example", "x", minutes=5)], id="c"), language=None, feed="Other")
    assert heard(newsroom.redis, NOW) == {"ko": {"Sample Wire": NOW}, "en": {"Sample Wire": NOW}}
    assert heard(newsroom.redis, NOW + FORGET_AFTER + timedelta(seconds=1)) == {}
    assert newsroom.redis.hlen(keys.HEARD) == 0
