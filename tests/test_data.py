"""Finding, verifying and reading Fashion-MNIST.

Most tests work on four tiny idx files, whose hashes take the place of the real ones; those marked
`data` read the real files.
"""

from __future__ import annotations

import gzip
import hashlib
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from tiny_data import TINY, TRAIN_LABELS, assert_for_a_person, idx, put

from bench import data
from bench.doctor import examine
from bench.errors import UserError


@pytest.fixture
def no_fetch(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> Path:
        raise AssertionError("fetched")

    monkeypatch.setattr(data, "fetch", fail)


# --- find


@pytest.mark.parametrize("below", ["", "raw", "FashionMNIST/raw"])
@pytest.mark.parametrize("zipped", [True, False])
def test_files_are_found_in_each_layout(data_cache: Path, tmp_path: Path, below: str, zipped: bool) -> None:
    folder = put(tmp_path / "mine" / below, zipped=zipped)
    assert data.find(tmp_path / "mine") == data.Location(folder, "--data-dir")


def test_places_are_looked_at_in_order(data_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert data.find() is None
    debian = put(tmp_path / "debian")
    assert data.find() == data.Location(debian, "Debian package dataset-fashion-mnist")
    cached = put(data_cache / "FashionMNIST" / "raw", zipped=False)
    assert data.find() == data.Location(cached, "cache")
    monkeypatch.setenv("FASHION_MNIST_DIR", str(put(tmp_path / "variable")))
    assert data.find() == data.Location(tmp_path / "variable", "$FASHION_MNIST_DIR")
    assert data.find(put(tmp_path / "option")) == data.Location(tmp_path / "option", "--data-dir")


def test_home_and_relative_folders_are_made_absolute(
    data_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path / "mine")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    for given in ("mine", "~/mine"):
        location = data.find(Path(given))
        assert location is not None
        assert location.folder == tmp_path / "mine"


def test_an_empty_variable_counts_as_unset(data_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FASHION_MNIST_DIR", "")
    assert data.find() is None


@pytest.mark.parametrize("make", ["empty", "absent", "a file"])
def test_a_named_folder_without_the_files_is_an_error(
    data_cache: Path, tmp_path: Path, make: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(data_cache)  # must not be fallen back to
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
def test_some_files_without_the_others_are_an_error(data_cache: Path, tmp_path: Path, place: str) -> None:
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
def test_a_bad_file_is_named_with_what_is_wrong(data_cache: Path, tmp_path: Path, kind: str) -> None:
    path = put(tmp_path / "mine") / f"{TRAIN_LABELS}.gz"
    expected = damage(path, kind)
    with pytest.raises(UserError) as error:
        data.ensure(tmp_path / "mine")
    assert str(error.value).startswith(f"{path}: {expected}")
    assert_for_a_person(error.value)


def test_doctor_finds_a_bad_file_and_writes_nothing(data_cache: Path, tmp_path: Path) -> None:
    folder = put(tmp_path / "mine")
    spoilt = folder / f"{TRAIN_LABELS}.gz"
    assert [one.good for one in examine(tmp_path / "results", folder) if one.subject == "Fashion-MNIST"] == [True]
    spoilt.write_bytes(spoilt.read_bytes()[:-9])
    (found,) = [one for one in examine(tmp_path / "results", folder) if one.subject == "Fashion-MNIST"]
    assert not found.good
    assert f"{spoilt}: truncated" in found.text
    assert not data_cache.exists()


def test_an_unreadable_file_is_an_error(data_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = put(tmp_path / "mine")

    def denied(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", denied)  # root, who may run the tests, can read everything
    with pytest.raises(UserError) as error:
        data.ensure(folder)
    assert_for_a_person(error.value, "train-images-idx3-ubyte.gz: cannot be read: Permission denied")


@pytest.mark.usefixtures("no_fetch")
def test_files_are_hashed_once_and_again_when_they_change(
    data_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
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
    assert sorted(path.name for path in data_cache.iterdir()) == ["verified.json"]  # and no temporary files

    path = folder / f"{TRAIN_LABELS}.gz"
    path.write_bytes(gzip.compress(idx(TINY[TRAIN_LABELS]), compresslevel=1, mtime=1))
    data.ensure()
    assert hashed[4:] == [path.name]
    damage(path, "wrong bytes")
    with pytest.raises(UserError):
        data.ensure()


@pytest.mark.parametrize("stamps", ["", "[1, 2]", '{"half', "\x00"])
def test_spoilt_stamps_are_written_anew(data_cache: Path, tmp_path: Path, stamps: str) -> None:
    put(tmp_path / "debian")
    data_cache.mkdir()
    (data_cache / "verified.json").write_text(stamps)
    data.ensure()
    assert TRAIN_LABELS in (data_cache / "verified.json").read_text()


def test_a_cache_that_cannot_be_written_to_is_no_error(data_cache: Path, tmp_path: Path) -> None:
    folder = put(tmp_path / "debian")
    data_cache.write_text("a file, where a folder would have to be made")
    assert data.ensure().folder == folder


# --- load


@pytest.mark.usefixtures("no_fetch")
@pytest.mark.parametrize("zipped", [True, False])
def test_load_gives_what_the_files_hold(data_cache: Path, tmp_path: Path, zipped: bool) -> None:
    put(tmp_path / "mine", zipped=zipped)
    loaded = data.load(tmp_path / "mine")
    tensors = (loaded.train_images, loaded.train_labels, loaded.test_images, loaded.test_labels)
    assert [str(tensor.dtype) for tensor in tensors] == ["torch.uint8", "torch.int64"] * 2
    for tensor, array in zip(tensors, TINY.values(), strict=True):
        np.testing.assert_array_equal(tensor.numpy(), array)
    assert loaded.location == data.Location(tmp_path / "mine", "--data-dir")


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
