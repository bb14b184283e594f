"""Settings of all tests: the slow ones, and hypothesis's profiles."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

from functions import drimbox

if TYPE_CHECKING:
    from tests.flows.stack import LocalStack

# Folders whose tests start processes or synthesize templates: not for every commit.
SLOW = (
    "agent/spool/test_inspecting_proxy.py",
    "agent/spool/test_kills.py",
    "agent/cloud/test_objects.py",
    "agent/cloud/test_queue.py",
    "agent/pacs",
    "agent/test___main__.py",
    "agent/test_running.py",
    "browser",
    "infra",
    "simulators",
    "drimbox/images",
    "drimbox/publication/test_faults.py",
    "flows",
    "matrix",
)
# The library's own tests are enough for each of its branches. No other test counts lines, for
# Python takes twice as long then; nor do the slow ones that play the scenes of the fast ones again,
# in many orders.
COUNTED = "drimbox"
COUNTED_AND_SLOW = "drimbox/images"
# Files of one scene on the stack, and one browser: a single process plays it, and runs them all.
TOGETHER = (
    "browser/test_opening.py",
    "browser/test_outside.py",
    "browser/test_pages.py",
    "browser/test_reading.py",
    "browser/test_storage.py",
    "browser/test_use_cases.py",
)
# The dearest begin. Whole files are given out in this order: no process is left alone with a long
# one when the other has ended.
FIRST = (
    "matrix",
    "agent/pacs",  # it waits for archives that end or are silent
    "agent/spool",
    "flows/test_faults.py",
    *TOGETHER,
    # It compares every study that its stack has: the first ones are few.
    "flows/test_reconciliation.py",
    "flows/test_images.py",
    "flows",
    "browser",
    "campaign",
    "infra",
    "drimbox/publication",
    "drimbox/images",
    "simulators",
    "handlers",
)
# Folders whose tests use the whole local stack, with the real Orthanc.
STACK = ("browser", "flows", "matrix/test_over_http.py")
# Modules elsewhere that mark themselves so: they start the stack's own parts.
PARTS_OF_STACK = (
    "infra/local/test_flow.py",
    "infra/local/test_front.py",
    "infra/local/test_ticks.py",
)

# The same examples at every run, so that a failure is a change's own; "explore" looks for new ones.
settings.register_profile("fast", max_examples=20, deadline=None, derandomize=True)
settings.register_profile("full", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None, max_examples=1000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "full"))


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """A run does not import the modules that it leaves out, the slow ones, those of the stack or
    all others: most of a collection's time, which each process of a run spends for itself.
    """
    asked, place = config.option.markexpr, _place(collection_path)
    terms = [] if " or " in asked else asked.split(" and ")
    on_stack = (*STACK, *PARTS_OF_STACK)
    left_out = (
        ("not slow" in terms and place.startswith(SLOW))
        or ("not stack" in terms and place.startswith(on_stack))
        or ("stack" in terms and not place.startswith(on_stack) and not _leads(place, on_stack))
    )
    return True if left_out else None


def _leads(folder: str, places: Iterable[str]) -> bool:
    """Whether one of these places stands in that folder; "." is that of all."""
    return folder == "." or any(one.startswith(f"{folder}/") for one in places)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With ``--dist loadfile``, files that share a scene are given out as one."""
    if config.getvalue("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling  # noqa: PLC0415  # the controller alone needs it

    made = LoadFileScheduling(config, log)
    made._split_scope = given_out_with
    return made


def given_out_with(test: str) -> str:
    """The name of the tests that go to one process with this one, by its node id."""
    file = test.partition("::")[0]
    return "one scene" if file.endswith(TOGETHER) else file


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Long or compressed bytes are named by their length: gzip writes the time into its header, and
    two processes that collect in different seconds would not find the same tests."""
    if isinstance(val, bytes) and (len(val) > 64 or val[:2] == b"\x1f\x8b"):
        return f"{argname}-{len(val)}-bytes"
    return None


def _place(path: Path) -> str:
    """Relative to this folder."""
    return path.relative_to(Path(__file__).parent).as_posix()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is slow, so that ``make check`` can leave it out; the dearest files begin."""
    for item in items:
        place = _place(item.path)
        if place.startswith(SLOW):
            item.add_marker(pytest.mark.slow)
        if place.startswith(STACK):
            item.add_marker(pytest.mark.stack)
            item.add_marker(pytest.mark.judge)
    items.sort(key=lambda item: _turn(_place(item.path)))


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """Where a run counts lines, the library's imports are counted, and no test module's."""
    if _counting(session.config) is not None:
        for module in walk_packages(drimbox.__path__, f"{drimbox.__name__}."):
            import_module(module.name)
    with _uncounted(session.config):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Where a run counts lines, it stops doing so for a test that need not, and its fixtures."""
    with nullcontext() if _is_counted(item) else _uncounted(item.config):
        return (yield)


def _counting(config: pytest.Config) -> Any:
    """The switch of pytest-cov, where the run counts lines."""
    return getattr(config.pluginmanager.get_plugin("_cov"), "cov_controller", None)


@contextmanager
def _uncounted(config: pytest.Config) -> Iterator[None]:
    counting = _counting(config)
    if counting is None:
        yield
        return
    counting.pause()
    try:
        yield
    finally:
        counting.resume()


def _is_counted(item: pytest.Item) -> bool:
    """Whether the lines that a test runs are counted."""
    counted = COUNTED_AND_SLOW if item.get_closest_marker("slow") else COUNTED
    return _place(item.path).startswith(f"{counted}/")


def _turn(place: str) -> int:
    """The rank of a file, from 0."""
    return next((n for n, start in enumerate(FIRST) if place.startswith(start)), len(FIRST))


@pytest.fixture(scope="session")
def _stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """One stack for all journeys: starting it takes longer than most of them."""
    from tests.flows.stack import running  # noqa: PLC0415  # nobody else needs all of this

    base = tmp_path_factory.getbasetemp()
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    with running(tmp_path_factory.mktemp("stack") / "home", shared) as stack:
        yield stack


@pytest.fixture
def stack(_stack: LocalStack) -> Iterator[LocalStack]:
    """The session's stack. With a test end its faults, and its work: no test meets another's, nor a
    process that another one killed before it failed.
    """
    yield _stack
    _stack.recover()
    _stack.heal()
    _stack.settle()
