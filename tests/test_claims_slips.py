"""A slip in the ledger or the literature is one line: the file, the claim, the field and what to do.  The exit is 2."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import Spoken

from bench.claims import contradictions, ledger, literature

Bench = Callable[..., Spoken]
Change = Callable[[str, str, str], None]
ENTRY = """
[D0-99]
line = 1
says = "NiN has fewer parameters than VGG-16."
margin = "Fewer."
[[D0-99.parts]]
test = "ratio of counts"
quantity = "parameters"
network = "nin"
against = ["vgg16"]
settings = ["1x224x224/10"]
relation = "at most"
bound = 0.5
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Copies of the ledger and of the literature in the place of the project's own, read anew."""
    cached = (ledger.claims, contradictions.contradictions, literature.known)
    for module in (ledger, literature):
        shutil.copytree(Path(module.__file__).parent, tmp_path / module.__name__)
    for reader in (ledger, contradictions, literature):
        monkeypatch.setattr(reader, "files", lambda name: tmp_path / name)
    for one in cached:
        one.cache_clear()
    yield tmp_path
    for one in cached:
        one.cache_clear()


def refused(spoken: Spoken) -> str:
    (line,) = spoken.err.splitlines()
    assert (spoken.code, spoken.out) == (2, "")
    return line


SLIPS = {
    "test": ('"ratio of counts"', '"ratio of count"', "called 'ratio of count'; did you mean 'ratio of counts'?"),
    "no test": ('test = "ratio of counts"', "", "no test is called ''. docs/adding-a-claim.md lists all"),
    "setting": ("1x224x224/10", "1x64x64/10", "settings, number 1: no setting is called '1x64x64/10'; did you mean"),
    "classes": ("1x224x224/10", "1x224x224", "no setting is called '1x224x224'; did you mean '1x224x224/10'?"),
    "network": ('"nin"', '"ninn"', "network: no network is called 'ninn'; did you mean 'nin'?"),
    "networks": ('"vgg16"', '"vggg16"', "against, number 1: no network is called 'vggg16'; did you mean 'vgg16'?"),
    "field": ("quantity =", "quantiy =", "no field is called 'quantiy'; did you mean 'quantity'?"),
    "missing": ("bound = 0.5", "", "bound is missing; add it"),
    "word": ('"at most"', '"at mots"', "relation cannot be 'at mots'; did you mean 'at most'? There are: at most,"),
    "number": ("0.5", '"half"', "bound: input should be a valid number, unable to parse string"),
    "parts": ("[[D0-99.parts]]", "[D0-99.parts]", "each of its parts begins with [[D0-99.parts]]"),
    "no parts": ("[[D0-99.parts]]", "[[D0-99.part]]", "no field is called 'part'; did you mean 'parts'?"),
    "outside": ("[D0-99]\n", "[D0-99]\ncombin = 1\n", "no field is called 'combin'; did you mean 'combine'?"),
    "control": ("line = 1", 'line = 1\ncontrol = "vg16"', "control: no network is called 'vg16'; did you mean"),
}  # fmt: skip


@pytest.mark.parametrize(("written", "slip", "told"), SLIPS.values(), ids=SLIPS)
def test_a_slip_in_a_claim(bench: Bench, folder: Path, written: str, slip: str, told: str) -> None:
    topic = folder / "bench.claims.ledger" / "parameters.toml"
    topic.write_text(topic.read_text() + ENTRY.replace(written, slip, 1))
    line = refused(bench("claims"))
    assert line.startswith(f"bench: {topic}, D0-99")
    assert told in line


OTHERS = {
    "listing": ("structure", 'listing = "doc004-nin"', 'listing = "doc04-nin"', "did you mean 'doc004-nin'?"),
    "listings": ("structure", 'listings = ["doc000-nin"]', 'listings = ["doc000-nim"]', "did you mean 'doc000-nin'?"),
    "protocol": ("speed", '"timing28"', '"timing82"', "no protocol is called 'timing82'; did you mean 'timing28'?"),
    "work": ("history", '"resnet", "squeezenet"', '"resnet", "squeznet"', "did you mean 'squeezenet'?"),
    "one setting": ("structure", 'setting = "3x224x224/1000"', 'setting = "3x224x224"', "setting: no setting is"),
    "key": ("speed", "# ", "odd = 1\n# ", "odd: it stands outside of a claim"),
    "TOML": ("speed", "[D0-15]", "[D0-15", "is not valid TOML: Expected ']' at the end"),
    "contradiction": ("contradictions", '"D0-10"', '"D0-100"', "no claim is called 'D0-100'; did you mean 'D0-10'?"),
    "side": ("contradictions", "one = { says", "one = { say", "pair, number 1, one, say is no field"),
}  # fmt: skip


@pytest.mark.parametrize(("name", "written", "slip", "told"), OTHERS.values(), ids=OTHERS)
def test_a_slip_in_another_file_or_field(
    bench: Bench, folder: Path, name: str, written: str, slip: str, told: str
) -> None:
    path = folder / "bench.claims.ledger" / f"{name}.toml"
    assert written in path.read_text()
    path.write_text(path.read_text().replace(written, slip, 1))
    line = refused(bench("claims"))
    assert f"{path.name}" in line
    assert told in line


def test_two_claims_of_one_name(bench: Bench, folder: Path) -> None:
    for topic in ("parameters", "compute"):
        path = folder / "bench.claims.ledger" / f"{topic}.toml"
        path.write_text(path.read_text() + ENTRY)
    line = refused(bench("claims"))
    assert "D0-99 stands in both parameters.toml and compute.toml" in line
    path.write_text(path.read_text() + ENTRY)
    assert f"{path} is not valid TOML: Cannot declare ('D0-99',) twice" in refused(bench("report"))


FACTS = {
    "field": ("works", "year =", "yaer =", "no field is called 'yaer'; did you mean 'year'?"),
    "verb": ("facts", 'verb = "uses"', 'verb = "usse"', "verb cannot be 'usse'; did you mean 'uses'?"),
    "work": ("facts", 'work = "nin"', 'work = "nni"', "no work is called 'nni'; did you mean 'nin'?"),
}


@pytest.mark.parametrize(("name", "written", "slip", "told"), FACTS.values(), ids=FACTS)
def test_a_slip_in_the_literature(bench: Bench, folder: Path, name: str, written: str, slip: str, told: str) -> None:
    path = folder / "bench.claims.literature" / f"{name}.toml"
    path.write_text(path.read_text().replace(written, slip, 1))
    line = refused(bench("claims"))
    assert line.startswith(f"bench: {path}")
    assert told in line
