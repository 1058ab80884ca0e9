"""How many independent roots a story has: what its reports rest on, with copies and one publisher's sites collapsed.

Each report that is no copy rests on one root. Two share it where they have one publisher, name the same root, or where
one names only a crowd ("South Korean media", "officials in Seoul") of which the other may be part: then nobody can say
that they are two. Roots are counted in the order of arrival, and none is taken back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from worker.model import Article, Report, Root, Story
from worker.stories.outlets import BY_KEY, owner_of
from worker.stories.roots import attribution, country_of

# Beyond these nobody reads, and a story is stored with all of them at each report.
MAX_ROOTS = 50
_QUOTES_KEPT = 3
# All that comes from nowhere is one source.
_UNKNOWN = "unknown source"
# The root of a report that is none: a round-up, or a page of years ago.
_NO_ROOT = "-"


def rooted(story: Story, article: Article, *, counts: bool = True) -> Story:
    """`story`, which holds the report of `article`, with what that rests on; again for the same article it is the same.

    An article that does not count brings no root. Reports that came by the merging of stories, or from before roots
    were kept, count by the keys they have.
    """
    if any(report.article_id == article.id and report.root for report in story.reports):
        return story
    own = root_of(article) if counts else Root(key=_NO_ROOT, name="", article_id=article.id)
    reports = tuple(
        replace(report, root=own.key) if report.article_id == article.id else report for report in story.reports
    )
    roots = story.roots
    for root in _roots_of(reports, own):
        roots = with_root(roots, root)
    return replace(story, reports=reports, roots=roots, independent_sources=max(1, len(roots)))


def _roots_of(reports: tuple[Report, ...], own: Root) -> Iterator[Root]:
    """In the order of arrival; a copy has none of its own."""
    seen = {_NO_ROOT}
    for report in reports:
        key = report.root or owner_of(report.source) or _UNKNOWN
        if report.copy_of is None and key not in seen:
            seen.add(key)
            yield own if report.article_id == own.article_id else _remembered(report, key)


def _remembered(report: Report, key: str) -> Root:
    """The root of an earlier report by its key; for what it credits, its title stands in for the sentence."""
    credits_other = key != owner_of(report.source)
    name = BY_KEY[key].names[0] if credits_other and key in BY_KEY else report.source
    return Root(key=key, name=name, article_id=report.article_id, quote=report.title if credits_other else "")


def root_of(article: Article) -> Root:
    """What the article rests on."""
    found = attribution(article)
    if found is not None:
        return Root(key=found.key, name=found.name, quote=found.sentence, article_id=article.id)
    publisher = article.source.domain or article.source.name or article.feed or article.url or _UNKNOWN
    return Root(key=owner_of(publisher, article.source.name), name=publisher, article_id=article.id)


def with_root(roots: tuple[Root, ...], root: Root) -> tuple[Root, ...]:
    """The roots of a story after a report that rests on `root`; where two stories prove one, of both in turn."""
    if len(roots) >= MAX_ROOTS or any(_is_shared(root, known) for known in roots):
        return roots
    if sum(bool(known.quote) for known in roots) >= _QUOTES_KEPT:
        root = replace(root, quote="")
    return (*roots, root)


def _is_shared(one: Root, other: Root) -> bool:
    if one.key == other.key:
        return True
    country = country_of(one.key)
    if not country or country != country_of(other.key):
        return False
    return _may_be_part(one, other) or _may_be_part(other, one)


def _may_be_part(one: Root, crowd: Root) -> bool:
    """A country's media may be any of its outlets; its officials may be behind what others say of an outlet there."""
    if crowd.key.startswith("media:"):
        return True
    return crowd.key.startswith("officials:") and bool(one.quote)
