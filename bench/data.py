"""Real Fashion-MNIST: find its four files, verify them once, read them through torchvision.

Xiao, Rasul and Vollgraf: Fashion-MNIST, arXiv:1708.07747, 2017.  60,000 images for training and
10,000 for testing, 28x28 pixels of one channel, ten classes of equal size.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import json
import math
import os
import struct
import sys
import tempfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from bench.errors import UserError
from bench.fetch import DEBIAN_FOLDER, DEBIAN_PACKAGE, NAMES, Say, fetch, ways
from bench.protocols import TEST_SET, TRAINING_SET

if TYPE_CHECKING:
    from torch import Tensor

DATA_DIR_VARIABLE = "FASHION_MNIST_DIR"

STAMPS = "verified.json"
"""In the user's cache: path -> size, mtime in nanoseconds and SHA-256 of each file already verified."""

CLASSES = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")

MEAN, STD = 0.28604059698879547, 0.3530242445149226
"""Of the training pixels divided by 255; the standard deviation is the population's."""

# SHA-256 of the content, unzipped, so that it does not matter who zipped it, or whether anybody did.
_SHA256 = {
    "train-images-idx3-ubyte": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    "train-labels-idx1-ubyte": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    "t10k-images-idx3-ubyte": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    "t10k-labels-idx1-ubyte": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
}

_OPTION, _VARIABLE = "--data-dir", f"${DATA_DIR_VARIABLE}"


@dataclass(frozen=True)
class Location:
    """Where the four files lie, and how that place was found."""

    folder: Path
    origin: str


@dataclass(frozen=True, eq=False)
class FashionMNIST:
    """Images are uint8 `(N, 28, 28)`, labels int64 `(N,)`; N is 60,000 for training and 10,000 for testing."""

    train_images: Tensor
    train_labels: Tensor
    test_images: Tensor
    test_labels: Tensor
    location: Location


def cache_folder() -> Path:
    """The user's cache folder of this suite; it need not exist."""
    return platformdirs.user_cache_path("ninbench")


def find(data_dir: Path | None = None) -> Location | None:
    """Look in `data_dir`, else in $FASHION_MNIST_DIR, else in the user's cache, then where Debian puts it.

    In each place the files may lie directly, in raw/ or in FashionMNIST/raw/, gzipped or not.
    Nothing is read yet.

    Returns:
        None when nobody named a place and neither of the usual ones has any of the files.

    Raises:
        UserError: a named place lacks files, or a usual one has some and lacks others.
    """
    named = data_dir or os.environ.get(DATA_DIR_VARIABLE)
    if not named:
        debian = f"Debian package {DEBIAN_PACKAGE}"
        return _look(cache_folder(), "cache") or _look(DEBIAN_FOLDER, debian)
    place, origin = Path(named).absolute(), _OPTION if data_dir else _VARIABLE
    with contextlib.suppress(RuntimeError):  # ~ of an unknown user: a folder of that name then
        place = Path(named).expanduser().absolute()
    if location := _look(place, origin):
        return location
    try:
        next(place.iterdir(), None)
        what = "has none of the four files of Fashion-MNIST"
    except OSError as error:
        what = f"cannot be looked into: {error.strerror}"
    files = f"{', '.join(NAMES)}, plain or .gz, there, in raw/ or in FashionMNIST/raw/"
    raise UserError(f"{place} ({origin}) {what}; expected {files}. {_ways(Location(place, origin))}")


def _look(place: Path, origin: str) -> Location | None:
    folders = (place, place / "raw", place / "FashionMNIST" / "raw")
    missing = {folder: [name for name in NAMES if _file(folder, name) is None] for folder in folders}
    folder = min(folders, key=lambda folder: len(missing[folder]))
    if len(missing[folder]) == len(NAMES):
        return None
    location = Location(folder, origin)
    if missing[folder]:
        paths = ", ".join(str(folder / name) for name in missing[folder])
        raise UserError(f"missing, plain or .gz: {paths} (the others are there). {_ways(location)}")
    return location


def _file(folder: Path, name: str) -> Path | None:
    """The plain file where there are both: it is read faster."""
    for path in (folder / name, folder / f"{name}.gz"):
        with contextlib.suppress(OSError):  # a folder that may not be looked into is one without the file
            if path.is_file():
                return path
    return None


def _ways(location: Location) -> str:
    """The three ways to get the files, the first of them such that it does not meet `location` again."""
    if location.origin in (_OPTION, _VARIABLE):
        return ways(f"let the suite fetch it (`bench data` without {location.origin})")
    return ways(f"remove {location.folder} and let the suite fetch it (`bench data` without --data-dir)")


