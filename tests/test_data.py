"""Finding, verifying, reading and fetching Fashion-MNIST.

Most tests work on four tiny idx files, whose hashes take the place of the real ones; those marked
`data` read the real files.
"""

from __future__ import annotations

import functools
import gzip
import hashlib
import http.server
import pickle
import shutil
import struct
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from bench import data, fetch
from bench.doctor import examine
from bench.errors import UserError

IMAGES = np.arange(3 * 28 * 28, dtype=np.int64).astype(np.uint8).reshape(3, 28, 28)
TINY = {
    "train-images-idx3-ubyte": IMAGES,
    "train-labels-idx1-ubyte": np.array([9, 0, 4], np.uint8),
    "t10k-images-idx3-ubyte": IMAGES[:2] ^ 255,
    "t10k-labels-idx1-ubyte": np.array([1, 2], np.uint8),
}
TRAIN_LABELS = "train-labels-idx1-ubyte"


def idx(array: np.ndarray) -> bytes:
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


def put(folder: Path, *, zipped: bool = True, leave_out: tuple[str, ...] = ()) -> Path:
    """Write the tiny files into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, array in TINY.items():
        if name not in leave_out:
            content = idx(array)
            path = folder / (f"{name}.gz" if zipped else name)
            path.write_bytes(gzip.compress(content) if zipped else content)
    return folder


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine that has no data yet and takes the tiny files for the real ones; its cache folder."""
    hashes = {name: hashlib.sha256(idx(array)).hexdigest() for name, array in TINY.items()}
    monkeypatch.setattr(data, "_SHA256", hashes)
    monkeypatch.setattr(data, "cache_folder", lambda: tmp_path / "cache")
    monkeypatch.setattr(data, "DEBIAN_FOLDER", tmp_path / "debian")
    monkeypatch.delenv(data.DATA_DIR_VARIABLE, raising=False)
    return tmp_path / "cache"


