"""Reapers whose clock is moved by hand."""

from __future__ import annotations


class Clock:
    """A monotonic clock."""

    def __init__(self):
        self.at = 100.0

    def __call__(self):
        return self.at


def watch(reaper, clock, seconds):
    """Let the reaper look once a second; returns how many jobs it queued again."""
    returned = 0
    for _ in range(int(seconds)):
        clock.at += 1
        returned += reaper.tick()
    return returned
