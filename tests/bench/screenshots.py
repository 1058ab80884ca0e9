"""Makes the pictures of the dashboard that the README shows, from the demo's sample news.

    python tests/bench/screenshots.py

Needs the `test` extra and a Chromium (CHROMIUM names it where it is not at /usr/bin/chromium). Each picture says in its
corner that it shows sample data.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

PLACE = Path(__file__).parents[2] / "deploy" / "screenshots"
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
SIZE = {"width": 1180, "height": 760}
# Until the recorded day has brought its last word.
PATIENCE_MS = 300_000
MARK = """() => {
    const mark = document.createElement('p');
    mark.textContent = 'sample data';
    mark.style.cssText = `position: fixed; right: 0; bottom: 0; margin: 0; padding: 2px 10px;
        background: #b3261e; color: #fff; font: 600 13px sans-serif`;
    document.body.append(mark);
}"""


def main() -> None:
    """Play the demo, and take the pictures once its story is confirmed."""
    PLACE.mkdir(exist_ok=True)
    with subprocess.Popen([sys.executable, "-m", "worker", "demo"], stdout=subprocess.PIPE, text=True) as demo:
        try:
            url = _address(demo)
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
                page = browser.new_page(viewport=SIZE, color_scheme="light")
                page.goto(url)
                page.locator(".told .reason-confirmed").first.wait_for(timeout=PATIENCE_MS)
                _take(page, "now")
                page.goto(f"{url}/topics/edit?topic=Kim-Putin%20summit")
                page.get_by_label("Query").fill("@kim-jong-un NEAR/40 @putin AND (summit OR train)")
                page.get_by_text("Told besides").or_(page.get_by_text("would have sent")).first.wait_for(timeout=90_000)
                _take(page, "topic")
                browser.close()
        finally:
            demo.terminate()


def _address(demo: subprocess.Popen[str]) -> str:
    for line in demo.stdout or ():
        if line.startswith("dashboard: "):
            return line.removeprefix("dashboard: ").strip()
    raise SystemExit("the demo has ended without naming its dashboard")


def _take(page: Page, name: str) -> None:
    page.evaluate(MARK)
    page.screenshot(path=PLACE / f"{name}.png")
    sys.stdout.write(f"{PLACE / name}.png\n")


if __name__ == "__main__":
    main()
