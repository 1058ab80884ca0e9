"""Articles that a feed carries whole, so that nobody need ask for their pages."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

from worker.clean.article import Marked, clean_marked
from worker.clean.phrases import REST_ELSEWHERE
from worker.clean.text import fragment_text
from worker.model import WorkItem

_CUT = re.compile(rf"(?:…|\.\.\.|\[\+\d+ chars\])[\])»”\"]?$|{REST_ELSEWHERE}", re.IGNORECASE)
# An excerpt's end stands among the last lines, as feeds write notes of their own below it.
_LAST_LINES = 3
# Enough of a line's end to see how it ends.
_END = 160


def whole_article(item: WorkItem, *, now: datetime) -> Marked | None:
    """The article that an entry carries whole, None where it does not.

    It is whole with `item.enough_text` characters of text or more, if it does not end as an excerpt does.
    """
    # As the feed has it: cleaning drops the line that leads to the rest.
    if item.enough_text is None or is_excerpt(fragment_text(item.entry.content)):
        return None
    marked = clean_marked(None, item, now=now)
    if len(marked.article.text) < item.enough_text or is_excerpt(marked.article.text):
        return None
    return replace(marked, article=replace(marked.article, partial=False, partial_reason=""))


def is_excerpt(text: str) -> bool:
    """Whether the text ends in an ellipsis, or leads to the rest of it elsewhere."""
    return any(_CUT.search(line[-_END:]) for line in text.strip().rsplit("\n", _LAST_LINES)[-_LAST_LINES:])
