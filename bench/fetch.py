"""Fetch Fashion-MNIST into the user's cache: torchvision's download first, Debian's package second.

Both run as commands of their own in a folder beside the place where the files end up.  So a network
that swallows packets can be given up on, a failure's traceback stays off the terminal, and this
process imports no torch.  The files reach the cache by renaming one folder: all four or none.
"""

from __future__ import annotations

import contextlib
import gzip
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.errors import UserError

Say = Callable[[str], None]

NAMES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
"""The four files, as torchvision and Debian call them; gzipped they end in .gz."""

DEBIAN_PACKAGE = "dataset-fashion-mnist"
DEBIAN_FOLDER = Path("/usr/share/datasets/fashion-mnist")
PACKED_BYTES = 30_900_000
"""The four files gzipped, and Debian's package too, to three digits."""

QUIET_SECONDS = 60.0
"""A command that has brought nothing, or nothing more, for this long is given up on."""
LOG_SECONDS = 5.0
"""Where there is no terminal for a progress bar, a line says how far it is this often."""

# torchvision offers no timeout, and a socket without one waits for minutes.
TORCHVISION_DOWNLOAD = """
import socket, sys
socket.setdefaulttimeout(15)
from torchvision.datasets import FashionMNIST
FashionMNIST(sys.argv[1], download=True)
"""

# Hooks of the machine's own configuration touch the system's caches, which need not be ours to touch.
APT_CONFIGURATION = """
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
"""


class FetchError(Exception):
    """Why one way to fetch did not work, in a few words."""


def ways(first: str) -> str:
    """The three ways to get the files, for the end of an error message; `first` is the suite's own."""
    return (
        f"To get it: {first}, `apt-get install {DEBIAN_PACKAGE}`, or download with torchvision "
        "(`torchvision.datasets.FashionMNIST(root, download=True)`) and pass `--data-dir root`."
    )


def fetch(cache: Path, say: Say) -> Path:
    """Fetch the four files, unzipped, into `cache`/FashionMNIST/raw and return that folder.

    `say` gets a line for each step.  Of several processes that call this at once one fetches and
    the others wait for it.

    Raises:
        UserError: neither way works, or `cache` cannot be written to.
    """
    target = cache / "FashionMNIST" / "raw"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _locked(cache / "fetch.lock", say):
            if not all((target / name).is_file() for name in NAMES):
                _fetch_into(target, cache, say)
    except OSError as error:
        first = "mend that and let the suite fetch it (`bench data` without --data-dir)"
        raise UserError(f"cannot put Fashion-MNIST into {target}: {error.strerror or error}. {ways(first)}") from error
    return target


def _locked(path: Path, say: Say) -> contextlib.AbstractContextManager[object]:
    from filelock import FileLock, Timeout

    lock = FileLock(path)
    try:
        return lock.acquire(timeout=0)
    except Timeout:
        say("Another process is fetching Fashion-MNIST: waiting for it.")
        return lock.acquire()


def _fetch_into(target: Path, cache: Path, say: Say) -> None:
    for left_over in cache.glob(".fetch-*"):  # of a process that was killed: nobody else has the lock
        shutil.rmtree(left_over, ignore_errors=True)
    say(f"Fetching Fashion-MNIST (about {PACKED_BYTES / 1e6:.0f} MB) into {target}")
    failures = []
    for name, fetcher in (("torchvision's download", from_torchvision), ("Debian's package", from_debian)):
        with tempfile.TemporaryDirectory(prefix=".fetch-", dir=cache, ignore_cleanup_errors=True) as work:
            try:
                complete = _unzipped(fetcher(Path(work), say), Path(work) / "complete")
            except (FetchError, OSError) as error:
                say(f"  {name} failed: {error}")
                failures.append(f"{name} ({error})")
                continue
            complete.replace(target)
        say(f"Fashion-MNIST is in {target}, from {name}.")
        return
    first = "let the suite fetch it when online (`bench data` without --data-dir)"
    raise UserError(f"cannot fetch Fashion-MNIST; tried {' and '.join(failures)}. {ways(first)}")


