"""What a reader can do with the page, in a real browser: sort, filter, search, ask where a number comes from, print."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

import factories
import pytest
from test_report_browser import browser, open_page  # noqa: F401

import archs
from bench import store
from bench.report import render

pytestmark = pytest.mark.browser

HOSTILE = '<script>alert("x")</script><img src=x onerror=alert(1)>'
FIVE = ("LeNet", "AlexNet", "VGG-16", "GoogLeNet", "NiN")


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two protocols and devices, a network without some numbers, one with a name that means harm; records on disk.

    Every figure has a mark of every network.
    """
    folder = tmp_path_factory.mktemp("place")
    records = [
        *factories.full_run(seeds=2),
        *factories.full_run(("nin", "vgg16"), "matched224", device=factories.GPU),
        factories.complexity(factories.subject("evil", title=HOSTILE, family="plug-in")),
        factories.accuracy(factories.subject("evil", title=HOSTILE, family="plug-in"), score=0.5),
        factories.failed("memory", "alexnet", protocol="matched224", device=factories.GPU, traceback="at line 7"),
    ]
    for record in records:
        store.save(folder / "results", record)
    loaded = store.load(folder / "results")
    path = render(loaded.records, loaded.problems, folder / "report", folder / "results")
    marks = "".join(f'<g data-network="{name}"></g>' for name in (*archs.FIVE, "evil"))
    html = path.read_text(encoding="utf-8").replace("</svg>\n<figcaption", f"{marks}</svg>\n<figcaption")
    path.write_text(html, encoding="utf-8")
    return path


@pytest.fixture
def page(browser: Any, report: Path) -> Iterator[Any]:  # noqa: F811
    opened, requests, complaints = open_page(browser, report, width=1280, scheme="light")
    opened.on("dialog", lambda dialog: complaints.append(dialog.message))
    yield opened
    assert complaints == []
    assert {urlparse(url).path for url in requests if not url.startswith("data:")} == {str(report)}
    opened.close()


def values(table: Any, head: str) -> list[str]:
    """Exact numbers of a column, from top to bottom, of the rows that are to be seen."""
    return table.evaluate(
        """(table, head) => {
          const index = [...table.tHead.rows[0].cells].findIndex((cell) => cell.textContent.trim() === head);
          const rows = [...table.tBodies[0].rows].filter((row) => row.offsetParent);
          return rows.map((row) => row.cells[index].dataset.value);
        }""",
        head,
    )


def head_of(table: Any, name: str) -> Any:
    return table.locator("thead th", has_text=re.compile(rf"^{re.escape(name)}$"))


def wait_for_sort(head: Any, direction: str | None) -> None:
    """The library sorts a moment after the click."""
    for _ in range(100):
        if head.get_attribute("aria-sort") == direction:
            return
        head.page.wait_for_timeout(50)
    raise AssertionError(f"after 5 seconds the column is sorted {head.get_attribute('aria-sort')}, not {direction}")


def seen(page: Any, selector: str) -> list[str]:
    return page.locator(selector).evaluate_all(
        "all => all.filter((one) => one.offsetParent).map((one) => one.textContent.trim())"
    )


def names(page: Any, section: str) -> set[str]:
    return set(seen(page, f"{section} tbody th"))


def test_heads_sort_by_exact_numbers(page: Any) -> None:
    table = page.locator("#complexity table").last
    head = head_of(table, "Parameters")
    before = values(table, "Parameters")
    assert head.get_attribute("aria-sort") is None
    for direction, backwards in (("ascending", False), ("descending", True)):
        head.click()
        wait_for_sort(head, direction)
        assert values(table, "Parameters") == sorted(before, key=float, reverse=backwards)
    head.click()
    wait_for_sort(head, None)
    assert values(table, "Parameters") == before


