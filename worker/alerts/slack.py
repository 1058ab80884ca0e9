"""An alert as a Slack message in Block Kit: one that stands alone, the first of a thread, or a reply in it.

Limits from Slack's reference (docs.slack.dev/reference/block-kit/blocks): header 150 characters, section text 3,000,
context element text 2,000, 50 blocks. All texts of a message together may have about 12,000, as is told nowhere but in
github.com/slackapi/bolt-js/issues/2509 and 2867 (9,597 were taken, 11,341 refused as msg_blocks_too_long). Slack does
not say what a character is; UTF-16 units are counted, the most that it may mean. Everything a feed wrote goes into
`plain_text` objects, in which neither mrkdwn nor links nor mentions nor emoji codes work. & < > are escaped and nothing
else (docs.slack.dev/messaging/formatting-message-text).
"""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

import regex

from worker.alerts.payload import story_url
from worker.alerts.plain import plain
from worker.alerts.timeline import timeline_lines
from worker.alerts.words import BUILT_IN, REASONS, Words, collected_line, provenance
from worker.model import Alert, Highlight, Reason, Story

HEADER_CHARACTERS = 150
SECTION_CHARACTERS = 3000
CONTEXT_CHARACTERS = 2000
MESSAGE_CHARACTERS = 9000
"""Of all texts together; what the parts below may have stays within it."""
_WHY_CHARACTERS = 1500
_LATEST_CHARACTERS = 1000
_PASSAGE_CHARACTERS = 700
_TIMELINE_CHARACTERS = 2000
_PROVENANCE_CHARACTERS = 600
_LINK_CHARACTERS = 1000
_PASSAGES = 3
_TIMELINE_LINES = 8
# Of a digest: two blocks each, of the fifty that a message may have.
_COLLECTED = 20
_MORE_CHARACTERS = 100
_ENDING_A_LINK = regex.compile(r"[\p{Z}\p{C}|<>`*]")
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def slack_message(
    alert: Alert,
    *,
    base_url: str,
    latest: Alert | None = None,
    story: Story | None = None,
    words: Words = BUILT_IN,
) -> dict[str, Any]:
    """The message as JSON-ready values; `text` is what notifications and clients without blocks show.

    `latest` is the newest follow-up of this alert, where the message is the first of a thread that has some: then the
    message tells of both. `story` is the story as it is now, where it is known to have moved on. `words` take the place
    of the headline, and of why and the passages.
    """
    if alert.reason in {Reason.DIGEST, Reason.NOTICE}:
        return _apart(alert, base_url, words)
    now = latest or alert
    story = story or now.story
    headline = plain(words.title) or plain(story.headline) or plain(alert.article.title) or "(no title)"
    since = [_section(f"Latest: {_why(latest)}", _LATEST_CHARACTERS)] if latest else []
    return _message(
        f"{headline} — {_why(now)}",
        [
            {"type": "header", "text": _text(headline, HEADER_CHARACTERS)},
            *([_lines(words.body)] if words.body else [_section(_why(alert), _WHY_CHARACTERS), *_quoted(alert)]),
            *since,
            *_timeline(story),
            *_footing(replace(alert, story=story), base_url),
        ],
    )


def _lines(text: str) -> dict[str, Any]:
    """Several lines, each escaped, as far as a section has room."""
    shown: list[str] = []
    room = SECTION_CHARACTERS
    for line in text.splitlines():
        if room < 2:
            break
        shown.append(escaped(line, room))
        room -= len(shown[-1].encode("utf-16-le")) // 2 + 1
    return {"type": "section", "text": {"type": "plain_text", "text": "\n".join(shown).strip() or "…", "emoji": False}}


def _apart(alert: Alert, base_url: str, words: Words) -> dict[str, Any]:
    """A digest, or a notice: what is not about one story."""
    kind = f"{REASONS[alert.reason]} · {alert.topic}"
    headline = plain(words.title) or (alert.reason is Reason.NOTICE and plain(alert.story.headline)) or kind
    why = plain(alert.sent_because) or kind
    blocks = [
        {"type": "header", "text": _text(headline, HEADER_CHARACTERS)},
        _lines(words.body) if words.body else _section(why, _WHY_CHARACTERS),
    ]
    shown = _collected(alert, base_url, MESSAGE_CHARACTERS - sum(map(_size, blocks)) - _MORE_CHARACTERS)
    blocks += [block for pair in shown for block in pair]
    left_out = len(alert.collected) - len(shown)
    if left_out > 0:
        more = f"… and {left_out} more, on the dashboard and in `wirewatch alerts list`"
        blocks.append(_section(more, _MORE_CHARACTERS))
    return _message(f"{headline} — {why}", blocks)


