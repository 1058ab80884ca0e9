"""Where copies of a text may be found: original reports by pairs of neighbouring numbers of their signatures.

Locality-sensitive hashing (Indyk and Motwani 1998): two texts that share a third of their 3-grams have one of the 32
pairs in common in 97 of 100 cases, two independent reports hardly ever.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import zip_longest


@dataclass(frozen=True, slots=True)
class Original:
    """A report that is no copy, and where it is."""

    article_id: str
    story_id: str
    signature: tuple[int, ...]


class Bands:
    """Finds originals by a signature, at a cost that does not depend on how many there are."""

    def __init__(self) -> None:
        self._by_band: dict[int, str] = {}
        self._originals: dict[str, Original] = {}
        self._of_story: dict[str, list[str]] = {}

    def add(self, original: Original) -> None:
        """Remember an original; one without a signature is never found."""
        if original.signature:
            self._originals[original.article_id] = original
            self._of_story.setdefault(original.story_id, []).append(original.article_id)
            self._by_band.update(dict.fromkeys(_bands(original.signature), original.article_id))

    def find(self, signature: tuple[int, ...]) -> list[Original]:
        """Originals that share a pair of numbers, each once."""
        found = dict.fromkeys(map(self._by_band.get, _bands(signature)))
        return [self._originals[article_id] for article_id in found if article_id is not None]

    def forget(self, story_id: str, heir: str | None = None) -> None:
        """The story has ended, or its reports are those of its heir."""
        for article_id in self._of_story.pop(story_id, []):
            former = self._originals[article_id]
            if heir is not None:
                self._originals[article_id] = Original(article_id, heir, former.signature)
                self._of_story.setdefault(heir, []).append(article_id)
                continue
            del self._originals[article_id]
            for band in _bands(former.signature):
                if self._by_band.get(band) == article_id:
                    del self._by_band[band]


@lru_cache(maxsize=1)
def _bands(signature: tuple[int, ...]) -> list[int]:
    """A number for each pair, its place included. Asked for when a report is looked for, and again when it is kept."""
    pairs = zip_longest(signature[::2], signature[1::2], fillvalue=0)
    return [(one << 16 | other) << 6 | place for place, (one, other) in enumerate(pairs)]