def _unzipped(folder: Path, complete: Path) -> Path:
    """Gather the four files of `folder` in the new folder `complete`."""
    complete.mkdir()
    for name in NAMES:
        packed = folder / f"{name}.gz"
        if not packed.is_file():
            raise FetchError(f"it brought no {name}")
        with gzip.open(packed) as source, (complete / name).open("wb") as destination:
            shutil.copyfileobj(source, destination, 1 << 20)
    return complete


def from_torchvision(work: Path, say: Say) -> Path:
    """Download with torchvision below `work`; the folder in which the zipped files are."""
    say("  Trying torchvision's download ...")
    _run([sys.executable, "-c", TORCHVISION_DOWNLOAD, str(work)], work, say, counted="**/*.gz", total=PACKED_BYTES)
    return work / "FashionMNIST" / "raw"


def from_debian(work: Path, say: Say) -> Path:
    """Download and unpack Debian's package below `work`; the folder in which the zipped files are.

    Needs no root: apt gets state, cache and log folders of its own, and nothing is installed.
    """
    apt, dpkg = shutil.which("apt-get"), shutil.which("dpkg-deb")
    if apt is None or dpkg is None:
        raise FetchError("there is no apt-get or no dpkg-deb here")
    configuration = work / "apt.conf"
    configuration.write_text(APT_CONFIGURATION, encoding="utf-8")
    settings = [
        "Debug::NoLocking=1",
        "APT::Sandbox::User=root",
        "APT::Update::Error-Mode=any",
        "Acquire::Languages=none",
    ]
    settings += ["Acquire::Retries=1", "Acquire::http::Timeout=15", "Acquire::https::Timeout=15"]
    for name in ("State", "Cache", "Log"):
        (work / name).mkdir()
        settings.append(f"Dir::{name}={work / name}")
    options = ["-q", "-c", str(configuration), *(part for setting in settings for part in ("-o", setting))]

    say(f"  Trying Debian's package {DEBIAN_PACKAGE}, without root: first apt's lists of packages ...")
    no_lists = ""
    try:
        _run([apt, "update", *options], work, say, counted="State/**/*", total=None)
    except FetchError as error:  # one broken source among several need not be the one that has the package
        no_lists = f"apt-get update: {error}"
    say("  ... then the package ...")
    try:
        _run([apt, "download", *options, DEBIAN_PACKAGE], work, say, counted="**/*.deb", total=PACKED_BYTES)
    except FetchError as error:
        raise FetchError(no_lists or f"apt-get download: {error}") from error
    _run([dpkg, "-x", *map(str, work.glob("*.deb")), str(work / "root")], work, say, counted="root/**/*", total=None)
    return work / "root" / DEBIAN_FOLDER.relative_to("/")


def _run(command: list[str], work: Path, say: Say, *, counted: str, total: int | None) -> None:
    """Run `command` in the folder `work` and show as progress the bytes of the files `counted` there.

    Raises:
        FetchError: it failed (the last line that it wrote), or brought nothing more for a while.
    """
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (BarColumn(), DownloadColumn(), TimeRemainingColumn())
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    with (
        Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar,
        tempfile.TemporaryFile() as log,
        subprocess.Popen(
            command, cwd=work, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment
        ) as process,
    ):
        task = bar.add_task("", total=total)
        size = told = 0
        grown = reported = time.monotonic()
        try:
            while process.poll() is None:
                time.sleep(0.1)
                now, before, size = time.monotonic(), size, _size(work, counted)
                bar.update(task, completed=size)
                if not console.is_terminal and size > told and now - reported > LOG_SECONDS:
                    say(f"  {size / 1e6:.1f} MB so far")
                    told, reported = size, now
                if size != before:
                    grown = now
                elif now - grown > QUIET_SECONDS:
                    raise FetchError(f"nothing came for {QUIET_SECONDS:.0f} s")
        finally:
            process.kill()
        process.wait()
        log.seek(0)
        lines = [line for line in log.read().decode(errors="replace").splitlines() if line.strip()]
    if process.returncode:
        raise FetchError(lines[-1].strip()[:120] if lines else f"exit code {process.returncode}")


def _size(folder: Path, pattern: str) -> int:
    """Bytes of the files below `folder` that match; files may come and go meanwhile."""
    total = 0
    with contextlib.suppress(OSError):
        for path in folder.glob(pattern):
            total += path.stat().st_size if path.is_file() else 0
    return total
