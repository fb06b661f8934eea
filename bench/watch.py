"""`bench report --watch`: the report made again whenever records change, and pages that reload themselves.

The page needs no server: watch mode, and nothing else, puts a script into it that asks for a small file beside
it every other second and reloads once that file names another rendering.  When watching ends the pages are
written once more without it.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from importlib.resources import files as package_files
from pathlib import Path

from bench.curves.progress import WORK_FOLDER, RunningCurve, Standing, read_standing
from bench.errors import UserError
from bench.numbers import several
from bench.reporting import Files, Reporting, Written

LIVE = "live.js"
_KEY = re.compile(r"-([0-9a-f]{12})(?:-\d+)?\.json")

State = frozenset[tuple[str, int, int]]
"""Path, time of the last change and size of every file below a folder of records."""


def state_of(folders: Sequence[Path]) -> State:
    """How the records stand; looks at no file's content."""
    found = set()
    for folder in folders:
        waiting = [folder / "records"]
        while waiting:
            try:
                entries = list(os.scandir(waiting.pop()))
            except OSError:  # not there yet, or gone since
                continue
            for entry in entries:
                if entry.is_dir():
                    waiting.append(Path(entry.path))
                elif not entry.name.startswith("."):
                    try:
                        about = entry.stat()
                    except OSError:
                        continue
                    found.add((entry.path, about.st_mtime_ns, about.st_size))
    return frozenset(found)


@dataclass
class Debounce:
    """When a change is worth a rendering: once it has come to rest, or has gone on for long."""

    rest: float = 1.0
    """Seconds without a further change."""
    longest: float = 15.0
    """Seconds after which a rendering is due even while records keep coming."""
    rendered: State | None = None
    _last: State | None = None
    _first_change: float = 0.0
    _last_change: float = 0.0

    def due(self, state: State, now: float) -> bool:
        """Whether to render `state` at this moment, of a clock in seconds; the first one is due at once."""
        if state == self.rendered:
            self._last = state
            return False
        if self.rendered is None:
            return True
        if state != self._last:
            if self._last == self.rendered:
                self._first_change = now
            self._last, self._last_change = state, now
        return now - self._last_change >= self.rest or now - self._first_change >= self.longest

    def done(self, state: State) -> None:
        """`state` is rendered."""
        self.rendered = self._last = state


@dataclass
class Watcher:
    """A report that follows its records; `step` is one look at them."""

    reporting: Reporting
    say: Callable[[str], None]
    debounce: Debounce = field(default_factory=Debounce)
    _plain: Files | None = None
    """The last rendering, without what only watching adds."""
    _token: str = ""
    _told_waiting: bool = False

    def step(self, now: float) -> Written | None:
        """Render if it is due and nothing is being timed beside it; tell open pages how the run stands."""
        state = state_of(self.reporting.folders)
        standing = read_standing(self.reporting.results / WORK_FOLDER)
        written = None
        if not standing.timing and self.debounce.due(state, now):
            written = self._render(state)
        if self._plain is not None:
            self._tell(standing, state)
        return written

    def close(self) -> None:
        """Leave the folder as a single rendering would have left it."""
        if self._plain is not None:
            from bench.report.folder import write_folder

            write_folder(self._plain, self.reporting.out)
            (self.reporting.out / LIVE).unlink(missing_ok=True)

    def _render(self, state: State) -> Written | None:
        if not any(Path(path).suffix == ".json" for path, _, _ in state):
            if not self._told_waiting:
                self.say(f"no records in {self.reporting.results} yet; waiting for the first one")
            self._told_waiting = True
            return None
        try:
            return self.reporting.write(self._finish)
        except UserError as error:
            if self.debounce.rendered is None and not self._told_waiting:
                raise
            self.say(str(error))  # such as of a record half copied in: the rest of it changes the folder again
            return None
        finally:
            self.debounce.done(state)

    def _finish(self, made: Files) -> Files:
        self._plain = made
        self._token = hashlib.sha256(b"".join(made[name] for name in sorted(made))).hexdigest()[:16]
        return with_script(made, self._token)

    def _tell(self, standing: Standing, state: State) -> None:
        own = [path for path, _, _ in state if Path(path).is_relative_to(self.reporting.results)]
        told = {"token": self._token, "line": line(standing, own), "runs": [run(one) for one in standing.curves]}
        content = f"ninbenchLive({json.dumps(told)});\n".encode()
        path = self.reporting.out / LIVE
        if not path.exists() or path.read_bytes() != content:
            scratch = path.with_name(f".{LIVE}.{os.getpid()}")
            scratch.write_bytes(content)
            scratch.replace(path)


def with_script(made: Files, token: str) -> dict[str, bytes]:
    """The files with the script in every page that makes it follow the next rendering."""
    source = (package_files("bench.report.web") / "templates" / LIVE).read_text(encoding="utf-8")
    script = f"<script>\n{source.replace('TOKEN', token)}</script>\n</body>".encode()
    return {
        name: content.replace(b"</body>", script) if name.endswith(".html") else content
        for name, content in made.items()
    }


def line(standing: Standing, paths: Sequence[str]) -> str:
    """How far the run is, in a line: from names of files alone, since this is asked for every second."""
    measured = {match[1] for path in paths if (match := _KEY.search(path))}
    records = sum(path.endswith(".json") for path in paths)
    parts = [f"{records:,} record{'s' if records != 1 else ''}"]
    if standing.planned:
        done = sum(key in measured for key in standing.planned)
        parts = [f"{done:,} of {len(standing.planned):,} planned units have their record"]
    if standing.running:
        parts.append(f"now: {'; '.join(standing.running)}")
    if standing.timing:
        parts.append("the report waits meanwhile, so as not to disturb the timing")
    return " · ".join(parts)


def run(curve: RunningCurve) -> dict[str, object]:
    """A training run without a record yet, as the page draws it: validation accuracy by images seen."""
    points = [[epoch["images"], epoch["validation_accuracy"]] for epoch in curve.epochs]
    return {"name": curve.name, "epochs": len(points), "planned": curve.planned_epochs, "points": points}


def watch(reporting: Reporting, say: Callable[[str], None], every: float = 1.0) -> None:
    """Render and render again until Ctrl-C, or a polite request to end.

    Raises:
        UserError: the folders cannot be read or written when watching begins; later it is told, and watching goes on.
    """
    if reporting.results.exists() and not reporting.results.is_dir():
        raise UserError(f"results folder {reporting.results} is a file; name a folder with --results")
    watcher = Watcher(reporting, say)
    try:
        with closing(watcher):
            while True:
                if (written := watcher.step(time.monotonic())) is not None:
                    say(f"{several(written.records, 'record')}, rendered to {written.page}; Ctrl-C ends watching")
                    for told in (*written.comparison, *written.problems):
                        say(told)
                time.sleep(every)
    except KeyboardInterrupt:
        say(f"Stopped watching {reporting.results}; the report in {reporting.out} stays as it is.")


def step_aside() -> None:
    """Let everything else on the machine go first: what is measured there is not to feel a report being made."""
    if hasattr(os, "nice"):
        os.nice(19)
