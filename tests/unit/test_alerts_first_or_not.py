"""The first alert of a story, and those that follow it."""

from datetime import UTC, datetime

import pytest
from support.placements import Put

from worker.alerts.decide import decide
from worker.model import Article, Match, Report, Source, Story, Topic

NOW = datetime(2026, 5, 1, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("rungs", "sources", "told", "is_follow_up"),
    [
        ((1, 3), 1, (), False),
        ((1, 3), 3, ("new_story",), True),
        ((3,), 3, (), False),
        ((2, 3), 3, (), False),
        ((2, 3), 3, ("corroborated:2",), True),
        ((1, 3), 3, ("split_off:another",), False),
        ((1, 3), 3, ("split_off:another", "confirmed:kcna"), True),
    ],
)
def test_what_was_told_before_makes_a_follow_up(rungs, sources, told, is_follow_up):
    reports = tuple(
        Report(article_id=f"a{n}", source=f"s{n}.example", title="t", url="", published=NOW, seen_at=NOW)
        for n in range(sources)
    )
    story = Story(
        id="s",
        topic="bridge",
        headline="h",
        first_seen=NOW,
        last_seen=NOW,
        reports=reports,
        independent_sources=sources,
        told=told,
    )
    article = Article(id="a", title="Bridge", published=NOW, source=Source(domain="s0.example"))
    topic = Topic(name="bridge", query="bridge", sources=rungs)
    match = Match(topic="bridge", query="bridge", score=1.0, highlights=())
    ((alert,), _, _) = decide(article, Put(story), topic, match, [], now=NOW, entities={})
    assert alert.follow_up is is_follow_up
