"""What wirewatch has to say about itself, as an alert: a destination was switched off.

It has a reason, and so a type of its own, beside those of stories. As one of theirs it would count as news, and as a
test it would be thrown away, as tests are; a receiver that does not know a type passes over it, as Standard Webhooks
asks, or refuses it, which is not held against it.
"""

from __future__ import annotations

from datetime import datetime

from worker.model import Alert, Article, Match, Reason, Source, Story, short_id

SENDER = "wirewatch"


def switched_off(destination: str, *, state: str, why: str, waiting: int, now: datetime) -> Alert:
    """For the other destinations: `destination` gets nothing more until somebody resumes it."""
    headline = f"Alerts no longer go to {destination}: it {'is gone' if state == 'gone' else 'was paused'}"
    mend = f"mend it, then run `wirewatch destinations resume {destination}`"
    waits = f"{waiting} alert{'s' * (waiting != 1)} {'wait' if waiting != 1 else 'waits'} for it"
    key = short_id("notice", destination, state, now.isoformat())
    return Alert(
        id=key,
        reason=Reason.NOTICE,
        topic=SENDER,
        sent_because=f"{why}; {waits}; {mend}",
        created=now,
        story=Story(id=key, topic=SENDER, headline=headline, first_seen=now, last_seen=now, independent_sources=0),
        article=Article(id=key, title=headline, source=Source(domain="", name=SENDER), seen_at=now),
        match=Match(topic=SENDER, query="", score=0.0, highlights=()),
    )
