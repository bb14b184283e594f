"""``python -m tests.fuzz.child TARGET FOLDER FLAGS… CORPUS SEEDS``: one target under atheris.

An exception that may not leave, and an input that costs too much, are noted in FOLDER and the
fuzzing goes on: the shortest input of each kind stays, with its traceback. libFuzzer itself ends
the process for an input that never ends or takes too much memory.
"""

from __future__ import annotations

import json
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

import atheris

from tests.fuzz.changing import chance_of

with atheris.instrument_imports(include=["functions"]):
    from tests.fuzz.targets import TARGETS, Target

# Seconds of CPU that one input may cost, under the instruments.
CEILING: Final = 2.0
# The share of changes that keep the form of an input, where its target has one.
FORMED: Final = 0.5


class Run:
    """A target, and the findings of this process."""

    def __init__(self, target: Target, folder: Path) -> None:
        self._target = target
        self._folder = folder
        self._slowest = 0.0
        self._sizes: dict[str, int] = {}

    def __call__(self, data: bytes) -> None:
        """Read one input."""
        start = time.process_time()
        try:
            self._target(data)
        except Exception as error:  # noqa: BLE001  # any of them is a finding
            self._note(_kind(error), data, "".join(traceback.format_exception(error)))
        spent = time.process_time() - start
        if spent > self._slowest:
            self._slowest = spent
            slowest = {"milliseconds": round(spent * 1000, 1), "bytes": len(data)}
            (self._folder / "slowest.input").write_bytes(data)
            (self._folder / "slowest.json").write_text(json.dumps(slowest), encoding="utf-8")
        if spent > CEILING:
            self._note("too-slow", data, f"{spent:.1f} s of CPU\n")

    def _note(self, kind: str, data: bytes, story: str) -> None:
        if len(data) >= self._sizes.get(kind, sys.maxsize):
            return
        self._sizes[kind] = len(data)
        (self._folder / f"finding-{kind}.bin").write_bytes(data)
        (self._folder / f"finding-{kind}.txt").write_text(story, encoding="utf-8")


def _kind(error: Exception) -> str:
    """The error's class, and the last place of ours that it passed: one finding for each."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "/functions/" in frame.filename] or list(frames)
    return f"{type(error).__name__}-{Path(ours[-1].filename).stem}-{ours[-1].lineno}"


def _mutator(target: Target) -> Callable[[bytes, int, int], bytes]:
    """libFuzzer's own changes, and as often one that keeps the form of the input."""

    def mutate(data: bytes, most: int, seed: int) -> bytes:
        chance = chance_of(seed)
        new = target.changed(data, chance) if chance.random() < FORMED else None
        return new if new is not None and len(new) <= most else atheris.Mutate(data, most)

    return mutate


def main(arguments: list[str]) -> None:
    """Fuzz until libFuzzer's flags say that it is enough; does not come back."""
    target, folder, *flags = arguments
    # The first inputs pay for modules that are loaded late: none of them is the slowest.
    for seed in Path(flags[-1]).iterdir():
        with suppress(Exception):
            TARGETS[target](seed.read_bytes())
    form = {"custom_mutator": _mutator(TARGETS[target])} if TARGETS[target].change else {}
    atheris.Setup([sys.argv[0], *flags], Run(TARGETS[target], Path(folder)), **form)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1:])
