"""Pictures of a run over time, as SVG that needs nothing else to be shown."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

_WIDTH, _HEIGHT, _LEFT, _TOP, _BOTTOM = 760, 240, 64, 34, 30
_COLOURS = ("#1b6ca8", "#c8553d", "#3a7d44", "#7a4fa3", "#b8860b", "#4a4a4a", "#008080", "#a0522d", "#556b2f")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What is drawn under `name`: (seconds, value)."""

    name: str
    points: Sequence[tuple[float, float]]


def chart(title: str, unit: str, lines: Sequence[Line]) -> str:
    """Lines over the seconds of a run, from 0 up; `unit` names what is counted."""
    seconds = max((at for line in lines for at, _ in line.points), default=1.0) or 1.0
    highest = _round_up(max((value for line in lines for _, value in line.points), default=1.0))
    wide, high = _WIDTH - _LEFT - 20, _HEIGHT - _TOP - _BOTTOM

    def x(at: float) -> float:
        return round(_LEFT + wide * at / seconds, 1)

    def y(value: float) -> float:
        return round(_TOP + high * (1 - value / highest), 1)

    rows = []
    rows.append(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT + 22}" role="img" '
        f'font-family="sans-serif" font-size="11"><title>{escape(title)}</title>'
        f'<rect width="{_WIDTH}" height="{_HEIGHT + 22}" fill="#fff"/>'
        f'<text x="{_LEFT}" y="18" font-size="13" font-weight="bold">{escape(title)}</text>'
    )
    for part in range(5):
        value = highest * part / 4
        rows.append(
            f'<line x1="{_LEFT}" x2="{_WIDTH - 20}" y1="{y(value)}" y2="{y(value)}" stroke="#ddd"/>'
            f'<text x="{_LEFT - 6}" y="{y(value) + 4}" text-anchor="end">{value:g}</text>'
        )
    for part in range(7):
        at = seconds * part / 6
        rows.append(f'<text x="{x(at)}" y="{_HEIGHT - 12}" text-anchor="middle">{at:.0f} s</text>')
    rows.append(
        f'<text x="12" y="{_TOP + high / 2}" transform="rotate(-90 12 {_TOP + high / 2})" '
        f'text-anchor="middle">{escape(unit)}</text>'
    )
    for place, line in enumerate(lines):
        colour = _COLOURS[place % len(_COLOURS)]
        drawn = " ".join(f"{x(at)},{y(value)}" for at, value in _thinned(line.points))
        name = _LEFT + place * (wide // max(1, len(lines)))
        rows.append(
            f'<polyline fill="none" stroke="{colour}" stroke-width="1.5" points="{drawn}"/>'
            f'<rect x="{name}" y="{_HEIGHT + 3}" width="10" height="10" fill="{colour}"/>'
            f'<text x="{name + 14}" y="{_HEIGHT + 12}">{escape(line.name)}</text>'
        )
    return "\n".join([*rows, "</svg>\n"])


def _thinned(points: Sequence[tuple[float, float]], most: int = 300) -> list[tuple[float, float]]:
    """At most so many points, each the highest of those it stands for, so that no peak is lost."""
    every = max(1, math.ceil(len(points) / most))
    return [max(points[at : at + every], key=lambda point: point[1]) for at in range(0, len(points), every)]


def _round_up(value: float) -> float:
    """A number of one or two digits at or above `value`, for the top of the axis."""
    if value <= 0:
        return 1.0
    size = 10 ** math.floor(math.log10(value))
    return next(size * step for step in (1, 2, 4, 6, 8, 10) if size * step >= value)
