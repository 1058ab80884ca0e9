"""A query's clauses as a tree: which held, which failed, and why."""

from __future__ import annotations

from dataclasses import dataclass, replace

from worker.match.explain.clauses import found, missed
from worker.match.explain.quotes import Quote
from worker.match.explain.standing import Scene, Told, clause_of, holds
from worker.match.nodes import And, Leaf, Node, Not, Or, Scope, disjunction

MOST_PARTS, MOST_FINDINGS, DEEPEST = 12, 120, 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What became of one clause.

    `kind` is the form of the language: phrase, exact, alias, near, within, atleast, about, and, or, not. `clause`
    is how the language writes it, cut where it is long, and `field` is set where it looks in that field only. `said`
    goes on from there in words: where it was found, or why not and how near it came. `hidden` tells in words of the
    parts that are not among `parts`.
    """

    kind: str
    clause: str
    held: bool
    said: str
    field: str = ""
    quotes: tuple[Quote, ...] = ()
    parts: tuple[Finding, ...] = ()
    hidden: str = ""


@dataclass(frozen=True, slots=True)
class Failing:
    """The clause that decided, and how many alternatives there were to it (0 for none)."""

    finding: Finding
    choices: int


class Tree:
    """Findings for the clauses that matter, at most 120 and 12 deep. `views` are where a clause is looked for."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._known: dict[tuple[int, tuple[str, ...]], bool] = {}
        # Nodes that are not of the query are kept, for verdicts are known by identity.
        self._groups: list[Node] = []
        self._left = MOST_FINDINGS

    def holds(self, node: Node, views: tuple[str, ...]) -> bool:
        """Whether the article satisfies `node`; each clause is tried once."""
        key = (id(node), views)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._tried(node, views)
        return known

    def _tried(self, node: Node, views: tuple[str, ...]) -> bool:
        match node:
            case And() | Or():
                enough = all if isinstance(node, And) else any
                return enough(self.holds(part, views) for part in node.parts)
            case Not():
                return not self.holds(node.part, views)
            case Scope():
                return self.holds(node.part, (node.field,))
            case _:
                return holds(node, self._scene.reading, views)

    def finding(self, node: Node, views: tuple[str, ...], depth: int = 1) -> Finding:
        """What became of `node` and of the parts of it that matter."""
        match node:
            case Scope():
                return replace(self.finding(node.part, (node.field,), depth), clause=clause_of(node), field=node.field)
            case Not():
                return self._negation(node, views, depth)
            case And() | Or() if not self._is_clause(node, views):
                return self._group(node, views, depth)
            case _:
                return self._clause(node, views)

    def failing(self, root: Node, views: tuple[str, ...]) -> Failing:
        """The first clause that makes `root` fail; of alternatives that of the closest to holding."""
        node, field, choices = root, "", 0
        while not self._is_clause(node, views) and not isinstance(node, Not):
            match node:
                case Scope():
                    field, views, node = node.field, (node.field,), node.part
                case And():
                    node = next(part for part in node.parts if not self.holds(part, views))
                case Or():
                    choices = choices or len(node.parts)
                    shares = [self._share(part, views) for part in node.parts]
                    node = node.parts[shares.index(max(shares))]
        return Failing(self.finding(Scope(field, node) if field else node, views), choices)

    def _share(self, node: Node, views: tuple[str, ...]) -> float:
        """How much of a failing alternative holds."""
        if isinstance(node, Scope):
            return self._share(node.part, (node.field,))
        parts = node.parts if isinstance(node, And) else ()
        return sum(self.holds(part, views) for part in parts) / max(1, len(parts))

    def _is_clause(self, node: Node, views: tuple[str, ...]) -> bool:
        """Whether it is told of as one: all but logic, and groups of terms of which none is there."""
        if isinstance(node, Or) and all(isinstance(part, Leaf) for part in node.parts):
            return not self.holds(node, views)
        return not isinstance(node, And | Or | Not | Scope)

    def _clause(self, node: Node, views: tuple[str, ...]) -> Finding:
        held = self.holds(node, views)
        return self._made(node, views, (found if held else missed)(node, self._scene, views))

    def _negation(self, node: Not, views: tuple[str, ...], depth: int) -> Finding:
        if self.holds(node, views):
            return self._made(node, views, Told("absent, as wanted"))
        inner = self.finding(node.part, views, depth + 1)
        if inner.parts:
            return self._made(node, views, Told("forbidden, but it holds"), (inner,))
        return self._made(node, views, Told(f"forbidden, but {inner.said}", inner.quotes))

    def _group(self, node: And | Or, views: tuple[str, ...], depth: int) -> Finding:
        held = self.holds(node, views)
        parts = node.parts if held or isinstance(node, And) else self._with_terms_together(node)
        verdicts = [self.holds(part, views) for part in parts]
        # In an OR that holds, what does not hold is of no matter; when there is too much, what failed is told first.
        order = [index for index, one in enumerate(verdicts) if one or isinstance(node, And) or not held]
        room = min(MOST_PARTS, self._left) if depth < DEEPEST else 0
        shown = sorted(sorted(order, key=verdicts.__getitem__)[: max(0, room)])
        self._left -= len(shown)
        below = tuple(self.finding(parts[index], views, depth + 1) for index in shown)
        total, holding = len(node.parts), sum(verdicts)
        said = f"all {total} hold" if holding == total else f"{holding or 'none'} of {total} hold{'s' * (holding < 2)}"
        more = holding - sum(verdicts[index] for index in shown)
        return self._made(node, views, Told(said), below, _hidden(more, len(parts) - len(shown) - more))

    def _with_terms_together(self, node: Or) -> tuple[Node, ...]:
        """The alternatives, with all terms as one group in the place of the first."""
        terms = [part for part in node.parts if isinstance(part, Leaf)]
        if len(terms) < 2:
            return node.parts
        group = disjunction(terms)
        self._groups.append(group)
        return tuple(
            group if part is terms[0] else part for part in node.parts if part is terms[0] or not isinstance(part, Leaf)
        )

    def _made(
        self, node: Node, views: tuple[str, ...], told: Told, parts: tuple[Finding, ...] = (), hidden: str = ""
    ) -> Finding:
        return Finding(
            kind=type(node).__name__.lower(),
            clause=clause_of(node),
            held=self.holds(node, views),
            said=told.said,
            quotes=told.quotes,
            parts=parts,
            hidden=hidden,
        )


def _hidden(held: int, failed: int) -> str:
    holding = f"{held} more {'holds' if held == 1 else 'hold'}" if held else ""
    failing = f"{failed} {'other does' if failed == 1 else 'others do'} not hold" if failed else ""
    return ", ".join(filter(None, (holding, failing)))
