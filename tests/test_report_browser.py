"""The page in a real browser: quiet, self-contained, no wider than a phone, readable in the dark."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import factories
import pytest

from bench.report import render

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

pytestmark = pytest.mark.browser


def chromium() -> str | None:
    """A Chromium of the system: $CHROMIUM, else the first one in PATH."""
    named = os.environ.get("CHROMIUM")
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return named or next(filter(None, map(shutil.which, names)), None)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    path = chromium()
    if path is None:
        pytest.skip("no Chromium in PATH, and $CHROMIUM is not set")
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def page_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    records = [
        *factories.full_run(),
        *factories.full_run(("nin", "vgg16"), "matched224", device=factories.GPU, seeds=3),
        factories.failed("accuracy", "vgg16", seed=9, message="long " * 60, traceback="Traceback\n" + "x" * 400),
    ]
    problems = [f"accuracy/{'unbroken' * 30}.json: not JSON"]
    return render(records, problems, tmp_path_factory.mktemp("report"))


def open_page(browser: Any, path: Path, *, width: int, scheme: str) -> tuple[Any, list[str], list[str]]:
    """The loaded page, what it requested and what it complained about."""
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    requests: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(path.as_uri())
    page.wait_for_load_state("networkidle")
    return page, requests, complaints


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [400, 1280])
def test_page_is_quiet_and_fits(browser: Any, page_path: Path, tmp_path: Path, width: int, scheme: str) -> None:
    page, requests, complaints = open_page(browser, page_path, width=width, scheme=scheme)
    picture = tmp_path / f"page-{width}-{scheme}.png"
    page.screenshot(path=picture, full_page=True)
    assert picture.stat().st_size > 10_000
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert [url for url in requests if not url.startswith("data:")] == [page_path.as_uri()]
    assert complaints == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    wide = page.evaluate(
        "[...document.querySelectorAll('body *')].filter(one => !one.closest('.scroll, pre, svg, .unseen')"
        " && one.getBoundingClientRect().right > innerWidth + 1).map(one => one.outerHTML.slice(0, 80))"
    )
    assert wide == []
    assert page_path.stat().st_size < 5e6
    page.close()


def test_figures_and_text_follow_the_theme(browser: Any, page_path: Path) -> None:
    seen = {}
    for scheme in ("light", "dark"):
        page, _, _ = open_page(browser, page_path, width=1280, scheme=scheme)
        seen[scheme] = page.evaluate(
            "[getComputedStyle(document.querySelector('figure svg text')).fill,"
            " getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]"
        )
        page.close()
    light, dark = seen["light"], seen["dark"]
    assert all(a != b for a, b in zip(light, dark, strict=True))
    assert light[0] == light[1]
    assert dark[0] == dark[1]


def test_wide_tables_scroll_in_their_box_and_keep_the_networks_in_sight(browser: Any, page_path: Path) -> None:
    page, _, _ = open_page(browser, page_path, width=400, scheme="light")
    box = page.locator("#summary .scroll").first
    assert box.evaluate("one => one.scrollWidth > one.clientWidth")
    name = box.locator("tbody th").first
    before = name.bounding_box()
    box.evaluate("one => one.scrollLeft = 300")
    after = name.bounding_box()
    assert abs(after["x"] - before["x"]) < 2
    page.close()


def test_no_two_labels_of_a_figure_overlap(browser: Any, page_path: Path) -> None:
    page, _, _ = open_page(browser, page_path, width=1280, scheme="light")
    overlaps = page.evaluate(
        """() => [...document.querySelectorAll('figure svg')].flatMap(svg => {
          const all = [...svg.querySelectorAll('text')].map(one => [one.textContent, one.getBoundingClientRect()]);
          return all.flatMap(([a, r], i) => all.slice(i + 1)
            .filter(([, s]) => Math.min(r.right, s.right) - Math.max(r.left, s.left) > 1
              && Math.min(r.bottom, s.bottom) - Math.max(r.top, s.top) > 0.4 * Math.min(r.height, s.height))
            .map(([b]) => `${svg.querySelector('title').textContent}: ${a} / ${b}`));
        })"""
    )
    assert overlaps == []
    page.close()


@pytest.mark.parametrize("width", [400, 1280])
def test_from_anywhere_the_list_of_sections_is_one_click_away(browser: Any, page_path: Path, width: int) -> None:
    page, _, _ = open_page(browser, page_path, width=width, scheme="light")
    back, sections = page.get_by_role("link", name="All sections"), page.locator("#sections")
    sync_api.expect(back).not_to_be_in_viewport()
    page.locator("#accuracy h2").scroll_into_view_if_needed()
    sync_api.expect(sections).not_to_be_in_viewport()
    back.click()
    sync_api.expect(sections).to_be_in_viewport()
    page.close()


def test_a_wide_window_has_the_list_of_sections_beside_the_text(browser: Any, page_path: Path) -> None:
    page, _, _ = open_page(browser, page_path, width=1900, scheme="light")
    page.locator("#accuracy h2").scroll_into_view_if_needed()
    sync_api.expect(page.locator("#sections")).to_be_in_viewport(ratio=1)
    sync_api.expect(page.get_by_role("link", name="All sections")).to_be_hidden()
    page.close()


@pytest.mark.parametrize("width", [400, 1280])
def test_what_a_claim_rests_on_is_drawn_within_its_axis(browser: Any, page_path: Path, width: int) -> None:
    page, _, _ = open_page(browser, page_path, width=width, scheme="light")
    page.evaluate("document.querySelectorAll('details.claim').forEach(one => one.open = true)")
    outside = page.evaluate(
        "[...document.querySelectorAll('.strip > *')].filter(one => {"
        " const [own, axis] = [one, one.parentElement].map(each => each.getBoundingClientRect());"
        " return own.left < axis.left - 1 || own.right > axis.right + 1 || own.width === 0;"
        "}).map(one => one.outerHTML)"
    )
    assert page.locator(".strip b:visible").count() > 20
    assert outside == []
    page.close()


def test_a_long_name_does_not_push_the_numbers_out_of_sight(browser: Any, tmp_path: Path) -> None:
    path = render(factories.full_run(("nin", "alexnet-as-nin-x025")), [], tmp_path)
    page, _, _ = open_page(browser, path, width=1280, scheme="light")
    table = page.locator(".scroll:has([data-table=summary])")
    (edge, last) = (one.bounding_box() for one in (table, table.get_by_role("columnheader", name="Test accuracy")))
    assert last["x"] + last["width"] <= edge["x"] + edge["width"]
    page.close()


def test_a_mark_under_the_pointer_tells_its_network(browser: Any, page_path: Path) -> None:
    page, _, _ = open_page(browser, page_path, width=1280, scheme="light")
    figure = page.locator("figure[id^=figure-accuracy-by-parameters-]:has([data-network=lenet] use)").first
    figure.scroll_into_view_if_needed()
    told = figure.locator("[data-network=lenet] use").evaluate(
        "mark => { const { x, y, width, height } = mark.getBoundingClientRect();"
        " const under = document.elementFromPoint(x + width / 2, y + height / 2);"
        " return under.closest('[data-network]').querySelector('title').textContent; }"
    )
    assert told == "LeNet"
    page.close()