@pytest.fixture
def no_fetch(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> Path:
        raise AssertionError("fetched")

    monkeypatch.setattr(data, "fetch", fail)


def assert_for_a_person(error: UserError, *parts: str) -> None:
    """One line that has `parts` and the three ways to get the data, and that can leave a worker process."""
    message = str(error)
    assert "\n" not in message
    for part in (*parts, "`bench data`", "`apt-get install dataset-fashion-mnist`", "download=True", "--data-dir root"):
        assert part in message
    assert str(pickle.loads(pickle.dumps(error))) == message


# --- find


@pytest.mark.parametrize("below", ["", "raw", "FashionMNIST/raw"])
@pytest.mark.parametrize("zipped", [True, False])
def test_files_are_found_in_each_layout(cache: Path, tmp_path: Path, below: str, zipped: bool) -> None:
    folder = put(tmp_path / "mine" / below, zipped=zipped)
    assert data.find(tmp_path / "mine") == data.Location(folder, "--data-dir")


def test_places_are_looked_at_in_order(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert data.find() is None
    debian = put(tmp_path / "debian")
    assert data.find() == data.Location(debian, "Debian package dataset-fashion-mnist")
    cached = put(cache / "FashionMNIST" / "raw", zipped=False)
    assert data.find() == data.Location(cached, "cache")
    monkeypatch.setenv("FASHION_MNIST_DIR", str(put(tmp_path / "variable")))
    assert data.find() == data.Location(tmp_path / "variable", "$FASHION_MNIST_DIR")
    assert data.find(put(tmp_path / "option")) == data.Location(tmp_path / "option", "--data-dir")


def test_home_and_relative_folders_are_made_absolute(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path / "mine")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    for given in ("mine", "~/mine"):
        location = data.find(Path(given))
        assert location is not None
        assert location.folder == tmp_path / "mine"


def test_an_empty_variable_counts_as_unset(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FASHION_MNIST_DIR", "")
    assert data.find() is None


@pytest.mark.parametrize("make", ["empty", "absent", "a file"])
def test_a_named_folder_without_the_files_is_an_error(
    cache: Path, tmp_path: Path, make: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(cache)  # must not be fallen back to
    named = tmp_path / "named"
    if make == "empty":
        named.mkdir()
    elif make == "a file":
        named.write_text("")
    what = {"empty": "has none of the four", "absent": "No such file", "a file": "Not a directory"}[make]
    with pytest.raises(UserError) as option:
        data.find(named)
    assert_for_a_person(option.value, f"{named} (--data-dir)", what, *TINY)
    monkeypatch.setenv("FASHION_MNIST_DIR", str(named))
    with pytest.raises(UserError) as variable:
        data.find()
    assert_for_a_person(variable.value, f"{named} ($FASHION_MNIST_DIR)", what, "without $FASHION_MNIST_DIR")


@pytest.mark.parametrize("place", ["mine", "cache", "debian"])
def test_some_files_without_the_others_are_an_error(cache: Path, tmp_path: Path, place: str) -> None:
    folder = put(tmp_path / place / "raw", leave_out=(TRAIN_LABELS,))
    with pytest.raises(UserError) as error:
        data.find(tmp_path / "mine" if place == "mine" else None)
    assert_for_a_person(error.value, f"missing, plain or .gz: {folder / TRAIN_LABELS} (")
    if place != "mine":
        assert f"remove {folder}" in str(error.value)  # else the next run meets the same files


# --- verify


def damage(path: Path, kind: str) -> str:
    """Spoil the label file at `path` and return what the message should say of it."""
    if kind == "truncated gzip":
        path.write_bytes(path.read_bytes()[:-9])
        return "truncated: its gzip stream ends too early"
    if kind == "not gzip":
        path.write_bytes(b"<html>Please log in</html>")
        return "damaged: Not a gzipped file"
    if kind == "wrong shape":
        path.write_bytes(gzip.compress(idx(np.zeros((5, 2), np.uint8))))
        return "an array of shape (5, 2), expected (60000,)"
    if kind == "truncated content":
        path.write_bytes(gzip.compress(idx(np.zeros(60_000, np.uint8))[:-1]))
        return "truncated: 60,007 bytes, expected 60,008"
    content = {"wrong bytes": idx(np.zeros(60_000, np.uint8)), "not idx": b"0" * 60_008, "empty": b""}[kind]
    path.write_bytes(gzip.compress(content))
    expected = hashlib.sha256(idx(TINY[TRAIN_LABELS])).hexdigest()
    return f"SHA-256 of the content {hashlib.sha256(content).hexdigest()[:12]}..., expected {expected[:12]}..."


KINDS = ["truncated gzip", "not gzip", "wrong shape", "truncated content", "wrong bytes", "not idx", "empty"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_bad_file_is_named_with_what_is_wrong(cache: Path, tmp_path: Path, kind: str) -> None:
    path = put(tmp_path / "mine") / f"{TRAIN_LABELS}.gz"
    expected = damage(path, kind)
    with pytest.raises(UserError) as error:
        data.ensure(tmp_path / "mine")
    assert str(error.value).startswith(f"{path}: {expected}")
    assert_for_a_person(error.value)


def test_doctor_finds_a_bad_file_and_writes_nothing(cache: Path, tmp_path: Path) -> None:
    folder = put(tmp_path / "mine")
    spoilt = folder / f"{TRAIN_LABELS}.gz"
    assert [one.good for one in examine(tmp_path / "results", folder) if one.subject == "Fashion-MNIST"] == [True]
    spoilt.write_bytes(spoilt.read_bytes()[:-9])
    (found,) = [one for one in examine(tmp_path / "results", folder) if one.subject == "Fashion-MNIST"]
    assert not found.good
    assert f"{spoilt}: truncated" in found.text
    assert not cache.exists()


def test_an_unreadable_file_is_an_error(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = put(tmp_path / "mine")

    def denied(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", denied)  # root, who may run the tests, can read everything
    with pytest.raises(UserError) as error:
        data.ensure(folder)
    assert_for_a_person(error.value, "train-images-idx3-ubyte.gz: cannot be read: Permission denied")


@pytest.mark.usefixtures("no_fetch")
def test_files_are_hashed_once_and_again_when_they_change(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = put(tmp_path / "debian")
    hashed: list[str] = []
    content = data._content

    def recorded(path: Path) -> bytes:
        hashed.append(path.name)
        return content(path)

    monkeypatch.setattr(data, "_content", recorded)
    data.ensure()
    assert len(hashed) == 4
    data.ensure()
    assert len(hashed) == 4
    assert sorted(path.name for path in cache.iterdir()) == ["verified.json"]  # and no temporary files

    path = folder / f"{TRAIN_LABELS}.gz"
    path.write_bytes(gzip.compress(idx(TINY[TRAIN_LABELS]), compresslevel=1, mtime=1))
    data.ensure()
    assert hashed[4:] == [path.name]
    damage(path, "wrong bytes")
    with pytest.raises(UserError):
        data.ensure()


@pytest.mark.parametrize("stamps", ["", "[1, 2]", '{"half', "\x00"])
def test_spoilt_stamps_are_written_anew(cache: Path, tmp_path: Path, stamps: str) -> None:
    put(tmp_path / "debian")
    cache.mkdir()
    (cache / "verified.json").write_text(stamps)
    data.ensure()
    assert TRAIN_LABELS in (cache / "verified.json").read_text()


def test_a_cache_that_cannot_be_written_to_is_no_error(cache: Path, tmp_path: Path) -> None:
    folder = put(tmp_path / "debian")
    cache.write_text("a file, where a folder would have to be made")
    assert data.ensure().folder == folder


# --- load


@pytest.mark.usefixtures("no_fetch")
@pytest.mark.parametrize("zipped", [True, False])
def test_load_gives_what_the_files_hold(cache: Path, tmp_path: Path, zipped: bool) -> None:
    put(tmp_path / "mine", zipped=zipped)
    loaded = data.load(tmp_path / "mine")
    tensors = (loaded.train_images, loaded.train_labels, loaded.test_images, loaded.test_labels)
    assert [str(tensor.dtype) for tensor in tensors] == ["torch.uint8", "torch.int64"] * 2
    for tensor, array in zip(tensors, TINY.values(), strict=True):
        np.testing.assert_array_equal(tensor.numpy(), array)
    assert loaded.location == data.Location(tmp_path / "mine", "--data-dir")


# --- fetch


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


def fetched(cache: Path) -> list[str]:
    """Files in the cache but for the lock, which some systems remove on release."""
    return [name for name in files_below(cache) if name != "fetch.lock"]


def test_torchvision_comes_first(cache: Path, fetchers: Fetchers) -> None:
    assert fetch.fetch(cache, fetchers.said.append) == cache / "FashionMNIST" / "raw"
    assert fetchers.called == ["torchvision"]
    assert fetched(cache) == WHOLE[1:]


def test_debian_comes_second_and_the_reason_is_said(cache: Path, fetchers: Fetchers) -> None:
    fetchers.torchvision = "no route to host"
    fetch.fetch(cache, fetchers.said.append)
    assert fetchers.called == ["torchvision", "debian"]
    assert fetched(cache) == WHOLE[1:]
    assert any("31 MB" in line for line in fetchers.said)
    assert any("torchvision" in line and "no route to host" in line for line in fetchers.said)
    assert all("\n" not in line for line in fetchers.said)


def test_when_both_fail_the_error_says_what_was_tried(cache: Path, fetchers: Fetchers) -> None:
    fetchers.torchvision, fetchers.debian = "no route to host", "no apt-get here"
    with pytest.raises(UserError) as error:
        fetch.fetch(cache, fetchers.said.append)
    assert_for_a_person(error.value, "torchvision's download (no route to host)", "Debian's package (no apt-get here)")
    assert fetched(cache) == []
    assert data.find() is None


def test_without_apt_the_reason_is_plain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(fetch.FetchError, match="no apt-get"):
        fetch.from_debian(tmp_path, print)


def test_an_incomplete_download_is_a_failure(cache: Path, fetchers: Fetchers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "from_torchvision", lambda work, say: put(work / "x", leave_out=(TRAIN_LABELS,)))
    fetch.fetch(cache, fetchers.said.append)
    assert fetchers.called == ["debian"]
    assert any(f"it brought no {TRAIN_LABELS}" in line for line in fetchers.said)


def test_an_interrupted_fetch_leaves_nothing(cache: Path, fetchers: Fetchers, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(work: Path, say: fetch.Say) -> Path:
        put(work / "FashionMNIST" / "raw", leave_out=(TRAIN_LABELS,))
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(fetch, "from_torchvision", interrupted)
        with pytest.raises(KeyboardInterrupt):
            fetch.fetch(cache, fetchers.said.append)
    assert fetched(cache) == []
    assert data.find() is None
    assert data.ensure(say=fetchers.said.append).origin == "cache"  # and nothing stands in the way of the next


def test_what_a_killed_fetch_left_is_removed(cache: Path, fetchers: Fetchers) -> None:
    put(cache / ".fetch-killed" / "FashionMNIST" / "raw", leave_out=(TRAIN_LABELS,))
    assert data.find() is None
    fetch.fetch(cache, fetchers.said.append)
    assert fetched(cache) == WHOLE[1:]


def test_of_two_at_once_one_fetches(cache: Path, fetchers: Fetchers, monkeypatch: pytest.MonkeyPatch) -> None:
    act = fetch.from_torchvision

    def slowly(work: Path, say: fetch.Say) -> Path:
        time.sleep(0.5)
        return act(work, say)

    monkeypatch.setattr(fetch, "from_torchvision", slowly)
    both = [threading.Thread(target=fetch.fetch, args=(cache, fetchers.said.append)) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join(timeout=30)
    assert fetchers.called == ["torchvision"]
    assert any("Another process" in line for line in fetchers.said)
    assert fetched(cache) == WHOLE[1:]


def test_nowhere_to_put_the_files_is_an_error(cache: Path, fetchers: Fetchers) -> None:
    cache.write_text("a file, where a folder would have to be made")
    with pytest.raises(UserError) as error:
        data.ensure(say=fetchers.said.append)
    assert_for_a_person(error.value, f"cannot put Fashion-MNIST into {cache}")
    assert fetchers.called == []


def test_ensure_fetches_only_what_is_nowhere(cache: Path, tmp_path: Path, fetchers: Fetchers) -> None:
    assert data.ensure(say=fetchers.said.append) == data.Location(cache / "FashionMNIST" / "raw", "cache")
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


@pytest.fixture(scope="module")
def real() -> data.FashionMNIST:
    return data.load()


@pytest.mark.data
def test_real_arrays_have_the_documented_shapes_and_balance(real: data.FashionMNIST) -> None:
    assert tuple(real.train_images.shape) == (60_000, 28, 28)
    assert tuple(real.test_images.shape) == (10_000, 28, 28)
    assert Counter(real.train_labels.tolist()) == dict.fromkeys(range(10), 6_000)
    assert Counter(real.test_labels.tolist()) == dict.fromkeys(range(10), 1_000)


@pytest.mark.data
def test_mean_and_deviation_are_those_of_the_training_pixels(real: data.FashionMNIST) -> None:
    pixels = real.train_images.numpy()
    assert pixels.mean(dtype=np.float64) / 255 == pytest.approx(data.MEAN, rel=1e-12)
    counts = np.bincount(pixels.reshape(-1), minlength=256)
    values = np.arange(256) / 255
    variance = np.average(values**2, weights=counts) - np.average(values, weights=counts) ** 2
    assert variance**0.5 == pytest.approx(data.STD, rel=1e-12)


@pytest.mark.data
def test_class_names_are_torchvisions() -> None:
    from torchvision.datasets import FashionMNIST

    assert list(data.CLASSES) == FashionMNIST.classes


@pytest.mark.data
def test_ensure_imports_no_torch(real: data.FashionMNIST) -> None:
    code = "import sys; from bench import data; data.ensure(); assert not {'torch', 'torchvision'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


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
