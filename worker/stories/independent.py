"""How many independent roots a story has: what its reports rest on, with copies and one publisher's sites collapsed.

Each report that is no copy rests on one root. Two share it where they have one publisher, name the same root, or where
one names only a crowd ("South Korean media", "officials in Seoul") of which the other may be part: then nobody can say
that they are two. Roots are counted in the order of arrival, and none is taken back.
"""

from __future__ import annotations

from dataclasses import replace

from worker.model import Article, Root
from worker.stories.outlets import owner_of
from worker.stories.roots import attribution, country_of

# Beyond these nobody reads, and a story is stored with all of them at each report.
MAX_ROOTS = 50
_QUOTES_KEPT = 6


def root_of(article: Article) -> Root:
    """What the article rests on."""
    found = attribution(article)
    if found is not None:
        return Root(key=found.key, name=found.name, quote=found.sentence, article_id=article.id)
    publisher = article.source.domain or article.source.name or article.feed or article.url
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
