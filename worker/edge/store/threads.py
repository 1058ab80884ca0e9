"""What all deliverers share of Slack: the thread of each story in each channel, and whose turn it is in a channel.

The first alert of a story that is posted opens the thread. Only one deliverer at a time works on a thread: it holds a
claim in the name of its alert, which ends by itself when that deliverer dies, and which whoever takes the alert over
finds to be its own. What Slack answered is noted beside the delivery, so that a deliverer that dies between that note
and the end of its attempt does not lead to a second message; and before it is asked, that it is, so that after one that
dies in between the channel can be looked through.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import redis

from worker.edge import keys
from worker.edge.store.articles import Archive
from worker.edge.store.deliveries import Address, Deliveries
from worker.edge.store.upkeep import STORIES_KEPT
from worker.model import Alert, DestinationSpec, short_id

# Longer than the slowest attempt at one alert. Whoever takes over that of a dead deliverer does not wait for it.
CLAIM_LEASE = 60.0
# Slack takes a message a second per channel (docs.slack.dev/reference/methods/chat.postMessage, "Rate limiting").
_BETWEEN = 1.0
# A pause that Slack asks for holds for the whole channel, up to an hour.
_LONGEST_PAUSE = 3600.0
# Turns further ahead than this were given before a clock was set back.
_FURTHEST_TURN = 4 * 3600.0

_CLAIM = """
local now = tonumber(ARGV[2])
local holder = redis.call('HGET', KEYS[1], 'claim')
local ends = tonumber(redis.call('HGET', KEYS[1], 'claim_ends') or '0')
if holder and holder ~= ARGV[1] and ends > now and ends <= now + 2 * tonumber(ARGV[3]) then return 0 end
redis.call('HSET', KEYS[1], 'claim', ARGV[1], 'claim_ends', now + tonumber(ARGV[3]))
redis.call('EXPIRE', KEYS[1], ARGV[4])
return 1
"""

_RELEASE = """
if redis.call('HGET', KEYS[1], 'claim') == ARGV[1] then redis.call('HDEL', KEYS[1], 'claim', 'claim_ends') end
"""

# Who comes early gets a turn of its own, and keeps it until then; a pause makes all turns before its end void.
_TURN = """
local now, furthest = tonumber(ARGV[1]), tonumber(ARGV[3])
local function ahead(moment)
  local at = tonumber(moment or '0')
  return at <= now + furthest and at or 0
end
local shared = redis.call('HMGET', KEYS[1], 'next', 'paused')
local free, paused = ahead(shared[1]), ahead(shared[2])
local turn = ahead(redis.call('HGET', KEYS[2], 'turn'))
if turn == 0 or turn < paused then
  turn = math.max(now, free, paused)
  redis.call('HSET', KEYS[1], 'next', turn + tonumber(ARGV[2]))
  redis.call('PEXPIRE', KEYS[1], furthest)
end
if turn > now then
  redis.call('HSET', KEYS[2], 'turn', turn)
  return turn - now
end
redis.call('HDEL', KEYS[2], 'turn')
return 0
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """A story's thread in a channel.

    `channel` is the ID under which its first message is edited, `ts` that message's own ("" where there is no thread
    yet), `first` the alert it was posted for, `latest` the newest follow-up it tells of ("" without one), and `shown`
    the creation of the newest alert it tells of (epoch seconds).
    """

    channel: str = ""
    ts: str = ""
    first: str = ""
    latest: str = ""
    shown: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the messages of one story go."""

    spec: DestinationSpec
    story_id: str

    @property
    def thread(self) -> str:
        return keys.THREAD + short_id(self.spec.name, self.spec.channel, self.story_id)

    @property
    def turns(self) -> str:
        return keys.CHANNEL_TURNS + short_id(self.spec.url.get_secret_value(), self.spec.channel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One alert on its way to one channel."""

    alert: Alert
    spec: DestinationSpec

    @property
    def place(self) -> Place:
        return Place(spec=self.spec, story_id=self.alert.thread)

    @property
    def delivery(self) -> str:
        return keys.DELIVERY + Address(alert_id=self.alert.id, destination=self.spec.name).member


