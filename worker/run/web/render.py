"""Templates to answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup
from starlette.responses import HTMLResponse, Response

from worker import __version__
from worker.model import Story
from worker.ports import Clock
from worker.run.web import words
from worker.run.web.languages import language_name
from worker.run.web.timeline import Timeline

HERE = Path(__file__).parent


class Renderer:
    """Renders the templates.

    All of them know the time (`now`), the release (`version`) and whether one logs in (`has_login`).
    """

    def __init__(self, clock: Clock, *, has_login: bool) -> None:
        self._clock = clock
        self._templates = _templates()
        self._templates.globals |= {"version": __version__, "has_login": has_login}

    def know(self, **functions: Callable[..., Any]) -> None:
        """Make functions known to all templates."""
        self._templates.globals |= functions

    def page(
        self, template: str, facts: Mapping[str, Any], *, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> Response:
        """An answer with the template filled in."""
        html = self._templates.get_template(template).render(**facts, now=self._clock.now())
        return HTMLResponse(html, status, headers=headers)

    def picture(self, line: Timeline, story: Story) -> Markup:
        """A story's line of time, small."""
        module: Any = self._templates.get_template("parts.html").module
        picture: Markup = module.picture(line, story)
        return picture


def _templates() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "when": words.time_tag,
        "clock": words.clock_tag,
        "span": words.span,
        "short": words.short,
        "web_link": words.web_link,
        "plural": words.plural,
        "clip": words.clip,
        "code": words.code,
        "reason": words.reason,
        "delivery_state": words.delivery_state,
        "language": language_name,
    }
    return environment