def test_heads_sort_by_the_keyboard(page: Any) -> None:
    table = page.locator("#complexity table").last
    head, before = head_of(table, "Network"), values(table, "Network")
    for key, backwards in (("Enter", False), ("Space", True)):
        head.get_by_role("button").focus()
        page.keyboard.press(key)
        wait_for_sort(head, "descending" if backwards else "ascending")
        assert values(table, "Network") == sorted(before, key=str.lower, reverse=backwards)


def test_what_has_no_number_comes_last_either_way(page: Any) -> None:
    table = page.locator("#summary table", has_text="Peak training memory").filter(has_text="failed").first
    heads = table.locator("thead th").all_text_contents()
    name = next(head.strip() for head in heads if head.strip().startswith("Peak training memory"))
    for direction in ("ascending", "descending"):
        head_of(table, name).click()
        wait_for_sort(head_of(table, name), direction)
        column = values(table, name)
        assert column[-1] == ""
        numbers = [float(value) for value in column if value]
        assert len(numbers) == len(column) - 1
        assert numbers in (sorted(numbers), sorted(numbers, reverse=True))


def test_a_long_table_is_searched_and_sorted_at_once(page: Any) -> None:
    part = page.locator("#throughput .part", has_text=factories.CPU.model).first
    box, table = part.get_by_label("Find in this table"), part.locator("table")
    rows = table.locator("tbody tr").count()
    box.fill("nin training")
    texts = [text.lower() for text in table.locator("tbody tr").all_inner_texts()]
    assert 0 < len(texts) < rows
    assert all("nin" in text and "training" in text for text in texts)
    assert f"{len(texts)} of {rows} rows" in part.inner_text()
    box.fill("nobody")
    assert "No row has these words." in table.inner_text()
    box.fill("")
    assert table.locator("tbody tr").count() == rows


def test_a_protocol_is_chosen_for_all_sections_and_kept_in_the_address(page: Any) -> None:
    everything = {name: len(seen(page, f"#{name} tbody tr")) for name in ("summary", "memory", "failures")}
    page.locator("#filters").get_by_label("Protocol").select_option("quick")
    assert urlparse(page.url).query == "protocol=quick"
    for _ in range(2):
        for selector in ("#findings h3", "#summary h3", "#throughput h3", "#figures h3"):
            for head in seen(page, selector):  # counts and claims belong to no protocol
                assert head.startswith("quick") or "exact counts" in head or "claims of" in head
        assert len(seen(page, "#summary tbody tr")) == 6  # the five and the stranger
        assert seen(page, "#failures tbody tr") == []
        assert seen(page, "#failures .traceback") == []
        assert "Nothing here fits" in page.locator("#failures").inner_text()
        page.reload()
    page.locator("#failures").get_by_role("button", name="Show everything").click()
    assert urlparse(page.url).query == ""
    assert everything == {name: len(seen(page, f"#{name} tbody tr")) for name in everything}


def test_device_and_image_size_are_chosen(page: Any) -> None:
    page.locator("#filters").get_by_label("Device").select_option(factories.GPU.model)
    assert names(page, "#memory") == {"VGG-16", "NiN"}
    page.locator("#filters").get_by_label("Image size").select_option("28")
    assert names(page, "#memory") == set()
    assert "Nothing here fits" in page.locator("#memory").inner_text()
    assert {*FIVE} <= names(page, "#complexity")  # counts depend on no device


def test_networks_are_chosen_by_the_keyboard(page: Any) -> None:
    page.locator(".picker summary").focus()
    page.keyboard.press("Enter")
    page.get_by_role("checkbox", name="NiN").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Escape")
    assert not page.get_by_role("checkbox", name="NiN").is_visible()
    for section in ("#summary", "#complexity", "#throughput", "#memory", "#accuracy"):
        assert names(page, section) == {"NiN"}
    sentences = seen(page, "#findings li")
    assert sentences
    named = [one for one in sentences if any(title in one for title in FIVE)]
    assert all("NiN" in one for one in named)
    dimmed = page.locator("figure svg .dimmed").evaluate_all("all => all.map((one) => one.dataset.network)")
    assert {"lenet", "alexnet", "vgg16", "googlenet", "evil"} == set(dimmed)
    assert page.locator("figure svg [data-network='nin']:not(.dimmed)").count() > 0


