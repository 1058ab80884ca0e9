"""Whether a story that grouping opened is only a follow-up of one already told.

Grouping is never perfect, and a reader who is paged twice for one event stops reading. So a new story is measured once
more against every story told: by what grouping found alike, and by what matched and the names both are about. An
earthquake elsewhere shares "earthquake" and "magnitude" with yesterday's and is news; a report on survivors shares the
place and is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import regex

from worker.alerts.kinds import kind_of
from worker.alerts.stems import WORD, stem
from worker.model import Article, Match, Story

# As similar as this to a story told, and about the same names: a follow-up that grouping split off.
SPLIT_OFF_SIMILARITY = 0.12
# While the first outlets write up what has just broken, each in words of its own, less is enough.
BREAKING = timedelta(hours=2)
BREAKING_SIMILARITY = 0.08
# So long after its last report a story told keeps follow-ups quiet by what matched, however unlike grouping found them:
# papers come back to yesterday's news with comment and background.
COOLDOWN = timedelta(hours=24)
# And later still where grouping found them a little alike.
LATER_SIMILARITY = 0.05
# Marks, among the steps told, a story as a follow-up: "split_off:ID"; releases before this one wrote no id.
SPLIT_OFF = "split_off"
# Marks what a story was before it became one with another, "was:ID", for those that follow it.
_WAS = "was:"
_LEAD_CHARACTERS = 600
_HEAVIEST_TERMS = 15
_TITLES = 40
_TITLE_CHARACTERS = 300
# Above this share of capitalised words a headline is set in Title Case, and capitals say nothing about names.
_TITLE_CASE_SHARE = 0.6
# Capitalised inside a sentence: a name in scripts that have capitals. In others no follow-up is recognised by names.
_NAME = regex.compile(r"(?<=[\p{L}\p{M}\p{N},;’”] )\p{Lu}[\p{L}\p{M}]{3,}")


def told_before(
    article: Article, match: Match, live: Sequence[Story], *, alike: Mapping[str, float], now: datetime
) -> Story | None:
    """The story told of which `article` is a follow-up; None where it is news.

    `alike` says of the stories that grouping compared it with, by their ids, how alike they were.
    """
    families: dict[str, list[Story]] = {}
    now_called = _now_called(live)
    for story in live:
        if story.told:
            families.setdefault(_head(story, now_called), []).append(story)
    nearest = {head: max(alike.get(story.id, 0.0) for story in kin) for head, kin in families.items()}
    for head in sorted(families, key=lambda head: (-nearest[head], head)):
        kin = families[head]
        if _is_follow_up(article, match, kin, nearest[head], now):
            return next((story for story in kin if story.id == head), kin[0])
    return None


def _is_follow_up(article: Article, match: Match, kin: Sequence[Story], alike: float, now: datetime) -> bool:
    known, names = _known(kin), _told_names(kin)
    since = now - max(story.last_seen for story in kin)
    is_recent = since <= COOLDOWN
    if is_recent and _is_nameless(article) and _repeats(match, known):
        return True
    if not _shares_name(article, known, names) or _new_matched_name(match, known):
        return False
    least = BREAKING_SIMILARITY if since <= BREAKING else SPLIT_OFF_SIMILARITY
    may_repeat = is_recent or alike >= LATER_SIMILARITY
    return alike >= least or (may_repeat and _brings_nothing(article, match, known, names))


def split_off(told: Story) -> str:
    """The key of the ladder by which a story remembers of which other it is a follow-up."""
    return f"{SPLIT_OFF}:{told.id}"


def is_follow_up(story: Story) -> bool:
    """Whether the story was found to follow another when it opened; merged with that one it no longer does."""
    return any(is_split_off(key) and key != split_off(story) for key in story.told)


def is_split_off(key: str) -> bool:
    """Whether a key of the ladder says that a story follows another."""
    return key.partition(":")[0] == SPLIT_OFF


def follows(story: Story) -> str:
    """The id of the story of which this one is a follow-up, "" where it stands by itself or nobody knows."""
    marks = (key.partition(":") for key in story.told if key != split_off(story))
    return next((ident for mark, _, ident in marks if mark == SPLIT_OFF), "")


def family(story: Story, live: Sequence[Story]) -> list[Story]:
    """The story, the one it follows, and the others that follow that one."""
    now_called = _now_called([story, *live])
    head = _head(story, now_called)
    return [story, *(one for one in live if one.id != story.id and head in {one.id, _head(one, now_called)})]


def remembering(story: Story, absorbed: Iterable[Story]) -> Story:
    """The story with a mark for each that became part of it: what follows that one follows this one from now on."""
    marks = [f"{_WAS}{one.id}" for one in absorbed if one.told]
    return replace(story, told=tuple(dict.fromkeys((*story.told, *marks)))) if marks else story


def is_mark(key: str) -> bool:
    """Whether a key of the ladder says whom a story follows or what it was, and is no step of it."""
    return is_split_off(key) or key.startswith(_WAS)


def _now_called(stories: Iterable[Story]) -> dict[str, str]:
    """Of stories that became part of another one, that one's id."""
    marks = ((key, story.id) for story in stories for key in story.told if key.startswith(_WAS))
    return {key.removeprefix(_WAS): ident for key, ident in marks}


