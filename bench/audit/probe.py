"""What runs in a process of its own: executes listings, builds their networks, sends images through them.

Reads a JSON list of requests on stdin and writes one `Observed` a line, as JSON, on stdout.  What a
listing prints goes nowhere.
"""

from __future__ import annotations

import ast
import contextlib
import io
import json
import re
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from bench.records import Attempt, Observed

LARGEST_SIZE = 256
"""Sides up to this are tried, from 1 upwards, for the smallest image that runs."""


@dataclass(frozen=True)
class Request:
    """One listing to be executed."""

    document: str
    framework: str
    code: str
    context: tuple[str, ...]
    """Code that comes before it in the same document."""
    supplied: str
    entry: str
    image: tuple[int, int, int]


class Execution:
    """The listing's names once it was executed, as far as it came."""

    def __init__(self, request: Request, *, supplied: bool, resize: int | None = None) -> None:
        self.request = request
        self.names: dict[str, Any] = {"__name__": "listing"}
        if supplied:
            exec(request.supplied, self.names)
        for code in request.context:
            self._execute(ast.parse(code))
        tree = ast.parse(request.code)
        if resize is not None:
            tree = ast.fix_missing_locations(_Resized(request.image[1], resize).visit(tree))
        self.attempt = self._execute(tree)

    def _execute(self, tree: ast.Module) -> Attempt:
        """Statement by statement, up to the first that fails."""
        for statement in tree.body:
            code = compile(ast.Module([statement], []), self._filename, "exec")
            if not (attempt := self.attempted(partial(exec, code, self.names))).ok:
                return attempt
        return Attempt(ok=True)

    @property
    def _filename(self) -> str:
        return f"<document {self.request.document}>"

    def attempted(self, action: Callable[[], object]) -> Attempt:
        """Do it, and tell the error with the line of the document that it came from."""
        try:
            action()
        except Exception as error:
            frames = traceback.extract_tb(error.__traceback__)
            line = next((frame.lineno for frame in reversed(frames) if frame.filename == self._filename), None)
            return Attempt(ok=False, error=describe(error), line=line)
        return Attempt(ok=True)

    def network(self) -> Any:
        return eval(self.request.entry, self.names)


class _Resized(ast.NodeTransformer):
    """The listing with another number where it writes its image's side."""

    def __init__(self, before: int, after: int) -> None:
        self.before, self.after = before, after

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        return ast.copy_location(ast.Constant(self.after), node) if node.value == self.before else node


class NotBuilt(Exception):
    """The listing failed on the way to its network; the message is the listing's own error."""


_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def describe(error: BaseException) -> str:
    """Type and message: its first line, or its second where the first only says where it was."""
    if isinstance(error, NotBuilt):
        return str(error)
    lines = [line.strip() for line in _COLOUR.sub("", str(error)).splitlines() if line.strip()] or [""]
    message = lines[1] if lines[0].startswith("Exception encountered") and len(lines) > 1 else lines[0]
    return f"{type(error).__name__}: {message}".rstrip(": .")


def smallest(runs: Callable[[int], bool]) -> int | None:
    """The smallest side up to `LARGEST_SIZE` that runs."""
    return next((size for size in range(1, LARGEST_SIZE + 1) if runs(size)), None)


def observe(request: Request) -> Observed:
    """Execute the listing and see what its network does."""
    if request.framework == "PyTorch":
        from bench.audit.probe_torch import observe_torch

        return observe_torch(request)
    from bench.audit.probe_keras import observe_keras

    return observe_keras(request)


def main() -> None:
    requests: Sequence[dict[str, Any]] = json.load(sys.stdin)
    for data in requests:
        request = Request(**data | {"context": tuple(data["context"]), "image": tuple(data["image"])})
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            observed = observe(request)
        print(observed.model_dump_json(), flush=True)


def encoded(requests: Sequence[Request]) -> str:
    """The requests as `main` reads them."""
    return json.dumps([asdict(request) for request in requests])


if __name__ == "__main__":
    main()