def test_figures_without_a_chosen_network_are_hidden(page: Any) -> None:
    shown = page.locator("figure[data-archs]:visible").count()
    page.goto(f"{page.url}?network=evil")
    page.reload()
    left = page.locator("figure[data-archs]:visible")
    assert 0 < left.count() < shown
    assert all("evil" in archs for archs in left.evaluate_all("all => all.map((one) => one.dataset.archs)"))


def test_claims_are_found_by_words_verdict_document_and_topic(page: Any) -> None:
    every = page.locator(".claim").count()
    page.locator("#claim-filters").get_by_label("Find").fill("PARAMETERS nin")
    found = page.locator(".claim:visible")
    assert 0 < found.count() < every
    texts = [text.lower() for text in found.evaluate_all("all => all.map((one) => one.textContent)")]
    assert all("parameters" in text and "nin" in text for text in texts)
    page.get_by_role("button", name="All claims").first.click()
    for label, value, attribute in (("Verdict", "supported", "data-verdict"), ("Topic", "history", "data-topic")):
        page.locator("#claim-filters").get_by_label(label).select_option(value)
        same = page.locator(f".claim[{attribute}='{value}']").count()
        assert found.count() == same > 0
        assert f"{same} of {every} claims" in page.locator("#claim-filters").inner_text()
        page.locator("#claim-filters").get_by_label(label).select_option("")
    page.locator("#claim-filters").get_by_label("Document").select_option("003")
    assert all(one.startswith("D3-") for one in seen(page, ".claim-id"))
    page.reload()
    assert urlparse(page.url).query == "document=003"
    page.locator("#claim-filters").get_by_label("Find").fill("no claim says this")
    assert page.locator("#no-claim").is_visible()


def test_a_link_to_a_claim_opens_it_whatever_the_filter(page: Any) -> None:
    page.locator("#claim-filters").get_by_label("Document").select_option("003")
    page.evaluate("location.hash = '#D0-11'")
    page.locator("#D0-11[open]").wait_for()
    assert page.locator("#D0-11 .claim-body").is_visible()


def test_the_records_behind_a_row_are_one_click_away_and_their_files_two(page: Any, report: Path) -> None:
    row = page.locator("#accuracy .part", has_text="quick").locator("tbody tr[data-arch='nin']")
    row.get_by_role("button", name="2 records behind Accuracy: NiN").click()
    dialog = page.locator("dialog")
    text = dialog.inner_text()
    wanted = [factories.accuracy("nin", seed=seed) for seed in range(2)]
    assert all(record.key in text for record in wanted)
    for fact in ("2 records", "0, 1", factories.CPU.model, "2.11.0", wanted[0].started[:10]):
        assert fact in text
    for link, record in zip(dialog.get_by_role("link").all(), wanted, strict=True):
        path = Path(unquote(urlparse(link.evaluate("one => one.href")).path))
        assert store.Record.model_validate_json(path.read_bytes()).key == record.key


def test_the_dialog_is_used_by_the_keyboard(page: Any) -> None:
    button = page.locator("#memory tbody .from").first
    button.focus()
    page.keyboard.press("Enter")
    dialog = page.locator("dialog")
    assert dialog.is_visible()
    assert dialog.evaluate("one => one.contains(document.activeElement)")
    page.keyboard.press("Escape")
    assert not dialog.is_visible()
    assert button.evaluate("one => one === document.activeElement")


def test_the_evidence_of_a_claim_leads_to_its_records(page: Any) -> None:
    claim = page.locator(".claim", has=page.locator(".from")).first
    claim.locator("summary").click()
    key = claim.locator(".numbers", has=page.locator(".from")).first.inner_text().split(": ")[1].split()[0]
    claim.locator(".from").first.click()
    assert key in page.locator("dialog").inner_text()


