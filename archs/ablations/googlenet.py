"""GoogLeNet with its modules changed alike, with batch norm, with its auxiliary classifiers, or with both."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Literal

from torch import Tensor, nn

from archs.ablations.matching import Cost, match, scaled
from archs.auxiliary import WithAuxiliary
from archs.googlenet import MODULES, Unit, Widths, googlenet, normalised, paper_form, plain
from archs.sizes import FULL

Change = Literal["no reductions", "no 1x1", "no 3x3", "no 5x5", "no pool", "3x3 only"]

# What becomes of the widths of every module.  A branch of width 0 is not built, nor is a reduction of
# width 0: the convolution after it then sees all channels of the input.
_CHANGES: Mapping[Change, Callable[[Widths], Widths]] = {
    "no reductions": lambda w: w._replace(reduce_three=0, reduce_five=0),
    "no 1x1": lambda w: w._replace(one=0),
    "no 3x3": lambda w: w._replace(reduce_three=0, three=0),
    "no 5x5": lambda w: w._replace(reduce_five=0, five=0),
    "no pool": lambda w: w._replace(pool=0),
    "3x3 only": lambda w: Widths(0, w.reduce_three + w.reduce_five, w.total, 0, 0, 0),
}


def _modules(change: Change, scale: float = 1.0) -> dict[str, Widths]:
    changed = {name: _CHANGES[change](widths) for name, widths in MODULES.items()}
    return {name: Widths(*(scaled(w, scale) if w else 0 for w in widths)) for name, widths in changed.items()}


def variant(
    *, in_channels: int, num_classes: int, image_size: int, modules: Change, equal: Cost | None = None
) -> nn.Module:
    """GoogLeNet with every module changed alike; `equal` scales the modules' widths until that cost is GoogLeNet's.

    Images `(N, in_channels, image_size, image_size)` to logits `(N, num_classes)`.
    """
    scale = 1.0 if equal is None else _scale_of_equal_cost(modules, equal, in_channels, num_classes, image_size)
    return paper_form(
        in_channels=in_channels, num_classes=num_classes, image_size=image_size, modules=_modules(modules, scale)
    )


@cache
def _scale_of_equal_cost(change: Change, cost: Cost, in_channels: int, num_classes: int, image_size: int) -> float:
    def build(scale: float) -> nn.Module:
        modules = _modules(change, scale)
        return paper_form(in_channels=in_channels, num_classes=num_classes, image_size=image_size, modules=modules)

    def parent() -> nn.Module:
        return googlenet(in_channels=in_channels, num_classes=num_classes, image_size=image_size)

    return match(build, parent, cost, in_channels=in_channels, image_size=image_size)


def batch_norm(*, in_channels: int, num_classes: int, image_size: int) -> nn.Module:
    """GoogLeNet with batch norm between each convolution and its ReLU; the norm's shift stands for the bias.

    Images `(N, in_channels, image_size, image_size)` to logits `(N, num_classes)`.
    """
    return paper_form(in_channels=in_channels, num_classes=num_classes, image_size=image_size, unit=normalised)


def auxiliary(*, in_channels: int, num_classes: int, image_size: int) -> nn.Module:
    """GoogLeNet with the paper's two auxiliary classifiers, on modules 4a and 4d.

    Images `(N, in_channels, image_size, image_size)` to logits `(N, num_classes)` in evaluation, to
    `WithAuxiliary` in training.
    """
    return _Auxiliary(in_channels, num_classes, image_size, plain)


def auxiliary_batch_norm(*, in_channels: int, num_classes: int, image_size: int) -> nn.Module:
    """`batch_norm` with the two auxiliary classifiers, whose convolutions have batch norm like all others.

    Images `(N, in_channels, image_size, image_size)` to logits `(N, num_classes)` in evaluation, to
    `WithAuxiliary` in training.
    """
    return _Auxiliary(in_channels, num_classes, image_size, normalised)


class _Auxiliary(nn.Module):
    """A GoogLeNet cut after the two modules whose maps the auxiliary classifiers see."""

    def __init__(self, in_channels: int, num_classes: int, image_size: int, unit: Unit) -> None:
        super().__init__()
        network = paper_form(in_channels=in_channels, num_classes=num_classes, image_size=image_size, unit=unit)
        layers = list(network.get_submodule("features").children())
        inception = [index for index, layer in enumerate(layers) if isinstance(layer, nn.ModuleDict)]
        names = list(MODULES)
        first, second = (inception[names.index(name)] + 1 for name in ("4a", "4d"))
        self.until_4a = nn.Sequential(*layers[:first])
        self.until_4d = nn.Sequential(*layers[first:second])
        self.until_5b = nn.Sequential(*layers[second:])
        self.head = network.get_submodule("head")
        self.auxiliary_4a, self.auxiliary_4d = (
            _auxiliary_classifier(MODULES[name].total, num_classes, image_size, unit) for name in ("4a", "4d")
        )

    def forward(self, x: Tensor) -> Tensor | WithAuxiliary:
        after_4a: Tensor = self.until_4a(x)
        after_4d: Tensor = self.until_4d(after_4a)
        logits: Tensor = self.head(self.until_5b(after_4d))
        if not self.training:
            return logits
        return WithAuxiliary(logits, (self.auxiliary_4a(after_4a), self.auxiliary_4d(after_4d)))


def _auxiliary_classifier(width: int, num_classes: int, image_size: int, unit: Unit) -> nn.Sequential:
    """The paper's, section 5: it pools 14x14 maps to 4x4, which is what they are already at 28 pixels."""
    return nn.Sequential(
        nn.AvgPool2d(5, stride=3) if image_size == FULL else nn.Identity(),
        *unit(nn.Conv2d(width, 128, kernel_size=1, bias=unit is plain)),
        nn.Flatten(),
        nn.Linear(128 * 4 * 4, 1024),
        nn.ReLU(inplace=True),
        nn.Dropout(0.7),
        nn.Linear(1024, num_classes),
    )
