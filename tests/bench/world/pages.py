"""What the world's servers send: feeds, pages of articles with all that stands around them, robots.txt.

Pages are put together from parts made beforehand, so that serving costs next to nothing beside reading.
"""

from __future__ import annotations

import random
import zlib
from datetime import UTC, datetime
from email.utils import formatdate
from functools import lru_cache

from worker import model

from .press import Article, Press
from .words import NOUNS

SHOWN = 30
"""Entries of a feed's document."""

BEGIN, END = '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel>', "</channel></rss>"
# Kilobytes of a page beside its article, for the themes: half of the hosts have 30 or less.
_THEMES = (8, 12, 20, 30, 45, 60, 90, 150)
_PARAGRAPH = 3
ROBOTS = b"User-agent: *\nDisallow: /private/\n"


def old_link(number: int) -> str:
    """The address, and the id, of an entry that all feeds have had for long."""
    return f"https://archive.sample.example/2026/report-{number}.html"


def old_item(number: int) -> str:
    """An entry that all feeds have had for long."""
    link, day = old_link(number), 1 + number % 28
    return (
        f"<item><title>Sample report {number} of the archive</title><link>{link}</link><guid>{link}</guid>"
        f"<pubDate>{day:02} Oct 2024 08:00:00 GMT</pubDate><description>{_OLD.format(number)}</description></item>"
    )


_OLD = (
    "Sample report {0}: the council of the sample town met to talk about bridge number {0}, which is to be mended "
    "before winter. Members asked what it costs and who pays for it; a second meeting follows next week. "
)
OLD_ITEMS = [old_item(number) for number in range(SHOWN)]


class Pages:
    """What each address answers. `started` is when the world began, in seconds since the epoch, `speed` how it runs."""

    def __init__(self, press: Press) -> None:
        self.press = press
        self.started, self.speed = 0.0, 1.0
        self._themes = [_theme(random.Random(size), size) for size in _THEMES]
        self.item = lru_cache(maxsize=50_000)(self._item)
        self._words = lru_cache(maxsize=5_000)(self._written)

    def published(self, article: Article) -> float:
        """When it comes out, by our clock."""
        return self.started + article.at / self.speed

    # --- feeds ----------------------------------------------------------------------------------------------------

    def document(self, feed: int, shown: list[Article], *, stamp: str = "") -> bytes:
        """A feed with these articles, oldest first; `stamp` is in its head."""
        newest = [self.item(article.number) for article in reversed(shown[-SHOWN:])]
        items = [*newest, *OLD_ITEMS[: SHOWN - len(newest)]]
        head = (
            f"<title>Sample feed {feed}</title><link>https://sample.example/</link><description>{stamp}</description>"
        )
        return f"{BEGIN}{head}{''.join(items)}{END}".encode()

    def path(self, article: Article) -> str:
        """Of its page."""
        return f"/news/report-{article.number}.html"

    def link(self, article: Article, port: int) -> str:
        return f"http://{self.press.host_of(article).address}:{port}{self.path(article)}"

    port = 0

    def _item(self, number: int) -> str:
        article = self.press.articles[number]
        title, paragraphs = self._words(number)
        link, at = self.link(article, self.port), formatdate(self.published(article), usegmt=True)
        return (
            f"<item><title>{title}</title><link>{link}</link><guid>{link}</guid><pubDate>{at}</pubDate>"
            f"<description>{paragraphs[0]}</description></item>"
        )

    # --- articles -------------------------------------------------------------------------------------------------

    def page(self, number: int) -> bytes:
        """The page of an article, in the theme of its host."""
        article = self.press.articles[number]
        title, paragraphs = self._words(number)
        at = datetime.fromtimestamp(self.published(article), UTC).isoformat(timespec="seconds")
        link = self.link(article, self.port)
        theme = zlib.crc32(self.press.host_of(article).address.encode()) % len(self._themes)
        before, after = self._themes[theme]
        body = "".join(f"<p>{paragraph}</p>\n" for paragraph in paragraphs)
        return (
            f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
            f'<link rel="canonical" href="{link}"><meta property="og:title" content="{title}">'
            f'<meta property="article:published_time" content="{at}">'
            f'<script type="application/ld+json">{{"@context":"https://schema.org","@type":"NewsArticle",'
            f'"headline":"{title}","datePublished":"{at}","mainEntityOfPage":"{link}"}}</script>'
            f"{before}<h1>{title}</h1>\n<time>{at}</time>\n{body}{after}"
        ).encode()

    def stored(self, article: Article, seen_at: datetime) -> model.Article:
        """An article as the product keeps it."""
        title, paragraphs = self._words(article.number)
        link, feed = self.link(article, self.port), f"http://{self.press.host_of(article).address}/"
        return model.Article(
            id=f"{article.number:016x}",
            url=link,
            canonical_url=link,
            title=title,
            text="\n\n".join(paragraphs),
            summary=paragraphs[0],
            published=seen_at,
            language="en",
            source=model.Source(domain=self.press.host_of(article).address, name=f"Sample feed {article.feed}"),
            feed=f"{feed}feed-{article.feed}.xml",
            seen_at=seen_at,
        )

    def _written(self, number: int) -> tuple[str, list[str]]:
        """Title and paragraphs: about 400 words, the same for copies."""
        article = self.press.articles[number]
        dice = random.Random(f"{self.press.scale.seed}:{article.text}:{article.story}")
        written = self._report(dice, article) if article.story >= 0 else self._calm(dice, article)
        title, sentences = written
        return title, [" ".join(sentences[at : at + _PARAGRAPH]) for at in range(0, len(sentences), _PARAGRAPH)]

    def _calm(self, dice: random.Random, article: Article) -> tuple[str, list[str]]:
        words = self.press.sentences
        sentences = dice.choices(words.calm, k=dice.randrange(14, 26))
        if article.named >= 0:
            who = self.press.topics[article.named].who
            extra = f"A letter by {who} on the {dice.choice(NOUNS)} was read out, and the hall was silent for a while."
            sentences.insert(dice.randrange(1, 12), extra)
        else:
            for at in range(2, len(sentences), 7):
                sentences[at] = dice.choice(words.stirred)
        return words.headline(dice), sentences

    def _report(self, dice: random.Random, article: Article) -> tuple[str, list[str]]:
        story = self.press.stories[article.story]
        topic = self.press.topics[story.topic]
        facts = {"who": topic.who, "event": topic.events[0], "place": story.place, "count": story.count}
        facts |= {f"thing{at}": thing for at, thing in enumerate(story.things)}
        pairs = zip(dice.sample(_BEGINNINGS, 7), dice.sample(_ENDINGS, 7), strict=True)
        own = [f"{beginning} {end}".format(**facts) for beginning, end in pairs]
        calm = dice.choices(self.press.sentences.calm, k=12)
        title = dice.choice(_HEADLINES).format(**facts)
        return title, [dice.choice(_LEADS).format(**facts), *own[:4], *calm[:6], *own[4:], *calm[6:]]