class Threads:
    """Threads and turns in Redis. Times are those of the caller's clock."""

    def __init__(self, connection: redis.Redis) -> None:
        self._redis = connection
        self._claim = connection.register_script(_CLAIM)
        self._release = connection.register_script(_RELEASE)
        self._turn = connection.register_script(_TURN)
        self.alert = Deliveries(connection).alert
        self.story = Archive(connection).story

    def claim(self, place: Place, holder: str, now: datetime) -> Thread | None:
        """The thread, for `holder` to work on alone until `release`; None while another has it."""
        taken = self._claim(keys=[place.thread], args=[holder, now.timestamp(), CLAIM_LEASE, STORIES_KEPT])
        return self.thread(place) if taken else None

    def release(self, place: Place, holder: str) -> None:
        """Let others work on the thread."""
        self._release(keys=[place.thread], args=[holder])

    def thread(self, place: Place) -> Thread:
        """The thread as it is, to look at.

        Where a story has none, it goes on in that of a story which became part of it, the first that was told.
        """
        facts = self._facts(place)
        if "ts" not in facts:
            former = [self._facts(one) for one in self._former(place)]
            told = [thread for thread in former if "ts" in thread]
            if told:
                facts = min(told, key=lambda thread: thread["ts"])
                kept = {name: value for name, value in facts.items() if not name.startswith("claim")}
                self._redis.hset(place.thread, mapping=kept)
                self._redis.expire(place.thread, STORIES_KEPT)
        return Thread(
            channel=facts.get("channel", ""),
            ts=facts.get("ts", ""),
            first=facts.get("first", ""),
            latest=facts.get("latest", ""),
            shown=float(facts.get("shown", "0")),
        )

    def _facts(self, place: Place) -> dict[str, str]:
        raw = self._redis.hgetall(place.thread)
        return {key.decode(): value.decode() for key, value in raw.items()}

    def _former(self, place: Place) -> list[Place]:
        """Where the messages went of stories that became part of this one."""
        absorbed = self._redis.smembers(keys.STORY_ABSORBED + place.story_id)
        return [Place(spec=place.spec, story_id=raw.decode()) for raw in absorbed]

    def turn(self, post: Post, now: datetime) -> float:
        """Seconds to wait until this message may be posted; 0 where it may now, and then the turn is used up."""
        args = [_milliseconds(now.timestamp()), _milliseconds(_BETWEEN), _milliseconds(_FURTHEST_TURN)]
        return int(self._turn(keys=[post.place.turns, post.delivery], args=args)) / 1000.0

    def pause(self, place: Place, seconds: float, now: datetime) -> None:
        """Let nobody post to the channel for so long, up to an hour."""
        until = _milliseconds(now.timestamp() + min(seconds, _LONGEST_PAUSE))
        with self._redis.pipeline() as pipe:
            pipe.hset(place.turns, "paused", until)
            pipe.pexpire(place.turns, _milliseconds(_FURTHEST_TURN))
            pipe.execute()

    def was_posted(self, post: Post) -> bool:
        """Whether Slack has taken this alert, as far as it was noted."""
        return bool(self._redis.hexists(post.delivery, "receipt"))

    def round(self, post: Post) -> int:
        """How often it was asked to send this alert again."""
        return int(self._redis.hget(post.delivery, "round") or 0)

    def asked(self, post: Post) -> datetime | None:
        """Since when it has been unknown whether Slack took this alert; None where it is known that it did not."""
        since = self._redis.hget(post.delivery, "asked")
        return datetime.fromtimestamp(float(since), UTC) if since else None

    def asks(self, post: Post, now: datetime) -> None:
        """Slack is asked to take the alert; until its answer is noted, nobody knows whether it did."""
        self._redis.hsetnx(post.delivery, "asked", now.timestamp())

    def refused(self, post: Post) -> None:
        """Slack did not take the alert."""
        self._redis.hdel(post.delivery, "asked")

    def opened(self, post: Post, channel: str, ts: str) -> None:
        """Slack took the alert as the first message of its story."""
        thread = {"channel": channel, "ts": ts, "first": post.alert.id, "shown": post.alert.created.timestamp()}
        with self._redis.pipeline() as pipe:
            pipe.hset(post.place.thread, mapping=thread)
            pipe.expire(post.place.thread, STORIES_KEPT)
            pipe.hset(post.delivery, "receipt", ts)
            pipe.hdel(post.delivery, "asked")
            pipe.execute()

    def replied(self, post: Post, ts: str) -> None:
        """Slack took the alert as a reply."""
        with self._redis.pipeline() as pipe:
            pipe.hset(post.delivery, "receipt", ts)
            pipe.hdel(post.delivery, "asked")
            pipe.execute()

    def shown(self, place: Place, latest: Alert) -> None:
        """The first message tells of this follow-up."""
        self._redis.hset(place.thread, mapping={"latest": latest.id, "shown": latest.created.timestamp()})

    def gone(self, place: Place) -> None:
        """The first message was deleted or takes no replies; the next alert opens the thread anew."""
        self._redis.hdel(place.thread, "channel", "ts", "first", "latest", "shown")


def _milliseconds(seconds: float) -> int:
    return int(seconds * 1000)
