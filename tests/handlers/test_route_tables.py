"""The tables of the functions that answer several routes are those of the template."""

from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from functions.aws import entry
from infra.routes import ROUTES
from tests.handlers.conftest import CONTEXT, event

ROUTES_OF = Counter(route.function for route in ROUTES)
SEVERAL = sorted(name for name, count in ROUTES_OF.items() if count > 1)


def table_of(name: str) -> entry.Routes | None:
    module = importlib.import_module(f"functions.{name}.handler")
    table: entry.Routes | None = getattr(module, "ROUTES", None)
    return table


@pytest.mark.parametrize("name", sorted(ROUTES_OF))
def test_a_function_answers_exactly_its_routes(name: str) -> None:
    table = table_of(name)
    if name not in SEVERAL:
        assert table is None
        return
    assert table is not None
    assert set(table) == {(one.method, one.path) for one in ROUTES if one.function == name}


@pytest.mark.parametrize(
    "sample",
    [
        "read_operations/publications",
        "act_on_operations/replay",
        "operator_session/start",
        "reader_session/start",
        "show_exams/home",
        "show_operations_pages/queue",
        "act_on_operations_pages/form",
        "retrieve_study/series",
        "receive_note/study",
        "open_context/call",
    ],
)
def test_another_route_is_a_fault_of_ours(site: None, sample: str) -> None:
    name = sample.partition("/")[0]
    handler: Callable[[Any, Any], dict[str, Any]] = importlib.import_module(
        f"functions.{name}.handler"
    ).handler
    for other in ({"httpMethod": "DELETE"}, {"resource": "/v1/tenants/{tenant}"}):
        assert handler(event(sample, **other), CONTEXT)["statusCode"] == 500
    assert name in SEVERAL