def _to_stderr(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def ensure(data_dir: Path | None = None, *, say: Say = _to_stderr) -> Location:
    """Find the files, or fetch them into the user's cache, and verify them; imports no torch.

    Raises:
        UserError: a file is missing or is not Fashion-MNIST, or the files cannot be fetched.
    """
    location = find(data_dir) or Location(fetch(cache_folder(), say), "cache")
    if new := verify(location):
        _write_stamps({**_read_stamps(), **new})
    return location


def load(data_dir: Path | None = None, *, say: Say = _to_stderr) -> FashionMNIST:
    """`ensure` the files and read them.  `say` gets a line for each step of a fetch.

    Raises:
        UserError: as `ensure`, or there is no room to unzip the files in the system's temporary folder.
    """
    location = ensure(data_dir, say=say)
    from torchvision.datasets import mnist

    tensors = (
        _decode(location, name, mnist.read_image_file if "images" in name else mnist.read_label_file) for name in NAMES
    )
    train_images, train_labels, test_images, test_labels = tensors
    return FashionMNIST(train_images, train_labels, test_images, test_labels, location)


def _decode(location: Location, name: str, read: Callable[[str], Tensor]) -> Tensor:
    """torchvision's readers take the path of a plain file only."""
    path = _file(location.folder, name)
    try:
        if path is None:
            raise FileNotFoundError("it has just gone")
        if path.suffix != ".gz":
            return read(str(path))
        with tempfile.TemporaryDirectory(prefix="ninbench-") as folder:
            plain = Path(folder) / name
            plain.write_bytes(_content(path))
            return read(str(plain))
    except OSError as error:
        raise UserError(f"cannot read {path or location.folder / name}: {error}. {_ways(location)}") from error


def _content(path: Path) -> bytes:
    content = path.read_bytes()
    return gzip.decompress(content) if path.suffix == ".gz" else content


def verify(location: Location) -> dict[str, list[object]]:
    """Hash the files that no stamp says are verified; writes nothing.

    Returns:
        Stamps for them.

    Raises:
        UserError: one of them is not Fashion-MNIST.
    """
    stamps = _read_stamps()
    new: dict[str, list[object]] = {}
    for name, sha256 in _SHA256.items():
        path = _file(location.folder, name) or location.folder / name
        try:
            status = path.stat()  # before reading: a change afterwards must not be covered by the stamp
            stamp: list[object] = [status.st_size, status.st_mtime_ns, sha256]
            if stamps.get(str(path.resolve())) == stamp:
                continue
            problem = _problem(name, _content(path))
        except EOFError:
            problem = "truncated: its gzip stream ends too early"
        except (gzip.BadGzipFile, zlib.error) as error:
            problem = f"damaged: {error}"
        except OSError as error:
            problem = f"cannot be read: {error.strerror or error}"
        if problem:
            raise UserError(f"{path}: {problem}. {_ways(location)}")
        new[str(path.resolve())] = stamp
    return new


def _problem(name: str, content: bytes) -> str | None:
    """What is wrong with the unzipped `content` of the file called `name`; None if nothing is."""
    digest = hashlib.sha256(content).hexdigest()
    if digest == _SHA256[name]:
        return None
    images = TRAINING_SET if name.startswith("train") else TEST_SET
    expected = (images, 28, 28) if "images" in name else (images,)
    # idx: two zeros, a type (8 is uint8), the number of axes, their lengths as big-endian integers, the data.
    if content[:3] == b"\0\0\x08" and len(content) >= 4 + 4 * content[3]:
        shape = struct.unpack_from(f">{content[3]}I", content, 4)
        size = 4 + 4 * len(shape) + math.prod(shape)
        if shape != expected and len(content) == size:
            return f"an array of shape {shape}, expected {expected}"
        if shape == expected and len(content) < size:
            return f"truncated: {len(content):,} bytes, expected {size:,}"
    return f"SHA-256 of the content {digest[:12]}..., expected {_SHA256[name][:12]}..."


def _read_stamps() -> dict[str, object]:
    with contextlib.suppress(OSError, ValueError):
        stamps = json.loads((cache_folder() / STAMPS).read_text(encoding="utf-8"))
        if isinstance(stamps, dict):
            return stamps
    return {}


def _write_stamps(stamps: dict[str, object]) -> None:
    """A cache that cannot be written to costs the next run another hash, and is no error."""
    with contextlib.suppress(OSError):
        cache_folder().mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".verified-", dir=cache_folder()) as folder:
            (Path(folder) / STAMPS).write_text(json.dumps(stamps, indent=1), encoding="utf-8")
            (Path(folder) / STAMPS).replace(cache_folder() / STAMPS)
