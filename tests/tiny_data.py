"""Four tiny idx files that take the place of Fashion-MNIST's, and what an error about them has to say."""

from __future__ import annotations

import gzip
import pickle
import struct
from pathlib import Path

import numpy as np

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


def assert_for_a_person(error: UserError, *parts: str) -> None:
    """One line that has `parts` and the three ways to get the data, and that can leave a worker process."""
    message = str(error)
    assert "\n" not in message
    for part in (*parts, "`bench data`", "`apt-get install dataset-fashion-mnist`", "download=True", "--data-dir root"):
        assert part in message
    assert str(pickle.loads(pickle.dumps(error))) == message
