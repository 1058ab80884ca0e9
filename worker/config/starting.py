"""The commented wirewatch.toml to start from, with what its owner said of it."""

from __future__ import annotations

import re
from importlib.resources import files

import tomlkit

SAMPLE_TOPIC = "Kim-Putin summit"
SLACK = "desk"
# The lines of the template that are changed, as they begin.
_NAME, _QUERY, _PARTIES = f'name = "{SAMPLE_TOPIC}"', "query = ", "parties = "
_SLACK_BLOCK = re.compile(
    rf'^# \[\[destinations\]\]\n# name = "{SLACK}"\n# type = "slack".*\n# url = .*\n', re.MULTILINE
)


def template() -> str:
    """World news, one topic, and alerts on the terminal."""
    return files(__package__).joinpath("template.toml").read_text("utf-8")


def starting_text(*, topic: str, query: str, slack: str) -> str:
    """The template with a topic of this name and query, and alerts to the Slack webhook that `slack` names.

    An empty `query` leaves the sample topic, an empty `slack` the terminal alone.
    """
    text = template()
    if query:
        before, name, after = text.partition(_NAME)
        lines = after.split("\n")
        query_at = next(at for at, line in enumerate(lines) if line.startswith(_QUERY))
        parties_at = next(at for at, line in enumerate(lines) if line.startswith(_PARTIES))
        lines[query_at] = _QUERY + tomlkit.item(query).as_string()
        lines[parties_at] = "# " + lines[parties_at]
        text = before + name.replace(f'"{SAMPLE_TOPIC}"', tomlkit.item(topic).as_string()) + "\n".join(lines)
    if slack:
        text = _SLACK_BLOCK.sub(
            lambda _: f'[[destinations]]\nname = "{SLACK}"\ntype = "slack"\nurl = {tomlkit.item(slack).as_string()}\n',
            text,
        )
    return text
