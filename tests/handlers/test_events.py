"""The sample events are all used, and are those of the functions and routes that stand."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from infra.routes import ROUTES, Route
from tests.handlers.conftest import EVENTS

FILES = sorted(EVENTS.rglob("*.json"))
TESTS = "".join(path.read_text() for path in Path(__file__).parent.glob("*.py"))
# The official test identity; no other may stand in a sample.
INS = "279035121518989"


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_event_is_one_of_a_function_and_is_used(path: Path) -> None:
    name = f"{path.parent.name}/{path.stem}"
    assert path.parent.parent == EVENTS
    assert (EVENTS.parent / "functions" / path.parent.name / "handler.py").exists()
    assert re.search(rf'\bevent\(\s*"{name}"', TESTS)
    assert set(re.findall(r"\b[12][0-9]{14}\b", path.read_text())) <= {INS}


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.function)
def test_every_route_s_function_has_an_event_of_its_own_path(route: Route) -> None:
    found = [
        json.loads(path.read_text())["resource"]
        for path in FILES
        if path.parent.name == route.function
    ]
    assert found
    paths = {f"/{one.path.strip('/')}" for one in ROUTES if one.function == route.function}
    assert set(found) <= paths
