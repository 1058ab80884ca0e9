"""What a run's records say: which alerts came of those that were due, how late, and what Redis counted and holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import redis

from worker.edge.metrics import POLL_HOST_WAIT, POLL_LAG, STAGE_DURATION, Measured, read_counters, read_histograms
from worker.edge.store.articles import Archive

from .kinds import Kind, kinds_of, links_of, of_kinds
from .pages import Pages
from .press import Press


def of_alerts(press: Press, pages: Pages, told: Mapping[str, Any]) -> dict[str, Any]:
    """Alerts against what was due, and how long each step took."""
    shown = {int(number): at for number, at in told["shown"]}
    due = press.due(set(shown))
    alerts = [tuple(alert) for alert in told["alerts"]]
    came = Counter((topic, reason) for _, topic, reason, _, _ in alerts)
    numbers = {pages.link(press.articles[number], pages.port): number for number in shown}
    seen_to_alert, published_to_alert = [], []
    for _, _, _, url, at in alerts:
        number = numbers.get(url)
        if number is not None:
            seen_to_alert.append(at - shown[number])
            published_to_alert.append(at - pages.published(press.articles[number]))
    published_to_seen = [at - pages.published(press.articles[number]) for number, at in shown.items()]
    return {
        "articles_shown": len(shown),
        "alerts_expected": len(due),
        "alerts_delivered": len(due & set(came)),
        "alerts_lost": sorted(map(list, due - set(came))),
        "alerts_unexpected": sorted(map(list, set(came) - due)),
        "duplicates": sum(came.values()) - len(came),
        "webhooks": len(alerts),
        "webhooks_sent_again": len(alerts) - len({identity for identity, *_ in alerts}),
        "stories": len(press.stories),
        "requests": dict(told["counts"]),
        "seen_to_alert_s": _points(seen_to_alert),
        "alert_p99_s": _points(seen_to_alert)["p99"],
        "published_to_seen_s": _points(published_to_seen),
        "published_to_alert_s": _points(published_to_alert),
    }


def _points(values: Iterable[float]) -> dict[str, float]:
    """The median, what 95 and 99 of 100 stay below, and the highest; zeros where there are none."""
    ordered: Sequence[float] = sorted(values)
    if not ordered:
        return {"p50": 0.0, "p95": 0.0, "p99": 0.0, "max": 0.0}
    at = {f"p{part}": ordered[min(len(ordered) - 1, part * len(ordered) // 100)] for part in (50, 95, 99)}
    return {name: round(value, 3) for name, value in {**at, "max": ordered[-1]}.items()}


def of_redis(connection: redis.Redis) -> dict[str, Any]:
    counters = {
        "|".join((counter.name, *values)): number
        for counter, by_label in read_counters(connection).items()
        for values, number in by_label.items()
        if number
    }
    histograms = read_histograms(connection)
    stages = {
        stage: {"count": sum(found.counts), "mean_ms": round(1000 * found.seconds / max(1, sum(found.counts)), 2)}
        for stage, found in histograms[STAGE_DURATION].items()
    }
    kinds = kinds_of(connection)
    archive = Archive(connection)
    words = [len(article.text.split()) for article in archive.newest(500)]
    return {
        "articles": archive.article_count(),
        "counters": counters,
        "stages": stages,
        "poll_lag_s": _buckets(histograms[POLL_LAG][""], POLL_LAG.bounds),
        "poll_host_wait_s": _buckets(histograms[POLL_HOST_WAIT][""], POLL_HOST_WAIT.bounds),
        "words_of_an_article": round(sum(words) / max(1, len(words))),
        "redis_kinds": {name: [kind.keys, kind.bytes] for name, kind in kinds.items()},
        **_memory(connection, kinds),
    }


def _memory(connection: redis.Redis, kinds: Mapping[str, Kind]) -> dict[str, Any]:
    """Bytes of a feed, of a link seen, of a stored article, and of a live story, with their share of what all have."""

    def per(of: str, *names: str) -> int | None:
        count = kinds[of].keys if of in kinds else 0
        return round(of_kinds(kinds, of, *names) / count) if count else None

    links = links_of(connection)
    topics = ("TOPIC_STORIES", "TOPIC_POSTED", "TOPIC_FIGURES", "TOPIC_WAITING", "TOPIC_VERSION", "STORIES")
    return {
        "redis_bytes_per_feed": per("FEED_RECORD", "SEEN", "FEEDS_DUE"),
        "redis_bytes_per_host": per("HOST", "ROBOTS"),
        "redis_bytes_per_seen_url": round(of_kinds(kinds, "LINKS") / links, 1) if links else None,
        "redis_bytes_per_article": per("ARTICLE", "ARTICLES", "DONE", "DONE_DAYS"),
        "redis_bytes_per_live_story": per("STORY", *topics),
        "redis_bytes_per_alert": per("ALERT", "ALERTS", "ALERT_DESTINATIONS", "DELIVERY", "TOPIC_ALERTS", "ALERT_LOG"),
    }


def _buckets(found: Measured, bounds: Sequence[float]) -> dict[str, float | None]:
    """Below which bound of the histogram the median, 95, and 99 of 100 stay; None beyond the last one."""
    total, told = sum(found.counts), {}
    for part in (50, 95, 99):
        seen, place = 0, 0
        while place < len(found.counts) and (seen := seen + found.counts[place]) < total * part / 100:
            place += 1
        told[f"p{part}"] = bounds[place] if place < len(bounds) else None
    return {**told, "mean": round(found.seconds / max(1, total), 4)}
