"""Records on disk: what is written is read back, what is not ours is named and left alone."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import stat
from pathlib import Path

import factories
import numpy as np
import pytest

from bench import store
from bench.errors import UserError


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    records = [factories.complexity(), factories.memory(), factories.throughput(), factories.failed("accuracy")]
    for record in records:
        store.save(tmp_path, record)
    loaded = store.load(tmp_path)
    assert loaded.problems == []
    assert sorted(loaded.records, key=lambda r: r.kind) == sorted(records, key=lambda r: r.kind)


def test_a_records_file_is_named_after_what_was_measured(tmp_path: Path) -> None:
    record = factories.complexity(factories.subject("torchvision/resnet18"))
    path = store.save(tmp_path, record)
    assert path.relative_to(tmp_path).as_posix() == f"records/complexity/torchvision.resnet18-28-{record.key}.json"


def test_predictions_lie_beside_the_record_and_are_vouched_for(tmp_path: Path) -> None:
    predictions = {"predicted": np.array([1, 2], dtype=np.uint8), "label": np.array([1, 3], dtype=np.uint8)}
    path = store.save(tmp_path, factories.accuracy(), predictions)
    result = store.load(tmp_path).records[0].result
    assert result is not None
    assert result.kind == "accuracy"
    companion = path.with_name(result.predictions or "")
    assert hashlib.sha256(companion.read_bytes()).hexdigest() == result.predictions_sha256
    with np.load(companion) as arrays:
        assert {name: arrays[name].tolist() for name in arrays} == {"predicted": [1, 2], "label": [1, 3]}


def test_predictions_that_are_gone_or_cut_off_are_named_and_their_record_stands(tmp_path: Path) -> None:
    path = store.save(tmp_path, factories.accuracy(), {"predicted": np.zeros(1000), "label": np.zeros(1000)})
    companion = path.with_suffix(".npz")
    whole = companion.read_bytes()
    for content in (whole[: len(whole) // 2], b"", None):
        companion.unlink()
        if content is not None:
            companion.write_bytes(content)
        loaded = store.load(tmp_path)
        assert len(loaded.records) == 1
        (line,) = loaded.problems
        assert line.startswith(f"{companion} is missing or not whole: what is asked of predictions lacks it; ")
        assert line.endswith(f"remove {path}, and the command that made it measures it again")
        companion.write_bytes(whole)
    assert store.load(tmp_path).problems == []


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    record = factories.complexity()
    first = store.save(tmp_path, record)
    first.write_text("damaged")
    second = store.save(tmp_path, record)
    assert second != first
    assert first.read_text() == "damaged"
    assert store.load(tmp_path).records == [record]


def damaged_files(folder: Path) -> dict[str, str]:
    """Files that are no records, and the words that say why."""
    whole = factories.memory().model_dump_json()
    newer = json.dumps({**json.loads(whole), "schema_version": 99})
    odd = json.dumps({**json.loads(whole), "seconds": "long"})
    files = {
        "truncated": (whole[: len(whole) // 2], "truncated or damaged); remove it, and the command that made it"),
        "empty": ("", "the file is empty; remove it, and the command that made it measures it again"),
        "foreign": ('{"name": "something else"}', "no record of this suite; remove it, or keep it elsewhere"),
        "list": ("[1, 2]", "no record of this suite"),
        "newer": (newer, "schema 99 and this version reads up to 1; upgrade"),
        "odd": (odd, "does not fit the schema at seconds"),
        "binary": ("\udcff", "truncated or damaged"),
    }
    folder.mkdir(parents=True)
    for name, (content, _) in files.items():
        (folder / f"{name}.json").write_bytes(content.encode(errors="surrogateescape"))
    return {name: why for name, (_, why) in files.items()}


def test_files_that_are_no_records_are_named_and_the_rest_loads(tmp_path: Path) -> None:
    reasons = damaged_files(tmp_path / "records" / "memory")
    good = factories.complexity()
    store.save(tmp_path, good)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.json")}
    loaded = store.load(tmp_path)
    assert loaded.records == [good]
    assert len(loaded.problems) == len(reasons)
    for name, why in reasons.items():
        (line,) = [line for line in loaded.problems if f"{name}.json" in line]
        assert why in line
        assert "\n" not in line
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.json")} == before


def test_a_folder_without_records_is_empty(tmp_path: Path) -> None:
    assert store.load(tmp_path / "nothing").records == []
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="is a file"):
        store.load(tmp_path / "file")


def _hold(results: Path, holding: object, done: object) -> None:
    with store.held(results):
        holding.set()  # type: ignore[attr-defined]
        done.wait(30)  # type: ignore[attr-defined]


def test_a_second_run_on_one_folder_is_refused_until_the_first_ends(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    holding, done = context.Event(), context.Event()
    other = context.Process(target=_hold, args=(tmp_path, holding, done))
    other.start()
    assert holding.wait(60)
    with pytest.raises(UserError, match="another run is using results folder"), store.held(tmp_path):
        pass
    done.set()
    other.join()
    with store.held(tmp_path):
        assert (tmp_path / ".lock").exists()


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="cannot be written"), store.held(tmp_path / "file" / "results"):
        pass


def test_a_hint_names_the_folder_unless_it_is_the_default() -> None:
    assert store.option(Path("results")) == ""
    assert store.option(Path("my results")) == " --results 'my results'"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_permission_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(stat.S_IRUSR | stat.S_IXUSR)
    with pytest.raises(UserError, match="cannot be written"), store.held(tmp_path):
        pass
