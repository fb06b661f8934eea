"""Who runs a network: PyTorch in one of its ways, or another library that was handed the network."""

from __future__ import annotations

import copy
import os
import shutil
import warnings
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from torch import Tensor, nn

from bench.device import Precision, Target
from bench.protocols import Engine
from bench.update import expect_rehearsals

Forward = Callable[[Tensor], object]

TORCH_ENGINES: tuple[Engine, ...] = ("eager", "contiguous", "compiled", "cuda-graph")
"""Those that can train."""


def missing(engine: Engine, target: Target, precision: Precision) -> str | None:
    """Why this engine cannot be timed here; None where it can."""
    if engine == "compiled":
        if target.type == "cpu" and not any(map(shutil.which, ("c++", "g++", "clang++", "cl"))):
            return "torch.compile needs a C++ compiler, and there is none"
        if target.type == "cuda" and find_spec("triton") is None:
            return "torch.compile needs triton, which is not installed"
        if target.type == "cuda" and not (os.environ.get("CC") or any(map(shutil.which, ("gcc", "cc", "clang")))):
            return "torch.compile needs a C compiler, and there is none"
        return None
    if engine == "cuda-graph":
        return None if target.type == "cuda" else "only NVIDIA GPUs replay CUDA graphs"
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
    """One network as each engine of PyTorch runs it; all that can share weights and an optimiser do."""

    def __init__(self, model: nn.Module) -> None:
        self.model = model
        self._held: dict[tuple[bool, torch.dtype], nn.Module] = {(False, torch.float32): model}
        self._optimisers: dict[tuple[bool, bool], torch.optim.Optimizer] = {}

    def module(self, engine: Engine, dtype: torch.dtype = torch.float32) -> nn.Module:
        """What takes the place of the network under `engine`; a new one each time it is to be compiled."""
        held = self._copy(engine == "contiguous", dtype)
        return _Compiled(held) if engine == "compiled" else held

    def optimiser(self, engine: Engine) -> torch.optim.Optimizer:
        """The optimiser of the weights that `engine` trains."""
        contiguous, recorded = engine == "contiguous", engine == "cuda-graph"
        if (contiguous, recorded) not in self._optimisers:
            parameters = list(self._copy(contiguous, torch.float32).parameters())
            fused = all(parameter.device.type != "mps" for parameter in parameters)
            if recorded:
                expect_rehearsals()
            # A learning rate of zero costs the same and keeps the weights, hence the timings, from drifting.
            self._optimisers[contiguous, recorded] = torch.optim.AdamW(
                parameters, lr=0.0, fused=fused, capturable=recorded
            )
        return self._optimisers[contiguous, recorded]

    def forget_training(self) -> None:
        """Drop gradients and the optimisers' state, of which a step that broke off may have left a part."""
        for optimiser in self._optimisers.values():
            optimiser.zero_grad(set_to_none=True)
            optimiser.state.clear()

    def _copy(self, contiguous: bool, dtype: torch.dtype) -> nn.Module:
        """The network with its weights in this layout and precision."""
        if (contiguous, dtype) not in self._held:
            copied = copy.deepcopy(self.model).to(dtype)
            self._held[contiguous, dtype] = copied.to(memory_format=torch.contiguous_format) if contiguous else copied
        return self._held[contiguous, dtype]


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


def exported(engine: Engine, model: nn.Module, images: Tensor, precision: Precision) -> Forward:
    """A forward pass by another library, which has cast the weights of `model` to `precision` once and for all.

    Ready for fp32 images of this very shape.
    """
    handed = copy.deepcopy(model).eval().cpu().to(memory_format=torch.contiguous_format)
    example = torch.zeros(images.shape)
    return _onnxruntime(handed, example) if engine == "onnxruntime" else _openvino(handed, example, precision)


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

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch.jit, which OpenVINO reads networks with, is deprecated
        converted = openvino.convert_model(model, example_input=example)
    settings: dict[str, Any] = {
        "INFERENCE_PRECISION_HINT": {"fp32": "f32", "bf16": "bf16", "fp16": "f16"}[precision],
        "INFERENCE_NUM_THREADS": torch.get_num_threads(),
        "PERFORMANCE_HINT": "LATENCY",
    }
    converted.reshape(list(example.shape))
    compiled = openvino.compile_model(converted, "CPU", settings)
    return lambda batch: compiled(batch.contiguous().numpy())
