"""Measures the matching engine on real news text: python tests/bench/match_engine.py [--topics 1000 10000] [--json]."""

from __future__ import annotations

import sys
from pathlib import Path

# Run as a script, Python looks for modules beside this file only; tests import the same modules as `bench`.
sys.path[0] = str(Path(__file__).resolve().parents[1])

from bench.report import main  # noqa: E402  the line above finds it

if __name__ == "__main__":
    sys.exit(main())
