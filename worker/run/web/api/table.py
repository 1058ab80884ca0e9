"""The operations of the API."""

from __future__ import annotations

from worker.run.web.api.changing import Changing
from worker.run.web.api.operations import Operation
from worker.run.web.api.reading import Reading
from worker.run.web.api.stream import AlertStream


def operations(reading: Reading, changing: Changing, stream: AlertStream) -> tuple[Operation, ...]:
    """All of them, in the order in which they are documented."""
    get = (
        ("/topics", reading.topics),
        ("/topics/{topic_id}", reading.topic),
        ("/stories", reading.stories),
        ("/stories/{story_id}", reading.story),
        ("/alerts", reading.alerts),
    )
    one = (
        ("/alerts/{alert_id}", reading.alert),
        ("/articles", reading.articles),
        ("/articles/{article_id}", reading.article),
        ("/feeds", reading.feeds),
        ("/status", reading.status),
    )
    post = (
        ("/topics/{topic_id}/mute", changing.mute_topic),
        ("/topics/{topic_id}/unmute", changing.unmute_topic),
        ("/stories/{story_id}/acknowledge", changing.acknowledge_story),
        ("/stories/{story_id}/unacknowledge", changing.unacknowledge_story),
        ("/alerts/{alert_id}/resend", changing.resend_alert),
        ("/alerts/{alert_id}/judge", changing.judge_alert),
    )
    return (
        *(Operation(method="GET", path=path, handler=handler) for path, handler in get),
        # Before the alert whose id would be "stream".
        Operation(method="GET", path="/alerts/stream", handler=stream.stream_alerts, streams=stream.endpoint),
        *(Operation(method="GET", path=path, handler=handler) for path, handler in one),
        *(Operation(method="POST", path=path, handler=handler) for path, handler in post),
    )
