"""Writing a topic: what it means while it is typed, what it would have told, and saving it to wirewatch.toml."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from worker.config import Settings, add_topic, change_topic, remove_topic, written_topic
from worker.errors import ConfigError, QueryError
from worker.match.describe import doubts, in_words
from worker.match.query import parse
from worker.run.web.desk import Desk, Status
from worker.run.web.drafts import LONGEST, Draft, mark_of
from worker.run.web.forms import form
from worker.run.web.ownfile import OwnFile
from worker.run.web.preview import Preview, Previews
from worker.run.web.render import Renderer

_CHANGED = (
    "wirewatch.toml says something else of this topic than when you began, see below; nothing was saved. "
    "Save again to put what you wrote in its place."
)
_UNNAMED = "New topic"
# Seconds for which a request waits for a preview to end: scripts ask again, people press the button again.
_WAIT = 0.4
_WAIT_WITHOUT_SCRIPTS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is understood of a draft. `caret` shows the spot where the query is not; `wrong` is said by key."""

    is_empty: bool = False
    meaning: str = ""
    doubts: tuple[str, ...] = ()
    trouble: str = ""
    caret: str = ""
    at: int | None = None
    wrong: Mapping[str, str] = field(default_factory=dict)

    @property
    def can_be_tried(self) -> bool:
        """Whether it can be previewed, which needs no name."""
        return not (self.is_empty or self.trouble or self.wrong.keys() - {"name"})

    @property
    def holds(self) -> bool:
        """Whether it can be saved."""
        return self.can_be_tried and not self.wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class EditorPage:
    """The form. `former` is the name in the file, "" for a new topic, `mark` what stood there when writing began.

    `locked` says why nothing can be saved from here, `refused` why this was not; `theirs` is what the file says now
    where that changed meanwhile. `editor` tells one open page from another.
    """

    draft: Draft
    former: str
    mark: str
    editor: str
    verdict: Verdict
    destinations: tuple[str, ...]
    entities: tuple[str, ...]
    locked: str
    refused: str = ""
    theirs: str = ""
    preview: Preview | None = None


