"""Who runs a network: PyTorch in one of its ways, or another library that was handed the network."""

from __future__ import annotations

import copy
import shutil
from collections.abc import Callable
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from torch import Tensor, nn

from bench.device import Precision, Target, autocast
from bench.records import Engine

Forward = Callable[[Tensor], object]

TORCH_ENGINES: tuple[Engine, ...] = ("eager", "contiguous", "compiled")
"""Those that can train."""


def missing(engine: Engine, target: Target, precision: Precision) -> str | None:
    """Why this engine cannot be timed here; None where it can."""
    if engine == "compiled":
        if target.type == "cpu" and not any(map(shutil.which, ("c++", "g++", "clang++", "cl"))):
            return "torch.compile needs a C++ compiler, and there is none"
        if target.type == "cuda" and find_spec("triton") is None:
            return "torch.compile needs triton, which is not installed"
        return None
    if engine in TORCH_ENGINES:
        return None
    packages = ("onnx", "onnxscript", "onnxruntime") if engine == "onnxruntime" else ("openvino",)
    lacking = [package for package in packages if find_spec(package) is None]
    if lacking:
        return f"{' and '.join(lacking)} not installed"
    if target.type != "cpu":
        return "timed on the CPU only"
    if engine == "onnxruntime" and precision != "fp32":
        return "timed in fp32 only"
    return None


def images_for(engine: Engine, images: Tensor) -> Tensor:
    """`(B, C, H, W)` in the layout that the engine is given."""
    return images.contiguous() if engine == "contiguous" else images


class Variants:
    """One network as each engine of PyTorch runs it; all that can share its weights do."""

    def __init__(self, model: nn.Module) -> None:
        self.model = model

    @cached_property
    def contiguous(self) -> nn.Module:
        return copy.deepcopy(self.model).to(memory_format=torch.contiguous_format)

    def module(self, engine: Engine) -> nn.Module:
        """What takes the place of the network under `engine`; a new one each time it is to be compiled."""
        if engine == "compiled":
            return _Compiled(self.model)
        return self.contiguous if engine == "contiguous" else self.model


class _Compiled(nn.Module):
    """`model` compiled for the images and the mode that it is first called with."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

        def forward(x: Tensor) -> object:
            return model(x)

        # What PyTorch compiled is found again by the function's code, and its guards are tried one after the other:
        # with code of its own, a case does not wait for the guards of all others.
        forward.__code__ = forward.__code__.replace(co_name=f"forward_{id(self)}")
        self.compiled = torch.compile(forward, dynamic=False)

    def forward(self, x: Tensor) -> object:
        return self.compiled(x)


def forward_for(engine: Engine, network: Variants, images: Tensor, target: Target, precision: Precision) -> Forward:
    """A forward pass to logits without gradients, ready for images of this very shape."""
    if engine in TORCH_ENGINES:
        module = network.module(engine)

        def forward(batch: Tensor) -> object:
            module.eval()
            with torch.inference_mode(), autocast(target, precision):
                return module(batch)

        return forward
    exported = copy.deepcopy(network.model).eval().cpu().to(memory_format=torch.contiguous_format)
    example = torch.zeros(images.shape)
    return _onnxruntime(exported, example) if engine == "onnxruntime" else _openvino(exported, example, precision)


def _onnxruntime(model: nn.Module, example: Tensor) -> Forward:
    import onnxruntime

    with TemporaryDirectory() as folder:
        path = Path(folder) / "network.onnx"
        torch.onnx.export(model, (example,), path, dynamo=True, external_data=False, verbose=False)
        content = path.read_bytes()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda batch: session.run(None, {name: batch.contiguous().numpy()})


def _openvino(model: nn.Module, example: Tensor, precision: Precision) -> Forward:
    import openvino

    converted = openvino.convert_model(model, example_input=example)
    settings: dict[str, Any] = {
        "INFERENCE_PRECISION_HINT": {"fp32": "f32", "bf16": "bf16", "fp16": "f16"}[precision],
        "INFERENCE_NUM_THREADS": torch.get_num_threads(),
        "PERFORMANCE_HINT": "LATENCY",
    }
    converted.reshape(list(example.shape))
    compiled = openvino.compile_model(converted, "CPU", settings)
    return lambda batch: compiled(batch.contiguous().numpy())
