"""``python -m bench [PART…]``: measure and print. The parts are those of :data:`PARTS`.

Without a name, all but those of :data:`LONG`.

Slowness is a verdict, never a failure: the status is 1 only when a figure cannot be measured.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench.figures import Figure, NotMeasured
from infra.demo.layout import ROOT

HOME = ROOT / ".local" / "bench"


def _calls(home: Path) -> Iterator[Figure]:
    from bench import calls  # noqa: PLC0415

    return calls.measure(home)


def _library(_home: Path) -> Iterator[Figure]:
    from bench import library  # noqa: PLC0415  # highdicom takes a second to import

    return library.measure()


def _filling(home: Path) -> Iterator[Figure]:
    from bench import filling  # noqa: PLC0415

    return filling.measure(home)


def _fetch(home: Path) -> Iterator[Figure]:
    from bench import fetching  # noqa: PLC0415

    return fetching.measure(home)


def _imports(home: Path) -> Iterator[Figure]:
    from bench import imports  # noqa: PLC0415

    return imports.measure(home)


def _stack(home: Path) -> Iterator[Figure]:
    from bench import flow, series, stack  # noqa: PLC0415

    with stack.running(home / "stack") as up:
        yield from flow.throughput(up)
        yield from flow.largest_message(up)
        yield from series.measure(up, home)


def _images(home: Path) -> Iterator[Figure]:
    from bench import images, stack  # noqa: PLC0415

    with stack.running(home / "stack", front=True) as up:
        yield from images.measure(up, home)


def _reading(home: Path) -> Iterator[Figure]:
    from bench import reading, stack  # noqa: PLC0415

    with stack.running(home / "stack") as up:
        yield from reading.measure(up)


def _viewer(home: Path) -> Iterator[Figure]:
    from bench import viewer  # noqa: PLC0415

    return viewer.measure(home)


def _demo(home: Path) -> Iterator[Figure]:
    from bench import demo  # noqa: PLC0415

    return demo.measure(home / "demo")


def _endurance(home: Path) -> Iterator[Figure]:
    from bench import endurance, stack  # noqa: PLC0415

    with stack.running(home / "stack") as up:
        yield from endurance.measure(up)


def _link(home: Path) -> Iterator[Figure]:
    from bench import agent_dimse, agent_mllp  # noqa: PLC0415

    yield from agent_dimse.measure(home)
    yield from agent_mllp.measure(home)


PARTS: dict[str, tuple[str, Callable[[Path], Iterator[Figure]]]] = {
    "calls": ("one calm publication: calls of ports, in memory", _calls),
    "library": ("the library, in one process", _library),
    "filling": ("the reference series into the cache, in one process", _filling),
    "fetch": ("a series from another site, in one process", _fetch),
    "imports": ("cold starts: imports in an environment like Lambda's", _imports),
    "stack": ("the whole local stack", _stack),
    "images": ("images for other DRIMboxes, through the front, beside Orthanc and nginx", _images),
    "reading": ("a professional's page behind a link of 40 ms and 140 Mbit/s", _reading),
    "viewer": ("the viewer behind that link, and OHIF beside it", _viewer),
    "link": ("the site's agent: its archive, its RIS", _link),
    "demo": ("make run: a first start, and another", _demo),
    "endurance": ("the whole local stack, a thousand reports", _endurance),
}
# Not measured unless they are named: for a developer's patience, and one of ten minutes or more.
LONG = frozenset({"demo", "endurance"})


def main(arguments: Sequence[str]) -> int:
    """Measure the parts that are named; 1 when something could not be measured."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="|".join(PARTS))
    asked = parser.parse_args(arguments).parts or [n for n in PARTS if n not in LONG]
    if unknown := [name for name in asked if name not in PARTS]:
        parser.error(f"unknown: {', '.join(unknown)}")
    HOME.mkdir(parents=True, exist_ok=True)
    begun = time.monotonic()
    print(_machine(), flush=True)
    missing: list[str] = []
    for name in asked:
        title, measure = PARTS[name]
        print(f"\n{title}", flush=True)
        try:
            for figure in measure(HOME):
                print(figure.line, flush=True)
        except NotMeasured as error:
            missing.append(f"{name}: {error}")
            print(f"  not measured: {error}", flush=True)
    print(f"\n{time.monotonic() - begun:.0f} s in all", flush=True)
    for line in missing:
        print(f"not measured: {line}", file=sys.stderr)
    return 1 if missing else 0


def _machine() -> str:
    model = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {os.cpu_count()} cores, {model}, "
        f"Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
