"""The plan: which units there are, and what makes two of them the same."""

from __future__ import annotations

import importlib
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import factories
import pytest
from torch import nn

import archs
from archs import registry
from archs.registry import ArchSpec
from bench import store
from bench.errors import UserError
from bench.plan import Unit, make_plan, subject
from bench.protocols import PROTOCOLS, get_protocol
from bench.records import Device, Record, Subject
from bench.runner import pending

CPU = Device(type="cpu", model="Processor")
QUICK = get_protocol("quick")


def plan(names: tuple[str, ...] = ("lenet", "nin"), **changes: object) -> list[Unit]:
    settings = {"seeds": 2, "device": CPU, "precision": "fp32", **changes}
    return make_plan(names, QUICK, QUICK.measures, **settings)  # type: ignore[arg-type]


def test_every_network_is_measured_once_a_kind_and_trained_once_a_seed() -> None:
    units = [(unit.kind, unit.arch.name, unit.seed) for unit in plan()]
    assert units == [
        ("complexity", "lenet", None),
        ("complexity", "nin", None),
        ("memory", "lenet", 0),
        ("memory", "nin", 0),
        ("throughput", "lenet", 0),
        ("throughput", "nin", 0),
        ("accuracy", "lenet", 0),
        ("accuracy", "nin", 0),
        ("accuracy", "lenet", 1),
        ("accuracy", "nin", 1),
    ]


def test_what_is_timed_names_the_processor_exactly_and_training_runs_do_not() -> None:
    exact = Device(type="cpu", model="Processor (family 1)")
    named = {unit.kind: unit.device for unit in plan(timed_on=exact)}
    assert named == {"complexity": None, "memory": exact, "throughput": exact, "accuracy": CPU}


def test_a_name_twice_is_one_network() -> None:
    assert plan(("nin", "nin")) == plan(("nin",))


def test_keys_tell_all_units_apart_and_stay_the_same() -> None:
    keys = [unit.key for unit in plan()]
    assert len(set(keys)) == len(keys)
    assert [unit.key for unit in plan()] == keys


@pytest.mark.parametrize(
    ("changes", "kinds_that_change"),
    [
        ({"precision": "bf16"}, {"memory", "throughput", "accuracy"}),
        ({"device": Device(type="cuda", model="GPU")}, {"memory", "throughput", "accuracy"}),
    ],
)
def test_a_key_follows_what_the_result_depends_on(changes: dict[str, object], kinds_that_change: set[str]) -> None:
    changed = {a.kind for a, b in zip(plan(), plan(**changes), strict=True) if a.key != b.key}
    assert changed == kinds_that_change


def test_a_network_that_is_timed_in_other_company_is_timed_anew() -> None:
    def keys(*names: str) -> dict[str, str]:
        return {unit.kind: unit.key for unit in plan(names) if unit.arch.name == "nin"}

    changed = {kind for kind, key in keys("nin", "lenet").items() if keys("nin", "alexnet")[kind] != key}
    assert changed == {"throughput"}
    assert keys("nin", "lenet") == keys("lenet", "nin")


def test_a_key_does_not_depend_on_what_only_describes_the_protocol() -> None:
    timing = replace(QUICK.timing, processes=9)
    described = replace(QUICK, purpose="other words", standing="citable", seeds=9, timing=timing)
    for unit in plan():
        assert replace(unit, protocol=described).key == unit.key


def test_an_edited_protocol_is_another_protocol_for_all_but_exact_counts() -> None:
    longer = replace(QUICK, training=replace(QUICK.training, epochs=7))
    changed = {unit.kind for unit in plan() if replace(unit, protocol=longer).key != unit.key}
    assert changed == {"memory", "throughput", "accuracy"}


def test_an_edited_network_is_another_subject(monkeypatch: pytest.MonkeyPatch) -> None:
    before = subject("nin", 28)
    original = archs.create

    def edited(name: str, **arguments: int) -> nn.Module:
        network = original(name, **arguments)
        network.append(nn.Identity())  # type: ignore[operator]
        return network

    monkeypatch.setattr(archs, "create", edited)
    assert subject("nin", 28).fingerprint != before.fingerprint


