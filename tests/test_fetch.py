"""Fetching Fashion-MNIST: who is asked, in which order, and what is left where it fails.

Most tests have stand-ins that bring four tiny idx files; that marked `data` and that marked `slow` bring the real ones.
"""

from __future__ import annotations

import functools
import http.server
import shutil
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tiny_data import TINY, TRAIN_LABELS, assert_for_a_person, put

from bench import data, fetch
from bench.errors import UserError


class Fetchers:
    """Stand-ins for the two ways to fetch: each fails with the reason given, or brings the tiny files."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.torchvision: str | None = None
        self.debian: str | None = None
        self.said: list[str] = []
        self.called: list[str] = []
        for name in ("torchvision", "debian"):
            monkeypatch.setattr(fetch, f"from_{name}", functools.partial(self.act, name))

    def act(self, name: str, work: Path, say: fetch.Say) -> Path:
        self.called.append(name)
        put(work / "half", leave_out=(TRAIN_LABELS,))
        if reason := getattr(self, name):
            raise fetch.FetchError(reason)
        return put(work / "whole")


@pytest.fixture
def fetchers(monkeypatch: pytest.MonkeyPatch) -> Fetchers:
    return Fetchers(monkeypatch)


def files_below(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


WHOLE = ["fetch.lock", *sorted(f"FashionMNIST/raw/{name}" for name in TINY)]


def fetched(data_cache: Path) -> list[str]:
    """Files in the cache but for the lock, which some systems remove on release."""
    return [name for name in files_below(data_cache) if name != "fetch.lock"]


def test_torchvision_comes_first(data_cache: Path, fetchers: Fetchers) -> None:
    assert fetch.fetch(data_cache, fetchers.said.append) == data_cache / "FashionMNIST" / "raw"
    assert fetchers.called == ["torchvision"]
    assert fetched(data_cache) == WHOLE[1:]


def test_debian_comes_second_and_the_reason_is_said(data_cache: Path, fetchers: Fetchers) -> None:
    fetchers.torchvision = "no route to host"
    fetch.fetch(data_cache, fetchers.said.append)
    assert fetchers.called == ["torchvision", "debian"]
    assert fetched(data_cache) == WHOLE[1:]
    assert any("31 MB" in line for line in fetchers.said)
    assert any("torchvision" in line and "no route to host" in line for line in fetchers.said)
    assert all("\n" not in line for line in fetchers.said)


def test_when_both_fail_the_error_says_what_was_tried(data_cache: Path, fetchers: Fetchers) -> None:
    fetchers.torchvision, fetchers.debian = "no route to host", "no apt-get here"
    with pytest.raises(UserError) as error:
        fetch.fetch(data_cache, fetchers.said.append)
    assert_for_a_person(error.value, "torchvision's download (no route to host)", "Debian's package (no apt-get here)")
    assert fetched(data_cache) == []
    assert data.find() is None


def test_without_apt_the_reason_is_plain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(fetch.FetchError, match="no apt-get"):
        fetch.from_debian(tmp_path, print)


def test_an_incomplete_download_is_a_failure(
    data_cache: Path, fetchers: Fetchers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "from_torchvision", lambda work, say: put(work / "x", leave_out=(TRAIN_LABELS,)))
    fetch.fetch(data_cache, fetchers.said.append)
    assert fetchers.called == ["debian"]
    assert any(f"it brought no {TRAIN_LABELS}" in line for line in fetchers.said)


def test_an_interrupted_fetch_leaves_nothing(
    data_cache: Path, fetchers: Fetchers, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(work: Path, say: fetch.Say) -> Path:
        put(work / "FashionMNIST" / "raw", leave_out=(TRAIN_LABELS,))
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(fetch, "from_torchvision", interrupted)
        with pytest.raises(KeyboardInterrupt):
            fetch.fetch(data_cache, fetchers.said.append)
    assert fetched(data_cache) == []
    assert data.find() is None
    assert data.ensure(say=fetchers.said.append).origin == "cache"  # and nothing stands in the way of the next


def test_what_a_killed_fetch_left_is_removed(data_cache: Path, fetchers: Fetchers) -> None:
    put(data_cache / ".fetch-killed" / "FashionMNIST" / "raw", leave_out=(TRAIN_LABELS,))
    assert data.find() is None
    fetch.fetch(data_cache, fetchers.said.append)
    assert fetched(data_cache) == WHOLE[1:]


def test_of_two_at_once_one_fetches(data_cache: Path, fetchers: Fetchers, monkeypatch: pytest.MonkeyPatch) -> None:
    act = fetch.from_torchvision

    def slowly(work: Path, say: fetch.Say) -> Path:
        time.sleep(0.5)
        return act(work, say)

    monkeypatch.setattr(fetch, "from_torchvision", slowly)
    both = [threading.Thread(target=fetch.fetch, args=(data_cache, fetchers.said.append)) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join(timeout=30)
    assert fetchers.called == ["torchvision"]
    assert any("Another process" in line for line in fetchers.said)
    assert fetched(data_cache) == WHOLE[1:]


def test_nowhere_to_put_the_files_is_an_error(data_cache: Path, fetchers: Fetchers) -> None:
    data_cache.write_text("a file, where a folder would have to be made")
    with pytest.raises(UserError) as error:
        data.ensure(say=fetchers.said.append)
    assert_for_a_person(error.value, f"cannot put Fashion-MNIST into {data_cache}")
    assert fetchers.called == []


def test_ensure_fetches_only_what_is_nowhere(data_cache: Path, tmp_path: Path, fetchers: Fetchers) -> None:
    assert data.ensure(say=fetchers.said.append) == data.Location(data_cache / "FashionMNIST" / "raw", "cache")
    assert data.ensure(say=fetchers.said.append).origin == "cache"
    assert fetchers.called == ["torchvision"]


# --- commands


def python(code: str, work: Path, said: list[str]) -> None:
    fetch._run([sys.executable, "-c", code], work, said.append, counted="*.gz", total=None)


def test_a_failed_command_gives_its_last_line(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(fetch.FetchError, match=r"^ValueError: out of luck$"):
        python("print('noise')\nraise ValueError('out of luck')", tmp_path, [])
    assert capfd.readouterr() == ("", "")  # nothing of it on the terminal


def test_a_silent_command_is_given_up_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "QUIET_SECONDS", 0.5)
    start = time.monotonic()
    with pytest.raises(fetch.FetchError, match="nothing came"):
        python("import time; time.sleep(60)", tmp_path, [])
    assert time.monotonic() - start < 20


def test_progress_is_said_where_there_is_no_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "LOG_SECONDS", 0.0)
    said: list[str] = []
    python("import pathlib, time; pathlib.Path('a.gz').write_bytes(bytes(2_500_000)); time.sleep(1)", tmp_path, said)
    assert said == ["  2.5 MB so far"]


# --- the real thing


@pytest.fixture
def local_mirror(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Make torchvision's download come from the files that Debian's package has put on this machine."""
    if not all((fetch.DEBIAN_FOLDER / f"{name}.gz").is_file() for name in fetch.NAMES):
        pytest.skip("needs the files zipped as they were published: Debian's package")

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    handler = functools.partial(Quiet, directory=str(fetch.DEBIAN_FOLDER))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        # Debian has zipped the files anew: another MD5 than the one that torchvision knows.
        lines = (
            f"FashionMNIST.mirrors = ['http://127.0.0.1:{server.server_port}/']",
            "FashionMNIST.resources = [(name, None) for name, _ in FashionMNIST.resources]",
            "FashionMNIST(",
        )
        code = fetch.TORCHVISION_DOWNLOAD.replace("FashionMNIST(", "\n".join(lines))
        monkeypatch.setattr(fetch, "TORCHVISION_DOWNLOAD", code)
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        yield
        server.shutdown()


@pytest.mark.data
@pytest.mark.usefixtures("local_mirror")
def test_torchvisions_download_brings_the_real_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data, "cache_folder", lambda: tmp_path)
    said: list[str] = []
    folder = fetch.fetch(tmp_path, said.append)
    assert said[-1].endswith("from torchvision's download.")
    assert data.ensure(folder).folder == folder


@pytest.mark.slow
@pytest.mark.skipif(not (shutil.which("apt-get") and shutil.which("dpkg-deb")), reason="needs apt-get and dpkg-deb")
def test_debians_package_brings_the_real_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(work: Path, say: fetch.Say) -> Path:
        raise fetch.FetchError("not tried")

    monkeypatch.setattr(fetch, "from_torchvision", unreachable)
    monkeypatch.setattr(data, "cache_folder", lambda: tmp_path)
    said: list[str] = []
    folder = fetch.fetch(tmp_path, said.append)
    assert said[-1].endswith("from Debian's package.")
    assert data.ensure(folder).folder == folder
