"""Every Redis key, in one place.

All carry the hash tag {ww}, so that they share one slot of a Redis Cluster and may meet in one transaction. rq's own
keys live below `RQ_PREFIX`, where no foreign rq worker looks; standard rq tools find them with RQ_KEY_PREFIX set to it.
"""

from __future__ import annotations

PREFIX = "{ww}:"
RQ_PREFIX = PREFIX + "rq"

CONFIG = PREFIX + "config"  # hash: body, version (fingerprint), refused, refused_at
OPML = PREFIX + "opml"  # hash: address of a web list -> the OPML last read
OPML_STATE = PREFIX + "opml:state"  # hash: address of a web list -> JSON: next reading, validators, what failed
FEEDS_DUE = PREFIX + "feeds:due"  # zset: feed id -> epoch seconds when it is due, or its lease ends
FEEDS_HOT = PREFIX + "feeds:hot"  # zset: feed id -> epoch seconds until which it is polled as often as it may be
FEED = PREFIX + "feed:"  # + feed id: hash url, name, state (JSON), claim; of former releases, until the next start
FEED_RECORD = PREFIX + "feed:v2:"  # + feed id: packed host, url, name, health and state
FEED_CLAIMS = PREFIX + "feeds:claims"  # hash: feed id -> token of the scheduler that polls it
FEEDS_BY_HEALTH = PREFIX + "feeds:by:"  # + health other than ok: set of feed ids
FEEDS_MOVED = PREFIX + "feeds:moved"  # set of ids of feeds that are asked at another address than configured
FEEDS_PAUSED = PREFIX + "feeds:paused"  # set of ids of feeds that people have paused
FEEDS_WAITING = PREFIX + "feeds:waiting:"  # + host: zset of feed ids that are due and wait for a turn -> when due
HOSTS_WAITING = PREFIX + "hosts:waiting"  # zset: host that feeds wait for -> epoch seconds when to look again
SEEN = PREFIX + "seen:"  # + feed id: set of 64-bit entry keys
LINKS = PREFIX + "links:"  # + period: how many links; + period:number: set of 64-bit keys of links seen at a site
HUBS = PREFIX + "hubs"  # hash: feed id -> JSON hub and topic that the feed names (WebSub)
SUBSCRIPTION = PREFIX + "subscription:"  # + callback token: JSON
SUBSCRIPTIONS = PREFIX + "subscriptions"  # hash: feed id -> token of the subscription that is wanted
SUBSCRIPTIONS_DUE = PREFIX + "subscriptions:due"  # zset: token -> epoch seconds when it is looked at, or its lease ends
PUSHED = PREFIX + "pushed:"  # + token: stream of what the hub pushed and nobody read yet
PUSHES_DUE = PREFIX + "pushes:due"  # zset: token -> epoch seconds when what it pushed is read, or its lease ends
ENTRY = PREFIX + "entry:"  # + entry id: the article it became; of former releases, for as long as articles are kept
DONE = PREFIX + "done:"  # + "day since the epoch:number": hash digest of entry id -> the article it became
DONE_DAYS = PREFIX + "done"  # hash: day since the epoch -> how many of those hashes it has
ARTICLE = PREFIX + "article:"  # + article id: compressed article line
DICTIONARY = PREFIX + "dictionary:"  # + name: what articles are compressed by
DICTIONARIES = PREFIX + "dictionaries"  # zset: name of a dictionary -> epoch seconds until which it is needed
DICTIONARY_TURN = PREFIX + "dictionaries:turn"  # there while one is being made
ARTICLES = PREFIX + "articles"  # zset: article id -> seen_at
TRIMMED = PREFIX + "articles:trimmed"  # hash count, at, before: articles that went early, for want of room
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
MATCHED = PREFIX + "matched:"  # + hours since the epoch: hash topic id -> how many articles matched
HEARD = PREFIX + "heard"  # hash: language and name of a feed -> epoch seconds of its last report
ALERT = PREFIX + "alert:"  # + alert id: JSON
ALERT_DESTINATIONS = PREFIX + "alert:destinations:"  # + alert id: set of destination names
ALERTS = PREFIX + "alerts"  # zset: alert id -> created
ALERT_LOG = PREFIX + "alerts:log"  # stream: the ids of the latest alerts in the order in which they were committed
TOPIC_ALERTS = PREFIX + "topic:alerts:"  # + topic id: zset alert id -> created
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
DEAD_PAGES = PREFIX + "dead:pages"  # list: entries whose page was given up, newest first, as JSON
CLOCKS = (
    PREFIX + "clocks"
)  # hash: machine -> the latest time its schedulers saw; for a minute, what it was before a step back
FEEDBACK = PREFIX + "feedback"  # hash: alert id -> JSON with what was said of it
FEEDBACK_TIMES = PREFIX + "feedback:times"  # zset: alert id -> when that was said
SESSION = PREFIX + "web:session:"  # + digest of a token: the lock under which it was opened
ATTEMPTS = PREFIX + "web:attempts:"  # + digest of an address: how often it tried to log in lately
TOKENS = PREFIX + "api:tokens"  # hash: digest of a token -> JSON with its name, scope and when it was made
TOKENS_USED = PREFIX + "api:tokens:used"  # hash: digest of a token -> epoch seconds of its last use
TOPIC_SECRETS = PREFIX + "topic:secrets"  # hash: topic id -> the secret in the addresses of its output feeds
PROBE = PREFIX + "probe"  # written to see whether Redis takes writes
EVENTS = PREFIX + "events"  # stream: what happened lately, for terminals and pages
COUNTERS = PREFIX + "counters"  # hash: metric name -> count
HISTOGRAMS = PREFIX + "histograms"  # hash: "metric|label value|upper end of a bucket, or us" -> count, or microseconds
PROCESSES = PREFIX + "processes"  # hash: process name -> JSON with its last sign of life
