"""Take the README's pictures of the scorecard from the newest report: ``make picture``."""

from __future__ import annotations

import sys
from pathlib import Path

from indicators.errors import UsageError
from indicators.i18n import LANGUAGES
from indicators.paths import Home, home

FOLDER = Path("docs") / "pictures"
CHROMIUM = "/usr/bin/chromium"
SIZE = {"width": 1000, "height": 720}


def pages(project: Home) -> dict[str, Path]:
    """Return the scorecard of the newest report in each language. Raises UsageError without a report."""
    found = sorted(project.reports.glob("[0-9]*/en/scorecard.html"))
    if not found:
        raise UsageError(f"{project.reports} contains no report. Run `make report` first.")
    return {lang: found[-1].parents[1] / lang / "scorecard.html" for lang in LANGUAGES}


def take(project: Home, folder: Path) -> list[Path]:
    """Write ``scorecard.<lang>.png``, the top of the table in a browser, into ``folder``; return the files."""
    from playwright.sync_api import sync_playwright

    shots = pages(project)
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport=SIZE)  # type: ignore[arg-type]  # playwright types it as a dictionary of its own
        for lang, shown in shots.items():
            page.goto(shown.as_uri())
            page.locator("#table-scorecard").evaluate("table => table.scrollIntoView()")
            page.screenshot(path=folder / f"scorecard.{lang}.png")
        browser.close()
    return [folder / f"scorecard.{lang}.png" for lang in shots]


if __name__ == "__main__":
    try:
        for path in take(home(), home().root / FOLDER):
            print(f"{path}: {path.stat().st_size:,} bytes")
    except UsageError as error:
        sys.exit(f"picture: {error}")
