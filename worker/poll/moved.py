"""Whether a feed has moved for good: what permanent redirects are worth. Pure.

301 and 308 promise that the new address takes the old one's place (RFC 9110, sections 15.4.2 and 15.4.9). Hotel
networks, expired domains and mistakes make the same promise for some hours or days, so it is believed only once every
poll of several days led to the same address and entries known before were found there. The configuration file stays as
its owner wrote it: what moved is a fact about the feed, kept with its state, and given up as soon as a poll of the new
address fails.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from worker.model import FeedState

# An expired domain and its feeds can be bought by anybody.
SAME_HOST, OTHER_HOST = timedelta(days=3), timedelta(days=7)


def address(configured: str, state: FeedState) -> str:
    """The URL to ask for a feed that is configured as `configured`."""
    return state.moved_to if state.moved and state.moved_to else configured


def follow(state: FeedState, configured: str, target: str | None, *, known: bool, now: datetime) -> FeedState:
    """The state after an answer that was read; `target` is where permanent redirects led to it, None without any.

    `known` says that the feed behind them is the one we know: it has entries, or all of a document, seen before.
    """
    if state.moved:
        # Whoever has moved on again starts from the address in the file.
        return replace(state, moved=False, moved_to=target, moved_since=now) if target else state
    if target is None and state.moved_to is None and state.moved_since is None:
        return state
    if target is None or target != state.moved_to or state.moved_since is None:
        return replace(state, moved_to=target, moved_since=now if target else None)
    patience = SAME_HOST if _site(configured) == _site(target) else OTHER_HOST
    return replace(state, moved=known and now - state.moved_since >= patience)


def unmoved(state: FeedState) -> FeedState:
    """The state after the new address failed: the one in the file is asked next, which may be well."""
    return replace(state, moved=False, moved_to=None, moved_since=None) if state.moved else state


def doubled(state: FeedState, *, now: datetime) -> FeedState:
    """The state of a feed whose permanent redirects lead to one that is polled by itself: asked once a day only."""
    error = f"it has moved to {state.moved_to}, which is polled already; remove one of the two"
    due = now + timedelta(days=1)
    return replace(
        state, error=error, failing_since=state.failing_since or state.moved_since or now, not_before=due, next_due=due
    )


def _site(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.")
