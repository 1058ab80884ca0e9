"""Quality floors in tests/eval/baseline.json: what is reached must not fall, and where it rises the floor follows."""

from __future__ import annotations

import json
from pathlib import Path

BASELINE: dict[str, dict[str, float]] = json.loads(
    (Path(__file__).parents[1] / "eval" / "baseline.json").read_text(encoding="utf-8")
)
# Better by this much, and the baseline has to follow.
SLACK = 0.002


def hold(part: str, name: str, reached: float) -> None:
    """Fails where `reached` is under the floor, or so far above it that the floor has to be raised."""
    floor = BASELINE[part][name]
    assert reached >= floor, f"{name} fell to {reached:.4f}"
    assert reached <= floor + SLACK, f"{name} rose to {reached:.4f}: write that into tests/eval/baseline.json"