class Editor:
    """The pages and fragments."""

    def __init__(self, desk: Desk, renderer: Renderer, file: OwnFile) -> None:
        self._desk, self._page, self._file = desk, renderer.page, file
        self._previews = Previews(desk)

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/topics/new", self.new),
            Route("/topics/edit", self.edit),
            Route("/topics/check", form(self.check), methods=["POST"]),
            Route("/topics/preview", form(self.preview), methods=["POST"]),
            Route("/topics/save", form(self.save), methods=["POST"]),
            Route("/topics/remove", form(self.remove), methods=["POST"]),
        ]

    def new(self, request: Request) -> Response:
        """An empty form, or one with the query that was searched by."""
        query = request.query_params.get("q", "").strip()[:LONGEST]
        return self._show(self._opened(Draft(query=query), "", ""))

    def edit(self, request: Request) -> Response:
        """The topic as the file has it, else as it is live."""
        name = request.query_params.get("topic", "")
        row = self._row(name)
        if row is not None:
            return self._show(self._opened(Draft.of_row(row), name, mark_of(row)))
        if name not in self._desk.topics:
            raise HTTPException(404)
        return self._show(self._opened(Draft.of_topic(self._desk.topics[name]), name, ""))

    def check(self, _request: Request, fields: Mapping[str, str]) -> Response:
        """What is understood of it, as a fragment."""
        verdict = self._verdict(Draft.of_form(fields))
        if not verdict.can_be_tried:
            self._previews.drop(_editor(fields))
        return self._page("topic_verdict.html", {"verdict": verdict})

    def preview(self, _request: Request, fields: Mapping[str, str]) -> Response:
        """How far the preview is: a fragment for scripts, for others the whole page."""
        page = self._posted(fields)
        if page.verdict.can_be_tried:
            wait = _WAIT if fields.get("part") else _WAIT_WITHOUT_SCRIPTS
            page = replace(page, preview=self._previewed(page, wait))
        if fields.get("part"):
            return self._page("topic_preview.html", {"preview": page.preview, "is_new": not page.former})
        return self._show(page)

    def save(self, _request: Request, fields: Mapping[str, str]) -> Response:
        """Write it to the file, or say why not, with all that was typed."""
        page = self._posted(fields)
        if page.verdict.holds:
            try:
                theirs = self._save(page)
            except ConfigError as error:
                page = replace(page, refused=error.message)
            else:
                if theirs is None:
                    self._previews.drop(page.editor)
                    return RedirectResponse(f"/topics?{urlencode({'saved': page.draft.name})}", 303)
                page = replace(page, refused=_CHANGED, theirs=theirs["query"].strip(), mark=mark_of(theirs))
        return self._show(page, status=422)

    def remove(self, _request: Request, fields: Mapping[str, str]) -> Response:
        """Take it out of the file."""
        name = fields.get("former", "")
        try:
            self._file.change(lambda text, folder: remove_topic(text, name, folder=folder))
        except ConfigError as error:
            return self._show(replace(self._posted(fields), refused=error.message), status=422)
        return RedirectResponse(f"/topics?{urlencode({'removed': name})}", 303)

    def _show(self, page: EditorPage, status: int = 200) -> Response:
        told: Status = self._desk.status()
        return self._page("topic_edit.html", {"page": page, "status": told}, status=status)

    def _opened(self, draft: Draft, former: str, mark: str, editor: str = "") -> EditorPage:
        settings = self._settings()
        return EditorPage(
            draft=draft,
            former=former,
            mark=mark,
            editor=editor or secrets.token_urlsafe(12),
            verdict=self._verdict(draft),
            destinations=tuple(spec.name for spec in settings.destinations) if settings else (),
            entities=tuple(sorted(entity.name for entity in settings.entities)) if settings else (),
            locked=self._file.trouble(),
        )

    def _posted(self, fields: Mapping[str, str]) -> EditorPage:
        return self._opened(Draft.of_form(fields), fields.get("former", ""), fields.get("mark", ""), _editor(fields))

    def _settings(self) -> Settings | None:
        """What the file says, where it can be read: it knows entities that no topic uses yet."""
        try:
            return self._file.settings() or self._desk.settings
        except ConfigError:
            return self._desk.settings

    def _verdict(self, draft: Draft) -> Verdict:
        _, wrong = draft.examined()
        shown = {key: said for key, said in wrong.items() if key != "query"}
        if not draft.query:
            return Verdict(is_empty=True, wrong=shown)
        settings = self._settings()
        try:
            understood = parse(draft.query, entities=[one.name for one in settings.entities] if settings else [])
        except QueryError as error:
            trouble = f"{error.message}{f'; {error.mend}' if error.mend else ''}"
            return Verdict(trouble=trouble, caret=error.caret(), at=error.column, wrong=shown)
        return Verdict(meaning=in_words(understood), doubts=tuple(doubts(understood)), wrong=shown)

    def _row(self, name: str) -> Mapping[str, Any] | None:
        try:
            return written_topic(self._file.text(), name)
        except ConfigError:
            return None

    def _previewed(self, page: EditorPage, wait: float) -> Preview | None:
        draft = replace(page.draft, name=page.draft.name or _UNNAMED)
        settings, (topic, _) = self._settings(), draft.examined()
        if settings is None or topic is None:
            return None
        former = next((one for one in settings.topics if one.name == page.former), None)
        # Under one name, or every alert would count as gone and as new.
        topic = replace(topic, name=former.name) if former else topic
        return self._previews.ask(page.editor, settings, former, topic, wait=wait)

    def _save(self, page: EditorPage) -> Mapping[str, Any] | None:
        """None where it is saved; what the file says of the topic where that is not what the writer saw."""
        changed: list[Mapping[str, Any]] = []

        def edited(text: str, folder: Any) -> str:
            draft = page.draft
            if not page.former:
                return add_topic(text, draft.name, _lines(draft.query), draft.additions(), folder=folder)
            row = written_topic(text, page.former)
            if mark_of(row) != page.mark:
                changed.append(row)
                return text
            changes = draft.changes(row)
            if "query" in changes:
                changes["query"] = _lines(draft.query)
            return change_topic(text, page.former, changes, folder=folder)

        self._file.change(edited)
        return changed[0] if changed else None


def _editor(fields: Mapping[str, str]) -> str:
    return fields.get("editor", "")[:40]


def _lines(query: str) -> str:
    """Several lines end with a line break, so that the closing quotes stand by themselves."""
    return f"{query}\n" if "\n" in query else query
