"""The shape of the house: which module may import which, and what a command loads before it answers."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# A module imports only from rows above its own, or from its own row where the row is one folder.
LAYERS = (
    {"archs"},
    {"bench.allocator", "bench.errors", "bench.interruption", "bench.numbers", "bench.processes", "bench"},
    {"bench.protocols", "bench.records", "bench.machine"},
    {"bench.differences", "bench.fitting", "bench.terminal"},
    {"bench.fetch"},
    {"bench.data", "bench.device"},
    {"bench.batches", "bench.observer", "bench.peak_memory", "bench.progress"},
    {"bench.checkpoint", "bench.replay", "bench.update"},
    {"bench.train"},
    {"bench.measure.exact"},
    {"bench.measure"},
    {"bench.measure.experiments"},
    {"bench.plan", "bench.predictions", "bench.stats", "bench.store"},
    {"bench.audit"},
    {"bench.prove"},
    {"bench.claims"},
    {"bench.curves"},
    {"bench.job"},
    {"bench.worker"},
    {"bench.warm"},
    {"bench.runner"},
    {"bench.report.latex"},
    {"bench.report", "bench.console", "bench.doctor", "bench.profiling"},
    {"bench.report.figures"},
    {"bench.report.web"},
    {"bench.report.compare"},
    {"bench.report.build"},
    {"bench.report.__init__"},
    {"bench.network_tables", "bench.reporting", "bench.tuning"},
    {"bench.citation"},
    {"bench.verify"},
    {"bench.watch"},
    {"bench.request"},
    {"bench.closing", "bench.forecast"},
    {"bench.campaign"},
    {"bench.arguments"},
    {"bench.commands"},
    {"bench.cli"},
    {"bench.written"},
    {"bench.__main__"},
)


def dotted(path: Path) -> str:
    """The module's name; of a package's own file that of the package, unless it has a layer to itself."""
    name = path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")
    return name if any(name in row for row in LAYERS) else name.removesuffix(".__init__")


def layer(module: str) -> int:
    for parts in (3, 2, 1):
        name = ".".join(module.split(".")[:parts])
        for index, row in enumerate(LAYERS):
            if name in row and (name != "bench" or module == "bench"):
                return index
    raise AssertionError(f"{module} has no layer: add it to LAYERS")


def imports(path: Path) -> set[str]:
    """Modules of this project that the file imports, at its top or inside a function, types left out."""
    tree = ast.parse(path.read_text())
    typing_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }
    found = set()
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.ImportFrom) and node.module:
            submodules = {f"{node.module}.{alias.name}" for alias in node.names}
            files = {name for name in submodules if _exists(name)}
            found |= files or {node.module}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return {name for name in found if name.split(".")[0] in ("archs", "bench")}


def _exists(module: str) -> bool:
    path = ROOT / module.replace(".", "/")
    return path.with_suffix(".py").exists() or path.is_dir()


@pytest.mark.parametrize("path", sorted([*ROOT.glob("archs/**/*.py"), *ROOT.glob("bench/**/*.py")]), ids=dotted)
def test_imports_go_one_way(path: Path) -> None:
    own = layer(dotted(path))
    too_high = {name for name in imports(path) if layer(name) > own}
    assert too_high == set()


def test_archs_never_imports_bench() -> None:
    assert all(not name.startswith("bench") for path in ROOT.glob("archs/**/*.py") for name in imports(path))


HEAVY = ("torch", "numpy", "pandas", "matplotlib", "seaborn", "scipy", "pydantic", "torchvision", "fvcore")


@pytest.mark.parametrize(
    "arguments",
    [
        *(["--help"], ["run", "--help"], ["audit", "--help"], ["list"], ["list", "--json"]),
        *(["run", "--arhc", "nin"], ["lst"]),
    ],
    ids=" ".join,
)
def test_help_listings_and_mistakes_load_nothing_heavy(arguments: list[str]) -> None:
    code = (
        f"import sys; from bench.cli import call; call({arguments!r});"
        f"sys.exit(','.join(m for m in {HEAVY!r} if m in sys.modules) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("arguments", "limit"),
    [(["--help"], 0.25), (["run", "--arhc", "nin"], 0.25), (["list", "--family", "vgg"], 0.3), (["list"], 0.4)],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_help_listings_and_mistakes_answer_at_once(arguments: list[str], limit: float) -> None:
    """In processor time of the fastest of several, so that a busy machine does not decide.

    The whole list is some 60 rows, whose wrapping takes a tenth of a second.
    """

    def seconds(*command: str) -> float:
        import resource

        times = []
        for _ in range(7):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run([sys.executable, *command], capture_output=True, check=False)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            times.append(after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)
        return min(times)

    assert seconds("-m", "bench", *arguments) - seconds("-c", "pass") < limit


@pytest.mark.parametrize("module", ["bench.report.build", "bench.claims.command", "bench.citation", "bench.store"])
def test_what_reads_records_loads_no_torch(module: str) -> None:
    """It takes a second and half a gigabyte, and is only for what measures."""
    code = f"import sys, {module}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_verification_loads_no_page() -> None:
    code = "import sys, bench.verify.command, bench.verify.show; sys.exit('bench.report.web' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_python_m_bench_works_in_a_bare_checkout(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench", "list"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    assert "googlenet" in done.stdout


def test_a_package_that_is_missing_is_one_line() -> None:
    code = "import sys; sys.modules['typer'] = None; import runpy; runpy.run_module('bench', run_name='__main__')"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert (
        done.stderr == "bench: the package 'typer' is missing here; install this project, or that package, with pip\n"
    )


def test_the_server_of_processes_is_started_before_torch_is_loaded() -> None:
    code = "import sys; from bench import processes; processes.start_server(); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_jobs_find_their_libraries_loaded() -> None:
    """A linter once took these imports for unused."""
    code = (
        "import sys, bench.warm;"
        "wanted = ('fvcore.nn', 'torch.utils.flop_counter', 'torchvision.datasets.mnist', 'bench.worker');"
        "sys.exit(','.join(name for name in wanted if name not in sys.modules) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
