"""The small pictures on the cards of stories, drawn once: they change with the story only, while times move on."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from threading import Lock

from markupsafe import Markup

from worker.edge.store.newsdesk import Step
from worker.model import Story
from worker.run.web.timeline import Timeline, timeline_of

# Publishers in a picture; the story's own page shows more.
ROWS = 6
_KEPT = 512

_Key = tuple[object, ...]


class Pictures:
    """Draws with `draw`, and keeps what was drawn last."""

    def __init__(self, draw: Callable[[Timeline, Story], Markup]) -> None:
        self._draw = draw
        self._kept: OrderedDict[_Key, Markup] = OrderedDict()
        self._changing = Lock()

    def of(self, story: Story, steps: Sequence[Step]) -> Markup:
        """The picture of a story that has at least two reports; a single one needs none."""
        if len(story.reports) < 2:
            return Markup()
        key = (story.id, len(story.reports), story.last_seen, *(step.alert_id for step in steps))
        with self._changing:
            known = self._kept.pop(key, None)
        drawn = known or self._draw(timeline_of(story, steps, limit=ROWS), story)
        with self._changing:
            self._kept[key] = drawn
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return drawn
