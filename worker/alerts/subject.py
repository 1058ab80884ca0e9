"""Whether a sentence is about what a topic found in the article, or about something else that is in there, too."""

from __future__ import annotations

from collections.abc import Sequence

import regex

from worker.model import Article, Match

_SHORTEST = 3
_TITLE_CHARACTERS = 500
_WORD = regex.compile(r"[\p{L}\p{N}\p{M}]+")
_NAME = regex.compile(r"(?<=[\p{L}\p{M}\p{N},;’”] )\p{Lu}[\p{L}\p{M}\p{N}]{2,}")
_UNSPACED = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}]")
# Capitals that name no other subject.
_TITLES = frozenset(
    """
    president leader minister foreign defence defense secretary general spokesman spokeswoman spokesperson mr mrs ms
    comrade
    monday tuesday wednesday thursday friday saturday sunday january february march april may june july august september
    october november december federation republic news agency central press
    """.split()  # noqa: SIM905  lines of quotes would hide the words
)


def _speaker(alias: str) -> regex.Pattern[str]:
    """The party with the person who speaks for it: "Kremlin spokesman Dmitry Peskov", "Dmitry Peskov"."""
    return regex.compile(
        rf"(?:\p{{Lu}}\p{{L}}{{1,20}} )?{regex.escape(alias)}(?:['’]s)?(?: (?:chief|press|spokes\p{{L}}{{3,7}}"
        rf"|secretary|service)){{0,3}}"
        r"(?:,? \p{Lu}\p{L}{1,20}){0,3}"
    )


class Subject:
    """What the match found: the names and the words of its highlights, and which names the article's title knows."""

    def __init__(self, article: Article, match: Match, aliases: Sequence[str]) -> None:
        found = [word for highlight in match.highlights for word in _WORD.findall(highlight.text)]
        self._telling = {word.casefold() for word in found if len(word) >= _SHORTEST or _UNSPACED.search(word)}
        self._names = {word.casefold() for word in found if word[0].isupper() and word.casefold() in self._telling}
        # What may be denied: "visit", not "Putin".
        self.things = frozenset(word.casefold() for word in found if word[0].islower()) & self._telling
        self.names = frozenset(self._names)
        self.unspaced = frozenset(word for word in self._telling if _UNSPACED.search(word))
        own = {word.casefold() for alias in aliases for word in _WORD.findall(alias)}
        self._speakers = [_speaker(alias) for alias in aliases if not _UNSPACED.search(alias)]
        title = {word.casefold() for word in _WORD.findall(article.title[:_TITLE_CHARACTERS])}
        self._known = self._telling | own | title | _TITLES

    def is_told(self, sentence: str, before: str) -> bool:
        """Whether `sentence`, after the sentence `before`, tells of it.

        It does where it holds a word that matched and speaks of nobody but those the title speaks of, or where it
        names, with the sentence before, two of those that matched.
        """
        words = self._words(sentence)
        if _UNSPACED.search(sentence):
            return any(word in sentence.casefold() for word in self._telling)
        if self._telling.isdisjoint(words):
            return False
        if len(self._names & words) > 1 or len(self._names) < 2:
            return True
        if len(self._names & (words | self._words(before))) > 1 and self._names & words:
            return True
        return sentence.isupper() or not self._others(sentence)

    def _others(self, sentence: str) -> set[str]:
        """Names of whom neither the title nor the party's own voice has told."""
        for speaker in self._speakers:
            sentence = speaker.sub("", sentence)
        return {name.casefold() for name in _NAME.findall(sentence)} - self._known

    @staticmethod
    def _words(text: str) -> set[str]:
        return {word.casefold() for word in _WORD.findall(text)}