def test_unknown_names_and_sizes_are_refused() -> None:
    with pytest.raises(archs.ArchError, match="did you mean 'lenet'"):
        plan(("lenett",))
    with pytest.raises(archs.ArchError, match="28 and 224"):
        make_plan(["nin"], replace(QUICK, image_size=64), QUICK.measures, seeds=1, device=CPU, precision="fp32")
    with pytest.raises(UserError, match="did you mean 'quick'"):
        get_protocol("quik")


def test_images_are_never_in_two_sets() -> None:
    for protocol in PROTOCOLS.values():
        training = protocol.training
        assert training.validation_images <= 5_000
        assert training.train_images <= 55_000
        assert training.train_images >= training.batch_size


def test_a_failure_counts_as_measured_unless_it_is_to_be_retried() -> None:
    import factories

    unit = plan(("nin",))[0]
    failure = factories.failed("complexity", arch="nin", key=unit.key)
    success = factories.complexity("nin", key=unit.key)
    assert pending([unit], [failure], retry_failed=False) == ([], [failure])
    assert pending([unit], [failure], retry_failed=True) == ([unit], [])
    assert pending([unit], [failure, success], retry_failed=True) == ([], [success])
    assert pending([unit], [], retry_failed=False) == ([unit], [])


def timings(units: list[Unit], group: str, **changes: object) -> list[Record]:
    import factories

    return [factories.throughput(unit.arch.name, key=unit.key, group=group, **changes) for unit in units]


def test_networks_that_are_timed_side_by_side_are_measured_again_together() -> None:
    """A record of another process has another group, and no ratio is made of two groups."""
    import factories

    units = [unit for unit in plan(("lenet", "nin", "vgg16")) if unit.kind in ("memory", "throughput")]
    weighed, timed = units[:3], units[3:]
    known = [factories.memory(unit.arch.name, key=unit.key) for unit in weighed]
    assert pending(units, known + timings(timed, "g1"), retry_failed=False)[0] == []
    # Killed between two saves: the third has no record.
    left, found = pending(units, known + timings(timed[:2], "g1"), retry_failed=False)
    assert (left, found) == (timed, known)
    # One failed and is to be tried again.
    failure = factories.failed("throughput", arch="vgg16", key=timed[2].key)
    both = [*known, *timings(timed[:2], "g1"), failure]
    assert pending(units, both, retry_failed=False)[0] == []
    assert pending(units, both, retry_failed=True)[0] == timed


def test_networks_that_were_timed_apart_are_measured_again_until_they_were_together() -> None:
    timed = [unit for unit in plan() if unit.kind == "throughput"]
    apart = timings(timed[:1], "g1") + timings(timed[1:], "g2")
    assert pending(timed, apart, retry_failed=False) == (timed, [])
    together = timings(timed, "g3", started="2026-02-01T10:00:00Z")
    assert pending(timed, together + apart, retry_failed=False) == ([], together)


def test_a_network_that_failed_when_it_was_timed_again_is_retried_with_its_company() -> None:
    """Its earlier record is of another process than those of the others."""
    timed = [unit for unit in plan() if unit.kind == "throughput"]
    again = "2026-02-01T10:00:00Z"
    failure = factories.failed("throughput", arch="nin", key=timed[1].key, started=again)
    known = [*timings(timed, "g1"), *timings(timed[:1], "g2", started=again), failure]
    assert pending(timed, known, retry_failed=True) == (timed, [])
    assert pending(timed, known, retry_failed=False)[0] == [], "a failure counts as measured"


