"""Published convolutional networks behind one registry.

>>> import archs
>>> archs.create("nin", image_size=28)  # doctest: +SKIP

Nothing here imports torch until a network is built.
"""

from archs import catalogue as _catalogue  # noqa: F401  (registers the networks)
from archs.registry import ArchError, ArchSpec, Counts, create, get_spec, list_archs, register

FIVE = ("lenet", "alexnet", "vgg16", "googlenet", "nin")
"""The networks that are compared when none is named."""

__all__ = ["FIVE", "ArchError", "ArchSpec", "Counts", "create", "get_spec", "list_archs", "register"]
