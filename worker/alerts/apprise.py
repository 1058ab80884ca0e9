"""An alert as title and body for the services behind Apprise (github.com/caronc/apprise).

Apprise escapes for services that take HTML or Markdown, and hands plain text to the others as it is; some of these act
on it all the same. So what feeds wrote reaches it already without mentions, links in disguise, and codes of commands:
an invisible character (U+2060, word joiner) stands where they would begin.
"""

from __future__ import annotations

import regex

from worker.alerts.console import console_text
from worker.alerts.plain import plain, shortened
from worker.alerts.words import BUILT_IN, REASONS, Words
from worker.model import Alert

_TITLE_CHARACTERS = 200
_BODY_CHARACTERS = 3500
_JOINER = "\u2060"
# "@everyone", "<!channel>", "<@U1>", "<#C1>", "[text](url)", and ":emoji:" codes.
_ACTING = regex.compile(r"@(?=\w)|<(?=[!@#/\w])|\](?=\()|:(?=[a-z0-9_+-]{1,40}:)")


def apprise_text(alert: Alert, *, base_url: str, words: Words = BUILT_IN) -> tuple[str, str]:
    """Title and body as plain text; `base_url` is where the dashboard is reached, `words` take their place."""
    headline = plain(alert.story.headline or alert.article.title) or "(no title)"
    title = words.title or f"{REASONS[alert.reason]} · {alert.topic}: {headline}"
    body = words.body or console_text(alert, base_url=base_url).partition("\n")[2]
    lines = [_inert(line) for line in body.splitlines()]
    return shortened(_inert(title), _TITLE_CHARACTERS), shortened("\n".join(lines).strip(), _BODY_CHARACTERS)


def _inert(text: str) -> str:
    """`text` on one line, with nothing left that a chat service would act on."""
    inert: str = _ACTING.sub(lambda found: found[0] + _JOINER, plain(text))
    return inert
