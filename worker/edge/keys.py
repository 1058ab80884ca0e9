"""Every Redis key, in one place.

All carry the hash tag {ww}, so that they share one slot of a Redis Cluster and may meet in one transaction. rq's own
keys live below `RQ_PREFIX`, where no foreign rq worker looks; standard rq tools find them with RQ_KEY_PREFIX set to it.
"""

from __future__ import annotations

PREFIX = "{ww}:"
RQ_PREFIX = PREFIX + "rq"

CONFIG = PREFIX + "config"  # hash: body, version (fingerprint), refused, refused_at
OPML = PREFIX + "opml"  # hash: address of a web list -> the OPML last read
OPML_DUE = PREFIX + "opml:due"  # hash: address of a web list -> time of the next reading
FEEDS_DUE = PREFIX + "feeds:due"  # zset: feed id -> epoch seconds when it is due, or its lease ends
FEED = PREFIX + "feed:"  # + feed id: hash url, name, state, claim
SEEN = PREFIX + "seen:"  # + feed id: set of 64-bit entry keys
ENTRY = PREFIX + "entry:"  # + entry id: the article it became
ARTICLE = PREFIX + "article:"  # + article id: compressed article line
ARTICLES = PREFIX + "articles"  # zset: article id -> seen_at
LEARNED = PREFIX + "learned:"  # + host: hash article id -> what is remembered of its page
LEARNED_HOSTS = PREFIX + "learned"  # zset: host -> seen_at of its latest page
STORY = PREFIX + "story:"  # + story id: compressed columns, signatures and what it is posted under
STORY_MERGED = PREFIX + "story:merged:"  # + id of a story that was merged: id of the one it is part of
STORY_ABSORBED = PREFIX + "story:absorbed:"  # + story id: set of the ids of all stories that became part of it
STORIES = PREFIX + "stories"  # zset: story id -> last_seen
TOPIC_STORIES = PREFIX + "topic:stories:"  # + topic id: zset id of a live story -> last_seen
TOPIC_POSTED = PREFIX + "topic:posted:"  # + topic id: hash head, version, and packed buckets: which number leads where
TOPIC_FIGURES = PREFIX + "topic:figures:"  # + topic id: in how many of its stories each term was, packed
TOPIC_WAITING = PREFIX + "topic:waiting:"  # + topic id: packed reports that are not in those figures yet
TOPIC_VERSION = PREFIX + "topic:version:"  # + topic id: counter, moves with every change of the topic's stories
ALERT = PREFIX + "alert:"  # + alert id: JSON
ALERT_DESTINATIONS = PREFIX + "alert:destinations:"  # + alert id: set of destination names
ALERTS = PREFIX + "alerts"  # zset: alert id -> created
OUTBOX = PREFIX + "outbox:"  # + destination: zset alert id -> epoch seconds of the next attempt
OUTBOXES = PREFIX + "outboxes"  # set: destinations for which something is to be delivered
DELIVERY = PREFIX + "delivery:"  # + "alert id:destination": hash state, attempts, error, receipt, ...
LINE = PREFIX + "line:"  # + "story id:destination": list of the alerts that go out one after the other
DEAD = PREFIX + "dead"  # zset: "alert id:destination" -> epoch seconds since when it is a dead letter
DESTINATION = PREFIX + "destination:"  # + destination: hash delivered_at, failing_since, state, hold, ...
DESTINATIONS = PREFIX + "destinations"  # set: every destination that is configured or was until lately
SENT = PREFIX + "sent:"  # + destination: zset alert id -> when it was sent, where there is a limit
PILE = PREFIX + "pile:"  # + "pile:destination": zset alert id -> its number on the pile; they go out as one digest
PILES_DUE = PREFIX + "piles:"  # + destination: hash pile -> epoch seconds when it goes out
MUTES = PREFIX + "mutes"  # hash "topic:name" or "story:id" -> epoch seconds until which it is silent
THREAD = PREFIX + "slack:thread:"  # + id of destination, channel and story: hash channel, ts, first, shown, claim
CHANNEL_TURNS = PREFIX + "slack:turns:"  # + id of API and channel: hash next, paused (epoch ms)
HOST = PREFIX + "host:"  # + host: hash latency, next, paused, status, and by port failures, dead
HOST_TURNS = PREFIX + "host:turns:"  # + host: zset token of a request under way -> epoch ms when its lease ends
ROBOTS = PREFIX + "robots:"  # + origin: what its robots.txt says to us, compressed JSON
LATER = PREFIX + "later"  # zset: payload of a job -> epoch seconds when it is due
GIVEN_UP = PREFIX + "given_up"  # list: entries whose page was given up, newest first, as JSON
CLOCKS = PREFIX + "clocks"  # hash: machine -> the latest time its schedulers saw, epoch seconds
PROBE = PREFIX + "probe"  # written to see whether Redis takes writes
EVENTS = PREFIX + "events"  # stream: what happened lately, for terminals and pages
COUNTERS = PREFIX + "counters"  # hash: metric name -> count
PROCESSES = PREFIX + "processes"  # hash: process name -> JSON with its last sign of life