def _head(story: Story, now_called: Mapping[str, str]) -> str:
    followed = follows(story) or story.id
    return now_called.get(followed, followed)


def _new_matched_name(match: Match, known: frozenset[str]) -> bool:
    """Whether the title has a name that the query asks for and the story told has not: another person or place."""
    in_title = (highlight.text for highlight in match.highlights if highlight.field == "title")
    return any(word[0].isupper() and _piece(word) not in known for text in in_title for word in WORD.findall(text))


def _brings_nothing(article: Article, match: Match, known: frozenset[str], told_names: frozenset[str]) -> bool:
    """Whether all that matched is known, and the title has no names besides or knows one of them, too.

    The word that begins it is a name where the story told knows it for one.
    """
    title = article.title[:_TITLE_CHARACTERS]
    matched = _stems(highlight.text for highlight in match.highlights)
    first = {_piece(word) for word in WORD.findall(title)[:1]} & told_names
    others = ({_piece(name) for name in _names(title)} | first) - matched
    return matched <= known and (not others or not others.isdisjoint(known))


def _is_nameless(article: Article) -> bool:
    """Whether neither title nor lead names anybody, in a title whose capitals would show it."""
    title, lead = article.title[:_TITLE_CHARACTERS], (article.text or article.summary)[:_LEAD_CHARACTERS]
    is_plain = any(word[0].islower() for word in WORD.findall(title)) and not _is_title_case(title)
    return is_plain and not _NAME.search(title) and not _NAME.search(lead)


def _repeats(match: Match, known: frozenset[str]) -> bool:
    """Whether several words of the title matched, and all that did are known."""
    in_title = _stems(highlight.text for highlight in match.highlights if highlight.field == "title")
    return len(in_title) > 1 and _stems(highlight.text for highlight in match.highlights) <= known


def _shares_name(article: Article, known: frozenset[str], told_names: frozenset[str]) -> bool:
    """A name of the article is known of the story told, or a word of its own is a name there."""
    title, lead = article.title[:_TITLE_CHARACTERS], (article.text or article.summary)[:_LEAD_CHARACTERS]
    names = {_piece(name) for name in (*_names(title), *_NAME.findall(lead))}
    capitalised = {_piece(word) for word in WORD.findall(f"{title} {lead}") if word[0].isupper()}
    return not names.isdisjoint(known) or not capitalised.isdisjoint(told_names)


def _names(title: str) -> Iterator[str]:
    if not _is_title_case(title):
        yield from _NAME.findall(title)


def _is_title_case(title: str) -> bool:
    words: list[str] = WORD.findall(title)
    return sum(word[0].isupper() for word in words) > _TITLE_CASE_SHARE * len(words)


def _known(kin: Iterable[Story]) -> frozenset[str]:
    """What the stories told are about, as stems: their titles and their heaviest terms."""
    terms = (_piece(term) for story in kin for term, _ in story.terms[:_HEAVIEST_TERMS])
    return frozenset((*_stems(_titles(kin)), *terms))


def _told_names(kin: Iterable[Story]) -> frozenset[str]:
    return frozenset(_piece(name) for title in _titles(kin) for name in _names(title))


def _titles(kin: Iterable[Story]) -> Iterator[str]:
    for story in kin:
        yield story.headline[:_TITLE_CHARACTERS]
        yield from (report.title[:_TITLE_CHARACTERS] for report in story.reports[-_TITLES:])


def _stems(texts: Iterable[str]) -> set[str]:
    return {_piece(word) for text in texts for word in WORD.findall(text)}


def _piece(word: str) -> str:
    """What stands for `word` and its forms; words for one kind of event ("died", "death") are one."""
    return kind_of(word) or stem(word)
