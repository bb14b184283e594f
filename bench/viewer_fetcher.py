"""The function that fetches an exam, in a process of its own: the host of the pages, which answers
the browser at the same time, is another one.

``python -m bench.viewer_fetcher BASE ANCHORS HOME FILE…`` fetches the series once for each line
that it reads. It writes ``first`` once an image is told of, and ``whole`` or ``failed`` at the end.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import IO, BinaryIO, Final

from bench import fetching
from bench.counting_store import CountingStore
from bench.figures import NotMeasured
from infra.demo.layout import ROOT

_READY: Final = "ready"
_FIRST: Final = "first"
_WHOLE: Final = "whole"
_FAILED: Final = "failed"
_START_SECONDS: Final = 60


@dataclass
class Fetcher:
    """The process: ``begin`` a fetch, ``has_first`` image of it, ``settle`` it."""

    process: subprocess.Popen[str]
    _said: dict[str, Event] = field(default_factory=dict)
    _listener: Thread = field(init=False)

    def __post_init__(self) -> None:
        self._said = {name: Event() for name in (_READY, _FIRST, _WHOLE, _FAILED)}
        self._listener = Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        for line in _pipe(self.process.stdout):
            self._said[line.strip()].set()
        # The process has ended: everybody who waits for a word of it is let go.
        for word in (_FAILED, _READY, _WHOLE):
            self._said[word].set()

    def await_start(self) -> None:
        """Wait until it takes orders. NotMeasured when it does not start."""
        if not self._said[_READY].wait(_START_SECONDS) or self._said[_FAILED].is_set():
            raise NotMeasured("the fetching process does not start")

    def begin(self) -> None:
        """Begin to fetch."""
        self._said[_FIRST].clear()
        self._said[_WHOLE].clear()
        _order(self.process)

    @property
    def has_first(self) -> bool:
        """Whether the first image is told of. NotMeasured where the fetch has failed."""
        if self._said[_FAILED].is_set():
            raise NotMeasured("the site gave no image")
        return self._said[_FIRST].is_set()

    def settle(self, seconds: float) -> None:
        """Wait until everything has come. NotMeasured where it does not."""
        if not self._said[_WHOLE].wait(seconds) or self._said[_FAILED].is_set():
            raise NotMeasured("the site did not give the whole series")


def _pipe(stream: IO[str] | None) -> IO[str]:
    assert stream is not None  # noqa: S101  # a pipe was asked for
    return stream


def _order(process: subprocess.Popen[str]) -> None:
    orders = _pipe(process.stdin)
    orders.write("\n")
    orders.flush()


@contextmanager
def fetcher(base: str, anchors: Path, home: Path, files: Sequence[Path]) -> Iterator[Fetcher]:
    """The process, while the block lasts. ``home`` is for its temporary files. NotMeasured."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.viewer_fetcher", base, anchors, home, *files],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        made = Fetcher(process)
        made.await_start()
        yield made
    finally:
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            _pipe(stream).close()


@dataclass
class _Telling(CountingStore):
    """Says once that an index is there."""

    told: bool = False

    def put(self, key: str, data: BinaryIO, content_type: str) -> None:
        super().put(key, data, content_type)
        if key == fetching.FOLDER.have and not self.told:
            self.told = True
            print(_FIRST, flush=True)


def main(arguments: Sequence[str]) -> int:
    """Fetch once for each line of the standard input."""
    base, anchors, home, *files = arguments
    site = fetching.Site(base, Path(anchors).read_text(), [Path(one) for one in files], Path(home))
    print(_READY, flush=True)
    for _ in sys.stdin:
        try:
            site.fetch(_Telling())
        except NotMeasured:
            print(_FAILED, flush=True)
        print(_WHOLE, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
