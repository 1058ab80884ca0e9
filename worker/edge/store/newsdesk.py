"""What the pages ask about many stories at once; reading only, and a round trip or two however many they are."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import redis

from worker.edge import keys
from worker.edge.kept import unpack
from worker.edge.store import threads
from worker.edge.store.paging import Place
from worker.edge.store.shorthand import Shorthand
from worker.model import Article, DestinationSpec, Reason, Story, Topic, short_id

# A page shows some dozens of stories, each told a few times.
_STEPS_AT_HAND = 2048
_WAS = "was:"
_ARTICLES_AT_ONCE = 128
_NOT_OF_A_STORY = frozenset({Reason.DIGEST, Reason.NOTICE, Reason.TEST})


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """An alert of a story, as far as pages tell of it beside others."""

    alert_id: str
    topic: str
    story_id: str
    headline: str
    reason: Reason
    because: str
    created: datetime
    article_id: str


class Newsdesk:
    """Stories with what was told of them."""

    def __init__(self, connection: redis.Redis) -> None:
        self._redis, self._shorthand = connection, Shorthand()

    def live_of(self, topic: Topic, limit: int) -> list[Story]:
        """The stories of one topic that are live, the ones that moved last first."""
        ids = self._redis.zrange(keys.TOPIC_STORIES + topic.id, 0, limit - 1, desc=True)
        return self.stories([raw.decode() for raw in ids])

    def stories(self, ids: Sequence[str]) -> list[Story]:
        """Those that are stored; their first reports alone (kept.WHOLE_REPORTS) have titles."""
        found = self._redis.mget([keys.STORY + story_id for story_id in ids]) if ids else []
        return [unpack(data).story for data in found if data]

    def moved_since(self, topics: Sequence[Topic], since: datetime) -> dict[str, int]:
        """How many stories of each topic had a report since then, by the topic's name."""
        pipe = self._redis.pipeline(transaction=False)
        for topic in topics:
            pipe.zcount(keys.TOPIC_STORIES + topic.id, since.timestamp(), "+inf")
        return {topic.name: int(found) for topic, found in zip(topics, pipe.execute(), strict=True)}

    def steps(self, stories: Iterable[Story]) -> dict[str, list[Step]]:
        """The alerts of each story by its id, in the order in which they were decided.

        Their ids follow from what the story was told as (model.Story.told), so nothing has to be searched.
        """
        wanted = [(story.id, alert_id) for story in stories for alert_id in _alert_ids(story)]
        found = self._redis.mget([keys.ALERT + alert_id for _, alert_id in wanted]) if wanted else []
        steps: dict[str, list[Step]] = {}
        for (story_id, _), data in zip(wanted, found, strict=True):
            if data:
                steps.setdefault(story_id, []).append(_step(data))
        return {story_id: sorted(told, key=lambda step: step.created) for story_id, told in steps.items()}

    def recent_steps(self, limit: int) -> list[Step]:
        """The newest alerts that a report led to, of all topics, newest first."""
        ids = self._redis.zrange(keys.ALERTS, 0, limit - 1, desc=True)
        found = self._redis.mget([keys.ALERT + raw.decode() for raw in ids]) if ids else []
        steps = (_step(data) for data in found if data)
        return [step for step in steps if step.reason not in _NOT_OF_A_STORY]

    def slack_links(self, stories: Sequence[Story], specs: Sequence[DestinationSpec]) -> Mapping[str, str]:
        """Where the first message of each story stands in Slack, by the story's id."""
        bots = [spec for spec in specs if spec.sender == "slack-bot"]
        wanted = [(story.id, threads.Place(spec=spec, story_id=story.id)) for story in stories for spec in bots]
        pipe = self._redis.pipeline(transaction=False)
        for _, place in wanted:
            pipe.hmget(place.thread, "channel", "ts")
        found: dict[str, str] = {}
        for (story_id, _), (channel, ts) in zip(wanted, pipe.execute(), strict=True):
            if channel and ts:
                found.setdefault(story_id, _slack_link(channel.decode(), ts.decode()))
        return found

    def articles_before(self, moment: datetime | None) -> Iterator[Article]:
        """The stored articles that were seen before then (None: all), newest first, read as they are asked for."""
        start = "+inf" if moment is None else f"({moment.timestamp()}"
        at = 0
        while ids := self._redis.zrange(
            keys.ARTICLES, start, "-inf", byscore=True, desc=True, offset=at, num=_ARTICLES_AT_ONCE
        ):
            found = self._redis.mget([keys.ARTICLE + raw.decode() for raw in ids])
            yield from (article for data in found if data and (article := self._shorthand.unpack(self._redis, data)))
            at += len(ids)

    def articles_at(self, places: Sequence[Place]) -> list[tuple[Place, Article]]:
        """The articles at these places of the list of articles, those that are gone left out."""
        found = self._redis.mget([keys.ARTICLE + place.member for place in places]) if places else []
        read = (self._shorthand.unpack(self._redis, data) if data else None for data in found)
        return [(place, article) for place, article in zip(places, read, strict=True) if article]

    def article_count(self) -> int:
        """How many articles are stored."""
        return int(self._redis.zcard(keys.ARTICLES))

    def dead_letters(self) -> int:
        """How many deliveries were given up."""
        return int(self._redis.zcard(keys.DEAD))


def _alert_ids(story: Story) -> list[str]:
    """Those that may have been decided of a story and of those that became part of it; not each of them was."""
    ids = [story.id, *(key.removeprefix(_WAS) for key in story.told if key.startswith(_WAS))]
    return [short_id("alert", story.topic, one, key) for one in ids for key in story.told]


@lru_cache(maxsize=_STEPS_AT_HAND)
def _step(data: bytes) -> Step:
    """An alert never changes once it is decided; only these few of its fields are looked at."""
    alert = json.loads(data)
    return Step(
        alert_id=alert["id"],
        topic=alert["topic"],
        story_id=alert["story"]["id"],
        headline=alert["story"]["headline"],
        reason=Reason(alert["reason"]),
        because=alert["sent_because"],
        created=datetime.fromisoformat(alert["created"]),
        article_id=alert["article"]["id"],
    )


def _slack_link(channel: str, ts: str) -> str:
    """Slack finds the workspace by itself (docs.slack.dev/interactivity/deep-linking); `ts` leads to the message."""
    return f"https://slack.com/app_redirect?channel={channel}&message_ts={ts}"
