"""One clause against one article: where it was found, or why not and how near it came.

A clause is what is looked for in places (a term, a group of terms, NEAR, ATLEAST, SENTENCE, PARAGRAPH) or what is about
the article; AND, OR, NOT and fields join clauses.
"""

from __future__ import annotations

from collections.abc import Sequence

from worker.match.explain import near, terms, windows
from worker.match.explain.quotes import in_quotes, listed, quotes
from worker.match.explain.standing import Scene, Told, apart, placed, standing, where
from worker.match.nodes import About, AtLeast, Near, Node, Scope, Within
from worker.model import Article


def found(node: Node, scene: Scene, views: Sequence[str]) -> Told:
    """Where a clause that holds stands."""
    match node:
        case About():
            return Told(_about(node, scene.reading.article, held=True))
        case Near():
            return near.found(node, scene, views)
        case Within():
            return windows.found(node, scene, views)
        case AtLeast():
            return _counted(node, scene, views)
        case _:
            return Told(where(node, scene, views), quotes(scene.reading, standing(node, scene, views)))


def missed(node: Node, scene: Scene, views: Sequence[str]) -> Told:
    """Why a clause does not hold, and how near it came."""
    match node:
        case About():
            return Told(_about(node, scene.reading.article, held=False))
        case Near():
            return near.missed(node, scene, views)
        case Within():
            return windows.missed(node, scene, views)
        case AtLeast():
            return _counted(node, scene, views)
        case _:
            return terms.missed(node, scene, views)


def _counted(node: AtLeast, scene: Scene, views: Sequence[str]) -> Told:
    part, looked_at = (node.part.part, (node.part.field,)) if isinstance(node.part, Scope) else (node.part, views)
    count = sum(len(apart(placed(part, scene.reading, view), longest=False)) for view in looked_at)
    if not count:
        return terms.missed(part, scene, looked_at)
    said = f"found {count} of {node.count} times: {where(part, scene, looked_at)}"
    return Told(said, quotes(scene.reading, standing(part, scene, looked_at)))


def _about(node: About, article: Article, *, held: bool) -> str:
    match node.key:
        case "source":
            publisher = node.value if held else article.source.domain
            return f"the publisher is {publisher or 'not known'}"
        case "lang":
            return f"the language is {article.language or 'not known'}"
        case "feed":
            return f"the feed is {in_quotes(article.feed) if article.feed else 'not known'}"
        case _:
            tags = [in_quotes(tag) for tag in article.tags]
            return f"the tags are {listed(tags)}" if tags else "there are no tags"
