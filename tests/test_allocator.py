"""What becomes of freed memory, seen from outside: by the pages that the system has to make."""

from __future__ import annotations

import os
import resource
import subprocess
import sys

import pytest

from bench.allocator import keeps_freed_memory

pytestmark = pytest.mark.skipif(keeps_freed_memory() is None, reason="the C library does not say")

STEPS, BYTES = 20, 40 * 2**20
PAGES = STEPS * BYTES // resource.getpagesize()
CODE = f"""
import resource
from bench.allocator import keep_freed_memory, keeps_freed_memory

def faults(steps):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(steps):
        b"x" * {BYTES}
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

told = [keeps_freed_memory()]
keep_freed_memory()
told += [keeps_freed_memory(), faults(1) and faults({STEPS})]
print(*told)
"""


def run(code: str = CODE, **environment: str) -> tuple[str, str, int]:
    """Whether freed memory was kept before and after the process asked for it, and the pages made in all steps."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("MALLOC_", "GLIBC_"))}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=clean | environment
    )
    before, after, pages = done.stdout.split()
    return before, after, int(pages)


def test_a_process_that_keeps_freed_memory_has_no_pages_made_anew() -> None:
    before, after, pages = run()
    assert (before, after) == ("False", "True")
    assert pages < 0.01 * PAGES


def test_one_that_does_not_has_every_page_made_in_every_step() -> None:
    before, after, pages = run(CODE.replace("\nkeep_freed_memory()", ""))
    assert (before, after) == ("False", "False")
    assert pages > 0.9 * PAGES


def test_who_has_set_the_allocator_in_the_environment_is_left_with_it() -> None:
    assert run(MALLOC_TRIM_THRESHOLD_="1000000")[:2] == ("False", "False")
    assert run(GLIBC_TUNABLES="glibc.malloc.trim_threshold=1000000")[:2] == ("False", "False")


def test_that_the_environment_has_it_kept_is_seen() -> None:
    assert run(MALLOC_MMAP_MAX_="0", MALLOC_TRIM_THRESHOLD_="8000000000")[:2] == ("True", "True")


TRAIN = """
import hashlib
import torch
from bench.allocator import keep_freed_memory
from bench.batches import Images
from bench.device import resolve
from bench.measure.networks import ready
from bench.protocols import Training
from bench.train import fit

keep_freed_memory()
target = resolve("cpu")
torch.manual_seed(0)
pixels, labels = torch.randint(256, (320, 28, 28)).byte(), torch.randint(10, (320,))
images = Images(pixels, labels, device=target.device, image_size=28)
model = ready("lenet", image_size=28, target=target, seed=0)
settings = Training(train_images=320, epochs=1, batch_size=64)
fit(model, images, images, settings, target=target, precision="fp32", peak_learning_rate=1e-2, seed=0)
print(hashlib.sha256(b"".join(weights.detach().numpy().tobytes() for weights in model.parameters())).hexdigest())
"""


def test_what_is_learnt_is_the_same_to_the_last_bit() -> None:
    without = TRAIN.replace("\nkeep_freed_memory()\n", "\n")
    assert without != TRAIN
    learnt = {
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        for code in (TRAIN, without)
    }
    assert len(learnt) == 1
    assert learnt != {""}