def test_a_name_that_means_harm_stays_text(page: Any) -> None:
    """The fixture would see an alert, a request for the image or a complaint."""
    assert HOSTILE in names(page, "#complexity")
    page.locator("#complexity tr[data-arch='evil'] .from").click()
    assert HOSTILE in page.locator("dialog h2").inner_text()
    assert page.locator("dialog img, table img, dialog script").count() == 0


def test_without_scripts_everything_is_there(browser: Any, report: Path) -> None:  # noqa: F811
    context = browser.new_context(java_script_enabled=False)
    plain = context.new_page()
    plain.goto(report.as_uri())
    assert not plain.locator("#filters").is_visible()
    assert not plain.locator("#claim-filters").is_visible()
    assert plain.locator(".from:visible").count() == 0
    rows = plain.locator("tbody tr:not(.claim *)")  # a claim unfolds without scripts
    assert plain.locator("tbody tr:not(.claim *):visible").count() == rows.count() > 0
    assert plain.locator("figure:visible").count() == plain.locator("figure").count() > 0
    context.close()


def test_colours_are_chosen_and_kept(page: Any) -> None:
    def paper() -> str:
        return page.evaluate("getComputedStyle(document.body).backgroundColor")

    system, toggle = paper(), page.locator("#theme")
    toggle.click()
    assert (toggle.get_attribute("aria-label"), paper()) == ("Colours: light", system)
    toggle.click()
    assert toggle.get_attribute("aria-label") == "Colours: dark"
    dark = paper()
    assert dark != system
    page.reload()
    assert paper() == dark
    toggle.click()
    assert paper() == system


def test_on_paper_all_is_unfolded_and_nothing_is_cut(page: Any, tmp_path: Path) -> None:
    page.evaluate(
        "addEventListener('beforeprint',"
        " () => { window.folded = document.querySelectorAll('main details:not([open])').length })"
    )
    pdf = page.pdf(prefer_css_page_size=True)
    assert pdf.startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) > 3
    assert page.evaluate("window.folded") == 0
    page.locator("#filters").get_by_label("Protocol").select_option("matched224")
    page.emulate_media(media="print")
    assert page.locator("#filtered").inner_text() == "Not everything is shown, only: matched224."
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    for hidden in ("#sections", "#filters", "#claim-filters", ".search", ".from"):
        assert page.locator(f"{hidden}:visible").count() == 0
    assert page.locator(".traceback pre").first.is_visible()
    assert page.locator(".claim-body").first.is_visible()
    # A4 across, less the margins, in CSS pixels.
    assert max(page.locator("figure").evaluate_all("all => all.map((one) => one.offsetHeight)")) < 180 / 25.4 * 96
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    page.emulate_media(media="screen")
    assert not page.locator("#filtered").is_visible()
    assert not page.locator(".claim-body").first.is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [400, 1280])
def test_no_serious_barrier_to_anybody(browser: Any, report: Path, width: int, scheme: str) -> None:  # noqa: F811
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    opened, _, _ = open_page(browser, report, width=width, scheme=scheme)
    # What is folded is not looked at: some of each verdict is unfolded, and the panel of networks.
    opened.evaluate(
        """() => {
          const verdicts = new Set();
          for (const one of document.querySelectorAll('.claim')) {
            one.open = !verdicts.has(one.dataset.verdict);
            verdicts.add(one.dataset.verdict);
          }
          document.querySelector('.picker').open = true;
        }"""
    )
    found = axe.Axe().run(opened).response["violations"]
    opened.locator("#memory .from").first.click()
    found += axe.Axe().run(opened, context="dialog").response["violations"]
    told = [
        f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found if one["impact"] in ("serious", "critical")
    ]
    assert told == []
    opened.close()
