"""Where the documents' listings stand, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

DOCUMENTS = {
    "000": "6154c1e006e04be0ff8e4cc24552b46acf25cfacba0fe30094aa5c3f35f5da29",
    "001": "9e47bded82c2a36b7e8c9ca6d4566d67b7c2883ae4b660628c5ed00fb3e7334d",
    "002": "5be26fa65a7753975c45677f7e3d5afff2083f2fd1a165a0b75188c0b6458716",
    "003": "475c7d3abd72b3d5c6ec6374c58f6ddccf5f455977fc7871d358cddbc16f19e7",
    "004": "105176c817a4e1cfc29054d314cce1fb9b69274e96359a2c7dd727314eb97814",
}
"""The SHA-256 of each document, by which it is found in a folder."""


@dataclass(frozen=True)
class Listing:
    """One network that a document prints."""

    name: str
    title: str
    document: str
    framework: Literal["PyTorch", "TensorFlow"]
    family: str
    lines: tuple[int, int]
    """First and last line of the document, from 1."""
    entry: str
    """The expression that gives the network once the listing was executed."""
    image: tuple[int, int, int]
    """Channels, height and width of the input."""
    size_is_stated: bool = True
    """Whether the document states height and width; where it does not, 224 is the size of its others."""
    twin: str | None = None
    """The network of the registry that has its layers."""
    num_classes: int = 10
    indents: str = ""
    """A digit a line, levels of four spaces, where the text lost the indentation."""
    list_numbers: bool = False
    """Whether the text puts the number of a list before each line."""
    context: tuple[str, ...] = ()
    """Listings of the same document that stand before it and define what it uses."""
    supplied: str = ""
    """Imports that the listing leaves out."""


LISTINGS = (
    Listing(
        name="doc000-nin",
        title="NiN in TensorFlow",
        document="000",
        framework="TensorFlow",
        family="nin",
        lines=(37, 68),
        entry="model",
        image=(3, 224, 224),
        twin="doc000-nin",
        indents="000" + "1" + "22" + "1" + "2" * 17 + "0" * 8,
    ),
    Listing(
        name="doc001-nin224",
        title="NiN in Keras for 224 pixels",
        document="001",
        framework="TensorFlow",
        family="nin",
        lines=(77, 111),
        entry="model",
        image=(3, 224, 224),
        twin="doc001-nin224",
    ),
    Listing(
        name="doc001-nin28",
        title="NiN in Keras for 28 pixels",
        document="001",
        framework="TensorFlow",
        family="nin",
        lines=(125, 137),
        entry="model",
        image=(1, 28, 28),
        twin="doc001-nin28",
        context=("doc001-nin224",),
    ),
    Listing(
        name="doc002-simplenin",
        title="SimpleNiN in PyTorch",
        document="002",
        framework="PyTorch",
        family="nin",
        lines=(29, 56),
        entry="SimpleNiN()",
        image=(3, 224, 224),
        size_is_stated=False,
        twin="doc002-simplenin",
        indents="0000" + "1" + "22222" + "1" + "222" + "00" + "1" + "22222" + "1" + "22222",
        list_numbers=True,
    ),
    Listing(
        name="doc003-vgg16",
        title="VGG16 in PyTorch",
        document="003",
        framework="PyTorch",
        family="vgg",
        lines=(53, 81),
        entry="VGG16()",
        image=(3, 224, 224),
        twin="doc003-vgg16",
        num_classes=1000,
    ),
    Listing(
        name="doc003-inception",
        title="Inception module in PyTorch",
        document="003",
        framework="PyTorch",
        family="googlenet",
        lines=(101, 136),
        entry="InceptionModule(192)",
        image=(192, 224, 224),
        size_is_stated=False,
        num_classes=256,
    ),
    Listing(
        name="doc003-simplegooglenet",
        title="SimpleGoogleNet in PyTorch",
        document="003",
        framework="PyTorch",
        family="googlenet",
        lines=(140, 156),
        entry="SimpleGoogleNet()",
        image=(3, 224, 224),
        size_is_stated=False,
        twin="doc003-simplegooglenet",
        num_classes=1000,
        context=("doc003-inception",),
    ),
    Listing(
        name="doc004-block",
        title="NiN block in PyTorch",
        document="004",
        framework="PyTorch",
        family="nin",
        lines=(11, 16),
        entry="nin_block(1, 96, 11, 4, 0)",
        image=(1, 224, 224),
        size_is_stated=False,
        num_classes=96,
        indents="012222",
        supplied="from torch import nn",
    ),
    Listing(
        name="doc004-nin",
        title="NiN in PyTorch",
        document="004",
        framework="PyTorch",
        family="nin",
        lines=(25, 51),
        entry="nin()",
        image=(1, 224, 224),
        twin="nin",
        indents="0" + "1" * 6 + "2" * 19 + "1",
        context=("doc004-block",),
        supplied="from torch import nn",
    ),
)

NOT_RUN = {"001": ((117, 123), (143, 151), (157, 158))}
"""Lines that fetch data, train or test a network: they are read and not run."""
