"""The commands in `wirewatch --help`, in sections by what they are for."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from typer.core import TyperGroup

SECTIONS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "Begin": ("demo", "init", "check", "up"),
        "What is watched": ("feeds", "topics"),
        "What was found": ("stories", "alerts", "articles"),
        "Who is told, and who may ask": ("destinations", "tokens"),
        "How it is": ("status", "doctor"),
        "Single processes": ("scheduler", "worker", "web"),
        "Single stages, as filters for scripts": ("parse", "clean", "match", "group", "replay"),
    }
)


class Sections(TyperGroup):
    """A group that lists its commands below headings."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002  the base class calls it so
        """In the order of the sections, also for shell completion."""
        return [name for names in SECTIONS.values() for name in names]

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Each section with its commands and what they do."""
        names = self.list_commands(ctx)
        longest = max(map(len, names))
        for heading, members in SECTIONS.items():
            with formatter.section(heading):
                rows = [
                    (name.ljust(longest), self.commands[name].get_short_help_str(formatter.width - longest - 6))
                    for name in members
                ]
                formatter.write_dl(rows)
