"""Titles and bodies of messages in words of the operator's own, as templates in a small part of Jinja.

What a template sees is the webhook payload: `type`, `timestamp`, and `alert`, `story`, `article`, `match` and `alerts`
(those of a digest, else none) as in its data. It can show these, choose by them and go through lists; it cannot call,
assign, import or multiply. So the time it takes and what it writes are bounded by its own length and that of the
payload, whatever it says, on top of Jinja's sandbox (jinja.palletsprojects.com, "Sandbox").
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import lru_cache
from traceback import extract_tb

import jinja2
from jinja2 import nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from worker.alerts.payload import webhook_payload
from worker.alerts.words import Words
from worker.errors import TemplateError
from worker.model import Alert

MOST_CHARACTERS = 20_000
_LONGEST_SOURCE = 10_000
_DEEPEST_LOOPS = 2
_FILTERS = frozenset(
    "capitalize default first join last length lower title tojson trim truncate upper".split()  # noqa: SIM905  readable
)
_NODES = (
    nodes.Add,
    nodes.And,
    nodes.Compare,
    nodes.Concat,
    nodes.CondExpr,
    nodes.Const,
    nodes.Filter,
    nodes.For,
    nodes.Getattr,
    nodes.Getitem,
    nodes.If,
    nodes.Keyword,
    nodes.Name,
    nodes.Not,
    nodes.Operand,
    nodes.Or,
    nodes.Output,
    nodes.Slice,
    nodes.Sub,
    nodes.Template,
    nodes.TemplateData,
    nodes.Test,
)


def rendered(source: str, alert: Alert, *, base_url: str) -> str:
    """What the template makes of the alert; TemplateError with the line where it cannot, or makes too much of it."""
    payload = webhook_payload(alert, base_url=base_url)
    facts = {"type": payload["type"], "timestamp": payload["timestamp"], "alerts": [], **payload["data"]}
    try:
        text = "".join(_bounded(_compiled(source).generate(facts)))
    except TemplateError:
        raise
    except Exception as error:  # noqa: BLE001  whatever an expression of the operator's raises
        raise TemplateError(_reason(error), line=_line_of(error)) from None
    return text.strip()


def _bounded(pieces: Iterable[str]) -> Iterator[str]:
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > MOST_CHARACTERS:
            raise TemplateError(f"the template makes more than {MOST_CHARACTERS:,} characters; make less of it")
        yield piece


def checked(source: str, alert: Alert, *, is_json: bool) -> None:
    """TemplateError where the template cannot be used; it is tried on `alert`."""
    text = rendered(source, alert, base_url="http://127.0.0.1:8080")
    if not text:
        raise TemplateError("the template makes nothing of an ordinary alert; let it say something")
    if is_json:
        try:
            json.loads(text)
        except ValueError as error:
            raise TemplateError(
                f"the template makes no JSON ({error}); write values as {{{{ story.headline | tojson }}}}"
            ) from None


@lru_cache(maxsize=64)
def _compiled(source: str) -> jinja2.Template:
    if len(source) > _LONGEST_SOURCE:
        raise TemplateError(f"a template has at most {_LONGEST_SOURCE:,} characters; shorten it")
    environment = _environment()
    try:
        tree = environment.parse(source)
        _permitted(tree, loops=0)
        return environment.from_string(source)
    except jinja2.TemplateSyntaxError as error:
        raise TemplateError(error.message or "this is no template", line=error.lineno) from None
    except RecursionError:
        raise TemplateError("the template is nested too deep; make it flatter") from None


def _environment() -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(undefined=jinja2.StrictUndefined, autoescape=False)
    environment.globals.clear()
    environment.filters = {name: environment.filters[name] for name in _FILTERS} | {"tojson": _as_json}
    return environment


def _as_json(value: object) -> str:
    """Unlike Jinja's own, without escapes for HTML."""
    if isinstance(value, jinja2.Undefined):
        str(value)  # raises, with the name that is not there
    return json.dumps(value, ensure_ascii=False)


def _permitted(node: nodes.Node, *, loops: int) -> None:
    if not isinstance(node, _NODES):
        kind = type(node).__name__.lower()
        raise TemplateError(
            f"a template cannot use {kind} here; show values, choose by them, or loop", line=node.lineno
        )
    if isinstance(node, nodes.Filter) and node.name not in _FILTERS:
        raise TemplateError(f'there is no filter "{node.name}"; known: {", ".join(sorted(_FILTERS))}', line=node.lineno)
    loops += isinstance(node, nodes.For)
    if loops > _DEEPEST_LOOPS:
        raise TemplateError("loops are nested too deep; two are the most", line=node.lineno)
    for child in node.iter_child_nodes():
        _permitted(child, loops=loops)


def _reason(error: Exception) -> str:
    message = " ".join(str(error).split())[:200]
    return f"{message or type(error).__name__}; a template sees what a webhook gets (deploy/alerts.md)"


def _line_of(error: Exception) -> int | None:
    """Jinja shows the lines of a template in tracebacks."""
    lines = [frame.lineno for frame in extract_tb(error.__traceback__) if frame.filename == "<template>"]
    return lines[-1] if lines else None


def words_of(alert: Alert, title: str, body: str, *, base_url: str) -> Words:
    """What a destination's templates make of the alert."""
    return Words(
        title=rendered(title, alert, base_url=base_url) if title else "",
        body=rendered(body, alert, base_url=base_url) if body else "",
    )