def _collected(alert: Alert, base_url: str, room: int) -> list[list[dict[str, Any]]]:
    """Two blocks for each alert of a digest, of as many as there is room for."""
    shown: list[list[dict[str, Any]]] = []
    for one in alert.collected[:_COLLECTED]:
        links = {"type": "mrkdwn", "text": _links(one.url, one.story_id, base_url)}
        pair = [_section(collected_line(one), _PASSAGE_CHARACTERS), {"type": "section", "text": links}]
        room -= sum(map(_size, pair))
        if room < 0:
            break
        shown.append(pair)
    return shown


def _size(block: dict[str, Any]) -> int:
    return len(block["text"]["text"].encode("utf-16-le")) // 2


def slack_reply(alert: Alert, *, base_url: str, words: Words = BUILT_IN) -> dict[str, Any]:
    """A follow-up below the first message of its story."""
    title = plain(words.title) or plain(alert.article.title) or plain(alert.story.headline) or "(no title)"
    told = (
        [_section(title, _WHY_CHARACTERS), _lines(words.body)]
        if words.body
        else [_section(_why(alert), _WHY_CHARACTERS), _section(title, _WHY_CHARACTERS), *_quoted(alert)]
    )
    blocks = [*told, *_footing(alert, base_url)]
    return _message(f"{title} — {_why(alert)}", blocks)


def bare_message(message: dict[str, Any]) -> dict[str, Any]:
    """The same without blocks, for a Slack that refuses them."""
    return {key: value for key, value in message.items() if key in {"text", "mrkdwn", "unfurl_links", "unfurl_media"}}


def _message(text: str, blocks: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "text": escaped(text, SECTION_CHARACTERS),
        "mrkdwn": False,
        "unfurl_links": False,
        "unfurl_media": False,
        "blocks": blocks,
    }


def _why(alert: Alert) -> str:
    return f"{REASONS[alert.reason]} · {alert.topic}: {alert.sent_because}"


def _quoted(alert: Alert) -> list[dict[str, Any]]:
    return [_section(f"“{highlight.text}”", _PASSAGE_CHARACTERS) for highlight in _passages(alert)]


def _timeline(story: Story) -> list[dict[str, Any]]:
    """Who reported when; a first report alone is told by the line below."""
    if len(story.reports) < 2:
        return []
    room = _TIMELINE_CHARACTERS // (_TIMELINE_LINES + 1)
    lines = [escaped(line, room) for line in timeline_lines(story, _TIMELINE_LINES)]
    text = "\n".join(["Who reported it (UTC)", *lines])
    return [{"type": "section", "text": {"type": "plain_text", "text": text, "emoji": False}}]


def _footing(alert: Alert, base_url: str) -> list[dict[str, Any]]:
    """Links, provenance, and the id by which the story goes everywhere."""
    links = _links(alert.article.canonical_url or alert.article.url, alert.story.id, base_url)
    return [
        {"type": "section", "text": {"type": "mrkdwn", "text": links}},
        {
            "type": "context",
            "elements": [
                _text(provenance(alert), _PROVENANCE_CHARACTERS),
                _text(f"story {alert.story.id}", CONTEXT_CHARACTERS),
            ],
        },
    ]


def escaped(text: str, limit: int) -> str:
    """`text` on one line with & < > escaped, at most `limit` UTF-16 units after that; no escape is cut in two."""
    pieces: list[str] = []
    length = 0
    clean = plain(text)
    for position, character in enumerate(clean):
        piece = _ESCAPES.get(character, character)
        is_last = position == len(clean) - 1
        size = len(piece) + (character > "\uffff")
        if length + size > limit - (not is_last):
            return "".join(pieces) + "…"
        pieces.append(piece)
        length += size
    return "".join(pieces)


def _text(text: str, limit: int) -> dict[str, Any]:
    return {"type": "plain_text", "text": escaped(text, limit), "emoji": False}


def _section(text: str, limit: int) -> dict[str, Any]:
    return {"type": "section", "text": _text(text, limit)}


def _passages(alert: Alert) -> list[Highlight]:
    """Passages outside the title, which is the headline already."""
    told = (mark for mark in alert.match.highlights if mark.field != "title" and plain(mark.text))
    return list(islice(told, _PASSAGES))


def _links(url: str, story_id: str, base_url: str) -> str:
    """The only mrkdwn in the message: our own words around URLs in which no delimiter is left."""
    story = f"<{_link_target(story_url(base_url, story_id))}|Story>"
    if _scheme(url) not in {"http", "https"} or len(_link_target(url)) > _LINK_CHARACTERS:
        return story
    return f"<{_link_target(url)}|Report> · {story}"


def _scheme(url: str) -> str:
    try:
        return urlsplit(url).scheme
    except ValueError:
        return ""


def _link_target(url: str) -> str:
    target: str = _ENDING_A_LINK.sub(_percent_encoded, url)
    return target.replace("&", "&amp;")


def _percent_encoded(found: regex.Match[str]) -> str:
    character: str = found[0]
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "replace"))
