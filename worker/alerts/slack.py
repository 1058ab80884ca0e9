"""An alert as a Slack message in Block Kit.

Limits from Slack's reference (docs.slack.dev/reference/block-kit/blocks): header 150 characters, section text 3,000,
context element text 2,000, 50 blocks. Everything a feed wrote goes into `plain_text` objects, in which neither mrkdwn
nor links nor mentions work. & < > are escaped and nothing else (docs.slack.dev/messaging/formatting-message-text).
"""

from __future__ import annotations

from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from worker.alerts.payload import story_url
from worker.alerts.plain import plain
from worker.alerts.words import REASONS, provenance
from worker.model import Alert, Highlight

HEADER_CHARACTERS = 150
SECTION_CHARACTERS = 3000
CONTEXT_CHARACTERS = 2000
_LINK_CHARACTERS = 1000
_PASSAGES = 3
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def slack_message(alert: Alert, *, base_url: str) -> dict[str, Any]:
    """The message as JSON-ready values; `text` is what notifications and clients without blocks show."""
    headline = plain(alert.story.headline) or plain(alert.article.title) or "(no title)"
    why = f"{REASONS[alert.reason]} · {alert.topic}: {alert.sent_because}"
    passages = [_section(f"“{highlight.text}”") for highlight in _passages(alert)]
    return {
        "text": escaped(f"{headline} — {why}", SECTION_CHARACTERS),
        "mrkdwn": False,
        "unfurl_links": False,
        "unfurl_media": False,
        "blocks": [
            {"type": "header", "text": _text(headline, HEADER_CHARACTERS)},
            _section(why),
            *passages,
            {"type": "section", "text": {"type": "mrkdwn", "text": _links(alert, base_url)}},
            {"type": "context", "elements": [_text(provenance(alert), CONTEXT_CHARACTERS)]},
        ],
    }


def escaped(text: str, limit: int) -> str:
    """`text` on one line with & < > escaped, at most `limit` characters after escaping; no escape is cut in two."""
    pieces: list[str] = []
    length = 0
    clean = plain(text)
    for position, character in enumerate(clean):
        piece = _ESCAPES.get(character, character)
        is_last = position == len(clean) - 1
        if length + len(piece) > limit - (not is_last):
            return "".join(pieces) + "…"
        pieces.append(piece)
        length += len(piece)
    return "".join(pieces)


def _text(text: str, limit: int) -> dict[str, Any]:
    return {"type": "plain_text", "text": escaped(text, limit), "emoji": False}


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": _text(text, SECTION_CHARACTERS)}


def _passages(alert: Alert) -> list[Highlight]:
    """Passages outside the title, which is the headline already."""
    told = (mark for mark in alert.match.highlights if mark.field != "title" and plain(mark.text))
    return list(islice(told, _PASSAGES))


def _links(alert: Alert, base_url: str) -> str:
    """The only mrkdwn in the message: our own words around URLs in which no delimiter is left."""
    story = f"<{_link_target(story_url(base_url, alert.story))}|Story>"
    url = alert.article.canonical_url or alert.article.url
    if _scheme(url) not in {"http", "https"} or len(_link_target(url)) > _LINK_CHARACTERS:
        return story
    return f"<{_link_target(url)}|Report> · {story}"


def _scheme(url: str) -> str:
    try:
        return urlsplit(url).scheme
    except ValueError:
        return ""


def _link_target(url: str) -> str:
    for character in "|<> \t\r\n`*":
        url = url.replace(character, f"%{ord(character):02X}")
    return plain(url).replace("&", "&amp;")