@pytest.mark.parametrize(
    ("protocol", "kind", "hint"),
    [
        ("budget28", "quadrants", "use --protocol quadrants28"),
        ("budget28", "overfitting", "could not be cited for it; use --protocol overfitting28"),
        ("matched224", "robustness", "use --protocol robustness224"),
        ("robustness28", "localisation", "use --protocol localisation28"),
        ("timing1000", "accuracy", "Fashion-MNIST has 1 and 10"),
        ("timing28", "accuracy", "made for complexity and memory and throughput, .* use --protocol matched28"),
        ("gpu28", "accuracy", "use --protocol matched28"),
    ],
)
def test_an_experiment_is_refused_where_its_protocol_has_no_place_for_it(protocol: str, kind: str, hint: str) -> None:
    with pytest.raises(UserError, match=hint):
        make_plan(["nin"], get_protocol(protocol), [kind], seeds=1, device=CPU, precision="fp32")  # type: ignore[list-item]


OWN = """
from torch import nn

class Mine(nn.Module):
    def __init__(self, outputs):
        super().__init__()
        self.layer = nn.Linear(784, outputs)

    def forward(self, images):
        return self.layer(images.flatten(1)) * FACTOR

def mine(*, in_channels, num_classes, image_size):
    return Mine(num_classes + MORE)
"""


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Subject]:
    """A user's network, written to a file anew and loaded from there."""
    monkeypatch.syspath_prepend(tmp_path)
    spec = ArchSpec(name="own", title="own", family="own", builder="own_network:mine", kind="plug-in")
    monkeypatch.setitem(registry._specs, "own", spec)

    def written(*, factor: str, more: int = 0) -> Subject:
        (tmp_path / "own_network.py").write_text(OWN.replace("FACTOR", factor).replace("MORE", str(more)))
        monkeypatch.delitem(sys.modules, "own_network", raising=False)
        importlib.invalidate_caches()
        shutil.rmtree(tmp_path / "__pycache__", ignore_errors=True)
        return subject("own", 28)

    return written


def test_a_users_network_with_another_forward_pass_is_another_network(own: Callable[..., Subject]) -> None:
    first = own(factor="1")
    assert own(factor="1") == first
    assert own(factor="0").fingerprint != first.fingerprint


def test_a_users_network_with_another_number_of_logits_is_refused(own: Callable[..., Subject]) -> None:
    with pytest.raises(archs.ArchError, match="'own' gives 2x11 for 2 images, and 2x10 logits are expected"):
        own(factor="1", more=1)


def test_every_protocol_has_a_place_for_what_it_measures() -> None:
    for protocol in PROTOCOLS.values():
        assert make_plan(protocol.archs[:1], protocol, protocol.measures, seeds=1, device=CPU, precision="fp32")


def batch_norm_printed(with_bias: bool) -> Callable[[nn.BatchNorm2d], str]:
    """As PyTorch 2.15 prints it, and as 2.11 does."""

    def printed(norm: nn.BatchNorm2d) -> str:
        bias = f", bias={norm.affine}" if with_bias else ""
        settings = f"momentum={norm.momentum}, affine={norm.affine}{bias}"
        return f"{norm.num_features}, eps={norm.eps}, {settings}, track_running_stats={norm.track_running_stats}"

    return printed


def test_a_network_is_the_same_whichever_version_of_pytorch_prints_it(monkeypatch: pytest.MonkeyPatch) -> None:
    found = set()
    for with_bias in (True, False):
        monkeypatch.setattr(nn.BatchNorm2d, "extra_repr", batch_norm_printed(with_bias))
        found.add(subject("vgg16-bn", 28).fingerprint)
    assert len(found) == 1


def test_the_kept_counts_are_found_again() -> None:
    """A change of what keys are made of would have all of them measured once more."""
    kept = {record.key for record in store.load(Path(__file__).parents[1] / "results").records}
    names = [spec.name for spec in archs.list_archs() if 224 in spec.image_sizes]
    units = make_plan(names, get_protocol("timing224"), ["complexity"], seeds=1, device=CPU, precision="fp32")
    assert {unit.key for unit in units} <= kept
