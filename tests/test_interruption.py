"""A request to end is neither lost nor told as something else, whatever Python was doing when it came."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")

PRELUDE = "import os, signal, sys, time; from bench import __main__, cli\n"
ASK = "os.kill(os.getpid(), signal.{name}); time.sleep(0.001)"


def ended(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """How a process ends whose command line does this, which is Python's text of a function body."""
    body = "".join(f"    {line}\n" for line in command.splitlines())
    script = f"{PRELUDE}def command(*_, **__):\n{body}\ncli.app = command\n__main__.start()"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(folder), *sys.path])}
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, env=environment)


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_it_ends_a_command(name: str, tmp_path: Path) -> None:
    process = ended(ASK.format(name=name) + "\nprint('not reached')", tmp_path)
    assert (process.returncode, process.stdout) == (130, "")


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_a_module_that_would_swallow_it_is_loaded_first(name: str, tmp_path: Path) -> None:
    (tmp_path / "greedy.py").write_text(
        f"import os, signal, time\ntry:\n    {ASK.format(name=name)}\nexcept BaseException:\n    pass\nprint('loaded')"
    )
    process = ended("import greedy\ntime.sleep(30)", tmp_path)
    assert (process.returncode, process.stdout) == (130, "loaded\n")


def test_a_second_one_does_not_wait_for_the_module(tmp_path: Path) -> None:
    ask = ASK.format(name="SIGINT")
    (tmp_path / "slow.py").write_text(f"import os, signal, time\n{ask}\nprint('patient')\n{ask}\nprint('not reached')")
    process = ended("import slow", tmp_path)
    assert (process.returncode, process.stdout) == (130, "patient\n")


def test_it_is_no_death_by_a_signal_where_a_string_was_executed(tmp_path: Path) -> None:
    assert ended("exec('raise KeyboardInterrupt')", tmp_path).returncode == 130


def test_a_command_that_is_to_outlive_its_terminal_does(tmp_path: Path) -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        process = ended(ASK.format(name="SIGINT") + "\nprint('goes on')", tmp_path)
    finally:
        signal.signal(signal.SIGINT, before)
    assert (process.returncode, process.stdout) == (0, "goes on\n")
