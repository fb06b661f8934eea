"""Two results folders side by side: what is paired, what is called a difference, and what the page says of it."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Callable, Sequence
from pathlib import Path

import factories
import pytest
from conftest import Spoken
from scipy import stats as scipy_stats
from test_report import HOSTILE, Page

import archs
from bench import store
from bench.records import Device, Record
from bench.report.compare.facts import environment, settings
from bench.report.compare.measured import Scope, measured
from bench.report.compare.page import Side, compare_files
from bench.report.compare.pairs import match, paired_scopes
from bench.report.compare.verdicts import Compared, compare
from bench.report.compare.words import effect_words, folder_names, headline, nothing_beyond, points, ratio
from bench.report.folder import write_folder
from bench.stats import Estimate, unpaired_difference, unpaired_ratio

Bench = Callable[..., Spoken]
OTHER_CPU = Device(type="cpu", model="Another Processor 7000")


def accuracies(scores: Sequence[float], arch: str = "nin", first: int = 0, **changes: object) -> list[Record]:
    """Runs of consecutive seeds with these test accuracies, which are kept to the fourth decimal."""
    return [
        factories.accuracy(arch, score=score, seed=first + index, protocol="budget28", **changes)  # type: ignore[arg-type]
        for index, score in enumerate(scores)
    ]


def timings(rates: Sequence[float], arch: str = "nin", **changes: object) -> list[Record]:
    """Fresh processes of which each ran at one rate, without scatter of its own."""
    made = []
    for process, rate in enumerate(rates):
        record = factories.throughput(arch, training=(64,), inference=(), seed=process, **changes)  # type: ignore[arg-type]
        assert record.result is not None
        (case,) = record.result.cases  # type: ignore[union-attr]
        case = case.model_copy(update={"step_seconds": (64 / rate,) * 3})
        made.append(record.model_copy(update={"result": record.result.model_copy(update={"cases": (case,)})}))
    return made


def compared(this: Sequence[Record], other: Sequence[Record]) -> list[Compared]:
    return compare(match(measured(this), measured(other)).pairs)


def only(rows: Sequence[Compared]) -> Compared:
    (row,) = rows
    return row


# What is told of one number


def test_same_seeds_are_compared_pair_by_pair() -> None:
    ours, theirs = [0.81, 0.82, 0.79, 0.85, 0.80], [0.80, 0.80, 0.79, 0.83, 0.79]
    row = only(compared(accuracies(ours), accuracies(theirs)))
    expected = scipy_stats.ttest_rel(ours, theirs)
    bounds = expected.confidence_interval()
    assert (row.effect, row.low, row.high) == pytest.approx((0.012, bounds.low, bounds.high))
    assert row.p_value == pytest.approx(expected.pvalue)
    assert (row.method, row.form) == ("paired t", "difference")


def test_other_seeds_are_compared_as_two_samples() -> None:
    ours, theirs = [0.81, 0.82, 0.79, 0.85, 0.80], [0.80, 0.805, 0.79]
    row = only(compared(accuracies(ours), accuracies(theirs, first=5)))
    expected = scipy_stats.ttest_ind(ours, theirs, equal_var=False)
    assert row.p_value == pytest.approx(expected.pvalue)
    assert (row.low, row.high) == pytest.approx(tuple(expected.confidence_interval()))
    assert row.method == "Welch's t"


def test_rates_are_compared_as_a_ratio_over_processes() -> None:
    ours, theirs = [200.0, 210.0, 190.0, 205.0, 202.0], [100.0, 104.0, 97.0, 99.0]
    row = only(compared(timings(ours), timings(theirs)))
    assert row.effect == pytest.approx(scipy_stats.gmean(ours) / scipy_stats.gmean(theirs))
    assert row.this.value == pytest.approx(scipy_stats.gmean(ours))
    assert row.low is not None
    assert row.high is not None
    assert row.low < row.effect < row.high
    assert row.verdict == "beyond noise"
    assert effect_words(row).startswith("×2.0")


def test_twice_as_fast_is_half_as_fast_seen_from_the_other_side() -> None:
    ours, theirs = timings([200.0, 210.0, 190.0]), timings([100.0, 104.0, 97.0])
    there, back = only(compared(ours, theirs)), only(compared(theirs, ours))
    assert there.high is not None
    assert back.low is not None
    assert (there.effect * back.effect, there.high * back.low) == pytest.approx((1, 1))
    assert there.p_value == pytest.approx(back.p_value)


def test_what_was_measured_once_is_not_judged() -> None:
    rows = compared(
        [*accuracies([0.9]), *timings([200.0]), factories.memory(peak=2**30)],
        [*accuracies([0.5]), *timings([100.0]), factories.memory(peak=2**29)],
    )
    judged = {row.pair.this.case.what: (row.verdict, row.p_value) for row in rows if row.method != "exact"}
    assert set(judged.values()) == {("not judged", None)}
    assert len(judged) == 4
    told = headline(rows, 0, 0)
    assert told[0] == "4 differences cannot be judged: measured too rarely to know the noise."
    assert nothing_beyond([row for row in rows if row.method != "exact"]).startswith("Of the differences none can be")


def test_peaks_of_several_processes_are_compared_as_ratios() -> None:
    def weighed(*sizes: int) -> list[Record]:
        return [factories.memory(peak=size * 2**20, seed=process) for process, size in enumerate(sizes)]

    rows = compared(weighed(200, 210, 190), weighed(100, 104, 97))
    (row,) = (one for one in rows if "training step" in one.pair.this.case.what)
    assert row.effect == pytest.approx(2, rel=0.01)
    assert (row.verdict, row.this) == ("beyond noise", Estimate(200 * 2**20, 190 * 2**20, 210 * 2**20))


def test_pairs_that_all_differ_by_the_same_are_too_coarse_to_judge() -> None:
    """In binary fractions, and in thousandths, which are rounded."""
    exact = compared(accuracies([0.75, 0.5]), accuracies([0.625, 0.375]))
    rounded = compared(accuracies([0.801, 0.812, 0.823]), accuracies([0.8, 0.811, 0.822]))
    unpaired = compared(accuracies([0.8, 0.8]), accuracies([0.7, 0.7, 0.7], first=9))
    for row in map(only, (exact, rounded, unpaired)):
        assert (row.verdict, row.p_value) == ("not judged", None)
        assert "too coarse" in row.why


def test_exact_counts_are_equal_or_not() -> None:
    edited = factories.subject("nin", 28, fingerprint="0" * 16)
    smaller = factories.complexity(edited)
    assert smaller.result is not None
    smaller = smaller.model_copy(update={"result": smaller.result.model_copy(update={"parameters": 1_000})})
    rows = compared([factories.complexity("nin"), factories.complexity("vgg16")], [smaller])
    verdicts = {row.pair.this.case.what: row.verdict for row in rows}
    assert verdicts == {"parameters": "different", "multiply-accumulates per image": "same"}
    assert all("layers are not the same" in row.why for row in rows)


def test_many_differences_are_corrected_together() -> None:
    """One p of 0.02 alone is beyond noise, among eight it is not."""
    one = [0.80, 0.81, 0.82, 0.83, 0.84]
    dice = random.Random(1)
    shifted = [score + 0.004 + dice.uniform(-0.003, 0.003) for score in one]
    alone = only(compared(accuracies(shifted), accuracies(one)))
    assert alone.p_value is not None
    assert 0.05 / 8 < alone.p_value < 0.05
    assert (alone.verdict, alone.adjusted) == ("beyond noise", alone.p_value)
    names = [spec.name for spec in archs.list_archs()][:8]
    many = compared(
        [record for name in names for record in accuracies(shifted, name)],
        [record for name in names for record in accuracies(one, name)],
    )
    assert {row.verdict for row in many} == {"within noise"}
    assert headline(many, 0, 0)[0] == "None of 8 differences is beyond noise, at 5 % for all of them together."


def test_pure_noise_is_rarely_called_a_difference() -> None:
    """Of 60 comparisons without any true difference about 3 may call one; 11 would come once in 10,000."""
    dice, wrong = random.Random(0), 0
    names = [spec.name for spec in archs.list_archs()][:10]
    for _ in range(60):
        sides = [
            [r for name in names for r in accuracies([dice.gauss(0.8, 0.02) for _ in range(4)], name)] for _ in "ab"
        ]
        wrong += any(row.verdict == "beyond noise" for row in compared(*sides))
    assert wrong < 11


@pytest.mark.parametrize(("a", "b"), [([1.0, 2.0, 4.0], [3.0, 3.5]), ([0.1, 0.4], [0.2, 0.3, 0.9, 0.4])])
def test_unpaired_tests_are_welchs(a: list[float], b: list[float]) -> None:
    tested, expected = unpaired_difference(a, b), scipy_stats.ttest_ind(a, b, equal_var=False)
    assert (tested.low, tested.high) == pytest.approx(tuple(expected.confidence_interval()))
    assert tested.p_value == pytest.approx(expected.pvalue)
    with pytest.raises(ValueError, match="at least two"):
        unpaired_ratio(a, [1.0])


# What belongs together


def test_machines_are_compared_under_one_protocol_and_protocols_on_one_machine() -> None:
    here, there = Scope("quick", "A", "bf16"), Scope("quick", "B", "bf16")
    assert paired_scopes([here], [there]) == {here: there}
    longer = Scope("budget28", "A", "bf16")
    assert paired_scopes([here], [longer]) == {here: longer}
    assert paired_scopes([here, longer], [here, there]) == {here: here, longer: there}


def test_nothing_is_paired_by_a_guess() -> None:
    here, there, third = (Scope("quick", device, "bf16") for device in "ABC")
    assert paired_scopes([here], [there, third]) == {}
    assert paired_scopes([here], [there, third, here]) == {here: here}


def test_cases_of_other_batches_and_methods_are_not_compared() -> None:
    ours = [factories.throughput("nin", training=(64,), inference=()), factories.memory(peak=2**20)]
    theirs = [
        factories.throughput("nin", training=(32,), inference=()),
        factories.record(
            "memory",
            ours[1].result.model_copy(update={"method": "cuda allocator"}),
            arch="nin",  # type: ignore[union-attr]
        ),
    ]
    matched = match(measured(ours), measured(theirs))
    assert [pair.this.case.what for pair in matched.pairs] == ["bytes kept for backward, batch 64"]
    assert "training images/s, batch 64" in [one.case.what for one in matched.only_this]
    assert "training images/s, batch 32" in [one.case.what for one in matched.only_other]


def test_of_an_edited_network_the_version_that_both_have_is_compared() -> None:
    old, new = (factories.subject("nin", 28, fingerprint=sign * 16) for sign in "01")
    ours = [*accuracies([0.7, 0.71], old), *accuracies([0.8, 0.82], new, started="2026-02-01T00:00:00Z")]  # type: ignore[arg-type]
    matched = match(measured(ours), measured(accuracies([0.7, 0.72], old)))  # type: ignore[arg-type]
    (pair,) = matched.pairs
    assert (pair.this.fingerprint, pair.edited) == ("0" * 16, False)
    assert matched.only_this == []


def test_environment_and_settings_tell_what_differs_and_nothing_else() -> None:
    ours = [factories.accuracy(provenance=factories.provenance(torch="2.11.0", dirty=False))]
    theirs = [factories.accuracy(provenance=factories.provenance(torch="2.15.0", dirty=True), device=OTHER_CPU)]
    found = {fact.name: (fact.this, fact.other) for fact in environment(ours, theirs) if fact.differs}
    assert found == {
        "device": ((factories.CPU.model,), (OTHER_CPU.model,)),
        "torch": (("2.11.0",), ("2.15.0",)),
        "dirty": (("no",), ("yes",)),
    }
    longer = {**theirs[0].protocol, "training": {**theirs[0].protocol["training"], "epochs": 7}}
    changed = settings(ours, [theirs[0].model_copy(update={"protocol": longer})])
    assert [(one.name, one.this, one.other) for one in changed["quick"] if one.differs] == [
        ("training epochs", ("1",), ("7",))
    ]


# The page and the command


@pytest.fixture(scope="module")
def runs() -> list[Record]:
    return [*factories.full_run(("nin", "lenet"), "budget28", seeds=3), *timings([100.0, 101.0], "nin")]


def test_a_folder_held_against_itself_shows_no_difference(runs: list[Record]) -> None:
    files, told = compare_files(Side(Path("a"), runs), Side(Path("a"), runs))
    page = Page(files["compare.html"].decode())
    rows = list(csv.DictReader(io.StringIO(files["tables/compare.csv"].decode())))
    assert {row["verdict"] for row in rows} == {"same"}
    assert told[0] == f"Nothing differs: all {len(rows)} numbers that both folders hold are equal."
    assert "No difference is beyond noise, and no exact count differs." in page.text
    assert "Both folders have the same measurements." in page.text
    assert "Nothing differs in what the records tell" in page.text


def test_the_same_records_give_the_same_bytes(runs: list[Record]) -> None:
    other = factories.full_run(("nin",), "budget28", device=OTHER_CPU, seeds=2)
    first, _ = compare_files(Side(Path("a"), runs), Side(Path("b"), other))
    shuffled = random.Random(3).sample(runs, len(runs))
    again, _ = compare_files(Side(Path("a"), shuffled), Side(Path("b"), other[::-1]))
    assert first == again


def test_the_page_has_every_row_and_figure_and_takes_text_as_text(runs: list[Record]) -> None:
    hostile = Device(type="cpu", model=HOSTILE)
    files, _ = compare_files(
        Side(Path("a"), runs), Side(Path("b"), factories.full_run(("nin",), "budget28", device=hostile, seeds=3))
    )
    html = files["compare.html"].decode()
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    rows = list(csv.DictReader(io.StringIO(files["tables/compare.csv"].decode())))
    assert {row["arch"] for row in rows} == {"nin"}
    shown = [attributes for tag, attributes in Page(html).tags if tag == "tr" and attributes.get("data-arch")]
    assert len(shown) == len(rows) + sum(row["verdict"] in ("beyond noise", "different") for row in rows)
    alone = list(csv.DictReader(io.StringIO(files["tables/compare-only-one.csv"].decode())))
    assert {row["networks"] for row in alone if row["kind"] == "accuracy"} == {"LeNet"}
    figures = {Path(name).stem for name in files if name.startswith("plots/")}
    assert all({f"plots/{stem}.{end}" for end in ("svg", "png", "csv")} <= set(files) for stem in figures)
    assert any(stem.startswith("compare-throughput-training-images-s") for stem in figures)
    assert not any("accuracy" in stem for stem in figures), "made-up accuracies are the same on every device"
    assert "http" not in html.replace("http://www.w3.org", "")


def test_figures_of_scopes_that_differ_only_at_their_end_have_files_of_their_own() -> None:
    devices = [Device(type="cpu", model=f"{'Very Long Name of a Processor ' * 3}{number}") for number in (1, 2)]
    ours, theirs = (
        [record for device in devices for record in timings([rate, rate + 2.0, rate + 3.0], device=device)]
        for rate in (100.0, 200.0)
    )
    files, _ = compare_files(Side(Path("a"), ours), Side(Path("b"), theirs))
    drawings = {content for name, content in files.items() if name.endswith(".svg")}
    assert len(drawings) == 2
    assert all(name in files["compare.html"].decode() for name in files if name.startswith("plots/"))


@pytest.mark.parametrize(
    ("this", "other", "expected"),
    [
        ("/x/old/results", "/x/new/results", ("old/results", "new/results")),
        ("/x/one", "/x/two", ("one", "two")),
        ("/x/one", "/x/one", ("one", "one, again")),
        ("/one", "/x/one", ("/one", "x/one")),
    ],
)
def test_folders_are_called_by_what_tells_them_apart(this: str, other: str, expected: tuple[str, str]) -> None:
    assert folder_names(Path(this), Path(other)) == expected


@pytest.mark.parametrize(
    ("value", "text"), [(1.5234, "1.523"), (0.5, "0.500"), (12.34, "12.3"), (1.00002, "1.000020"), (1.0, "1.000")]
)
def test_ratios_have_the_digits_that_tell_them_from_one(value: float, text: str) -> None:
    assert ratio(value) == text


def test_points_have_a_sign_that_is_no_hyphen() -> None:
    assert [points(value) for value in (0.012, -0.0003, -0.00001)] == ["+1.20", "−0.03", "0.00"]


def test_the_command_writes_the_comparison_beside_the_report(tmp_path: Path, bench: Bench) -> None:
    for record in factories.full_run(("nin",), seeds=2):
        store.save(tmp_path / "mine", record)
    for record in factories.full_run(("nin",), seeds=2, device=OTHER_CPU):
        store.save(tmp_path / "theirs", record)
    place = ("--results", tmp_path / "mine", "--out", tmp_path / "out")
    spoken = bench("report", *place, "--compare", tmp_path / "theirs")
    assert spoken.code == 0, spoken.err
    assert "compare.html" in spoken.out
    assert {"compare.html", "index.html", "tables", "plots"} <= {path.name for path in (tmp_path / "out").iterdir()}
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*.*")}
    assert bench("report", *place, "--compare", tmp_path / "theirs").code == 0
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*.*")} == before, "nothing is new"
    assert bench("report", *place).code == 0
    assert not (tmp_path / "out" / "compare.html").exists(), "nobody asked for a comparison this time"


def test_the_command_says_how_much_only_one_folder_has(tmp_path: Path, bench: Bench) -> None:
    store.save(tmp_path / "mine", factories.complexity("nin"))
    for name in ("nin", "lenet"):
        store.save(tmp_path / "theirs", factories.complexity(name))
    spoken = bench("report", "--results", tmp_path / "mine", "--out", tmp_path / "o", "--compare", tmp_path / "theirs")
    assert "all 2 numbers that both folders hold are equal" in spoken.out
    assert spoken.out.endswith("2 numbers are in only one of the two.\n")


@pytest.mark.parametrize("kind", ["missing", "empty", "file"])
def test_a_wrong_folder_is_one_line(tmp_path: Path, bench: Bench, kind: str) -> None:
    store.save(tmp_path / "mine", factories.complexity())
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("")
    spoken = bench("report", "--results", tmp_path / "mine", "--out", tmp_path / "o", "--compare", tmp_path / kind)
    assert (spoken.code, spoken.err.count("\n")) == (2, 1)
    assert str(tmp_path / kind) in spoken.err
    assert not (tmp_path / "o").exists()


@pytest.mark.browser
@pytest.mark.parametrize(("width", "scheme"), [(400, "light"), (1280, "dark")])
def test_the_page_is_quiet_and_fits(runs: list[Record], tmp_path: Path, width: int, scheme: str) -> None:
    browsers = pytest.importorskip("test_report_browser")
    if browsers.chromium() is None:
        pytest.skip("no Chromium in PATH, and $CHROMIUM is not set")
    long = Device(type="cpu", model="unbroken" * 20)
    other = factories.full_run(("nin", "lenet"), "budget28", device=long, seeds=2)
    files, _ = compare_files(Side(tmp_path / "a", runs), Side(tmp_path / "b", other, ["x/y.json: not JSON"]))
    path = write_folder(files, tmp_path / "out").with_name("compare.html")
    with browsers.sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browsers.chromium(), args=["--no-sandbox"])
        page, requests, complaints = browsers.open_page(browser, path, width=width, scheme=scheme)
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        assert [url for url in requests if not url.startswith("data:")] == [path.as_uri()]
        assert complaints == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        hrefs = page.evaluate("[...document.querySelectorAll('a')].map(one => one.getAttribute('href'))")
        anchors = [name for name in hrefs if name.startswith("#")]
        assert all(page.evaluate("name => document.querySelector(name) !== null", name) for name in anchors)
        linked = [name for name in hrefs if not name.startswith("#") and name != "index.html"]
        assert all((path.parent / name).is_file() for name in linked)
        browser.close()
