"""The picture of the report that README shows, made anew of `results/`: `nox -s picture`.

Needs Playwright and a Chromium: $CHROMIUM, one in PATH, or Playwright's own (`playwright install chromium`).
"""

from __future__ import annotations

import io
import json
import os
import shutil
import tempfile
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs" / "images" / "report.png"
WIDTH, HEIGHT = 1280, 1190
"""Of what is seen, in the page's pixels: its head with the networks side by side."""
SHARPNESS = 1.5
"""Pixels of the picture for one of the page."""
COLOURS = 64
"""Enough for a page of text and bars, and a quarter of the bytes."""


def chromium() -> str | None:
    """A Chromium of the system; None leaves it to Playwright."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


def tally() -> str:
    """The verdicts that the picture shows; it carries them with it, so that a test finds a picture of others."""
    kept = json.loads((ROOT / "results" / "verdicts.json").read_text())
    return json.dumps(Counter(kept.values()), sort_keys=True)


def photograph(page_path: Path) -> bytes:
    """The top of the page as PNG, in its light theme."""
    from PIL import Image, PngImagePlugin
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(
            viewport={"width": WIDTH, "height": HEIGHT}, device_scale_factor=SHARPNESS, color_scheme="light"
        )
        page.goto(page_path.as_uri())
        shot = Image.open(io.BytesIO(page.screenshot()))
        browser.close()
    content = io.BytesIO()
    told = PngImagePlugin.PngInfo()
    told.add_text("verdicts", tally())
    shot.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(content, "PNG", optimize=True, pnginfo=told)
    return content.getvalue()


def main() -> None:
    from bench import store
    from bench.report import render

    loaded = store.load(ROOT / "results")
    with tempfile.TemporaryDirectory() as folder:
        page = render(loaded.records, loaded.problems, Path(folder), ROOT / "results")
        PICTURE.parent.mkdir(exist_ok=True)
        PICTURE.write_bytes(photograph(page))
    print(f"{PICTURE.relative_to(ROOT)}: {PICTURE.stat().st_size / 1000:.0f} kB, of {len(loaded.records)} records")


if __name__ == "__main__":
    main()
