"""A destination's own words for an alert, from its templates."""

from __future__ import annotations

import structlog

from worker.alerts.template import words_of
from worker.alerts.words import BUILT_IN, Words
from worker.errors import TemplateError
from worker.model import Alert, DestinationSpec

log = structlog.get_logger()


def wording(alert: Alert, spec: DestinationSpec, *, base_url: str) -> Words:
    """Where a template fails on this alert the built-in words are used: an alert is worth more than how it reads."""
    try:
        return words_of(alert, spec.title, spec.body, base_url=base_url)
    except TemplateError as error:
        log.warning("template_failed", destination=spec.name, alert=alert.id, error=str(error))
        return BUILT_IN
