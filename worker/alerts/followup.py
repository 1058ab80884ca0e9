"""Whether a story that grouping opened is only a follow-up of one already told."""

from __future__ import annotations

import regex

from worker.model import Article, Story

_LEAD_CHARACTERS = 900
_HEAVIEST_TERMS = 15
# Capitalised inside a sentence: a name in scripts that have capitals. In others no follow-up is recognised.
_NAME = regex.compile(r"(?<=[\p{L}\p{M}\p{N},;’”] )\p{Lu}[\p{L}\p{M}]{3,}")


def shared_name(article: Article, told: Story) -> str:
    """A name in the article's opening that is among what the story told is most about, "" where there is none.

    An earthquake elsewhere shares "earthquake" and "magnitude" with yesterday's and is news; a report on survivors
    shares the place and is not.
    """
    known = {term for term, _ in told.terms[:_HEAVIEST_TERMS]}
    opening = (article.text or article.summary or article.title)[:_LEAD_CHARACTERS]
    names: list[str] = _NAME.findall(opening)
    for name in names:
        folded = name.casefold()
        if not known.isdisjoint((folded, folded.removesuffix("s"))):
            return name
    return ""