_HEADLINES = (
    "Sample news: {who} and the {event} of {place}, with {count} {thing0}",
    "Sample news: {place} {event} by {who} touches {count} {thing0}",
    "Sample news: {count} {thing0} in {place} as {who} tells of {event}",
)
_LEADS = (
    "In {place} {who} has come to a {event} that touches {count} {thing0} and the {thing1} of the sample province.",
    "A {event} of {who} in {place} was told this morning, with {count} {thing0} and all of the {thing1} in it.",
    "This morning {who} told of a {event} in {place}, where {count} {thing0} and the {thing1} had long been waiting.",
)
# A report of one's own puts seven of them together, each beginning with another end: no two tell it alike.
_BEGINNINGS = (
    "The {thing2} of {place} and the {thing3} around it",
    "With this {event} the {thing1} from the coast",
    "Along the {thing3} where people spoke of {place}",
    "Whoever still has {thing0} in a drawer at home",
    "At noon the {thing4} rang in {place} and everybody",
    "A paragraph on {thing2}, written during eleven nights,",
    "All {count} {thing0}, listed one by one by name,",
    "Beyond {place} few had heard of the {thing3}, which",
    "A map that shows {place} in green and the {thing1}",
    "Two teachers who had counted the {thing4} by hand",
    "Since the {event} became known, the {thing0}",
    "Behind closed doors {who} and four cooks from {place}",
    "The last {thing2} to leave the old mill at {place}",
    "Every child there can draw the {thing1}, and all of them",
    "A choir that had practised for the {event} in spring",
    "Between the {thing3} and the sea, as {who} wrote once,",
    "Seen from a balloon, {place} with its {thing4}",
    "Some say that {who} owns the {thing1}, which by now",
    "The shop on the corner that sells {thing0} to travellers",
    "For a week of rain the {thing2} under the station",
)
_ENDINGS = (
    "belong to the {event} as well, it turned out.",
    "may go where they please until the {thing4} ring.",
    "went on without a pause, much to the joy of {place}.",
    "will be handed to whoever has no {thing3} yet.",
    "which happens about once in ten years of {thing2}.",
    "took up less room than the {thing0} did before.",
    "can be read on a board by the door of the {thing1}.",
    "were not asked for, nor did {who} want them.",
    "stays open for as long as {place} keeps its word.",
    "looked much smaller than {count} on that morning.",
    "had waited for the {event} since the first frost.",
    "are painted grey so that no {thing4} is disturbed.",
    "brought along a basket full of {thing0} for {who}.",
    "came back to the {thing3} before it was dark.",
    "holds a secret that {place} has told nobody yet.",
    "turned left at the {thing2} and was not seen again.",
    "made {who} smile for a moment in front of everybody.",
    "sang of {thing1} in a language only the {thing4} know.",
    "shall remain as it is, whatever a {event} may bring.",
    "cost a coin, or two with the {thing3} thrown in.",
)


def _theme(dice: random.Random, kilobytes: int) -> tuple[str, str]:
    """What stands before and after an article: styles, navigation, other headlines, forms, scripts."""
    links = [
        f'<li class="item i{at}"><a href="/section-{at % 17}/{dice.choice(NOUNS)}-{at}.html" data-at="{at}">'
        f"Sample {dice.choice(NOUNS)} and {dice.choice(NOUNS)}</a></li>"
        for at in range(kilobytes * 4)
    ]
    third = len(links) // 3
    style = "".join(f".i{at}{{margin:{at % 9}px;color:#{at * 37 % 4096:03x}}}" for at in range(kilobytes * 4))
    calls = (f"window.sample=window.sample||[];sample.push([{at},{at * 7919 % 9973}]);" for at in range(kilobytes * 2))
    script = "".join(calls)
    before = (
        f"<style>{style}</style></head><body><header><nav><ul>{''.join(links[:third])}</ul></nav></header>"
        f'<div class="page"><main><article class="story">'
    )
    after = (
        f'<aside class="related"><h2>More</h2><ul>{"".join(links[third : 2 * third])}</ul></aside></article></main>'
        f'<aside class="sidebar"><ul>{"".join(links[2 * third :])}</ul></aside></div>'
        f'<form action="/letters"><label>Letters <input name="mail"></label><button>Send</button></form>'
        f"<footer><p>Sample paper of no town. All of it is sample text.</p></footer>"
        f"<script>{script}</script></body></html>"
    )
    return before, after
