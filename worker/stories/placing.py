"""The rules by which a report finds its story among those it is compared with, however these were found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from worker.model import Report, Story
from worker.stories.likeness import are_one, fits, recency
from worker.stories.meaning import Meaning
from worker.stories.rarities import Rarities
from worker.stories.story import joined, merged, opened
from worker.stories.telling_apart import evidence

Signature: TypeAlias = tuple[int, ...]
IsCopy: TypeAlias = Callable[[Signature, Signature], bool]

# Of the stories alike enough, so many may turn out to be one with the first.
_MAY_MERGE = 3
# What a story means is the mean of so many of its latest reports.
_REMEMBERED = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where an article went. `story` already holds its report.

    `similarity` (0..1) is to the most similar story there was before, `nearest` that story's id, also where it was not
    similar enough to join; "" where there was none. `alike` says of all stories it was compared with, by their ids, how
    similar they were. `absorbed` are stories that are part of `story` from now on.
    """

    story: Story
    is_new: bool
    report: Report
    copy_of: str | None
    similarity: float
    nearest: str = ""
    alike: Mapping[str, float] = field(default_factory=dict)
    absorbed: tuple[Story, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Alike:
    similarity: float
    story: Story
    evidence: float = 0.0

    @property
    def alike(self) -> float:
        """Of words and of what else tells events apart."""
        return self.similarity + self.evidence


def placed(  # noqa: PLR0917  what a decision rests on
    report: Report,
    vocabulary: Mapping[str, float],
    scaled: Mapping[str, float],
    topic: str,
    stories: Sequence[Story],
    rarities: Rarities,
    is_copy: IsCopy,
    meaning: Meaning | None,
) -> Placement:
    """The rules, whatever the stories were found by. `scaled` is the vocabulary by `rarities`."""
    copied = _copied(report, stories, is_copy)
    if copied is not None:
        return as_copy(report, *copied)
    ranked = _ranked(report, scaled, stories, rarities, meaning)
    nearest = ranked[0] if ranked else None
    similarity, nearest_id = (nearest.similarity, nearest.story.id) if nearest else (0.0, "")
    alike = {one.story.id: one.similarity for one in ranked}
    size, is_dated = len(vocabulary), report.published is not None
    fitting = [one for one in ranked if fits(one.alike, size, one.story, is_dated=is_dated)]
    if not fitting:
        story = _meant(opened(report, vocabulary, topic), meaning)
        return Placement(
            story=story,
            is_new=True,
            report=report,
            copy_of=None,
            similarity=similarity,
            nearest=nearest_id,
            alike=alike,
        )
    chosen = fitting[0]
    others = _same(chosen, [one for one in ranked if one is not chosen], size, rarities, is_dated=is_dated)
    story = chosen.story
    for other in others:
        story = merged(story, other)
    absorbed = tuple(one for one in (chosen.story, *others) if one.id != story.id)
    story = _meant(joined(story, report, vocabulary, chosen.similarity), meaning)
    return Placement(
        story=story,
        is_new=False,
        report=report,
        copy_of=None,
        similarity=similarity,
        nearest=story.id if chosen is nearest else nearest_id,
        alike=alike,
        absorbed=absorbed,
    )


def _ranked(
    report: Report,
    scaled: Mapping[str, float],
    stories: Sequence[Story],
    rarities: Rarities,
    meaning: Meaning | None,
) -> list[_Alike]:
    alike = []
    for story, cosine in zip(stories, rarities.cosines(scaled, stories), strict=True):
        similarity = min(1.0, cosine)
        if meaning is not None:
            similarity = meaning.refine(similarity, story.meaning)
        similarity *= recency(report, story)
        told = 0.0 if report.published is not None else evidence(scaled, dict(story.terms), similarity)
        alike.append(_Alike(similarity=similarity, story=story, evidence=told))
    return sorted(alike, key=lambda one: (-one.alike, one.story.id))


def _meant(story: Story, meaning: Meaning | None) -> Story:
    """With what its latest report means; the vocabulary follows the latest ones as well."""
    if meaning is None:
        return story
    return replace(story, meaning=meaning.joined(story.meaning, min(len(story.reports) - 1, _REMEMBERED)))


def _same(chosen: _Alike, others: Sequence[_Alike], size: int, rarities: Rarities, *, is_dated: bool) -> list[Story]:
    """Which of the others tell of the same event as the chosen one."""
    close = others[: _MAY_MERGE - 1]
    if not close:
        return []
    stories = [one.story for one in close]
    between = rarities.cosines(rarities.scaled_story(chosen.story), stories)
    if not is_dated:
        own = dict(chosen.story.terms)
        between = [
            words + evidence(own, dict(other.terms), words) for words, other in zip(between, stories, strict=True)
        ]
    return [
        one.story
        for one, alike in zip(close, between, strict=True)
        if are_one(size, one.alike, chosen.story, one.story, alike, is_dated=is_dated)
    ]


def _copied(report: Report, stories: Iterable[Story], is_copy: IsCopy) -> tuple[Story, str] | None:
    """The story and the article of which the report is a copy."""
    if not report.signature:
        return None
    for story in stories:
        for told in story.reports:
            if told.signature and is_copy(told.signature, report.signature):
                return story, told.article_id
    return None


def as_copy(report: Report, story: Story, original: str) -> Placement:
    """The report in the story of the article it copies."""
    # A copy is recognised by its original; a second signature of the same words would only take room.
    report = replace(report, copy_of=original, signature=())
    return Placement(
        story=joined(story, report, {}, 1.0),
        is_new=False,
        report=report,
        copy_of=original,
        similarity=1.0,
        nearest=story.id,
    )
